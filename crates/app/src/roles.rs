//! Use cases of roles.

use crate::accounts::member_lookups;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::{AuditedAction, Outcome, StoredResponse, execute, query};
use rolecall_core::decision::queries;
use rolecall_core::decision::roles::{self, NewRole, RoleDefinition, RoleEdit};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::Lookup;

/// `GET …/roles`: lists all roles, built-in roles first.
///
/// # Errors
///
/// Those of [`queries::roles`] and [`query`].
pub async fn list<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId) -> Result<Vec<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.list", Resource::new("account", account)));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::roles(snapshot, app.config, ctx, account)).await
}

/// Reads one custom role: for the replay of its creation or update.
///
/// # Errors
///
/// Those of [`queries::role`] and [`query`].
pub async fn get<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId, code: &str) -> Result<RoleDefinition, AppError> {
    let audited = Some(AuditedAction::new(account, "role.read", Resource::new("role", audited_code(code))));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::role(snapshot, app.config, ctx, account, code)).await
}

/// Unvalidated input of [`create`].
#[derive(Clone, Debug)]
pub struct RoleInput {
    /// Code of the role.
    pub code: String,
    /// Title.
    pub title: String,
    /// Permission codes.
    pub permissions: Vec<String>,
}

/// `POST …/roles`: creates a custom role.
///
/// # Errors
///
/// Those of [`roles::create`] and [`execute`].
pub async fn create<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<RoleInput, Vec<FieldError>>,
    render: impl Fn(&RoleDefinition) -> Option<StoredResponse>,
) -> Result<Outcome<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.create", Resource::new("account", account)));
    let decide = |snapshot: &_, ctx: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|input| NewRole { code: &input.code, title: &input.title, permissions: &input.permissions });
        roles::create(snapshot, app.config, ctx, account, input)
    };
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `PATCH …/roles/{code}`: sets the title, the permissions, or both. `input` has title and permissions; None leaves each as it is.
///
/// # Errors
///
/// Those of [`roles::update`] and [`execute`].
pub async fn update<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    code: &str,
    input: Result<(Option<String>, Option<Vec<String>>), Vec<FieldError>>,
    render: impl Fn(&RoleDefinition) -> Option<StoredResponse>,
) -> Result<Outcome<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.update", Resource::new("role", audited_code(code))));
    let decide = |snapshot: &_, ctx: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(title, permissions)| RoleEdit { title: title.as_deref(), permissions: permissions.as_deref() });
        roles::update(snapshot, app.config, ctx, account, code, input)
    };
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `DELETE …/roles/{code}`: deletes a custom role.
///
/// # Errors
///
/// Those of [`roles::delete`] and [`execute`].
pub async fn delete<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    code: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let mut lookups = member_lookups(account);
    if let Ok(code) = RoleCode::parse(code, "/code") {
        lookups.push(Lookup::RoleUse(account, code, request.ctx.now));
    }
    let audited = Some(AuditedAction::new(account, "role.delete", Resource::new("role", audited_code(code))));
    let decide = |snapshot: &_, ctx: &_| roles::delete(snapshot, app.config, ctx, account, code);
    execute(app, request, lookups, audited, decide, render).await
}

/// Role code of a path for the audit log; `unknown` if it is malformed, so that the log has no arbitrary text.
fn audited_code(code: &str) -> String {
    RoleCode::parse(code, "/code").map_or_else(|_| "unknown".to_owned(), |code| code.as_str().to_owned())
}
