// GET, POST, PATCH and DELETE /v1/accounts/{id}/roles

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectPage, expectRole } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const url = `/v1/accounts/${team}/roles`;

test("the list begins with the four built-in roles as the policy has them", async () => {
  const { body } = expectStatus(await dev.get(url), 200);
  expectPage(body, expectRole);
  const policy = expectStatus(await dev.get("/v1/policy"), 200).body;
  const builtIn = body.items.filter((role: any) => role.built_in);
  assert.deepEqual(
    builtIn.map(({ code, title, permissions }: any) => ({ code, title, permissions })),
    policy.roles,
  );
  assert.deepEqual(builtIn.map((role: any) => role.code).sort(), ["admin", "basic", "billing", "dev"]);
});

test("a custom role is made, listed, given and takes effect", async () => {
  const made = expectStatus(await owner.post(url, { code: "on-call", title: "On call", permissions: ["pods.manage", "team.access"] }), 201).body;
  expectRole(made);
  assert.deepEqual(made, { code: "on-call", title: "On call", built_in: false, permissions: made.permissions });
  assert.deepEqual([...made.permissions].sort(), ["pods.manage", "team.access"]);
  assert.deepEqual(
    (await owner.get(url)).body.items.filter((role: any) => !role.built_in),
    [made],
  );
  const eve = await world.hire(owner, team, "eve@example.com", "on-call");
  assert.deepEqual(await eve.may(team, "pods.manage", "pods.connect", "team.access"), [true, false, true]);
});

test("changing a role changes what its holders may, at once", async () => {
  await owner.makeRole(team, "shifting", ["team.access"]);
  const finn = await world.hire(owner, team, "finn@example.com", "shifting");
  assert.deepEqual(await finn.may(team, "billing.view"), [false]);
  const changed = expectStatus(await owner.patch(`${url}/shifting`, { permissions: ["team.access", "billing.view"] }), 200).body;
  expectRole(changed);
  assert.deepEqual(await finn.may(team, "billing.view"), [true]);
  expectStatus(await owner.patch(`${url}/shifting`, { title: "Shifting sands" }), 200);
  assert.deepEqual(await finn.may(team, "billing.view"), [true], "a new title takes nothing away");
  expectStatus(await owner.patch(`${url}/shifting`, { permissions: [] }), 200);
  assert.deepEqual(await finn.may(team, "billing.view", "team.access"), [false, false]);
  expectProblem(await finn.get(`/v1/accounts/${team}/members`), "permission-missing");
});

test("a role in use is not deleted, one that is not in use any more is", async () => {
  await owner.makeRole(team, "brief", ["team.access"]);
  const gus = await world.hire(owner, team, "gus@example.com", "brief");
  expectProblem(await owner.delete(`${url}/brief`), "role-in-use");
  expectStatus(await owner.setRole(team, gus.id, "basic"), 200);
  const waiting = await owner.invite(team, "waiting@example.com", "brief");
  expectProblem(await owner.delete(`${url}/brief`), "role-in-use");
  expectStatus(await owner.revoke(team, waiting.id), 204);
  expectStatus(await owner.delete(`${url}/brief`), 204);
  expectInvalid(await owner.setRole(team, gus.id, "brief"), { "/role": "role-unknown" });
  expectProblem(await owner.delete(`${url}/brief`), "role-not-found");
});

test("the built-in four cannot be changed, deleted or shadowed", async () => {
  for (const code of ["basic", "billing", "dev", "admin"]) {
    expectProblem(await owner.patch(`${url}/${code}`, { permissions: [] }), "role-built-in");
    expectProblem(await owner.patch(`${url}/${code}`, { title: "X" }), "role-built-in");
    expectProblem(await owner.delete(`${url}/${code}`), "role-built-in");
    expectProblem(await owner.post(url, { code, title: "X", permissions: [] }), "role-code-taken");
  }
});

