// `rolecall audit verify`: whether an audit log is whole and unaltered.
import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { ACCOUNT_ID, type StoredLog, readStoredLog } from "../audit-rows.ts";
import { type Verified, verifyLog } from "../audit-verify.ts";
import { persistToOption } from "../options.ts";
import { type OutputOptions, UserError, count, note, print } from "../output.ts";
import { Project } from "../project.ts";
import { requireSignedIn } from "../signed-in.ts";
import type { DatabaseOptions } from "../wrangler.ts";

const EXAMPLES = `
A log that lacks its last events verifies: to notice that, compare the number of events or the last hash with one that you kept.
So does a log with erased values (names, emails, labels); they are counted, and --json lists them by event.
Exits with 1 at the first event that is missing, doubled, out of order or altered.

Examples:
  $ curl -H 'accept: application/x-ndjson' … > audit-log.ndjson     # GET /v1/accounts/{id}/audit-log
  $ rolecall audit verify audit-log.ndjson
  $ rolecall audit verify acct_0199f0a1b2c37d4e8f00112233445566
  $ rolecall audit verify acct_0199f0a1b2c37d4e8f00112233445566 --production --json`;

const GROUP_EXAMPLES = `
Examples:
  $ rolecall audit verify audit-log.ndjson
  $ rolecall audit verify acct_0199f0a1b2c37d4e8f00112233445566 --production

\`rolecall audit verify --help\` says what is proven.`;

type VerifyOptions = OutputOptions & DatabaseOptions;

export function addAudit(program: Command): void {
  const audit = program.command("audit").description("verifies audit logs").addHelpText("after", GROUP_EXAMPLES);
  audit
    .command("verify")
    .description("verifies the numbers, hashes and chain of an exported audit log, or of an account's log in the database")
    .argument("<file|account>", "an exported log (NDJSON), or the id of an account (acct_…)")
    .option("--production", "read the database on Cloudflare; the local one by default")
    .addOption(persistToOption().conflicts("production"))
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(verify);
}

async function verify(source: string, options: VerifyOptions): Promise<void> {
  // A file of the same name is what was meant: nothing else is on this machine by that name.
  const isAccount = ACCOUNT_ID.test(source) && !existsSync(source);
  if (isAccount && options.production) await requireSignedIn();
  const { ndjson, unsealed } = isAccount ? await readStoredLog(new Project(), source, options) : { ndjson: readLog(source) };
  const verified = await verifyLog(ndjson);
  if (!verified.ok) process.exitCode = 1;
  if (verified.ok || options.json) print({ source, ...verified, ...(unsealed ? { unsealed } : {}) }, options, () => intact(source, verified, unsealed));
  else note(broken(isAccount ? source : `${source}:${verified.line}`, verified));
}

function readLog(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read, and is not the id of an account: ${(error as Error).message}`);
  }
  // An empty file is more likely a failed export than a log: every account has an event.
  if (text.trim() === "") throw new UserError(`${file} has no events.`);
  return text;
}

function intact(source: string, { events, ...verified }: Verified, unsealed: StoredLog["unsealed"] | undefined): string {
  const last = verified.ok && verified.last_hash ? `, last hash ${verified.last_hash}` : "";
  const erased = verified.ok && verified.erased > 0 ? `\n${count(verified.erased, "value")} erased, in ${count(verified.erasures.length, "event")}` : "";
  const waiting = unsealed?.events ? `\n${count(unsealed.events, "event")} not sealed yet, the oldest of ${unsealed.oldest}` : "";
  return `${source}: ${count(events, "event")}, the chain holds${last}${erased}${waiting}`;
}

function broken(place: string, { seq, events, message, reason, event }: Extract<Verified, { ok: false }>): string {
  const known = [event.id, event.at, event.action].filter((part) => part !== undefined).join(", ");
  const before = events === 0 ? "" : `\n  ${count(events, "event")} before it: intact`;
  return `✗ ${place}: event ${seq} breaks the chain: ${message} (${reason})${known ? `\n  It says: ${known}` : ""}${before}`;
}
