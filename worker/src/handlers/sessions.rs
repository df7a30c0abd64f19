//! Sign-in, sign-out and the sessions of the signed-in user.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_empty, stored_response};
use rolecall_app::sessions;
use rolecall_core::credential::device_cookie::DEVICE_SECONDS;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::session::SESSION_SECONDS;
use rolecall_wire::dto::{SessionListResponse, SessionResponse, SignInRequest, SignedInResponse};
use rolecall_wire::http::cookie;

/// Response that signs the caller in. Tokens are sent in cookies only.
pub fn sign_in_response(status: u16, body: String, token: &SessionToken, device: Option<String>) -> HandlerResponse {
    let response = HandlerResponse::new(status, Body::Json(body)).with("set-cookie", cookie::set(&token.reveal(), SESSION_SECONDS));
    with_device_cookie(response, device)
}

/// Sets the device cookie if there is a new one.
pub fn with_device_cookie(response: HandlerResponse, device: Option<String>) -> HandlerResponse {
    match device {
        Some(device) => response.with("set-cookie", cookie::set_device(&device, DEVICE_SECONDS)),
        None => response,
    }
}

/// `POST /v1/sessions`.
pub async fn sign_in(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: SignInRequest = ctx.input()?;
    let render = |joined: &_| stored_response("", &SignedInResponse::from(joined));
    let start = sessions::sign_in(&ctx.app(), &ctx.request, &request.email, request.password.reveal(), render).await?;
    Ok(sign_in_response(ctx.status(), outcome_response(start.outcome)?.body, &start.token, start.device))
}

/// `GET /v1/sessions`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let (current, found) = sessions::list(&ctx.app(), &ctx.request, ctx.page()).await?;
    ctx.validate_query()?;
    let (page, next) = ctx.paginate(found, |session| session.id.to_string());
    let items = page.iter().map(|session| SessionResponse::new(session, current.id)).collect();
    ctx.ok(&SessionListResponse::page(items, next))
}

/// `DELETE /v1/sessions/{session}`.
pub async fn end(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = sessions::revoke(&ctx.app(), &ctx.request, SessionId::parse(ctx.incoming.param("session")), stored_empty).await?;
    ctx.no_content(outcome)
}

/// `DELETE /v1/sessions/current`.
pub async fn sign_out(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = sessions::sign_out(&ctx.app(), &ctx.request, stored_empty).await?;
    let response = ctx.no_content(outcome)?;
    Ok(response.with("set-cookie", cookie::clear()).with("clear-site-data", "\"storage\""))
}
