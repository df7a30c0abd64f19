// POST /v1/accounts/{id}/convert

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();

test("a personal account becomes a team under the same id, with the same owner", async () => {
  const ann = await world.signUp("ann@example.com");
  const before = await ann.account(ann.home);
  const answer = expectStatus(await ann.post(`/v1/accounts/${ann.home}/convert`, { name: "Acme" }), 200);
  assert.deepEqual(answer.body, { ...before, kind: "team", name: "Acme", version: answer.body.version });
  assert.ok(answer.body.version > before.version);
  assert.equal(answer.headers.etag, `"${answer.body.version}"`);
  assert.equal((await ann.me()).active_account, ann.home);
});

test("without a name, or without a body at all, the account keeps its name", async () => {
  const [bob, carl] = await world.signUpAll("bob", "carl");
  const name = (await bob.account(bob.home)).name;
  assert.equal(expectStatus(await bob.post(`/v1/accounts/${bob.home}/convert`, {}), 200).body.name, name);
  assert.equal(expectStatus(await carl.post(`/v1/accounts/${carl.home}/convert`), 200).body.kind, "team");
});

test("a dry run lists the change, names the account, and changes nothing", async () => {
  const dora = await world.signUp("dora@example.com");
  const before = await dora.account(dora.home);
  const log = await dora.auditLog(dora.home);
  const { body } = expectStatus(await dora.post(`/v1/accounts/${dora.home}/convert`, { name: "Dora Ltd", dry_run: true }), 200);
  assert.equal(body.dry_run, true);
  assert.ok(body.changes.length >= 1);
  assert.ok(
    body.changes.some((change: any) => change.resource.type === "account" && change.resource.id === dora.home),
    JSON.stringify(body),
  );
  assert.deepEqual(await dora.account(dora.home), before);
  assert.deepEqual(await dora.auditLog(dora.home), log);
});

test("converting a team is the same success, changes nothing and logs nothing more", async () => {
  const eve = await world.signUp("eve@example.com");
  await eve.convert("Eve's");
  const before = await eve.account(eve.home);
  const log = (await eve.auditLog(eve.home)).length;
  const again = expectStatus(await eve.post(`/v1/accounts/${eve.home}/convert`, {}), 200).body;
  assert.deepEqual(again, before);
  assert.equal((await eve.auditLog(eve.home)).length, log);
  assert.deepEqual(expectStatus(await eve.post(`/v1/accounts/${eve.home}/convert`, { dry_run: true }), 200).body, { dry_run: true, changes: [] });
});

test("only the owner converts: another admin of a team is told so, a stranger sees nothing", async () => {
  const finn = await world.signUp("finn@example.com");
  const team = await finn.convert("Finn's");
  const admin = await world.hire(finn, team, "admin@example.com", "admin");
  expectProblem(await admin.post(`/v1/accounts/${team}/convert`, {}), "owner-only");
  expectProblem(await (await world.signUp("gus@example.com")).post(`/v1/accounts/${team}/convert`, {}), "account-not-found");
  expectProblem(await world.visitor().post(`/v1/accounts/${team}/convert`, {}), "session-missing");
});

test("fields are checked", async () => {
  const hal = await world.signUp("hal@example.com");
  expectInvalid(await hal.post(`/v1/accounts/${hal.home}/convert`, { kind: "team" }), { "/kind": "unknown" });
  expectInvalid(await hal.post(`/v1/accounts/${hal.home}/convert`, { dry_run: "yes" }), { "/dry_run": "type-wrong" });
  expectProblem(await hal.post(`/v1/accounts/${hal.home}/convert`, { name: "" }), "fields-invalid");
  assert.equal((await hal.account(hal.home)).kind, "personal");
});

test("the conversion is one event of the log", async () => {
  const ida = await world.signUp("ida@example.com");
  await ida.convert("Ida's");
  const log = await ida.auditLog(ida.home);
  assert.equal(log.length, 2);
  assert.deepEqual(log[1].resource, { type: "account", id: ida.home });
  assert.match(log[1].action, /^account\./);
});
