-- How many answers are kept for whom: counted as they come and go, so that a cap costs one row and not a scan.
CREATE TABLE replay_count (
  principal TEXT NOT NULL PRIMARY KEY,
  records   INTEGER NOT NULL CHECK (records >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO replay_count SELECT principal, count(*) FROM idempotency GROUP BY principal;
CREATE TRIGGER idempotency_counted AFTER INSERT ON idempotency
BEGIN
  INSERT INTO replay_count (principal, records) VALUES (NEW.principal, 1)
  ON CONFLICT (principal) DO UPDATE SET records = records + 1;
END;
CREATE TRIGGER idempotency_uncounted AFTER DELETE ON idempotency
BEGIN
  UPDATE replay_count SET records = records - 1 WHERE principal = OLD.principal;
  DELETE FROM replay_count WHERE principal = OLD.principal AND records = 0;
END;
-- With more than ten thousand the oldest go, a hundred at a time: nobody is refused for having sent many keys, and what was
-- sent a moment ago is still known.
CREATE TRIGGER idempotency_capped AFTER UPDATE OF records ON replay_count WHEN NEW.records > 10000
BEGIN
  DELETE FROM idempotency WHERE principal = NEW.principal AND key IN
    (SELECT key FROM idempotency WHERE principal = NEW.principal ORDER BY created_at, key LIMIT 100);
END;
-- A kept answer is small: what can be long is read again instead.
CREATE TRIGGER idempotency_bounded BEFORE INSERT ON idempotency
WHEN length(CAST(NEW.body AS BLOB)) > 2048
BEGIN SELECT RAISE(ABORT, 'rolecall: a kept answer is small'); END;
