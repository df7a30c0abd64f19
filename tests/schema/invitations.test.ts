// Attacks with SQL on invitations and one-time links: single-use, fixed terms, one waiting per email, dead stays dead

import { test } from "node:test";
import {
  ACCEPTED_INVITATION,
  ANN,
  BOB,
  CARL,
  CARLS_ACCOUNT,
  DANGLING,
  PENDING_INVITATION,
  REVOKED_INVITATION,
  TEAM,
  id,
  openAttackedDatabase,
} from "./attacked-database.ts";

const it = await openAttackedDatabase();
const insert = (tail: string, more: Record<string, string> = {}) => {
  const row: Record<string, string> = {
    id: `'${id("inv", tail)}'`,
    account: `'${TEAM}'`,
    email: "'x@example.com'",
    role: "'dev'",
    state: "'pending'",
    link_version: "1",
    invited_by: `'${ANN}'`,
    created_at: "1",
    ...more,
  };
  return `(${Object.keys(row)}) VALUES (${Object.values(row)})`;
};

test("single-use: what is over cannot be taken, refused or revoked again, nor wait again", async () => {
  for (const [over, now] of [
    [ACCEPTED_INVITATION, "accepted"],
    [ACCEPTED_INVITATION, "revoked"],
    [ACCEPTED_INVITATION, "pending"],
    [REVOKED_INVITATION, "accepted"],
    [REVOKED_INVITATION, "pending"],
    [REVOKED_INVITATION, "declined"],
  ]) {
    await it.refuses(
      /single-use|CHECK/,
      `UPDATE invitation SET state = '${now}', closed_by = '${CARL}', closed_at = ${now === "pending" ? "NULL" : "3"} WHERE id = '${over}'`,
    );
  }
  await it.refuses(/single-use/, `UPDATE invitation SET closed_by = '${CARL}' WHERE id = '${ACCEPTED_INVITATION}'`);
  await it.refuses(/single-use/, `UPDATE invitation SET closed_at = 99 WHERE id = '${ACCEPTED_INVITATION}'`);
  await it.refuses(/single-use/, `UPDATE invitation SET state = 'revoked', closed_at = 3`);
});

test("single-use: nobody accepts without a name, nothing ends without a time", async () => {
  await it.refuses(/CHECK/, `UPDATE invitation SET state = 'accepted', closed_at = 3 WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/CHECK/, `UPDATE invitation SET state = 'revoked' WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/CHECK/, `UPDATE invitation SET closed_at = 3 WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/CHECK/, `UPDATE invitation SET state = 'forgotten', closed_at = 3 WHERE id = '${PENDING_INVITATION}'`);
});

test("an invitation keeps its team, email and role, and its inviter while its link is the same", async () => {
  for (const change of [`email = 'eve@example.com'`, `role = 'admin'`, `account = '${CARLS_ACCOUNT}'`, `id = '${id("inv", "7")}'`, `created_at = 9`]) {
    await it.refuses(/keeps its terms/, `UPDATE invitation SET ${change} WHERE id = '${PENDING_INVITATION}'`);
  }
  await it.refuses(/only a new link/, `UPDATE invitation SET invited_by = '${BOB}' WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/only a new link/, `UPDATE invitation SET invited_by = '${BOB}', link_version = link_version WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/only a new link|stays dead/, `UPDATE invitation SET invited_by = '${BOB}', link_version = 9 WHERE id = '${ACCEPTED_INVITATION}'`);
});

test("an old link stays dead, and the link of an ended invitation does not come back", async () => {
  await it.refuses(/stays dead/, `UPDATE invitation SET link_version = 1 WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/stays dead/, `UPDATE invitation SET link_version = 5 WHERE id = '${REVOKED_INVITATION}'`);
  await it.refuses(/stays dead/, `UPDATE invitation SET expires_at = NULL WHERE id = '${ACCEPTED_INVITATION}'`);
  await it.refuses(/CHECK|stays dead/, `UPDATE invitation SET link_version = 0 WHERE id = '${PENDING_INVITATION}'`);
  await it.takes(`UPDATE invitation SET link_version = 3, expires_at = 9500 WHERE id = '${PENDING_INVITATION}'`);
});

test("one waits per account and email, also against IGNORE and REPLACE", async () => {
  for (const verb of ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"]) {
    await it.refuses(/invitation exists|UNIQUE/, `${verb} INTO invitation ${insert("8", { email: "'p@example.com'" })}`);
    await it.refuses(/invitation exists|UNIQUE/, `${verb} INTO invitation ${insert("2", { email: "'other@example.com'" })}`);
  }
});

test("invitations are never deleted", async () => {
  await it.refuses(/never deleted/, `DELETE FROM invitation WHERE id = '${PENDING_INVITATION}'`);
  await it.refuses(/never deleted/, "DELETE FROM invitation");
});

test("an invitation belongs to an account and an inviter that exist", async () => {
  await it.refuses(DANGLING, `INSERT INTO invitation ${insert("8", { account: `'${id("acct", "99")}'` })}`);
  await it.refuses(DANGLING, `INSERT INTO invitation ${insert("8", { invited_by: `'${id("usr", "99")}'` })}`);
});

test("the counter of those that wait follows by itself", async () => {
  await it.takes(`INSERT INTO invitation ${insert("8")}`);
  await it.takes(`UPDATE invitation SET state = 'declined', closed_at = 3 WHERE id = '${id("inv", "8")}'`);
});

test("used sign-up and reset links stay used", async () => {
  await it.refuses(/stays used/, "UPDATE signup SET open = 1");
  await it.refuses(/stays used/, "UPDATE reset SET open = 1");
  await it.refuses(/CHECK/, "UPDATE reset SET open = 2");
});

test("two sessions never share a secret", async () => {
  await it.refuses(
    /UNIQUE/,
    `INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at) VALUES ('${id("ses", "2")}', '${BOB}', 't1', 'x', 1, 1)`,
  );
  await it.refuses(
    DANGLING,
    `INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at) VALUES ('${id("ses", "2")}', '${id("usr", "99")}', 't2', 'x', 1, 1)`,
  );
});

test("a fact that does not hold aborts, and a fact that holds leaves no trace", async () => {
  for (const value of ["0", "NULL", "2", "'yes'", "-1"]) await it.refuses(/stale/, `INSERT INTO fact SELECT 'test', ${value}`);
  await it.refuses(/stale/, "INSERT INTO fact SELECT 'empty', (SELECT 1 WHERE 0)");
  const before = await it.snapshot();
  await it.takes("INSERT INTO fact SELECT 'test', 1");
  if ((await it.snapshot()) !== before) throw new Error("a fact was stored");
});
