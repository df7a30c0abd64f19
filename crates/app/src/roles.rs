//! Use cases of roles.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, by_ref, execute, query};
use rolecall_core::decision::queries;
use rolecall_core::decision::roles::{self, RoleDefinition};
pub use rolecall_core::decision::roles::{NewRole, RoleUpdate};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::Lookup;

/// `GET …/roles`: lists all roles, built-in roles first.
///
/// # Errors
///
/// Those of [`queries::roles`] and [`query`].
pub async fn list<S: Store>(app: &AppState<'_, S>, request: &RequestContext, account: AccountId) -> Result<Vec<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.list", Resource::new("account", account)));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::roles(snapshot, app.config, ctx, account)).await
}

/// Reads one custom role: for the replay of its creation or update.
///
/// # Errors
///
/// Those of [`queries::role`] and [`query`].
pub async fn get<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    code: &str,
) -> Result<RoleDefinition, AppError> {
    let audited = Some(AuditedAction::new(account, "role.read", Resource::new("role", audited_code(code))));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::role(snapshot, app.config, ctx, account, code)).await
}

/// `POST …/roles`: creates a custom role.
///
/// # Errors
///
/// Those of [`roles::create`] and [`execute`].
pub async fn create<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<NewRole, Vec<FieldError>>,
    render: impl Fn(&RoleDefinition) -> Option<StoredResponse>,
) -> Result<Outcome<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.create", Resource::new("account", account)));
    let decide = |snapshot: &_, ctx: &_| roles::create(snapshot, app.config, ctx, account, by_ref(&input));
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `PATCH …/roles/{code}`: sets the title, the permissions, or both.
///
/// # Errors
///
/// Those of [`roles::update`] and [`execute`].
pub async fn update<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    code: &str,
    input: Result<RoleUpdate, Vec<FieldError>>,
    render: impl Fn(&RoleDefinition) -> Option<StoredResponse>,
) -> Result<Outcome<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.update", Resource::new("role", audited_code(code))));
    let decide = |snapshot: &_, ctx: &_| roles::update(snapshot, app.config, ctx, account, code, by_ref(&input));
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `DELETE …/roles/{code}`: deletes a custom role.
///
/// # Errors
///
/// Those of [`roles::delete`] and [`execute`].
pub async fn delete<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    code: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let mut lookups = member_lookups(account);
    if let Ok(code) = RoleCode::parse(code, "/code") {
        lookups.push(Lookup::Fact(Fact::RoleInUse(account, code, request.ctx.now)));
    }
    let audited = Some(AuditedAction::new(account, "role.delete", Resource::new("role", audited_code(code))));
    let decide = |snapshot: &_, ctx: &_| roles::delete(snapshot, app.config, ctx, account, code);
    execute(app, request, lookups, audited, decide, render).await
}

/// Role code of a path for the audit log; `unknown` if it is malformed, so that the log has no arbitrary text.
fn audited_code(code: &str) -> String {
    RoleCode::parse(code, "/code").map_or_else(|_| "unknown".to_owned(), |code| code.as_str().to_owned())
}
