-- An account's attribute policy, whole: a JSON document of at most 64 KiB, read anew by each decision.
-- The revision is the account's version that the change made: it grows, also across a deletion, and is the ETag.
CREATE TABLE attribute_policy (
  account    TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
  document   TEXT NOT NULL CHECK (json_type(document) = 'object' AND length(CAST(document AS BLOB)) <= 65536),
  revision   INTEGER NOT NULL CHECK (revision >= 1),
  updated_by TEXT NOT NULL REFERENCES user (id),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER attribute_policy_insert_once BEFORE INSERT ON attribute_policy
WHEN EXISTS (SELECT 1 FROM attribute_policy WHERE account = NEW.account AND revision >= NEW.revision)
BEGIN SELECT RAISE(ABORT, 'rolecall: an attribute policy has one newest revision'); END;
CREATE TRIGGER attribute_policy_revision_grows BEFORE UPDATE ON attribute_policy
WHEN NEW.account <> OLD.account OR NEW.revision <= OLD.revision
BEGIN SELECT RAISE(ABORT, 'rolecall: an attribute policy has one newest revision'); END;
