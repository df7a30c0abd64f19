// Decisions from stored membership: the table of roles, who members are, whose account it is, what keys may

import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, pepOf, read } from "../support/authzen.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const people: Record<string, Person> = {};
for (const role of ["basic", "billing", "dev", "admin"]) people[role] = await world.hire(owner, team, `${role}@example.com`, role);
const pep = await pepOf(world, owner, team);
const policy = read("policy/default.json");
/** Some resource of a type; of accounts there is this one alone. */
const some = (type: string) => `${type}:${type === "team" ? team : "any"}`;
const evaluation = (subject: string, name: string, resource: string) => ({ subject: entity(subject), action: { name }, resource: entity(resource) });

test("each of the 56 cells, by the permission's code and by every action that is its own", async () => {
  const cells: { role: string; permission: string; allowed: boolean }[] = read("tests/vectors/cells.json");
  assert.equal(cells.length, 56);
  for (const [role, person] of Object.entries(people)) {
    const asked = cells
      .filter((cell) => cell.role === role)
      .flatMap(({ permission: code, allowed }) => {
        const { resource, actions } = policy.permissions.find((permission: any) => permission.code === code);
        const shared = (name: string) => policy.permissions.filter((one: any) => one.resource === resource && one.actions.includes(name)).length > 1;
        const names = [code, ...actions.filter((name: string) => !shared(name))];
        return names.map((name) => ({ allowed, evaluation: evaluation(`user:${name === code ? person.id : person.email}`, name, some(resource)) }));
      });
    const answer = expectStatus(await pep.question("/access/v1/evaluations", { evaluations: asked.map((one) => one.evaluation) }), 200);
    assert.deepEqual(
      answer.body.evaluations,
      asked.map(({ allowed }) => ({ decision: allowed })),
      role,
    );
    assert.equal(answer.headers["rolecall-d1-round-trips"], "1");
    for (const cell of cells.filter((one) => one.role === role).slice(0, 4)) {
      const { resource } = policy.permissions.find((permission: any) => permission.code === cell.permission);
      assert.equal(await pep.decision(`user:${person.id}`, cell.permission, some(resource)), cell.allowed);
    }
  }
});

test("a change of role shows in the next answer", async () => {
  const eve = await world.hire(owner, team, "eve@example.com", "basic");
  const may = () => pep.decision(`user:${eve.id}`, "create", "pod:1");
  assert.equal(await may(), false);
  expectStatus(await owner.setRole(team, eve.id, "dev"), 200);
  assert.equal(await may(), true);
  await owner.makeRole(team, "on-call", ["team.access", "pods.connect"]);
  expectStatus(await owner.setRole(team, eve.id, "on-call"), 200);
  assert.deepEqual([await may(), await pep.decision("user:EVE@example.com", "connect", "pod:1")], [false, true]);
  expectStatus(await owner.remove(team, eve.id), 204);
  assert.equal(await pep.decision(`user:${eve.id}`, "connect", "pod:1"), false);
});

test("no question reaches into another account", async () => {
  const stranger = await world.signUp("stranger@example.com");
  const theirs = await pepOf(world, stranger, stranger.home);
  const question = evaluation(`user:${people.dev.id}`, "create", "pod:1");
  for (const path of ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"]) {
    expectProblem(await theirs.question(`/access/v1/${team}/${path}`, question), "account-not-found");
    expectProblem(await stranger.post(`/access/v1/${team}/${path}`, question), "account-not-found");
    expectProblem(await theirs.question(`/access/v1/acct_${"0".repeat(32)}/${path}`, question), "account-not-found");
    expectProblem(await theirs.question(`/access/v1/nonsense/${path}`, question), "account-not-found");
  }
  assert.equal(await theirs.decision(`user:${people.dev.id}`, "create", "pod:1"), false);
  assert.equal(await theirs.decision(`api_key:${pep.id}`, "read", "team:x"), false);
  const found = await theirs.search("subject", { subject: { type: "user" }, action: { name: "team.access" }, resource: entity(`team:${stranger.home}`) });
  assert.deepEqual(found, [{ type: "user", id: stranger.id }]);
  assert.equal(await pep.decision(`user:${owner.id}`, "update", `team:${stranger.home}`), false, "the account as a resource is this one");
  assert.equal(await pep.decision(`user:${owner.id}`, "update", `team:${team}`), true);
  const spellings = [
    "acme",
    "*",
    team.toUpperCase(),
    `${team} `,
    team.replace("acct_", ""),
    team.replace("acct_", "ACCT_"),
    `${team.slice(0, 13)}-${team.slice(13)}`,
  ];
  for (const id of spellings) {
    for (const type of ["team", "account"]) assert.equal(await pep.decision(`user:${owner.id}`, "team.manage", `${type}:${id}`), false, `${type}:${id}`);
  }
});

