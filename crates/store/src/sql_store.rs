//! [`SqlStore`], which implements the storage ports of the use cases.

use crate::database::{Database, DbError};
use rolecall_app::Fault;
use rolecall_core::domain::restore_epoch::RestoreEpoch;

/// The storage ports of the use cases, implemented on any [`Database`].
#[derive(Debug)]
pub struct SqlStore<D> {
    /// The database, with all migrations applied.
    pub db: D,
    pub(crate) epoch: RestoreEpoch,
}

impl<D: Database> SqlStore<D> {
    /// Creates a store for a migrated database that was never restored.
    pub fn new(db: D) -> Self {
        SqlStore { db, epoch: RestoreEpoch::FIRST }
    }

    /// Sets the restore epoch. Versions and revisions that were issued in another epoch match nothing.
    #[must_use]
    pub fn with_epoch(self, epoch: RestoreEpoch) -> Self {
        SqlStore { epoch, ..self }
    }
}

/// Converts a database error outside of a commit. There a rejection is a fault too, because only commits have preconditions.
pub(crate) fn into_fault(error: DbError) -> Fault {
    match error {
        DbError::Refused(text) | DbError::Failed(text) => Fault::new(text),
    }
}
