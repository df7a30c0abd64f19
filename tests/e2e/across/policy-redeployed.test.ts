// The same data under another policy: what a deployment with an edited policy.json changes, and what a faulty one does.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { askWith, expectForwarded, openGateway, takeUpstreamRequests, tokenFor, trips } from "../support/gateway.ts";
import { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { DEFAULT_POLICY, startWorker } from "../support/worker.ts";
import { eventually, World } from "../support/world.ts";

interface Policy {
  permissions: { code: string; title: string; resource: string; actions: string[] }[];
  roles: { code: string; title: string; permissions: string[] }[];
  routes: { method: string; path: string; permission: string }[];
}

/** The default policy with a permission `reports.read` of dev and admin and its route, without `pods.manage` for dev. */
function edited(): string {
  const policy: Policy = JSON.parse(DEFAULT_POLICY);
  policy.permissions.push({ code: "reports.read", title: "Read reports", resource: "report", actions: ["read"] });
  for (const role of policy.roles) {
    if (["dev", "admin"].includes(role.code)) role.permissions.push("reports.read");
    if (role.code === "dev") role.permissions = role.permissions.filter((code) => code !== "pods.manage");
  }
  policy.routes.push({ method: "GET", path: "/api/reports/{id}", permission: "reports.read" });
  return JSON.stringify(policy);
}

const data = mkdtempSync(path.join(tmpdir(), "rolecall-redeployed-"));
after(() => rmSync(data, { recursive: true, force: true }));
const key = () => randomBytes(32).toString("base64url");
const settings = { data, vars: { LINK_KEYS: `l1:${key()}`, TOKEN_KEYS: `t1:${key()}` } };

test("an edited policy holds in the API, the gateway, AuthZEN and tokens, and an earlier token is decided by live rights", async () => {
  const before = await openGateway(settings);
  const ann = await before.signUp("ann@example.com");
  const team = await ann.convert("Acme");
  const dev = await before.hire(ann, team, "dev@example.com", "dev");
  const earlier = await tokenFor(dev, team);
  expectForwarded(await askWith(before, earlier, "POST", "/api/pods"), { permission: "pods.manage" });
  expectProblem(await askWith(before, earlier, "GET", "/api/reports/r1"), "not-found");
  expectStatus(await dev.post(`/v1/accounts/${team}/checks`, { permissions: ["reports.read"] }), 422);
  await before.running.stop();

  const policy = edited();
  const world = new World(await startWorker({ ...settings, policy, upstream: true }));
  try {
    const now = new Person(world.client, dev.cookie, dev.user, dev.home, dev.password);
    const served = expectStatus(await now.get("/v1/policy"), 200);
    assert.equal(served.text, policy);
    const hash = createHash("sha256").update(policy).digest("hex");
    assert.equal(served.headers.etag, `"${hash}"`);

    const asked = { permissions: ["reports.read", "pods.manage"] };
    const { results } = expectStatus(await now.post(`/v1/accounts/${team}/checks`, asked), 200).body;
    assert.deepEqual(
      results.map(({ allowed }: { allowed: boolean }) => allowed),
      [true, false],
    );

    // Signed under the earlier policy: its claims no longer count, so the database decides.
    const refused = await askWith(world, earlier, "POST", "/api/pods");
    assert.equal(expectProblem(refused, "permission-missing").denial.permission, "pods.manage");
    const gained = await askWith(world, earlier, "GET", "/api/reports/r1");
    expectForwarded(gained, { sub: dev.id, permission: "reports.read" });
    assert.equal(trips(gained), 1);

    const token = await tokenFor(now, team);
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    assert.equal(claims.pol, hash);
    assert.ok(claims.permissions.includes("reports.read") && !claims.permissions.includes("pods.manage"));
    const forwarded = await askWith(world, token, "GET", "/api/reports/r1");
    expectForwarded(forwarded, { permission: "reports.read" });
    assert.equal(trips(forwarded), 0);

    const question = { subject: { type: "user", id: dev.email }, action: { name: "read" }, resource: { type: "report", id: "r1" } };
    const admin = new Person(world.client, ann.cookie, ann.user, ann.home, ann.password);
    const decided = await admin.post("/access/v1/evaluation", question, { headers: { "rolecall-account": team } });
    assert.equal(expectStatus(decided, 200).body.decision, true);
    await takeUpstreamRequests(world);
  } finally {
    await world.close();
  }
});

test("a member whose role the policy no longer has keeps the membership, has no permission, and can be given another role", async () => {
  const apart = { ...settings, data: path.join(data, "removed-role") };
  const before = await openGateway(apart);
  const ann = await before.signUp("ann@example.com");
  const team = await ann.convert("Acme");
  const payer = await before.hire(ann, team, "payer@example.com", "billing");
  await before.running.stop();

  const policy: Policy = JSON.parse(DEFAULT_POLICY);
  policy.roles = policy.roles.filter(({ code }) => code !== "billing");
  const world = new World(await startWorker({ ...apart, policy: JSON.stringify(policy), upstream: true }));
  try {
    const now = new Person(world.client, payer.cookie, payer.user, payer.home, payer.password);
    const admin = new Person(world.client, ann.cookie, ann.user, ann.home, ann.password);
    const membership = (await now.me()).memberships.find(({ account }: { account: { id: string } }) => account.id === team);
    assert.equal(membership.role, "billing");
    const { results } = expectStatus(await now.post(`/v1/accounts/${team}/checks`, { permissions: ["billing.view"] }), 200).body;
    assert.equal(results[0].allowed, false);
    expectProblem(await now.get("/api/billing", { headers: { "rolecall-account": team } }), "permission-missing");
    const changed = await admin.ask("PATCH", `/v1/accounts/${team}/members/${payer.id}`, { json: { role: "basic" } });
    assert.equal(expectStatus(changed, 200).body.role, "basic");
    expectForwarded(await now.get("/api/pods", { headers: { "rolecall-account": team } }), { permission: "pods.connect" });
  } finally {
    await world.close();
  }
});

for (const [fault, policy, place] of [
  ["is no JSON", DEFAULT_POLICY.replace('"version": 1,', '"version": 1'), "line 3"],
  ["names an unknown permission", DEFAULT_POLICY.replace('"pods.connect", "endpoints.invoke"', '"pods.fly", "endpoints.invoke"'), "/roles/0/permissions/1"],
  ["has a route outside of the gateway", DEFAULT_POLICY.replace('"path": "/api/pods"', '"path": "/pods"'), "GET /pods"],
  ["lacks the role of owners", DEFAULT_POLICY.replace('"code": "admin"', '"code": "boss"'), "admin"],
  ["is empty", "", "policy"],
] as const) {
  test(`a Worker whose policy ${fault} answers nothing, and its log names the place`, async () => {
    assert.notEqual(policy, DEFAULT_POLICY);
    const world = new World(await startWorker({ policy }));
    try {
      for (const path of ["/healthz", "/v1/policy", "/v1/me", "/team", "/api/pods", "/access/v1/evaluation"]) {
        const answer = await world.visitor().get(path, { unchecked: true });
        assert.equal(answer.status, 500, path);
        assert.ok(!answer.text.includes(place), "the cause is in the log only");
      }
      await eventually(async () => assert.ok(world.running.log.join("\n").includes(place), world.running.log.join("\n")));
    } finally {
      await world.close();
    }
  });
}
