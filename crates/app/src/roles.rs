//! Use cases of roles.

use crate::accounts::inside;
use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::reading;
use rolecall_core::decision::roles::{self, NewRole, RoleAnswer, RoleEdit};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::Want;

/// `GET …/roles`: all of them, built-in first.
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId) -> Result<Vec<RoleAnswer>, AppError> {
    let attempt = Some(Attempt::new(account, "role.list", Resource::new("account", account)));
    query(app, call, inside(account), attempt, |view, moment| reading::roles(view, app.rules, moment, account)).await
}

/// One role of the account's own, for the replay of what made it so.
pub async fn get<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId, code: &str) -> Result<RoleAnswer, AppError> {
    let attempt = Some(Attempt::new(account, "role.read", Resource::new("role", shown(code))));
    query(app, call, inside(account), attempt, |view, moment| reading::role(view, app.rules, moment, account, code)).await
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
    call: &Call,
    account: AccountId,
    input: Result<RoleInput, Vec<FieldError>>,
    render: impl Fn(&RoleAnswer) -> Option<Recorded>,
) -> Result<Done<RoleAnswer>, AppError> {
    let attempt = Some(Attempt::new(account, "role.create", Resource::new("account", account)));
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|input| NewRole { code: &input.code, title: &input.title, permissions: &input.permissions });
        roles::create(view, app.rules, moment, account, input)
    };
    mutate(app, call, inside(account), attempt, decide, render).await
}

/// `PATCH …/roles/{code}`: title, permissions, or both.
pub async fn update<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    code: &str,
    input: Result<(Option<String>, Option<Vec<String>>), Vec<FieldError>>,
    render: impl Fn(&RoleAnswer) -> Option<Recorded>,
) -> Result<Done<RoleAnswer>, AppError> {
    let attempt = Some(Attempt::new(account, "role.update", Resource::new("role", shown(code))));
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(title, permissions)| RoleEdit { title: title.as_deref(), permissions: permissions.as_deref() });
        roles::update(view, app.rules, moment, account, code, input)
    };
    mutate(app, call, inside(account), attempt, decide, render).await
}

/// `DELETE …/roles/{code}`.
pub async fn delete<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    code: &str,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let mut wants = inside(account);
    if let Ok(code) = RoleCode::parse(code, "/code") {
        wants.push(Want::RoleUse(account, code, call.moment.now));
    }
    let attempt = Some(Attempt::new(account, "role.delete", Resource::new("role", shown(code))));
    let decide = |view: &_, moment: &_| roles::delete(view, app.rules, moment, account, code);
    mutate(app, call, wants, attempt, decide, render).await
}

/// A code from a path as the audit log names it: what cannot be a code is not repeated there.
fn shown(code: &str) -> String {
    RoleCode::parse(code, "/code").map_or_else(|_| "unknown".to_owned(), |code| code.as_str().to_owned())
}
