// Verification of an exported audit log, in chunks: memory use does not grow with the log.
import { readOutputLines, writeInput } from "./abi.js";
import type { AuditFailure, AuditVerification } from "./types.js";

/** Characters of a chunk, before it is extended to the next line feed. */
const CHUNK_LENGTH = 1 << 18;

export function verifyAuditLog(ndjson: string): AuditVerification {
  let events = 0;
  let lastHash = "";
  for (let start = 0; start < ndjson.length; ) {
    const lineFeed = ndjson.indexOf("\n", start + CHUNK_LENGTH);
    const end = lineFeed < 0 ? ndjson.length : lineFeed;
    events = writeInput(`${lastHash}\n${ndjson.slice(start, end)}`).verify_chunk(events);
    // Either the last event's hash or, where the chain breaks, `!` and the reason.
    const [hash, reason] = readOutputLines() as [string, AuditFailure?];
    if (reason) return { ok: false, seq: events + 1, reason };
    lastHash = hash;
    start = end + 1;
  }
  return { ok: true, events };
}