test("a session asks about its active account, the one it names, or the one in the path", async () => {
  const { dev } = people;
  const question = evaluation(`user:${dev.id}`, "create", "cluster:1");
  const ask = async (path: string, headers: Record<string, string> = {}) => expectStatus(await dev.post(path, question, { headers }), 200).body.decision;
  assert.equal(await ask("/access/v1/evaluation"), false, "the team, where dev may not");
  assert.equal(await ask("/access/v1/evaluation", { "rolecall-account": dev.home }), true, "their own account, where the owner may all");
  assert.equal(await ask(`/access/v1/${dev.home}/evaluation`, { "rolecall-account": team }), true, "the path comes first");
  expectProblem(await dev.post("/access/v1/evaluation", question, { headers: { "rolecall-account": "acct_nonsense" } }), "account-not-found");
});

test("who holds no team.access may not ask, by session or by key", async () => {
  const none = await world.signUp("none@example.com");
  await owner.makeRole(team, "nothing", []);
  await none.join((await owner.invite(team, none.email, "nothing")).link);
  const question = evaluation(`user:${none.id}`, "read", "pod:1");
  for (const path of [`/access/v1/${team}/evaluation`, `/access/v1/${team}/search/action`]) {
    assert.equal(expectProblem(await none.post(path, question), "permission-missing").denial.permission, "team.access");
  }
  const narrow = await pepOf(world, owner, team, ["pods.manage"]);
  assert.equal(expectProblem(await narrow.question("/access/v1/evaluation", question), "permission-missing").denial.role, "api_key");
  assert.equal(
    expectProblem(await narrow.question("/access/v1/evaluation", { nonsense: true }), "permission-missing").status,
    403,
    "before what the question holds",
  );
  const refused = (await owner.auditLog(team)).filter((event) => event.action === "access.evaluate" && event.outcome === "denied");
  assert.deepEqual(refused.map((event) => event.actor.type).sort(), ["api_key", "user"]);
});

test("a key is good as long as it lives and its creator may; its own rights can be asked about", async () => {
  const maker = await world.hire(owner, team, "maker@example.com", "admin");
  const made = await pepOf(world, maker, team, ["team.access", "pods.manage", "clusters.manage"]);
  const limited = await pepOf(world, maker, team, ["pods.manage"], { resources: ["pod:7"] });
  const may = (key: string, name: string, resource: string) => pep.decision(`api_key:${key}`, name, resource);
  assert.deepEqual([await may(made.id, "create", "cluster:1"), await may(made.id, "read", "billing:1")], [true, false]);
  assert.deepEqual([await may(limited.id, "start", "pod:7"), await may(limited.id, "start", "pod:8")], [true, false]);
  expectStatus(await owner.setRole(team, maker.id, "dev"), 200);
  assert.deepEqual([await may(made.id, "create", "cluster:1"), await may(made.id, "create", "pod:1")], [false, true]);
  assert.equal(await made.decision(`user:${owner.id}`, "create", "pod:1"), true);
  expectStatus(await owner.remove(team, maker.id), 204);
  expectProblem(await made.question("/access/v1/evaluation", evaluation("user:x", "read", "pod:1")), "api-key-invalid");
  assert.equal(await may(made.id, "create", "pod:1"), false);

  const brief = await pepOf(world, owner, team);
  expectStatus(await owner.delete(`/v1/accounts/${team}/api-keys/${brief.id}`), 204);
  const answer = await brief.question("/access/v1/evaluation", evaluation("user:x", "read", "pod:1"));
  expectProblem(answer, "api-key-invalid");
  assert.match(String(answer.headers["www-authenticate"]), /^Bearer/);
});

test("explain says why, and nobody is told who did not ask", async () => {
  const ask = async (subject: string, name: string, resource: string) =>
    expectStatus(await pep.question("/access/v1/evaluation", { ...evaluation(subject, name, resource), context: { explain: true } }), 200).body;
  assert.deepEqual(await ask(`user:${people.dev.id}`, "create", "pod:1"), {
    decision: true,
    context: { reason: "role", role: "dev", permission: "pods.manage" },
  });
  assert.deepEqual(await ask(`user:${people.basic.id}`, "create", "pod:1"), {
    decision: false,
    context: { reason: "nothing-allows", permission: "pods.manage", granted_by: ["dev", "admin"] },
  });
  assert.deepEqual(await ask("user:alice", "dance", "floor:1"), { decision: false, context: { reason: "nothing-allows" } });
  const batch = expectStatus(
    await pep.question("/access/v1/evaluations", { context: { explain: true }, evaluations: [{}, { ...evaluation("user:x", "read", "pod:1"), context: {} }] }),
    200,
  ).body.evaluations;
  assert.deepEqual([batch[0].context.error.status, batch[0].decision], [400, false]);
  assert.deepEqual(batch[1], { decision: false });
});
