-- How and when a session's user last proved who they are: assurance level, methods (`amr` of RFC 8176), time.
ALTER TABLE session ADD COLUMN aal INTEGER NOT NULL DEFAULT 1 CHECK (aal IN (1, 2));
ALTER TABLE session ADD COLUMN amr TEXT NOT NULL DEFAULT '["pwd"]' CHECK (json_type(amr) = 'array');
ALTER TABLE session ADD COLUMN auth_time INTEGER NOT NULL DEFAULT 0;
UPDATE session SET auth_time = created_at;
CREATE TRIGGER session_authentication_advances BEFORE UPDATE OF aal, auth_time ON session
WHEN (NEW.auth_time > OLD.auth_time OR NEW.aal > OLD.aal) AND NEW.token = OLD.token
BEGIN SELECT RAISE(ABORT, 'rolecall: an authentication gives the session a new token'); END;

-- Further kinds of identities, each with the time of its last use. The mailbox of a user is a way to sign in too, by a mailed code:
-- it is a row without a proof, since nothing is kept for it.
DROP TRIGGER identity_insert_once;
DROP TRIGGER identity_key_fixed;
DROP TRIGGER identity_last_stays;
ALTER TABLE identity RENAME TO identity_before;
DROP INDEX identity_one_password;
CREATE TABLE identity (
  user         TEXT NOT NULL REFERENCES user (id),
  id           TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('password', 'email')),
  -- The PHC string of a password; empty for the mailbox.
  proof        TEXT NOT NULL CHECK ((proof = '') = (kind = 'email')),
  -- Restore epoch in which the proof was set.
  epoch        INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER,
  PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_one_password ON identity (user) WHERE kind = 'password';
CREATE UNIQUE INDEX identity_one_email ON identity (user) WHERE kind = 'email';
INSERT INTO identity (user, id, kind, proof, epoch, created_at)
SELECT user, id, kind, proof, epoch, created_at FROM identity_before;
DROP TABLE identity_before;
-- An id is 'idn_' and 32 digits: for the mailbox of a user of before, random ones.
INSERT INTO identity (user, id, kind, proof, epoch, created_at)
SELECT id, 'idn_' || lower(hex(randomblob(16))), 'email', '', 0, created_at FROM user;

CREATE TRIGGER identity_insert_once BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity WHERE user = NEW.user AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rolecall: identity exists'); END;
CREATE TRIGGER identity_key_fixed BEFORE UPDATE OF user, id, kind, created_at ON identity
BEGIN SELECT RAISE(ABORT, 'rolecall: an identity keeps its user and kind'); END;
CREATE TRIGGER identity_last_stays BEFORE DELETE ON identity
WHEN (SELECT count(*) FROM identity WHERE user = OLD.user) = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a user keeps a way to sign in'); END;
-- Verified-email: a user's mailbox was proven and stays proven.
CREATE TRIGGER identity_mailbox_stays BEFORE DELETE ON identity WHEN OLD.kind = 'email'
BEGIN SELECT RAISE(ABORT, 'rolecall: verified-email'); END;
