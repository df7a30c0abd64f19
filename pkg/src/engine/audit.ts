// Verification of an exported audit log, in chunks: memory use does not grow with the log.
import { readOutputLines, writeInput } from "./abi.js";
import type { AuditErasure, AuditFailure, AuditVerification } from "./types.js";

/** Characters of a chunk, before it is extended to the next line feed. */
const CHUNK_LENGTH = 1 << 18;

export function verifyAuditLog(ndjson: string): AuditVerification {
  let events = 0;
  let lastHash = "";
  let erased = 0;
  const erasures: AuditErasure[] = [];
  for (let start = 0; start < ndjson.length; ) {
    const lineFeed = ndjson.indexOf("\n", start + CHUNK_LENGTH);
    const end = lineFeed < 0 ? ndjson.length : lineFeed;
    events = writeInput(`${lastHash}\n${ndjson.slice(start, end)}`).verify_chunk(events);
    // The last event's hash and a line for each erased value; where the chain breaks, `!` and the reason.
    const [hash, ...more] = readOutputLines() as [string, ...string[]];
    if (hash === "!") return { ok: false, seq: events + 1, reason: more[0] as AuditFailure };
    for (const line of more) addErasure(erasures, line);
    erased += more.length;
    lastHash = hash;
    start = end + 1;
  }
  return { ok: true, events, erased, erasures };
}

/** Adds an erased value, a line `<seq> <path>` in the order of the log, to its event. */
function addErasure(erasures: AuditErasure[], line: string): void {
  const space = line.indexOf(" ");
  const [seq, path] = [Number(line.slice(0, space)), line.slice(space + 1)];
  const last = erasures.at(-1);
  if (last?.seq === seq) last.values.push(path);
  else erasures.push({ seq, values: [path] });
}
