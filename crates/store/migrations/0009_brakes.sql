-- What was done of late, in windows of the clock: `hour` and `day` count since 1970, and say to which hour or day the counts
-- beside them belong. They are kept in the rows that a change loads anyway, so that a brake costs no look at the log.
ALTER TABLE account ADD COLUMN hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN hour_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN hour_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN hour_invitations INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN day_teams INTEGER NOT NULL DEFAULT 0;

-- What is done raises the account's version, and is counted for the account and for whoever does it. Answers to invitations, and
-- what only takes away, are counted for nobody: there is one at most for something that was counted when it came, and a full
-- hour must stop neither a team's guests nor whoever removes who filled it (`core::brakes::UNCOUNTED`, which a test compares).
DROP TRIGGER audit_raises_version;
CREATE TRIGGER audit_raises_version AFTER INSERT ON audit_event WHEN NEW.outcome = 'done'
BEGIN
  UPDATE account SET version = version + 1,
    hour_changes = iif(NEW.at / 3600000 > hour, 0, hour_changes)
      + (NEW.action NOT IN ('account.create', 'invitation.accept', 'invitation.decline', 'invitation.revoke', 'member.leave', 'member.remove', 'api-key.revoke', 'role.delete', 'attribute-policy.delete', 'team.delete')),
    hour = max(hour, NEW.at / 3600000)
  WHERE id = NEW.account;
  UPDATE user SET
    hour_changes = iif(NEW.at / 3600000 > hour, 0, hour_changes) + 1,
    hour_invitations = iif(NEW.at / 3600000 > hour, 0, hour_invitations) + (NEW.action IN ('invitation.create', 'invitation.resend')),
    hour = max(hour, NEW.at / 3600000),
    day_teams = iif(NEW.at / 86400000 > day, 0, day_teams) + (NEW.action = 'account.convert'),
    day = max(day, NEW.at / 86400000)
  WHERE id = NEW.actor_id AND NEW.actor_type = 'user'
    AND NEW.action NOT IN ('account.create', 'invitation.accept', 'invitation.decline', 'invitation.revoke', 'member.leave', 'member.remove', 'api-key.revoke', 'role.delete', 'attribute-policy.delete', 'team.delete');
END;

-- An event is kept for ever, so it is small: 2 kB of data, and a name that was cut before.
CREATE TRIGGER audit_bounded BEFORE INSERT ON audit_event
WHEN length(CAST(NEW.data AS BLOB)) > 2048 OR length(CAST(NEW.actor_name AS BLOB)) > 256
BEGIN SELECT RAISE(ABORT, 'rolecall: an audit event is small'); END;
