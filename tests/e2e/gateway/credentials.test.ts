// Who a request to the gateway comes from: which credential decides, when each is over, and how fresh it must be

import assert from "node:assert/strict";
import { test } from "node:test";
import { askWith, bearer, expectForwarded, forge, createApiKey, openGateway, takeUpstreamRequests, tokenFor, trips } from "../support/gateway.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { eventually } from "../support/world.ts";

const world = await openGateway();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const other = await world.signUp("other@example.com");
const now = () => Math.floor(Date.now() / 1000);

test("an Authorization header that cannot be taken is refused, whatever cookie stands beside it", async () => {
  const token = await tokenFor(dev, team);
  const { secret } = await createApiKey(owner, team, ["pods.connect"]);
  const garbled = `${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`;
  const never = "rc_".padEnd(62, "a");
  const bad: [string, string][] = [
    ["Bearer", "token-invalid"],
    ["Basic YTpi", "token-invalid"],
    [token, "token-invalid"],
    [`Bearer ${token}x`, "token-invalid"],
    [`Bearer ${token}, Bearer ${token}`, "token-invalid"],
    [`Bearer ${token.split(".").slice(0, 2).join(".")}.`, "token-invalid"],
    [`Bearer ${garbled}`, "api-key-invalid"],
    [`Bearer ${never}`, "api-key-invalid"],
    [`Bearer ${secret} `.trimEnd() + "x", "api-key-invalid"],
  ];
  await takeUpstreamRequests(world);
  for (const [authorization, code] of bad) {
    for (const who of [world.visitor(), dev]) {
      const answer = await who.get("/api/pods", { headers: { authorization, "rolecall-account": team } });
      expectProblem(answer, code);
      assert.equal(trips(answer), 0, "refused without a look-up");
    }
  }
  assert.deepEqual(await takeUpstreamRequests(world), []);
  expectForwarded(await dev.get("/api/pods"), { sub: dev.id });
});

test("a valid Bearer decides over a valid cookie", async () => {
  const { secret, id } = await createApiKey(owner, team, ["pods.connect"]);
  expectForwarded(await dev.get("/api/pods", bearer(secret)), { sub: id });
  expectForwarded(await dev.get("/api/pods", bearer(await tokenFor(owner, team))), { sub: owner.id, role: "admin" });
  expectProblem(await owner.post("/api/pods", undefined, bearer(secret)), "permission-missing");
});

test("a token counts for this deployment, audience, type and time only", async () => {
  const real = await tokenFor(dev, team);
  const cases: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ["another issuer", {}, { iss: "https://evil.example" }],
    ["the issuer with a slash", {}, { iss: `${ORIGIN}/` }],
    ["another audience", {}, { aud: "upstream" }],
    ["a list of audiences", {}, { aud: ["rolecall-tests"] }],
    ["over just now", {}, { iat: now() - 120, exp: now() }],
    ["made in an hour", {}, { iat: now() + 3600, exp: now() + 3700 }],
    ["an end that is no number", {}, { exp: "9999999999" }],
    ["an identity", { typ: "rolecall-identity+jwt" }, {}],
    ["no type", { typ: undefined }, {}],
    ["a type of another kind", { typ: "JWT" }, {}],
    ["another key's id", { kid: "t2" }, {}],
    ["a critical extension", { crit: ["b64"], b64: true }, {}],
    ["no subject", {}, { sub: undefined }],
    ["a subject that is no user", {}, { sub: "key_0199aaaaaaaa7000800000000000000d" }],
    ["an account that is none", {}, { account: "acct_1" }],
    ["permissions that are no list", {}, { permissions: "pods.connect" }],
  ];
  for (const [what, header, claims] of cases) {
    const answer = await askWith(world, await forge(real, { header, claims }), "GET", "/api/pods");
    assert.equal(answer.status, 401, `${what}: ${answer.text}`);
    expectProblem(answer, "token-invalid");
  }
  expectForwarded(await askWith(world, await forge(real, { claims: { jti: "x" } }), "GET", "/api/pods"), { sub: dev.id });
});

test("a token of another policy is decided by the database", async () => {
  const token = await forge(await tokenFor(dev, team), { claims: { pol: "0".repeat(64), permissions: ["billing.view", "pods.connect"] } });
  const answer = await askWith(world, token, "GET", "/api/pods");
  expectForwarded(answer, { sub: dev.id, role: "dev" });
  assert.equal(trips(answer), 1);
  expectProblem(await askWith(world, token, "GET", "/api/billing"), "permission-missing");
});

test("a live route asks the database at once; a no is asked again everywhere; a token that is over is none", async () => {
  const billing = await world.hire(owner, team, "billing@example.com", "billing");
  const token = await tokenFor(billing, team);
  expectForwarded(await askWith(world, token, "POST", "/api/billing/payment-methods"), { role: "billing" });
  expectStatus(await owner.setRole(team, billing.id, "basic"), 200);
  const live = await askWith(world, token, "POST", "/api/billing/payment-methods");
  assert.deepEqual(expectProblem(live, "permission-missing").denial, { permission: "billing.manage", role: "basic", granted_by: ["billing", "admin"] });
  expectForwarded(await askWith(world, token, "GET", "/api/pods"), { role: "basic" });
  expectStatus(await owner.remove(team, billing.id), 204);
  expectProblem(await askWith(world, token, "DELETE", "/api/billing/payment-methods/m1"), "account-not-found");
  const over = await forge(token, { claims: { iat: now() - 121, exp: now() - 1 } });
  expectProblem(await askWith(world, over, "GET", "/api/billing"), "token-invalid");
});

