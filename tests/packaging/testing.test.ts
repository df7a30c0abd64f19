// `rolecall/testing`: an app's component under Vitest and Jest, and the fake client's decisions against the engine's.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, symlinkSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Client, createClient } from "rolecall";
import { UnknownCodeError, loadEngine } from "rolecall/core";
import { type FakeClientOptions, fakeClient } from "rolecall/testing";
import { Person, launch } from "../browser/support/browser.ts";
import { openHosted } from "../browser/support/hosted-server.ts";
import { FakePolicy } from "../../pkg/dist/testing/fake-policy.js";
import { REACT, ROOT, bin, must, oldestNode, project } from "./support/project.ts";
import { signUp } from "./testing-app/sign-up.ts";
import { TOOLS, installTestingTools } from "./testing-tools/install.mjs";

await installTestingTools();

const source = join(import.meta.dirname, "testing-app");
/** The app's files. Its tests have another name here, by which Node's test runner does not run them. */
const files = Object.fromEntries(readdirSync(source).map((name) => [name.replace(".spec.", ".test."), readFileSync(join(source, name), "utf8")]));
const tests = Object.keys(files).filter((name) => name.endsWith(".test.tsx"));

/** Paths of Node by major version; undefined where it is not installed. */
const NODES: Record<number, string | undefined> = { 20: oldestNode(), 24: bin("node") };

/** The app's tests in a project, with tools linked: a name, or an alias and a name. */
function app(name: string, more: Record<string, string>, tools: (string | [string, string])[]) {
  const made = project(name, { ...files, ...more }, REACT);
  for (const tool of tools) {
    const [alias, from] = typeof tool === "string" ? [tool, tool] : tool;
    const link = join(made.folder, "node_modules", alias);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(TOOLS, from), link);
  }
  return made;
}

const LIBRARIES = ["@testing-library/react", "@testing-library/dom"];
const VITEST_CONFIG = 'export default { test: { environment: "jsdom" } };\n';

for (const [major, tool] of [
  [24, "vitest"],
  // Vitest 5 needs Node 22.
  [20, "vitest-4"],
] as const) {
  const node = NODES[major];
  test(`a component under ${tool === "vitest" ? "Vitest 5" : "Vitest 4"} in Node ${major}`, { skip: !node && `no Node ${major}` }, () => {
    const { folder } = app(`testing-${tool}`, { "vitest.config.mjs": VITEST_CONFIG }, [...LIBRARIES, "jsdom", ["vitest", tool]]);
    const out = must(node!, ["node_modules/vitest/vitest.mjs", "run", "--reporter=verbose"], folder);
    assert.match(out, /Tests +3 passed/, out);
    assert.doesNotMatch(out, /not wrapped in act/);
  });
}

const jestFiles = Object.fromEntries(tests.map((name) => [name, files[name]!.replace('from "vitest"', 'from "@jest/globals"')]));
const babel = (plugins: string[]) =>
  `module.exports = ${JSON.stringify({ presets: [["@babel/preset-react", { runtime: "automatic" }], "@babel/preset-typescript"], plugins })};\n`;
const JEST_ESM = { testEnvironment: "jsdom", extensionsToTreatAsEsm: [".tsx"] };
const JEST_COMMONJS = { testEnvironment: "jsdom", transformIgnorePatterns: ["/node_modules/(?!rolecall/)"] };
const JEST_TOOLS = [
  ...LIBRARIES,
  "jest",
  "@jest/globals",
  "jest-environment-jsdom",
  "@babel/preset-react",
  "@babel/preset-typescript",
  "@babel/plugin-transform-modules-commonjs",
];

for (const major of [24, 20]) {
  const node = NODES[major];
  for (const kind of ["ES modules", "CommonJS"]) {
    const esm = kind === "ES modules";
    test(`a component under Jest 30 as ${kind} in Node ${major}`, { skip: !node && `no Node ${major}` }, () => {
      const { folder } = app(
        `testing-jest-${esm}-${major}`,
        {
          ...jestFiles,
          "babel.config.cjs": babel(esm ? [] : ["@babel/plugin-transform-modules-commonjs"]),
          "jest.config.json": JSON.stringify(esm ? JEST_ESM : JEST_COMMONJS),
        },
        JEST_TOOLS,
      );
      const options = esm ? ["--experimental-vm-modules"] : [];
      const out = must(node!, [...options, "node_modules/jest/bin/jest.js", "--no-cache", "--runInBand"], folder);
      assert.match(out, /Tests: +3 passed/, out);
      assert.doesNotMatch(out, /not wrapped in act/);
    });
  }
}

test("the app, its tests and the Storybook decorator compile", () => {
  const compilerOptions = { module: "ESNext", moduleResolution: "Bundler", jsx: "react-jsx", strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const { folder } = app("testing-types", { "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.tsx"] }) }, [...LIBRARIES, "vitest"]);
  must(bin("tsc"), ["-p", "."], folder);
});

