// PUT, GET and DELETE /v1/accounts/{id}/attribute-policy

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { entity, pepOf, read } from "../support/authzen.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const url = `/v1/accounts/${team}/attribute-policy`;
const scenario = read("policy/authzen-scenario.json");
const empty = { version: 1, rules: [] };

test("there is none at first; the first is 201, another 200; it is read back as it was written", async () => {
  expectProblem(await owner.get(url), "attribute-policy-not-found");
  const first = expectStatus(await owner.put(url, scenario), 201);
  const got = expectStatus(await owner.get(url), 200);
  assert.deepEqual([first.body, got.body, got.headers.etag], [scenario, scenario, first.headers.etag]);
  const again = expectStatus(await owner.put(url, scenario), 200);
  assert.equal(again.headers.etag, first.headers.etag, "the same document changes nothing");
  const other = expectStatus(await owner.put(url, empty), 200);
  assert.notEqual(other.headers.etag, first.headers.etag);
  expectStatus(await owner.delete(url), 204);
  expectProblem(await owner.get(url), "attribute-policy-not-found");
  expectStatus(await owner.delete(url), 204);
});

test("If-Match holds the policy's own tag, which never comes twice", async () => {
  const tag = async (answer: any, status: number) => String(expectStatus(await answer, status).headers.etag);
  const first = await tag(owner.put(url, empty), 201);
  expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "Elsewhere" }), 200);
  const second = await tag(owner.put(url, scenario, { headers: { "if-match": first } }), 200);
  for (const stale of [first, '"0"', 'W/"1"', '"nonsense"']) {
    expectProblem(await owner.put(url, empty, { headers: { "if-match": stale } }), "precondition-failed");
    expectProblem(await owner.delete(url, { headers: { "if-match": stale } }), "precondition-failed");
  }
  assert.deepEqual((await owner.get(url)).body, scenario);
  expectStatus(await owner.delete(url, { headers: { "if-match": second } }), 204);
  expectProblem(await owner.put(url, empty, { headers: { "if-match": second } }), "precondition-failed");
  const third = await tag(owner.put(url, empty), 201);
  assert.ok(![first, second].includes(third));
  expectProblem(await owner.put(url, empty, { headers: { "if-match": "no quotes" } }), "request-malformed");
  expectStatus(await owner.delete(url), 204);
});

test("an idempotency key makes it once and answers the same", async () => {
  const headers = { "idempotency-key": "policy-1" };
  const first = expectStatus(await owner.put(url, scenario, { headers }), 201);
  const again = expectStatus(await owner.put(url, scenario, { headers }), 201);
  assert.deepEqual([again.body, again.headers.etag], [first.body, first.headers.etag]);
  expectProblem(await owner.put(url, empty, { headers }), "idempotency-key-reused");
  // The document is read again: after another change it comes with its own tag, never with the old one.
  const other = expectStatus(await owner.put(url, empty), 200);
  const late = expectStatus(await owner.put(url, scenario, { headers }), 201);
  assert.deepEqual([late.body, late.headers.etag], [other.body, other.headers.etag]);
  expectStatus(await owner.delete(url), 204);
});

test("every fault is told with its place, and nothing is stored", async () => {
  const faulty = {
    version: 1,
    subjects: [{ type: "user" }],
    rules: [{ id: "a", effect: "permit", unless: [], when: [{ attribute: "subject.x", matches: "y" }] }],
  };
  expectInvalid(await owner.put(url, faulty), {
    "/subjects/0/id": "required",
    "/rules/0/effect": "value-invalid",
    "/rules/0/unless": "unknown",
    "/rules/0/when/0/matches": "unknown",
  });
  expectInvalid(await owner.put(url, {}), { "/version": "required" });
  expectInvalid(await owner.put(url, []), { "": "type-wrong" });
  expectProblem(await owner.ask("PUT", url, { body: '{"version":1,"version":1}', headers: { "content-type": "application/json" } }), "body-malformed");
  expectProblem(await owner.put(url, { ...empty, description: "x".repeat(65_536) }), "body-too-large");
  // Small as it is sent, too large as it would be kept: 1e15 is written out.
  const text = `{"version":1,"subjects":[{"type":"t","id":"x","attributes":{${Array.from({ length: 3800 }, (_, index) => `"${index}":1e15`)}}}]}`;
  const grown = await owner.ask("PUT", url, { body: text, headers: { "content-type": "application/json" } });
  expectInvalid(grown, { "": "too-long" });
  expectProblem(await owner.get(url), "attribute-policy-not-found");
});