test("a session acts in the account that it names, or in the active one", async () => {
  assert.equal((await dev.me()).active_account, team);
  expectForwarded(await dev.get("/api/pods"), { account: team, role: "dev" });
  expectForwarded(await dev.get("/api/billing", { headers: { "rolecall-account": dev.home } }), { account: dev.home, role: "admin" });
  for (const account of [other.home, "acct_1", "", `${team},${team}`, ` ${team}x`]) {
    expectProblem(await dev.get("/api/pods", { headers: { "rolecall-account": account } }), "account-not-found");
  }
});

test("a token and a key belong to one account", async () => {
  const token = await tokenFor(dev, team);
  const { secret } = await createApiKey(owner, team, ["pods.connect"]);
  for (const credential of [token, secret]) {
    expectForwarded(await askWith(world, credential, "GET", "/api/pods", { headers: { "rolecall-account": team } }), { account: team });
    for (const account of [dev.home, other.home, "nonsense"]) {
      expectProblem(await askWith(world, credential, "GET", "/api/pods", { headers: { "rolecall-account": account } }), "account-not-found");
    }
  }
});

test("a session that is signed out passes no more", async () => {
  const browser = await dev.elsewhere();
  const twin = browser.twin();
  expectForwarded(await browser.get("/api/pods"), { sub: dev.id });
  expectStatus(await browser.delete("/v1/sessions/current"), 204);
  expectProblem(await twin.get("/api/pods"), "session-missing");
});

test("a key that is revoked, over or unknown is refused at once", async () => {
  const key = await createApiKey(owner, team, ["pods.connect"]);
  const brief = await createApiKey(owner, team, ["pods.connect"], { expires_in: 1 });
  expectForwarded(await askWith(world, key.secret, "GET", "/api/pods"), { sub: key.id });
  expectStatus(await owner.delete(`/v1/accounts/${team}/api-keys/${key.id}`), 204);
  expectProblem(await askWith(world, key.secret, "GET", "/api/pods"), "api-key-invalid");
  await eventually(async () => void expectProblem(await askWith(world, brief.secret, "GET", "/api/pods"), "api-key-invalid"));
});

test("a key holds what its creator holds at that moment, and nothing once they left", async () => {
  const admin = await world.hire(owner, team, "admin@example.com", "admin");
  const key = await createApiKey(admin, team, ["pods.connect", "clusters.manage"]);
  expectForwarded(await askWith(world, key.secret, "POST", "/api/clusters"), { sub: key.id });
  expectStatus(await owner.setRole(team, admin.id, "dev"), 200);
  assert.equal(expectProblem(await askWith(world, key.secret, "POST", "/api/clusters"), "permission-missing").denial.role, "api_key");
  expectForwarded(await askWith(world, key.secret, "GET", "/api/pods"), { sub: key.id });
  expectStatus(await owner.remove(team, admin.id), 204);
  expectProblem(await askWith(world, key.secret, "GET", "/api/pods"), "api-key-invalid");
});

test("a key that is limited to resources reaches these and nothing else", async () => {
  const key = await createApiKey(owner, team, ["pods.connect", "pods.manage", "clusters.connect", "billing.view"], { resources: ["pod:abc", "pod:%C3%A9"] });
  for (const [method, path, passes] of [
    ["GET", "/api/pods/abc", true],
    ["POST", "/api/pods/abc/start", true],
    ["DELETE", "/api/pods/%C3%A9", true],
    ["GET", "/api/pods/abcd", false],
    ["GET", "/api/pods/ABC", false],
    ["GET", "/api/pods", false],
    ["POST", "/api/pods", false],
    ["GET", "/api/clusters/abc", false],
    ["GET", "/api/billing", false],
  ] as const) {
    const answer = await askWith(world, key.secret, method, path);
    if (passes) expectForwarded(answer, { sub: key.id });
    else expectProblem(answer, "permission-missing");
  }
});

test("the last use of a key is written down after the answer", async () => {
  const key = await createApiKey(owner, team, ["pods.connect"]);
  expectForwarded(await askWith(world, key.secret, "GET", "/api/pods"), {});
  await eventually(async () => {
    const listed = (await owner.get(`/v1/accounts/${team}/api-keys`)).body.items.find((item: any) => item.id === key.id);
    assert.ok(Math.abs(Date.parse(listed.last_used_at) - Date.now()) < 60_000, listed.last_used_at);
  });
});

test("a write by cookie must come from a page that may; a Bearer is nothing that a page sends by itself", async () => {
  const token = await tokenFor(dev, team);
  await takeUpstreamRequests(world);
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  ];
  const own: Record<string, string>[] = [
    { origin: ORIGIN },
    { origin: "https://console.example.com" },
    { origin: ORIGIN, "sec-fetch-site": "same-origin" },
    {},
  ];
  for (const headers of foreign) {
    for (const [method, path] of [
      ["POST", "/api/pods"],
      ["DELETE", "/api/pods/1"],
      ["PATCH", "/api/volumes/1"],
    ]) {
      expectProblem(await dev.ask(method, path, { headers }), "origin-forbidden");
    }
    expectForwarded(await askWith(world, token, "POST", "/api/pods", { headers }), { sub: dev.id });
  }
  assert.equal((await takeUpstreamRequests(world)).length, 4, "only what came by token");
  for (const headers of own) {
    expectForwarded(await dev.ask("POST", "/api/pods", { headers }), { sub: dev.id });
  }
});
