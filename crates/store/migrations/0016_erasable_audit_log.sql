-- The audit log, format version 2: personal values are not in the hashed event. In their place stands the digest of a disclosure
-- (RFC 9901), which is a row of its own and can be deleted without a change of the chain. Events of version 1 hash names and
-- emails; they are dropped, and every chain begins anew.
DROP VIEW seal;
DROP TABLE audit_event;

CREATE TABLE audit_event (
  account       TEXT NOT NULL REFERENCES account (id),
  seq           INTEGER NOT NULL CHECK (seq >= 1),
  id            TEXT NOT NULL UNIQUE,
  at            INTEGER NOT NULL,
  actor_type    TEXT NOT NULL,
  actor_id      TEXT NOT NULL,
  -- Digest of the disclosure of the actor's name.
  actor_name    TEXT NOT NULL CHECK (length(actor_name) = 43),
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
CREATE INDEX audit_unsealed ON audit_event (account, seq) WHERE hash IS NULL;
CREATE INDEX audit_invitations ON audit_event (account, at) WHERE action IN ('invitation.create', 'invitation.resend');
CREATE INDEX audit_denied_by_actor ON audit_event (account, actor_id, at) WHERE outcome = 'denied';
CREATE INDEX audit_denied_by_time ON audit_event (account, at) WHERE outcome = 'denied';
-- The indexes of filters contain sealed events only, see 0014.
CREATE INDEX audit_by_actor ON audit_event (account, actor_id, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_action ON audit_event (account, action, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_type ON audit_event (account, resource_type, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_resource ON audit_event (account, resource_id, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_actor_action ON audit_event (account, actor_id, action, seq) WHERE hash IS NOT NULL;

-- Disclosures of personal values. `subject` is the person with whom a value is erased: a user's id, or an email that need not be a
-- user's. `path` leads to the value in the event: `actor.name`, `data.email`.
CREATE TABLE audit_disclosure (
  account    TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  path       TEXT NOT NULL CHECK (length(path) <= 64 AND (path GLOB 'actor.?*' OR path GLOB 'data.?*')),
  subject    TEXT NOT NULL CHECK (subject <> ''),
  disclosure TEXT NOT NULL CHECK (length(disclosure) BETWEEN 1 AND 2048 AND disclosure NOT GLOB '*[^A-Za-z0-9_-]*'),
  PRIMARY KEY (account, seq, path),
  FOREIGN KEY (account, seq) REFERENCES audit_event (account, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_disclosure_by_subject ON audit_disclosure (subject);

-- An event and its disclosures are one statement: the row of this view is an event, which gets the next number.
CREATE VIEW audit_append (account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures)
AS SELECT account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, '[]' FROM audit_event WHERE 0;
CREATE TRIGGER audit_append_event INSTEAD OF INSERT ON audit_append
BEGIN
  -- Disclosures first: one for an event that exists is refused. Foreign keys are checked at the end of the statement.
  INSERT INTO audit_disclosure (account, seq, path, subject, disclosure)
  SELECT NEW.account, (SELECT coalesce(max(seq), 0) + 1 FROM audit_event WHERE account = NEW.account), value ->> 0, value ->> 1, value ->> 2
  FROM json_each(NEW.disclosures);
  INSERT INTO audit_event (account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id)
  SELECT NEW.account, coalesce(max(seq), 0) + 1, NEW.id, NEW.at, NEW.actor_type, NEW.actor_id, NEW.actor_name, NEW.action,
    NEW.resource_type, NEW.resource_id, NEW.outcome, NEW.data, NEW.request_id FROM audit_event WHERE account = NEW.account;
END;

-- Audit-chain: append-only, numbered without gaps, sealed once.
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
CREATE TRIGGER audit_bounded BEFORE INSERT ON audit_event WHEN length(CAST(NEW.data AS BLOB)) > 2048
BEGIN SELECT RAISE(ABORT, 'rolecall: an audit event is small'); END;
-- A disclosure comes with its event, never changes, and what was erased does not come back.
CREATE TRIGGER audit_disclosed_once BEFORE INSERT ON audit_disclosure
WHEN EXISTS (SELECT 1 FROM audit_disclosure WHERE account = NEW.account AND seq = NEW.seq AND path = NEW.path)
  OR EXISTS (SELECT 1 FROM audit_event WHERE account = NEW.account AND seq >= NEW.seq)
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;
CREATE TRIGGER audit_disclosure_fixed BEFORE UPDATE ON audit_disclosure
BEGIN SELECT RAISE(ABORT, 'rolecall: audit-chain'); END;

-- What is done raises the account's version and is counted, as in 0009.
CREATE TRIGGER audit_raises_version AFTER INSERT ON audit_event WHEN NEW.outcome = 'done'
BEGIN
  UPDATE account SET version = version + 1,
    hour_changes = iif(NEW.at / 3600000 > hour, 0, hour_changes)
      + (NEW.action NOT IN ('account.create', 'invitation.accept', 'invitation.decline', 'invitation.revoke', 'member.leave', 'member.remove', 'api-key.revoke', 'role.delete', 'attribute-policy.delete', 'team.delete')),
    hour = max(hour, NEW.at / 3600000)
  WHERE id = NEW.account;
  UPDATE user SET
    hour_changes = iif(NEW.at / 3600000 > hour, 0, hour_changes) + 1,
    hour_invitations = iif(NEW.at / 3600000 > hour, 0, hour_invitations) + (NEW.action IN ('invitation.create', 'invitation.resend')),
    hour = max(hour, NEW.at / 3600000),
    day_teams = iif(NEW.at / 86400000 > day, 0, day_teams) + (NEW.action = 'account.convert'),
    day = max(day, NEW.at / 86400000)
  WHERE id = NEW.actor_id AND NEW.actor_type = 'user'
    AND NEW.action NOT IN ('account.create', 'invitation.accept', 'invitation.decline', 'invitation.revoke', 'member.leave', 'member.remove', 'api-key.revoke', 'role.delete', 'attribute-policy.delete', 'team.delete');
END;

-- Sealing a run of events is one statement, see 0006.
CREATE VIEW seal (account, seq, prev_hash, hash) AS SELECT account, seq, prev_hash, hash FROM audit_event WHERE 0;
CREATE TRIGGER seal_event INSTEAD OF INSERT ON seal
BEGIN
  UPDATE audit_event SET prev_hash = NEW.prev_hash, hash = NEW.hash WHERE account = NEW.account AND seq = NEW.seq AND hash IS NULL;
END;
