// An independent reading of the audit log: canonical JSON (RFC 8785) and the hash chain, written from the
// documentation alone and sharing nothing with the server.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AuditEvent } from "./shapes.ts";

export const GENESIS = "0".repeat(64);

/** RFC 8785: members sorted by UTF-16 code units, no white space, strings and numbers as ECMAScript writes them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The hash of an event: over everything in it but the hash. */
export function hashOf(event: AuditEvent): string {
  const { hash: _, ...rest } = event;
  return createHash("sha256").update(canonical(rest), "utf8").digest("hex");
}

/** Demands an unbroken log, oldest first, from its beginning. */
export function expectChain(events: AuditEvent[]): void {
  let prev = GENESIS;
  for (const [index, event] of events.entries()) {
    assert.equal(event.seq, index + 1, `event ${index + 1} is numbered ${event.seq}`);
    assert.equal(event.prev_hash, prev, `event ${event.seq} does not follow the one before`);
    assert.equal(event.hash, hashOf(event), `event ${event.seq} (${event.action}) has another hash`);
    prev = event.hash;
  }
}

/** `action outcome` of each, for comparing whole logs. */
export function actionsAndOutcomes(events: AuditEvent[]): string[] {
  return events.map((event) => (event.outcome === "done" ? event.action : `${event.action} denied`));
}
