-- What proves a user: rows of their own, so that a user can have no password, one, or further ways to sign in. The password
-- of a user becomes their first identity; its id has the digits of the user's id.
CREATE TABLE identity (
  user       TEXT NOT NULL REFERENCES user (id),
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('password')),
  -- The PHC string of a password.
  proof      TEXT NOT NULL CHECK (proof <> ''),
  -- Restore epoch in which the proof was set.
  epoch      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_one_password ON identity (user) WHERE kind = 'password';

INSERT INTO identity (user, id, kind, proof, epoch, created_at)
SELECT id, 'idn_' || substr(id, 5), 'password', password, password_epoch, created_at FROM user;
ALTER TABLE user DROP COLUMN password;
ALTER TABLE user DROP COLUMN password_epoch;

CREATE TRIGGER identity_insert_once BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity WHERE user = NEW.user AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rolecall: identity exists'); END;
CREATE TRIGGER identity_key_fixed BEFORE UPDATE OF user, id, kind, created_at ON identity
BEGIN SELECT RAISE(ABORT, 'rolecall: an identity keeps its user and kind'); END;
CREATE TRIGGER identity_last_stays BEFORE DELETE ON identity
WHEN (SELECT count(*) FROM identity WHERE user = OLD.user) = 1
BEGIN SELECT RAISE(ABORT, 'rolecall: a user keeps a way to sign in'); END;
