// Calls of another Worker through a real service binding, beside requests to the same instance

import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, createApiKey, tokenFor } from "../support/gateway.ts";
import { expectStatus } from "../support/problems.ts";
import { binding, outcomeOf, withAsker } from "../support/service-binding.ts";
import { eventually, inTurn, openWorld } from "../support/world.ts";

const world = await openWorld(withAsker({ vars: { RATE_LIMITS: "on" }, limits: { auth: 1_000_000, api: 40 } }));
const rolecall = binding(world);
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const session = dev.cookie!;
const question = { subject: { type: "user", id: dev.email }, action: { name: "start" }, resource: { type: "pod", id: "p1" } };

const codeOf = (result: { ok: boolean; problem?: { code: string; status: number } }) => [result.ok, result.problem?.status, result.problem?.code];

test("each credential is answered as the routes answer", async () => {
  const { secret } = await createApiKey(owner, team, ["team.access", "pods.manage"]);
  const token = await tokenFor(dev, team);
  for (const credential of [{ session }, { apiKey: secret }, { token }]) {
    const checked = await rolecall.check({ ...credential, account: team, permissions: ["pods.manage", "team.manage"] });
    assert.deepEqual([checked.ok, checked.allowed, checked.results?.map(({ allowed }) => allowed)], [true, false, [true, false]]);
    assert.equal((await rolecall.check({ ...credential, account: team, permissions: ["pods.manage"] })).allowed, true);
    assert.deepEqual(await rolecall.evaluate(question, { ...credential, account: team }), { ok: true, decision: true });
    const denied = await rolecall.evaluate({ ...question, action: { name: "fly" } }, { ...credential, account: team });
    assert.deepEqual(denied, { ok: true, decision: false });
  }
  const asked = expectStatus(await dev.post(`/v1/accounts/${team}/checks`, { permissions: ["team.manage"], explain: true }), 200).body;
  const called = await rolecall.check({ session, account: team, permissions: ["team.manage"], explain: true });
  assert.deepEqual(called.results, asked.results);

  const verified = await rolecall.verify(token);
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8"));
  assert.deepEqual(verified, { ok: true, claims });
});

test("a refusal is a value that has crossed the binding whole, and never a yes", async () => {
  const other = await world.signUp("other@example.com");
  const check = { account: team, permissions: ["pods.manage"] };
  assert.deepEqual(codeOf(await rolecall.check(check)), [false, 401, "session-missing"]);
  assert.deepEqual(codeOf(await rolecall.evaluate(question)), [false, 401, "session-missing"]);
  assert.deepEqual(codeOf(await rolecall.verify("a.b.c")), [false, 401, "token-invalid"]);
  assert.deepEqual(codeOf(await rolecall.check({ ...check, session: other.cookie! })), [false, 404, "account-not-found"]);
  assert.deepEqual(codeOf(await rolecall.check({ ...check, session, permissions: ["pods.fly"] })), [false, 422, "fields-invalid"]);
  const refused = await rolecall.check({ ...check, apiKey: "rc_nothing" });
  assert.ok(!refused.ok);
  assert.deepEqual(refused.allowed, false);
  assert.match(refused.problem.type!, /^https:\/\/team\.example\.com\/problems\/api-key-invalid$/);
  assert.match(refused.problem.instance, /^urn:uuid:[0-9a-f-]{36}$/);
  assert.equal((await rolecall.evaluate(question, { apiKey: "rc_nothing" })).decision, false);
  await eventually(async () => assert.ok(world.running.log.some((line) => line.includes('"api-key-invalid"') && line.includes('"rpc"'))));
});

