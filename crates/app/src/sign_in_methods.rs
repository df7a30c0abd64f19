//! Use cases of a signed-in user's ways to prove who they are: listing them, re-authentication, a new password.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession, new_device_cookie};
use crate::signups::hash_new_password;
use crate::transaction::{Outcome, StoredResponse, execute, query};
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::decision::password::{self, TypedPassword};
use rolecall_core::decision::{queries, reauthentication, sessions};
use rolecall_core::domain::identity::SignInMethod;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::session::Session;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// `GET /v1/me/sign-in-methods`: lists the ways of the caller to sign in, oldest first.
///
/// # Errors
///
/// Those of [`queries::sign_in_methods`] and [`query`].
pub async fn list<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<Vec<SignInMethod>, AppError> {
    query(app, request, vec![Lookup::SignInMethods(UserRef::Caller)], None, queries::sign_in_methods).await
}

/// `POST /v1/sessions/current/reauthentication` with a password: renews the authentication of the session, which gets a new token.
///
/// # Errors
///
/// [`Denial::TooManySignIns`] if the hash queue is full; [`Denial::CredentialsInvalid`] or [`Denial::CredentialsOutdated`] for a
/// failure, which is committed; those of [`reauthentication::by_password`] and [`execute`].
pub async fn by_password<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    password: &str,
    render: impl Fn(&Session) -> Option<StoredResponse>,
) -> Result<WithSession<Session>, AppError> {
    let Some(Credential::Session(current)) = &request.credential else { return Err(Denial::SessionMissing.into()) };
    let permit = app.hashes.admit(request.ctx.now, &request.pause)?;
    let session_start = SessionStart::new(app, request);
    let counters = CounterKeys::for_session(current);
    let mut lookups = vec![Lookup::CallerPassword];
    lookups.extend(counters.both().map(Lookup::Attempts));
    let verification_cache = core::cell::RefCell::default();
    let decide = |snapshot: &_, ctx: &_| {
        let typed = TypedPassword { password, pepper: app.pepper, verification_cache: &verification_cache };
        reauthentication::by_password(snapshot, ctx, typed, counters.clone(), &session_start.browser.token)
    };
    let failed = sessions::sign_in_denial(request.ctx.epoch);
    let outcome = session_start.attempt(app, request, (Some(permit), lookups), decide, render, failed).await?;
    session_start.finish(app, request, outcome, |_| None).await
}

/// `PUT /v1/password`: sets the caller's password and ends their other sessions. Returns the device cookie of the browser too;
/// None if its present cookie is valid, or for a replay.
///
/// # Errors
///
/// [`Denial::TooManySignIns`] if the hash queue is full; those of [`password::change`], which checks the session before the
/// password, and [`execute`].
pub async fn change_password<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    new_password: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<(Outcome<()>, Option<String>), AppError> {
    let permit = app.hashes.admit(request.ctx.now, &request.pause)?;
    let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        let caller = password::fresh_caller(snapshot, app.config, ctx)?;
        let hash = hash_new_password(app, ctx, new_password, &caller.user.email, Some(caller.user.name.as_str()));
        password::change(snapshot, app.config, ctx, hash)
    };
    let device = request.ctx.salt();
    permit.wait_turn().await;
    let outcome = execute(app, request, vec![Lookup::SignInMethods(UserRef::Caller)], None, decide, |_| render(&())).await?;
    let cookie = match &outcome {
        Outcome::Fresh { output: (email, hash), .. } => new_device_cookie(app, request, email, hash, device),
        Outcome::Replayed(_) => None,
    };
    Ok((outcome.map(|_| ()), cookie))
}
