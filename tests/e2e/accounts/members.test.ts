// GET, PATCH and DELETE /v1/accounts/{id}/members

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectMember, expectPage } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com", { name: "Olive" });
const team = await owner.convert("Acme");
const admin = await world.hire(owner, team, "admin@example.com", "admin");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const basic = await world.hire(owner, team, "basic@example.com", "basic");
const stranger = await world.signUp("stranger@example.com");

test("every member sees all members with name, email and role, and nothing more of them", async () => {
  for (const person of [owner, admin, dev, basic]) {
    const { body } = expectStatus(await person.get(`/v1/accounts/${team}/members`), 200);
    expectPage(body, expectMember);
    assert.deepEqual(Object.fromEntries(body.items.map((member: any) => [member.user.email, member.role])), {
      "owner@example.com": "admin",
      "admin@example.com": "admin",
      "dev@example.com": "dev",
      "basic@example.com": "basic",
    });
    for (const member of body.items) assert.deepEqual(Object.keys(member.user).sort(), ["email", "id", "name"]);
  }
  expectProblem(await stranger.get(`/v1/accounts/${team}/members`), "account-not-found");
  expectProblem(await world.visitor().get(`/v1/accounts/${team}/members`), "session-missing");
});

test("a role change answers the member and counts at once", async () => {
  const hal = await world.hire(owner, team, "hal@example.com", "basic");
  assert.deepEqual(await hal.may(team, "pods.manage", "billing.view"), [false, false]);
  const { body } = expectStatus(await admin.setRole(team, hal.id, "dev"), 200);
  expectMember(body);
  assert.deepEqual({ id: body.user.id, role: body.role }, { id: hal.id, role: "dev" });
  assert.deepEqual(await hal.may(team, "pods.manage", "billing.view"), [true, false]);
  expectStatus(await admin.setRole(team, hal.id, "billing"), 200);
  assert.deepEqual(await hal.may(team, "pods.manage", "billing.view"), [false, true]);
  expectStatus(await owner.remove(team, hal.id), 204);
});

test("the same role again is a success that changes and logs nothing", async () => {
  const before = (await owner.auditLog(team)).length;
  expectStatus(await owner.setRole(team, dev.id, "dev"), 200);
  assert.equal((await owner.auditLog(team)).length, before);
});

test("without members.manage nobody changes a role, their own least of all", async () => {
  for (const person of [dev, basic]) {
    for (const target of [owner, admin, dev, basic]) {
      const problem = expectProblem(await person.setRole(team, target.id, "admin"), "permission-missing");
      assert.equal(problem.denial.permission, "members.manage");
      if (target !== person) expectProblem(await person.remove(team, target.id), "permission-missing");
    }
  }
  assert.equal(expectStatus(await dev.get(`/v1/accounts/${team}`), 200).body.role, "dev");
});

test("the owner stays an admin: nobody demotes or removes them, they cannot leave", async () => {
  for (const person of [owner, admin]) {
    for (const role of ["basic", "billing", "dev"]) expectProblem(await person.setRole(team, owner.id, role), "owner-must-stay");
    expectProblem(await person.remove(team, owner.id), "owner-must-stay");
  }
  expectProblem(await stranger.leave(stranger.home), "owner-must-stay");
  await expectInvariants(world.database);
});

test("a removed member is out at once and falls back to an account of their own", async () => {
  const ida = await world.hire(owner, team, "ida@example.com", "admin");
  assert.equal((await ida.me()).active_account, team);
  expectStatus(await admin.remove(team, ida.id), 204);
  expectProblem(await ida.get(`/v1/accounts/${team}`), "account-not-found");
  expectProblem(await ida.post(`/v1/accounts/${team}/checks`, { permissions: ["team.access"] }), "account-not-found");
  expectProblem(await ida.post(`/v1/accounts/${team}/invitations`, { email: "x@example.com", role: "basic" }), "account-not-found");
  assert.equal((await ida.me()).active_account, ida.home);
  expectProblem(await admin.remove(team, ida.id), "member-not-found");
});

test("every member may leave, and may come back by a new invitation only", async () => {
  const jan = await world.signUp("jan@example.com");
  const first = await owner.invite(team, jan.email, "basic");
  await jan.join(first.link);
  expectStatus(await jan.leave(team), 204);
  expectProblem(await jan.get(`/v1/accounts/${team}`), "account-not-found");
  expectProblem(await jan.accept(first.link), "invitation-used", 410);
  const second = await owner.invite(team, jan.email, "dev");
  assert.equal((await jan.join(second.link)).account.role, "dev");
  expectStatus(await jan.leave(team), 204);
});

test("leaving and being removed are different words of the log", async () => {
  const kim = await world.hire(owner, team, "kim@example.com", "basic");
  const leo = await world.hire(owner, team, "leo@example.com", "basic");
  expectStatus(await kim.leave(team), 204);
  expectStatus(await owner.remove(team, leo.id), 204);
  const [left, removed] = (await owner.auditLog(team)).slice(-2);
  assert.equal(removed.action, "member.remove");
  assert.equal(left.actor.id, kim.id);
  assert.equal(removed.actor.id, owner.id);
  assert.ok(JSON.stringify([removed.resource, removed.data]).includes(leo.id));
});

test("ids of users who are no members, or no ids at all, are 404", async () => {
  for (const id of [stranger.id, `usr_${"f".repeat(32)}`, "nobody", dev.id.toUpperCase(), dev.id.replace("usr_", "")]) {
    expectProblem(await owner.setRole(team, id, "dev"), "member-not-found");
    expectProblem(await owner.remove(team, id), "member-not-found");
  }
});

