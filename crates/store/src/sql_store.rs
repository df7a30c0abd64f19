//! The store of the use cases on any SQLite that runs a batch as one transaction.

use crate::database::{Database, DbError};
use rolecall_app::Fault;
use rolecall_core::domain::restore_epoch::RestoreEpoch;

/// Rolecall's store on any SQLite that can run a batch as one transaction.
#[derive(Debug)]
pub struct SqlStore<D> {
    /// The database.
    pub db: D,
    pub(crate) epoch: RestoreEpoch,
}

impl<D: Database> SqlStore<D> {
    /// A store on a migrated database that was never restored.
    pub fn new(db: D) -> Self {
        SqlStore { db, epoch: RestoreEpoch::FIRST }
    }

    /// The same in a restore epoch.
    #[must_use]
    pub fn in_epoch(self, epoch: RestoreEpoch) -> Self {
        SqlStore { epoch, ..self }
    }
}

/// A refusal outside of a commit cannot be: nothing there relies on a fact.
pub(crate) fn into_fault(error: DbError) -> Fault {
    match error {
        DbError::Refused(text) | DbError::Failed(text) => Fault::new(text),
    }
}
