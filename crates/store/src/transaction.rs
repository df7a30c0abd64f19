//! Loading, committing and recording of denials. Each is one batch and therefore one transaction.

use crate::database::{Database, DbError, Statement};
use crate::sql_store::{SqlStore, into_fault};
use crate::{audit_log, denials, effects, idempotency, lookups, preconditions, restore_epoch};
use rolecall_app::Fault;
use rolecall_app::ports::{CommitError, DeniedAttempt, IdempotencyRecord, Load, PriorResponses, Store};
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::Snapshot;

impl<D: Database> Store for SqlStore<D> {
    async fn load(&self, load: &Load) -> Result<(Snapshot, PriorResponses), Fault> {
        let (statements, read) = lookups::plan(load);
        let sets = self.db.batch(statements).await.map_err(into_fault)?;
        let mut loaded = read(sets)?;
        restore_epoch::apply_to_versions(&mut loaded.snapshot, self.epoch);
        Ok((loaded.snapshot, loaded.prior_responses))
    }

    async fn commit(&self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError> {
        // Preconditions come first, because the effects change what they read; the events, which increment account versions, come after
        // the effects.
        let mut batch: Vec<Statement> = preconditions::statement(&change.preconditions, self.epoch).into_iter().collect();
        for effect in &change.effects {
            effects::push(&mut batch, effect, self.epoch);
        }
        for event in &change.events {
            audit_log::push(&mut batch, event, change.revokes_rights_in(event.account));
        }
        batch.extend(record.map(idempotency::insert));
        match self.db.batch(batch).await {
            Ok(_) => Ok(()),
            Err(DbError::Refused(_)) => Err(CommitError::Stale),
            Err(DbError::Failed(text)) => Err(CommitError::Fault(Fault::new(text))),
        }
    }

    async fn record_denial(&self, denied: &DeniedAttempt) -> Result<(), Fault> {
        self.db.batch(denials::insert(denied)).await.map_err(into_fault)?;
        Ok(())
    }
}
