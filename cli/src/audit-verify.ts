// Verification of an audit log by the engine, with its result in words.
import { type AuditErasure, type AuditFailure, loadEngine } from "rolecall/core";

/** An intact log, or the first event that breaks its chain. */
export type Verified =
  | {
      ok: true;
      events: number;
      /** Number of values that were erased, and the paths of those of each event. */
      erased: number;
      erasures: AuditErasure[];
      last_hash: string | null;
    }
  | {
      ok: false;
      /** Number of intact events before the first that is not. */
      events: number;
      /** Number that the first bad event should have. */
      seq: number;
      reason: AuditFailure;
      /** The reason in words. */
      message: string;
      /** Line in the file, from 1. */
      line: number;
      /** What the line says of the event, as far as it can be read. */
      event: { id?: string; at?: string; action?: string };
    };

/** Verifies a whole log, oldest event first. */
export async function verifyLog(ndjson: string): Promise<Verified> {
  const result = (await loadEngine()).verifyAuditLog(ndjson);
  if (result.ok) return { ...result, last_hash: text(members(lastLine(ndjson))["hash"]) ?? null };
  const { text: bad, line } = eventLine(ndjson, result.seq);
  const event = members(bad);
  const [id, at, action] = [text(event["id"]), text(event["at"]), text(event["action"])];
  return {
    ok: false,
    events: result.seq - 1,
    seq: result.seq,
    reason: result.reason,
    message: inWords(result.reason, result.seq, event["seq"]),
    line,
    event: { ...(id && { id }), ...(at && { at }), ...(action && { action }) },
  };
}

function inWords(reason: AuditFailure, seq: number, found: unknown): string {
  const isNumber = Number.isInteger(found);
  switch (reason) {
    case "malformed":
      return "it is not an event in JSON. Logs are verified as NDJSON (`accept: application/x-ndjson`), not as CSV or pages";
    case "gap":
      if (!isNumber) return "it has no number";
      return seq === 1
        ? `the log begins with event ${found}. Only a whole log can be verified: export it without a filter`
        : `event ${found} stands where event ${seq} should: events are missing, doubled or out of order`;
    case "version-unknown":
      return "it is not in version 2 of the format. Only that can be verified: export the log again";
    case "hash-missing":
      return "it has no hash";
    case "prev-hash-wrong":
      return seq === 1
        ? "its prev_hash is not the one of a first event: events before it were removed"
        : `its prev_hash is not the hash of event ${seq - 1}: one of the two was replaced`;
    case "hash-wrong":
      return "its content does not have the hash that it was sealed with: it was altered";
    case "disclosure-wrong":
      return "a value that it discloses is not the one that it was sealed with: the value was replaced, doubled or moved";
  }
}

/** The members of a line's JSON object; none where it is no object. */
function members(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A text without characters that would change what a terminal shows around it. */
const text = (value: unknown): string | undefined => (typeof value === "string" ? value.replace(/\p{C}/gu, "") : undefined);

const lastLine = (ndjson: string): string => {
  const end = ndjson.trimEnd();
  return end.slice(end.lastIndexOf("\n") + 1);
};

/** The line of the n-th event, and its number in the text; the engine ignores empty lines. */
function eventLine(ndjson: string, nth: number): { text: string; line: number } {
  const lines = ndjson.split("\n");
  let seen = 0;
  const index = lines.findIndex((line) => line !== "" && line !== "\r" && ++seen === nth);
  return { text: lines[index] ?? "", line: index + 1 };
}
