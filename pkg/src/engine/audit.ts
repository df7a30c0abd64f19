// Verifies an exported audit log in pieces, so that a long log takes little memory.
import { lines, pass } from "./glue.js";
import type { AuditBreak, AuditVerdict } from "./types.js";

/** Characters of a piece, before it is filled up to the end of a line. */
const PIECE = 1 << 18;

export function verifyAuditLog(ndjson: string): AuditVerdict {
  let events = 0;
  let last = "";
  for (let from = 0; from < ndjson.length; ) {
    const end = ndjson.indexOf("\n", from + PIECE);
    const to = end < 0 ? ndjson.length : end;
    events = pass(`${last}\n${ndjson.slice(from, to)}`).verify(events);
    // The last event's hash, or `!` and why where the chain breaks.
    const [hash, reason] = lines() as [string, AuditBreak?];
    if (reason) return { ok: false, seq: events + 1, reason };
    last = hash;
    from = to + 1;
  }
  return { ok: true, events };
}
