// GET /v1/accounts/{id}/audit-log as NDJSON and CSV

import assert from "node:assert/strict";
import { test } from "node:test";
import { type HashedEvent, canonical, conceal, disclosed, expectChain } from "../support/audit.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { expectAuditEvent } from "../support/shapes.ts";
import { eventually, openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com", { name: 'Olive, "the" owner' });
const team = await owner.convert("Acme");
const url = `/v1/accounts/${team}/audit-log`;
const NAMES = [
  '=HYPERLINK("http://evil.example")',
  "+1+1",
  "-2",
  "@SUM(A1)",
  "x;=1+1",
  "x;  -1",
  "＝1+1",
  "＠SUM(A1)",
  "two, with a comma",
  'a "quoted" one',
  "ünïcödé 🦊 x",
  "plain",
];
for (const name of NAMES) {
  const answer = await owner.patch(`/v1/accounts/${team}`, { name });
  expectStatus(answer, 200);
}

async function lines(query = ""): Promise<string[]> {
  const answer = expectStatus(await owner.get(`${url}${query}`, { headers: { accept: "application/x-ndjson" } }), 200);
  assert.match(answer.headers["content-type"] ?? "", /^application\/x-ndjson/);
  assert.equal(answer.headers["content-disposition"], 'attachment; filename="audit-log.ndjson"');
  return answer.text.split("\n").filter((line) => line !== "");
}

test("NDJSON holds the whole log in order of seq, each line canonical JSON, and the chain holds", async () => {
  const text = await lines();
  const events: HashedEvent[] = text.map((line) => JSON.parse(line));
  for (const [index, line] of text.entries()) assert.equal(line, canonical(events[index]), "canonical");
  expectChain(events);
  const opened = events.map(disclosed);
  opened.forEach(expectAuditEvent);
  assert.deepEqual(opened, await owner.auditLog(team), "the same events as page by page");
});

test("what is hashed has no name, email or label; each is in a disclosure of its own, in the order of their paths", async () => {
  await owner.invite(team, "grace@example.com", "basic");
  const events: HashedEvent[] = (await lines()).map((line) => JSON.parse(line));
  const hashed = JSON.stringify(events.map(({ disclosures: _, ...event }) => event));
  for (const value of ["Olive", "Acme", "grace@example.com", "ünïcödé", "HYPERLINK"]) assert.ok(!hashed.includes(value), value);
  const disclosures = events.map((event) => event.disclosures.map((text) => JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as string[]));
  const renamed = events.findIndex(({ action }) => action === "account.update");
  assert.deepEqual(
    disclosures[renamed].map(([, name, value]) => [name, value]),
    [
      ["name", 'Olive, "the" owner'],
      ["from", "Acme"],
      ["to", NAMES[0]],
    ],
  );
  assert.deepEqual(
    disclosures.at(-1)?.map(([, name]) => name),
    ["name", "email"],
  );
  const salts = disclosures.flat().map(([salt]) => salt);
  assert.equal(new Set(salts).size, salts.length, "no salt twice");
});

test("an export is the filtered log, and not only one page of it", async () => {
  const all = (await lines()).map((line) => JSON.parse(line));
  const some = (await lines("?action=account.update&limit=2")).map((line) => JSON.parse(line));
  assert.deepEqual(
    some,
    all.filter((event) => event.action === "account.update"),
  );
  assert.deepEqual(await lines("?action=nothing.such"), []);
});

test("a log of more than a thousand events is exported whole", async () => {
  const [last] = (await owner.get(`${url}?limit=1`)).body.items;
  const name = conceal("actor.name", "Olive");
  // Events made as the server makes them, in bulk; sealing is the server's work.
  await world.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
     INSERT INTO audit_append (account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures)
     SELECT ?1, 'evt_' || printf('%032x', i), 1790000000000 + i, 'user', ?2, ?3, 'account.update', 'account', ?1, 'done', '{"kind":"bulk"}', 'bulk', ?4 FROM n`,
    team,
    owner.id,
    name.digest,
    JSON.stringify([["actor.name", owner.id, name.disclosure]]),
  );
  await eventually(async () => {
    await world.running.tick();
    assert.equal(await world.count("audit_event WHERE hash IS NULL"), 0, "the clock seals what was left");
  }, 20_000);
  const events = (await lines()).map((line) => JSON.parse(line));
  assert.equal(events.length, last.seq + 1200);
  expectChain(events);
});

test("CSV has a header, a row per event, and no cell that a spreadsheet would run", async () => {
  const answer = expectStatus(await owner.get(`${url}?action=account.update&to=2030-01-01T00:00:00Z`, { headers: { accept: "text/csv" } }), 200);
  assert.match(answer.headers["content-type"] ?? "", /^text\/csv; charset=utf-8/);
  assert.equal(answer.headers["content-disposition"], 'attachment; filename="audit-log.csv"');
  assert.ok(answer.text.startsWith("id,"), "no byte order mark");
  const rows = parseCsv(answer.text);
  const header = rows[0];
  assert.deepEqual(header.slice(-2), ["v", "erased"]);
  for (const column of ["seq", "id", "at", "action", "outcome", "prev_hash", "hash", "request_id"])
    assert.ok(header.includes(column), `${column} in ${header}`);
  const events = (await lines("?action=account.update&to=2030-01-01T00:00:00Z")).map((line) => JSON.parse(line));
  assert.equal(rows.length - 1, events.length);
  const at = (row: string[], column: string) => row[header.indexOf(column)];
  assert.deepEqual(
    rows.slice(1).map((row) => [at(row, "seq"), at(row, "hash"), at(row, "v"), at(row, "erased"), at(row, "actor_name")]),
    events.map((event) => [String(event.seq), event.hash, "2", "", disclosed(event).actor.name]),
  );
  for (const row of rows.slice(1)) {
    assert.equal(row.length, header.length);
    for (const cell of row) assert.doesNotMatch(cell, /(^|[;\t\r\n])[\s"]*[=+\-@＝＋－＠]/, `a formula: ${cell}`);
  }
});

test("the form follows the Accept header; JSON where it says nothing", async () => {
  for (const accept of ["*/*", "application/json", "text/html,application/xhtml+xml,*/*;q=0.8"]) {
    const answer = expectStatus(await owner.get(`${url}?limit=1`, { headers: { accept } }), 200);
    assert.match(answer.headers["content-type"] ?? "", /^application\/json/, accept);
  }
});

test("exports are not kept by caches and are for holders of audit.read", async () => {
  const answer = await owner.get(url, { headers: { accept: "application/x-ndjson" } });
  assert.equal(answer.headers["cache-control"], "no-store");
  const basic = await world.hire(owner, team, "basic@example.com", "basic");
  expectProblem(await basic.get(url, { headers: { accept: "text/csv" } }), "permission-missing");
});

test("erased values are empty in CSV, and their paths are in a column of their own", async () => {
  await world.sql("DELETE FROM audit_disclosure WHERE account = ? AND subject = ?", team, owner.id);
  const csv = async () => parseCsv(expectStatus(await owner.get(`${url}?action=account.update`, { headers: { accept: "text/csv" } }), 200).text);
  const [header, renamed] = await csv();
  const at = (column: string) => renamed[header.indexOf(column)];
  assert.deepEqual([at("actor_name"), JSON.parse(at("data")), at("erased")], ["", { from: null, to: null }, "actor.name data.from data.to"]);
  const events: HashedEvent[] = (await lines()).map((line) => JSON.parse(line));
  expectChain(events);
  assert.ok(events.some(({ disclosures }) => disclosures.length > 0) && events.some(({ disclosures }) => disclosures.length === 0));
});

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = cells.exec(text); match && match.index < text.length; match = cells.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
