// GET /v1/accounts/{id}/audit-log as NDJSON and CSV

import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, expectChain } from "../support/audit.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { expectAuditEvent, type AuditEvent } from "../support/shapes.ts";
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
  const events: AuditEvent[] = text.map((line) => JSON.parse(line));
  events.forEach(expectAuditEvent);
  for (const [index, line] of text.entries()) assert.equal(line, canonical(events[index]), "canonical");
  expectChain(events);
  assert.deepEqual(events, await owner.auditLog(team), "the same events as page by page");
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
  // Events made as the server makes them, in bulk; sealing is the server's work.
  await world.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
     INSERT INTO audit_event (account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id)
     SELECT ?1, ?2 + i, 'evt_' || printf('%032x', i), 1790000000000 + i, 'user', ?3, 'Olive', 'account.update', 'account', ?1, 'done', '{"name":"bulk"}', 'bulk' FROM n`,
    team,
    last.seq,
    owner.id,
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
  for (const column of ["seq", "id", "at", "action", "outcome", "prev_hash", "hash", "request_id"])
    assert.ok(header.includes(column), `${column} in ${header}`);
  const events = (await lines("?action=account.update&to=2030-01-01T00:00:00Z")).map((line) => JSON.parse(line));
  assert.equal(rows.length - 1, events.length);
  const at = (row: string[], column: string) => row[header.indexOf(column)];
  assert.deepEqual(
    rows.slice(1).map((row) => [at(row, "seq"), at(row, "hash")]),
    events.map((event) => [String(event.seq), event.hash]),
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
