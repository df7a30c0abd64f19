-- Ways in by another service, and second factors: identities of a provider or trusted issuer, of an authenticator app, and recovery codes.
DROP TRIGGER identity_insert_once;
DROP TRIGGER identity_key_fixed;
DROP TRIGGER identity_last_stays;
DROP TRIGGER identity_mailbox_stays;
DROP TRIGGER identity_passkeys_cap;
DROP TRIGGER identity_passkey_fixed;
DROP TRIGGER identity_counter_grows;
ALTER TABLE identity RENAME TO identity_before;
DROP INDEX identity_one_password;
DROP INDEX identity_one_email;
DROP INDEX identity_one_credential;
CREATE TABLE identity (
  user            TEXT NOT NULL REFERENCES user (id),
  id              TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('password', 'email', 'passkey', 'provider', 'totp', 'recovery')),
  -- The PHC string of a password, the COSE key of a passkey in base64url, the encrypted secret of an authenticator app, a JSON array
  -- with the hashes of unused recovery codes; empty for the mailbox and for a provider.
  proof           TEXT NOT NULL CHECK ((proof = '') = (kind IN ('email', 'provider')) AND CASE kind WHEN 'recovery' THEN json_type(proof) = 'array' ELSE 1 END),
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
  -- Of providers and trusted issuers alone: the person is `subject` at `issuer`. The address is what the issuer told last.
  issuer          TEXT CHECK ((issuer IS NOT NULL) = (kind = 'provider') AND length(issuer) BETWEEN 1 AND 1024),
  subject         TEXT CHECK ((subject IS NOT NULL) = (kind = 'provider') AND length(subject) BETWEEN 1 AND 255),
  told_email      TEXT CHECK (told_email IS NULL OR kind = 'provider'),
  -- Of an authenticator app alone: the last time step whose code was accepted; NULL until the first one.
  last_step       INTEGER CHECK (last_step IS NULL OR kind = 'totp'),
  PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_one_password ON identity (user) WHERE kind = 'password';
CREATE UNIQUE INDEX identity_one_email ON identity (user) WHERE kind = 'email';
CREATE UNIQUE INDEX identity_one_totp ON identity (user) WHERE kind = 'totp';
CREATE UNIQUE INDEX identity_one_recovery ON identity (user) WHERE kind = 'recovery';
CREATE UNIQUE INDEX identity_one_credential ON identity (credential) WHERE credential IS NOT NULL;
CREATE UNIQUE INDEX identity_one_subject ON identity (issuer, subject) WHERE issuer IS NOT NULL;
INSERT INTO identity (user, id, kind, proof, epoch, created_at, last_used_at, credential, sign_count, backup_eligible, backed_up, transports,
  aaguid, user_verified, label)
SELECT user, id, kind, proof, epoch, created_at, last_used_at, credential, sign_count, backup_eligible, backed_up, transports, aaguid,
  user_verified, label FROM identity_before;
DROP TABLE identity_before;

CREATE TRIGGER identity_insert_once BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity WHERE user = NEW.user AND id = NEW.id)
  OR EXISTS (SELECT 1 FROM identity WHERE credential = NEW.credential)
  OR EXISTS (SELECT 1 FROM identity WHERE issuer = NEW.issuer AND subject = NEW.subject)
BEGIN SELECT RAISE(ABORT, 'rolecall: identity exists'); END;
CREATE TRIGGER identity_key_fixed BEFORE UPDATE OF user, id, kind, created_at, credential, backup_eligible, aaguid, user_verified, issuer, subject ON identity
BEGIN SELECT RAISE(ABORT, 'rolecall: an identity keeps its user and kind'); END;
CREATE TRIGGER identity_last_stays BEFORE DELETE ON identity
WHEN (SELECT count(*) FROM identity WHERE user = OLD.user) = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a user keeps a way to sign in'); END;
-- Verified-email: a user's mailbox was proven and stays proven.
CREATE TRIGGER identity_mailbox_stays BEFORE DELETE ON identity WHEN OLD.kind = 'email'
BEGIN SELECT RAISE(ABORT, 'rolecall: verified-email'); END;
CREATE TRIGGER identity_cap BEFORE INSERT ON identity
WHEN NEW.kind IN ('passkey', 'provider') AND (SELECT count(*) FROM identity WHERE user = NEW.user AND kind = NEW.kind) >= 20
BEGIN SELECT RAISE(ABORT, 'rolecall: a user has at most 20 passkeys and 20 identities of providers'); END;
CREATE TRIGGER identity_proof_fixed BEFORE UPDATE OF proof ON identity WHEN OLD.kind = 'passkey'
BEGIN SELECT RAISE(ABORT, 'rolecall: a passkey keeps its key'); END;
-- A signature counter that does not grow may be that of a copy. An authenticator without one says 0 each time.
CREATE TRIGGER identity_counter_grows BEFORE UPDATE OF sign_count ON identity
WHEN NEW.sign_count <= OLD.sign_count AND (NEW.sign_count <> 0 OR OLD.sign_count <> 0)
BEGIN SELECT RAISE(ABORT, 'rolecall: a signature counter grows'); END;
-- A code of an authenticator app is accepted once, and no older one after it (RFC 6238 section 5.2).
CREATE TRIGGER identity_step_once BEFORE UPDATE OF last_step ON identity
WHEN OLD.last_step IS NOT NULL AND (NEW.last_step IS NULL OR NEW.last_step <= OLD.last_step)
BEGIN SELECT RAISE(ABORT, 'rolecall: single-use'); END;
-- Unused recovery codes become fewer; new ones are another identity.
CREATE TRIGGER identity_recovery_once BEFORE UPDATE OF proof ON identity
WHEN CASE OLD.kind WHEN 'recovery' THEN json_array_length(NEW.proof) >= json_array_length(OLD.proof) END
BEGIN SELECT RAISE(ABORT, 'rolecall: single-use'); END;
