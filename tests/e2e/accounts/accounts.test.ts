// GET /v1/accounts, GET and PATCH /v1/accounts/{id}

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectAccount, expectPage } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com", { name: "Ann" });
const acme = await ann.convert("Acme");
const dev = await world.hire(ann, acme, "dev@example.com", "dev");

test("the list holds one's own accounts and no others", async () => {
  const answer = expectStatus(await dev.get("/v1/accounts"), 200);
  expectPage(answer.body, expectAccount);
  assert.deepEqual(answer.body.items.map((account: any) => account.id).sort(), [acme, dev.home].sort());
  const roles = Object.fromEntries(answer.body.items.map((account: any) => [account.id, account.role]));
  assert.deepEqual(roles, { [acme]: "dev", [dev.home]: "admin" }, "the role is the caller's");
});

test("a member reads the account; a stranger and an anonymous visitor do not learn that it exists", async () => {
  const account = await dev.account(acme);
  expectAccount(account);
  assert.deepEqual(
    { ...account, version: 0, created_at: "" },
    { id: acme, kind: "team", name: "Acme", owner: ann.id, role: "dev", version: 0, created_at: "" },
  );
  const stranger = await world.signUp("stranger@example.com");
  const hidden = expectProblem(await stranger.get(`/v1/accounts/${acme}`), "account-not-found");
  const absent = expectProblem(await stranger.get(`/v1/accounts/acct_${"1".repeat(32)}`), "account-not-found");
  assert.deepEqual({ ...hidden, instance: "" }, { ...absent, instance: "" }, "hidden and absent read the same");
  expectProblem(await world.visitor().get(`/v1/accounts/${acme}`), "session-missing");
});

test("the ETag is the version, and every change raises it", async () => {
  const answer = expectStatus(await ann.get(`/v1/accounts/${acme}`), 200);
  assert.equal(answer.headers.etag, `"${answer.body.version}"`);
  const renamed = expectStatus(await ann.patch(`/v1/accounts/${acme}`, { name: "Acme 2" }), 200);
  assert.ok(renamed.body.version > answer.body.version);
  assert.equal(renamed.headers.etag, `"${renamed.body.version}"`);
  assert.deepEqual(await ann.account(acme), renamed.body);
});

test("renaming needs team.manage and says so to members", async () => {
  const problem = expectProblem(await dev.patch(`/v1/accounts/${acme}`, { name: "Mine now" }), "permission-missing");
  assert.deepEqual(problem.denial, { permission: "team.manage", role: "dev", granted_by: ["admin"] });
  assert.notEqual((await ann.account(acme)).name, "Mine now");
});

test("whether the caller may is asked before what the fields hold", async () => {
  for (const body of [{}, { name: 5 }, { nonsense: true }, { name: "" }]) {
    expectProblem(await dev.patch(`/v1/accounts/${acme}`, body), "permission-missing");
    expectProblem(await world.visitor().patch(`/v1/accounts/${acme}`, body), "session-missing");
  }
});

test("the owner of a personal account renames it", async () => {
  const solo = await world.signUp("solo@example.com");
  const renamed = expectStatus(await solo.patch(`/v1/accounts/${solo.home}`, { name: "Solo works" }), 200).body;
  assert.equal(renamed.name, "Solo works");
  assert.equal(renamed.kind, "personal");
});

test("nothing about an account can be set but its name", async () => {
  const before = await ann.account(acme);
  for (const field of ["id", "kind", "owner", "role", "version", "created_at", "members"]) {
    expectInvalid(await ann.patch(`/v1/accounts/${acme}`, { name: "X", [field]: "x" }), { [`/${field}`]: "unknown" });
  }
  assert.deepEqual(await ann.account(acme), before);
});

test("names are bounded texts", async () => {
  for (const name of ["", "  ", "x".repeat(101), "a\u0000", "two\nlines"]) {
    const problem = expectProblem(await ann.patch(`/v1/accounts/${acme}`, { name }), "fields-invalid");
    assert.equal(problem.errors[0].pointer, "/name", JSON.stringify(name));
  }
  expectInvalid(await ann.patch(`/v1/accounts/${acme}`, {}), { "/name": "required" });
  expectStatus(await ann.patch(`/v1/accounts/${acme}`, { name: "x".repeat(100) }), 200);
});

test("ids that are none are 404 like ids that are somebody else's", async () => {
  for (const id of [
    "x",
    "0",
    "acct_",
    `acct_${"z".repeat(32)}`,
    acme.toUpperCase(),
    acme.replace("acct_", "ACCT_"),
    acme.replace("acct_", "usr_"),
    `${acme}%00`,
    "acct_%27%20OR%201%3D1",
    "a".repeat(2000),
  ]) {
    const answer = await ann.get(`/v1/accounts/${id}`, { unchecked: true });
    assert.equal(answer.status, 404, `${id}: ${answer.text}`);
    assert.match(answer.body.code, /^(account-)?not-found$/);
  }
});

test("a rename is in the audit log with the actor and the account", async () => {
  expectStatus(await ann.patch(`/v1/accounts/${acme}`, { name: "Logged name" }), 200);
  const event = (await ann.auditLog(acme)).at(-1);
  assert.equal(event?.actor.id, ann.id);
  assert.deepEqual(event?.resource, { type: "account", id: acme });
  assert.ok(JSON.stringify(event?.data).includes("Logged name"));
});
