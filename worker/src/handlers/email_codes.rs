//! One-time codes by mail.

use super::sessions::require_offered;
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_response};
use rolecall_app::email_codes;
use rolecall_wire::dto::{RequestEmailCodeRequest, StatusResponse};

/// `POST /v1/email-codes`: the same response for every email.
pub async fn request(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: RequestEmailCodeRequest = ctx.input()?;
    require_offered(ctx.config.policy_config.sign_in.email_code)?;
    let render = |_: &()| stored_response("", &StatusResponse::CODE_SENT);
    let outcome = email_codes::request(&ctx.app(), &ctx.request, &request.email, request.browser_key.reveal(), render).await?;
    ctx.outcome(outcome)
}
