//! Use cases of members.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, execute, query};
use rolecall_core::decision::members::{self, MemberWithUser};
use rolecall_core::decision::{Planned, queries};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Page, UserRef};

/// `GET …/members`: lists a page of members, oldest membership first. The sort key of an item is [`position`].
///
/// # Errors
///
/// Those of [`queries::members`] and [`query`].
pub async fn list<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    page: Page,
) -> Result<Vec<MemberWithUser>, AppError> {
    let lookup = Lookup::MemberPage(account, page);
    let mut lookups = member_lookups(account);
    lookups.push(lookup.clone());
    let audited = Some(AuditedAction::new(account, "member.list", Resource::new("account", account)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::members(snapshot, app.config, ctx, account, &lookup)).await
}

/// Sort key of a member in the list: time of joining, then user id.
pub fn position(item: &MemberWithUser) -> String {
    format!("{:015}/{}", item.member.joined_at.millis(), item.member.user)
}

/// `PATCH …/members/{user}`: changes the role of a member.
///
/// # Errors
///
/// Those of [`members::change_role`] and [`execute`].
pub async fn change_role<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    user: Option<UserId>,
    role: Result<String, Vec<FieldError>>,
    render: impl Fn(&MemberWithUser) -> Option<StoredResponse>,
) -> Result<Outcome<MemberWithUser>, AppError> {
    let mut lookups = member_lookups(account);
    if let Some(user) = user {
        lookups.extend([Lookup::Member(AccountRef::Id(account), UserRef::Id(user)), Lookup::User(UserRef::Id(user))]);
    }
    let audited = Some(AuditedAction::new(account, "member.update", Resource::of("member", user)));
    let decide =
        |snapshot: &_, ctx: &_| members::change_role(snapshot, app.config, ctx, account, user, role.as_deref().map_err(Clone::clone));
    execute(app, request, lookups, audited, decide, render).await
}

/// `DELETE …/members/{user}`: removes a member; the caller leaves the account.
///
/// # Errors
///
/// Those of [`members::remove`] and [`execute`].
pub async fn remove<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    user: Option<UserId>,
    dry_run: bool,
    render: impl Fn(&Planned<()>) -> Option<StoredResponse>,
) -> Result<Outcome<Planned<()>>, AppError> {
    let mut lookups = member_lookups(account);
    if let Some(user) = user {
        lookups.extend([
            Lookup::Member(AccountRef::Id(account), UserRef::Id(user)),
            Lookup::Fact(Fact::KeysMadeBy(account, user, request.ctx.now)),
        ]);
        lookups.extend(dry_run.then_some(Lookup::User(UserRef::Id(user))));
    }
    let audited = Some(AuditedAction::new(account, "member.remove", Resource::of("member", user)));
    let decide = |snapshot: &_, ctx: &_| members::remove(snapshot, app.config, ctx, account, user, dry_run);
    execute(app, request, lookups, audited, decide, render).await
}
