// rolecall audit verify

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { auditLine, readStoredLog } from "../../cli/src/audit-rows.ts";
import { verifyLog } from "../../cli/src/audit-verify.ts";
import { Project } from "../../cli/src/project.ts";
import { conceal, digestOf } from "../e2e/support/audit.ts";
import { expectStatus } from "../e2e/support/problems.ts";
import { eventually, openWorld } from "../e2e/support/world.ts";
import { WRANGLER_TOML, folder, project, run } from "./support/command.ts";

// The Worker keeps its database where wrangler looks for that of the project: at `v3` below --persist-to.
const root = project({ "wrangler.toml": WRANGLER_TOML.replace('database_id = "my-accounts-development"', 'database_id = "rolecall"') });
const persistTo = path.join(root, "data");
const world = await openWorld({ data: path.join(persistTo, "v3") });
const owner = await world.signUp("owner@example.com", { name: 'Olive, "the" owner \\ 🦊' });
const team = await owner.convert("Acme");
for (const name of ["ünïcödé 🦊", 'a "quoted" \\ one', "plain"]) expectStatus(await owner.patch(`/v1/accounts/${team}`, { name }), 200);
const dev = await world.hire(owner, team, "dev@example.com", "dev");
await dev.setRole(team, owner.id, "basic");
await world.settled();
const exported = await exportLog(team);
const lines = exported.trimEnd().split("\n");
const LAST_HASH = JSON.parse(lines.at(-1)!).hash as string;

async function exportLog(account: string): Promise<string> {
  return expectStatus(await owner.get(`/v1/accounts/${account}/audit-log`, { headers: { accept: "application/x-ndjson" } }), 200).text;
}

/** Runs `rolecall audit verify` on a file with these lines. */
function verifyFile(text: string, ...options: string[]) {
  writeFileSync(path.join(root, "log.ndjson"), text);
  return run(["audit", "verify", "log.ndjson", ...options], { cwd: root });
}

const verifyAccount = (account: string, ...options: string[]) => run(["audit", "verify", account, "--persist-to", "data", ...options], { cwd: root });

/** Lets statements change events and disclosures that the schema protects. */
async function unprotect(): Promise<void> {
  const guards = await world.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_event', 'audit_disclosure')");
  for (const { name } of guards) await world.sql(`DROP TRIGGER "${name}"`);
}

