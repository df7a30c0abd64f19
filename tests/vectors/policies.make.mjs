// Writes policies.json: policies that are sound or have one fault, as texts, since some faults only a text can have.
import { readFileSync, writeFileSync } from "node:fs";

const p = { code: "a.b", title: "A" };
const text = (permissions = [], roles = [], routes = undefined, more = {}) => JSON.stringify({ version: 1, permissions, roles, routes, ...more });
const role = (more = {}) => ({ code: "r", title: "R", permissions: [], ...more });
const route = (more = {}) => ({ method: "GET", path: "/x", permission: "a.b", ...more });
const many = (count) => Array.from({ length: count }, (_, n) => ({ code: `a.p${n}`, title: "" }));
const fault = (name, json, code, pointer, value) => ({ name, json, error: { code, pointer, ...(value === undefined ? {} : { value }) } });
const sound = (name, json) => ({ name, json, error: null });

const cases = [
  sound("the default policy", readFileSync(new URL("../../policy/default.json", import.meta.url), "utf8")),
  sound("an empty policy", text()),
  sound("256 permissions", text(many(256), [role({ permissions: many(256).map(({ code }) => code) })])),
  sound("a $schema", text([], [], [], { $schema: "./policy.schema.json" })),
  sound("routes that overlap, one sharper", text([p], [], [route({ path: "/x/{a}" }), route({ path: "/x/me" })])),
  sound("the same path under two methods", text([p], [], [route(), route({ method: "POST" })])),
  fault("no JSON", "{", "json-malformed", ""),
  fault("nothing", "", "json-malformed", ""),
  fault("more than one value", `${text()} {}`, "json-malformed", ""),
  fault("a comma too many", '{"version":1,"permissions":[],"roles":[],}', "json-malformed", ""),
  fault("a name twice", '{"version":1,"version":1,"permissions":[],"roles":[]}', "json-malformed", ""),
  fault("the same name written in two ways", '{"version":1,"permissions":[],"roles":[],"r\\u006fles":[]}', "json-malformed", ""),
  fault("nested too deeply", `${"[".repeat(99)}${"]".repeat(99)}`, "json-malformed", ""),
  fault("a list", "[]", "object-expected", ""),
  fault("null", "null", "object-expected", ""),
  fault("another version", text().replace('"version":1', '"version":2'), "version-unknown", ""),
  fault("no permissions", '{"version":1,"roles":[]}', "field-missing", "", "permissions"),
  fault("no roles", '{"version":1,"permissions":[]}', "field-missing", "", "roles"),
  fault("an unknown field", text([], [], [], { extra: 1 }), "field-unknown", "/extra", "extra"),
  fault("an unknown field that needs escaping in a pointer", text([], [], [], { "a/b~c": 1 }), "field-unknown", "/a~1b~0c", "a/b~c"),
  fault("permissions that are no list", '{"version":1,"permissions":{},"roles":[]}', "list-expected", "/permissions"),
  fault("a permission that is no object", '{"version":1,"permissions":["a.b"],"roles":[]}', "object-expected", "/permissions/0"),
  fault("a permission without a title", text([{ code: "a.b" }]), "field-missing", "/permissions/0", "title"),
  fault("a title that is no text", text([{ code: "a.b", title: 1 }]), "text-expected", "/permissions/0/title"),
  fault("an action that is no text", text([{ ...p, actions: ["x", 1] }]), "text-expected", "/permissions/0/actions/1"),
  fault("an unknown field of a permission", text([{ ...p, scope: "x" }]), "field-unknown", "/permissions/0/scope", "scope"),
  fault("a permission twice", text([p, { code: "a.c", title: "" }, p]), "permission-twice", "/permissions/2", "a.b"),
  fault("257 permissions", text(many(257)), "too-many", "/permissions"),
  ...["ab", "A.b", "a.B", "a.", ".b", "a.b.c", "a b.c", "a.b\n", "1.b", "é.b", `a.${"b".repeat(64)}`, ""].map((code) => fault(`the permission code ${JSON.stringify(code)}`, text([{ code, title: "" }]), "code-malformed", "/permissions/0/code", code)),
  fault("a role without permissions", text([], [{ code: "r", title: "" }]), "field-missing", "/roles/0", "permissions"),
  fault("an unknown permission in a role", text([p], [role({ permissions: ["a.b", "a.c"] })]), "permission-unknown", "/roles/0/permissions/1", "a.c"),
  fault("a permission twice in a role", text([p], [role({ permissions: ["a.b", "a.b"] })]), "permission-twice", "/roles/0/permissions/1", "a.b"),
  fault("a permission that is no text in a role", text([p], [role({ permissions: [1] })]), "text-expected", "/roles/0/permissions/0"),
  fault("a role twice", text([], [role(), role()]), "role-twice", "/roles/1", "r"),
  fault("a role code in capitals", text([], [role({ code: "R" })]), "code-malformed", "/roles/0/code", "R"),
  fault("a route without a permission", text([p], [], [{ method: "GET", path: "/x" }]), "field-missing", "/routes/0", "permission"),
  fault("an unknown permission of a route", text([p], [], [route({ permission: "a.c" })]), "permission-unknown", "/routes/0/permission", "a.c"),
  fault("a method in lower case", text([p], [], [route({ method: "get" })]), "code-malformed", "/routes/0/method", "get"),
  fault("any method", text([p], [], [route({ method: "*" })]), "code-malformed", "/routes/0/method", "*"),
  fault("an unknown freshness", text([p], [], [route({ freshness: "old" })]), "freshness-unknown", "/routes/0/freshness", "old"),
  ...["", "x", "/", "/x/", "//x", "/x/../y", "/x/*", "/x/**", "/x/:id", "/x/{}", "/x/{a", "/x/a}", "/x/{A}", "/x/y{a}", "/{a}/{a}", "/x?y", "/%2F", "/x;y", "/x y"].map((path) => fault(`the pattern ${JSON.stringify(path)}`, text([p], [], [route({ path })]), "path-malformed", "/routes/0/path", path)),
  fault("a route twice", text([p], [], [route(), route()]), "route-ambiguous", "/routes/1", "/x"),
  fault("routes that differ by a parameter's name only", text([p], [], [route({ path: "/x/{a}" }), route({ path: "/x/{b}" })]), "route-ambiguous", "/routes/1", "/x/{b}"),
];
writeFileSync(new URL("policies.json", import.meta.url), `${JSON.stringify(cases, null, 1)}\n`);
