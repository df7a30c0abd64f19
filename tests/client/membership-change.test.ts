// The notice that the console shows when another member changed the user's membership, from two responses of `GET /v1/me`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf } from "../../console/src/data/membership-change.ts";
import type { Account, Me } from "../../console/src/data/types.ts";

/** An account with the members that the notice is about, and a version, which it ignores. */
const account = (id: string, change: Partial<Account> = {}) => ({ id, kind: "team", name: `Team ${id}`, role: "admin", version: 1, ...change }) as Account;
const home = account("home", { kind: "personal", name: "Grace" });
const me = (active: string, ...accounts: Account[]): Me => ({
  user: { id: "usr_1", email: "grace@example.com", email_verified: true, name: "Grace", created_at: "2026-01-01T00:00:00Z" },
  active_account: active,
  more_memberships: false,
  memberships: accounts.map((one) => ({ account: one, role: one.role })),
});

test("losing the account in use, its team or the role in it is noticed; no other change is", () => {
  const before = me("a", home, account("a"), account("b"));
  assert.deepEqual(changeOf(before, me("home", home, account("b"))), { what: "gone", team: "Team a", now: "Grace" });
  // The server may still name the lost account as active: the first membership is in use then.
  assert.deepEqual(changeOf(before, me("a", account("b"))), { what: "gone", team: "Team a", now: "Team b" });
  assert.deepEqual(changeOf(before, me("a")), { what: "gone", team: "Team a", now: undefined });
  assert.deepEqual(changeOf(before, me("a", home, account("a", { role: "basic", version: 2 }), account("b"))), { what: "role", team: "Team a", role: "basic" });
  assert.deepEqual(changeOf(before, me("a", home, account("a", { kind: "personal", name: "Ada" }), account("b"))), { what: "personal", team: "Team a" });

  assert.equal(changeOf(before, before), undefined);
  // Switched, renamed, invited elsewhere, removed from an account that is not in use
  assert.equal(changeOf(before, me("b", home, account("a"), account("b"))), undefined);
  assert.equal(changeOf(before, me("a", home, account("a", { name: "Acme", version: 9 }), account("c"))), undefined);
  // Converted by the user, or another user signed in
  assert.equal(changeOf(me("home", home), me("home", account("home"))), undefined);
  assert.equal(changeOf(before, { ...me("x", account("x")), user: { ...before.user, id: "usr_2" } }), undefined);
});
