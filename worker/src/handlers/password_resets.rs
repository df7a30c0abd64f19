//! Password resets.

use super::sessions::{require_offered, with_device_cookie};
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty, stored_response};
use rolecall_app::password_resets;
use rolecall_wire::dto::{CompletePasswordResetRequest, RequestPasswordResetRequest, StatusResponse};

/// `POST /v1/password-resets`: the same response for every email.
pub async fn request(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: RequestPasswordResetRequest = ctx.input()?;
    require_offered(ctx.config.policy_config.sign_in.password)?;
    let render = |_: &()| stored_response("", &StatusResponse::RESET_SENT);
    let outcome = password_resets::request(&ctx.app(), &ctx.request, &request.email, render).await?;
    ctx.outcome(outcome)
}

/// `PUT /v1/password-resets`.
pub async fn complete(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: CompletePasswordResetRequest = ctx.input()?;
    require_offered(ctx.config.policy_config.sign_in.password)?;
    let (outcome, device) =
        password_resets::complete(&ctx.app(), &ctx.request, request.token.reveal(), request.password.reveal(), stored_empty).await?;
    Ok(with_device_cookie(ctx.no_content(outcome)?, device))
}
