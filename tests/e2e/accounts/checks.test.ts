// POST /v1/accounts/{id}/checks, held against the shared cells and against what the routes really do

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Answer } from "../support/http.ts";
import type { Person } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { ROOT } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

interface Cell {
  role: string;
  permission: string;
  allowed: boolean;
}
const cells: Cell[] = JSON.parse(readFileSync(path.join(ROOT, "tests/vectors/cells.json"), "utf8"));

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const url = `/v1/accounts/${team}/checks`;
const people: Record<string, Person> = {};
for (const role of ["basic", "billing", "dev", "admin"]) people[role] = await world.hire(owner, team, `${role}@example.com`, role);

test("there are 56 cells, 28 of them allowed", () => {
  assert.equal(cells.length, 56);
  assert.equal(cells.filter((cell) => cell.allowed).length, 28);
});

test("each real member of each built-in role gets exactly the cells of the role, one by one and all at once", async () => {
  for (const [role, person] of Object.entries(people)) {
    const own = cells.filter((cell) => cell.role === role);
    const together = expectStatus(await person.post(url, { permissions: own.map((cell) => cell.permission) }), 200).body.results;
    assert.deepEqual(
      together.map(({ permission, allowed }: any) => ({ role, permission, allowed })),
      own,
      "in the order of the questions",
    );
    for (const cell of own) {
      const [single] = expectStatus(await person.post(url, { permissions: [cell.permission] }), 200).body.results;
      assert.equal(single.allowed, cell.allowed, `${role} ${cell.permission}`);
    }
  }
});

test("explain names the roles that would allow, for yes and no", async () => {
  for (const [role, person] of Object.entries(people)) {
    const permissions = cells.filter((cell) => cell.role === role).map((cell) => cell.permission);
    const { results } = expectStatus(await person.post(url, { permissions, explain: true }), 200).body;
    for (const result of results) {
      const granting = cells.filter((cell) => cell.permission === result.permission && cell.allowed).map((cell) => cell.role);
      assert.deepEqual([...result.granted_by].sort(), granting.sort(), result.permission);
      assert.equal(result.role, role);
      assert.ok(typeof result.reason === "string" && result.reason !== "");
    }
  }
  const [plain] = (await people.dev.post(url, { permissions: ["pods.manage"] })).body.results;
  assert.ok(!("granted_by" in plain));
});

test("the owner holds everything, in the team and in a personal account", async () => {
  const all = [...new Set(cells.map((cell) => cell.permission))];
  assert.equal(all.length, 14);
  assert.deepEqual(
    await owner.may(team, ...all),
    all.map(() => true),
  );
  const solo = await world.signUp("solo@example.com");
  assert.deepEqual(
    await solo.may(solo.home, ...all),
    all.map(() => true),
  );
});

test("a check says yes exactly where the real gate lets through", async () => {
  const base = `/v1/accounts/${team}`;
  // Harmless ways to knock at each gate: the question of right is asked before the fields are read.
  const gates: [string, (who: Person) => Promise<Answer>][] = [
    ["team.access", (who) => who.get(`${base}/members`)],
    ["team.access", (who) => who.get(base)],
    ["team.access", (who) => who.get(`${base}/roles`)],
    ["members.invite", (who) => who.get(`${base}/invitations`)],
    ["members.invite", (who) => who.post(`${base}/invitations`, {})],
    ["members.invite", (who) => who.post(`${base}/invitations/inv_${"0".repeat(32)}/resend`)],
    ["members.invite", (who) => who.delete(`${base}/invitations/inv_${"0".repeat(32)}`)],
    ["members.manage", (who) => who.patch(`${base}/members/usr_${"0".repeat(32)}`, {})],
    ["members.manage", (who) => who.delete(`${base}/members/usr_${"0".repeat(32)}`)],
    ["members.manage", (who) => who.post(`${base}/roles`, {})],
    ["members.manage", (who) => who.patch(`${base}/roles/none`, {})],
    ["members.manage", (who) => who.delete(`${base}/roles/none`)],
    ["team.manage", (who) => who.patch(base, {})],
    ["team.manage", (who) => who.get(`${base}/api-keys`)],
    ["team.manage", (who) => who.post(`${base}/api-keys`, {})],
    ["team.manage", (who) => who.delete(`${base}/api-keys/key_${"0".repeat(32)}`)],
    ["audit.read", (who) => who.get(`${base}/audit-log`)],
  ];
  for (const [role, person] of Object.entries(people)) {
    for (const [permission, knock] of gates) {
      const [allowed] = await person.may(team, permission);
      const answer = await knock(person);
      if (allowed) assert.notEqual(answer.status, 403, `${role} ${answer.asked.method} ${answer.asked.path}: ${answer.text}`);
      else assert.equal(expectProblem(answer, "permission-missing").denial.permission, permission, `${role} ${answer.asked.path}`);
    }
  }
});

test("a custom role is checked and explained like the others", async () => {
  await owner.makeRole(team, "auditor", ["team.access", "audit.read"]);
  const auditor = await world.hire(owner, team, "auditor@example.com", "auditor");
  const { results } = expectStatus(await auditor.post(url, { permissions: ["audit.read", "pods.manage"], explain: true }), 200).body;
  assert.deepEqual(
    results.map((result: any) => result.allowed),
    [true, false],
  );
  assert.deepEqual([...results[0].granted_by].sort(), ["admin", "auditor"]);
  expectStatus(await auditor.get(`/v1/accounts/${team}/audit-log`), 200);
});

test("an unknown permission is an error that names it, never a silent no", async () => {
  for (const permission of ["pods.fly", "", "Pods.manage", "pods.manage ", "constructor", "__proto__"]) {
    const problem = expectProblem(await people.admin.post(url, { permissions: ["team.access", permission] }), "fields-invalid");
    assert.equal(problem.errors[0].code, "permission-unknown", permission);
    assert.ok(problem.errors[0].pointer.startsWith("/permissions"));
  }
});

test("many questions and none at all", async () => {
  const many = Array.from({ length: 256 }, (_, index) => cells[index % cells.length].permission);
  assert.equal((await people.dev.may(team, ...many)).length, 256);
  expectInvalid(await people.dev.post(url, { permissions: [...many, "team.access"] }), { "/permissions": "too-long" });
  assert.deepEqual(expectStatus(await people.dev.post(url, { permissions: [] }), 200).body.results, []);
  expectInvalid(await people.dev.post(url, {}), { "/permissions": "required" });
  expectInvalid(await people.dev.post(url, { permissions: "team.access" }), { "/permissions": "type-wrong" });
  expectInvalid(await people.dev.post(url, { permissions: ["team.access"], user: owner.id }), { "/user": "unknown" });
});

test("a stranger and an anonymous visitor check nothing", async () => {
  const stranger = await world.signUp("stranger@example.com");
  expectProblem(await stranger.post(url, { permissions: ["team.access"] }), "account-not-found");
  expectProblem(await stranger.post(url, { permissions: ["pods.fly"] }), "account-not-found");
  expectProblem(await world.visitor().post(url, { permissions: ["team.access"] }), "session-missing");
});

test("checking changes nothing and logs nothing", async () => {
  const before = [await world.count("audit_event"), (await owner.account(team)).version];
  await people.basic.may(team, ...new Set(cells.map((cell) => cell.permission)));
  assert.deepEqual([await world.count("audit_event"), (await owner.account(team)).version], before);
});
