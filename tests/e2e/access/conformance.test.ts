// Every case of the AuthZEN certification plans and of the Todo interop scenario, over HTTP, with an API key

import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, pepOf, read } from "../support/authzen.ts";
import { expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const [ann, rick] = await world.signUpAll("ann", "rick");
const cases: any[] = read("tests/vectors/authzen/conformance-cases.json");
const todo = read("tests/vectors/authzen/todo-decisions.json");

expectStatus(await ann.put(`/v1/accounts/${ann.home}/attribute-policy`, read("policy/authzen-scenario.json")), 201);
expectStatus(await rick.put(`/v1/accounts/${rick.home}/attribute-policy`, read("tests/vectors/authzen/todo-policy.json")), 201);
const scenario = await pepOf(world, ann, ann.home);
const todos = await pepOf(world, rick, rick.home);
const corrupted = scenario.secret.slice(0, -1) + (scenario.secret.endsWith("a") ? "b" : "a");

assert.equal(cases.length, 65);
for (const [index, one] of cases.entries()) {
  test(`conformance ${index + 1}: ${one.title}`, async () => {
    for (const path of [one.endpoint, one.endpoint.replace("/access/v1/", `/access/v1/${ann.home}/`)]) {
      for (let time = 0; time < (one.repeat ?? 1); time += 1) {
        const body = one.raw_body ?? JSON.stringify(one.request);
        const headers: Record<string, string> = one.send_x_request_id ? { "x-request-id": `case-${index}` } : {};
        const answer = await scenario.raw(path, one.method === "GET" ? undefined : body, {
          method: one.method,
          type: one.content_type,
          headers,
          secret: one.credentials === "corrupted" ? corrupted : undefined,
        });
        const statuses: number[] = one.acceptable_status ?? [one.status ?? 200];
        assert.ok(statuses.includes(answer.status), `${path}: ${answer.status} ${answer.text}`);
        if (one.send_x_request_id) assert.equal(answer.headers["x-request-id"], `case-${index}`);
        if (answer.status === 401) assert.match(String(answer.headers["www-authenticate"]), /^Bearer/);
        if (answer.status !== 200) continue;
        assert.match(String(answer.headers["content-type"]), /^application\/json/);
        if (!one.expected.results) {
          assert.deepEqual(answer.body, one.expected);
          continue;
        }
        for (const expected of one.expected.results)
          assert.ok(
            answer.body.results.some((result: unknown) => JSON.stringify(result) === JSON.stringify(expected)),
            `${JSON.stringify(expected)} in ${answer.text}`,
          );
        if (one.expected.results.length === 0) assert.deepEqual(answer.body, { results: [] });
      }
    }
  });
}

test(`Todo: ${todo.evaluation.length} evaluations and ${todo.evaluations.length} batches`, async () => {
  assert.deepEqual([todo.evaluation.length, todo.evaluations.length], [40, 3]);
  for (const { request, expected } of todo.evaluation) {
    const answer = expectStatus(await todos.question("/access/v1/evaluation", request), 200);
    assert.deepEqual(answer.body, { decision: expected }, JSON.stringify(request));
  }
  for (const { request, expected } of todo.evaluations) {
    const answer = expectStatus(await todos.question("/access/v1/evaluations", request), 200);
    assert.deepEqual(answer.body, { evaluations: expected }, JSON.stringify(request));
  }
});

// What the certification scenario names beyond those cases.

test("the scenario's eight decisions, alone and in one batch", async () => {
  const decisions: [string, object, string, object, boolean][] = [
    ["alice", { name: "read" }, "record-1", {}, true],
    ["alice", { name: "write" }, "record-1", {}, true],
    ["bob", { name: "read" }, "record-1", {}, true],
    ["bob", { name: "write" }, "record-1", {}, false],
    ["alice", { name: "write" }, "record-2", { status: "archived" }, false],
    ["alice", { name: "delete", properties: { soft: true } }, "record-1", {}, true],
    ["alice", { name: "delete", properties: { soft: false } }, "record-1", {}, false],
  ];
  const items = decisions.map(([id, action, record, properties]) => ({
    subject: { type: "user", id },
    action,
    resource: { type: "record", id: record, properties },
  }));
  items.push({
    subject: { type: "user", id: "bob", properties: { role: "admin" } } as any,
    action: { name: "write" },
    resource: { type: "record", id: "record-2", properties: { status: "archived" } },
  });
  const expected = [...decisions.map(([, , , , decision]) => decision), true];
  for (const [index, item] of items.entries()) {
    assert.deepEqual(expectStatus(await scenario.question("/access/v1/evaluation", item), 200).body, { decision: expected[index] });
  }
  const batch = expectStatus(await scenario.question("/access/v1/evaluations", { evaluations: items }), 200);
  assert.deepEqual(batch.body, { evaluations: expected.map((decision) => ({ decision })) });
});

test("the scenario's searches with properties", async () => {
  const bob = { ...entity("user:bob"), properties: { role: "admin" } };
  const archived = { ...entity("record:record-2"), properties: { status: "archived" } };
  assert.deepEqual(await scenario.search("resource", { subject: bob, action: { name: "write" }, resource: { type: "record" } }), [
    { type: "record", id: "record-2" },
  ]);
  assert.deepEqual(await scenario.search("action", { subject: bob, resource: archived }), [{ name: "read" }, { name: "write" }]);
  assert.deepEqual(await scenario.search("subject", { subject: { type: "user" }, action: { name: "write" }, resource: archived }), [
    { type: "user", id: "bob" },
  ]);
});

test("a page of one leads on until its token is empty", async () => {
  const request = { subject: { type: "user" }, action: { name: "read" }, resource: entity("record:record-1") };
  const first = expectStatus(await scenario.question("/access/v1/search/subject", { ...request, page: { limit: 1 } }), 200).body;
  assert.deepEqual([first.results, first.page.count], [[{ type: "user", id: "alice" }], 1]);
  assert.deepEqual(Object.keys(first), ["page", "results"], "the page comes first");
  const second = expectStatus(await scenario.question("/access/v1/search/subject", { ...request, page: { token: first.page.next_token } }), 200).body;
  assert.deepEqual([second.results, second.page], [[{ type: "user", id: "bob" }], { next_token: "", count: 1 }]);
});

test("short circuits answer the prefix that decided", async () => {
  const items = ["read", "write", "read"].map((name) => ({ action: { name } }));
  const ask = async (evaluations_semantic: string) =>
    expectStatus(
      await scenario.question("/access/v1/evaluations", {
        subject: entity("user:bob"),
        resource: entity("record:record-1"),
        evaluations: items,
        options: { evaluations_semantic },
      }),
      200,
    ).body.evaluations.map((one: any) => one.decision);
  assert.deepEqual(await ask("execute_all"), [true, false, true]);
  assert.deepEqual(await ask("deny_on_first_deny"), [true, false]);
  assert.deepEqual(await ask("permit_on_first_permit"), [true]);
});
