// Searches: what they find is what an evaluation allows; pages without gaps; tokens that open nothing else

import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, pepOf } from "../support/authzen.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const pep = await pepOf(world, owner, team);
const MANY = 450;

// A team that has grown: rows as the server writes them, in bulk. Every third is a developer.
const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;
const id = (prefix: string) => `'${prefix}_' || printf('%032x', i)`;
await world.database.batch([
  world.database.prepare(
    `${numbers} INSERT INTO user (id, email, name, active_account, created_at) SELECT ${id("usr")}, 'person' || i || '@example.com', 'Person ' || i, ${id("acct")}, i FROM n`,
  ),
  world.database.prepare(
    `${numbers} INSERT INTO account (id, kind, name, owner, version, created_at) SELECT ${id("acct")}, 'personal', 'P', ${id("usr")}, 1, i FROM n`,
  ),
  world.database.prepare(`${numbers} INSERT INTO member (account, user, role, joined_at) SELECT ${id("acct")}, ${id("usr")}, 'admin', 1 FROM n`),
  world.database
    .prepare(`${numbers} INSERT INTO member (account, user, role, joined_at) SELECT ?1, ${id("usr")}, iif(i % 3 = 0, 'dev', 'basic'), i FROM n`)
    .bind(team),
]);
const user = (n: number) => `usr_${n.toString(16).padStart(32, "0")}`;
const everybody = Array.from({ length: MANY }, (_, index) => user(index + 1));
const developers = everybody.filter((_, index) => (index + 1) % 3 === 0);
const whoMay = (name: string, resource = "pod:1") => ({ subject: { type: "user" }, action: { name }, resource: entity(resource) });
const ids = (results: any[]) => results.map((result) => result.id);
const base = `/v1/accounts/${team}/attribute-policy`;

test("every member who may is found exactly once, whatever the page", async () => {
  for (const limit of [undefined, 1000, 200, 64, 7]) {
    assert.deepEqual(ids(await pep.search("subject", whoMay("connect"), limit)).sort(), [...everybody, dev.id, owner.id].sort(), `pages of ${limit}`);
    assert.deepEqual(ids(await pep.search("subject", whoMay("start"), limit)).sort(), [...developers, dev.id, owner.id].sort(), `pages of ${limit}`);
  }
});

test("a page has at most 200 results and says how many; nothing more is read than one trip", async () => {
  const first = expectStatus(await pep.question("/access/v1/search/subject", whoMay("connect")), 200);
  assert.deepEqual([first.body.results.length, first.body.page.count], [200, 200]);
  assert.ok(first.body.page.next_token.length > 0);
  assert.ok(first.body.results.every((result: object) => JSON.stringify(Object.keys(result)) === '["type","id"]'));
  const none = expectStatus(await pep.question("/access/v1/search/subject", { ...whoMay("connect"), page: { limit: 0 } }), 200);
  assert.deepEqual([none.body.results, none.body.page.count, none.body.page.next_token.length > 0], [[], 0, true]);
  for (const answer of [first, none]) assert.equal(answer.headers["rolecall-d1-round-trips"], "1");
});

