// Attacks with SQL on the audit log: append-only, numbered without gaps, sealed once

import { test } from "node:test";
import { ANN, CARLS_ACCOUNT, DANGLING, TEAM, id, openAttackedDatabase } from "./attacked-database.ts";

const it = await openAttackedDatabase();
const columns = "account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id";
const event = (seq: number, more: { id?: string; account?: string; outcome?: string; data?: string } = {}) =>
  `(${columns}) VALUES ('${more.account ?? TEAM}', ${seq}, '${more.id ?? id("evt", `e${seq}`)}', 5000, 'user', '${ANN}', 'Ann', 'account.update', 'account', '${TEAM}', '${more.outcome ?? "done"}', '${more.data ?? "{}"}', 'r')`;
const A = "a".repeat(64);
const B = "b".repeat(64);

test("no event is ever changed, sealed or not, in any column", async () => {
  const changes = [
    "actor_id = 'x'",
    "actor_name = 'Nobody'",
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
  await it.refuses(/audit-chain|UNIQUE/, `INSERT INTO audit_event ${event(3)} ON CONFLICT DO UPDATE SET actor_name = 'Nobody'`);
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

test("the next event goes in where the log ends", async () => {
  await it.takes(`INSERT INTO audit_event ${event(4)}`, `INSERT INTO audit_event ${event(5)}`);
  await it.takes(`INSERT INTO audit_event ${event(1, { account: CARLS_ACCOUNT, id: id("evt", "c1") })}`);
});
