-- Everything Rolecall keeps. Times are milliseconds since 1970; ids are prefixed texts; hashes are hex.
-- The named invariants stand here as constraints and triggers too: the last line of defence, under all code.
-- Messages that begin with `rolecall: ` tell the store that a fact or an invariant refused the batch.

-- What a change relies on: a row whose condition is not 1 rolls the whole batch back, and nothing is ever stored.
CREATE VIEW fact (name, holds) AS SELECT '', 1 WHERE 0;
CREATE TRIGGER fact_must_hold INSTEAD OF INSERT ON fact WHEN NEW.holds IS NOT 1
BEGIN SELECT RAISE(ABORT, 'rolecall: stale'); END;

CREATE TABLE user (
  id             TEXT NOT NULL PRIMARY KEY,
  email          TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  password       TEXT NOT NULL,
  active_account TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  -- A user acts only where they belong.
  FOREIGN KEY (active_account, id) REFERENCES member (account, user) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id                  TEXT NOT NULL PRIMARY KEY,
  kind                TEXT NOT NULL CHECK (kind IN ('personal', 'team')),
  name                TEXT NOT NULL,
  owner               TEXT NOT NULL,
  version             INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  -- Counted by triggers, so that a cap costs one row and not a scan.
  members             INTEGER NOT NULL DEFAULT 0 CHECK (members BETWEEN 0 AND 20000),
  pending_invitations INTEGER NOT NULL DEFAULT 0 CHECK (pending_invitations BETWEEN 0 AND 20000),
  custom_roles        INTEGER NOT NULL DEFAULT 0 CHECK (custom_roles BETWEEN 0 AND 64),
  api_keys            INTEGER NOT NULL DEFAULT 0 CHECK (api_keys BETWEEN 0 AND 200),
  -- Owner-is-admin, first half: the owner is always a member.
  FOREIGN KEY (id, owner) REFERENCES member (account, user) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX account_by_owner ON account (owner, kind, id);

CREATE TABLE member (
  account   TEXT NOT NULL REFERENCES account (id),
  user      TEXT NOT NULL REFERENCES user (id) DEFERRABLE INITIALLY DEFERRED,
  role      TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (account, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_user ON member (user, account);
CREATE INDEX member_by_age ON member (account, joined_at, user);
CREATE INDEX member_by_role ON member (account, role);

CREATE TABLE role (
  account     TEXT NOT NULL REFERENCES account (id),
  code        TEXT NOT NULL,
  title       TEXT NOT NULL,
  permissions TEXT NOT NULL CHECK (json_type(permissions) = 'array'),
  PRIMARY KEY (account, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
  id           TEXT NOT NULL PRIMARY KEY,
  account      TEXT NOT NULL REFERENCES account (id),
  email        TEXT NOT NULL,
  role         TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
  link_version INTEGER NOT NULL CHECK (link_version >= 1),
  lifetime     INTEGER,
  expires_at   INTEGER,
  invited_by   TEXT NOT NULL REFERENCES user (id),
  created_at   INTEGER NOT NULL,
  closed_by    TEXT,
  closed_at    INTEGER,
  CHECK ((state = 'pending') = (closed_at IS NULL)),
  CHECK (state <> 'accepted' OR closed_by IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invitation_pending ON invitation (account, email) WHERE state = 'pending';
CREATE INDEX invitation_by_age ON invitation (account, id);
CREATE INDEX invitation_by_state ON invitation (account, state, id);
CREATE INDEX invitation_by_role ON invitation (account, role) WHERE state = 'pending';

CREATE TABLE audit_event (
  account       TEXT NOT NULL REFERENCES account (id),
  seq           INTEGER NOT NULL CHECK (seq >= 1),
  id            TEXT NOT NULL UNIQUE,
  at            INTEGER NOT NULL,
  actor_type    TEXT NOT NULL,
  actor_id      TEXT NOT NULL,
  actor_name    TEXT NOT NULL,
  action        TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id   TEXT NOT NULL,
  outcome       TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
  data          TEXT NOT NULL CHECK (json_type(data) = 'object'),
  request_id    TEXT NOT NULL,
  prev_hash     TEXT,
  hash          TEXT,
  CHECK ((prev_hash IS NULL) = (hash IS NULL)),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_actor ON audit_event (account, actor_id, seq);
CREATE INDEX audit_by_action ON audit_event (account, action, seq);
CREATE INDEX audit_by_type ON audit_event (account, resource_type, seq);
CREATE INDEX audit_by_resource ON audit_event (account, resource_id, seq);
CREATE INDEX audit_by_time ON audit_event (account, at);
CREATE INDEX audit_denied ON audit_event (account, actor_id, action, at) WHERE outcome = 'denied';
CREATE INDEX audit_unsealed ON audit_event (account, seq) WHERE hash IS NULL;

CREATE TABLE session (
  id           TEXT NOT NULL PRIMARY KEY,
  user         TEXT NOT NULL REFERENCES user (id),
  token        TEXT NOT NULL UNIQUE,
  user_agent   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user, id);
CREATE INDEX session_by_age ON session (created_at);

CREATE TABLE signup (
  id         TEXT NOT NULL PRIMARY KEY,
  email      TEXT NOT NULL,
  name       TEXT NOT NULL,
  password   TEXT NOT NULL,
  open       INTEGER NOT NULL CHECK (open IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signup_by_email ON signup (email, created_at);
CREATE INDEX signup_by_age ON signup (created_at);

CREATE TABLE reset (
  id         TEXT NOT NULL PRIMARY KEY,
  email      TEXT NOT NULL,
  user       TEXT REFERENCES user (id),
  open       INTEGER NOT NULL CHECK (open IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reset_by_email ON reset (email, created_at);
CREATE INDEX reset_by_age ON reset (created_at);

CREATE TABLE attempt (
  scope        TEXT NOT NULL PRIMARY KEY,
  failures     INTEGER NOT NULL,
  last_failure INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_age ON attempt (last_failure);

CREATE TABLE api_key (
  id           TEXT NOT NULL PRIMARY KEY,
  account      TEXT NOT NULL REFERENCES account (id),
  name         TEXT NOT NULL,
  secret       TEXT NOT NULL UNIQUE,
  permissions  TEXT NOT NULL CHECK (json_type(permissions) = 'array'),
  resources    TEXT NOT NULL CHECK (json_type(resources) = 'array'),
  created_by   TEXT NOT NULL REFERENCES user (id),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_by_account ON api_key (account, id) WHERE revoked_at IS NULL;

CREATE TABLE idempotency (
  principal   TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  kind        TEXT NOT NULL,
  body        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE mail (
  id           TEXT NOT NULL PRIMARY KEY,
  recipient    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  data         TEXT NOT NULL CHECK (json_type(data) = 'object'),
  created_at   INTEGER NOT NULL,
  due_at       INTEGER,
  attempts     INTEGER NOT NULL DEFAULT 0,
  delivered_at INTEGER,
  last_error   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_by_recipient ON mail (recipient, id);

-- Accounts: ids are for ever; nothing replaces a row (REPLACE would delete without asking the delete triggers).
CREATE TRIGGER account_insert_once BEFORE INSERT ON account WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rolecall: account exists'); END;
CREATE TRIGGER account_delete_never BEFORE DELETE ON account
BEGIN SELECT RAISE(ABORT, 'rolecall: accounts are never deleted'); END;
CREATE TRIGGER account_id_fixed BEFORE UPDATE OF id, created_at ON account
BEGIN SELECT RAISE(ABORT, 'rolecall: an account keeps its id'); END;
CREATE TRIGGER account_version_grows BEFORE UPDATE OF version ON account WHEN NEW.version < OLD.version
BEGIN SELECT RAISE(ABORT, 'rolecall: an account version never falls'); END;
CREATE TRIGGER account_owner_is_admin BEFORE UPDATE OF owner ON account
WHEN NOT EXISTS (SELECT 1 FROM member WHERE account = NEW.id AND user = NEW.owner AND role = 'admin')
BEGIN SELECT RAISE(ABORT, 'rolecall: owner-is-admin'); END;
CREATE TRIGGER account_personal_is_alone BEFORE UPDATE OF kind ON account
WHEN NEW.kind = 'personal' AND (
  EXISTS (SELECT 1 FROM member WHERE account = NEW.id AND user <> NEW.owner)
  OR EXISTS (SELECT 1 FROM invitation WHERE account = NEW.id AND state = 'pending')
  OR EXISTS (SELECT 1 FROM role WHERE account = NEW.id))
BEGIN SELECT RAISE(ABORT, 'rolecall: a personal account has one member'); END;

-- Members. Owner-is-admin, second half: nobody removes or demotes the owner.
CREATE TRIGGER member_insert_once BEFORE INSERT ON member
WHEN EXISTS (SELECT 1 FROM member WHERE account = NEW.account AND user = NEW.user)
BEGIN SELECT RAISE(ABORT, 'rolecall: already a member'); END;
CREATE TRIGGER member_insert_allowed BEFORE INSERT ON member
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.account AND
  ((owner = NEW.user AND NEW.role <> 'admin') OR (owner <> NEW.user AND kind = 'personal')))
BEGIN SELECT RAISE(ABORT, 'rolecall: owner-is-admin, and a personal account has one member'); END;
CREATE TRIGGER member_owner_stays BEFORE DELETE ON member
WHEN EXISTS (SELECT 1 FROM account WHERE id = OLD.account AND owner = OLD.user)
BEGIN SELECT RAISE(ABORT, 'rolecall: owner-is-admin'); END;
CREATE TRIGGER member_owner_keeps_role BEFORE UPDATE OF role ON member
WHEN NEW.role <> 'admin' AND EXISTS (SELECT 1 FROM account WHERE id = OLD.account AND owner = OLD.user)
BEGIN SELECT RAISE(ABORT, 'rolecall: owner-is-admin'); END;
CREATE TRIGGER member_key_fixed BEFORE UPDATE OF account, user ON member
BEGIN SELECT RAISE(ABORT, 'rolecall: a membership keeps its account and user'); END;
CREATE TRIGGER member_counted AFTER INSERT ON member
BEGIN UPDATE account SET members = members + 1 WHERE id = NEW.account; END;
-- Who loses the account they act in falls back to one of their own.
CREATE TRIGGER member_uncounted AFTER DELETE ON member
BEGIN
  UPDATE account SET members = members - 1 WHERE id = OLD.account;
  UPDATE user SET active_account = (SELECT id FROM account WHERE owner = OLD.user ORDER BY kind, id LIMIT 1)
  WHERE id = OLD.user AND active_account = OLD.account;
END;

-- Users.
CREATE TRIGGER user_insert_once BEFORE INSERT ON user
WHEN EXISTS (SELECT 1 FROM user WHERE id = NEW.id OR email = NEW.email)
BEGIN SELECT RAISE(ABORT, 'rolecall: user exists'); END;
CREATE TRIGGER user_delete_never BEFORE DELETE ON user
BEGIN SELECT RAISE(ABORT, 'rolecall: users are never deleted'); END;
CREATE TRIGGER user_id_fixed BEFORE UPDATE OF id, created_at ON user
BEGIN SELECT RAISE(ABORT, 'rolecall: a user keeps their id'); END;

-- Roles.
CREATE TRIGGER role_insert_once BEFORE INSERT ON role
WHEN EXISTS (SELECT 1 FROM role WHERE account = NEW.account AND code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'rolecall: role exists'); END;
CREATE TRIGGER role_only_in_teams BEFORE INSERT ON role
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.account AND kind = 'personal')
BEGIN SELECT RAISE(ABORT, 'rolecall: a personal account has no custom roles'); END;
CREATE TRIGGER role_in_use BEFORE DELETE ON role
WHEN EXISTS (SELECT 1 FROM member WHERE account = OLD.account AND role = OLD.code)
  OR EXISTS (SELECT 1 FROM invitation WHERE account = OLD.account AND role = OLD.code AND state = 'pending')
BEGIN SELECT RAISE(ABORT, 'rolecall: role-in-use'); END;
CREATE TRIGGER role_key_fixed BEFORE UPDATE OF account, code ON role
BEGIN SELECT RAISE(ABORT, 'rolecall: a role keeps its code'); END;
CREATE TRIGGER role_counted AFTER INSERT ON role
BEGIN UPDATE account SET custom_roles = custom_roles + 1 WHERE id = NEW.account; END;
CREATE TRIGGER role_uncounted AFTER DELETE ON role
BEGIN UPDATE account SET custom_roles = custom_roles - 1 WHERE id = OLD.account; END;

-- Invitations. Single-use: every state but pending is final.
CREATE TRIGGER invitation_insert_once BEFORE INSERT ON invitation
WHEN EXISTS (SELECT 1 FROM invitation WHERE id = NEW.id)
  OR (NEW.state = 'pending' AND EXISTS (SELECT 1 FROM invitation WHERE account = NEW.account AND email = NEW.email AND state = 'pending'))
BEGIN SELECT RAISE(ABORT, 'rolecall: invitation exists'); END;
CREATE TRIGGER invitation_only_to_teams BEFORE INSERT ON invitation
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.account AND kind = 'personal')
BEGIN SELECT RAISE(ABORT, 'rolecall: a personal account invites nobody'); END;
CREATE TRIGGER invitation_single_use BEFORE UPDATE OF state, closed_by, closed_at ON invitation WHEN OLD.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'rolecall: single-use'); END;
CREATE TRIGGER invitation_terms_fixed BEFORE UPDATE OF id, account, email, role, invited_by, created_at ON invitation
BEGIN SELECT RAISE(ABORT, 'rolecall: an invitation keeps its terms'); END;
CREATE TRIGGER invitation_link_grows BEFORE UPDATE OF link_version, expires_at ON invitation
WHEN OLD.state <> 'pending' OR NEW.link_version < OLD.link_version
BEGIN SELECT RAISE(ABORT, 'rolecall: an old link stays dead'); END;
CREATE TRIGGER invitation_delete_never BEFORE DELETE ON invitation
BEGIN SELECT RAISE(ABORT, 'rolecall: invitations are never deleted'); END;
CREATE TRIGGER invitation_counted AFTER INSERT ON invitation WHEN NEW.state = 'pending'
BEGIN UPDATE account SET pending_invitations = pending_invitations + 1 WHERE id = NEW.account; END;
CREATE TRIGGER invitation_uncounted AFTER UPDATE OF state ON invitation WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
BEGIN UPDATE account SET pending_invitations = pending_invitations - 1 WHERE id = NEW.account; END;

-- The audit log. Audit-chain: append-only, numbered without gaps, sealed once.
CREATE TRIGGER audit_appended BEFORE INSERT ON audit_event
WHEN NEW.hash IS NOT NULL OR EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
  OR NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit_event WHERE account = NEW.account)
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;
CREATE TRIGGER audit_fixed BEFORE UPDATE OF account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id ON audit_event
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;
CREATE TRIGGER audit_sealed_once BEFORE UPDATE OF prev_hash, hash ON audit_event
WHEN OLD.hash IS NOT NULL OR NEW.hash IS NULL OR length(NEW.hash) <> 64
  OR NEW.prev_hash IS NOT iif(NEW.seq = 1, '0000000000000000000000000000000000000000000000000000000000000000',
    (SELECT hash FROM audit_event WHERE account = NEW.account AND seq = NEW.seq - 1))
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;
CREATE TRIGGER audit_delete_never BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;

-- API keys: a revoked key stays revoked.
CREATE TRIGGER api_key_insert_once BEFORE INSERT ON api_key
WHEN EXISTS (SELECT 1 FROM api_key WHERE id = NEW.id OR secret = NEW.secret)
BEGIN SELECT RAISE(ABORT, 'rolecall: api key exists'); END;
CREATE TRIGGER api_key_revoked_for_good BEFORE UPDATE OF revoked_at ON api_key WHEN OLD.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'rolecall: a revoked key stays revoked'); END;
CREATE TRIGGER api_key_terms_fixed BEFORE UPDATE OF id, account, secret, permissions, resources, created_by, created_at, expires_at ON api_key
BEGIN SELECT RAISE(ABORT, 'rolecall: an API key keeps its terms'); END;
CREATE TRIGGER api_key_delete_never BEFORE DELETE ON api_key
BEGIN SELECT RAISE(ABORT, 'rolecall: API keys are never deleted'); END;
CREATE TRIGGER api_key_counted AFTER INSERT ON api_key WHEN NEW.revoked_at IS NULL
BEGIN UPDATE account SET api_keys = api_keys + 1 WHERE id = NEW.account; END;
CREATE TRIGGER api_key_uncounted AFTER UPDATE OF revoked_at ON api_key WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
BEGIN UPDATE account SET api_keys = api_keys - 1 WHERE id = NEW.account; END;

-- One-time links: closed is closed.
CREATE TRIGGER signup_closed_for_good BEFORE UPDATE OF open ON signup WHEN OLD.open = 0 AND NEW.open = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a used sign-up stays used'); END;
CREATE TRIGGER reset_closed_for_good BEFORE UPDATE OF open ON reset WHEN OLD.open = 0 AND NEW.open = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a used reset stays used'); END;
