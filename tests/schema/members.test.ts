// Attacks with SQL on accounts, members and roles: owner-is-admin, one member in a personal account, caps, fixed ids

import { test } from "node:test";
import { ANN, BOB, CARL, CARLS_ACCOUNT, DANGLING, KEY, PERSONAL_ACCOUNT, TEAM, id, openAttackedDatabase } from "./attacked-database.ts";

const it = await openAttackedDatabase();

test("owner-is-admin: the owner cannot be removed, demoted or left out", async () => {
  const keysEnd = `UPDATE api_key SET revoked_at = 2, permissions = '[]', resources = '[]' WHERE account = '${TEAM}' AND revoked_at IS NULL`;
  await it.refuses(/owner-is-admin|FOREIGN KEY|internal error/, keysEnd, `DELETE FROM member WHERE account = '${TEAM}' AND user = '${ANN}'`);
  await it.refuses(/owner-is-admin|FOREIGN KEY|internal error/, keysEnd, `DELETE FROM member WHERE account = '${TEAM}'`);
  await it.refuses(/owner-is-admin/, `UPDATE member SET role = 'dev' WHERE account = '${TEAM}' AND user = '${ANN}'`);
  await it.refuses(/owner-is-admin/, `UPDATE member SET role = 'basic'`);
  await it.refuses(/already a member|owner-is-admin/, `INSERT OR REPLACE INTO member (account, user, role, joined_at) VALUES ('${TEAM}', '${ANN}', 'dev', 1)`);
  await it.refuses(
    /already a member|owner-is-admin/,
    `INSERT INTO member (account, user, role, joined_at) VALUES ('${TEAM}', '${ANN}', 'dev', 1) ON CONFLICT DO UPDATE SET role = 'dev'`,
  );
});

test("owner-is-admin: nobody becomes the owner who is no admin of the account", async () => {
  await it.refuses(/owner-is-admin/, `UPDATE account SET owner = '${BOB}' WHERE id = '${TEAM}'`);
  await it.refuses(/owner-is-admin|FOREIGN KEY|internal error/, `UPDATE account SET owner = '${CARL}' WHERE id = '${TEAM}'`);
  await it.refuses(/owner-is-admin|FOREIGN KEY|internal error/, `UPDATE account SET owner = '${id("usr", "ff")}' WHERE id = '${TEAM}'`);
  await it.refuses(/owner-is-admin|FOREIGN KEY|internal error/, `UPDATE account SET owner = 'x'`);
  await it.takes(`UPDATE member SET role = 'admin' WHERE account = '${TEAM}' AND user = '${BOB}'`, `UPDATE account SET owner = '${BOB}' WHERE id = '${TEAM}'`);
  await it.refuses(/owner-is-admin/, `UPDATE member SET role = 'basic' WHERE account = '${TEAM}' AND user = '${BOB}'`);
  await it.takes(
    `UPDATE account SET owner = '${ANN}' WHERE id = '${TEAM}'`,
    `UPDATE member SET role = 'on-call' WHERE account = '${TEAM}' AND user = '${BOB}'`,
  );
});

test("an account cannot come to be without its owner as an admin", async () => {
  const fresh = id("acct", "9");
  const insert = `INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('${fresh}', 'team', 'X', '${ANN}', 1, 1)`;
  await it.refuses(DANGLING, insert);
  await it.refuses(DANGLING, insert, `INSERT INTO member (account, user, role, joined_at) VALUES ('${fresh}', '${BOB}', 'admin', 1)`);
  await it.refuses(/owner-is-admin/, insert, `INSERT INTO member (account, user, role, joined_at) VALUES ('${fresh}', '${ANN}', 'dev', 1)`);
  await it.refuses(
    /owner-is-admin|FOREIGN KEY|internal error|exists|constraint/,
    `INSERT INTO member (account, user, role, joined_at) VALUES ('${fresh}', '${ANN}', 'dev', 1)`,
    insert,
  );
});

test("a personal account has one member, no waiting invitation and no custom role", async () => {
  await it.refuses(/personal/, `INSERT INTO member (account, user, role, joined_at) VALUES ('${CARLS_ACCOUNT}', '${BOB}', 'dev', 1)`);
  await it.refuses(/personal/, `INSERT OR IGNORE INTO member (account, user, role, joined_at) VALUES ('${CARLS_ACCOUNT}', '${BOB}', 'admin', 1)`);
  await it.refuses(/personal/, `UPDATE account SET kind = 'personal' WHERE id = '${TEAM}'`);
  await it.refuses(/personal/, `INSERT INTO role (account, code, title, permissions) VALUES ('${CARLS_ACCOUNT}', 'x', 'X', '[]')`);
  await it.refuses(
    /personal/,
    `INSERT INTO invitation (id, account, email, role, state, link_version, invited_by, created_at) VALUES ('${id("inv", "9")}', '${CARLS_ACCOUNT}', 'x@example.com', 'dev', 'pending', 1, '${CARL}', 1)`,
  );
  await it.refuses(/CHECK/, `UPDATE account SET kind = 'company' WHERE id = '${TEAM}'`);
});

