-- Refused attempts are told apart by actor, action and resource, and counted by actor, by account, and minute.
DROP INDEX audit_denied;
CREATE INDEX audit_denied_by_actor ON audit_event (account, actor_id, at) WHERE outcome = 'denied';
CREATE INDEX audit_denied_by_time ON audit_event (account, at) WHERE outcome = 'denied';
