//! Use cases of the signed-in user.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{Outcome, StoredResponse, by_ref, execute, query};
pub use rolecall_core::decision::profile::ProfileUpdate;
use rolecall_core::decision::profile::{self, Profile};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// Requires a live session: for a request whose account id does not parse.
///
/// # Errors
///
/// Those of [`TrackedSnapshot::caller`](rolecall_core::transaction::tracked_snapshot::TrackedSnapshot::caller) and [`query`].
pub async fn require_session<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<(), AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.caller(ctx.now).map(drop)).await
}

/// Id of the caller.
///
/// # Errors
///
/// Those of [`require_session`].
pub async fn caller_id<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<UserId, AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.caller(ctx.now).map(|caller| caller.user.id)).await
}

/// `GET /v1/me`: reads the profile of the caller.
///
/// # Errors
///
/// Those of [`profile::me`] and [`query`].
pub async fn get<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<Profile, AppError> {
    query(app, request, vec![Lookup::CallerMemberships], None, profile::me).await
}

/// `PATCH /v1/me`: sets the name, the active account, or both.
///
/// # Errors
///
/// Those of [`profile::update`] and [`execute`].
pub async fn update<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    input: Result<ProfileUpdate, Vec<FieldError>>,
    render: impl Fn(&Profile) -> Option<StoredResponse>,
) -> Result<Outcome<Profile>, AppError> {
    let mut lookups = vec![Lookup::CallerMemberships];
    let active = input.as_ref().ok().and_then(|input| AccountId::parse(input.active_account.as_deref()?));
    lookups.extend(active.map(|id| Lookup::Member(AccountRef::Id(id), UserRef::Caller)));
    let decide = |snapshot: &_, ctx: &_| profile::update(snapshot, ctx, by_ref(&input));
    execute(app, request, lookups, None, decide, render).await
}