test("ids and belongings never change, accounts and users are never deleted or replaced", async () => {
  await it.refuses(/keeps its id/, `UPDATE account SET id = '${id("acct", "8")}' WHERE id = '${TEAM}'`);
  await it.refuses(/keeps their id|FOREIGN KEY|internal error/, `UPDATE user SET id = '${id("usr", "8")}' WHERE id = '${BOB}'`);
  await it.refuses(/keeps its account and user/, `UPDATE member SET user = '${CARL}' WHERE account = '${TEAM}' AND user = '${BOB}'`);
  await it.refuses(/keeps its account and user/, `UPDATE member SET account = '${CARLS_ACCOUNT}' WHERE account = '${TEAM}' AND user = '${BOB}'`);
  await it.refuses(/never deleted/, `DELETE FROM account WHERE id = '${TEAM}'`);
  await it.refuses(/never deleted/, `DELETE FROM user WHERE id = '${BOB}'`);
  await it.refuses(/exists/, `INSERT OR REPLACE INTO account (id, kind, name, owner, version, created_at) VALUES ('${TEAM}', 'team', 'X', '${ANN}', 1, 1)`);
  await it.refuses(
    /exists/,
    `REPLACE INTO user (id, email, name, active_account, created_at) VALUES ('${BOB}', 'other@example.com', 'X', '${PERSONAL_ACCOUNT}', 1)`,
  );
  await it.refuses(/keeps its id|fixed|keeps their id/, `UPDATE account SET created_at = 0 WHERE id = '${TEAM}'`);
});

test("one user per email", async () => {
  await it.refuses(
    /exists|UNIQUE/,
    `INSERT INTO user (id, email, name, active_account, created_at) VALUES ('${id("usr", "9")}', 'ann@example.com', 'X', '${TEAM}', 1)`,
  );
  await it.refuses(/UNIQUE/, `UPDATE user SET email = 'ann@example.com' WHERE id = '${BOB}'`);
});

test("a user keeps a way to sign in, and has one password", async () => {
  const another = (kind: string, proof = "y") =>
    `INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('${BOB}', '${id("idn", "9")}', '${kind}', '${proof}', 0, 1)`;
  await it.refuses(/keeps a way to sign in/, `DELETE FROM identity WHERE user = '${BOB}'`);
  await it.refuses(/UNIQUE/, another("password"));
  await it.refuses(/CHECK/, another("charm"));
  await it.refuses(/CHECK/, `UPDATE identity SET proof = '' WHERE user = '${BOB}'`);
  await it.refuses(/exists/, `INSERT OR REPLACE INTO identity SELECT * FROM identity WHERE user = '${BOB}'`);
  await it.refuses(/keeps its user and kind/, `UPDATE identity SET user = '${CARL}' WHERE user = '${BOB}'`);
  await it.refuses(/keeps its user and kind/, `UPDATE identity SET id = '${id("idn", "9")}' WHERE user = '${BOB}'`);
  await it.refuses(DANGLING, another("password").replace(BOB, id("usr", "7")));
  await it.takes(`UPDATE identity SET proof = 'y', epoch = 1 WHERE user = '${BOB}'`);
});

test("a user's mailbox stays a way to sign in, with nothing kept for it", async () => {
  const mailbox = (number: string, proof = "") =>
    `INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('${BOB}', '${id("idn", number)}', 'email', '${proof}', 0, 1)`;
  await it.refuses(/CHECK/, mailbox("8", "y"));
  await it.refuses(/UNIQUE/, mailbox("8"), mailbox("9"));
  await it.refuses(/verified-email/, mailbox("8"), `DELETE FROM identity WHERE user = '${BOB}' AND kind = 'email'`);
  await it.takes(mailbox("8"), `DELETE FROM identity WHERE user = '${BOB}' AND kind = 'password'`);
});

test("an authentication gives a session a new token", async () => {
  const ofSession = (set: string) => `UPDATE session SET ${set} WHERE id = '${id("ses", "1")}'`;
  await it.refuses(/new token/, ofSession("auth_time = 99"));
  await it.refuses(/new token/, ofSession("aal = 2"));
  await it.refuses(/CHECK/, ofSession("aal = 3, token = 't2'"));
  await it.refuses(/CHECK/, ofSession("amr = '\"pwd\"', token = 't2'"));
  await it.takes(ofSession("auth_time = 99, aal = 2, amr = '[\"pwd\",\"otp\"]', token = 't2'"));
});