test("a token goes on with its own request, unchanged, in its own account, and nowhere else", async () => {
  const request = { ...whoMay("connect"), page: { limit: 5 } };
  const token: string = expectStatus(await pep.question("/access/v1/search/subject", request), 200).body.page.next_token;
  const next = async (change: object, page: object = { token }, path = "/access/v1/search/subject", who = pep) =>
    who.question(path, { ...request, ...change, page });
  expectStatus(await next({}), 200);
  expectStatus(await next({ foo: 1 }, { token, limit: 5 }), 200);
  expectStatus(await next({}, { token }, `/access/v1/${team}/search/subject`), 200);
  const stranger = await world.signUp("stranger@example.com");
  const theirs = await pepOf(world, stranger, stranger.home);
  for (const answer of [
    await next({ action: { name: "start" } }),
    await next({ resource: entity("pod:2") }),
    await next({ subject: { type: "robot" } }),
    await next({ subject: { type: "user", properties: { x: 1 } } }),
    await next({ context: { x: 1 } }),
    await next({}, { token, limit: 6 }),
    await next({}, { token: `${token}x` }),
    await next({}, { token: token.slice(0, -4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA") }),
    await next({}, { token: "x".repeat(5000) }),
    await next({ subject: entity("user:x") }, { token }, "/access/v1/search/action"),
    await next({}, { token }, "/access/v1/search/subject", theirs),
  ]) {
    const problem = expectProblem(answer, "access-request-malformed");
    assert.equal(problem.errors[0].pointer, "/page/token");
  }
});

test("a token shows no name, least of all of somebody whom the search withholds", async () => {
  const hidden = ["hidden-1@example.com", "hidden-2@example.com"];
  const listed = ["a-1@example.com", ...hidden, "z-9@example.com"];
  const policy = {
    version: 1,
    subjects: listed.map((id) => ({ type: "guest", id, attributes: { hidden: hidden.includes(id) } })),
    rules: [{ id: "shown", effect: "allow", when: [{ attribute: "subject.hidden", equals: false }] }],
  };
  expectStatus(await owner.put(base, policy), 201);
  const search = { subject: { type: "guest" }, action: { name: "read" }, resource: entity("page:1") };
  const { results, page } = expectStatus(await pep.question("/access/v1/search/subject", { ...search, page: { limit: 1 } }), 200).body;
  assert.deepEqual(ids(results), [listed[0]]);
  const bytes = Buffer.from(page.next_token.split(".")[1], "base64url").toString("latin1");
  for (const text of [...listed, "hidden", "guest", team, team.slice(5)]) assert.ok(!bytes.includes(text), text);
  assert.deepEqual(ids(await pep.search("subject", search, 1)), [listed[0], listed[3]]);
  expectStatus(await owner.delete(base), 204);
});

test("actions are those of the resource type that the subject may; resources, without a policy, the account alone", async () => {
  const actions = async (subject: string, resource: string) =>
    (await pep.search("action", { subject: entity(subject), resource: entity(resource) })).map((result) => result.name);
  assert.deepEqual(await actions(`user:${dev.id}`, "pod:1"), ["connect", "create", "delete", "list", "read", "start", "stop"]);
  assert.deepEqual(await actions("user:person1@example.com", "pod:1"), ["connect", "list", "read"]);
  assert.deepEqual(await actions(`user:${dev.id}`, "spaceship:1"), []);
  assert.deepEqual(await actions("user:nobody@example.com", "pod:1"), []);
  assert.deepEqual(await actions(`api_key:${pep.id}`, `team:${team}`), ["read"]);
  assert.deepEqual(await actions(`api_key:${pep.id}`, "team:x"), []);
  const resources = (subject: string, name: string, type: string) => pep.search("resource", { subject: entity(subject), action: { name }, resource: { type } });
  assert.deepEqual(await resources(`user:${dev.id}`, "read", "team"), [{ type: "team", id: team }]);
  assert.deepEqual(await resources(`user:${dev.id}`, "update", "team"), []);
  assert.deepEqual(await resources(`user:${dev.id}`, "start", "pod"), []);
});

test("keys are found as subjects, without those that are revoked", async () => {
  const [one, two] = [await pepOf(world, owner, team, ["team.access", "pods.manage"]), await pepOf(world, owner, team, ["pods.manage"])];
  const found = async () => ids(await pep.search("subject", { subject: { type: "api_key" }, action: { name: "start" }, resource: entity("pod:1") }, 1)).sort();
  assert.deepEqual(await found(), [one.id, two.id].sort());
  expectStatus(await owner.delete(`/v1/accounts/${team}/api-keys/${two.id}`), 204);
  assert.deepEqual(await found(), [one.id]);
});

test("with an attribute policy: listed subjects come beside members, each once, and a search agrees with evaluations", async () => {
  const policy = {
    version: 1,
    subjects: [
      { type: "user", id: "alice", attributes: { team: "red" } },
      { type: "user", id: dev.email, attributes: { team: "red" } },
      { type: "user", id: user(3), attributes: { team: "red" } },
      { type: "user", id: "not-a-member@example.com", attributes: { team: "red" } },
      { type: "robot", id: "r2", attributes: { team: "red" } },
    ],
    resources: Array.from({ length: 9 }, (_, n) => ({ type: "paint", id: `p${n}`, attributes: { team: n % 2 ? "red" : "blue" } })),
    rules: [
      {
        id: "own-colour",
        effect: "allow",
        actions: ["mix"],
        resources: [{ type: "paint" }],
        when: [{ attribute: "subject.team", equals: { attribute: "resource.team" } }],
      },
      { id: "no-pods-for-three", effect: "deny", subjects: [{ type: "user", id: user(3) }], resources: [{ type: "pod" }] },
    ],
  };
  expectStatus(await owner.put(base, policy), 201);
  const mixers = { subject: { type: "user" }, action: { name: "mix" }, resource: entity("paint:p1") };
  assert.deepEqual(ids(await pep.search("subject", mixers, 2)).sort(), ["alice", "not-a-member@example.com", dev.id, user(3)].sort());
  const answer = await pep.question("/access/v1/search/subject", mixers);
  assert.equal(answer.headers["rolecall-d1-round-trips"], "2", "whom the policy lists is looked up once the policy is known");
  assert.deepEqual(await pep.search("subject", { ...mixers, subject: { type: "robot" } }), [{ type: "robot", id: "r2" }]);
  assert.deepEqual(
    ids(await pep.search("resource", { subject: entity(`user:${dev.id}`), action: { name: "mix" }, resource: { type: "paint", id: "ignored" } }, 3)),
    ["p1", "p3", "p5", "p7"],
  );
  assert.deepEqual(ids(await pep.search("subject", whoMay("start"), 200)).sort(), [...developers.filter((one) => one !== user(3)), dev.id, owner.id].sort());
  for (const found of await pep.search("subject", mixers)) assert.equal(await pep.decision(`user:${found.id}`, "mix", "paint:p1"), true, found.id);
  expectStatus(await owner.delete(base), 204);
});
