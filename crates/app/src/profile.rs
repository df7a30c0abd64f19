//! Use cases of the signed-in user.

use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::{Outcome, StoredResponse, execute, query};
use rolecall_core::decision::profile::{self, Profile, ProfileEdit};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// Requires a live session: for a request whose account id does not parse.
///
/// # Errors
///
/// Those of [`TrackedSnapshot::caller`](rolecall_core::transaction::tracked_snapshot::TrackedSnapshot::caller) and [`query`].
pub async fn require_session<S: Store>(app: &App<'_, S>, request: &RequestContext) -> Result<(), AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.caller(ctx.now).map(drop)).await
}

/// `GET /v1/me`: reads the profile of the caller.
///
/// # Errors
///
/// Those of [`profile::me`] and [`query`].
pub async fn get<S: Store>(app: &App<'_, S>, request: &RequestContext) -> Result<Profile, AppError> {
    query(app, request, vec![Lookup::CallerMemberships], None, profile::me).await
}

/// `PATCH /v1/me`: sets the name, the active account, or both. `input` has the name and the account id; None leaves each as it is.
///
/// # Errors
///
/// Those of [`profile::update`] and [`execute`].
pub async fn update<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    input: Result<(Option<String>, Option<String>), Vec<FieldError>>,
    render: impl Fn(&Profile) -> Option<StoredResponse>,
) -> Result<Outcome<Profile>, AppError> {
    let mut lookups = vec![Lookup::CallerMemberships];
    let active = input.as_ref().ok().and_then(|(_, active)| AccountId::parse(active.as_deref()?));
    lookups.extend(active.map(|id| Lookup::Member(AccountRef::Id(id), UserRef::Caller)));
    let decide = |snapshot: &_, ctx: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(name, active)| ProfileEdit { name: name.as_deref(), active_account: active.as_deref() });
        profile::update(snapshot, ctx, input)
    };
    execute(app, request, lookups, None, decide, render).await
}