test("the sign-up for Playwright signs a browser in at the built Worker", async (t) => {
  const { origin } = await openHosted();
  const browser = await launch();
  t.after(() => browser.close());
  const { page } = await Person.arrive(browser, origin);
  await signUp(page as never, "ann+tests@example.com");
  await page.goto("/team");
  await page.getByRole("heading", { level: 1, name: "Your personal account" }).waitFor();
  const me = await page.evaluate(async () => (await fetch("/v1/me")).json());
  assert.equal(me.user.email, "ann+tests@example.com");
});

const vectors = (name: string) => JSON.parse(readFileSync(join(ROOT, "tests", "vectors", `${name}.json`), "utf8"));
const defaultPolicy = JSON.parse(readFileSync(join(ROOT, "policy", "default.json"), "utf8"));

test("the README shows these files", () => {
  const readme = readFileSync(join(ROOT, "pkg", "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("\n## Testing\n"), readme.indexOf("\n## Proxies\n"));
  const blocks = [...section.matchAll(/```tsx?\n([\s\S]*?)```/g)].map((block) => block[1]!.trim());
  assert.equal(blocks.length, 3);
  for (const block of blocks)
    assert.ok(
      Object.values(files).some((text) => text.includes(block)),
      block,
    );
});

test("a fake client decides like the engine: every role, the vectors of routes and paths", async () => {
  const policy = (await loadEngine()).policy<string, string>(defaultPolicy);
  for (const { code: role } of defaultPolicy.roles) {
    const client = fakeClient({ role });
    const rights = policy.rights({ role });
    assert.deepEqual(client.permissions(), rights.list());
    for (const { code } of defaultPolicy.permissions) assert.deepEqual(client.explain(code), rights.explain(code));
  }
  const held = ["pods.manage", "pods.connect"] as const;
  const custom = policy.rights({ role: "custom", customRoles: [{ code: "custom", permissions: held }] });
  for (const { code } of defaultPolicy.permissions) assert.deepEqual(fakeClient({ permissions: held }).explain(code), custom.explain(code));
  assert.deepEqual(fakeClient({ permissions: held }).permissions(), ["pods.connect", "pods.manage"]);

  const fakes = { default: new FakePolicy(defaultPolicy), overlapping: new FakePolicy(vectors("overlapping")) };
  const routes = vectors("routes") as { policy?: "overlapping"; method: string; path: string; match: { permission: string } | null }[];
  for (const { policy: name = "default", method, path, match } of routes)
    assert.equal(fakes[name].permissionFor(method, path), match?.permission, `${method} ${path}`);
  const one = new FakePolicy({ permissions: [], roles: [], routes: [1, 2, 3].map((n) => ({ method: "GET", path: "/{a}".repeat(n), permission: "a.b" })) });
  const { plain, refused } = vectors("paths") as { plain: string[]; refused: { path: string; why: string }[] };
  for (const path of plain) if (path !== "/") assert.equal(one.permissionFor("GET", path), "a.b", path);
  for (const path of ["/api/pods/..a", "/api/pods/a..", "/api/pods/%ff", "/api/pods/%FF"]) refused.push({ path, why: String(policy.matchRoute("GET", path)) });
  for (const { path, why } of refused) assert.equal(one.permissionFor("GET", path), undefined, `${path}: ${why}`);
  assert.ok(routes.length > 10 && refused.length > 10);
});

test("its state changes at once, keeps its identity, and tells its listeners", async () => {
  const client = fakeClient({ role: "dev", account: "acct_1", user: { name: "Ann" } });
  const first = client.snapshot();
  assert.ok(first.status === "signed-in" && first.account === "acct_1" && first.user.name === "Ann" && first.user.id);
  let calls = 0;
  const stop = client.subscribe(() => (calls += 1));
  client.setRole("dev");
  assert.equal(client.snapshot(), first);
  assert.equal(await client.start(), first);
  assert.equal(calls, 0);

  client.setPermissions(["audit.read"], "auditor");
  assert.deepEqual([client.can("audit.read"), client.can("pods.manage"), client.explain("audit.read").grantedBy], [true, false, ["admin", "auditor"]]);
  await client.switchAccount("acct_2");
  assert.deepEqual([client.snapshot().status === "signed-in" && client.permissions(), calls], [["audit.read"], 2]);
  assert.equal((await client.start({ account: "acct_3" })).status, "signed-in");
  assert.deepEqual([client.canAll(["audit.read", "pods.manage"]), client.canAny(["audit.read", "pods.manage"]), client.canAny([])], [false, true, false]);

  const signingOut = client.signOut();
  assert.deepEqual([client.snapshot(), client.rightsError()?.code], [{ status: "signed-out" }, "session-ended"]);
  await signingOut;
  for (const check of [() => client.can("audit.read"), () => client.canAny([]), () => client.permissions()]) assert.throws(check, { code: "session-ended" });
  await assert.rejects(client.switchAccount("acct_1"), { name: "RolecallError", code: "session-missing" });
  const { user, account } = await client.signIn({ email: "ann@example.com", password: "" });
  assert.deepEqual([user.name, account.id, account.role, client.can("audit.read")], ["Ann", "acct_3", "auditor", true]);
  stop();
  calls = 0;
  client.setRole("admin");
  assert.equal(calls, 0);
});

test("loading, failed and closed are states of their own, with the errors of the real client", async () => {
  const client = fakeClient({ status: "loading", role: "dev" });
  assert.deepEqual(client.snapshot(), createClient().snapshot());
  assert.throws(() => client.can("pods.manage"), { name: "RolecallClientError", code: "account-not-chosen" });
  const started = client.start();
  client.setStatus("failed", new Error("no network"));
  await assert.rejects(started, /no network/);
  assert.equal(client.snapshot().status, "failed");
  client.setStatus("loading");
  const again = client.start();
  await client.signIn({ email: "", password: "" });
  assert.equal(await again, client.snapshot());
  await assert.rejects(client.start({ signal: AbortSignal.abort() }), { name: "AbortError" });
  client.close();
  assert.throws(() => client.can("pods.manage"), { code: "client-closed" });
  assert.throws(() => client.setRole("dev"), { code: "client-closed" });
  await assert.rejects(client.members.list().all(), { code: "client-closed" });
});

test("a mistake in a test throws where it is made", () => {
  const client = fakeClient({ role: "dev" });
  assert.throws(() => client.can("pods.mange" as never), UnknownCodeError);
  assert.throws(() => client.canAny(["pods.manage", "pods.mange" as never]), UnknownCodeError);
  assert.throws(() => client.setRole("dve"), { code: "role-unknown" });
  assert.throws(() => client.setPermissions(["pods.mange" as never]), { code: "permission-unknown" });
  assert.throws(() => fakeClient({ status: "signed-out", role: "dve" }), { code: "role-unknown" });
  assert.throws(() => fakeClient({} as FakeClientOptions), /pass `role`, `permissions` or `status`/);
  assert.throws(() => fakeClient({ role: "dev", policy: {} }), /not a policy/);
  assert.throws(() => fakeClient({ status: "signed-out" }).setRole("dve"), { code: "role-unknown" });
  assert.equal(client.explain("pods.manage").role, "dev");
  const own = { version: 1, permissions: [{ code: "docs.read", title: "" }], roles: [{ code: "reader", title: "", permissions: ["docs.read"] }] };
  assert.equal(fakeClient({ role: "reader", policy: JSON.stringify(own) }).can("docs.read" as never), true);
});

test("it refuses requests by the policy, passes others to `fetch`, and names that option where there is none", async () => {
  const problem = { type: "about:blank", title: "", status: 401, detail: "Over.", instance: "urn:uuid:0", code: "session-expired" };
  const sent: unknown[] = [];
  const respond = async (url: string, { method, headers, body }: RequestInit) => {
    sent.push([method, new URL(url).pathname, (headers as Record<string, string>)["authorization"], body]);
    if (url.endsWith("/invitations")) return Response.json({ items: [{ id: "inv_1" }], next_cursor: null });
    if (url.endsWith("/over")) return Response.json(problem, { status: 401, headers: { "content-type": "application/problem+json" } });
    return Response.json({});
  };
  const client: Client = fakeClient({ role: "dev", fetch: respond });
  await assert.rejects(client.fetch("/api/billing"), (error: any) => {
    assert.deepEqual(error.problem.denial, { permission: "billing.view", role: "dev", granted_by: ["billing", "admin"] });
    return error.name === "RolecallError" && error.local && error.status === 403;
  });
  assert.deepEqual(sent, []);
  await client.fetch("/api/pods", { method: "post", json: { name: "a" } });
  await client.fetch(new Request("http://localhost/api/pods", { method: "POST", body: "raw" }));
  await client.fetch("/elsewhere");
  assert.deepEqual(await client.invitations.list().all(), [{ id: "inv_1" }]);
  assert.deepEqual(
    sent.map((call) => (call as unknown[]).slice(0, 3)),
    [
      ["POST", "/api/pods", "Bearer fake-token"],
      ["POST", "/api/pods", "Bearer fake-token"],
      ["GET", "/elsewhere", undefined],
      ["GET", "/v1/accounts/acct_test/invitations", undefined],
    ],
  );
  assert.equal((sent[0] as unknown[])[3], '{"name":"a"}');
  assert.equal(new TextDecoder().decode((sent[1] as [string, string, string, ArrayBuffer])[3]), "raw");
  await assert.rejects(client.accounts.get("over"), { code: "session-expired" });
  assert.equal(client.snapshot().status, "signed-out");

  const silent = fakeClient({ role: "admin" });
  const name = (path: RegExp) => (error: Error) => path.test(error.message) && error.message.includes("pass the option `fetch` to fakeClient()");
  await assert.rejects(silent.members.list().all(), name(/GET \/v1\/accounts\/acct_test\/members has no response/));
  await assert.rejects(silent.invitations.create({ email: "a@example.com", role: "dev" }), name(/POST .*invitations/));
  await assert.rejects(silent.signUp({ email: "a@example.com", name: "A", password: "x" }), name(/POST \/v1\/signup/));
  await assert.rejects(silent.fetch("/api/pods"), name(/GET \/api\/pods/));
});
