// When the database fails under the Worker: 503 without a cause, nothing half done, a cause in the log, and life goes on

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectChain } from "../support/audit.ts";
import { expectInvariants } from "../support/invariants.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { eventually, inWorld, openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const guest = await world.signUp("guest@example.com");

test("a table that is gone is 503 with Retry-After on reading and writing, and the log has the cause once", async () => {
  await inWorld({}, async (doomed) => {
    const ann = await doomed.signUp("ann@example.com");
    await doomed.sql("ALTER TABLE session RENAME TO lost");
    const before = doomed.running.log.length;
    const answer = await ann.get("/v1/me");
    expectProblem(answer, "store-unavailable");
    for (const act of [() => ann.patch("/v1/me", { name: "X" }), () => ann.get("/v1/accounts"), () => doomed.visitor().signIn(ann.email, ann.password)])
      expectProblem(await act(), "store-unavailable");
    const id = answer.headers["request-id"];
    const lines = () => doomed.running.log.slice(before).filter((line) => line.includes(String(id)));
    await eventually(async () => assert.equal(lines().length, 1, "logged once"));
    assert.match(lines()[0], /no such table|session/);
    await doomed.sql("ALTER TABLE lost RENAME TO session");
    expectStatus(await ann.get("/v1/me"), 200);
  });
});

test("a write that fails in its middle leaves nothing of itself", async () => {
  const { link, id } = await owner.invite(team, guest.email, "dev");
  const state = async () =>
    JSON.stringify(
      await Promise.all(
        ["member", "invitation", "account", "user", "audit_event", "audit_disclosure", "mail"].map((table) =>
          world.rows(`SELECT * FROM ${table} ORDER BY 1, 2, 3`),
        ),
      ),
    );
  await world.settled();
  const before = await state();
  // The audit event comes after the effects: its failure must take them all back.
  await world.sql("CREATE TRIGGER broken BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
  expectProblem(await guest.accept(link), "store-unavailable");
  expectProblem(await owner.patch(`/v1/accounts/${team}`, { name: "Half" }), "store-unavailable");
  expectProblem(await owner.post(`/v1/accounts/${team}/invitations`, { email: "half@example.com", role: "dev" }), "store-unavailable");
  expectProblem(await owner.deleteTeam(team), "store-unavailable");
  assert.equal(await state(), before);
  await world.sql("DROP TRIGGER broken");
  assert.equal((await guest.join(link)).account.id, team);
  assert.equal((await owner.invitations(team)).find((item) => item.id === id)?.state, "accepted");
  await expectInvariants(world.database);
});

test("every answer of a failing store is the same dry document, on every kind of route", async () => {
  await inWorld({}, async (doomed) => {
    const ann = await doomed.signUp("ann@example.com");
    for (const table of ["member", "session", "attempt", "signup", "reset"]) await doomed.sql(`ALTER TABLE ${table} RENAME TO lost_${table}`);
    const acts = [
      () => ann.get("/v1/me"),
      () => ann.get(`/v1/accounts/${ann.home}/audit-log`, { headers: { accept: "application/x-ndjson" } }),
      () => doomed.visitor().post("/v1/signup", { email: "x@example.com", password: "a decent long sentence" }),
      () => doomed.visitor().post("/v1/sessions", { email: ann.email, password: ann.password }),
      () => doomed.visitor().post("/v1/password-resets", { email: ann.email }),
      () => ann.post(`/v1/accounts/${ann.home}/checks`, { permissions: ["team.access"] }),
    ];
    const details = new Set<string>();
    for (const act of acts) details.add(expectProblem(await act(), "store-unavailable").detail);
    assert.equal(details.size, 1);
    expectStatus(await doomed.visitor().get("/v1/policy"), 200);
  });
});

test("a check never says yes when the store cannot be asked", async () => {
  await inWorld({}, async (doomed) => {
    const ann = await doomed.signUp("ann@example.com");
    assert.deepEqual(await ann.may(ann.home, "pods.manage"), [true]);
    await doomed.sql("ALTER TABLE member RENAME TO lost");
    expectProblem(await ann.post(`/v1/accounts/${ann.home}/checks`, { permissions: ["pods.manage"] }), "store-unavailable");
  });
});

test("a sealing that failed is made good before the log is read", async () => {
  await world.sql("CREATE TRIGGER unsealed BEFORE UPDATE OF hash ON audit_event BEGIN SELECT RAISE(ABORT, 'busy'); END");
  const failures = () => world.running.log.filter((line) => line.includes('"task":"seal"')).length;
  const before = failures();
  expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "Unsealed" }), 200);
  await eventually(async () => assert.ok(failures() > before, "a sealing has failed"));
  assert.ok((await world.count("audit_event WHERE hash IS NULL")) > 0);
  await world.sql("DROP TRIGGER unsealed");
  // Making good costs more round trips than a log that is in order.
  expectChain(await owner.auditExport(team, "", { unchecked: true }));
});
