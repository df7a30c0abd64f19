//! Use cases of sessions: sign in, sign out, list, revoke.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::transaction::{Outcome, StoredResponse, execute, query};
use rolecall_core::credential::device_cookie;
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::password::TypedPassword;
use rolecall_core::decision::queries;
use rolecall_core::decision::session_start::SignedIn;
use rolecall_core::decision::sessions::{self, SignIn};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::secret_hashes::PasswordHash;
use rolecall_core::domain::session::Session;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Page, UserRef};

/// `POST /v1/sessions`: signs in. A wrong password, an unknown email and a malformed email get the same error after the same work.
///
/// # Errors
///
/// The denial of a full hash queue; [`sessions::sign_in_denial`] for a failed sign-in, which is committed as a failure; those of
/// [`sessions::sign_in`] and [`execute`].
pub async fn sign_in<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    email: &str,
    password: &str,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let permit = app.hashes.admit(request.ctx.now, &request.pause)?;
    let Ok(email) = Email::parse(email) else {
        permit.wait_turn().await;
        rolecall_core::credential::password::dummy_verify(password);
        return Err(sessions::sign_in_denial(request.ctx.epoch).into());
    };
    let session_start = SessionStart::new(app, request);
    request.set_log_subject_by_email(app.keys, &email);
    let user = UserRef::Email(email.clone());
    let mut lookups = vec![
        Lookup::Credential(email.clone()),
        Lookup::Account(AccountRef::ActiveOf(user.clone())),
        Lookup::Member(AccountRef::ActiveOf(user.clone()), user.clone()),
        Lookup::SecondFactors(user),
    ];
    // The decision verifies the device cookie by the stored hash; until then the counters of both cases are loaded.
    let claimed_id = request.device.as_deref().and_then(device_cookie::claimed_id).map(CounterKeys::for_device);
    let counters = claimed_id.into_iter().chain([CounterKeys::for_email(&email, &request.network)]);
    lookups.extend(counters.flat_map(|keys| keys.both()).map(Lookup::Attempts));
    let verification_cache = core::cell::RefCell::default();
    let input = SignIn {
        email: &email,
        typed: TypedPassword { password, pepper: app.pepper, verification_cache: &verification_cache },
        keys: app.keys,
        device: request.device.as_deref(),
        network: &request.network,
        browser: &session_start.browser,
    };
    let decide = |snapshot: &_, ctx: &_| sessions::sign_in(snapshot, ctx, &input);
    let render = |signed_in: &SignedIn| render(&signed_in.joined);
    let failed = sessions::sign_in_denial(request.ctx.epoch);
    let outcome = session_start.attempt(app, request, (Some(permit), lookups), decide, render, failed).await?;
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|signed_in| signed_in.joined))
}

/// Email and password hash that the device cookie is bound to, if the password was proven.
pub(crate) fn device_binding(signed_in: &SignedIn) -> Option<(Email, PasswordHash)> {
    Some((signed_in.joined.user.email.clone(), signed_in.password.clone()?))
}

/// `GET /v1/sessions`: lists the session of the request, and a page of the caller's live sessions, newest first. The sort key of an
/// item is its id.
///
/// # Errors
///
/// Those of [`queries::sessions`] and [`query`].
pub async fn list<S: Store>(app: &AppState<'_, S>, request: &RequestContext, page: Page) -> Result<(Session, Vec<Session>), AppError> {
    let lookup = Lookup::CallerSessionPage(request.ctx.now, page);
    query(app, request, vec![lookup.clone()], None, |snapshot, ctx| queries::sessions(snapshot, ctx, &lookup)).await
}

/// `DELETE /v1/sessions/{id}`: ends one of the caller's sessions.
///
/// # Errors
///
/// Those of [`sessions::end`] and [`execute`].
pub async fn revoke<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    session: Option<SessionId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let decide = |snapshot: &_, ctx: &_| sessions::end(snapshot, ctx, session);
    execute(app, request, session.map(Lookup::CallerSession).into_iter().collect(), None, decide, render).await
}

/// `DELETE /v1/sessions/current`: signs out. Without a live session it succeeds and changes nothing.
///
/// # Errors
///
/// Those of [`execute`].
pub async fn sign_out<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    execute(app, request, Vec::new(), None, sessions::sign_out, render).await
}
