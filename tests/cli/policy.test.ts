// rolecall policy check, show and diff

import assert from "node:assert/strict";
import { test } from "node:test";
import { renderPolicy } from "../../cli/src/policy-render.ts";
import { lineOf, locatedFaults } from "../../cli/src/policy-text.ts";
import { DEFAULT_POLICY, outsideService, startWorker } from "../e2e/support/worker.ts";
import { WRANGLER_TOML, project, read, run } from "./support/command.ts";

/** The default policy with one text replaced. */
function edited(from: string, to: string, text = DEFAULT_POLICY): string {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
}

const lineWith = (text: string, part: string) => text.split("\n").findIndex((line) => line.includes(part)) + 1;

// ---- check

test("check: a valid policy is counted", async () => {
  const cwd = project();
  const { code, out, err } = await run(["policy", "check"], { cwd });
  const { permissions, roles, routes } = JSON.parse(DEFAULT_POLICY);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(out, `policy.json is valid: ${permissions.length} permissions, ${roles.length} roles, ${routes.length} routes\n`);
  assert.deepEqual(JSON.parse((await run(["policy", "check", "policy.json", "--json"], { cwd })).out), {
    file: "policy.json",
    valid: true,
    faults: [],
    permissions: permissions.length,
    roles: roles.length,
    routes: routes.length,
  });
});

test("check: a fault has file, line and JSON pointer", async () => {
  const text = edited('"team.access", "pods.connect"', '"team.fly", "pods.connect"');
  const cwd = project({ "policy.json": text, "broken.json": '{\n  "version": 1,,\n}' });
  const line = lineWith(text, "team.fly");
  assert.ok(line > 1);
  const { code, out, err } = await run(["policy", "check"], { cwd });
  assert.deepEqual(
    { code, out, err },
    { code: 1, out: "", err: `✗ policy.json:${line}: the policy has no permission \`team.fly\` (permission-unknown) at /roles/0/permissions/0\n` },
  );
  const json = await run(["policy", "check", "--json"], { cwd });
  assert.equal(json.code, 1);
  const fault = { message: "the policy has no permission `team.fly` (permission-unknown) at /roles/0/permissions/0", pointer: "/roles/0/permissions/0", line };
  assert.deepEqual(JSON.parse(json.out), { file: "policy.json", valid: false, faults: [fault] });
  const broken = await run(["policy", "check", "broken.json"], { cwd });
  assert.equal(broken.code, 1);
  assert.match(broken.err, /^✗ broken\.json:2:16: the text is not JSON \([^)]+\)\n$/);
});

test("check: the Worker's rules are those that decide", () => {
  assert.deepEqual(locatedFaults(DEFAULT_POLICY), []);
  for (const [text, named] of [
    [edited("/api/pods/{id}/start", "/pods/{id}/start"), "is not under `/api/`"],
    [edited('"code": "dev"', '"code": "dev_ops"'), "dev_ops"],
    [edited('"code": "admin"', '"code": "boss"'), "lacks the role `admin`"],
    ["{}", "the field `version` is missing"],
  ] as const) {
    const [fault, ...more] = locatedFaults(text);
    assert.deepEqual([more, fault?.pointer, fault?.line], [[], undefined, undefined]);
    assert.ok(fault?.message.includes(named), fault?.message);
  }
});

test("check: a missing file is named, without a stack trace", async () => {
  const cwd = project({ "policy.json": null });
  const none = await run(["policy", "check"], { cwd });
  assert.equal(none.code, 1);
  assert.match(none.err, /^✗ There is no policy\.json in .*\n$/);
  assert.match((await run(["policy", "check", "x.json"], { cwd })).err, /^✗ .*x\.json cannot be read: .*\n$/);
});

