// INVARIANT (no-escalation): nobody grants, by role change, invitation, custom role or API key, what they do not hold

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const policy = expectStatus(await owner.get("/v1/policy"), 200).body;
const all: string[] = policy.permissions.map((permission: any) => permission.code);

// A manager who may do everything that touches rights, but lacks a good part of the rest.
const HELD = ["team.access", "pods.connect", "endpoints.invoke", "clusters.connect", "members.invite", "members.manage", "team.manage"];
await owner.makeRole(team, "manager", HELD);
await owner.makeRole(team, "guest", ["team.access"]);
const manager = await world.hire(owner, team, "manager@example.com", "manager");
const guest = await world.hire(owner, team, "guest@example.com", "guest");

const grants = (code: string): string[] => policy.roles.find((role: any) => role.code === code).permissions;
const allowed = (permissions: string[]) => permissions.every((permission) => HELD.includes(permission));

test("of the built-in roles a manager hands out exactly those that hold nothing more than the manager does", async () => {
  for (const role of ["basic", "billing", "dev", "admin"]) {
    const change = await manager.setRole(team, guest.id, role);
    const invite = await manager.post(`/v1/accounts/${team}/invitations`, { email: `by-${role}@example.com`, role });
    if (allowed(grants(role))) {
      expectStatus(change, 200);
      expectStatus(invite, 201);
      expectStatus(await manager.setRole(team, guest.id, "guest"), 200);
    } else {
      for (const answer of [change, invite]) {
        const { denial } = expectProblem(answer, "permission-escalation");
        assert.ok(!HELD.includes(denial.permission) && grants(role).includes(denial.permission), JSON.stringify(denial));
        assert.equal(denial.role, "manager");
      }
      assert.deepEqual(await world.mails(`by-${role}@example.com`), []);
    }
  }
  assert.equal((await guest.account(team)).role, "guest");
});

test("with each single permission: a custom role, its change, and an API key are refused unless the maker holds it", async () => {
  await owner.makeRole(team, "clay", ["team.access"]);
  for (const [index, permission] of all.entries()) {
    const made = await manager.post(`/v1/accounts/${team}/roles`, { code: `single-${index}`, title: permission, permissions: [permission] });
    const changed = await manager.patch(`/v1/accounts/${team}/roles/clay`, { permissions: ["team.access", permission] });
    const key = await manager.post(`/v1/accounts/${team}/api-keys`, { name: permission, permissions: [permission] });
    if (HELD.includes(permission)) {
      expectStatus(made, 201);
      expectStatus(changed, 200);
      expectStatus(key, 201);
    } else {
      for (const answer of [made, changed, key]) assert.equal(expectProblem(answer, "permission-escalation").denial.permission, permission);
    }
  }
  const roles = (await owner.get(`/v1/accounts/${team}/roles`)).body.items.filter((role: any) => !role.built_in && role.code !== "manager");
  assert.equal(roles.length, 2 + HELD.length, "guest, clay and those that were made");
  for (const role of roles) assert.ok(allowed(role.permissions), role.code);
});

test("nobody raises themselves: not by their own role, nor by changing the role that they have", async () => {
  expectProblem(await manager.setRole(team, manager.id, "admin"), "permission-escalation");
  expectProblem(await manager.patch(`/v1/accounts/${team}/roles/manager`, { permissions: [...HELD, "audit.read"] }), "permission-escalation");
  assert.deepEqual(await manager.may(team, "audit.read"), [false]);
});

test("a manager cannot resend, and so renew, an invitation to more than they hold", async () => {
  const { id } = await owner.invite(team, "big@example.com", "admin");
  expectProblem(await manager.post(`/v1/accounts/${team}/invitations/${id}/resend`), "permission-escalation");
});

test("what the maker loses later is lost for the key and for waiting invitations too", async () => {
  const temp = await world.hire(owner, team, "temp@example.com", "admin");
  const late = await world.signUp("late@example.com");
  const { link } = await temp.invite(team, late.email, "dev");
  expectStatus(await owner.setRole(team, temp.id, "manager"), 200);
  expectProblem(await late.accept(link), "inviter-lacks-permission");
});

test("an admin who was just demoted grants nothing any more, in the same browser and at once", async () => {
  const fallen = await world.hire(owner, team, "fallen@example.com", "admin");
  expectStatus(await owner.setRole(team, fallen.id, "guest"), 200);
  expectProblem(await fallen.setRole(team, guest.id, "admin"), "permission-missing");
  expectProblem(await fallen.post(`/v1/accounts/${team}/invitations`, { email: "x@example.com", role: "guest" }), "permission-missing");
  expectProblem(await fallen.post(`/v1/accounts/${team}/roles`, { code: "x", title: "X", permissions: [] }), "permission-missing");
  expectProblem(await fallen.post(`/v1/accounts/${team}/api-keys`, { name: "x", permissions: ["team.access"] }), "permission-missing");
});

test("the refusal is in the log as a denied attempt of the same word", async () => {
  expectProblem(await manager.setRole(team, guest.id, "admin"), "permission-escalation");
  const denied = (await owner.auditLog(team)).filter((event) => event.outcome === "denied" && event.actor.id === manager.id);
  assert.ok(
    denied.some((event) => event.action === "member.update"),
    JSON.stringify(denied.map((event) => event.action)),
  );
});
