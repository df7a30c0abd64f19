//! Floors of permission tokens: raised with the change that withdraws a right (`log`), due until they are shelved.

use crate::database::Database;
use crate::sql_store::{SqlStore, into_fault};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::MinTokenVersionStore;
use rolecall_core::domain::id::AccountId;

const FLOOR: &str = "SELECT token_floor FROM account WHERE id = ?1";
const SHELVED: &str = "UPDATE account SET floor_due_at = NULL WHERE id = ?1 AND token_floor = ?2";
const DUE: &str = "SELECT id FROM account WHERE floor_due_at IS NOT NULL ORDER BY floor_due_at LIMIT ?1";
/// Of tokens that were made before this time none is left.
pub(crate) const FORGET: &str = "UPDATE account SET floor_due_at = NULL WHERE floor_due_at < ?1";

impl<D: Database> MinTokenVersionStore for SqlStore<D> {
    async fn min_token_version(&self, account: AccountId) -> Result<i64, Fault> {
        let sets = self.db.batch(vec![statement!(FLOOR, account.to_string())]).await.map_err(into_fault)?;
        sets.first().and_then(|rows| rows.first()).map_or(Ok(0), |row| row.integer("token_floor")).map(|floor| self.epoch.version(floor))
    }

    async fn mark_cached(&self, account: AccountId, floor: i64) -> Result<i64, Fault> {
        let account = account.to_string();
        let batch = vec![statement!(SHELVED, account.as_str(), self.epoch.stored(floor)), statement!(FLOOR, account.as_str())];
        let sets = self.db.batch(batch).await.map_err(into_fault)?;
        sets.get(1).and_then(|rows| rows.first()).map_or(Ok(floor), |row| Ok(self.epoch.version(row.integer("token_floor")?)))
    }

    async fn min_token_versions_due(&self, limit: u32) -> Result<Vec<AccountId>, Fault> {
        let sets = self.db.batch(vec![statement!(DUE, i64::from(limit))]).await.map_err(into_fault)?;
        sets.into_iter().flatten().map(|row| row.parse("id", AccountId::parse)).collect()
    }
}
