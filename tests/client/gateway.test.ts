// `client.fetch` through the real gateway to a real upstream: what the package says locally and what the server decides meet here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallError } from "rolecall";
import { openGateway, seen } from "../e2e/support/gateway.ts";
import { arrive } from "./support/browser.ts";

const world = await openGateway();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const member = await world.hire(owner, team, "billing@example.com", "billing");
const { client, browser } = await arrive(world);
await client.signIn({ email: "billing@example.com", password: member.password });
await client.accounts.use(team);

test("an allowed request arrives with the person, the account and the permission, and costs the gateway no look-up", async () => {
  const response = await client.fetch("/api/billing?month=11");
  const told: any = await response.json();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("rolecall-d1-round-trips"), "0");
  assert.deepEqual([told.path, told.query], ["/api/billing", "month=11"]);
  assert.deepEqual([told.identity.sub, told.identity.account, told.identity.role, told.identity.permission], [member.id, team, "billing", "billing.view"]);
  assert.equal(told.headers.authorization, undefined, "the token stays at the gateway");
});

test("what the page still believes, the gateway refuses on a live route, and the page learns from it", async () => {
  assert.equal((await client.fetch("/api/billing/payment-methods", { method: "POST", body: "{}" })).status, 200);
  assert.equal((await owner.setRole(team, member.id, "basic")).status, 200);
  assert.equal(client.can("billing.manage"), true, "nobody has told this page yet");
  await seen(world);
  const start = browser.log.length;
  const refused = await client.fetch("/api/billing/payment-methods", { method: "POST", body: "{}" }).catch((error: unknown) => error);
  assert.ok(refused instanceof RolecallError && !refused.local, String(refused));
  assert.deepEqual(refused.problem.denial, { permission: "billing.manage", role: "basic", granted_by: ["billing", "admin"] });
  assert.equal(browser.log[start], "POST /api/billing/payment-methods");
  assert.equal(client.can("billing.manage"), false);
  assert.deepEqual(await seen(world), []);
});
