-- One-time codes by mail. The code itself is not stored: it is derived from the id and the server's key. It counts for the browser
-- that asked, by the hash of its key. A code for an address without a user is mailed to nobody, and its tries are counted all the same.
CREATE TABLE email_code (
  id         TEXT NOT NULL PRIMARY KEY,
  email      TEXT NOT NULL,
  user       TEXT REFERENCES user (id),
  browser    TEXT NOT NULL,
  network    TEXT NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  open       INTEGER NOT NULL CHECK (open IN (0, 1) AND (open = 0 OR tries < 5)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX email_code_by_email ON email_code (email, created_at);
CREATE INDEX email_code_by_age ON email_code (created_at);
CREATE TRIGGER email_code_closed_for_good BEFORE UPDATE ON email_code
WHEN OLD.open = 0 OR NEW.tries < OLD.tries OR NEW.id <> OLD.id OR NEW.email <> OLD.email OR NEW.user IS NOT OLD.user
  OR NEW.browser <> OLD.browser OR NEW.created_at <> OLD.created_at
BEGIN SELECT RAISE(ABORT, 'rolecall: a used code stays used'); END;
