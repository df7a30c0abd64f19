// POST /v1/signup with an invitation's token and the proof from its mail: verified, signed in and joined in one step

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofOf, tokenOf } from "../support/people.ts";
import { expectInvariants } from "../support/invariants.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectAccount, expectUser } from "../support/shapes.ts";
import { openWorld, passwordFor } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("olive@example.com");
const team = await owner.convert("Acme");

async function invited(email: string, role = "dev") {
  const { id, link } = await owner.invite(team, email, role);
  const mailed = await world.mailedLink(email, "/join");
  return { id, link, invitation: { token: tokenOf(mailed), proof: proofOf(mailed) }, email, password: passwordFor(email) };
}

test("a newcomer is verified, signed in and a member with one request", async () => {
  const { email, password, invitation } = await invited("nina@example.com");
  const visitor = world.visitor();
  const { body } = expectStatus(await visitor.post("/v1/signup", { email, password, name: "Nina", invitation }), 201);
  expectUser(body.user);
  expectAccount(body.account);
  assert.deepEqual([body.user.email, body.user.name, body.user.email_verified], [email, "Nina", true]);
  assert.deepEqual([body.account.id, body.account.role], [team, "dev"]);
  const me = expectStatus(await visitor.get("/v1/me"), 200).body;
  assert.equal(me.active_account, team);
  assert.equal(me.memberships.length, 2, "they have a personal account as well");
  expectStatus(await world.visitor().signIn(email, password), 201);
  await expectInvariants(world.database);
});

test("the proof joins whoever reads the mailbox, with the invited email only", async () => {
  const { invitation, id } = await invited("reader@example.com");
  for (const email of ["mallory@example.com", "reader+x@example.com", "reader@example.org"]) {
    const visitor = world.visitor();
    const { body } = expectStatus(await visitor.post("/v1/signup", { email, password: passwordFor(email), invitation }), 202);
    assert.deepEqual(body, { status: "verification-sent" });
    assert.equal(visitor.cookie, null);
  }
  assert.ok((await owner.invitations(team, "pending")).some((item) => item.id === id));
});

test("another invitation's proof proves nothing", async () => {
  const [one, two] = [await invited("one@example.com"), await invited("two@example.com")];
  const mixed = { token: one.invitation.token, proof: two.invitation.proof };
  expectStatus(await world.visitor().post("/v1/signup", { email: one.email, password: one.password, invitation: mixed }), 202);
  const swapped = { token: one.invitation.proof, proof: one.invitation.token };
  expectStatus(await world.visitor().post("/v1/signup", { email: one.email, password: one.password, invitation: swapped }), 202);
  assert.equal(await world.count("user WHERE email = ?", one.email), 0);
});

test("it works once: after that the link belongs to the one who joined", async () => {
  const { email, password, invitation, link } = await invited("once@example.com");
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email, password, invitation }), 201);
  const again = world.visitor();
  assert.deepEqual(expectStatus(await again.post("/v1/signup", { email, password, invitation }), 202).body, { status: "verification-sent" });
  assert.equal(again.cookie, null, "the same request again signs nobody in");
  expectStatus(await visitor.accept(link), 200);
});

test("an invitation that is over proves nothing: the answer is the ordinary 202 and an ordinary mail", async () => {
  const [revoked, expired, resent] = [await invited("revoked@example.com"), await invited("expired@example.com"), await invited("resent@example.com")];
  expectStatus(await owner.revoke(team, revoked.id), 204);
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE id = ?", expired.id);
  expectStatus(await owner.post(`/v1/accounts/${team}/invitations/${resent.id}/resend`), 200);
  for (const { email, password, invitation } of [revoked, expired, resent]) {
    const visitor = world.visitor();
    expectStatus(await visitor.post("/v1/signup", { email, password, invitation }), 202);
    assert.equal(visitor.cookie, null);
    await world.mailedLink(email, "/verify-email");
    assert.equal(await world.count("user WHERE email = ?", email), 0, email);
  }
});

test("somebody who has an account does not get a second one or another password", async () => {
  const paula = await world.signUp("paula@example.com");
  const { invitation, link } = await invited(paula.email);
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email: paula.email, password: "a stranger's long sentence", invitation }), 202);
  assert.equal(visitor.cookie, null);
  expectProblem(await world.visitor().signIn(paula.email, "a stranger's long sentence"), "credentials-invalid");
  await paula.join(link);
});

test("joining voids the waiting sign-ups of that email", async () => {
  const email = "waiting@example.com";
  expectStatus(await world.visitor().post("/v1/signup", { email, password: "an earlier long sentence" }), 202);
  const verification = tokenOf(await world.mailedLink(email, "/verify-email"));
  const { password, invitation } = await invited(email);
  expectStatus(await world.visitor().post("/v1/signup", { email, password, invitation }), 201);
  expectProblem(await world.visitor().post("/v1/email-verifications", { token: verification }), "verification-over");
});

test("the password rules hold here too, and the proof is not used up by a refused try", async () => {
  const { email, invitation, password } = await invited("strict@example.com");
  expectInvalid(await world.visitor().post("/v1/signup", { email, password: "too short", invitation }), { "/password": "password-too-short" });
  expectStatus(await world.visitor().post("/v1/signup", { email, password, invitation }), 201);
});

test("token and proof belong together and are texts", async () => {
  const { email, password, invitation } = await invited("fields@example.com");
  expectInvalid(await world.visitor().post("/v1/signup", { email, password, invitation: { token: invitation.token } }), { "/invitation/proof": "required" });
  expectInvalid(await world.visitor().post("/v1/signup", { email, password, invitation: { ...invitation, role: "admin" } }), { "/invitation/role": "unknown" });
  expectInvalid(await world.visitor().post("/v1/signup", { email, password, invitation: "yes" }), { "/invitation": "type-wrong" });
});

test("both steps are logged: the personal account's beginning and the joining", async () => {
  const { email, password, invitation, id } = await invited("logged@example.com");
  const visitor = world.visitor();
  const { user } = expectStatus(await visitor.post("/v1/signup", { email, password, invitation }), 201).body;
  const event = (await owner.auditLog(team)).at(-1);
  assert.deepEqual([event?.action, event?.actor.id, event?.resource.id], ["invitation.accept", user.id, id]);
  assert.equal(await world.count("audit_event e JOIN account a ON a.id = e.account WHERE a.owner = ?", user.id), 1);
});
