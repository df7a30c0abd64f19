-- The restore epoch in which a password was chosen, a mail written, an API key made. After a restore, rows of an earlier
-- epoch do not count: what became of them since the restored minute is not known any more.
ALTER TABLE user ADD COLUMN password_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
CREATE INDEX api_key_live_by_epoch ON api_key (epoch) WHERE revoked_at IS NULL;
