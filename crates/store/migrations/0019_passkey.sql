-- Passkeys: identities with a WebAuthn credential, of which a user has several.
DROP TRIGGER identity_insert_once;
DROP TRIGGER identity_key_fixed;
DROP TRIGGER identity_last_stays;
DROP TRIGGER identity_mailbox_stays;
ALTER TABLE identity RENAME TO identity_before;
DROP INDEX identity_one_password;
DROP INDEX identity_one_email;
CREATE TABLE identity (
  user            TEXT NOT NULL REFERENCES user (id),
  id              TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('password', 'email', 'passkey')),
  -- The PHC string of a password, the COSE key of a passkey in base64url; empty for the mailbox.
  proof           TEXT NOT NULL CHECK ((proof = '') = (kind = 'email')),
  -- Restore epoch in which the proof was set.
  epoch           INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  last_used_at    INTEGER,
  -- Of passkeys alone. The credential id is in base64url, of at most 1023 bytes; transports are a JSON array.
  credential      TEXT CHECK ((credential IS NOT NULL) = (kind = 'passkey') AND length(credential) BETWEEN 2 AND 1364),
  sign_count      INTEGER CHECK ((sign_count IS NOT NULL) = (kind = 'passkey') AND sign_count BETWEEN 0 AND 4294967295),
  backup_eligible INTEGER CHECK ((backup_eligible IS NOT NULL) = (kind = 'passkey') AND backup_eligible IN (0, 1)),
  backed_up       INTEGER CHECK ((backed_up IS NOT NULL) = (kind = 'passkey') AND backed_up IN (0, backup_eligible)),
  transports      TEXT CHECK ((transports IS NOT NULL) = (kind = 'passkey') AND json_type(transports) = 'array'),
  aaguid          TEXT CHECK ((aaguid IS NOT NULL) = (kind = 'passkey')),
  user_verified   INTEGER CHECK ((user_verified IS NOT NULL) = (kind = 'passkey') AND user_verified IN (0, 1)),
  label           TEXT CHECK ((label IS NOT NULL) = (kind = 'passkey') AND length(label) BETWEEN 1 AND 100),
  PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_one_password ON identity (user) WHERE kind = 'password';
CREATE UNIQUE INDEX identity_one_email ON identity (user) WHERE kind = 'email';
CREATE UNIQUE INDEX identity_one_credential ON identity (credential) WHERE credential IS NOT NULL;
INSERT INTO identity (user, id, kind, proof, epoch, created_at, last_used_at)
SELECT user, id, kind, proof, epoch, created_at, last_used_at FROM identity_before;
DROP TABLE identity_before;

CREATE TRIGGER identity_insert_once BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity WHERE user = NEW.user AND id = NEW.id)
  OR EXISTS (SELECT 1 FROM identity WHERE credential = NEW.credential)
BEGIN SELECT RAISE(ABORT, 'rolecall: identity exists'); END;
CREATE TRIGGER identity_key_fixed BEFORE UPDATE OF user, id, kind, created_at, credential, backup_eligible, aaguid, user_verified ON identity
BEGIN SELECT RAISE(ABORT, 'rolecall: an identity keeps its user and kind'); END;
CREATE TRIGGER identity_last_stays BEFORE DELETE ON identity
WHEN (SELECT count(*) FROM identity WHERE user = OLD.user) = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a user keeps a way to sign in'); END;
-- Verified-email: a user's mailbox was proven and stays proven.
CREATE TRIGGER identity_mailbox_stays BEFORE DELETE ON identity WHEN OLD.kind = 'email'
BEGIN SELECT RAISE(ABORT, 'rolecall: verified-email'); END;
CREATE TRIGGER identity_passkeys_cap BEFORE INSERT ON identity
WHEN NEW.kind = 'passkey' AND (SELECT count(*) FROM identity WHERE user = NEW.user AND kind = 'passkey') >= 20
BEGIN SELECT RAISE(ABORT, 'rolecall: a user has at most 20 passkeys'); END;
CREATE TRIGGER identity_passkey_fixed BEFORE UPDATE OF proof ON identity WHEN OLD.kind = 'passkey'
BEGIN SELECT RAISE(ABORT, 'rolecall: a passkey keeps its key'); END;
-- A signature counter that does not grow may be that of a copy. An authenticator without one says 0 each time.
CREATE TRIGGER identity_counter_grows BEFORE UPDATE OF sign_count ON identity
WHEN NEW.sign_count <= OLD.sign_count AND (NEW.sign_count <> 0 OR OLD.sign_count <> 0)
BEGIN SELECT RAISE(ABORT, 'rolecall: a signature counter grows'); END;

-- Challenges of ceremonies that succeeded. A challenge is a sealed text, so that giving one out stores nothing.
CREATE TABLE spent_challenge (
  id         TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_challenge_by_expiry ON spent_challenge (expires_at);
CREATE TRIGGER spent_challenge_once BEFORE INSERT ON spent_challenge WHEN EXISTS (SELECT 1 FROM spent_challenge WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rolecall: single-use'); END;
CREATE TRIGGER spent_challenge_stays BEFORE UPDATE ON spent_challenge
BEGIN SELECT RAISE(ABORT, 'rolecall: single-use'); END;
