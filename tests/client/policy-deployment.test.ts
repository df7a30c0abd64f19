// A client that stays open while the deployment changes its policy. The responses are the Worker's; a proxy in between
// serves those of the earlier deployment, like a cache, until the test ends that.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { UnknownCodeError } from "rolecall/core";
import { ROOT } from "../e2e/support/worker.ts";
import { openWorld } from "../e2e/support/world.ts";
import { type Browser, arrive } from "./support/browser.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");

type PolicyFile = { permissions: { code: string }[]; roles: { code: string; permissions: string[] }[]; routes: { permission: string }[] };
const deployed = JSON.parse(readFileSync(path.join(ROOT, "policy/default.json"), "utf8")) as PolicyFile;

/** The policy before it gained `gained` and lost `legacy.use`. */
function olderPolicy(gained: string): string {
  const without = <T>(items: T[], code: (item: T) => string) => items.filter((item) => code(item) !== gained);
  const permissions = [...without(deployed.permissions, ({ code }) => code), { code: "legacy.use", title: "Legacy", resource: "legacy", actions: ["use"] }];
  const roles = deployed.roles.map((role) => ({ ...role, permissions: [...without(role.permissions, (code) => code), "legacy.use"] }));
  return JSON.stringify({ ...deployed, permissions, roles, routes: without(deployed.routes, ({ permission }) => permission) });
}

/** Proxy between client and Worker: serves the earlier policy, and its tokens while `tokens` is set. */
function behind(browser: Browser, gained: string, settings: { tag?: (hash: string) => string | undefined } = {}) {
  const old = olderPolicy(gained);
  const hash = createHash("sha256").update(old).digest("hex");
  const state = { tokens: true, policy: true };
  const tagged = (body: string | ReadableStream | null, tag: string | undefined) =>
    new Response(body, { headers: { "content-type": "application/json", ...(tag === undefined ? {} : { etag: tag }) } });
  const tag = settings.tag ?? ((text: string) => `"${text}"`);
  browser.after = async (line, response) => {
    if (line === "GET /v1/policy") {
      const current = response.headers.get("etag")!.slice(1, -1);
      return state.policy ? tagged(old, tag(hash)) : tagged(response.body, tag(current));
    }
    if (!line.includes("/tokens") || !state.tokens) return;
    const { token, ...rest } = (await response.json()) as { token: string };
    const [head, body, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    claims.pol = hash;
    claims.permissions = [...claims.permissions.filter((code: string) => code !== gained), "legacy.use"];
    return Response.json({ ...rest, token: `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}` });
  };
  return state;
}

/** Codes outside of the registered type. */
const code = (text: string) => text as "team.access";
const policyReads = (browser: Browser) => browser.sent.filter(({ url }) => new URL(url).pathname === "/v1/policy");

async function open(gained: string, settings?: Parameters<typeof behind>[2]) {
  const { client, browser } = await arrive(world);
  await client.signIn({ email: ann.email, password: ann.password });
  const older = behind(browser, gained, settings);
  await client.switchAccount(team);
  return { client, browser, older };
}

test("a policy that gained a permission is fetched again, revalidating caches, and only once", async () => {
  const { client, browser, older } = await open("audit.read");
  assert.throws(() => client.can("audit.read"), UnknownCodeError, "this policy has none such");
  assert.equal(client.can(code("legacy.use")), true);
  assert.equal(policyReads(browser).length, 1);
  Object.assign(older, { tokens: false, policy: false });
  let notifications = 0;
  client.subscribe(() => (notifications += 1));
  await client.refresh();
  assert.equal(client.can("audit.read"), true);
  assert.ok(client.permissions().includes("audit.read"));
  assert.equal(notifications, 1);
  assert.deepEqual(
    policyReads(browser).map(({ cache }) => cache),
    ["default", "no-cache"],
  );
  await client.refresh();
  assert.equal(policyReads(browser).length, 2);
});

test("a permission that the policy no longer defines is not held, and checking it does not throw", async () => {
  const { client, older } = await open("audit.read");
  Object.assign(older, { tokens: false, policy: false });
  await client.refresh();
  assert.equal(client.can(code("legacy.use")), false);
  assert.equal(client.canAll([code("legacy.use"), "team.access"]), false);
  assert.deepEqual(client.explain(code("legacy.use")), { allowed: false, permission: "legacy.use", role: "admin", grantedBy: [] });
  assert.ok(!client.permissions().includes(code("legacy.use")));
  assert.throws(() => client.can(code("legacy.misspelt")), UnknownCodeError, "a slip of the pen stays loud");
});

test("during a deployment, tokens and roles of the new policy are read with the old one until the new one is served", async () => {
  const role = await ann.makeRole(team, "auditor", ["team.access", "audit.read"]);
  const { client, older } = await open("audit.read");
  older.tokens = false;
  await client.refresh();
  assert.equal(client.can("pods.manage"), true);
  assert.deepEqual(client.explain("team.access").grantedBy.includes(role.code), true);
  older.policy = false;
  await client.refresh();
  assert.equal(client.can("audit.read"), true);
  assert.ok(client.explain("audit.read").grantedBy.includes(role.code));
});

test("a custom role whose code became that of a built-in role causes no error", async () => {
  await ann.makeRole(team, "keeper", ["team.access"]);
  const { client, browser } = await open("audit.read");
  delete browser.after;
  browser.after = (line, response) => {
    if (line !== "GET /v1/policy") return;
    const roles = [...deployed.roles, { code: "keeper", title: "Keeper", permissions: ["volumes.manage"] }];
    return Promise.resolve(new Response(JSON.stringify({ ...deployed, roles }), { headers: { etag: response.headers.get("etag")! } }));
  };
  await client.refresh();
  assert.ok(client.explain("volumes.manage").grantedBy.includes("keeper"));
});

for (const [what, tag] of [
  ["made weak by a proxy", (hash: string) => `W/"${hash}"`],
  ["extended by a proxy", (hash: string) => `"${hash}-gzip"`],
  ["removed by a proxy", () => undefined],
] as const) {
  test(`an ETag ${what}: the policy is fetched again once for each change, and not at each renewal`, async () => {
    const { client, browser, older } = await open("audit.read", { tag });
    await client.refresh();
    assert.equal(policyReads(browser).length, 1);
    Object.assign(older, { tokens: false, policy: false });
    await client.refresh();
    await client.refresh();
    assert.equal(client.can("audit.read"), true);
    assert.equal(policyReads(browser).length, 2);
  });
}

test("when the new policy cannot be fetched, the old one stays in use", async () => {
  const { client, browser, older } = await open("audit.read");
  Object.assign(older, { tokens: false, policy: false });
  const rest = browser.after!;
  browser.after = (line, response) => {
    if (line === "GET /v1/policy") return Promise.resolve(new Response('{"version":2}', { headers: { etag: '"x"' } }));
    return rest(line, response);
  };
  await client.refresh();
  assert.equal(client.can("pods.manage"), true);
  browser.after = rest;
  await client.refresh();
  assert.equal(client.can("audit.read"), true);
});
