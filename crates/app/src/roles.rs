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

/// `GET …/roles`: all of them, built-in first.
pub async fn list<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId) -> Result<Vec<RoleDefinition>, AppError> {
    let audited = Some(AuditedAction::new(account, "role.list", Resource::new("account", account)));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::roles(snapshot, app.config, ctx, account)).await
}

/// One role of the account's own, for the replay of what made it so.
pub async fn get<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId, code: &str) -> Result<RoleDefinition, AppError> {
    let audited = Some(AuditedAction::new(account, "role.read", Resource::new("role", audited_code(code))));
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::role(snapshot, app.config, ctx, account, code)).await
}

/// A role as asked for.
#[derive(Clone, Debug)]
pub struct RoleInput {
    /// Code as sent.
    pub code: String,
    /// Title as sent.
    pub title: String,
    /// Permission codes as sent.
    pub permissions: Vec<String>,
}

/// `POST …/roles`.
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

/// `PATCH …/roles/{code}`: title, permissions, or both.
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

/// `DELETE …/roles/{code}`.
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

/// A code from a path as the audit log names it: what cannot be a code is not repeated there.
fn audited_code(code: &str) -> String {
    RoleCode::parse(code, "/code").map_or_else(|_| "unknown".to_owned(), |code| code.as_str().to_owned())
}
