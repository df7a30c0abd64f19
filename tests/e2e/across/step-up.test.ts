// Step-up: every route that openapi.json marks with `x-fresh` refuses a session whose user has not authenticated in the last five
// minutes, changes nothing then, and does what it was asked once they have

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Operation, operations } from "../support/contract.ts";
import type { Answer } from "../support/http.ts";
import { enrol, registrationOf } from "../support/passkeys.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { type Tenant, bodyFor, fill, guarded } from "../support/request-factory.ts";
import { enrolApp } from "../support/second-factor.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { inTurn, openWorld } from "../support/world.ts";

const world = await openWorld();
const REAUTHENTICATION = "/v1/sessions/current/reauthentication";
const fresh = operations.filter((operation) => operation.fresh);
let count = 0;

/** An owner of a team of their own, with an admin, and what requests name. */
async function tenantOf(): Promise<{ owner: Person; tenant: Tenant }> {
  const owner = await world.signUp(`owner${(count += 1)}@example.com`);
  const account = await owner.convert("Acme");
  const admin = await world.hire(owner, account, `admin${count}@example.com`, "admin");
  const invitation = await owner.invite(account, `guest${count}@example.com`, "dev");
  await owner.makeRole(account, "custom", ["team.access"]);
  const key = expectStatus(await owner.post(`/v1/accounts/${account}/api-keys`, { name: "key", permissions: ["team.access"] }), 201).body;
  const token = new URLSearchParams(new URL(invitation.link).hash.slice(1)).get("token")!;
  // It does not verify its user: a password is as good as the best of the owner's ways.
  const passkey = await enrol(owner, new SoftwareAuthenticator({ userVerified: false }));
  const { items: methods } = expectStatus(await owner.get("/v1/me/sign-in-methods"), 200).body;
  const method = methods.find(({ kind }: { kind: string }) => kind === "passkey").id;
  const ids = { user: admin.id, invitation: invitation.id, key: key.id, session: "ses_1", passkey: passkey.id, method };
  return { owner, tenant: { account, token, role: "custom", ...ids } };
}

/** A body that the route takes: the registration of a passkey is the answer to options that were fetched before. */
async function bodyOf(operation: Operation, owner: Person, tenant: Tenant): Promise<object | undefined> {
  return operation.id === "registerPasskey" ? registrationOf(owner, new SoftwareAuthenticator({ userVerified: false })) : bodyFor(operation, tenant);
}

/** What is missing of this owner, once they have confirmed who they are: nobody waits to be connected with them, and they have no app. */
const MISSING: Record<string, string> = {
  connectProvider: "provider-link-not-found",
  confirmTotp: "totp-not-found",
  removeTotp: "totp-not-found",
  createRecoveryCodes: "totp-not-found",
};

/** What follows once the user has confirmed who they are. */
function expectDone(operation: Operation, answer: Answer): void {
  const missing = MISSING[operation.id];
  if (missing !== undefined) expectProblem(answer, missing);
  else assert.ok(answer.status < 300, `${operation.id} answered ${answer.status}: ${answer.text}`);
}

/** All that a change could touch: every table but what requests leave behind themselves. */
async function everything(): Promise<Record<string, unknown>> {
  await world.settled();
  const tables = await world.rows<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*' AND name NOT GLOB 'sqlite*'");
  const changing = /^(attempt|idempotency|request_count|d1_migrations)/;
  const kept = tables.map(({ name }) => name).filter((name) => !changing.test(name));
  const contents = await inTurn(kept, (name) => world.rows(`SELECT * FROM ${name} ORDER BY 1, 2`));
  return Object.fromEntries(kept.map((name, index) => [name, contents[index]]));
}

test("the document marks the routes that are hard to undo", () =>
  assert.deepEqual(fresh.map(({ method, template }) => `${method} ${template}`).sort(), [
    "DELETE /v1/accounts/{account}/team",
    "DELETE /v1/me/sign-in-methods/{method}",
    "DELETE /v1/passkeys/{passkey}",
    "DELETE /v1/totp",
    "POST /v1/accounts/{account}/api-keys",
    "POST /v1/accounts/{account}/transfer",
    "POST /v1/passkeys",
    "POST /v1/passkeys/registration-options",
    "POST /v1/provider-link",
    "POST /v1/recovery-codes",
    "POST /v1/totp",
    "PUT /v1/password",
    "PUT /v1/totp",
  ]));

