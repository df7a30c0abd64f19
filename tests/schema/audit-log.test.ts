// Attacks with SQL on the audit log: append-only, numbered without gaps, sealed once; its personal values can be erased, and
// neither altered nor added to

import assert from "node:assert/strict";
import { test } from "node:test";
import { conceal } from "../e2e/support/audit.ts";
import { ANN, ANNS_NAME, APPEND_COLUMNS, CARLS_ACCOUNT, DANGLING, TEAM, id, openAttackedDatabase } from "./attacked-database.ts";

const it = await openAttackedDatabase();
const columns = "account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id";
const event = (seq: number, more: { id?: string; account?: string; name?: string; outcome?: string; data?: string } = {}) =>
  `(${columns}) VALUES ('${more.account ?? TEAM}', ${seq}, '${more.id ?? id("evt", `e${seq}`)}', 5000, 'user', '${ANN}', '${more.name ?? ANNS_NAME.digest}', 'account.update', 'account', '${TEAM}', '${more.outcome ?? "done"}', '${more.data ?? "{}"}', 'r')`;
/** An event by the view, with disclosures: JSON, or what is none. */
const appended = (tail: string, disclosures: unknown, account = TEAM) =>
  `INSERT INTO audit_append (${APPEND_COLUMNS}) VALUES ('${account}', '${id("evt", tail)}', 5000, 'user', '${ANN}', '${ANNS_NAME.digest}', 'account.update', 'account', '${TEAM}', 'done', '{}', 'r', '${typeof disclosures === "string" ? disclosures : JSON.stringify(disclosures)}')`;
const OTHER_NAME = conceal("actor.name", "Nobody");
const A = "a".repeat(64);
const B = "b".repeat(64);

test("no event is ever changed, sealed or not, in any column", async () => {
  const changes = [
    "actor_id = 'x'",
    `actor_name = '${OTHER_NAME.digest}'`,
    "actor_type = 'key'",
    "action = 'other.word'",
    "resource_id = 'x'",
    "resource_type = 'x'",
    "outcome = 'denied'",
    "data = '{\"a\":1}'",
    "at = 1",
    "request_id = 'x'",
    `id = '${id("evt", "zz")}'`,
    "seq = 9",
    `account = '${CARLS_ACCOUNT}'`,
  ];
  for (const change of changes) {
    for (const seq of [1, 2]) await it.refuses(/audit-chain/, `UPDATE audit_event SET ${change} WHERE seq = ${seq}`);
  }
});

test("no event is ever deleted", async () => {
  await it.refuses(/audit-chain/, "DELETE FROM audit_event WHERE seq = 3");
  await it.refuses(/audit-chain/, "DELETE FROM audit_event WHERE seq = 1");
  await it.refuses(/audit-chain/, "DELETE FROM audit_event");
});

test("no event is replaced, by number or by id, with whatever words", async () => {
  for (const verb of ["INSERT OR REPLACE", "REPLACE", "INSERT", "INSERT OR IGNORE"]) {
    await it.refuses(/audit-chain|UNIQUE/, `${verb} INTO audit_event ${event(3)}`);
    await it.refuses(/audit-chain|UNIQUE/, `${verb} INTO audit_event ${event(4, { id: id("evt", "2") })}`);
  }
  await it.refuses(/audit-chain|UNIQUE/, `INSERT INTO audit_event ${event(3)} ON CONFLICT DO UPDATE SET actor_name = '${OTHER_NAME.digest}'`);
});

test("numbers follow each other: no gap, no zero, no going back", async () => {
  for (const seq of [5, 100, 0, -1, 2]) await it.refuses(/audit-chain|CHECK|UNIQUE/, `INSERT INTO audit_event ${event(seq)}`);
  await it.refuses(/audit-chain/, `INSERT INTO audit_event ${event(2, { account: CARLS_ACCOUNT })}`);
});

test("an event is sealed once, after the one before it, with what follows from that", async () => {
  await it.refuses(/audit-chain/, `UPDATE audit_event SET hash = '${B}' WHERE seq = 1`);
  await it.refuses(/audit-chain|CHECK/, "UPDATE audit_event SET hash = NULL WHERE seq = 1");
  await it.refuses(/audit-chain|CHECK/, "UPDATE audit_event SET hash = NULL, prev_hash = NULL WHERE seq = 1");
  await it.refuses(/audit-chain/, `UPDATE audit_event SET prev_hash = '${A}', hash = '${B}' WHERE seq = 3`);
  await it.refuses(/audit-chain/, `UPDATE audit_event SET prev_hash = '${B}', hash = '${B}' WHERE seq = 2`);
  await it.refuses(/audit-chain|CHECK/, `UPDATE audit_event SET hash = '${B}' WHERE seq = 2`);
  await it.refuses(/audit-chain/, `UPDATE audit_event SET prev_hash = '${A}', hash = 'short' WHERE seq = 2`);
  await it.refuses(/audit-chain/, `UPDATE audit_event SET prev_hash = '${"0".repeat(64)}', hash = '${B}' WHERE account = '${CARLS_ACCOUNT}' OR seq = 2`);
  await it.takes(`UPDATE audit_event SET prev_hash = '${A}', hash = '${B}' WHERE account = '${TEAM}' AND seq = 2`);
});

