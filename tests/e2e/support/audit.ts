// An independent reading of the audit log: canonical JSON (RFC 8785), the hash chain and the disclosures of RFC 9901, written
// from the documentation (docs/AUDIT_LOG.md) alone and sharing nothing with the server.

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

/** An event as a line of an NDJSON export: with digests in the places of personal values, and the disclosures that are left. */
export interface HashedEvent extends Omit<AuditEvent, "actor" | "erased"> {
  readonly actor: { readonly type: string; readonly id: string; readonly name: Placeholder };
  readonly disclosures: readonly string[];
}

/** What stands in the hashed event for a personal value: the digest of its disclosure. */
export interface Placeholder {
  readonly _sd: readonly [digest: string];
}

/** A personal value as the Worker conceals it: its disclosure, and the digest of that. */
export function conceal(path: string, value: string, salt = "AAAAAAAAAAAAAAAAAAAAAA"): { disclosure: string; digest: string } {
  const disclosure = Buffer.from(JSON.stringify([salt, path.slice(path.lastIndexOf(".") + 1), value])).toString("base64url");
  return { disclosure, digest: digestOf(disclosure) };
}

export const digestOf = (disclosure: string): string => createHash("sha256").update(disclosure).digest("base64url");

/** The hash of an event: over everything in it but the hash and the disclosures. */
export function hashOf({ hash: _, disclosures: __, ...rest }: HashedEvent): string {
  return createHash("sha256").update(canonical(rest), "utf8").digest("hex");
}

/** Demands an unbroken log, oldest first, from its beginning, in which no disclosure is other than what was hashed. */
export function expectChain(events: readonly HashedEvent[]): void {
  let prev = GENESIS;
  for (const [index, event] of events.entries()) {
    assert.equal(event.seq, index + 1, `event ${index + 1} is numbered ${event.seq}`);
    assert.equal(event.v, 2, `event ${event.seq} is of another version`);
    assert.equal(event.prev_hash, prev, `event ${event.seq} does not follow the one before`);
    assert.equal(event.hash, hashOf(event), `event ${event.seq} (${event.action}) has another hash`);
    disclosed(event);
    prev = event.hash;
  }
}

/** The event as the JSON page has it: values in the places of their digests, null and a path in `erased` where they were erased. */
export function disclosed({ disclosures, ...event }: HashedEvent): AuditEvent {
  const left = new Map(disclosures.map((text) => [digestOf(text), JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as string[]]));
  assert.equal(left.size, disclosures.length, `event ${event.seq} discloses a value twice`);
  const erased: string[] = [];
  const open = (value: unknown, path: string[]): unknown => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    if (!("_sd" in value)) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, open(member, [...path, name])]));
    const [digest] = (value as Placeholder)._sd;
    const [salt, name, text, ...more] = left.get(digest) ?? [];
    if (!left.delete(digest)) erased.push(path.join("."));
    else assert.deepEqual([Buffer.from(salt!, "base64url").length, name, typeof text, more], [16, path.at(-1), "string", []], `event ${event.seq}`);
    return text ?? null;
  };
  const opened = open(event, []) as AuditEvent;
  assert.equal(left.size, 0, `event ${event.seq} discloses what it does not contain`);
  return { ...opened, erased: erased.sort() };
}

/** `action outcome` of each, for comparing whole logs. */
export function actionsAndOutcomes(events: AuditEvent[]): string[] {
  return events.map((event) => (event.outcome === "done" ? event.action : `${event.action} denied`));
}
