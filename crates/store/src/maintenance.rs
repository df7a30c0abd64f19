//! What nobody waits for: idempotency records, last use of sessions and keys, deleting what has run out.

use crate::database::{Database, Statement};
use crate::sql_store::{SqlStore, into_fault};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::{IdempotencyRecord, LastUse, MaintenanceStore};
use rolecall_core::credential::min_token_version::MIN_TOKEN_VERSION_TTL_SECONDS;
use rolecall_core::domain::session::{RESET_SECONDS, SESSION_IDLE_SECONDS, SESSION_SECONDS, SIGNUP_SECONDS};
use rolecall_core::domain::time::Timestamp;

/// An answer can be replayed for a day. In seconds.
const REPLAY_SECONDS: i64 = 24 * 60 * 60;
/// Delivered mail is kept for a week, to answer "did it go out?". In seconds.
const MAIL_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long an invitation that has expired can still be sent again, and how long a key that has expired is still shown. In
/// seconds: thirty days.
const OVERDUE_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long the row of an ended key is kept, so that revoking it again is the same success. In seconds: thirty days.
const ENDED_KEY_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Rows of one kind that one round ends or deletes at most; there is a round each minute.
const ROUND: i64 = 500;
/// A count of failed sign-ins is forgotten after thirty quiet days. In seconds.
const ATTEMPT_SECONDS: i64 = 30 * 24 * 60 * 60;

const RECORD: &str = "INSERT INTO idempotency (principal, key, fingerprint, kind, body, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const TOUCH_SESSION: &str = "UPDATE session SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2";
const TOUCH_KEY: &str = "UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";
const PURGE_IDEMPOTENCY: &str = "DELETE FROM idempotency WHERE created_at < ?1";
const PURGE_SESSIONS: &str = "DELETE FROM session WHERE created_at < ?1";
const PURGE_IDLE_SESSIONS: &str = "DELETE FROM session WHERE last_seen_at < ?1";
const PURGE_SIGNUPS: &str = "DELETE FROM signup WHERE created_at < ?1";
const PURGE_RESETS: &str = "DELETE FROM reset WHERE created_at < ?1";
const PURGE_MAIL: &str = "DELETE FROM mail WHERE due_at IS NULL AND created_at < ?1";
const PURGE_ATTEMPTS: &str = "DELETE FROM attempt WHERE last_failure < ?1";
const END_OVERDUE_INVITATIONS: &str = "UPDATE invitation SET state = 'expired', closed_at = ?2 WHERE id IN \
    (SELECT id FROM invitation INDEXED BY invitation_overdue WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at < ?1 LIMIT ?3)";
const END_OVERDUE_KEYS: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id IN \
    (SELECT id FROM api_key INDEXED BY api_key_by_end WHERE revoked_at IS NULL AND expires_at IS NOT NULL AND expires_at < ?1 LIMIT ?3)";
const PURGE_KEYS: &str = "DELETE FROM api_key WHERE id IN (SELECT id FROM api_key INDEXED BY api_key_ended WHERE revoked_at IS NOT NULL AND revoked_at < ?1 LIMIT ?2)";
const PING: &str = "SELECT 1 AS alive FROM account LIMIT 1";

/// The statement that keeps an answer; a second one under the same key refuses the batch.
pub(crate) fn record(record: &IdempotencyRecord) -> Statement {
    statement!(
        RECORD,
        record.principal.as_str(),
        record.key.as_str(),
        record.response.fingerprint.as_str(),
        record.response.kind.as_str(),
        record.response.body.as_str(),
        record.at.millis()
    )
}

impl<D: Database> MaintenanceStore for SqlStore<D> {
    async fn record_last_use(&self, used: LastUse, now: Timestamp) -> Result<(), Fault> {
        let statement = match used {
            LastUse::Session(id) => statement!(TOUCH_SESSION, id.to_string(), now.millis()),
            LastUse::ApiKey(id) => statement!(TOUCH_KEY, id.to_string(), now.millis()),
        };
        self.db.batch(vec![statement]).await.map_err(into_fault)?;
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<(), Fault> {
        let before = |seconds: i64| now.plus_seconds(-seconds).millis();
        let mut batch = vec![
            statement!(PURGE_IDEMPOTENCY, before(REPLAY_SECONDS)),
            statement!(PURGE_SESSIONS, before(SESSION_SECONDS)),
            statement!(PURGE_IDLE_SESSIONS, before(SESSION_IDLE_SECONDS)),
            // A day more than the link lives, so that an old link gets its true answer for a while.
            statement!(PURGE_SIGNUPS, before(2 * SIGNUP_SECONDS)),
            statement!(PURGE_RESETS, before(RESET_SECONDS + SIGNUP_SECONDS)),
            statement!(PURGE_MAIL, before(MAIL_SECONDS)),
            statement!(PURGE_ATTEMPTS, before(ATTEMPT_SECONDS)),
            statement!(END_OVERDUE_INVITATIONS, before(OVERDUE_SECONDS), now.millis(), ROUND),
            statement!(END_OVERDUE_KEYS, before(OVERDUE_SECONDS), now.millis(), ROUND),
            statement!(PURGE_KEYS, before(ENDED_KEY_SECONDS), ROUND),
            statement!(crate::min_token_versions::FORGET, before(MIN_TOKEN_VERSION_TTL_SECONDS)),
        ];
        batch.extend(crate::restore_epoch::clearing(self.epoch, now, ROUND));
        self.db.batch(batch).await.map_err(into_fault)?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.db.batch(vec![statement!(PING)]).await.map_err(into_fault)?;
        Ok(())
    }
}