test("the line of every value is found by its pointer", () => {
  // Every number is its own place in the text, so that a wrong line has another number in it.
  let next = 100;
  const value = {
    "a/b~c": next++,
    'quo"te {[,:': [next++, { deep: [[next++], [], {}, [next++, next++]] }, "x", next++],
    empty: {},
    "": { "": next++ },
    last: { list: [{ n: next++ }, { n: next++ }] },
  };
  const text = JSON.stringify(value, null, 2);
  let found = 0;
  const walk = (item: unknown, pointer: string) => {
    if (typeof item === "number") {
      assert.equal(lineOf(text, pointer), lineWith(text, String(item)), pointer);
      found += 1;
    } else if (typeof item === "object" && item !== null)
      for (const [name, child] of Object.entries(item)) walk(child, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  };
  walk(value, "");
  assert.equal(found, next - 100);
  assert.equal(lineOf(text, "/last"), lineWith(text, '"last"'));
  assert.equal(lineOf(text, "/last/list/2"), undefined);
  assert.equal(lineOf(text, "/nothing"), undefined);
});

// ---- show

test("show: permissions by roles, grouped by resource type, then routes", async () => {
  const cwd = project();
  const { code, out } = await run(["policy", "show"], { cwd });
  assert.equal(code, 0);
  const { permissions, roles, routes } = JSON.parse(DEFAULT_POLICY);
  for (const { code: permission } of permissions) {
    const cells = new RegExp(` ${permission} +(.*)$`, "m").exec(out)?.[1]?.split(/ +/);
    const granted = roles.map((role: { permissions: string[] }) => (role.permissions.includes(permission) ? "✓" : "·"));
    assert.deepEqual(cells, granted, permission);
  }
  assert.equal(out.split("\n").filter((line) => /^(GET|POST|PATCH|DELETE) /.test(line)).length, routes.length);
  const { file, ...shown } = JSON.parse((await run(["policy", "show", "--json"], { cwd })).out);
  assert.equal(file, "policy.json");
  assert.deepEqual(shown, { permissions, roles, routes: routes.map((route: object) => ({ freshness: "token", ...route })) });
});

test("show: resource types are named once, however the permissions are ordered", () => {
  const permission = (code: string, resource: string) => ({ code, title: "", description: "", resource, actions: [] });
  const text = renderPolicy({
    permissions: [permission("a.read", "a"), permission("b.read", ""), permission("a.write", "a")],
    roles: [{ code: "reader", title: "", permissions: ["a.read"] }],
    routes: [],
  });
  assert.equal(
    text,
    ["RESOURCE  PERMISSION  reader", "a         a.read      ✓", "          a.write     ·", "-         b.read      ·", "", "There are no routes."].join("\n"),
  );
});

// ---- diff

const NOTHING = { added: [], removed: [], changed: [] };

const WITHOUT_BILLING = (() => {
  const value = JSON.parse(DEFAULT_POLICY);
  value.roles = value.roles.filter(({ code }: { code: string }) => code !== "billing");
  value.roles.find(({ code }: { code: string }) => code === "dev").permissions.push("billing.view");
  return JSON.stringify(value, null, 2);
})();

test("diff: two files, with an exit code on demand", async () => {
  const cwd = project({ "next.json": WITHOUT_BILLING });
  const { code, out } = await run(["policy", "diff", "policy.json", "next.json"], { cwd });
  assert.equal(code, 0);
  assert.ok(out.startsWith("From policy.json\nto   next.json\n\nRoles\n  - billing: "), out);
  assert.match(out, / {2}~ dev\n {6}\+ billing\.view\n/);
  assert.match(out, /\n! The role billing is removed: /);
  assert.equal((await run(["policy", "diff", "policy.json", "next.json", "--exit-code"], { cwd })).code, 1);
  const same = await run(["policy", "diff", "policy.json", "--exit-code"], { cwd });
  assert.deepEqual([same.code, same.out], [0, "From policy.json\nto   policy.json\n\nThere is no difference.\n"]);
});

test("diff: the deployed policy and the project's", async (t) => {
  const deployed = await startWorker({ policy: WITHOUT_BILLING });
  t.after(() => deployed.stop());
  const origin = deployed.base.origin;
  const cwd = project({ "wrangler.toml": WRANGLER_TOML.replace("https://accounts.example.com", origin) });
  const expected = {
    old: `${origin}/v1/policy`,
    new: "policy.json",
    different: true,
    permissions: NOTHING,
    roles: {
      added: [{ code: "billing", permissions: ["team.access", "billing.view", "billing.manage"] }],
      removed: [],
      changed: [{ code: "dev", gains: [], loses: ["billing.view"] }],
    },
    routes: NOTHING,
    titles: 0,
    warnings: [],
  };
  for (const sources of [[], [origin], [`${origin}/v1/policy`, "policy.json"]]) {
    const { code, out, err } = await run(["policy", "diff", ...sources, "--json"], { cwd });
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.deepEqual(JSON.parse(out), expected, sources.join());
  }
  const refused = await run(["policy", "diff", `${origin}/v1/me`], { cwd });
  assert.deepEqual([refused.code, refused.out], [1, ""]);
  assert.match(refused.err, /^✗ .*\/v1\/me responded with status 401/);
});

test("diff: what is no policy, and what cannot be reached, is named", async () => {
  const cwd = project({ "bad.json": edited('"team.access", "pods.connect"', '"team.fly", "pods.connect"') });
  assert.match(
    (await run(["policy", "diff", "bad.json"], { cwd })).err,
    /^✗ bad\.json:\d+: the policy has no permission `team\.fly` \(permission-unknown\) at \/roles\/0\/permissions\/0\n$/,
  );
  const service = await outsideService(() => 200);
  assert.match((await run(["policy", "diff", service.url], { cwd })).err, /^✗ http:.*\/send: the field `version` is missing \(field-missing\) at the root\n$/);
  await service.stop();
  const { code, err } = await run(["policy", "diff", service.url], { cwd });
  assert.equal(code, 1);
  assert.match(err, /^✗ http:.*\/send cannot be reached: .*ECONNREFUSED.*\n$/);
  const toml = read(cwd, "wrangler.toml").replace(/ORIGIN = "https:.*\n/, "");
  assert.match((await run(["policy", "diff"], { cwd: project({ "wrangler.toml": toml }) })).err, /^✗ wrangler\.toml has no ORIGIN under/);
});

test("wrong usage exits with 2, help with 0", async () => {
  assert.equal((await run(["policy", "diff", "a", "b", "c"])).code, 2);
  assert.equal((await run(["policy", "check", "--unknown"])).code, 2);
  const help = await run(["policy", "diff", "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /rolecall policy diff https:\/\/accounts\.example\.com/);
});

test("diff: before a first deployment, that ORIGIN is still the example is said", async () => {
  const { code, err } = await run(["policy", "diff"], { cwd: project() });
  assert.equal(code, 1);
  assert.match(
    err,
    /^✗ There is no deployment to compare with: ORIGIN .* is still the example, https:\/\/accounts\.example\.com\. Name a file or a URL instead\.\n$/,
  );
});

test("--json: an error is a JSON object on stdout", async () => {
  const { code, out, err } = await run(["policy", "check", "x.json", "--json"], { cwd: project() });
  assert.deepEqual([code, err], [1, ""]);
  const { error, ...more } = JSON.parse(out) as { error: { message: string } };
  assert.match(error.message, /x\.json cannot be read: /);
  assert.deepEqual([Object.keys(error), more], [["message"], {}]);
});

test("the help of a group of commands has examples", async () => {
  for (const group of ["policy", "audit"]) assert.match((await run([group, "--help"])).out, /\nExamples:\n {2}\$ rolecall /, group);
});
