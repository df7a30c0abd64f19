-- What the clock looks for every minute, and what the brake on invitations counts, by index.
CREATE INDEX session_by_use ON session (last_seen_at);
CREATE INDEX mail_done ON mail (created_at) WHERE due_at IS NULL;
CREATE INDEX audit_invitations ON audit_event (account, at) WHERE action IN ('invitation.create', 'invitation.resend');