test("arguments that are no JSON, or too much of it, are problems, and the instance lives on", async () => {
  for (const [unusual, code] of [
    ["cycle", "body-malformed"],
    ["bigint", "body-malformed"],
    ["deep", "body-malformed"],
    ["map", "body-malformed"],
    ["boxed", "body-malformed"],
    ["bytes", "body-malformed"],
    ["function", "body-malformed"],
    ["undefined", "fields-invalid"],
    ["shared", "body-too-large"],
    ["long", "body-too-large"],
    ["wide", "body-too-large"],
  ] as const) {
    const { returned, thrown } = await outcomeOf(world, "check", [], unusual);
    assert.deepEqual([thrown, returned?.allowed, returned?.problem?.code], [undefined, false, code], unusual);
  }
  for (const [method, args] of [
    ["check", []],
    ["check", [null]],
    ["verify", []],
    ["verify", [7]],
    ["evaluate", [question, null]],
    ["evaluate", [question, "session"]],
  ] as const) {
    const { returned, thrown } = await outcomeOf(world, method, [...args]);
    assert.deepEqual([thrown, returned?.problem?.code], [undefined, "fields-invalid"], `${method} ${JSON.stringify(args)}`);
  }
  assert.ok(!world.running.log.some((line) => line.includes("trap")), world.running.log.join("\n"));
  assert.equal((await rolecall.check({ session, account: team, permissions: ["pods.manage"] })).allowed, true);
});

test("the entrypoint has three methods and takes no requests", async () => {
  for (const method of ["fetch", "constructor", "scheduled", "env", "invoke", "then"]) {
    const { returned, thrown } = await outcomeOf(world, method, ["http://rolecall/v1/me"]);
    assert.ok(thrown !== undefined || returned === undefined, `${method}: ${JSON.stringify(returned)}`);
  }
});

test("calls are not counted by rate limiters, and their uses and denials are recorded", async () => {
  const { secret, id } = await createApiKey(owner, team, ["pods.manage"]);
  const most = 60;
  const many = await inTurn(Array.from({ length: most }), () => rolecall.check({ apiKey: secret, account: team, permissions: ["pods.manage"] }));
  assert.ok(many.every(({ allowed }) => allowed));
  const evaluate = () => world.visitor().post("/access/v1/evaluation", question, bearer(secret));
  const isLimited = async () => (await inTurn(Array.from({ length: most }), evaluate)).some(({ status }) => status === 429);
  // A minute of the limiter may end during the first round, and then not during the second.
  assert.ok((await isLimited()) || (await isLimited()), "requests are counted in this world");
  await eventually(async () => assert.equal(await world.count("api_key WHERE id = ? AND last_used_at IS NOT NULL", id), 1));
  const denied = await createApiKey(owner, team, ["pods.manage"]);
  assert.deepEqual(codeOf(await rolecall.evaluate(question, { apiKey: denied.secret })), [false, 403, "permission-missing"]);
  const log = expectStatus(await owner.get(`/v1/accounts/${team}/audit-log`), 200).body;
  assert.deepEqual([log.items[0].action, log.items[0].outcome, log.items[0].actor.id], ["access.evaluate", "denied", denied.id]);
});

test("what is withdrawn is refused at the next call", async () => {
  const { secret, id } = await createApiKey(owner, team, ["pods.manage"]);
  const check = { account: team, permissions: ["pods.manage"] };
  assert.equal((await rolecall.check({ ...check, apiKey: secret })).allowed, true);
  expectStatus(await owner.delete(`/v1/accounts/${team}/api-keys/${id}`), 204);
  assert.deepEqual(codeOf(await rolecall.check({ ...check, apiKey: secret })), [false, 401, "api-key-invalid"]);

  const token = await tokenFor(dev, team);
  assert.equal((await rolecall.check({ ...check, token })).allowed, true);
  expectStatus(await owner.setRole(team, dev.id, "billing"), 200);
  assert.equal((await rolecall.check({ ...check, session })).allowed, false);
  assert.equal((await rolecall.check({ ...check, token, freshness: "live" })).allowed, false);
  await eventually(async () => assert.equal((await rolecall.check({ ...check, token })).allowed, false));
  assert.deepEqual(codeOf(await rolecall.verify(token)), [false, 401, "token-invalid"]);
});
