// POST /v1/invitations/{token}/accept

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { expectAccount, expectUser } from "../support/shapes.ts";
import { inTurn, openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("olive@example.com", { name: "Olive" });
const team = await owner.convert("Acme");

test("the invited joins with the invited role, and the team is their active account at once", async () => {
  const bob = await world.signUp("bob@example.com");
  const { link, id } = await owner.invite(team, bob.email, "billing");
  const { body } = expectStatus(await bob.accept(link), 200);
  expectUser(body.user);
  expectAccount(body.account);
  assert.deepEqual([body.user.id, body.account.id, body.account.role], [bob.id, team, "billing"]);
  assert.equal((await bob.me()).active_account, team);
  assert.equal((await owner.members(team)).find((member) => member.user.id === bob.id)?.role, "billing");
  const listed = (await owner.invitations(team)).find((invitation) => invitation.id === id);
  assert.equal(listed?.state, "accepted");
  const event = (await owner.auditLog(team)).at(-1);
  assert.deepEqual([event?.action, event?.actor.id, event?.resource], ["invitation.accept", bob.id, { type: "invitation", id }]);
});

test("accepting twice answers the same success and changes nothing more", async () => {
  const carl = await world.signUp("carl@example.com");
  const { link } = await owner.invite(team, carl.email, "basic");
  const first = await carl.join(link);
  const log = (await owner.auditLog(team)).length;
  assert.deepEqual(await carl.join(link), first);
  assert.deepEqual(await (await carl.elsewhere()).join(link), first);
  assert.equal((await owner.auditLog(team)).length, log);
});

test("who joined and was removed cannot come back by the old link", async () => {
  const dora = await world.signUp("dora@example.com");
  const { link } = await owner.invite(team, dora.email, "basic");
  await dora.join(link);
  expectStatus(await owner.remove(team, dora.id), 204);
  expectProblem(await dora.accept(link), "invitation-used", 410);
  expectProblem(await dora.get(`/v1/accounts/${team}`), "account-not-found");
});

test("a forwarded link helps nobody else, whatever they are", async () => {
  const { link } = await owner.invite(team, "victim@example.com", "admin");
  const mallory = await world.signUp("mallory@example.com");
  expectProblem(await mallory.accept(link), "invitation-email-mismatch");
  expectProblem(await owner.accept(link), "invitation-email-mismatch");
  expectProblem(await world.visitor().accept(link), "session-missing");
  const lookalikes = await world.signUpAll("victim+1", "vlctim", "v.ictim");
  for (const other of lookalikes) expectProblem(await other.accept(link), "invitation-email-mismatch");
  assert.equal(await world.count("member WHERE account = ? AND user = ?", team, mallory.id), 0);
});

test("the email counts in canonical form, however the admin wrote it", async () => {
  const eve = await world.signUp("eve@example.com");
  const { link } = await owner.invite(team, "EVE@Example.Com", "basic");
  assert.equal((await eve.join(link)).account.id, team);
});

test("somebody who signed up with the invited email before the invitation must have proven it", async () => {
  expectStatus(await world.visitor().post("/v1/signup", { email: "unproven@example.com", password: "mallory's long password" }), 202);
  const { link } = await owner.invite(team, "unproven@example.com", "admin");
  expectProblem(await world.visitor().signIn("unproven@example.com", "mallory's long password"), "credentials-invalid");
  expectProblem(await world.visitor().accept(link), "session-missing");
  const genuine = await world.joinByMail("unproven@example.com");
  expectProblem(await world.visitor().signIn("unproven@example.com", "mallory's long password"), "credentials-invalid");
  assert.equal((await genuine.account(team)).role, "admin");
});

test("an invitation that is over says how", async () => {
  const people = await world.signUpAll("expired", "revoked", "declined");
  const [expired, revoked, declined] = await inTurn(people, (person) => owner.invite(team, person.email, "basic"));
  await world.sql("UPDATE invitation SET expires_at = 1000 WHERE id = ?", expired.id);
  expectStatus(await owner.revoke(team, revoked.id), 204);
  expectStatus(await people[2].decline(declined.link), 204);
  expectProblem(await people[0].accept(expired.link), "invitation-expired");
  expectProblem(await people[1].accept(revoked.link), "invitation-revoked");
  expectProblem(await people[2].accept(declined.link), "invitation-used", 410);
  for (const person of people) expectProblem(await person.get(`/v1/accounts/${team}`), "account-not-found");
});

test("one without an end is still good after years", async () => {
  const finn = await world.signUp("finn@example.com");
  const { link, id } = await owner.invite(team, finn.email, "basic", { expires_in: null });
  assert.equal((await owner.invitations(team, "pending")).find((item) => item.id === id)?.expires_at, null);
  await finn.join(link);
});

test("an inviter who has lost the right cannot let anybody in: demoted, removed, or short of one permission", async () => {
  const [gus, hal, ida] = await world.signUpAll("gus", "hal", "ida");
  const admins = await inTurn(["admin1", "admin2", "admin3"], (name) => world.hire(owner, team, `${name}@example.com`, "admin"));
  const [first, second] = [await admins[0].invite(team, gus.email, "basic"), await admins[1].invite(team, hal.email, "basic")];
  expectStatus(await owner.setRole(team, admins[0].id, "dev"), 200);
  expectStatus(await owner.remove(team, admins[1].id), 204);
  expectProblem(await gus.accept(first.link), "inviter-lacks-permission");
  expectProblem(await hal.accept(second.link), "inviter-lacks-permission");
  const third = await admins[2].invite(team, ida.email, "dev");
  await owner.makeRole(team, "recruiter", ["team.access", "members.invite"]);
  expectStatus(await owner.setRole(team, admins[2].id, "recruiter"), 200);
  expectProblem(await ida.accept(third.link), "inviter-lacks-permission");
  expectStatus(await owner.setRole(team, admins[2].id, "admin"), 200);
  await ida.join(third.link);
});

test("a custom role that grew beyond the inviter's rights is not handed out", async () => {
  const jan = await world.signUp("jan@example.com");
  await owner.makeRole(team, "scout", ["team.access", "members.invite", "pods.connect"]);
  await owner.makeRole(team, "guest", ["team.access"]);
  const scout = await world.hire(owner, team, "scout@example.com", "scout");
  const { link } = await scout.invite(team, jan.email, "guest");
  expectStatus(await owner.patch(`/v1/accounts/${team}/roles/guest`, { permissions: ["team.access", "clusters.manage"] }), 200);
  expectProblem(await jan.accept(link), "inviter-lacks-permission");
  expectStatus(await owner.patch(`/v1/accounts/${team}/roles/guest`, { permissions: ["team.access", "pods.connect"] }), 200);
  await jan.join(link);
});

test("who is a member already by another way is told so, and keeps their role", async () => {
  const kim = await world.signUp("kim@example.com");
  const { link, id } = await owner.invite(team, kim.email, "admin");
  await world.sql("INSERT INTO member (account, user, role, joined_at) VALUES (?, ?, 'basic', 1)", team, kim.id);
  expectProblem(await kim.accept(link), "already-member");
  assert.equal((await kim.account(team)).role, "basic");
  expectStatus(await owner.revoke(team, id), 204);
});

test("the body is optional; what is in it must be nothing", async () => {
  const leo = await world.signUp("leo@example.com");
  const { link } = await owner.invite(team, leo.email, "basic");
  assert.equal((await leo.accept(link, { json: { role: "admin" } })).status, 422);
  assert.equal((await leo.accept(link, { json: { user: owner.id } })).status, 422);
  expectStatus(await leo.accept(link, { json: {} }), 200);
  assert.equal((await leo.account(team)).role, "basic");
});

test("everything that must hold still holds", async () => {
  await expectInvariants(world.database);
});
