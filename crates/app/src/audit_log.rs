//! Use cases of the audit log: reading sealed events, and sealing, which is idempotent.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::{AppError, Fault};
use crate::ports::{SealStore, Store};
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, query};
use rolecall_core::decision::queries;
use rolecall_core::domain::audit::{AuditFilter, Event, seal_run};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Lookup, Page};

/// Maximum number of events that are sealed in one batch.
const SEAL_ROUND: u32 = 100;
/// Maximum number of accounts that one run of [`seal_pending`] seals.
const SEAL_ACCOUNTS: u32 = 50;

/// `GET …/audit-log`: lists a page of events, each with its hash. The sort key of an item is its `seq`.
///
/// # Errors
///
/// Those of [`queries::audit_log`] and [`query`], after authorisation the invalid fields of `filter`, and faults of [`seal`].
pub async fn list<S: Store + SealStore>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    filter: Result<AuditFilter, Vec<FieldError>>,
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
            Err(errors) => queries::reject_audit_query(snapshot, app.config, ctx, account, errors.clone()),
        })
    };
    let page = read().await?;
    if page.whole {
        if page.fresh {
            request.deferred.borrow_mut().seal.push(account);
        }
        return Ok(page.events);
    }
    // More unsealed events than one batch: rare, since every change is sealed after its response.
    seal(app.store, account).await?;
    Ok(read().await?.events)
}

/// Seals all events of an account that have no hash. The hashes depend on the events alone, so concurrent runs write the same.
///
/// # Errors
///
/// A fault of the store; what was sealed before remains sealed.
pub async fn seal<S: SealStore>(store: &S, account: AccountId) -> Result<(), Fault> {
    loop {
        let (prev_hash, events) = store.unsealed(account, SEAL_ROUND).await?;
        if events.is_empty() {
            return Ok(());
        }
        store.seal(account, &seal_run(&prev_hash, &events)).await?;
        // An incomplete batch was the last one. Events that were written meanwhile are sealed by their own requests.
        if u32::try_from(events.len()).is_ok_and(|seen| seen < SEAL_ROUND) {
            return Ok(());
        }
    }
}

/// Seals accounts that have unsealed events, at most 50: for the scheduled handler.
///
/// # Errors
///
/// A fault of the store; the following run continues.
pub async fn seal_pending<S: SealStore>(store: &S) -> Result<(), Fault> {
    for account in store.unsealed_accounts(SEAL_ACCOUNTS).await? {
        seal(store, account).await?;
    }
    Ok(())
}
