//! Use cases of sessions: sign in, sign out, list, revoke.

use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::session_start::{SessionStart, WithSession};
use crate::transaction::{Outcome, StoredResponse, execute, execute_unauthenticated, query};
use rolecall_core::credential::device_cookie;
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::decision::joining::Joined;
use rolecall_core::decision::queries;
use rolecall_core::decision::sessions::{self, SignIn, SignedIn};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::session::Session;
use rolecall_core::domain::stored_secret::PasswordHash;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Page, UserRef};

/// The kind of the record of a failed sign-in: sent again under its key it is answered the same, and counted once.
const FAILED: &str = "failed";

/// `POST /v1/sessions`. A wrong password, an unknown email and a text that is no email get the same answer for the same work.
pub async fn sign_in<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    email: &str,
    password: &str,
    render: impl Fn(&Joined) -> Option<StoredResponse>,
) -> Result<WithSession<Joined>, AppError> {
    let permit = app.hashes.admit(request.ctx.now)?;
    let Ok(email) = Email::parse(email) else {
        permit.wait_turn().await;
        rolecall_core::credential::password::dummy_verify(password);
        return Err(sessions::sign_in_denial(request.ctx.epoch).into());
    };
    let session_start = SessionStart::new(app, request);
    request.identify_by_email(app.keys, &email);
    let log_subject = UserRef::Email(email.clone());
    let mut lookups = vec![
        Lookup::Credential(email.clone()),
        Lookup::Account(AccountRef::ActiveOf(log_subject.clone())),
        Lookup::Member(AccountRef::ActiveOf(log_subject.clone()), log_subject),
    ];
    // Whether the device is known is decided beside the stored hash; until then both may be.
    let claimed_id = request.device.as_deref().and_then(device_cookie::claimed_id).map(CounterKeys::for_device);
    let counters = claimed_id.into_iter().chain([CounterKeys::for_email(&email, &request.network)]);
    lookups.extend(counters.flat_map(|keys| keys.both()).map(Lookup::Attempts));
    let verification_cache = core::cell::RefCell::default();
    let input = SignIn {
        email: &email,
        password,
        pepper: app.pepper,
        keys: app.keys,
        device: request.device.as_deref(),
        network: &request.network,
        browser: &session_start.browser,
        verification_cache: &verification_cache,
    };
    let decide = |snapshot: &_, ctx: &_| sessions::sign_in(snapshot, ctx, &input);
    let store_response = |answer: &Result<SignedIn, Denial>| match answer {
        Ok(entered) => render(&entered.joined).map(|recorded| session_start.stored(recorded)),
        Err(_) => Some(StoredResponse { kind: FAILED.to_owned(), body: String::new() }),
    };
    let outcome = match execute_unauthenticated(app, request, Some(permit), lookups, decide, store_response).await? {
        Outcome::Fresh { output: Ok(signed_in), response } => Outcome::Fresh { output: signed_in, response },
        Outcome::Fresh { output: Err(denial), .. } => return Err(denial.into()),
        Outcome::Replayed(response) if response.kind == FAILED => return Err(sessions::sign_in_denial(request.ctx.epoch).into()),
        Outcome::Replayed(response) => Outcome::Replayed(response),
    };
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|entered| entered.joined))
}

/// By which email and password the browser is known from now on.
pub(crate) fn device_binding(entered: &SignedIn) -> Option<(Email, PasswordHash)> {
    Some((entered.joined.user.email.clone(), entered.password.clone()))
}

/// `GET /v1/sessions`: the asking session, and a page of the caller's live ones, newest first; the position after one is its id.
pub async fn list<S: Store>(app: &App<'_, S>, request: &RequestContext, page: Page) -> Result<(Session, Vec<Session>), AppError> {
    let lookup = Lookup::CallerSessionPage(request.ctx.now, page);
    query(app, request, vec![lookup.clone()], None, |snapshot, ctx| queries::sessions(snapshot, ctx, &lookup)).await
}

/// `DELETE /v1/sessions/{id}`.
pub async fn revoke<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    session: Option<SessionId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let decide = |snapshot: &_, ctx: &_| sessions::end(snapshot, ctx, session);
    execute(app, request, session.map(Lookup::CallerSession).into_iter().collect(), None, decide, render).await
}

/// `DELETE /v1/sessions/current`: signed out already is the same success.
pub async fn sign_out<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    execute(app, request, Vec::new(), None, sessions::sign_out, render).await
}
