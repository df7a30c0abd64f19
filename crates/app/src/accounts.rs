//! Use cases of accounts as wholes.

use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::{AuditedAction, Outcome, StoredResponse, execute, query};
use rolecall_core::decision::accounts::{self, AccountWithRole, Convert};
use rolecall_core::decision::queries::{self, MemberPermissions, PermissionCheck};
use rolecall_core::decision::{Planned, profile};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Page, UserRef};

/// What every decision of a member needs: the caller, the account, the caller's membership, the custom roles.
pub(crate) fn member_lookups(account: AccountId) -> Vec<Lookup> {
    vec![Lookup::CallerIn(AccountRef::Id(account))]
}

pub(crate) fn on_account(account: AccountId, action: &'static str) -> Option<AuditedAction> {
    Some(AuditedAction::new(account, action, Resource::new("account", account)))
}

/// `GET /v1/accounts`: a page of the caller's accounts. The position after an item is `profile::position`.
pub async fn list<S: Store>(app: &App<'_, S>, request: &RequestContext, page: Page) -> Result<Vec<AccountWithRole>, AppError> {
    let lookups = vec![Lookup::CallerMembershipPage(page.clone())];
    query(app, request, lookups, None, |snapshot, ctx| profile::accounts(snapshot, ctx, &page)).await
}

/// `GET /v1/accounts/{id}`.
pub async fn get<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId) -> Result<AccountWithRole, AppError> {
    let audited = on_account(account, "account.read");
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::account(snapshot, app.config, ctx, account)).await
}

/// `PATCH /v1/accounts/{id}`.
pub async fn rename<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    name: Result<String, Vec<FieldError>>,
    render: impl Fn(&AccountWithRole) -> Option<StoredResponse>,
) -> Result<Outcome<AccountWithRole>, AppError> {
    let audited = on_account(account, "account.update");
    let decide = |snapshot: &_, ctx: &_| accounts::rename(snapshot, app.config, ctx, account, name.as_deref().map_err(Clone::clone));
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `POST /v1/accounts/{id}/convert`.
pub async fn convert<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<(Option<String>, bool), Vec<FieldError>>,
    render: impl Fn(&Planned<AccountWithRole>) -> Option<StoredResponse>,
) -> Result<Outcome<Planned<AccountWithRole>>, AppError> {
    let audited = on_account(account, "account.convert");
    let decide = |snapshot: &_, ctx: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(name, dry_run)| Convert { name: name.as_deref(), dry_run: *dry_run });
        accounts::convert(snapshot, app.config, ctx, account, input)
    };
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `DELETE /v1/accounts/{id}/team`.
pub async fn delete_team<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    dry_run: bool,
    render: impl Fn(&Planned<AccountWithRole>) -> Option<StoredResponse>,
) -> Result<Outcome<Planned<AccountWithRole>>, AppError> {
    let mut lookups = member_lookups(account);
    lookups.push(Lookup::TeamContents(account));
    let audited = on_account(account, "team.delete");
    let decide = |snapshot: &_, ctx: &_| accounts::delete_team(snapshot, app.config, ctx, account, dry_run);
    execute(app, request, lookups, audited, decide, render).await
}

/// `POST /v1/accounts/{id}/transfer`.
pub async fn transfer<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    to: Result<String, Vec<FieldError>>,
    render: impl Fn(&AccountWithRole) -> Option<StoredResponse>,
) -> Result<Outcome<AccountWithRole>, AppError> {
    let mut lookups = member_lookups(account);
    lookups.push(Lookup::OwnsAnother(UserRef::Caller, account));
    if let Some(heir) = to.as_ref().ok().and_then(|to| UserId::parse(to)) {
        lookups.push(Lookup::Member(AccountRef::Id(account), UserRef::Id(heir)));
    }
    let audited = on_account(account, "account.transfer");
    let decide = |snapshot: &_, ctx: &_| accounts::transfer(snapshot, app.config, ctx, account, to.as_deref().map_err(Clone::clone));
    execute(app, request, lookups, audited, decide, render).await
}

/// `POST /v1/accounts/{id}/checks`: permission codes, and whether to explain.
pub async fn checks<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<(Vec<String>, bool), Vec<FieldError>>,
) -> Result<Vec<PermissionCheck>, AppError> {
    query(app, request, member_lookups(account), None, |snapshot, ctx| {
        let input = input.as_ref().map(|(codes, explain)| (codes.as_slice(), *explain)).map_err(Clone::clone);
        queries::checks(snapshot, app.config, ctx, account, input)
    })
    .await
}

/// `POST /v1/accounts/{id}/tokens`: what a permission token is to say.
pub async fn rights<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId) -> Result<MemberPermissions, AppError> {
    query(app, request, member_lookups(account), None, |snapshot, ctx| queries::rights(snapshot, app.config, ctx, account)).await
}
