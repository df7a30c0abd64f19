//! The authenticator app and the recovery codes of the signed-in user.

use super::sessions::sign_in_response;
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, outcome_response, stored_empty, stored_response};
use rolecall_app::totp;
use rolecall_core::domain::session::Session;
use rolecall_wire::dto::{ConfirmTotpRequest, RecoveryCodesResponse, SessionResponse, TotpResponse};

/// `POST /v1/totp`.
pub async fn start(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let begun = totp::begin(&ctx.app(), &ctx.request).await?;
    ctx.ok(&TotpResponse::new(&begun, ctx.config.product()))
}

/// `PUT /v1/totp`.
pub async fn confirm(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let render = |session: &Session| stored_response("", &SessionResponse::new(session, session.id));
    let code = ctx.input::<ConfirmTotpRequest>().map(|request| request.code.reveal().to_owned());
    let confirmed = totp::confirm(&ctx.app(), &ctx.request, code, render).await?;
    Ok(sign_in_response(ctx.status(), outcome_response(confirmed.outcome)?.body, &confirmed.token, confirmed.device))
}

/// `DELETE /v1/totp`.
pub async fn remove(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    ctx.no_content(totp::remove(&ctx.app(), &ctx.request, stored_empty).await?)
}

/// `POST /v1/recovery-codes`.
pub async fn create_recovery_codes(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let codes = totp::create_recovery_codes(&ctx.app(), &ctx.request).await?;
    ctx.ok(&RecoveryCodesResponse::new(&codes))
}
