// GET /v1/accounts/{id}/audit-log: reading, filtering, paging, denied attempts

import assert from "node:assert/strict";
import { test } from "node:test";
import { actionsAndOutcomes, conceal, expectChain } from "../support/audit.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { expectAuditEvent, expectPage } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com", { name: "Olive" });
const team = await owner.convert("Acme");
const url = `/v1/accounts/${team}/audit-log`;
const admin = await world.hire(owner, team, "admin@example.com", "admin");
const dev = await world.hire(owner, team, "dev@example.com", "dev");

test("every change is one event, newest first, with actor, action, resource, outcome and request", async () => {
  const invitation = await owner.invite(team, "someone@example.com", "basic");
  expectStatus(await admin.setRole(team, dev.id, "billing"), 200);
  expectStatus(await admin.setRole(team, dev.id, "dev"), 200);
  const answer = expectStatus(await owner.get(url), 200);
  expectPage(answer.body, expectAuditEvent);
  const [last, before, created] = answer.body.items;
  assert.deepEqual([last.action, before.action, created.action], ["member.update", "member.update", "invitation.create"]);
  assert.deepEqual(last.actor, { type: "user", id: admin.id, name: admin.user.name });
  assert.ok(JSON.stringify([last.resource, last.data]).includes(dev.id));
  assert.deepEqual(created.resource, { type: "invitation", id: invitation.id });
  assert.equal(created.actor.name, "Olive", "the name that they had");
  assert.ok(answer.body.items.every((event: any) => event.outcome === "done" && event.request_id !== ""));
});

test("the request id of an event is the one that its answer carried", async () => {
  const answer = expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "Acme again" }), 200);
  const [event] = (await owner.get(`${url}?limit=1`)).body.items;
  assert.match(String(answer.headers["request-id"]), /^[0-9a-f-]{36}$/);
  assert.equal(event.request_id, answer.headers["request-id"]);
});

test("the chain can be recomputed by anyone: numbers without gaps, each hash over the one before", async () => {
  const events = await owner.auditExport(team);
  assert.ok(events.length > 5);
  expectChain(events);
});

test("the chain is sealed before it is read, right after the change", async () => {
  for (let round = 0; round < 5; round += 1) {
    expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: `Acme ${round}` }), 200);
    const [event] = (await owner.get(`${url}?limit=1`)).body.items;
    expectAuditEvent(event);
  }
});

test("no event holds a secret", async () => {
  const { link } = await owner.invite(team, "secretive@example.com", "basic");
  const key = expectStatus(await owner.post(`/v1/accounts/${team}/api-keys`, { name: "ci", permissions: ["team.access"] }), 201).body;
  const log = JSON.stringify(await owner.auditLog(team));
  for (const secret of [link.split("token=")[1], key.secret, owner.cookie ?? "", owner.password]) assert.ok(!log.includes(secret));
});

test("each filter finds exactly what it says, alone and together", async () => {
  const all = await owner.auditLog(team);
  const filters: [string, (event: any) => boolean][] = [
    [`actor=${admin.id}`, (event) => event.actor.id === admin.id],
    ["action=invitation.create", (event) => event.action === "invitation.create"],
    ["resource_type=invitation", (event) => event.resource.type === "invitation"],
    [
      `resource_id=${all.find((event) => event.action === "invitation.accept")?.resource.id}`,
      (event) => event.resource.id === all.find((e) => e.action === "invitation.accept")?.resource.id,
    ],
    [`actor=${owner.id}&action=invitation.create`, (event) => event.actor.id === owner.id && event.action === "invitation.create"],
    ["action=nothing.such", () => false],
    [`actor=${"usr_" + "0".repeat(32)}`, () => false],
  ];
  for (const [query, matches] of filters) {
    const found = await owner.auditLog(team, `?${query}`);
    assert.deepEqual(
      found.map((event) => event.seq),
      all.filter(matches).map((event) => event.seq),
      query,
    );
  }
});

test("from is included, to is not, and both are times", async () => {
  const all = await owner.auditLog(team);
  const middle = all[Math.floor(all.length / 2)].at;
  const later = await owner.auditLog(team, `?from=${encodeURIComponent(middle)}`);
  const earlier = await owner.auditLog(team, `?to=${encodeURIComponent(middle)}`);
  assert.deepEqual(
    later.map((event) => event.seq),
    all.filter((event) => event.at >= middle).map((event) => event.seq),
  );
  assert.deepEqual(
    earlier.map((event) => event.seq),
    all.filter((event) => event.at < middle).map((event) => event.seq),
  );
  assert.equal(later.length + earlier.length, all.length);
  for (const time of ["yesterday", "2026", "1790000000000", "2026-13-01T00:00:00Z", ""]) {
    for (const name of ["from", "to"]) assert.equal((await owner.get(`${url}?${name}=${encodeURIComponent(time)}`)).status, 422, `${name}=${time}`);
  }
});

test("pages follow each other without a gap or a repetition, also while the log grows", async () => {
  const before = (await owner.auditLog(team)).length;
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const page: any = expectStatus(await owner.get(`${url}?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`), 200).body;
    assert.ok(page.items.length <= 3);
    seen.push(...page.items.map((event: any) => event.seq));
    if (seen.length === 6) expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "Growing" }), 200);
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(
    seen,
    Array.from({ length: before }, (_, index) => before - index),
  );
});

