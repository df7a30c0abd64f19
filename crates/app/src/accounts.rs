//! Use cases of accounts.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::principals::principal_lookups;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, by_ref, execute, query};
use rolecall_core::decision::accounts::{self, AccountWithRole};
pub use rolecall_core::decision::accounts::{AccountUpdate, Convert};
pub use rolecall_core::decision::queries::PermissionsToCheck;
use rolecall_core::decision::queries::{self, MemberPermissions, PermissionCheck};
use rolecall_core::decision::{Planned, profile};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Page, UserRef};

/// Lookups of every decision about an account: the caller, the account, the caller's membership, the custom roles.
pub(crate) fn member_lookups(account: AccountId) -> Vec<Lookup> {
    vec![Lookup::CallerIn(AccountRef::Id(account))]
}

pub(crate) fn on_account(account: AccountId, action: &'static str) -> Option<AuditedAction> {
    Some(AuditedAction::new(account, action, Resource::new("account", account)))
}

/// `GET /v1/accounts`: lists a page of the caller's accounts. The sort key of an item is [`profile::account_sort_key`].
///
/// # Errors
///
/// Those of [`profile::accounts`] and [`query`].
pub async fn list<S: Store>(app: &AppState<'_, S>, request: &RequestContext, page: Page) -> Result<Vec<AccountWithRole>, AppError> {
    let lookups = vec![Lookup::CallerMembershipPage(page.clone())];
    query(app, request, lookups, None, |snapshot, ctx| profile::accounts(snapshot, ctx, &page)).await
}

/// `GET /v1/accounts/{id}`: reads an account.
///
/// # Errors
///
/// Those of [`queries::account`] and [`query`].
pub async fn get<S: Store>(app: &AppState<'_, S>, request: &RequestContext, account: AccountId) -> Result<AccountWithRole, AppError> {
    let audited = on_account(account, "account.read");
    query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::account(snapshot, app.config, ctx, account)).await
}

/// `PATCH /v1/accounts/{id}`: updates an account.
///
/// # Errors
///
/// Those of [`accounts::update`] and [`execute`].
pub async fn update<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<AccountUpdate, Vec<FieldError>>,
    render: impl Fn(&AccountWithRole) -> Option<StoredResponse>,
) -> Result<Outcome<AccountWithRole>, AppError> {
    let audited = on_account(account, "account.update");
    let decide = |snapshot: &_, ctx: &_| accounts::update(snapshot, app.config, ctx, account, by_ref(&input));
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `POST /v1/accounts/{id}/convert`: converts a personal account to a team.
///
/// # Errors
///
/// Those of [`accounts::convert`] and [`execute`].
pub async fn convert<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<Convert, Vec<FieldError>>,
    render: impl Fn(&Planned<AccountWithRole>) -> Option<StoredResponse>,
) -> Result<Outcome<Planned<AccountWithRole>>, AppError> {
    let audited = on_account(account, "account.convert");
    let decide = |snapshot: &_, ctx: &_| accounts::convert(snapshot, app.config, ctx, account, by_ref(&input));
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `DELETE /v1/accounts/{id}/team`: deletes a team: its account becomes personal again.
///
/// # Errors
///
/// Those of [`accounts::delete_team`] and [`execute`].
pub async fn delete_team<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    dry_run: bool,
    render: impl Fn(&Planned<AccountWithRole>) -> Option<StoredResponse>,
) -> Result<Outcome<Planned<AccountWithRole>>, AppError> {
    let mut lookups = member_lookups(account);
    lookups.push(Lookup::TeamContents(account));
    if !dry_run {
        lookups.push(Lookup::SignInMethods(UserRef::Caller));
    }
    let audited = on_account(account, "team.delete");
    let decide = |snapshot: &_, ctx: &_| accounts::delete_team(snapshot, app.config, ctx, account, dry_run);
    execute(app, request, lookups, audited, decide, render).await
}

/// `POST /v1/accounts/{id}/transfer`: transfers ownership to the user with the id `to`.
///
/// # Errors
///
/// Those of [`accounts::transfer`] and [`execute`].
pub async fn transfer<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    to: Result<String, Vec<FieldError>>,
    render: impl Fn(&AccountWithRole) -> Option<StoredResponse>,
) -> Result<Outcome<AccountWithRole>, AppError> {
    let mut lookups = member_lookups(account);
    lookups.extend([Lookup::Fact(Fact::OwnerHasAnother(account)), Lookup::SignInMethods(UserRef::Caller)]);
    if let Some(new_owner) = to.as_ref().ok().and_then(|to| UserId::parse(to)) {
        lookups.push(Lookup::Member(AccountRef::Id(account), UserRef::Id(new_owner)));
    }
    let audited = on_account(account, "account.transfer");
    let decide = |snapshot: &_, ctx: &_| accounts::transfer(snapshot, app.config, ctx, account, to.as_deref().map_err(Clone::clone));
    execute(app, request, lookups, audited, decide, render).await
}

/// `POST /v1/accounts/{id}/checks`: checks permissions of the caller.
///
/// # Errors
///
/// Those of [`queries::check_permissions`] and [`query`].
pub async fn check_permissions<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<PermissionsToCheck, Vec<FieldError>>,
) -> Result<Vec<PermissionCheck>, AppError> {
    let lookups = member_lookups(account);
    query(app, request, lookups, None, |snapshot, ctx| queries::check_permissions(snapshot, app.config, ctx, account, by_ref(&input))).await
}

/// The call `check` of another Worker: checks permissions of a user or an API key, in an account, on a resource or on the whole
/// collection.
///
/// # Errors
///
/// Those of [`queries::check_principal_permissions`] and [`query`].
pub async fn check_principal_permissions<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    resource: Option<&str>,
    input: &PermissionsToCheck,
) -> Result<Vec<PermissionCheck>, AppError> {
    query(app, request, principal_lookups(request, Some(account)), None, |snapshot, ctx| {
        queries::check_principal_permissions(snapshot, app.config, ctx, account, resource, Ok(input))
    })
    .await
}

/// `POST /v1/accounts/{id}/tokens`: reads the effective permissions of the caller, which a permission token states.
///
/// # Errors
///
/// Those of [`queries::rights`] and [`query`].
pub async fn rights<S: Store>(app: &AppState<'_, S>, request: &RequestContext, account: AccountId) -> Result<MemberPermissions, AppError> {
    query(app, request, member_lookups(account), None, |snapshot, ctx| queries::rights(snapshot, app.config, ctx, account)).await
}
