-- The browser in which a sign-up was asked for, as a hash: only there its password counts without being chosen again.
ALTER TABLE signup ADD COLUMN browser TEXT;

-- Whoever sends an invitation again vouches for it from then on; all its other terms stay.
DROP TRIGGER invitation_terms_fixed;
CREATE TRIGGER invitation_terms_fixed BEFORE UPDATE OF id, account, email, role, created_at ON invitation
BEGIN SELECT RAISE(ABORT, 'rolecall: an invitation keeps its terms'); END;
CREATE TRIGGER invitation_inviter_vouches BEFORE UPDATE OF invited_by ON invitation
WHEN OLD.state <> 'pending' OR NEW.link_version <= OLD.link_version
BEGIN SELECT RAISE(ABORT, 'rolecall: only a new link has a new inviter'); END;
