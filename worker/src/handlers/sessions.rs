//! Signing in and out, and one's sessions.

use crate::answer::{Answer, Body, Failure, nothing, recorded, settled};
use crate::exchange::Exchange;
use rolecall_app::sessions::{self, session_id};
use rolecall_core::credential::device_cookie::DEVICE_SECONDS;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::domain::session::SESSION_SECONDS;
use rolecall_wire::dto::{SessionListResponse, SessionResponse, SignInRequest, SignedInResponse};
use rolecall_wire::http::cookie;

/// A success that leaves the caller signed in: the tokens go into the cookies and nowhere else.
pub fn signed_in(status: u16, body: String, token: &SessionToken, device: Option<String>) -> Answer {
    let answer = Answer::new(status, Body::Json(body)).with("set-cookie", cookie::set(&token.reveal(), SESSION_SECONDS));
    known(answer, device)
}

/// The same answer; with a device's token, the browser is a known one from now on.
pub fn known(answer: Answer, device: Option<String>) -> Answer {
    match device {
        Some(device) => answer.with("set-cookie", cookie::set_device(&device, DEVICE_SECONDS)),
        None => answer,
    }
}

/// `POST /v1/sessions`.
pub async fn sign_in(x: &Exchange) -> Result<Answer, Failure> {
    let request: SignInRequest = x.input()?;
    let render = |joined: &_| recorded("", &SignedInResponse::from(joined));
    let outcome = sessions::sign_in(&x.app(), &x.call, &request.email, request.password.reveal(), render).await?;
    Ok(signed_in(x.status(), settled(outcome.done, render)?.body, &outcome.token, outcome.device))
}

/// `GET /v1/sessions`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let (current, found) = sessions::list(&x.app(), &x.call, x.page()).await?;
    x.raise()?;
    let (page, next) = x.cut(found, |session| session.id.to_string());
    let items = page.iter().map(|session| SessionResponse::seen(session, current.id)).collect();
    x.ok(&SessionListResponse::page(items, next))
}

/// `DELETE /v1/sessions/{session}`.
pub async fn end(x: &Exchange) -> Result<Answer, Failure> {
    let done = sessions::revoke(&x.app(), &x.call, session_id(x.inbound.param("session")), nothing).await?;
    x.gone(done)
}

/// `DELETE /v1/sessions/current`.
pub async fn sign_out(x: &Exchange) -> Result<Answer, Failure> {
    let done = sessions::sign_out(&x.app(), &x.call, nothing).await?;
    let answer = x.gone(done)?;
    Ok(answer.with("set-cookie", cookie::clear()).with("clear-site-data", "\"storage\""))
}
