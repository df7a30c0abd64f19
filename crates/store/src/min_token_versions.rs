//! Minimum versions of permission tokens. `audit_log` raises one in the transaction that revokes rights; it is due until it has been
//! written to the cache.

use crate::database::Database;
use crate::sql_store::{SqlStore, into_fault};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::MinTokenVersionStore;
use rolecall_core::domain::id::AccountId;

const MIN_TOKEN_VERSION: &str = "SELECT token_floor FROM account WHERE id = ?1";
const MARK_CACHED: &str = "UPDATE account SET floor_due_at = NULL WHERE id = ?1 AND token_floor = ?2";
const DUE: &str = "SELECT id FROM account WHERE floor_due_at IS NOT NULL ORDER BY floor_due_at LIMIT ?1";
/// Tokens issued before this time have all expired, so their minimum versions need no writing any more.
pub(crate) const CLEAR_EXPIRED_DUE: &str = "UPDATE account SET floor_due_at = NULL WHERE floor_due_at < ?1";

impl<D: Database> MinTokenVersionStore for SqlStore<D> {
    async fn min_token_version(&self, account: AccountId) -> Result<i64, Fault> {
        let sets = self.db.batch(vec![statement!(MIN_TOKEN_VERSION, account.to_string())]).await.map_err(into_fault)?;
        sets.first()
            .and_then(|rows| rows.first())
            .map_or(Ok(0), |row| row.integer("token_floor"))
            .map(|min_version| self.epoch.external_version(min_version))
    }

    async fn mark_cached(&self, account: AccountId, min_version: i64) -> Result<i64, Fault> {
        let account = account.to_string();
        let batch = vec![
            statement!(MARK_CACHED, account.as_str(), self.epoch.stored_version(min_version)),
            statement!(MIN_TOKEN_VERSION, account.as_str()),
        ];
        let sets = self.db.batch(batch).await.map_err(into_fault)?;
        sets.get(1)
            .and_then(|rows| rows.first())
            .map_or(Ok(min_version), |row| Ok(self.epoch.external_version(row.integer("token_floor")?)))
    }

    async fn min_token_versions_due(&self, limit: u32) -> Result<Vec<AccountId>, Fault> {
        let sets = self.db.batch(vec![statement!(DUE, i64::from(limit))]).await.map_err(into_fault)?;
        sets.into_iter().flatten().map(|row| row.parse("id", AccountId::parse)).collect()
    }
}
