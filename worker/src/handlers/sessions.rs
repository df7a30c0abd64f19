//! Sign-in, sign-out and the sessions of the signed-in user.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_empty, stored_response};
use crate::rsa::PlatformRsa;
use rolecall_app::{AppError, email_codes, passkeys, sessions};
use rolecall_core::credential::device_cookie::DEVICE_SECONDS;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::session::SESSION_SECONDS;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::decode::Secret;
use rolecall_wire::dto::{SessionListResponse, SessionResponse, SignInProof, SignInRequest, SignedInResponse};
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

/// Logs the passkey whose signature counter did not grow, while all else was right: its key may exist in a second authenticator.
pub fn log_suspected_clone(ctx: &HandlerContext, error: &AppError) {
    if let AppError::Denied(Denial::PasskeyInvalid { suspected_clone: Some(id) }) = error {
        let message = "the signature counter of a passkey did not grow: it may have been cloned";
        ctx.warn(message, &[("passkey", &id.to_string())]);
    }
}

/// Requires that the deployment offers a way to sign in.
///
/// # Errors
/// 403 `sign-in-method-disabled`.
pub fn require_offered(is_offered: bool) -> Result<(), Denial> {
    if is_offered { Ok(()) } else { Err(Denial::SignInMethodDisabled) }
}

/// `POST /v1/sessions`.
pub async fn sign_in(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let render = |joined: &_| stored_response("", &SignedInResponse::from(joined));
    let start = match ctx.input::<SignInRequest>()?.proof()? {
        SignInProof::Password { email, password } => {
            require_offered(ctx.config.policy_config.sign_in.password)?;
            sessions::sign_in(&ctx.app(), &ctx.request, &email, password.reveal(), render).await?
        }
        SignInProof::Code { email, code, browser_key } => {
            require_offered(ctx.config.policy_config.sign_in.email_code)?;
            let browser_key = browser_key.as_ref().map(Secret::reveal);
            email_codes::sign_in(&ctx.app(), &ctx.request, &email, code.reveal(), browser_key, render).await?
        }
        SignInProof::Passkey(passkey) => {
            let rsa = PlatformRsa { io: &ctx.io };
            let signed_in =
                passkeys::sign_in(&ctx.app(), &ctx.request, super::passkeys::ceremony(ctx)?, &rsa, &passkey.into(), render).await;
            signed_in.inspect_err(|error| log_suspected_clone(ctx, error))?
        }
    };
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