test("a denied attempt of a member is an event, at most one a minute for the same actor, action and resource", async () => {
  // Of a team of its own: an event whose time is changed below may be sealed already, and then breaks the chain.
  const owner = await world.signUp("watched-owner@example.com");
  const team = await owner.convert("Watched");
  const admin = await world.hire(owner, team, "watched-admin@example.com", "admin");
  const dev = await world.hire(owner, team, "watched-dev@example.com", "dev");
  const before = (await owner.auditLog(team)).length;
  for (let index = 0; index < 4; index += 1) expectProblem(await dev.setRole(team, admin.id, "basic"), "permission-missing");
  const fresh = (await owner.auditLog(team)).slice(before);
  assert.equal(fresh.length, 1, `${actionsAndOutcomes(fresh)}`);
  assert.deepEqual([fresh[0].outcome, fresh[0].actor.id], ["denied", dev.id]);
  assert.ok(JSON.stringify([fresh[0].resource, fresh[0].data]).includes(admin.id), "the target is named");
  expectProblem(await dev.remove(team, admin.id), "permission-missing");
  const more = (await owner.auditLog(team)).slice(before);
  assert.equal(more.length, 2, "another action counts by itself");
  assert.deepEqual(actionsAndOutcomes(more)[1], "member.remove denied", "the same words for a denial");
  expectProblem(await dev.remove(team, owner.id), "permission-missing");
  assert.equal((await owner.auditLog(team)).length, before + 3, "another member counts by themselves");
  await world.sql("DROP TRIGGER audit_fixed");
  await world.sql("UPDATE audit_event SET at = at - 61000 WHERE account = ? AND outcome = 'denied'", team);
  expectProblem(await dev.remove(team, admin.id), "permission-missing");
  assert.equal((await owner.auditLog(team)).length, before + 4, "a minute later it is told again");
});

test("attempts of strangers are not in the team's log", async () => {
  const before = (await owner.auditLog(team)).length;
  const stranger = await world.signUp("stranger@example.com");
  for (const path of [`/v1/accounts/${team}`, url, `/v1/accounts/${team}/members`]) expectProblem(await stranger.get(path), "account-not-found");
  assert.equal((await owner.auditLog(team)).length, before);
});

test("only holders of audit.read see the log", async () => {
  assert.equal(expectProblem(await dev.get(url), "permission-missing").denial.permission, "audit.read");
  for (const accept of ["application/x-ndjson", "text/csv"]) {
    const refused = await dev.get(url, { headers: { accept } });
    expectProblem(refused, "permission-missing");
  }
  expectProblem(await world.visitor().get(url), "session-missing");
});

test("a cursor belongs to its list and its account, and a forged one is refused", async () => {
  const cursor: string = expectStatus(await owner.get(`${url}?limit=2`), 200).body.next_cursor;
  const other = await world.signUp("other@example.com");
  const second = await other.convert("Second");
  for (let index = 0; index < 3; index += 1) expectStatus(await other.patch(`/v1/accounts/${second}`, { name: `Second ${index}` }), 200);
  const middle = Math.floor(cursor.length / 2);
  const flipped = cursor.slice(0, middle) + (cursor[middle] === "A" ? "B" : "A") + cursor.slice(middle + 1);
  for (const bad of [flipped, "x", "1", "null", "e30", cursor.slice(1), "../..", "'--"]) {
    assert.equal((await owner.get(`${url}?cursor=${encodeURIComponent(bad)}`)).status, 422, bad);
  }
  assert.equal((await other.get(`/v1/accounts/${second}/audit-log?cursor=${encodeURIComponent(cursor)}`)).status, 422, "another account's cursor");
  assert.equal((await owner.get(`/v1/accounts/${team}/members?cursor=${encodeURIComponent(cursor)}`)).status, 422, "another list's cursor");
});

test("what is tampered with in the database shows in the chain", async () => {
  const events = await owner.auditExport(team);
  const nobody = conceal("actor.name", "Nobody");
  const { actor, disclosures } = events[2];
  for (const forgery of [
    { actor: { ...actor, id: admin.id } },
    { actor: { ...actor, name: { _sd: [nobody.digest] as const } }, disclosures: [nobody.disclosure] },
    { disclosures: [nobody.disclosure, ...disclosures.slice(1)] },
    { disclosures: [...disclosures, disclosures[0]] },
  ]) {
    assert.throws(() => expectChain(events.with(2, { ...events[2], ...forgery })), JSON.stringify(forgery));
  }
  assert.throws(() => expectChain([...events.slice(0, 3), ...events.slice(4)]));
  assert.throws(() => expectChain([events[1], events[0], ...events.slice(2)]));
});

test("an erased value is null and named, and the chain holds as before", async () => {
  const email = "forgotten@example.com";
  const { id } = await owner.invite(team, email, "basic");
  const before = (await owner.auditExport(team)).at(-1)!;
  await world.sql("DELETE FROM audit_disclosure WHERE account = ? AND subject = ?", team, email);
  const [event] = (await owner.get(`${url}?limit=1`)).body.items;
  expectAuditEvent(event);
  assert.deepEqual([event.resource.id, event.actor.name, event.data.email, event.erased], [id, "Olive", null, ["data.email"]]);
  await world.sql("DELETE FROM audit_disclosure WHERE account = ? AND subject = ?", team, owner.id);
  const events = await owner.auditLog(team, `?actor=${owner.id}`);
  assert.ok(events.length > 0 && events.every((of) => of.actor.name === null && of.erased.includes("actor.name")), "in every event of theirs");
  assert.ok(
    (await owner.auditLog(team, `?actor=${admin.id}`)).every((of) => of.actor.name === admin.user.name),
    "and in nobody else's",
  );
  const left = await owner.auditExport(team);
  expectChain(left);
  const after = left.find(({ seq }) => seq === before.seq)!;
  assert.deepEqual(after, { ...before, disclosures: [] }, "nothing but the disclosures is gone");
});
