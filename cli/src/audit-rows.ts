// The audit log of an account as it is stored. SQL is in crates/store alone otherwise: a log that the Worker exported proves nothing about
// rows that the Worker does not show, so the command reads the table itself, by wrangler.
import { setTimeout } from "node:timers/promises";
import { UserError, count, note } from "./output.ts";
import type { Project } from "./project.ts";
import { messageOf } from "./wrangler-output.ts";
import { type DatabaseOptions, queryDatabase } from "./wrangler.ts";

/** A row of the table `audit_event`, with those of `audit_disclosure` that belong to it. */
export interface AuditRow {
  id: string;
  seq: number;
  at: number;
  actor_type: string;
  actor_id: string;
  /** Digest of the name's disclosure. */
  actor_name: string;
  action: string;
  resource_type: string;
  resource_id: string;
  outcome: string;
  data: string;
  request_id: string;
  prev_hash: string | null;
  hash: string | null;
  /** JSON list of the disclosures that were not erased, by path. */
  disclosures: string;
}

interface Extent {
  accounts: number;
  sealed: number;
  unsealed: number;
  oldest_unsealed: number | null;
}

/** A stored log. */
export interface StoredLog {
  /** The events up to the last sealed one, as an export has them. */
  ndjson: string;
  /** Number of events that wait for their seal, and when the oldest of them happened. */
  unsealed: { events: number; oldest?: string };
}

const COLUMNS = "id, seq, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, prev_hash, hash";
const DISCLOSURES = `(SELECT json_group_array(disclosure) FROM
    (SELECT disclosure FROM audit_disclosure d WHERE d.account = audit_event.account AND d.seq = audit_event.seq ORDER BY path)) AS disclosures`;
/** Rows of one query, at most 4 kB each. */
const PAGE = 2_000;

export const ACCOUNT_ID = /^acct_[0-9a-f]{32}$/;

/** Reads the log of an account. @throws UserError where there is no such account, or no database. */
export async function readStoredLog(project: Project, account: string, database: DatabaseOptions): Promise<StoredLog> {
  // The id is part of the statement, since wrangler has no parameters.
  if (!ACCOUNT_ID.test(account)) throw new UserError(`${account} is not the id of an account.`);
  const log = `FROM audit_event WHERE account = '${account}'`;
  const page = (after: number) => `SELECT ${COLUMNS}, ${DISCLOSURES} ${log} AND seq > ${after} ORDER BY seq LIMIT ${PAGE}`;
  // Events are sealed in their order, and none is ever unsealed: one without a hash before the last sealed one is no event that waits.
  const extentOf = `SELECT (SELECT count(*) FROM account WHERE id = '${account}') AS accounts, coalesce(max(iif(hash IS NULL, NULL, seq)), 0) AS sealed,
    count(*) - count(hash) AS unsealed, min(iif(hash IS NULL, at, NULL)) AS oldest_unsealed ${log}`;
  // The first page in the same run of wrangler, which takes seconds to start.
  let [[extent], rows] = (await execute(project, `${extentOf}; ${page(0)}`, database)) as [[Extent], AuditRow[]];
  if (!extent.accounts) throw new UserError(`There is no account ${account} in the ${database.production ? "production" : "local"} database.`);
  const { sealed, unsealed, oldest_unsealed: oldest } = extent;
  const lines: string[] = [];
  for (;;) {
    lines.push(...rows.filter(({ seq }) => seq <= sealed).map(auditLine));
    const last = rows.at(-1)?.seq ?? sealed;
    if (last >= sealed) break;
    note(`  read ${count(lines.length, "event")}`);
    [rows] = (await execute(project, page(last), database)) as [AuditRow[]];
  }
  return { ndjson: lines.map((line) => `${line}\n`).join(""), unsealed: { events: unsealed, ...(oldest === null ? {} : { oldest: time(oldest) }) } };
}

/** A row as a line of an export: the same bytes, for a row that the Worker wrote. */
export function auditLine(row: AuditRow): string {
  const text = JSON.stringify;
  const actor = { id: row.actor_id, name: { _sd: [row.actor_name] }, type: row.actor_type };
  // Names in the order of RFC 8785. `data` is stored in that form, and is not parsed here: that could change a number.
  const members = [
    `"action":${text(row.action)}`,
    `"actor":${text(actor)}`,
    `"at":${text(time(row.at))}`,
    `"data":${row.data.replace(/[\r\n]/g, " ")}`,
    `"disclosures":${row.disclosures}`,
    `"hash":${text(row.hash)}`,
    `"id":${text(row.id)}`,
    `"outcome":${text(row.outcome)}`,
    `"prev_hash":${text(row.prev_hash)}`,
    `"request_id":${text(row.request_id)}`,
    `"resource":${text({ id: row.resource_id, type: row.resource_type })}`,
    `"seq":${row.seq}`,
    '"v":2',
  ];
  return `{${members.join(",")}}`;
}

/** Milliseconds since 1970 as RFC 3339; as a number where that is no time. */
function time(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.valueOf()) ? String(millis) : date.toISOString();
}

/** Attempts to read: a local database that a running Worker writes at that moment fails with an internal error of workerd. */
const ATTEMPTS = 4;
/** Pause between two attempts in milliseconds. */
const PAUSE = 250;

/** Runs statements that only read, and returns the rows of each. */
async function execute(project: Project, sql: string, database: DatabaseOptions): Promise<unknown[][]> {
  let outcome = await queryDatabase(project.configPath, sql, database);
  for (let attempt = 1; attempt < ATTEMPTS && !outcome.ok && messageOf(outcome).includes("internal error"); attempt += 1) {
    await setTimeout(PAUSE);
    outcome = await queryDatabase(project.configPath, sql, database);
  }
  if (outcome.ok) return (JSON.parse(outcome.out) as { results: unknown[] }[]).map(({ results }) => results);
  const reason = messageOf(outcome);
  if (reason.includes("no such table: audit_disclosure")) throw new UserError("The database is of an older version. Run `rolecall migrate` first.");
  if (reason.includes("no such table"))
    throw new UserError("The database has no tables yet. Run `rolecall migrate`, or name the folder of its data with --persist-to.");
  throw new UserError(`The database cannot be read: ${reason}`);
}
