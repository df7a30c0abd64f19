// `client.fetch` through the gateway to an upstream: local checks compared with the server's decisions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallError } from "rolecall";
import { openGateway, takeUpstreamRequests } from "../e2e/support/gateway.ts";
import { arrive } from "./support/browser.ts";

const world = await openGateway();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const member = await world.hire(owner, team, "billing@example.com", "billing");
const { client, browser } = await arrive(world);
await client.signIn({ email: "billing@example.com", password: member.password });
await client.switchAccount(team);

test("an allowed request reaches the upstream with user, account and permission, without a database read at the gateway", async () => {
  const response = await client.fetch("/api/billing?month=11");
  const upstreamRequest: any = await response.json();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("rolecall-d1-round-trips"), "0");
  assert.deepEqual([upstreamRequest.path, upstreamRequest.query], ["/api/billing", "month=11"]);
  assert.deepEqual(
    [upstreamRequest.identity.sub, upstreamRequest.identity.account, upstreamRequest.identity.role, upstreamRequest.identity.permission],
    [member.id, team, "billing", "billing.view"],
  );
  assert.equal(upstreamRequest.headers.authorization, undefined, "the token stays at the gateway");
});

test("a live route refuses a permission that was revoked since the last renewal, and the client updates its rights", async () => {
  assert.equal((await client.fetch("/api/billing/payment-methods", { method: "POST", body: "{}" })).status, 200);
  assert.equal((await owner.setRole(team, member.id, "basic")).status, 200);
  assert.equal(client.can("billing.manage"), true, "the client has not been notified yet");
  await takeUpstreamRequests(world);
  const start = browser.log.length;
  const refused = await client.fetch("/api/billing/payment-methods", { method: "POST", body: "{}" }).catch((error: unknown) => error);
  assert.ok(refused instanceof RolecallError && !refused.local, String(refused));
  assert.deepEqual(refused.problem.denial, { permission: "billing.manage", role: "basic", granted_by: ["billing", "admin"] });
  assert.equal(browser.log[start], "POST /api/billing/payment-methods");
  assert.equal(client.can("billing.manage"), false);
  assert.deepEqual(await takeUpstreamRequests(world), []);
});
