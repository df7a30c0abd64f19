// The named invariants, asked of the database itself. Each entry is a query that finds violations; it must find none.

import assert from "node:assert/strict";
import type { D1Database } from "./cloudflare-types.ts";

export const VIOLATIONS: Record<string, string> = {
  "owner-is-admin: every owner is a member with role admin":
    "SELECT a.id FROM account a WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.account = a.id AND m.user = a.owner AND m.role = 'admin')",
  "a personal account has exactly its owner as member":
    "SELECT a.id FROM account a WHERE a.kind = 'personal' AND (SELECT count(*) FROM member m WHERE m.account = a.id) <> 1",
  "a personal account has no pending invitation":
    "SELECT a.id FROM account a JOIN invitation i ON i.account = a.id WHERE a.kind = 'personal' AND i.state = 'pending'",
  "a personal account has no custom role": "SELECT a.id FROM account a JOIN role r ON r.account = a.id WHERE a.kind = 'personal'",
  "single-use: an invitation is accepted at most once in the log":
    "SELECT resource_id FROM audit_event WHERE action = 'invitation.accept' AND outcome = 'done' GROUP BY resource_id HAVING count(*) > 1",
  "single-use: what the log says was accepted is accepted":
    "SELECT e.resource_id FROM audit_event e JOIN invitation i ON i.id = e.resource_id WHERE e.action = 'invitation.accept' AND e.outcome = 'done' AND i.state <> 'accepted'",
  "an accepted invitation has its event":
    "SELECT i.id FROM invitation i WHERE i.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.resource_id = i.id AND e.action = 'invitation.accept' AND e.outcome = 'done')",
  "one pending invitation per account and email": "SELECT account FROM invitation WHERE state = 'pending' GROUP BY account, email HAVING count(*) > 1",
  "audit-chain: numbers have no gap": "SELECT account FROM audit_event GROUP BY account HAVING min(seq) <> 1 OR max(seq) <> count(*)",
  "every member has a role that exists":
    "SELECT m.user FROM member m WHERE m.role NOT IN ('basic', 'billing', 'dev', 'admin') AND NOT EXISTS (SELECT 1 FROM role r WHERE r.account = m.account AND r.code = m.role)",
  "everybody acts in an account that they belong to":
    "SELECT u.id FROM user u WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.user = u.id AND m.account = u.active_account)",
  "everybody owns an account": "SELECT u.id FROM user u WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.owner = u.id)",
  "everybody has a way to sign in": "SELECT u.id FROM user u WHERE NOT EXISTS (SELECT 1 FROM identity i WHERE i.user = u.id)",
  "one user per email": "SELECT email FROM user GROUP BY email HAVING count(*) > 1",
  "the counted members are the members": "SELECT a.id FROM account a WHERE a.members <> (SELECT count(*) FROM member m WHERE m.account = a.id)",
  "the counted pending invitations are those":
    "SELECT a.id FROM account a WHERE a.pending_invitations <> (SELECT count(*) FROM invitation i WHERE i.account = a.id AND i.state = 'pending')",
  "counters stay within the caps": "SELECT id FROM account WHERE members > 20000 OR pending_invitations > 20000 OR custom_roles > 64 OR api_keys > 200",
};

/** The names of the invariants that do not hold now. */
export async function broken(database: D1Database): Promise<string[]> {
  const names = Object.keys(VIOLATIONS);
  const answers = await database.batch(Object.values(VIOLATIONS).map((sql) => database.prepare(sql)));
  return names.filter((_, index) => answers[index].results.length > 0);
}

export async function expectInvariants(database: D1Database): Promise<void> {
  assert.deepEqual(await broken(database), []);
}