test("a member of one team cannot be reached through another", async () => {
  const other = await stranger.convert("Other");
  for (const person of [owner, stranger]) {
    const [mine, theirs] = person === owner ? [team, stranger.id] : [other, dev.id];
    expectProblem(await person.setRole(mine, theirs, "basic"), "member-not-found");
    expectProblem(await person.remove(mine, theirs), "member-not-found");
  }
  assert.equal((await dev.account(team)).role, "dev");
});

test("the role must be one of the account's, and is a text", async () => {
  for (const role of ["", "owner", "Admin", "admin ", "dev,admin", "superuser", "'; DROP TABLE member; --", "x".repeat(500)]) {
    expectInvalid(await owner.setRole(team, dev.id, role), { "/role": "role-unknown" });
  }
  expectInvalid(await owner.patch(`/v1/accounts/${team}/members/${dev.id}`, { role: ["admin"] }), { "/role": "type-wrong" });
  expectInvalid(await owner.patch(`/v1/accounts/${team}/members/${dev.id}`, {}), { "/role": "required" });
  expectInvalid(await owner.patch(`/v1/accounts/${team}/members/${dev.id}`, { role: "dev", user: owner.id }), { "/user": "unknown" });
});

test("two admins cannot both demote each other's last helper away: the team keeps its owner", async () => {
  expectStatus(await admin.setRole(team, admin.id, "basic"), 200);
  expectProblem(await admin.setRole(team, admin.id, "admin"), "permission-missing");
  expectStatus(await owner.setRole(team, admin.id, "admin"), 200);
  await expectInvariants(world.database);
});

test("a dry run of a removal lists the membership, the keys that would stop, the active account, and changes nothing", async () => {
  const mia = await world.hire(owner, team, "mia@example.com", "admin");
  const keysOf = async (...names: string[]) => {
    const made: string[] = [];
    for (const name of names) made.push(expectStatus(await mia.post(`/v1/accounts/${team}/api-keys`, { name, permissions: ["pods.manage"] }), 201).body.id);
    return made;
  };
  const [ci, cron, revoked] = await keysOf("ci", "cron", "revoked");
  expectStatus(await owner.delete(`/v1/accounts/${team}/api-keys/${revoked}`), 204);
  const brief = expectStatus(await mia.post(`/v1/accounts/${team}/api-keys`, { name: "brief", permissions: ["pods.manage"], expires_in: 1 }), 201).body;
  expectStatus(await owner.post(`/v1/accounts/${team}/api-keys`, { name: "owner's", permissions: ["pods.manage"] }), 201);
  expectStatus(await mia.post(`/v1/accounts/${mia.home}/api-keys`, { name: "at home", permissions: ["pods.manage"] }), 201);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(brief.expires_at) + 50 - Date.now())));
  const before = { log: (await owner.auditLog(team)).length, version: (await owner.account(team)).version };
  const planned = async (who: typeof mia) => {
    const { body } = expectStatus(await who.delete(`/v1/accounts/${team}/members/${mia.id}?dry_run=true`), 200);
    assert.equal(body.dry_run, true);
    for (const change of body.changes) assert.ok(change.detail.length > 0);
    return body.changes.map((change: any) => `${change.action} ${change.resource.type} ${change.resource.id}`);
  };
  const follows = [`api-key.revoke api_key ${ci}`, `api-key.revoke api_key ${cron}`, `active-account.reset user ${mia.id}`];
  assert.deepEqual(await planned(owner), [`member.remove member ${mia.id}`, ...follows]);
  assert.deepEqual(await planned(mia), [`member.leave member ${mia.id}`, ...follows]);
  expectStatus(await mia.patch("/v1/me", { active_account: mia.home }), 200);
  assert.deepEqual(await planned(owner), [`member.remove member ${mia.id}`, ...follows.slice(0, 2)]);
  assert.deepEqual({ log: (await owner.auditLog(team)).length, version: (await owner.account(team)).version }, before);
  assert.equal((await mia.account(team)).role, "admin", "still there");
  const key = "remove-mia";
  const answer = await owner.delete(`/v1/accounts/${team}/members/${mia.id}?dry_run=true`, { headers: { "idempotency-key": key } });
  assert.equal(expectStatus(answer, 200).body.dry_run, true);
  expectStatus(await owner.delete(`/v1/accounts/${team}/members/${mia.id}`, { headers: { "idempotency-key": key } }), 204);
  expectProblem(await owner.delete(`/v1/accounts/${team}/members/${mia.id}?dry_run=true`), "member-not-found");
});

test("a dry run is for whoever may remove, and a query that cannot be read removes nobody", async () => {
  const dry = (who: typeof dev, user: string, query = "dry_run=true") =>
    who.delete(`/v1/accounts/${team}/members/${user}?${query}`, { unchecked: query !== "dry_run=true" });
  expectProblem(await dry(dev, basic.id), "permission-missing");
  expectProblem(await dry(stranger, basic.id), "account-not-found");
  expectProblem(await dry(world.visitor() as typeof dev, basic.id), "session-missing");
  expectProblem(await dry(admin, owner.id), "owner-must-stay");
  expectProblem(await dry(admin, stranger.id), "member-not-found");
  for (const query of ["dry_run=yes", "dry_run=1&dry_run=true", "dryrun=true", "dry_run="]) {
    expectProblem(await dry(owner, basic.id, query), "fields-invalid");
    assert.equal((await dry(dev, basic.id, query)).status, 403, "who may not is not told about the query");
  }
  assert.equal((await basic.account(team)).role, "basic");
});
