//! Use cases of the audit log: reading it, sealed; and the sealing, which anyone may repeat.

use crate::accounts::member_lookups;
use crate::error::{AppError, Fault};
use crate::ports::{SealStore, Store};
use crate::request_context::{App, RequestContext};
use crate::transaction::{AuditedAction, query};
use rolecall_core::decision::queries;
use rolecall_core::domain::audit::{AuditFilter, Event, seal_run};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Lookup, Page};

/// Events sealed in one round: bounds the size of a batch.
const SEAL_ROUND: u32 = 100;
/// Accounts that one upkeep run seals.
const SEAL_ACCOUNTS: u32 = 50;

/// `GET …/audit-log`: a page, always sealed. The position after an item is its `seq`.
pub async fn list<S: Store + SealStore>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    filter: Result<AuditFilter, Vec<rolecall_core::domain::field_error::FieldError>>,
    page: Page,
) -> Result<Vec<Event>, AppError> {
    let unsealed = Lookup::Unsealed(account, SEAL_ROUND);
    let lookup = filter.map(|filter| Lookup::AuditPage(account, filter, page));
    let mut lookups = member_lookups(account);
    if let Ok(lookup) = &lookup {
        lookups.extend([lookup.clone(), unsealed.clone()]);
    }
    let read = || {
        let audited = Some(AuditedAction::new(account, "audit-log.read", Resource::new("account", account)));
        query(app, request, lookups.clone(), audited, |snapshot, ctx| match &lookup {
            Ok(lookup) => queries::audit_log(snapshot, app.config, ctx, account, lookup, &unsealed),
            Err(errors) => queries::refuse_fields(snapshot, app.config, ctx, account, errors.clone()),
        })
    };
    let page = read().await?;
    if page.whole {
        if page.fresh {
            request.deferred.borrow_mut().seal.push(account);
        }
        return Ok(page.events);
    }
    // More new events than one round: rare, since sealing follows every change.
    seal(app.store, account).await?;
    Ok(read().await?.events)
}

/// Gives hashes to all events of an account that have none. The values follow from the events alone.
pub async fn seal<S: SealStore>(store: &S, account: AccountId) -> Result<(), Fault> {
    loop {
        let (prev_hash, events) = store.unsealed(account, SEAL_ROUND).await?;
        if events.is_empty() {
            return Ok(());
        }
        store.seal(account, &seal_run(&prev_hash, &events)).await?;
        // Fewer than a round: there were no more. What came meanwhile is sealed by who brought it.
        if u32::try_from(events.len()).is_ok_and(|seen| seen < SEAL_ROUND) {
            return Ok(());
        }
    }
}

/// Seals what was left unsealed, wherever.
pub async fn seal_pending<S: SealStore>(store: &S) -> Result<(), Fault> {
    for account in store.unsealed_accounts(SEAL_ACCOUNTS).await? {
        seal(store, account).await?;
    }
    Ok(())
}
