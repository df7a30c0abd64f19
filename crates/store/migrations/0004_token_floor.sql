-- The version that an account's permission tokens must have at least: raised by each change that may withdraw a right.
-- The due time is set until the floor has been copied to where the gateway reads it.
ALTER TABLE account ADD COLUMN token_floor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN floor_due_at INTEGER;
CREATE INDEX account_floor_due ON account (floor_due_at) WHERE floor_due_at IS NOT NULL;
CREATE TRIGGER account_floor_grows BEFORE UPDATE OF token_floor ON account
WHEN NEW.token_floor < OLD.token_floor OR NEW.token_floor > NEW.version
BEGIN SELECT RAISE(ABORT, 'rolecall: a token floor never falls, and never passes the version'); END;