test("a list of 257 items is a fault with its place, so that no rule that denies by it falls silent", async () => {
  const pep = await pepOf(world, owner, team);
  const items = (length: number) => Array.from({ length }, (_, index) => `project-${index}`);
  const policy = (length: number) => ({
    version: 1,
    subjects: [{ type: "user", id: "u", attributes: { frozen: { projects: items(length) } } }],
    rules: [
      { id: "frozen", effect: "deny", when: [{ attribute: "resource.id", in: { attribute: "known.subject.frozen.projects" } }] },
      { id: "open", effect: "allow" },
    ],
  });
  const ask = () => pep.decision("user:u", "read", "project:project-0");
  expectStatus(await owner.put(url, policy(256)), 201);
  assert.equal(await ask(), false);
  expectInvalid(await owner.put(url, policy(257)), { "/subjects/0/attributes/frozen/projects": "too-long" });
  assert.equal(await ask(), false, "the policy before is in force");
  expectStatus(await owner.delete(url), 204);
});

test("only holders of team.manage write, read and drop it, by session", async () => {
  for (const answer of [await dev.put(url, empty), await dev.put(url, { nonsense: true }), await dev.get(url), await dev.delete(url)]) {
    assert.equal(expectProblem(answer, "permission-missing").denial.permission, "team.manage");
  }
  const stranger = await world.signUp("stranger@example.com");
  for (const answer of [await stranger.put(url, empty), await stranger.get(url), await stranger.delete(url)]) expectProblem(answer, "account-not-found");
  for (const answer of [await world.visitor().put(url, empty), await world.visitor().get(url), await world.visitor().delete(url)])
    expectProblem(answer, "session-missing");
});

test("writing, dropping and being refused are events", async () => {
  const before = (await owner.auditLog(team)).length;
  const written = expectStatus(await owner.put(url, scenario), 201);
  expectStatus(await owner.delete(url), 204);
  const events = (await owner.auditLog(team)).slice(before);
  assert.deepEqual(
    events.map((event) => [event.action, event.outcome, event.resource]),
    [
      ["attribute-policy.update", "done", { type: "attribute_policy", id: team }],
      ["attribute-policy.delete", "done", { type: "attribute_policy", id: team }],
    ],
  );
  const sha256 = createHash("sha256").update(written.text).digest("hex");
  assert.deepEqual(events[0].data, { revision: events[1].data.revision, sha256, subjects: "2", resources: "2", rules: "5" });
  const denied = (await owner.auditLog(team)).filter((event) => event.action.startsWith("attribute-policy.") && event.outcome === "denied");
  assert.deepEqual(
    denied.map((event) => event.actor.id),
    [dev.id, dev.id, dev.id],
  );
});

test("it counts at once, for its own account only, and survives Delete Team with its account", async () => {
  const pep = await pepOf(world, owner, team);
  const other = await world.signUp("other@example.com");
  const theirs = await pepOf(world, other, other.home);
  const alice = () => pep.decision("user:alice", "read", "record:record-1");
  assert.equal(await alice(), false);
  expectStatus(await owner.put(url, scenario), 201);
  assert.deepEqual([await alice(), await theirs.decision("user:alice", "read", "record:record-1")], [true, false]);
  const shut = { version: 1, rules: [{ id: "no-pods", effect: "deny", resources: [{ type: "pod" }], when: [{ attribute: "member.role", equals: "dev" }] }] };
  assert.equal(await pep.decision(`user:${dev.id}`, "create", "pod:1"), true);
  expectStatus(await owner.put(url, shut), 200);
  assert.equal(await pep.decision(`user:${dev.id}`, "create", "pod:1"), false);
  assert.equal(await pep.decision(`user:${owner.id}`, "create", "pod:1"), true);
  expectStatus(await owner.put(url, scenario), 200);
  expectStatus(await owner.deleteTeam(team), 200);
  assert.deepEqual(expectStatus(await owner.get(url), 200).body, scenario);
  assert.equal(await alice(), true);
  expectStatus(await owner.delete(url), 204);
  assert.equal(await alice(), false);
  assert.deepEqual(
    expectStatus(
      await pep.question("/access/v1/search/resource", { subject: entity("user:alice"), action: { name: "read" }, resource: { type: "record" } }),
      200,
    ).body,
    { results: [] },
  );
});
