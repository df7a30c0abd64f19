-- Sealing a run of events is one statement: its rows go through this view one after the other, each after the one before.
CREATE VIEW seal (account, seq, prev_hash, hash) AS SELECT account, seq, prev_hash, hash FROM audit_event WHERE 0;
CREATE TRIGGER seal_event INSTEAD OF INSERT ON seal
BEGIN
  UPDATE audit_event SET prev_hash = NEW.prev_hash, hash = NEW.hash WHERE account = NEW.account AND seq = NEW.seq AND hash IS NULL;
END;
