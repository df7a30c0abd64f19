//! Signing in and out, and one's sessions.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, nothing, recorded, settled};
use rolecall_app::sessions::{self, session_id};
use rolecall_core::credential::device_cookie::DEVICE_SECONDS;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::domain::session::SESSION_SECONDS;
use rolecall_wire::dto::{SessionListResponse, SessionResponse, SignInRequest, SignedInResponse};
use rolecall_wire::http::cookie;

/// A success that leaves the caller signed in: the tokens go into the cookies and nowhere else.
pub fn signed_in(status: u16, body: String, token: &SessionToken, device: Option<String>) -> HandlerResponse {
    let answer = HandlerResponse::new(status, Body::Json(body)).with("set-cookie", cookie::set(&token.reveal(), SESSION_SECONDS));
    known(answer, device)
}

/// The same answer; with a device's token, the browser is a known one from now on.
pub fn known(answer: HandlerResponse, device: Option<String>) -> HandlerResponse {
    match device {
        Some(device) => answer.with("set-cookie", cookie::set_device(&device, DEVICE_SECONDS)),
        None => answer,
    }
}

/// `POST /v1/sessions`.
pub async fn sign_in(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: SignInRequest = ctx.input()?;
    let render = |joined: &_| recorded("", &SignedInResponse::from(joined));
    let outcome = sessions::sign_in(&ctx.app(), &ctx.request, &request.email, request.password.reveal(), render).await?;
    Ok(signed_in(ctx.status(), settled(outcome.done, render)?.body, &outcome.token, outcome.device))
}

/// `GET /v1/sessions`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let (current, found) = sessions::list(&ctx.app(), &ctx.request, ctx.page()).await?;
    ctx.validate_query()?;
    let (page, next) = ctx.paginate(found, |session| session.id.to_string());
    let items = page.iter().map(|session| SessionResponse::seen(session, current.id)).collect();
    ctx.ok(&SessionListResponse::page(items, next))
}

/// `DELETE /v1/sessions/{session}`.
pub async fn end(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let done = sessions::revoke(&ctx.app(), &ctx.request, session_id(ctx.incoming.param("session")), nothing).await?;
    ctx.no_content(done)
}

/// `DELETE /v1/sessions/current`.
pub async fn sign_out(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let done = sessions::sign_out(&ctx.app(), &ctx.request, nothing).await?;
    let answer = ctx.no_content(done)?;
    Ok(answer.with("set-cookie", cookie::clear()).with("clear-site-data", "\"storage\""))
}
