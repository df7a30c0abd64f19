//! Use cases of sessions: sign in, sign out, list, revoke.

use crate::call::{App, Call};
use crate::engine::{Done, Recorded, mutate, mutate_publicly, query};
use crate::entrance::{Entrance, WithSession};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::credential::device_cookie;
use rolecall_core::credential::lockout::Scopes;
use rolecall_core::decision::joining::Joined;
use rolecall_core::decision::reading;
use rolecall_core::decision::sessions::{self, Entered, SignIn};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::session::Session;
use rolecall_core::domain::stored_secret::PasswordHash;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{AccountRef, Page, UserRef, Want};

/// A session id from a path: what cannot be one names no session.
pub fn session_id(text: &str) -> SessionId {
    SessionId::parse(text).unwrap_or(SessionId::from_bits(0))
}

/// The kind of the record of a failed sign-in: sent again under its key it is answered the same, and counted once.
const FAILED: &str = "failed";

/// `POST /v1/sessions`. A wrong password, an unknown email and a text that is no email get the same answer for the same work.
pub async fn sign_in<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    email: &str,
    password: &str,
    render: impl Fn(&Joined) -> Option<Recorded>,
) -> Result<WithSession<Joined>, AppError> {
    let permit = app.hashes.enter(call.moment.now)?;
    let Ok(email) = Email::parse(email) else {
        permit.turn().await;
        rolecall_core::credential::password::dummy_verify(password);
        return Err(sessions::refusal(call.moment.epoch).into());
    };
    let entrance = Entrance::new(app, call);
    call.comes_as(app.keys, &email);
    let who = UserRef::Email(email.clone());
    let mut wants = vec![
        Want::Credential(email.clone()),
        Want::Account(AccountRef::ActiveOf(who.clone())),
        Want::Member(AccountRef::ActiveOf(who.clone()), who),
    ];
    // Whether the device is known is decided beside the stored hash; until then both may be.
    let claimed = call.device.as_deref().and_then(device_cookie::claimed).map(Scopes::of_device);
    let scopes = claimed.into_iter().chain([Scopes::of_stranger(&email, &call.network)]);
    wants.extend(scopes.flat_map(|scopes| scopes.names()).map(Want::Attempts));
    let judged = core::cell::RefCell::default();
    let input = SignIn {
        email: &email,
        password,
        pepper: app.pepper,
        keys: app.keys,
        device: call.device.as_deref(),
        network: &call.network,
        browser: &entrance.browser,
        judged: &judged,
    };
    let decide = |view: &_, moment: &_| sessions::sign_in(view, moment, &input);
    let keep = |answer: &Result<Entered, Denial>| match answer {
        Ok(entered) => render(&entered.joined).map(|recorded| entrance.kept(recorded)),
        Err(_) => Some(Recorded { kind: FAILED.to_owned(), body: String::new() }),
    };
    let done = match mutate_publicly(app, call, Some(permit), wants, decide, keep).await? {
        Done::Fresh(Ok(entered)) => Done::Fresh(entered),
        Done::Fresh(Err(denial)) => return Err(denial.into()),
        Done::Replayed(recorded) if recorded.kind == FAILED => return Err(sessions::refusal(call.moment.epoch).into()),
        Done::Replayed(recorded) => Done::Replayed(recorded),
    };
    Ok(entrance.settle(app, call, done, known_by).await?.map(|entered| entered.joined))
}

/// By which email and password the browser is known from now on.
pub(crate) fn known_by(entered: &Entered) -> Option<(Email, PasswordHash)> {
    Some((entered.joined.user.email.clone(), entered.password.clone()))
}

/// `GET /v1/sessions`: the asking session, and a page of the caller's live ones, newest first; the position after one is its id.
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call, page: Page) -> Result<(Session, Vec<Session>), AppError> {
    let want = Want::CallerSessionPage(call.moment.now, page);
    query(app, call, vec![want.clone()], None, |view, moment| reading::sessions(view, moment, &want)).await
}

/// `DELETE /v1/sessions/{id}`.
pub async fn revoke<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    session: SessionId,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let decide = |view: &_, moment: &_| sessions::end(view, moment, session);
    mutate(app, call, vec![Want::CallerSession(session)], None, decide, render).await
}

/// `DELETE /v1/sessions/current`: signed out already is the same success.
pub async fn sign_out<S: Store>(app: &App<'_, S>, call: &Call, render: impl Fn(&()) -> Option<Recorded>) -> Result<Done<()>, AppError> {
    mutate(app, call, Vec::new(), None, sessions::sign_out, render).await
}
