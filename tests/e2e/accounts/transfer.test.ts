// POST /v1/accounts/{id}/transfer

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();

async function team(name: string) {
  const owner = await world.signUp(`${name}-owner@example.com`);
  const id = await owner.convert(`Team ${name}`);
  const admin = await world.hire(owner, id, `${name}-admin@example.com`, "admin");
  const dev = await world.hire(owner, id, `${name}-dev@example.com`, "dev");
  return { owner, id, admin, dev };
}

test("the admin becomes the owner; the old owner stays as admin and gets a personal account of their own", async () => {
  const { owner, id, admin } = await team("plain");
  const { body, headers } = expectStatus(await owner.transfer(id, admin.id), 200);
  assert.equal(body.owner, admin.id);
  assert.equal(body.role, "admin", "the caller is still an admin");
  assert.equal(headers.etag, `"${body.version}"`);
  const me = await owner.me();
  assert.equal(me.memberships.length, 2);
  const fresh = me.memberships.find((membership: any) => membership.account.id !== id);
  assert.equal(fresh.account.kind, "personal");
  assert.equal(fresh.account.owner, owner.id);
  assert.equal(fresh.role, "admin");
  assert.equal(me.active_account, id, "they go on where they were");
  assert.equal((await owner.auditLog(fresh.account.id)).length, 1, "the new account's log begins");
  await expectInvariants(world.database);
});

test("who owns another account still gets no second one", async () => {
  const { owner, id, admin } = await team("twice");
  expectStatus(await owner.transfer(id, admin.id), 200);
  expectStatus(await admin.transfer(id, owner.id), 200);
  assert.equal((await admin.me()).memberships.length, 2, "the admin had a personal account all the time");
  assert.equal((await owner.me()).memberships.length, 2);
  expectStatus(await owner.transfer(id, admin.id), 200);
  assert.equal((await owner.me()).memberships.length, 2, "nothing was made the second time");
});

test("the new owner can do what owners do, the old one cannot any more, and can leave now", async () => {
  const { owner, id, admin } = await team("powers");
  expectStatus(await owner.transfer(id, admin.id), 200);
  expectProblem(await owner.deleteTeam(id), "owner-only");
  expectProblem(await owner.transfer(id, owner.id), "owner-only");
  expectProblem(await owner.setRole(id, admin.id, "dev"), "owner-must-stay");
  expectStatus(await owner.leave(id), 204);
  assert.equal((await owner.me()).memberships.length, 1);
  expectStatus(await admin.deleteTeam(id), 200);
});

test("only another admin can become the owner", async () => {
  const { owner, id, dev } = await team("receivers");
  expectProblem(await owner.transfer(id, dev.id), "transfer-needs-admin");
  const stranger = await world.signUp("stranger@example.com");
  expectProblem(await owner.transfer(id, stranger.id), "member-not-found");
  expectProblem(await owner.transfer(id, `usr_${"0".repeat(32)}`), "member-not-found");
  assert.equal((await owner.account(id)).owner, owner.id);
});

test("a custom role with every permission is still no admin", async () => {
  const { owner, id, dev } = await team("almost");
  const all = (await owner.get("/v1/policy")).body.permissions.map((permission: any) => permission.code);
  await owner.makeRole(id, "everything", all);
  expectStatus(await owner.setRole(id, dev.id, "everything"), 200);
  expectProblem(await owner.transfer(id, dev.id), "transfer-needs-admin");
  expectProblem(await owner.setRole(id, owner.id, "everything"), "owner-must-stay");
});

test("transferring to oneself changes nothing", async () => {
  const { owner, id } = await team("self");
  const before = await owner.account(id);
  assert.deepEqual(expectStatus(await owner.transfer(id, owner.id), 200).body, before);
  assert.deepEqual(await owner.account(id), before);
});

test("only the owner transfers; members are told so, strangers see nothing", async () => {
  const { owner, id, admin, dev } = await team("who");
  expectProblem(await admin.transfer(id, admin.id), "owner-only");
  expectProblem(await dev.transfer(id, dev.id), "owner-only");
  expectProblem(await (await world.signUp("eve@example.com")).transfer(id, admin.id), "account-not-found");
  expectProblem(await world.visitor().post(`/v1/accounts/${id}/transfer`, { user: admin.id }), "session-missing");
  assert.equal((await owner.account(id)).owner, owner.id);
});

test("a personal account is not given away", async () => {
  const solo = await world.signUp("solo@example.com");
  const other = await world.signUp("other@example.com");
  expectProblem(await solo.transfer(solo.home, other.id), "account-not-team");
  assert.equal((await solo.account(solo.home)).owner, solo.id);
});

test("the receiver is named by a user id and nothing else is taken", async () => {
  const { owner, id, admin } = await team("fields");
  expectInvalid(await owner.post(`/v1/accounts/${id}/transfer`, {}), { "/user": "required" });
  expectInvalid(await owner.post(`/v1/accounts/${id}/transfer`, { user: 1 }), { "/user": "type-wrong" });
  expectInvalid(await owner.post(`/v1/accounts/${id}/transfer`, { user: admin.id, owner: admin.id }), { "/owner": "unknown" });
  for (const user of ["", "x", admin.email, admin.id.replace("usr_", "acct_")]) {
    expectInvalid(await owner.transfer(id, user), { "/user": "id-malformed" });
  }
});

test("the transfer is in the log with both people", async () => {
  const { owner, id, admin } = await team("logged");
  expectStatus(await owner.transfer(id, admin.id), 200);
  const event = (await admin.auditLog(id)).at(-1);
  assert.equal(event?.actor.id, owner.id);
  assert.ok(JSON.stringify([event?.resource, event?.data]).includes(admin.id));
});
