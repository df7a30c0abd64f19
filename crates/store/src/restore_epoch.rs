//! The restore epoch at the border of the database: versions outside of it differ from epoch to epoch, and rows of an
//! earlier epoch whose fate since then is not known are put away.

use crate::database::Statement;
use crate::statement;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::Snapshot;

/// A key that nobody can use any more takes no room; it is not an event of its account, whose log says nothing of restores.
const REVOKE_KEYS: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id IN \
    (SELECT id FROM api_key INDEXED BY api_key_live_by_epoch WHERE revoked_at IS NULL AND epoch < ?1 LIMIT ?3)";
/// Mail that waited at the restored minute may have been delivered since.
const PUT_MAIL_AWAY: &str =
    "UPDATE mail SET due_at = NULL, last_error = 'written before a restore' WHERE due_at IS NOT NULL AND epoch <> ?1";

/// The versions of a snapshot as they are outside of the database.
pub(crate) fn raise_versions(snapshot: &mut Snapshot, epoch: RestoreEpoch) {
    let accounts = snapshot.accounts.values_mut().flatten();
    let memberships = snapshot.caller_memberships.iter_mut().flatten().map(|(account, _)| account);
    for account in accounts.chain(memberships) {
        account.version = epoch.version(account.version);
    }
    for policy in snapshot.attribute_policies.values_mut().flatten() {
        policy.revision = epoch.version(policy.revision);
    }
}

/// The statements that end what an earlier epoch left in the database.
pub(crate) fn clearing(epoch: RestoreEpoch, now: Timestamp, rows_max: i64) -> [Statement; 2] {
    [statement!(REVOKE_KEYS, epoch.number(), now.millis(), rows_max), statement!(PUT_MAIL_AWAY, epoch.number())]
}
