-- What time has ended does not count: an expired key or invitation makes room for a new one, and goes after a while.

-- API keys. Whoever made a live key is a member: keys end with the membership. An ended key keeps what names it, and no lists.
DROP TRIGGER api_key_terms_fixed;
DROP TRIGGER api_key_delete_never;
UPDATE api_key SET revoked_at = unixepoch() * 1000
WHERE revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m WHERE m.account = api_key.account AND m.user = api_key.created_by);
UPDATE api_key SET permissions = '[]', resources = '[]' WHERE revoked_at IS NOT NULL;
CREATE TRIGGER api_key_terms_fixed BEFORE UPDATE OF id, account, secret, created_by, created_at, expires_at ON api_key
BEGIN SELECT RAISE(ABORT, 'rolecall: an API key keeps its terms'); END;
CREATE TRIGGER api_key_rights_fixed BEFORE UPDATE OF permissions, resources ON api_key
WHEN NEW.revoked_at IS NULL OR NEW.permissions <> '[]' OR NEW.resources <> '[]'
BEGIN SELECT RAISE(ABORT, 'rolecall: an API key keeps its terms'); END;
CREATE TRIGGER api_key_live_stays BEFORE DELETE ON api_key WHEN OLD.revoked_at IS NULL
BEGIN SELECT RAISE(ABORT, 'rolecall: an API key is revoked before it is deleted'); END;
CREATE TRIGGER api_key_of_member BEFORE INSERT ON api_key
WHEN NEW.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM member WHERE account = NEW.account AND user = NEW.created_by)
BEGIN SELECT RAISE(ABORT, 'rolecall: an API key is made by a member'); END;
CREATE TRIGGER member_keys_end_first BEFORE DELETE ON member
WHEN EXISTS (SELECT 1 FROM api_key WHERE account = OLD.account AND created_by = OLD.user AND revoked_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'rolecall: API keys end with the membership of who made them'); END;
CREATE INDEX api_key_ended ON api_key (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_by_end ON api_key (expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;

-- Invitations that wait, by their end: of one team, where a new one needs room, and of all, for the scheduled upkeep.
CREATE INDEX invitation_by_end ON invitation (account, expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;
CREATE INDEX invitation_overdue ON invitation (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;

-- Sessions of one user: with more than a hundred, those that were unused for longest end.
CREATE TRIGGER session_bounded AFTER INSERT ON session
WHEN (SELECT count(*) FROM session WHERE user = NEW.user) > 100
BEGIN
  DELETE FROM session WHERE id IN (SELECT id FROM session WHERE user = NEW.user ORDER BY last_seen_at DESC, id DESC LIMIT -1 OFFSET 100);
END;
