-- What is done in an account raises its version, in the same statement that writes it down.
CREATE TRIGGER audit_raises_version AFTER INSERT ON audit_event WHEN NEW.outcome = 'done'
BEGIN UPDATE account SET version = version + 1 WHERE id = NEW.account; END;
