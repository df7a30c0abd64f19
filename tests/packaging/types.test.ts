// The package's types in a strict project: valid use compiles, invalid use does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bin, must, project, run } from "./support/project.ts";

const config = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2022", "DOM"],
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      verbatimModuleSyntax: true,
    },
    include: ["*.ts"],
  });

const USE = `import { type AuditVerification, type PermissionCode, type Rights, type RoleCode, loadEngine, PolicyError, UnknownCodeError } from "rolecall/core";

const engine = await loadEngine();
const policy = engine.policy('{"version":1,"permissions":[],"roles":[]}');
engine.policy({ version: 1, permissions: [], roles: [] });
const rights: Rights = policy.rights({ role: "dev" });
const allowed: boolean = rights.can("pods.manage") && rights.canAll(["pods.manage", "billing.view"]) && rights.canAny([]);
const codes: readonly PermissionCode[] = rights.list();
const { grantedBy, role }: { grantedBy: readonly string[]; role: string } = rights.explain("audit.read");
policy.rights({ role: "on-call", customRoles: [{ code: "on-call", title: "On call", permissions: ["pods.manage"] }] });
policy.rights({ iss: "i", aud: "a", sub: "usr_1", account: "acct_1", role: "dev", permissions: ["pods.manage"], ver: 1, pol: "p", iat: 1, exp: 2, jti: "j" });
const match = policy.matchRoute("GET", "/api/pods");
if (match) { const needed: PermissionCode = match.permission; const id: string | undefined = match.params["id"]; console.log(needed, id, match.freshness === "live"); }
const result: AuditVerification = engine.verifyAuditLog("");
console.log(result.ok ? result.events : result.reason === "gap" && result.seq);
const builtIn: RoleCode = policy.roles[0]!.code;
try { rights.can("pods.manage"); } catch (error) {
  if (error instanceof PolicyError) console.log(error.pointer satisfies string);
  if (error instanceof UnknownCodeError) console.log(error.code satisfies "permission-unknown" | "role-unknown");
}
const own = engine.policy<"docs.read" | "docs.write", "reader">("{}").rights({ role: "reader" });
own.can("docs.read");
console.log(allowed, codes, grantedBy, role, builtIn);
`;

const MISUSE = `import { loadEngine } from "rolecall/core";
import { loadEngine as loadSlim } from "rolecall/slim";
const engine = await loadEngine();
const policy = engine.policy("{}");
const rights = policy.rights({ role: "dev" });
// @ts-expect-error a misspelt code
rights.can("pods.mange");
// @ts-expect-error one misspelt code of many
rights.canAll(["pods.manage", "pods.mange"]);
// @ts-expect-error a role is not a permission
rights.explain("dev");
// @ts-expect-error not awaited
loadEngine().policy("{}");
// @ts-expect-error a missing policy
engine.policy();
// @ts-expect-error a missing role
policy.rights({});
// @ts-expect-error a role is a string
policy.rights({ role: 1 });
// @ts-expect-error a custom role without permissions
policy.rights({ role: "x", customRoles: [{ code: "x" }] });
// @ts-expect-error a match may be null
policy.matchRoute("GET", "/").permission;
// @ts-expect-error a failed verification has no number of events
engine.verifyAuditLog("").events;
// @ts-expect-error lists are readonly
rights.list().push("pods.manage");
// @ts-expect-error the option wasm is required
loadSlim();
// @ts-expect-error a code of another policy
engine.policy<"docs.read", "reader">("{}").rights({ role: "reader" }).can("pods.manage");
`;

for (const [module, resolution] of [
  ["NodeNext", "NodeNext"],
  ["ESNext", "Bundler"],
] as const) {
  test(`valid use compiles and invalid use does not, resolved as ${resolution}`, () => {
    const app = project(`types-${resolution.toLowerCase()}`, { "tsconfig.json": config(module, resolution), "use.ts": USE, "misuse.ts": MISUSE });
    must(bin("tsc"), ["-p", "."], app.folder);
  });
}

test("codes registered by the command line replace the default ones", () => {
  const policy = {
    version: 1,
    permissions: [
      { code: "docs.read", title: "" },
      { code: "docs.write", title: "" },
    ],
    roles: [{ code: "reader", title: "", permissions: ["docs.read"] }],
  };
  const app = project("types-own", {
    "tsconfig.json": config("NodeNext", "NodeNext"),
    "policy.json": JSON.stringify(policy),
    "use.ts": `import { type PermissionCode, type RoleCode, loadEngine } from "rolecall/core";
const rights = (await loadEngine()).policy("{}").rights({ role: "reader" });
rights.can("docs.write");
// @ts-expect-error the default policy's code
rights.can("pods.manage");
const role: RoleCode = "reader";
// @ts-expect-error the default policy's role
const other: RoleCode = "dev";
console.log(role, other, "docs.read" satisfies PermissionCode);
`,
  });
  must("node_modules/.bin/rolecall", ["types", "policy.json", "rolecall.d.ts"], app.folder);
  must(bin("tsc"), ["-p", "."], app.folder);
  app.write({ "rolecall.d.ts": "export {};\n" });
  assert.notEqual(run(bin("tsc"), ["-p", "."], app.folder).status, 0, "the registered codes made no difference");
});
