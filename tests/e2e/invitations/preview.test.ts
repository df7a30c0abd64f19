// GET /v1/invitations/{token}: what whoever holds a link may see

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofOf, tokenOf } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("olive@example.com", { name: "Olive" });
const team = await owner.convert("Acme & Söhne <b>");
const visitor = world.visitor();

test("shows team, role, inviter and state, to anybody who holds the link", async () => {
  const { link, expires_at } = await owner.invite(team, "guest@example.com", "dev");
  const { body } = expectStatus(await visitor.preview(link), 200);
  assert.deepEqual(body.account, { name: "Acme & Söhne <b>" });
  assert.equal(body.role.code, "dev");
  assert.ok(body.role.permissions.includes("pods.manage") && !body.role.permissions.includes("clusters.manage"));
  assert.deepEqual(body.inviter, { name: "Olive" });
  assert.equal(body.state, "pending");
  assert.equal(body.expires_at, expires_at);
});

test("shows neither the full email, nor ids, nor whether the email has an account", async () => {
  const known = await world.signUp("known-guest@example.com");
  const first = await owner.invite(team, known.email, "dev");
  const second = await owner.invite(team, "other-guest@example.com", "dev");
  const [a, b] = [expectStatus(await visitor.preview(first.link), 200), expectStatus(await visitor.preview(second.link), 200)];
  for (const [answer, email] of [
    [a, known.email],
    [b, second.email],
  ] as const) {
    assert.ok(!answer.text.includes(email));
    assert.doesNotMatch(answer.text, /(usr|acct|inv)_[0-9a-f]{32}/);
    assert.ok(!answer.text.includes(owner.email), "the inviter's email is not shown");
  }
  assert.deepEqual(Object.keys(a.body).sort(), Object.keys(b.body).sort());
  const same = (body: any) => ({ ...body, email_hint: "", expires_at: "" });
  assert.deepEqual(same(a.body), same(b.body));
  assert.equal(a.headers["rolecall-d1-statements"], b.headers["rolecall-d1-statements"]);
});

test("the mail's proof shows the email in full, in its header alone", async () => {
  const { link, email } = await owner.invite(team, "reader@example.com", "dev");
  const other = await owner.invite(team, "other-reader@example.com", "dev");
  const mailed = await world.mailedLink(email, "/join");
  const proof = proofOf(mailed)!;
  const seen = async (headers: Record<string, string>) => expectStatus(await visitor.preview(link, { headers }), 200).body.email;
  assert.equal(await seen({ "rolecall-invitation-proof": proof }), email);
  const foreign = proofOf(await world.mailedLink(other.email, "/join"))!;
  for (const wrong of ["", "x", tokenOf(link), foreign]) assert.equal(await seen({ "rolecall-invitation-proof": wrong }), undefined);
  const path = `/v1/invitations/${encodeURIComponent(tokenOf(link))}?proof=${encodeURIComponent(proof)}`;
  const inAddress = await visitor.get(path, { unchecked: true });
  assert.ok(!inAddress.text.includes(email), "an address proves nothing");
});

test("looking changes nothing, however often and whoever looks", async () => {
  const invited = await world.signUp("looker@example.com");
  const { link, id } = await owner.invite(team, invited.email, "dev");
  const state = async () => [
    await world.rows("SELECT * FROM invitation WHERE id = ?", id),
    await world.rows("SELECT version FROM account WHERE id = ?", team),
    await world.count("audit_event"),
  ];
  const before = await state();
  for (const who of [visitor, invited, owner]) for (let index = 0; index < 3; index += 1) expectStatus(await who.preview(link), 200);
  expectStatus(await visitor.ask("HEAD", `/v1/invitations/${tokenOf(link)}`, { unchecked: true }), 200);
  assert.deepEqual(await state(), before);
  await invited.join(link);
});

