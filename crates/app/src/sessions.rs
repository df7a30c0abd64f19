//! Use cases of sessions: sign in, sign out, list, revoke.

use crate::call::{App, Call};
use crate::engine::{Done, Recorded, mutate, query};
use crate::entrance::{Entrance, WithSession, scopes};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::joining::Joined;
use rolecall_core::decision::reading;
use rolecall_core::decision::sessions::{self, SignIn};
use rolecall_core::denial::Denial;
use rolecall_core::email::Email;
use rolecall_core::id::SessionId;
use rolecall_core::model::session::Session;
use rolecall_core::view::{AccountRef, UserRef, Want};

/// A session id from a path: what cannot be one names no session.
pub fn session_id(text: &str) -> SessionId {
    SessionId::parse(text).unwrap_or(SessionId::from_bits(0))
}

/// `POST /v1/sessions`. A wrong password, an unknown email and a text that is no email get the same answer for the same work.
pub async fn sign_in<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    email: &str,
    password: &str,
    render: impl Fn(&Joined) -> Option<Recorded>,
) -> Result<WithSession<Joined>, AppError> {
    let Ok(email) = Email::parse(email) else {
        rolecall_core::password::dummy_verify(password);
        return Err(Denial::CredentialsInvalid.into());
    };
    let entrance = Entrance::new(app, call);
    let [near, far] = scopes(app, call, &email);
    call.comes_as(app.keys, &email);
    let who = UserRef::Email(email.clone());
    let wants = vec![
        Want::Attempts(near.clone()),
        Want::Attempts(far.clone()),
        Want::Credential(email.clone()),
        Want::Account(AccountRef::ActiveOf(who.clone())),
        Want::Member(AccountRef::ActiveOf(who.clone()), who),
    ];
    let judged = core::cell::RefCell::default();
    let input = SignIn { email: &email, password, pepper: app.pepper, near: &near, far: &far, browser: &entrance.browser, judged: &judged };
    let decide = |view: &_, moment: &_| sessions::sign_in(view, moment, &input);
    let done =
        mutate(app, call, wants, None, decide, |answer| answer.as_ref().ok().and_then(&render).map(|recorded| entrance.kept(recorded)))
            .await?;
    let done = match done {
        Done::Fresh(Ok(joined)) => Done::Fresh(joined),
        Done::Fresh(Err(denial)) => return Err(denial.into()),
        Done::Replayed(recorded) => Done::Replayed(recorded),
    };
    entrance.settle(app, call, done, |joined| Some(&joined.user.email)).await
}

/// `GET /v1/sessions`: the asking session, and all of the caller's, newest first.
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call) -> Result<(Session, Vec<Session>), AppError> {
    query(app, call, vec![Want::CallerSessions], None, reading::sessions).await
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