test("a code is taken once per team, and another team's roles are its own", async () => {
  await owner.makeRole(team, "ours", ["team.access"]);
  expectProblem(await owner.post(url, { code: "ours", title: "Again", permissions: [] }), "role-code-taken");
  const other = await world.signUp("other@example.com");
  const second = await other.convert("Second");
  expectInvalid(await other.post(`/v1/accounts/${second}/invitations`, { email: "x@example.com", role: "ours" }), { "/role": "role-unknown" });
  expectProblem(await other.patch(`/v1/accounts/${second}/roles/ours`, { title: "Mine" }), "role-not-found");
  expectProblem(await other.delete(`/v1/accounts/${second}/roles/ours`), "role-not-found");
  await other.makeRole(second, "ours", ["pods.manage"]);
  assert.deepEqual((await owner.get(url)).body.items.find((role: any) => role.code === "ours").permissions, ["team.access"]);
});

test("only holders of members.manage change roles; members read them, strangers see nothing", async () => {
  const stranger = await world.signUp("stranger@example.com");
  const acts = [
    (who: typeof dev) => who.post(url, { code: "mine", title: "Mine", permissions: ["team.access"] }),
    (who: typeof dev) => who.patch(`${url}/on-call`, { permissions: ["pods.manage", "team.access", "members.manage"] }),
    (who: typeof dev) => who.delete(`${url}/on-call`),
  ];
  for (const act of acts) {
    assert.equal(expectProblem(await act(dev), "permission-missing").denial.permission, "members.manage");
    expectProblem(await act(stranger), "account-not-found");
  }
  expectProblem(await stranger.get(url), "account-not-found");
});

test("a personal account has no custom roles", async () => {
  const solo = await world.signUp("solo@example.com");
  expectProblem(await solo.post(`/v1/accounts/${solo.home}/roles`, { code: "mine", title: "Mine", permissions: [] }), "account-not-team");
});

test("permissions are named ones, a code is a short word, a title is a text", async () => {
  const base = { code: "fine", title: "Fine", permissions: ["team.access"] };
  for (const permission of ["pods.fly", "", "PODS.MANAGE", "pods", "*"]) {
    const problem = expectProblem(await owner.post(url, { ...base, permissions: ["team.access", permission] }), "fields-invalid");
    assert.equal(problem.errors[0].code, "permission-unknown", permission);
    assert.match(problem.errors[0].pointer, /^\/permissions(\/1)?$/);
    assert.ok(problem.errors[0].detail.includes(`\`${permission}\``), "an unknown permission is named");
  }
  for (const code of ["", "Fine", "with space", "a/b", "a.b", "ünder", "x".repeat(41), "-x", "../x"]) {
    const problem = expectProblem(await owner.post(url, { ...base, code }), "fields-invalid");
    assert.equal(problem.errors[0].pointer, "/code", code);
  }
  expectInvalid(await owner.post(url, { ...base, permissions: "team.access" }), { "/permissions": "type-wrong" });
  expectInvalid(await owner.post(url, { ...base, built_in: true }), { "/built_in": "unknown" });
  expectInvalid(await owner.post(url, {}), { "/code": "required", "/title": "required", "/permissions": "required" });
  assert.ok((await owner.get(url)).body.items.every((role: any) => role.code !== "fine"));
});

test("a permission named twice counts once", async () => {
  const answer = expectStatus(await owner.post(url, { code: "double", title: "Double", permissions: ["team.access", "team.access"] }), 201);
  assert.deepEqual(answer.body.permissions, ["team.access"]);
});

test("a role that is not there is 404 on change and on delete", async () => {
  for (const code of ["nothing", "x'--", "ON-CALL", "a".repeat(300)]) {
    expectProblem(await owner.patch(`${url}/${code.replace("'", "")}`, { title: "X" }), "role-not-found");
    expectProblem(await owner.delete(`${url}/${code.replace("'", "")}`), "role-not-found");
  }
});

test("making, changing and deleting are events that name the role", async () => {
  await owner.makeRole(team, "noted", ["team.access"]);
  expectStatus(await owner.patch(`${url}/noted`, { permissions: [] }), 200);
  expectStatus(await owner.delete(`${url}/noted`), 204);
  const events = (await owner.auditLog(team)).slice(-3);
  assert.deepEqual(
    events.map((event) => event.action),
    ["role.create", "role.update", "role.delete"],
  );
  for (const event of events) assert.ok(JSON.stringify([event.resource, event.data]).includes("noted"));
});
