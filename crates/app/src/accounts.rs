//! Use cases of accounts as wholes.

use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::accounts::{self, AccountAnswer, Convert};
use rolecall_core::decision::reading::{self, Check, Rights};
use rolecall_core::decision::{Planned, profile};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AccountRef, Page, UserRef, Want};

/// An account id from a path: what cannot be one names an account that cannot exist, so that the answer
/// is the same 401 or 404 as for any other id that is not the caller's to know.
pub fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap_or(AccountId::from_bits(0))
}

/// What every decision inside an account needs: the account, the caller's place in it, its custom roles.
pub(crate) fn inside(account: AccountId) -> Vec<Want> {
    vec![
        Want::Account(AccountRef::Id(account)),
        Want::Member(AccountRef::Id(account), UserRef::Caller),
        Want::Roles(AccountRef::Id(account)),
    ]
}

pub(crate) fn on_account(account: AccountId, action: &'static str) -> Option<Attempt> {
    Some(Attempt::new(account, action, Resource::new("account", account)))
}

/// `GET /v1/accounts`: a page of the caller's accounts. The position after an item is `profile::position`.
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call, page: Page) -> Result<Vec<AccountAnswer>, AppError> {
    let wants = vec![Want::CallerMembershipPage(page.clone())];
    query(app, call, wants, None, |view, moment| profile::accounts(view, moment, &page)).await
}

/// `GET /v1/accounts/{id}`.
pub async fn get<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId) -> Result<AccountAnswer, AppError> {
    let attempt = on_account(account, "account.read");
    query(app, call, inside(account), attempt, |view, moment| reading::account(view, app.rules, moment, account)).await
}

/// `PATCH /v1/accounts/{id}`.
pub async fn rename<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    name: Result<String, Vec<FieldError>>,
    render: impl Fn(&AccountAnswer) -> Option<Recorded>,
) -> Result<Done<AccountAnswer>, AppError> {
    let attempt = on_account(account, "account.update");
    let decide = |view: &_, moment: &_| accounts::rename(view, app.rules, moment, account, name.as_deref().map_err(Clone::clone));
    mutate(app, call, inside(account), attempt, decide, render).await
}

/// `POST /v1/accounts/{id}/convert`.
pub async fn convert<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    input: Result<(Option<String>, bool), Vec<FieldError>>,
    render: impl Fn(&Planned<AccountAnswer>) -> Option<Recorded>,
) -> Result<Done<Planned<AccountAnswer>>, AppError> {
    let attempt = on_account(account, "account.convert");
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(name, dry_run)| Convert { name: name.as_deref(), dry_run: *dry_run });
        accounts::convert(view, app.rules, moment, account, input)
    };
    mutate(app, call, inside(account), attempt, decide, render).await
}

/// `DELETE /v1/accounts/{id}/team`.
pub async fn delete_team<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    dry_run: bool,
    render: impl Fn(&Planned<AccountAnswer>) -> Option<Recorded>,
) -> Result<Done<Planned<AccountAnswer>>, AppError> {
    let mut wants = inside(account);
    wants.push(Want::TeamContents(account));
    let attempt = on_account(account, "team.delete");
    let decide = |view: &_, moment: &_| accounts::delete_team(view, app.rules, moment, account, dry_run);
    mutate(app, call, wants, attempt, decide, render).await
}

/// `POST /v1/accounts/{id}/transfer`.
pub async fn transfer<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    to: Result<String, Vec<FieldError>>,
    render: impl Fn(&AccountAnswer) -> Option<Recorded>,
) -> Result<Done<AccountAnswer>, AppError> {
    let mut wants = inside(account);
    wants.push(Want::OwnsAnother(UserRef::Caller, account));
    if let Some(heir) = to.as_ref().ok().and_then(|to| UserId::parse(to)) {
        wants.push(Want::Member(AccountRef::Id(account), UserRef::Id(heir)));
    }
    let attempt = on_account(account, "account.transfer");
    let decide = |view: &_, moment: &_| accounts::transfer(view, app.rules, moment, account, to.as_deref().map_err(Clone::clone));
    mutate(app, call, wants, attempt, decide, render).await
}

/// `POST /v1/accounts/{id}/checks`: permission codes, and whether to explain.
pub async fn checks<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    input: Result<(Vec<String>, bool), Vec<FieldError>>,
) -> Result<Vec<Check>, AppError> {
    query(app, call, inside(account), None, |view, moment| {
        let input = input.as_ref().map(|(codes, explain)| (codes.as_slice(), *explain)).map_err(Clone::clone);
        reading::checks(view, app.rules, moment, account, input)
    })
    .await
}

/// `POST /v1/accounts/{id}/tokens`: what a permission token is to say.
pub async fn rights<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId) -> Result<Rights, AppError> {
    query(app, call, inside(account), None, |view, moment| reading::rights(view, app.rules, moment, account)).await
}
