// The shapes of the contract: the types that are generated from the OpenAPI document, and checks, as a reader of the
// contract would type them, that an answer has what its type says.

import assert from "node:assert/strict";
import type * as api from "../../../pkg/src/generated/api.ts";

export type User = api.UserResponse;
export type Account = api.AccountResponse;
export type Member = api.MemberResponse;
export type Invitation = api.InvitationResponse;
export type Role = api.RoleResponse;
/** A sealed event; reading the log seals it first. */
export type AuditEvent = api.AuditEventResponse & { readonly prev_hash: string; readonly hash: string };

/** A mail in the outbox of development, which the document does not describe. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  links: string[];
  created_at: string;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const id = (prefix: string) => new RegExp(`^${prefix}_[0-9a-f]{32}$`);
const hash = /^[0-9a-f]{64}$/;

type Check = RegExp | "string" | "boolean" | "number" | ((value: any) => boolean);

function demand(value: any, shape: Record<string, Check>, what: string): void {
  for (const [name, check] of Object.entries(shape)) {
    const shown = `${what}.${name}: ${JSON.stringify(value?.[name])} in ${JSON.stringify(value)}`;
    assert.ok(value !== null && typeof value === "object" && name in value, `missing ${shown}`);
    if (check instanceof RegExp) assert.match(String(value[name]), check, shown);
    else if (typeof check === "string") assert.equal(typeof value[name], check, shown);
    else assert.ok(check(value[name]), shown);
  }
}

export const expectUser = (value: any) =>
  demand(value, { id: id("usr"), email: /^[^@\s]+@[^@\s]+$/, email_verified: (v) => v === true, name: "string", created_at: TIME }, "user");
export const expectAccount = (value: any) =>
  demand(
    value,
    { id: id("acct"), kind: /^(personal|team)$/, name: "string", owner: id("usr"), role: "string", version: Number.isInteger, created_at: TIME },
    "account",
  );
export function expectMember(value: any): void {
  demand(value, { user: (v) => v !== null && typeof v === "object", role: "string", joined_at: TIME }, "member");
  demand(value.user, { id: id("usr"), name: "string", email: "string" }, "member.user");
}
export function expectInvitation(value: any): void {
  const ends: Check = (v) => v === null || TIME.test(v);
  demand(
    value,
    {
      id: id("inv"),
      account: id("acct"),
      email: "string",
      role: "string",
      state: /^(pending|accepted|declined|revoked|expired)$/,
      expires_at: ends,
      invited_by: id("usr"),
      created_at: TIME,
    },
    "invitation",
  );
  if (value.state === "pending") assert.match(value.link, /\/join#token=[^&]+$/, "a pending invitation carries its link");
  else assert.ok(value.link === undefined || value.link === null, `an invitation that is ${value.state} has no link`);
}
export const expectRole = (value: any) => demand(value, { code: "string", title: "string", built_in: "boolean", permissions: Array.isArray }, "role");
export const expectSession = (value: any) =>
  demand(
    value,
    {
      id: id("ses"),
      current: "boolean",
      user_agent: "string",
      created_at: TIME,
      last_seen_at: TIME,
      aal: (v) => v === 1 || v === 2,
      amr: (v) => Array.isArray(v) && v.length > 0 && v.every((method) => /^[a-z]{2,4}$/.test(method)),
      auth_time: TIME,
    },
    "session",
  );
/** A way of the caller to sign in. */
export const expectSignInMethod = (value: any) =>
  demand(
    value,
    { id: id("idn"), kind: /^(password|email|passkey|provider|totp|recovery)$/, created_at: TIME, last_used_at: (v) => v === null || TIME.test(v) },
    "sign-in method",
  );
/** A passkey of the caller. */
export const expectPasskey = (value: any) => {
  demand(
    value,
    {
      id: id("idn"),
      label: "string",
      backup_eligible: "boolean",
      backed_up: "boolean",
      aaguid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      transports: (v) => Array.isArray(v) && v.every((transport) => typeof transport === "string"),
      created_at: TIME,
      last_used_at: (v) => v === null || TIME.test(v),
    },
    "passkey",
  );
  assert.equal(Object.keys(value).length, 8, JSON.stringify(value));
};
export function expectAuditEvent(value: any): void {
  demand(
    value,
    {
      id: id("evt"),
      seq: Number.isInteger,
      at: TIME,
      action: /^[a-z_]+\.[a-z_]+$/,
      outcome: /^(done|denied)$/,
      data: (v) => v !== null && typeof v === "object",
      request_id: "string",
      prev_hash: hash,
      hash,
      v: (v) => v === 2,
      erased: (v) => Array.isArray(v) && v.every((path) => /^(actor|data)\.[a-z_]+$/.test(path)),
    },
    "event",
  );
  demand(value.actor, { type: "string", id: "string", name: (v) => typeof v === "string" || value.erased.includes("actor.name") }, "event.actor");
  demand(value.resource, { type: "string", id: "string" }, "event.resource");
}
export function expectPage(value: any, item: (value: any) => void): void {
  assert.ok(Array.isArray(value.items), "a list has items");
  assert.ok(value.next_cursor === null || typeof value.next_cursor === "string", "a list has next_cursor");
  value.items.forEach(item);
}
