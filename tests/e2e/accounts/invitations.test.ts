// POST, GET and DELETE /v1/accounts/{id}/invitations, and resend: the inviting side

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofOf, tokenOf } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectInvitation, expectPage } from "../support/shapes.ts";
import { ORIGIN } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com", { name: "Olive" });
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const url = `/v1/accounts/${team}/invitations`;
const WEEK = 7 * 86_400;

const lifetime = (invitation: any) => (Date.parse(invitation.expires_at) - Date.parse(invitation.created_at)) / 1000;

test("an invitation is answered whole, waits a week, and its link leads to the join page", async () => {
  const { body } = expectStatus(await owner.post(url, { email: "Guest@Example.COM", role: "dev" }), 201);
  expectInvitation(body);
  assert.equal(body.email, "guest@example.com", "in canonical form");
  assert.deepEqual([body.account, body.role, body.state, body.invited_by], [team, "dev", "pending", owner.id]);
  assert.equal(lifetime(body), WEEK);
  assert.match(body.link, new RegExp(`^${ORIGIN}/join#token=[A-Za-z0-9._~-]+$`), "the copied link carries no proof");
});

test("the mail carries the same token and a proof beside it", async () => {
  const { link, email } = await owner.invite(team, "mailed@example.com", "basic");
  const [mail] = await world.mails(email);
  assert.ok(mail.text.includes("Acme"), "the mail names the team");
  const mailed = await world.mailedLink(email, "/join");
  assert.equal(tokenOf(mailed), tokenOf(link));
  assert.ok(proofOf(mailed) && !proofOf(link));
  assert.match(mailed, /#token=[^&]+&proof=[^&]+$/);
});

test("the link can be read again from the list at any time, and no secret of it is stored", async () => {
  const { id, link } = await owner.invite(team, "again@example.com", "basic");
  const listed = (await owner.invitations(team, "pending")).find((invitation) => invitation.id === id);
  assert.equal(listed?.link, link);
  const stored = JSON.stringify([
    await world.rows("SELECT * FROM invitation"),
    await world.rows("SELECT * FROM mail"),
    await world.rows("SELECT * FROM idempotency"),
  ]);
  const token = tokenOf(link);
  assert.ok(!stored.includes(token));
  for (const part of token.split(".").filter((part) => part.length > 40)) assert.ok(!stored.includes(part));
});

test("expires_in counts whole seconds from one; null means until used or revoked", async () => {
  assert.equal(lifetime(await owner.invite(team, "one@example.com", "basic", { expires_in: 1 })), 1);
  assert.equal(lifetime(await owner.invite(team, "day@example.com", "basic", { expires_in: 86_400 })), 86_400);
  assert.equal((await owner.invite(team, "ever@example.com", "basic", { expires_in: null })).expires_at, null);
  for (const [value, code] of [
    [0, "out-of-range"],
    [-5, "out-of-range"],
    [1e15, "out-of-range"],
    ["60", "type-wrong"],
    [true, "type-wrong"],
  ] as const) {
    expectInvalid(await owner.post(url, { email: "bad@example.com", role: "basic", expires_in: value }), { "/expires_in": code });
  }
  const fraction = await owner.post(url, { email: "bad@example.com", role: "basic", expires_in: 1.5 });
  assert.ok(fraction.status === 422 && ["type-wrong", "value-invalid", "out-of-range"].includes(fraction.body.errors[0].code), fraction.text);
});

test("one invitation waits per email; another may follow when it is over", async () => {
  const { id } = await owner.invite(team, "single@example.com", "basic");
  expectProblem(await owner.post(url, { email: "SINGLE@example.com", role: "dev" }), "invitation-pending");
  expectStatus(await owner.revoke(team, id), 204);
  await owner.invite(team, "single@example.com", "dev");
  await owner.invite(team, "short@example.com", "dev", { expires_in: 1 });
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE email = 'short@example.com'");
  await owner.invite(team, "short@example.com", "dev");
});

test("whoever is a member already is not invited", async () => {
  expectProblem(await owner.post(url, { email: dev.email, role: "admin" }), "already-member");
  expectProblem(await owner.post(url, { email: "OWNER@example.com", role: "dev" }), "already-member");
});

test("a personal account invites nobody, and its owner keeps the permission nevertheless", async () => {
  const solo = await world.signUp("solo@example.com");
  expectProblem(await solo.post(`/v1/accounts/${solo.home}/invitations`, { email: "x@example.com", role: "dev" }), "account-not-team");
  assert.deepEqual(await solo.may(solo.home, "members.invite"), [true]);
});

test("only holders of members.invite invite, list, resend and revoke; to strangers there is nothing", async () => {
  const { id, link } = await owner.invite(team, "guarded@example.com", "basic");
  const stranger = await world.signUp("stranger@example.com");
  const acts = [
    (who: typeof dev) => who.post(url, { email: "y@example.com", role: "basic" }),
    (who: typeof dev) => who.get(url),
    (who: typeof dev) => who.post(`${url}/${id}/resend`),
    (who: typeof dev) => who.delete(`${url}/${id}`),
  ];
  for (const act of acts) {
    const refused = await act(dev);
    const problem = expectProblem(refused, "permission-missing");
    assert.deepEqual(problem.denial, { permission: "members.invite", role: "dev", granted_by: ["admin"] });
    assert.ok(!refused.text.includes(tokenOf(link)));
    expectProblem(await act(stranger), "account-not-found");
  }
  assert.equal((await owner.invitations(team, "pending")).filter((invitation) => invitation.id === id).length, 1);
});

test("the list is newest first, and the state filters it", async () => {
  const { id } = await owner.invite(team, "filtered@example.com", "basic");
  expectStatus(await owner.revoke(team, id), 204);
  const everything = expectStatus(await owner.get(url), 200).body;
  expectPage(everything, expectInvitation);
  const times = everything.items.map((invitation: any) => invitation.created_at);
  assert.deepEqual(times, [...times].sort().reverse());
  for (const state of ["pending", "accepted", "declined", "revoked", "expired"]) {
    const items = await owner.invitations(team, state);
    items.forEach(expectInvitation);
    assert.ok(
      items.every((invitation) => invitation.state === state),
      state,
    );
    assert.deepEqual(
      items.map((item) => item.id),
      everything.items.filter((item: any) => item.state === state).map((item: any) => item.id),
      state,
    );
  }
  for (const state of ["open", "", "PENDING"]) assert.equal((await owner.get(`${url}?state=${state}`)).status, 422, state);
});

test("resending gives a new link with a new lifetime, mails it, and kills the old one", async () => {
  const eve = await world.signUp("eve@example.com");
  const before = await owner.invite(team, eve.email, "basic", { expires_in: 3600 });
  const mails = (await world.mails(eve.email)).length;
  const after = expectStatus(await owner.post(`${url}/${before.id}/resend`), 200).body;
  expectInvitation(after);
  assert.notEqual(after.link, before.link);
  assert.ok(Date.parse(after.expires_at) >= Date.parse(before.expires_at ?? ""));
  assert.equal((await world.mails(eve.email)).length, mails + 1);
  assert.equal(tokenOf(await world.mailedLink(eve.email, "/join")), tokenOf(after.link));
  expectProblem(await eve.accept(before.link), "invitation-revoked");
  expectProblem(await eve.decline(before.link), "invitation-revoked");
  assert.equal((await eve.join(after.link)).account.id, team);
});

test("resending revives an expired invitation, but not one that has been answered or revoked", async () => {
  const finn = await world.signUp("finn@example.com");
  const { id } = await owner.invite(team, finn.email, "basic");
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE id = ?", id);
  const revived = expectStatus(await owner.post(`${url}/${id}/resend`), 200).body;
  assert.equal(revived.state, "pending");
  await finn.join(revived.link);
  assert.equal((await owner.post(`${url}/${id}/resend`)).body.code, "invitation-used");
  const other = await owner.invite(team, "other@example.com", "basic");
  expectStatus(await owner.revoke(team, other.id), 204);
  assert.equal((await owner.post(`${url}/${other.id}/resend`)).body.code, "invitation-revoked");
});

test("revoking twice is the same success; revoking what was accepted is a conflict", async () => {
  const gus = await world.signUp("gus@example.com");
  const first = await owner.invite(team, gus.email, "basic");
  expectStatus(await owner.revoke(team, first.id), 204);
  const log = (await owner.auditLog(team)).length;
  expectStatus(await owner.revoke(team, first.id), 204);
  assert.equal((await owner.auditLog(team)).length, log, "the second time nothing happened");
  expectProblem(await gus.accept(first.link), "invitation-revoked");
  const second = await owner.invite(team, gus.email, "basic");
  await gus.join(second.link);
  expectProblem(await owner.revoke(team, second.id), "invitation-used", 409);
  expectStatus(await gus.get(`/v1/accounts/${team}`), 200);
});

test("another team's invitation is 404, also for an admin of both", async () => {
  const other = await world.signUp("both@example.com");
  const second = await other.convert("Second");
  const admin = await other.invite(second, owner.email, "admin");
  await owner.join(admin.link);
  const { id } = await owner.invite(team, "cross@example.com", "basic");
  expectProblem(await owner.delete(`/v1/accounts/${second}/invitations/${id}`), "invitation-not-found");
  expectProblem(await owner.post(`/v1/accounts/${second}/invitations/${id}/resend`), "invitation-not-found");
  for (const none of ["x", `inv_${"0".repeat(32)}`, id.toUpperCase()]) expectProblem(await owner.delete(`${url}/${none}`), "invitation-not-found");
  assert.ok((await owner.invitations(team, "pending")).some((invitation) => invitation.id === id));
});

test("fields are checked, and nothing of an invitation can be set but these", async () => {
  expectInvalid(await owner.post(url, {}), { "/email": "required", "/role": "required" });
  for (const role of ["owner", "", "ADMIN", "nope"]) expectInvalid(await owner.post(url, { email: "z@example.com", role }), { "/role": "role-unknown" });
  for (const field of ["id", "state", "link", "token", "invited_by", "account", "link_version", "expires_at"]) {
    expectInvalid(await owner.post(url, { email: "z@example.com", role: "dev", [field]: "x" }), { [`/${field}`]: "unknown" });
  }
  assert.deepEqual(await world.mails("z@example.com"), []);
});
