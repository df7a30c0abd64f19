// DELETE /v1/accounts/{id}/team: the team becomes its owner's personal account

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld, passwordFor, type World } from "../support/world.ts";

const world = await openWorld();

async function busyTeam(name: string) {
  const owner = await world.signUp(`${name}-owner@example.com`);
  const team = await owner.convert(`Team ${name}`);
  const admin = await world.hire(owner, team, `${name}-admin@example.com`, "admin");
  const dev = await world.hire(owner, team, `${name}-dev@example.com`, "dev");
  await owner.makeRole(team, "on-call", ["team.access", "pods.manage"]);
  const pending = await owner.invite(team, `${name}-pending@example.com`, "on-call");
  const key = expectStatus(await admin.post(`/v1/accounts/${team}/api-keys`, { name: "admin's", permissions: ["pods.manage"] }), 201).body;
  const own = expectStatus(await owner.post(`/v1/accounts/${team}/api-keys`, { name: "owner's", permissions: ["pods.manage"] }), 201).body;
  return { owner, team, admin, dev, pending, key, own };
}

test("in one step other memberships end, invitations are revoked, custom roles go, others' keys are revoked", async () => {
  const { owner, team, admin, dev, pending, key, own } = await busyTeam("whole");
  const answer = expectStatus(await owner.deleteTeam(team), 200);
  assert.equal(answer.body.id, team, "the id stays");
  assert.equal(answer.body.kind, "personal");
  assert.equal(answer.body.owner, owner.id);
  assert.equal(answer.headers.etag, `"${answer.body.version}"`);
  assert.deepEqual(await world.rows("SELECT user FROM member WHERE account = ?", team), [{ user: owner.id }]);
  for (const gone of [admin, dev]) {
    expectProblem(await gone.get(`/v1/accounts/${team}`), "account-not-found");
    assert.equal((await gone.me()).active_account, gone.home, "whoever acted in it falls back to an account of their own");
  }
  const late = await world.signUp(pending.email);
  expectProblem(await late.accept(pending.link), "invitation-revoked");
  assert.equal(expectStatus(await late.preview(pending.link), 200).body.state, "revoked");
  const roles = expectStatus(await owner.get(`/v1/accounts/${team}/roles`), 200).body.items;
  assert.deepEqual(
    roles.map((role: any) => role.built_in),
    [true, true, true, true],
  );
  const keys = await world.rows<{ id: string; revoked_at: number | null }>("SELECT id, revoked_at FROM api_key WHERE account = ?", team);
  assert.ok(keys.find((row) => row.id === key.id)?.revoked_at, "another's key is revoked");
  assert.equal(keys.find((row) => row.id === own.id)?.revoked_at, null, "the owner's key stays");
  await expectInvariants(world.database);
});

test("the dry run names every id that would be touched, and changes nothing", async () => {
  const { owner, team, admin, dev, pending, key, own } = await busyTeam("rehearsed");
  const before = await snapshot(world, team);
  const plan = expectStatus(await owner.delete(`/v1/accounts/${team}/team?dry_run=true`), 200).body;
  assert.equal(plan.dry_run, true);
  const named: string[] = plan.changes.map((change: any) => `${change.resource.type} ${change.resource.id}`);
  for (const expected of [`account ${team}`, `invitation ${pending.id}`, `api_key ${key.id}`]) assert.ok(named.includes(expected), `${expected} in ${named}`);
  assert.ok(
    plan.changes.some((change: any) => change.action === "account.update" && change.detail.includes(owner.user.name)),
    "the account's name",
  );
  for (const user of [admin.id, dev.id])
    assert.ok(
      named.some((name) => name.endsWith(user)),
      `${user} in ${named}`,
    );
  assert.ok(
    named.some((name) => /^role .*on-call$/.test(name)),
    `the custom role in ${named}`,
  );
  for (const untouched of [owner.id, own.id]) assert.ok(!named.some((name) => name.endsWith(untouched)), `${untouched} stays`);
  for (const change of plan.changes) assert.ok(change.action && change.detail, JSON.stringify(change));
  assert.deepEqual(await snapshot(world, team), before);
});

async function snapshot(from: World, team: string): Promise<unknown> {
  const tables = [
    "account WHERE id",
    "member WHERE account",
    "invitation WHERE account",
    "role WHERE account",
    "audit_event WHERE account",
    "audit_disclosure WHERE account",
  ];
  await from.settled();
  return Promise.all(tables.map((table) => from.rows(`SELECT * FROM ${table} = ? ORDER BY 1, 2`, team)));
}

test("deleting again is the same success and logs nothing more", async () => {
  const { owner, team } = await busyTeam("repeated");
  const first = expectStatus(await owner.deleteTeam(team), 200).body;
  const log = (await owner.auditLog(team)).length;
  assert.deepEqual(expectStatus(await owner.deleteTeam(team), 200).body, first);
  assert.equal((await owner.auditLog(team)).length, log);
  assert.deepEqual(expectStatus(await owner.delete(`/v1/accounts/${team}/team?dry_run=true`), 200).body, { dry_run: true, changes: [] });
});

test("an account that never was a team is the same success", async () => {
  const solo = await world.signUp("solo@example.com");
  const before = await solo.account(solo.home);
  assert.deepEqual(expectStatus(await solo.deleteTeam(solo.home), 200).body, before);
});

test("only the owner may: admins are told so, strangers see nothing, the team stays", async () => {
  const { owner, team, admin, dev } = await busyTeam("guarded");
  expectProblem(await admin.deleteTeam(team), "owner-only");
  expectProblem(await dev.deleteTeam(team), "owner-only");
  expectProblem(await admin.delete(`/v1/accounts/${team}/team?dry_run=true`), "owner-only");
  expectProblem(await (await world.signUp("nosy@example.com")).deleteTeam(team), "account-not-found");
  expectProblem(await world.visitor().delete(`/v1/accounts/${team}/team`), "session-missing");
  assert.equal((await owner.account(team)).kind, "team");
});

test("the flag of the dry run is true or false and nothing else", async () => {
  const { owner, team } = await busyTeam("flags");
  for (const query of ["dry_run=yes", "dry_run=1&dry_run=true", "dryrun=true", "dry_run="]) {
    expectProblem(await owner.delete(`/v1/accounts/${team}/team?${query}`, { unchecked: true }), "fields-invalid");
  }
  assert.equal((await owner.account(team)).kind, "team", "a misspelt dry run deletes nothing");
});

test("converting again makes a team with the same id and nobody of before", async () => {
  const { owner, team, admin } = await busyTeam("reborn");
  expectStatus(await owner.deleteTeam(team), 200);
  assert.equal(expectStatus(await owner.post(`/v1/accounts/${team}/convert`, { name: "Reborn" }), 200).body.id, team);
  assert.deepEqual(
    (await owner.members(team)).map((member) => member.user.id),
    [owner.id],
  );
  expectProblem(await admin.get(`/v1/accounts/${team}`), "account-not-found");
  const again = await owner.invite(team, admin.email, "dev");
  await admin.join(again.link);
  assert.deepEqual(await admin.may(team, "clusters.manage", "pods.manage"), [false, true]);
});

test("a former member's sign-up, session and own account are untouched", async () => {
  const { owner, team, dev } = await busyTeam("survivors");
  expectStatus(await owner.deleteTeam(team), 200);
  expectStatus(await world.visitor().signIn(dev.email, passwordFor(dev.email)), 201);
  assert.equal((await dev.account(dev.home)).kind, "personal");
});