/** Appends events as the Worker does, without sealing them. */
async function append(account: string, events: number): Promise<void> {
  const name = conceal("actor.name", "Olive");
  await world.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     INSERT INTO audit_append (account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures)
     SELECT ?1, 'evt_' || substr(?1, 22) || printf('%016x', i), 1790000000000 + i, 'user', ?3, ?4, 'account.update', 'account', ?1, 'done',
       '{"kind":"bulk"}', 'bulk', ?5 FROM n`,
    account,
    events,
    owner.id,
    name.digest,
    JSON.stringify([["actor.name", owner.id, name.disclosure]]),
  );
}

test("an exported log is verified, with its number of events and its last hash", async () => {
  const { code, out, err } = await verifyFile(exported);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(out, `log.ndjson: ${lines.length} events, the chain holds, last hash ${LAST_HASH}\n`);
  const json = JSON.parse((await verifyFile(`${exported}\r\n\n`, "--json")).out);
  assert.deepEqual(json, { source: "log.ndjson", ok: true, events: lines.length, erased: 0, erasures: [], last_hash: LAST_HASH });
});

test("erased values are counted, and listed by event in JSON", async () => {
  const without = (line: string, kept: number) => {
    const event = JSON.parse(line);
    return JSON.stringify({ ...event, disclosures: event.disclosures.slice(0, kept) });
  };
  const one = await verifyFile([...lines.slice(0, -1), without(lines.at(-1)!, 0)].join("\n"));
  assert.deepEqual({ code: one.code, err: one.err }, { code: 0, err: "" });
  assert.equal(one.out, `log.ndjson: ${lines.length} events, the chain holds, last hash ${LAST_HASH}\n1 value erased, in 1 event\n`);
  const some = lines.toSpliced(1, 2, without(lines[1]!, 1), without(lines[2]!, 0)).join("\n");
  assert.match((await verifyFile(some)).out, /, last hash [0-9a-f]{64}\n4 values erased, in 2 events\n$/);
  const { erased, erasures } = JSON.parse((await verifyFile(some, "--json")).out);
  assert.deepEqual(
    { erased, erasures },
    {
      erased: 4,
      erasures: [
        { seq: 2, values: ["data.name"] },
        { seq: 3, values: ["actor.name", "data.from", "data.to"] },
      ],
    },
  );
});

test("the first bad event is named, with the reason in words", async () => {
  const at = (index: number, change: (line: string) => string) => lines.map((line, other) => (other === index ? change(line) : line)).join("\n");
  const event = JSON.parse(lines[2]!);
  const cases: [text: string, seq: number, reason: string, words: RegExp][] = [
    [at(2, (line) => line.replace('"outcome":"done"', '"outcome":"denied"')), 3, "hash-wrong", /it was altered/],
    [at(2, (line) => line.replace(/"hash":"[0-9a-f]+"/, '"hash":null')), 3, "hash-missing", /it has no hash/],
    [at(2, (line) => line.replace(/"prev_hash":"[0-9a-f]+"/, `"prev_hash":"${"0".repeat(64)}"`)), 3, "prev-hash-wrong", /not the hash of event 2/],
    [at(2, (line) => line.replace('"v":2', '"v":1')), 3, "version-unknown", /not in version 2/],
    [at(2, (line) => line.replace(/"disclosures":\["([\w-]+)"/, '"disclosures":["$1","$1"')), 3, "disclosure-wrong", /replaced, doubled or moved/],
    [at(2, () => "not JSON"), 3, "malformed", /not an event in JSON/],
    [lines.toSpliced(2, 1).join("\n"), 3, "gap", /event 4 stands where event 3 should/],
    [lines.toSpliced(2, 0, lines[1]!).join("\n"), 3, "gap", /event 2 stands where event 3 should/],
    [lines.slice(2).join("\n"), 1, "gap", /begins with event 3.*without a filter/],
    [at(0, (line) => line.replace(/"prev_hash":"0+"/, `"prev_hash":"${"1".repeat(64)}"`)), 1, "prev-hash-wrong", /events before it were removed/],
    ["id,seq\nevt_1,1\n", 1, "malformed", /not as CSV/],
  ];
  for (const [text, seq, reason, words] of cases) {
    const result = await verifyLog(text);
    assert.ok(!result.ok, reason);
    assert.deepEqual([result.seq, result.events, result.line, result.reason], [seq, seq - 1, seq, reason]);
    assert.match(result.message, words);
  }
  const { code, out, err } = await verifyFile(cases[0]![0]);
  assert.deepEqual({ code, out }, { code: 1, out: "" });
  assert.equal(
    err,
    `✗ log.ndjson:3: event 3 breaks the chain: its content does not have the hash that it was sealed with: it was altered (hash-wrong)
  It says: ${event.id}, ${event.at}, ${event.action}
  2 events before it: intact\n`,
  );
  const altered = await verifyFile(cases[0]![0], "--json");
  assert.equal(altered.code, 1);
  const { message, ...rest } = JSON.parse(altered.out);
  assert.match(message, /altered/);
  assert.deepEqual(rest, {
    source: "log.ndjson",
    ok: false,
    events: 2,
    seq: 3,
    reason: "hash-wrong",
    line: 3,
    event: { id: event.id, at: event.at, action: event.action },
  });
  const { line } = (await verifyLog(`\n\r\n${cases[0]![0]}`)) as { line: number };
  assert.equal(line, 5, "empty lines are counted as lines of the file");
});

test("what a log says cannot change the terminal that shows it", async () => {
  const { err } = await verifyFile(lines[0]!.replace(/"action":"[^"]*"/, '"action":"x\\u001b[2Jy\\u202e"'));
  assert.match(err, /, x\[2Jy\n/);
});

test("a file without events, and no file, are refused", async () => {
  assert.match((await verifyFile("\n")).err, /^✗ log\.ndjson has no events\.\n$/);
  for (const source of ["acct_1", "."]) {
    const { code, err } = await run(["audit", "verify", source], { cwd: root });
    assert.equal(code, 1);
    assert.match(err, new RegExp(`^✗ ${source} cannot be read, and is not the id of an account: .*\n$`));
  }
});

test("the stored rows of an account become the very lines that the Worker exports", async () => {
  const { ndjson, unsealed } = await readStoredLog(new Project(root), team, { persistTo });
  assert.equal(ndjson, exported);
  assert.deepEqual(unsealed, { events: 0 });
});

test("a row that no Worker wrote becomes one line all the same", () => {
  const row = {
    id: "evt_1",
    seq: 1,
    at: 8.7e15,
    actor_type: "user",
    actor_id: "u",
    actor_name: "a\nb",
    action: "x",
    resource_type: "t",
    resource_id: "r",
    outcome: "done",
    data: '{\n"a": 1}',
    request_id: "q",
    prev_hash: null,
    hash: null,
    disclosures: '["x"]',
  };
  const line = auditLine(row);
  assert.doesNotMatch(line, /[\r\n]/);
  const event = JSON.parse(line);
  assert.deepEqual([event.data, event.actor.name, event.at, event.disclosures], [{ a: 1 }, { _sd: ["a\nb"] }, "8700000000000000", ["x"]]);
});

test("the log of an account is verified in the database, while the Worker runs", async () => {
  const { code, out, err } = await verifyAccount(team);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(out, `${team}: ${lines.length} events, the chain holds, last hash ${LAST_HASH}\n`);
});

test("events that wait for their seal are no fault", async () => {
  await append(team, 2);
  const { code, out } = await verifyAccount(team);
  assert.equal(code, 0);
  assert.match(out, /the chain holds, last hash [0-9a-f]{64}\n2 events not sealed yet, the oldest of 2026-09-21T14:13:20\.001Z\n$/);
  const again = await verifyAccount(team, "--json");
  assert.equal(again.err, "");
  assert.deepEqual(JSON.parse(again.out), {
    source: team,
    ok: true,
    events: lines.length,
    erased: 0,
    erasures: [],
    last_hash: LAST_HASH,
    unsealed: { events: 2, oldest: "2026-09-21T14:13:20.001Z" },
  });
});

test("a log of more rows than one query returns is verified whole", async () => {
  await append(dev.home, 2_600);
  await eventually(async () => {
    await world.running.tick();
    assert.equal(await world.count("audit_event WHERE hash IS NULL"), 0);
  }, 60_000);
  const total = await world.count("audit_event WHERE account = ?1", dev.home);
  const { code, out, err } = await verifyAccount(dev.home);
  assert.equal(code, 0, err);
  assert.ok(out.startsWith(`${dev.home}: ${total.toLocaleString("en-US")} events, the chain holds`), out);
  await unprotect();
  await world.sql("UPDATE audit_event SET actor_id = 'usr_nobody' WHERE account = ?1 AND seq = 2550", dev.home);
  assert.match((await verifyAccount(dev.home)).err, /event 2550 breaks the chain: .*\(hash-wrong\)/);
});

test("a row that was altered, deleted or stripped of its seal is found", async () => {
  await unprotect();
  const take = async () => {
    for (const table of ["audit_disclosure", "audit_event"]) await world.sql(`DELETE FROM ${table} WHERE account = ?1 AND seq = 3`, team);
  };
  const rowsOf = (table: string) => world.rows(`SELECT * FROM ${table} WHERE account = ?1 AND seq = 3`, team);
  const kept = { audit_event: await rowsOf("audit_event"), audit_disclosure: await rowsOf("audit_disclosure") };
  assert.deepEqual([kept.audit_event.length, kept.audit_disclosure.length], [1, 3]);
  const restore = async () => {
    await take();
    for (const [table, rows] of Object.entries(kept)) {
      for (const row of rows) {
        const columns = Object.keys(row);
        await world.sql(`INSERT INTO ${table} (${columns}) VALUES (${columns.map((_, index) => `?${index + 1}`)})`, ...Object.values(row));
      }
    }
  };
  const nobody = conceal("actor.name", "Nobody").disclosure;
  const statement = (sql: string) => () => world.sql(`${sql} WHERE account = ?1 AND seq = 3`, team);
  const cases: [change: () => Promise<unknown>, reason: string][] = [
    [statement("UPDATE audit_event SET data = '{}'"), "hash-wrong"],
    [statement("UPDATE audit_event SET outcome = 'denied'"), "hash-wrong"],
    [statement(`UPDATE audit_event SET actor_name = '${digestOf(nobody)}'`), "hash-wrong"],
    [statement("UPDATE audit_event SET prev_hash = NULL, hash = NULL"), "hash-missing"],
    [take, "gap"],
    [statement(`UPDATE audit_disclosure SET disclosure = iif(path = 'actor.name', '${nobody}', disclosure)`), "disclosure-wrong"],
    [
      statement("UPDATE audit_disclosure SET disclosure = (SELECT min(disclosure) FROM audit_disclosure d WHERE d.account = ?1 AND d.seq = 3)"),
      "disclosure-wrong",
    ],
  ];
  for (const [change, reason] of cases) {
    await change();
    const { ndjson } = await readStoredLog(new Project(root), team, { persistTo });
    const { ok, ...found } = await verifyLog(ndjson);
    assert.deepEqual([ok, "seq" in found && [found.seq, found.reason]], [false, [3, reason]]);
    await restore();
  }
  assert.equal((await verifyAccount(team)).code, 0, "with the rows as they were, the log verifies");
});

test("an erasure in the database is no fault: its values are counted", async () => {
  await world.sql("DELETE FROM audit_disclosure WHERE account = ?1 AND seq = 3 AND path <> 'data.to'", team);
  const { code, out } = await verifyAccount(team);
  assert.equal(code, 0);
  assert.match(out, /the chain holds, last hash [0-9a-f]{64}\n2 values erased, in 1 event\n/);
  const { ndjson } = await readStoredLog(new Project(root), team, { persistTo });
  assert.ok((await exportLog(team)).startsWith(ndjson), "the very lines that the Worker exports");
});

test("an unknown account, a database without tables and a folder without a project are told apart", async () => {
  const unknown = `acct_${"0".repeat(32)}`;
  assert.match((await verifyAccount(unknown)).err, /^✗ There is no account acct_0+ in the local database\.\n$/);
  assert.match((await run(["audit", "verify", unknown, "--persist-to", "empty"], { cwd: root })).err, /^✗ The database has no tables yet\. .*\n$/);
  assert.match((await run(["audit", "verify", unknown], { cwd: folder() })).err, /^✗ There is no wrangler\.toml in /);
});

test("--production reads the database on Cloudflare, for which wrangler must be signed in", async () => {
  const env = { HOME: folder(), XDG_CONFIG_HOME: undefined, CLOUDFLARE_API_TOKEN: undefined, CLOUDFLARE_API_KEY: undefined };
  const { code, err } = await run(["audit", "verify", team, "--production"], { cwd: root, env });
  assert.equal(code, 1);
  assert.match(err, /^✗ wrangler is not signed in to Cloudflare\. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again\.\n$/);
  const both = await run(["audit", "verify", team, "--production", "--persist-to", "data"], { cwd: root, env });
  assert.equal(both.code, 2);
  assert.match(both.err, /cannot be used with option '--production'/);
});

test("wrong usage exits with 2, help with 0", async () => {
  assert.equal((await run(["audit", "verify"])).code, 2);
  assert.equal((await run(["audit", "nothing"])).code, 2);
  const help = await run(["audit", "verify", "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /rolecall audit verify audit-log\.ndjson/);
});