test("an event is not born sealed", async () => {
  await it.refuses(
    /audit-chain/,
    `INSERT INTO audit_event (${columns}, prev_hash, hash) SELECT account, 4, '${id("evt", "e4")}', at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, '${B}', '${A}' FROM audit_event WHERE seq = 1`,
  );
});

test("outcome and data are what they are said to be, and the account exists", async () => {
  await it.refuses(/CHECK/, `INSERT INTO audit_event ${event(4, { outcome: "maybe" })}`);
  await it.refuses(/CHECK/, `INSERT INTO audit_event ${event(4, { data: "[]" })}`);
  await it.refuses(/CHECK|malformed JSON/, `INSERT INTO audit_event ${event(4, { data: "none" })}`);
  await it.refuses(DANGLING, `INSERT INTO audit_event ${event(1, { account: id("acct", "99") })}`);
});

test("the name of an actor is a digest: no name gets into what is never deleted", async () => {
  for (const name of ["Ann", "", "ann@example.com", ANNS_NAME.digest.slice(1), `${ANNS_NAME.digest}A`]) {
    await it.refuses(/CHECK/, `INSERT INTO audit_event ${event(4, { name })}`);
  }
});

test("no disclosure is ever changed, in any column", async () => {
  const changes = [`disclosure = '${OTHER_NAME.disclosure}'`, "path = 'data.name'", "subject = 'x'", "seq = 2", "seq = 4", `account = '${CARLS_ACCOUNT}'`];
  for (const change of changes) await it.refuses(/audit-chain/, `UPDATE audit_disclosure SET ${change} WHERE seq = 1`);
});

test("a disclosure comes with its event alone, not before it and not later", async () => {
  const disclosure = (seq: number, path: string, account = TEAM) =>
    `INTO audit_disclosure (account, seq, path, subject, disclosure) VALUES ('${account}', ${seq}, '${path}', '${ANN}', '${OTHER_NAME.disclosure}')`;
  const either = /audit-chain|UNIQUE|FOREIGN KEY|internal error/;
  for (const verb of ["INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"]) {
    for (const seq of [1, 3]) await it.refuses(/audit-chain/, `${verb} ${disclosure(seq, "data.name")}`);
    await it.refuses(/audit-chain|UNIQUE/, `${verb} ${disclosure(1, "actor.name")}`);
    for (const seq of [4, 100]) await it.refuses(either, `${verb} ${disclosure(seq, "actor.name")}`);
    await it.refuses(either, `${verb} ${disclosure(1, "actor.name", CARLS_ACCOUNT)}`);
  }
  await it.refuses(/audit-chain|UNIQUE/, `INSERT ${disclosure(1, "actor.name")} ON CONFLICT DO UPDATE SET disclosure = excluded.disclosure`);
});

test("a disclosure is what it is said to be, or its event is not appended", async () => {
  const name = ANNS_NAME.disclosure;
  const wrong: unknown[] = [
    "none",
    [["actor.name", ANN]],
    [["actor.name", null, name]],
    [[null, ANN, name]],
    [["actor.name", ANN, ""]],
    [["actor.name", ANN, "a b"]],
    [["actor.name", ANN, `${name}=`]],
    [["actor.name", ANN, "a".repeat(4_096)]],
    [["name", ANN, name]],
    [["actor.name", "", name]],
    [
      ["actor.name", ANN, name],
      ["actor.name", ANN, OTHER_NAME.disclosure],
    ],
  ];
  for (const disclosures of wrong) await it.refuses(/CHECK|NOT NULL|UNIQUE|malformed JSON|rolecall: /, appended("f1", disclosures));
});

test("an erasure takes disclosures away, and not one of them comes back", async () => {
  const left = async () =>
    (await it.database.prepare("SELECT seq FROM audit_disclosure WHERE account = ? ORDER BY seq").bind(TEAM).all<{ seq: number }>()).results;
  await it.takes(`DELETE FROM audit_disclosure WHERE account = '${TEAM}' AND seq = 2`);
  assert.deepEqual(await left(), [{ seq: 1 }, { seq: 3 }]);
  await it.refuses(
    /audit-chain/,
    `INSERT INTO audit_disclosure (account, seq, path, subject, disclosure) VALUES ('${TEAM}', 2, 'actor.name', '${ANN}', '${ANNS_NAME.disclosure}')`,
  );
  await it.takes(`DELETE FROM audit_disclosure WHERE subject = '${ANN}'`);
  assert.deepEqual(await left(), []);
});

test("the next event goes in where the log ends, with its disclosures", async () => {
  await it.takes(`INSERT INTO audit_event ${event(4)}`, `INSERT INTO audit_event ${event(5)}`);
  await it.takes(`INSERT INTO audit_event ${event(1, { account: CARLS_ACCOUNT, id: id("evt", "c1") })}`);
  const data = ["data.email", "grace@example.com", conceal("data.email", "grace@example.com").disclosure];
  await it.takes(appended("e6", [["actor.name", ANN, ANNS_NAME.disclosure], data]), appended("c2", [], CARLS_ACCOUNT));
  const { results } = await it.database.prepare("SELECT account, seq, path, subject FROM audit_disclosure ORDER BY account, seq, path").all();
  assert.deepEqual(results, [
    { account: TEAM, seq: 6, path: "actor.name", subject: ANN },
    { account: TEAM, seq: 6, path: "data.email", subject: "grace@example.com" },
  ]);
});
