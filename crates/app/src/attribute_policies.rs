//! Use cases of the attribute policy of an account.

use crate::accounts::inside;
use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::attribute_policy::{self, Written};
use rolecall_core::domain::attribute_policy::AccountPolicy;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AccountRef, Want};
use serde_json::Value;

fn wants(account: AccountId) -> Vec<Want> {
    let mut wants = inside(account);
    wants.push(Want::AttributePolicy(AccountRef::Id(account)));
    wants
}

fn attempt(account: AccountId, action: &'static str) -> Option<Attempt> {
    Some(Attempt::new(account, action, Resource::new("attribute_policy", account)))
}

/// `GET …/attribute-policy`.
pub async fn get<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId) -> Result<AccountPolicy, AppError> {
    let attempt = attempt(account, "attribute-policy.read");
    query(app, call, wants(account), attempt, |view, moment| attribute_policy::get(view, app.rules, moment, account)).await
}

/// `PUT …/attribute-policy`.
pub async fn put<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    document: Result<Value, Vec<FieldError>>,
    render: impl Fn(&Written) -> Option<Recorded>,
) -> Result<Done<Written>, AppError> {
    let attempt = attempt(account, "attribute-policy.update");
    let decide = |view: &_, moment: &_| attribute_policy::put(view, app.rules, moment, account, document.as_ref().map_err(Clone::clone));
    mutate(app, call, wants(account), attempt, decide, render).await
}

/// `DELETE …/attribute-policy`.
pub async fn delete<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let attempt = attempt(account, "attribute-policy.delete");
    let decide = |view: &_, moment: &_| attribute_policy::delete(view, app.rules, moment, account);
    mutate(app, call, wants(account), attempt, decide, render).await
}
