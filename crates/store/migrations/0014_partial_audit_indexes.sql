-- The indexes of filters contain sealed events only: an event is entered into them when it is sealed, after the response to its
-- change. Until then a page finds it by `audit_unsealed`.
DROP INDEX audit_by_actor;
DROP INDEX audit_by_action;
DROP INDEX audit_by_type;
DROP INDEX audit_by_resource;
DROP INDEX audit_by_actor_action;
CREATE INDEX audit_by_actor ON audit_event (account, actor_id, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_action ON audit_event (account, action, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_type ON audit_event (account, resource_type, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_resource ON audit_event (account, resource_id, seq) WHERE hash IS NOT NULL;
CREATE INDEX audit_by_actor_action ON audit_event (account, actor_id, action, seq) WHERE hash IS NOT NULL;