test("nobody acts in an account that they do not belong to", async () => {
  await it.refuses(DANGLING, `UPDATE user SET active_account = '${TEAM}' WHERE id = '${CARL}'`);
  await it.takes(`UPDATE user SET active_account = '${TEAM}' WHERE id = '${BOB}'`, `DELETE FROM member WHERE account = '${TEAM}' AND user = '${BOB}'`);
  await it.takes(`INSERT INTO member (account, user, role, joined_at) VALUES ('${TEAM}', '${BOB}', 'on-call', 2)`);
});

test("a version never falls", async () => {
  await it.refuses(/never falls/, `UPDATE account SET version = 4 WHERE id = '${TEAM}'`);
  await it.refuses(/never falls/, `UPDATE account SET version = version - 1`);
});

test("caps are constraints: nothing grows beyond them, whatever counts", async () => {
  await it.refuses(
    /CHECK/,
    `UPDATE account SET members = 20000 WHERE id = '${TEAM}'`,
    `INSERT INTO member (account, user, role, joined_at) VALUES ('${TEAM}', '${CARL}', 'dev', 1)`,
  );
  await it.refuses(
    /CHECK/,
    `UPDATE account SET pending_invitations = 20000 WHERE id = '${TEAM}'`,
    `INSERT INTO invitation (id, account, email, role, state, link_version, invited_by, created_at) VALUES ('${id("inv", "9")}', '${TEAM}', 'x@example.com', 'dev', 'pending', 1, '${ANN}', 1)`,
  );
  await it.refuses(
    /CHECK/,
    `UPDATE account SET custom_roles = 64 WHERE id = '${TEAM}'`,
    `INSERT INTO role (account, code, title, permissions) VALUES ('${TEAM}', 'more', 'X', '[]')`,
  );
  await it.refuses(
    /CHECK/,
    `UPDATE account SET api_keys = 200 WHERE id = '${TEAM}'`,
    `INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) VALUES ('${id("key", "9")}', '${TEAM}', 'k', 's9', '[]', '[]', '${ANN}', 1)`,
  );
  await it.refuses(/CHECK/, `UPDATE account SET members = -1 WHERE id = '${TEAM}'`);
});

test("a role in use stays, and no role changes its code or its account", async () => {
  await it.refuses(/role-in-use/, `DELETE FROM role WHERE account = '${TEAM}' AND code = 'on-call'`);
  await it.refuses(/role-in-use/, `DELETE FROM role`);
  await it.refuses(/keeps its code/, `UPDATE role SET code = 'other' WHERE account = '${TEAM}'`);
  await it.refuses(/keeps its code/, `UPDATE role SET account = '${CARLS_ACCOUNT}'`);
  await it.refuses(/role exists/, `INSERT OR REPLACE INTO role (account, code, title, permissions) VALUES ('${TEAM}', 'on-call', 'X', '["members.manage"]')`);
  await it.refuses(/CHECK|malformed JSON/, `UPDATE role SET permissions = 'all' WHERE account = '${TEAM}'`);
  await it.refuses(/CHECK/, `UPDATE role SET permissions = '{}' WHERE account = '${TEAM}'`);
});

test("strict tables take no text for a number", async () => {
  await it.refuses(/cannot store TEXT|datatype mismatch|SQLITE_CONSTRAINT|constraint/i, `UPDATE account SET version = 'many' WHERE id = '${TEAM}'`);
  await it.refuses(/NOT NULL/, `UPDATE member SET role = NULL WHERE account = '${TEAM}' AND user = '${BOB}'`);
});

test("API keys keep their terms, and a revoked key stays revoked", async () => {
  await it.refuses(/keeps its terms/, `UPDATE api_key SET permissions = '["members.manage"]' WHERE id = '${KEY}'`);
  await it.refuses(/keeps its terms/, `UPDATE api_key SET secret = 's7' WHERE id = '${KEY}'`);
  await it.refuses(/keeps its terms/, `UPDATE api_key SET created_by = '${BOB}' WHERE id = '${KEY}'`);
  await it.refuses(/keeps its terms/, `UPDATE api_key SET expires_at = NULL, account = '${CARLS_ACCOUNT}'`);
  await it.refuses(/stays revoked/, `UPDATE api_key SET revoked_at = NULL WHERE revoked_at IS NOT NULL`);
  await it.refuses(/revoked before it is deleted/, `DELETE FROM api_key WHERE id = '${KEY}'`);
  await it.refuses(/end with the membership/, `DELETE FROM member WHERE account = '${TEAM}' AND user = '${ANN}'`);
  await it.refuses(
    /made by a member/,
    `INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) VALUES ('${id("key", "77")}', '${TEAM}', 'k', 's77', '[]', '[]', '${CARL}', 1)`,
  );
  await it.refuses(
    /exists/,
    `INSERT OR REPLACE INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) VALUES ('${KEY}', '${TEAM}', 'k', 's1', '["members.manage"]', '[]', '${ANN}', 1)`,
  );
});
