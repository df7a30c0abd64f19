// A database with the project's schema and a few accounts in it, and what an attack on it must come to: an abort, and
// not a row changed.

import assert from "node:assert/strict";
import { after } from "node:test";
import { conceal } from "../e2e/support/audit.ts";
import type { D1Database } from "../e2e/support/cloudflare-types.ts";
import { expectInvariants } from "../e2e/support/invariants.ts";
import { bareDatabase } from "../e2e/support/worker.ts";

/** Ids that are easy to tell apart in a message: `usr_…0a`. */
export const id = (prefix: string, tail: string): string => `${prefix}_${tail.padStart(32, "0")}`;

export const ANN = id("usr", "a");
export const BOB = id("usr", "b");
export const CARL = id("usr", "c");
export const TEAM = id("acct", "1");
export const PERSONAL_ACCOUNT = id("acct", "2");
export const CARLS_ACCOUNT = id("acct", "3");
export const ANNS_ACCOUNT = id("acct", "4");

/** A deferred foreign key fails only at the end of the batch, for which workerd has no better words. */
export const DANGLING = /FOREIGN KEY|internal error/;
export const PENDING_INVITATION = id("inv", "1");
export const ACCEPTED_INVITATION = id("inv", "2");
export const REVOKED_INVITATION = id("inv", "3");
export const KEY = id("key", "1");
export const GONE_KEY = id("key", "2");

/** Ann's name in the events: the digest is in the event, the disclosure beside it. */
export const ANNS_NAME = conceal("actor.name", "Ann");

/** Columns of the view that appends an event with the next number, together with the disclosures of its personal values. */
export const APPEND_COLUMNS = "account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures";

const event = (seq: number) => {
  const what = seq === 1 ? `'invitation.accept', 'invitation', '${ACCEPTED_INVITATION}'` : `'account.update', 'account', '${TEAM}'`;
  const disclosures = JSON.stringify([["actor.name", ANN, ANNS_NAME.disclosure]]);
  return `('${TEAM}', '${id("evt", String(seq))}', ${1000 + seq}, 'user', '${ANN}', '${ANNS_NAME.digest}', ${what}, 'done', '{}', 'r', '${disclosures}')`;
};

/** The row of a user's password. */
const password = (user: string) => `('${user}', '${user.replace("usr", "idn")}', 'password', 'x', 0, 1)`;

/** Ann owns a team in which Bob is on call; each of the three has a personal account. */
const ROWS = [
  `INSERT INTO user (id, email, name, active_account, created_at) VALUES ('${ANN}', 'ann@example.com', 'Ann', '${TEAM}', 1), ('${BOB}', 'bob@example.com', 'Bob', '${PERSONAL_ACCOUNT}', 1), ('${CARL}', 'carl@example.com', 'Carl', '${CARLS_ACCOUNT}', 1)`,
  `INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ${[ANN, BOB, CARL].map(password).join(", ")}`,
  `INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('${TEAM}', 'team', 'Team', '${ANN}', 5, 1), ('${PERSONAL_ACCOUNT}', 'personal', 'Bob', '${BOB}', 1, 1), ('${CARLS_ACCOUNT}', 'personal', 'Carl', '${CARL}', 1, 1), ('${ANNS_ACCOUNT}', 'personal', 'Ann', '${ANN}', 1, 1)`,
  `INSERT INTO member (account, user, role, joined_at) VALUES ('${TEAM}', '${ANN}', 'admin', 1), ('${PERSONAL_ACCOUNT}', '${BOB}', 'admin', 1), ('${CARLS_ACCOUNT}', '${CARL}', 'admin', 1), ('${ANNS_ACCOUNT}', '${ANN}', 'admin', 1), ('${TEAM}', '${BOB}', 'on-call', 2)`,
  `INSERT INTO role (account, code, title, permissions) VALUES ('${TEAM}', 'on-call', 'On call', '["team.access"]')`,
  `INSERT INTO invitation (id, account, email, role, state, link_version, expires_at, invited_by, created_at) VALUES ('${PENDING_INVITATION}', '${TEAM}', 'p@example.com', 'dev', 'pending', 2, 9000, '${ANN}', 1), ('${ACCEPTED_INVITATION}', '${TEAM}', 'bob@example.com', 'dev', 'pending', 1, 9000, '${ANN}', 1), ('${REVOKED_INVITATION}', '${TEAM}', 'r@example.com', 'dev', 'pending', 1, 9000, '${ANN}', 1)`,
  `UPDATE invitation SET state = 'accepted', closed_by = '${BOB}', closed_at = 2 WHERE id = '${ACCEPTED_INVITATION}'`,
  `UPDATE invitation SET state = 'revoked', closed_by = '${ANN}', closed_at = 2 WHERE id = '${REVOKED_INVITATION}'`,
  `INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) VALUES ('${KEY}', '${TEAM}', 'k', 's1', '[]', '[]', '${ANN}', 1), ('${GONE_KEY}', '${TEAM}', 'g', 's2', '[]', '[]', '${ANN}', 1)`,
  `UPDATE api_key SET revoked_at = 5 WHERE id = '${GONE_KEY}'`,
  ...[1, 2, 3].map((seq) => `INSERT INTO audit_append (${APPEND_COLUMNS}) VALUES ${event(seq)}`),
  `UPDATE audit_event SET prev_hash = '${"0".repeat(64)}', hash = '${"a".repeat(64)}' WHERE account = '${TEAM}' AND seq = 1`,
  `INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at) VALUES ('${id("ses", "1")}', '${ANN}', 't1', 'x', 1, 1)`,
  `INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('${id("sgn", "1")}', 'ann@example.com', 'Ann', 'x', 0, 1)`,
  `INSERT INTO reset (id, email, user, open, created_at) VALUES ('${id("rst", "1")}', 'ann@example.com', '${ANN}', 0, 1)`,
];

const TABLES = ["user", "identity", "account", "member", "role", "invitation", "audit_event", "audit_disclosure", "api_key", "session", "signup", "reset"];

export class Attacked {
  readonly database: D1Database;

  constructor(database: D1Database) {
    this.database = database;
  }

  async snapshot(): Promise<string> {
    const answers = await this.database.batch(TABLES.map((table) => this.database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)));
    return JSON.stringify(answers.map((answer) => answer.results));
  }

  /** Runs statements as one batch, which is how the Worker writes. */
  run(...sql: string[]): Promise<unknown> {
    return this.database.batch(sql.map((text) => this.database.prepare(text)));
  }

  /** Demands that the statements abort, alone and behind a harmless change, and that nothing of either stays. */
  async refuses(because: RegExp, ...sql: string[]): Promise<void> {
    const before = await this.snapshot();
    const harmless = `UPDATE user SET name = 'Changed' WHERE id = '${CARL}'`;
    for (const batch of [sql, [harmless, ...sql], [...sql, harmless]]) {
      await assert.rejects(this.run(...batch), because, `not refused: ${sql.join("; ")}`);
      assert.equal(await this.snapshot(), before, `something of it stayed: ${sql.join("; ")}`);
    }
    await expectInvariants(this.database);
  }

  /** The counter-proof: a change of the same kind that is right goes through. */
  async takes(...sql: string[]): Promise<void> {
    await this.run(...sql);
    await expectInvariants(this.database);
  }
}

export async function openAttackedDatabase(): Promise<Attacked> {
  const { database, stop } = await bareDatabase();
  after(stop);
  const attacked = new Attacked(database);
  await attacked.run(...ROWS);
  await expectInvariants(database);
  return attacked;
}