test("an ended invitation is shown with its state", async () => {
  const [accepter, decliner] = await world.signUpAll("accepter", "decliner");
  const accepted = await owner.invite(team, accepter.email, "basic");
  await accepter.join(accepted.link);
  const declined = await owner.invite(team, decliner.email, "basic");
  expectStatus(await decliner.decline(declined.link), 204);
  const revoked = await owner.invite(team, "revoked@example.com", "basic");
  expectStatus(await owner.revoke(team, revoked.id), 204);
  const expired = await owner.invite(team, "expired@example.com", "basic");
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE id = ?", expired.id);
  const resent = await owner.invite(team, "resent@example.com", "basic");
  expectStatus(await owner.post(`/v1/accounts/${team}/invitations/${resent.id}/resend`), 200);
  const states = { [accepted.link]: "accepted", [declined.link]: "declined", [revoked.link]: "revoked", [expired.link]: "expired", [resent.link]: "revoked" };
  for (const [link, state] of Object.entries(states)) assert.equal(expectStatus(await visitor.preview(link), 200).body.state, state);
});

test("a forged or damaged token is 404 on every route of the link", async () => {
  const bob = await world.signUp("bob@example.com");
  const { link, id } = await owner.invite(team, bob.email, "dev");
  const other = await owner.invite(team, "someone@example.com", "admin");
  const [token, second] = [tokenOf(link), tokenOf(other.link)];
  const at = (index: number) => token.slice(0, index) + (token[index] === "A" ? "B" : "A") + token.slice(index + 1);
  const places = Array.from({ length: 16 }, (_, index) => Math.floor((index * (token.length - 2)) / 15));
  const half = Math.floor(token.length / 2);
  const forged = [
    ...places.map(at),
    token.slice(0, half) + second.slice(half),
    second.slice(0, half) + token.slice(half),
    token.slice(0, -1),
    `${token}A`,
    token.toLowerCase(),
    "x",
    id,
    "null",
    "a".repeat(3000),
  ];
  for (const candidate of forged.filter((text) => text !== token && text !== second)) {
    for (const [method, path] of [
      ["GET", ""],
      ["POST", "/accept"],
      ["POST", "/decline"],
    ]) {
      const answer = await bob.ask(method, `/v1/invitations/${candidate}${path}`, { unchecked: true });
      // What is too long for any path is no route at all.
      expectProblem(answer, candidate.length > 1000 ? "not-found" : "invitation-not-found");
    }
  }
  assert.equal(expectStatus(await visitor.preview(link), 200).body.state, "pending");
});

test("tokens of other links are no invitations", async () => {
  expectStatus(await visitor.post("/v1/signup", { email: "new@example.com", password: "a decent long sentence" }), 202);
  const verification = tokenOf(await world.mailedLink("new@example.com", "/verify-email"));
  const { email } = await owner.invite(team, "proof@example.com", "dev");
  const proof = proofOf(await world.mailedLink(email, "/join"));
  for (const token of [verification, proof]) expectProblem(await visitor.get(`/v1/invitations/${token}`), "invitation-not-found");
});

test("a link keeps working for its invitation after the team was renamed", async () => {
  const { link } = await owner.invite(team, "renamed@example.com", "basic");
  expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "New name" }), 200);
  assert.equal(expectStatus(await visitor.preview(link), 200).body.account.name, "New name");
});

test("after Delete Team a link shows neither the team nor the owner's private name", async () => {
  const host = await world.signUp("private@example.com", { name: "Private Person" });
  const inviting = await host.convert("Shop");
  const admin = await world.hire(host, inviting, "shop-admin@example.com", "admin");
  const { link } = await admin.invite(inviting, "late@example.com", "dev");
  assert.equal(expectStatus(await visitor.preview(link), 200).body.account.name, "Shop");
  expectStatus(await host.deleteTeam(inviting), 200);
  const { body, text } = expectStatus(await visitor.preview(link), 200);
  assert.deepEqual([body.account, body.state], [{ name: "" }, "revoked"]);
  assert.ok(!text.includes("Private Person"));
});
