//! Idempotency records, the last use of sessions and API keys, and the scheduled deletion of expired rows.

use crate::database::Database;
use crate::sql_store::{SqlStore, into_fault};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::{MaintenanceStore, UsedCredential};
use rolecall_core::credential::min_token_version::MIN_TOKEN_VERSION_TTL_SECONDS;
use rolecall_core::credential::one_time_code::CODE_SECONDS;
use rolecall_core::decision::email_codes::MAILS_LONG_WINDOW_SECONDS;
use rolecall_core::domain::session::{RESET_SECONDS, SESSION_IDLE_SECONDS, SESSION_SECONDS, SIGNUP_SECONDS};
use rolecall_core::domain::time::Timestamp;

/// Retention of idempotency records: one day, in seconds.
const REPLAY_SECONDS: i64 = 24 * 60 * 60;
/// Retention of mail that is delivered or given up, so that an operator can see whether it was sent: seven days, in seconds.
const MAIL_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long after its expiry an invitation can still be resent and an API key is still listed: thirty days, in seconds.
const EXPIRED_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Retention of revoked API keys, during which revoking one again succeeds: thirty days, in seconds.
const REVOKED_KEY_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Maximum rows of one kind that one run closes or deletes; the scheduled handler runs every minute.
const RUN_ROWS_MAX: i64 = 500;
/// Retention of a count of failed sign-ins after the last failure: thirty days, in seconds.
const ATTEMPT_SECONDS: i64 = 30 * 24 * 60 * 60;

const TOUCH_SESSION: &str = "UPDATE session SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2";
const TOUCH_KEY: &str = "UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";
const PURGE_IDEMPOTENCY: &str = "DELETE FROM idempotency WHERE created_at < ?1";
const PURGE_SESSIONS: &str = "DELETE FROM session WHERE created_at < ?1";
const PURGE_IDLE_SESSIONS: &str = "DELETE FROM session WHERE last_seen_at < ?1";
const PURGE_SIGNUPS: &str = "DELETE FROM signup WHERE created_at < ?1";
const PURGE_RESETS: &str = "DELETE FROM reset WHERE created_at < ?1";
const PURGE_EMAIL_CODES: &str = "DELETE FROM email_code WHERE created_at < ?1";
const PURGE_MAIL: &str = "DELETE FROM mail WHERE due_at IS NULL AND created_at < ?1";
const PURGE_ATTEMPTS: &str = "DELETE FROM attempt WHERE last_failure < ?1";
const PURGE_CHALLENGES: &str = "DELETE FROM spent_challenge WHERE expires_at < ?1";
const CLOSE_EXPIRED_INVITATIONS: &str = "UPDATE invitation SET state = 'expired', closed_at = ?2 WHERE id IN \
    (SELECT id FROM invitation INDEXED BY invitation_overdue WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at < ?1 LIMIT ?3)";
const REVOKE_EXPIRED_KEYS: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id IN \
    (SELECT id FROM api_key INDEXED BY api_key_by_end WHERE revoked_at IS NULL AND expires_at IS NOT NULL AND expires_at < ?1 LIMIT ?3)";
const PURGE_KEYS: &str = "DELETE FROM api_key WHERE id IN (SELECT id FROM api_key INDEXED BY api_key_ended WHERE revoked_at IS NOT NULL AND revoked_at < ?1 LIMIT ?2)";
const PING: &str = "SELECT 1 AS alive FROM account LIMIT 1";

impl<D: Database> MaintenanceStore for SqlStore<D> {
    async fn record_last_use(&self, used: UsedCredential, now: Timestamp) -> Result<(), Fault> {
        let statement = match used {
            UsedCredential::Session(id) => statement!(TOUCH_SESSION, id.to_string(), now.millis()),
            UsedCredential::ApiKey(id) => statement!(TOUCH_KEY, id.to_string(), now.millis()),
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
            // Kept for a day after the link expires, so that the response to an expired link is specific.
            statement!(PURGE_SIGNUPS, before(2 * SIGNUP_SECONDS)),
            statement!(PURGE_RESETS, before(RESET_SECONDS + SIGNUP_SECONDS)),
            // The limits of mails count them for an hour.
            statement!(PURGE_EMAIL_CODES, before(MAILS_LONG_WINDOW_SECONDS + CODE_SECONDS)),
            statement!(PURGE_MAIL, before(MAIL_SECONDS)),
            statement!(PURGE_ATTEMPTS, before(ATTEMPT_SECONDS)),
            // Kept for a minute longer, for Workers whose clocks differ.
            statement!(PURGE_CHALLENGES, before(60)),
            statement!(CLOSE_EXPIRED_INVITATIONS, before(EXPIRED_SECONDS), now.millis(), RUN_ROWS_MAX),
            statement!(REVOKE_EXPIRED_KEYS, before(EXPIRED_SECONDS), now.millis(), RUN_ROWS_MAX),
            statement!(PURGE_KEYS, before(REVOKED_KEY_SECONDS), RUN_ROWS_MAX),
            statement!(crate::min_token_versions::CLEAR_EXPIRED_DUE, before(MIN_TOKEN_VERSION_TTL_SECONDS)),
        ];
        batch.extend(crate::restore_epoch::invalidate_earlier_epochs(self.epoch, now, RUN_ROWS_MAX));
        self.db.batch(batch).await.map_err(into_fault)?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.db.batch(vec![statement!(PING)]).await.map_err(into_fault)?;
        Ok(())
    }
}
