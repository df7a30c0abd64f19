// POST, GET and DELETE /v1/accounts/{id}/api-keys

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const url = `/v1/accounts/${team}/api-keys`;

test("the secret is in the answer to the creation and nowhere else", async () => {
  const answer = expectStatus(await owner.post(url, { name: "ci", permissions: ["pods.manage"] }), 201);
  const { secret, id } = answer.body;
  assert.match(id, /^key_[0-9a-f]{32}$/);
  assert.ok(typeof secret === "string" && secret.length >= 26, "at least 128 bits");
  const listed = await owner.get(url);
  assert.ok(!listed.text.includes(secret));
  assert.ok(expectStatus(listed, 200).body.items.every((key: any) => !("secret" in key)));
  for (const table of ["api_key", "audit_event", "idempotency", "mail"]) {
    assert.ok(!JSON.stringify(await world.rows(`SELECT * FROM ${table}`)).includes(secret), table);
  }
  assert.ok(!world.running.log.join("\n").includes(secret));
});

test("two keys of the same name are two keys with different secrets", async () => {
  const [a, b] = [await owner.post(url, { name: "same", permissions: ["team.access"] }), await owner.post(url, { name: "same", permissions: ["team.access"] })];
  assert.notEqual(a.body.id, b.body.id);
  assert.notEqual(a.body.secret, b.body.secret);
});

test("a key shows what it may, for what, by whom and until when", async () => {
  const made = expectStatus(
    await owner.post(url, { name: "limited", permissions: ["pods.manage", "pods.connect"], resources: ["pod:4711"], expires_in: 60 }),
    201,
  ).body;
  const listed = (await owner.get(url)).body.items.find((key: any) => key.id === made.id);
  assert.deepEqual([...listed.permissions].sort(), ["pods.connect", "pods.manage"]);
  assert.deepEqual(listed.resources, ["pod:4711"]);
  assert.deepEqual([listed.name, listed.account, listed.created_by, listed.last_used_at], ["limited", team, owner.id, null]);
  assert.equal((Date.parse(listed.expires_at) - Date.parse(listed.created_at)) / 1000, 60);
});

test("a revoked key is gone from the list; revoking it again is the same success", async () => {
  const { id } = expectStatus(await owner.post(url, { name: "gone", permissions: ["team.access"] }), 201).body;
  expectStatus(await owner.delete(`${url}/${id}`), 204);
  const listed: string[] = (await owner.get(url)).body.items.map((key: any) => key.id);
  assert.ok(listed.length > 0 && !listed.includes(id));
  expectStatus(await owner.delete(`${url}/${id}`), 204);
});

test("only holders of team.manage make, list and revoke keys", async () => {
  const { id } = expectStatus(await owner.post(url, { name: "guarded", permissions: ["team.access"] }), 201).body;
  for (const answer of [await dev.post(url, { name: "x", permissions: ["pods.manage"] }), await dev.get(url), await dev.delete(`${url}/${id}`)]) {
    assert.equal(expectProblem(answer, "permission-missing").denial.permission, "team.manage");
  }
  expectProblem(await (await world.signUp("stranger@example.com")).get(url), "account-not-found");
});

test("another account's key cannot be revoked through one's own", async () => {
  const other = await world.signUp("other@example.com");
  const { id } = expectStatus(await owner.post(url, { name: "foreign", permissions: ["team.access"] }), 201).body;
  expectProblem(await other.delete(`/v1/accounts/${other.home}/api-keys/${id}`), "api-key-not-found");
  expectProblem(await owner.delete(`${url}/key_${"0".repeat(32)}`), "api-key-not-found");
  expectProblem(await owner.delete(`${url}/nonsense`), "api-key-not-found");
  assert.ok((await owner.get(url)).body.items.some((key: any) => key.id === id));
});

test("a key is no session: /v1 tells it so, also beside a cookie, and a garbled key costs no query", async () => {
  const { secret } = expectStatus(await owner.post(url, { name: "elsewhere", permissions: ["team.access", "team.manage"] }), 201).body;
  const garbled = `${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`;
  for (const who of [world.visitor(), owner]) {
    for (const key of [secret, garbled]) {
      const answer = await who.get(url, { headers: { authorization: `Bearer ${key}` } });
      assert.match(expectProblem(answer, "session-missing").detail, /API key/);
      assert.equal(answer.headers["rolecall-d1-round-trips"], "0");
    }
  }
});

test("fields are checked, and nobody makes a key in another's name", async () => {
  expectInvalid(await owner.post(url, {}), { "/name": "required", "/permissions": "required" });
  expectProblem(await owner.post(url, { name: "none", permissions: [] }), "fields-invalid");
  expectProblem(await owner.post(url, { name: "fly", permissions: ["pods.fly"] }), "fields-invalid");
  for (const field of ["user", "userId", "user_id", "created_by", "account", "secret", "id"]) {
    expectInvalid(await owner.post(url, { name: "x", permissions: ["team.access"], [field]: dev.id }), { [`/${field}`]: "unknown" });
    expectProblem(await world.visitor().post(url, { name: "x", permissions: ["team.access"], [field]: owner.id }), "session-missing");
  }
  for (const expires_in of [0, -1, "60", 1.5]) expectProblem(await owner.post(url, { name: "x", permissions: ["team.access"], expires_in }), "fields-invalid");
});

test("making and revoking are events that name the key", async () => {
  const { id } = expectStatus(await owner.post(url, { name: "noted", permissions: ["team.access"] }), 201).body;
  expectStatus(await owner.delete(`${url}/${id}`), 204);
  const [made, revoked] = (await owner.auditLog(team)).slice(-2);
  assert.deepEqual(
    [made.resource, revoked.resource],
    [
      { type: "api_key", id },
      { type: "api_key", id },
    ],
  );
  assert.notEqual(made.action, revoked.action);
});

test("the number of keys is bounded", async () => {
  const solo = await world.signUp("solo@example.com");
  await world.sql("UPDATE account SET api_keys = 200 WHERE id = ?", solo.home);
  expectProblem(await solo.post(`/v1/accounts/${solo.home}/api-keys`, { name: "one more", permissions: ["team.access"] }), "limit-reached");
});
