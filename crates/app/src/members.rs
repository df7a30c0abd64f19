//! Use cases of members.

use crate::accounts::inside;
use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::Planned;
use rolecall_core::decision::members::{self, MemberAnswer};
use rolecall_core::decision::reading;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AccountRef, Page, UserRef, Want};

/// A user id from a path: what cannot be one names nobody.
pub fn user_id(text: &str) -> UserId {
    UserId::parse(text).unwrap_or(UserId::from_bits(0))
}

/// `GET …/members`: a page, oldest member first. The position after an item is [`position`].
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId, page: Page) -> Result<Vec<MemberAnswer>, AppError> {
    let want = Want::MemberPage(account, page);
    let mut wants = inside(account);
    wants.push(want.clone());
    let attempt = Some(Attempt::new(account, "member.list", Resource::new("account", account)));
    query(app, call, wants, attempt, |view, moment| reading::members(view, app.rules, moment, account, &want)).await
}

/// Where a list of members goes on after this one.
pub fn position(item: &MemberAnswer) -> String {
    format!("{:015}/{}", item.member.joined_at.millis(), item.member.user)
}

/// `PATCH …/members/{user}`.
pub async fn change_role<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    user: UserId,
    role: Result<String, Vec<FieldError>>,
    render: impl Fn(&MemberAnswer) -> Option<Recorded>,
) -> Result<Done<MemberAnswer>, AppError> {
    let mut wants = inside(account);
    wants.push(Want::Member(AccountRef::Id(account), UserRef::Id(user)));
    wants.push(Want::User(UserRef::Id(user)));
    let attempt = Some(Attempt::new(account, "member.update", Resource::new("member", user)));
    let decide = |view: &_, moment: &_| members::change_role(view, app.rules, moment, account, user, role.as_deref().map_err(Clone::clone));
    mutate(app, call, wants, attempt, decide, render).await
}

/// `DELETE …/members/{user}`: removing, or leaving where it is the caller.
pub async fn remove<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    user: UserId,
    dry_run: bool,
    render: impl Fn(&Planned<()>) -> Option<Recorded>,
) -> Result<Done<Planned<()>>, AppError> {
    let mut wants = inside(account);
    wants.push(Want::Member(AccountRef::Id(account), UserRef::Id(user)));
    wants.push(Want::KeysMadeBy(account, user, call.moment.now));
    wants.extend(dry_run.then_some(Want::User(UserRef::Id(user))));
    let attempt = Some(Attempt::new(account, "member.remove", Resource::new("member", user)));
    let decide = |view: &_, moment: &_| members::remove(view, app.rules, moment, account, user, dry_run);
    mutate(app, call, wants, attempt, decide, render).await
}
