// The shapes of the contract, as a reader of it would type them, and checks that an answer has them.

import assert from "node:assert/strict";

export interface User {
  id: string;
  email: string;
  email_verified: boolean;
  name: string;
  created_at: string;
}
export interface Account {
  id: string;
  kind: "personal" | "team";
  name: string;
  owner: string;
  role: string;
  version: number;
  created_at: string;
}
export interface Member {
  user: { id: string; name: string; email: string };
  role: string;
  joined_at: string;
}
export interface Invitation {
  id: string;
  account: string;
  email: string;
  role: string;
  state: "pending" | "accepted" | "declined" | "revoked" | "expired";
  link?: string;
  expires_at: string | null;
  invited_by: string;
  created_at: string;
}
export interface Role {
  code: string;
  title: string;
  built_in: boolean;
  overrides_built_in?: true;
  permissions: string[];
}
export interface Session {
  id: string;
  current: boolean;
  user_agent: string;
  created_at: string;
  last_seen_at: string;
}
export interface AuditEvent {
  id: string;
  seq: number;
  at: string;
  actor: { type: string; id: string; name: string };
  action: string;
  resource: { type: string; id: string };
  outcome: "done" | "denied";
  data: Record<string, unknown>;
  request_id: string;
  prev_hash: string;
  hash: string;
}
export interface Mail {
  to: string;
  subject: string;
  text: string;
  links: string[];
  created_at: string;
}
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
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

export const isUser = (value: any) =>
  demand(value, { id: id("usr"), email: /^[^@\s]+@[^@\s]+$/, email_verified: (v) => v === true, name: "string", created_at: TIME }, "user");
export const isAccount = (value: any) =>
  demand(
    value,
    { id: id("acct"), kind: /^(personal|team)$/, name: "string", owner: id("usr"), role: "string", version: Number.isInteger, created_at: TIME },
    "account",
  );
export function isMember(value: any): void {
  demand(value, { user: (v) => v !== null && typeof v === "object", role: "string", joined_at: TIME }, "member");
  demand(value.user, { id: id("usr"), name: "string", email: "string" }, "member.user");
}
export function isInvitation(value: any): void {
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
export const isRole = (value: any) => demand(value, { code: "string", title: "string", built_in: "boolean", permissions: Array.isArray }, "role");
export const isSession = (value: any) =>
  demand(value, { id: id("ses"), current: "boolean", user_agent: "string", created_at: TIME, last_seen_at: TIME }, "session");
export function isAuditEvent(value: any): void {
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
    },
    "event",
  );
  demand(value.actor, { type: "string", id: "string", name: "string" }, "event.actor");
  demand(value.resource, { type: "string", id: "string" }, "event.resource");
}
export function isPage(value: any, item: (value: any) => void): void {
  assert.ok(Array.isArray(value.items), "a list has items");
  assert.ok(value.next_cursor === null || typeof value.next_cursor === "string", "a list has next_cursor");
  value.items.forEach(item);
}
