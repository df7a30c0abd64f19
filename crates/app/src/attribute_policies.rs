//! Use cases of the attribute policy of an account.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, by_ref, execute, query};
use rolecall_core::decision::attribute_policy::{self, AttributePolicyWrite};
use rolecall_core::domain::attribute_policy::AttributePolicy;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AccountRef, Lookup};
use serde_json::Value;

fn lookups(account: AccountId) -> Vec<Lookup> {
    let mut lookups = member_lookups(account);
    lookups.push(Lookup::AttributePolicy(AccountRef::Id(account)));
    lookups
}

fn audited(account: AccountId, action: &'static str) -> Option<AuditedAction> {
    Some(AuditedAction::new(account, action, Resource::new("attribute_policy", account)))
}

/// `GET …/attribute-policy`: reads the attribute policy.
///
/// # Errors
///
/// Those of [`attribute_policy::get`] and [`query`].
pub async fn get<S: Store>(app: &AppState<'_, S>, request: &RequestContext, account: AccountId) -> Result<AttributePolicy, AppError> {
    let audited = audited(account, "attribute-policy.read");
    query(app, request, lookups(account), audited, |snapshot, ctx| attribute_policy::get(snapshot, app.config, ctx, account)).await
}

/// `PUT …/attribute-policy`: creates or replaces the attribute policy.
///
/// # Errors
///
/// Those of [`attribute_policy::put`] and [`execute`].
pub async fn put<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    document: Result<Value, Vec<FieldError>>,
    render: impl Fn(&AttributePolicyWrite) -> Option<StoredResponse>,
) -> Result<Outcome<AttributePolicyWrite>, AppError> {
    let audited = audited(account, "attribute-policy.update");
    let decide = |snapshot: &_, ctx: &_| attribute_policy::put(snapshot, app.config, ctx, account, by_ref(&document));
    execute(app, request, lookups(account), audited, decide, render).await
}

/// `DELETE …/attribute-policy`: deletes the attribute policy.
///
/// # Errors
///
/// Those of [`attribute_policy::delete`] and [`execute`].
pub async fn delete<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let audited = audited(account, "attribute-policy.delete");
    let decide = |snapshot: &_, ctx: &_| attribute_policy::delete(snapshot, app.config, ctx, account);
    execute(app, request, lookups(account), audited, decide, render).await
}
