//! The restore epoch. A point-in-time restore begins a new epoch: versions outside the database include the epoch, so those issued
//! before the restore match nothing, and rows of an earlier epoch whose later state is unknown are invalidated.

use crate::database::Statement;
use crate::statement;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::Snapshot;

/// Revokes keys of earlier epochs, which cannot be used any more and should not count against the cap. No audit event is written: a
/// restore is not an event of an account.
const REVOKE_KEYS: &str = "UPDATE api_key SET revoked_at = ?2, permissions = '[]', resources = '[]' WHERE id IN \
    (SELECT id FROM api_key INDEXED BY api_key_live_by_epoch WHERE revoked_at IS NULL AND epoch < ?1 LIMIT ?3)";
/// Mail that was due at the time to which the database was restored may have been delivered after it.
const CANCEL_MAIL: &str = "UPDATE mail SET due_at = NULL, last_error = 'written before a restore' WHERE due_at IS NOT NULL AND epoch <> ?1";

/// Converts the stored versions and revisions of a snapshot to those of the epoch.
pub(crate) fn apply_to_versions(snapshot: &mut Snapshot, epoch: RestoreEpoch) {
    let accounts = snapshot.accounts.values_mut().flatten();
    let memberships = snapshot.caller_memberships.iter_mut().flatten().map(|(account, _)| account);
    for account in accounts.chain(memberships) {
        account.version = epoch.external_version(account.version);
    }
    for policy in snapshot.attribute_policies.values_mut().flatten() {
        policy.revision = epoch.external_version(policy.revision);
    }
}

/// The statements that invalidate rows of earlier epochs: at most `rows_max` API keys, and all due mail.
pub(crate) fn invalidate_earlier_epochs(epoch: RestoreEpoch, now: Timestamp, rows_max: i64) -> [Statement; 2] {
    [statement!(REVOKE_KEYS, epoch.number(), now.millis(), rows_max), statement!(CANCEL_MAIL, epoch.number())]
}