for (const operation of fresh) {
  const name = `${operation.method} ${operation.template}`;

  test(`${name}: refused when stale, with nothing changed; done after the password, by the same request`, async () => {
    const { owner, tenant } = await tenantOf();
    const json = await bodyOf(operation, owner, tenant);
    await world.makeStale(owner.id);
    const before = await everything();
    const ask = { headers: { "idempotency-key": `stale-${operation.id}` } };
    const send = () => owner.ask(operation.method, fill(operation, tenant), { json, ...ask });
    const problem = expectProblem(await send(), "reauthentication-required");
    assert.deepEqual([...problem.methods].sort(), ["email", "passkey", "password"]);
    assert.deepEqual(await everything(), before);
    expectStatus(await owner.post(REAUTHENTICATION, { password: owner.password }), 200);
    expectDone(operation, await send());
  });

  test(`${name}: an authentication of 290 seconds ago is enough, one of 310 is not`, async () => {
    const { owner, tenant } = await tenantOf();
    const json = await bodyOf(operation, owner, tenant);
    const send = () => owner.ask(operation.method, fill(operation, tenant), { json });
    expectStatus(await owner.post(REAUTHENTICATION, { password: owner.password }), 200);
    await world.makeStale(owner.id, 310_000);
    expectProblem(await send(), "reauthentication-required");
    expectStatus(await owner.post(REAUTHENTICATION, { password: owner.password }), 200);
    await world.makeStale(owner.id, 290_000);
    expectDone(operation, await send());
  });

  test(`${name}: a user with an authenticator app is asked for two factors, and an app for its code`, async () => {
    const { owner, tenant } = await tenantOf();
    const json = await bodyOf(operation, owner, tenant);
    const app = await enrolApp(owner);
    // A session of one factor, however fresh.
    await world.sql("UPDATE session SET aal = 1, amr = '[\"pwd\"]' WHERE user = ?", owner.id);
    const send = () => owner.ask(operation.method, fill(operation, tenant), { json });
    assert.deepEqual(expectProblem(await send(), "reauthentication-required").methods, ["totp"]);
    expectStatus(await owner.post(REAUTHENTICATION, { password: owner.password }), 200);
    assert.deepEqual(expectProblem(await send(), "reauthentication-required").methods, ["totp"]);
    const renewed = expectStatus(await owner.post(REAUTHENTICATION, { totp_code: await app.freshCode() }), 200).body;
    assert.deepEqual([renewed.aal, renewed.amr], [2, ["pwd", "otp", "mfa"]]);
    assert.notEqual((await send()).body?.code, "reauthentication-required");
  });
}

test("a user without a password can confirm by mail alone, and the problem says so", async () => {
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email: "mail@example.com" }), 202);
  const { hash } = new URL(await world.mailedLink("mail@example.com", "/verify-email"));
  const { user } = expectStatus(await visitor.post("/v1/email-verifications", { token: new URLSearchParams(hash.slice(1)).get("token") }), 201).body;
  await world.makeStale(user.id);
  const problem = expectProblem(await visitor.put("/v1/password", { password: "a decent long sentence" }), "reauthentication-required");
  assert.deepEqual(problem.methods, ["email"]);
  const key = "the key of this very browser";
  const code = await world.mailedCode("mail@example.com", key);
  expectStatus(await visitor.post(REAUTHENTICATION, { code, browser_key: key }), 200);
  expectStatus(await visitor.put("/v1/password", { password: "a decent long sentence" }), 204);
});

test("who may not do it is told that first, and needs not confirm anything for it", async () => {
  const { tenant } = await tenantOf();
  const stranger = await world.signUp("stranger@example.com");
  await world.makeStale(stranger.id);
  for (const operation of fresh.filter(({ template }) => template.includes("{account}")))
    expectProblem(await stranger.ask(operation.method, fill(operation, tenant), { json: bodyFor(operation, tenant) }), "account-not-found");
});

test("the dry run of Delete Team, and every other route, asks for no fresh authentication", async () => {
  const { owner, tenant } = await tenantOf();
  await world.makeStale(owner.id);
  expectStatus(await owner.delete(`/v1/accounts/${tenant.account}/team?dry_run=true`), 200);
  const others = guarded.filter(({ fresh, template }) => !fresh && template !== REAUTHENTICATION);
  assert.ok(others.length > 25);
  for (const operation of others) {
    const answer = await owner.ask(operation.method, fill(operation, tenant), { json: bodyFor(operation, tenant), unchecked: true });
    assert.notEqual(answer.body?.code, "reauthentication-required", `${operation.method} ${operation.template}`);
    assert.ok(!/^session-(missing|expired)$/.test(answer.body?.code), `${operation.method} ${operation.template}: ${answer.text}`);
  }
});
