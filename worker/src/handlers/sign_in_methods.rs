//! The ways of the signed-in user to prove who they are.

use super::sessions::{log_suspected_clone, require_offered, sign_in_response, with_device_cookie};
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, outcome_response, stored_empty, stored_response};
use crate::rsa::PlatformRsa;
use rolecall_app::{email_codes, passkeys, second_factor, sign_in_methods};
use rolecall_core::decision::second_factor::TypedSecondFactor;
use rolecall_core::domain::session::Session;
use rolecall_wire::decode::Secret;
use rolecall_wire::dto::{
    ChangePasswordRequest, DeploymentSignInMethodsResponse, ReauthenticateRequest, ReauthenticationProof, SessionResponse,
    SignInMethodListResponse,
};

/// `GET /v1/sign-in-methods`.
pub fn describe(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    ctx.ok(&DeploymentSignInMethodsResponse::new(&ctx.config.policy_config.sign_in, ctx.config.relying_party.is_some()))
}

/// `GET /v1/me/sign-in-methods`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let methods = sign_in_methods::list(&ctx.app(), &ctx.request).await?;
    ctx.ok(&SignInMethodListResponse::page(methods.iter().map(Into::into).collect(), None))
}

/// `POST /v1/sessions/current/reauthentication`.
pub async fn reauthenticate(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let render = |session: &Session| stored_response("", &SessionResponse::new(session, session.id));
    let proof = ctx.input::<ReauthenticateRequest>().and_then(ReauthenticateRequest::proof);
    let start = match ctx.with_session(proof).await? {
        ReauthenticationProof::Password(password) => {
            ctx.with_session(require_offered(ctx.config.policy_config.sign_in.password)).await?;
            sign_in_methods::by_password(&ctx.app(), &ctx.request, password.reveal(), render).await?
        }
        ReauthenticationProof::Code { code, browser_key } => {
            ctx.with_session(require_offered(ctx.config.policy_config.sign_in.email_code)).await?;
            let browser_key = browser_key.as_ref().map(Secret::reveal);
            email_codes::reauthenticate(&ctx.app(), &ctx.request, code.reveal(), browser_key, render).await?
        }
        ReauthenticationProof::Passkey(passkey) => {
            let rsa = PlatformRsa { io: &ctx.io };
            let context = ctx.with_session(super::passkeys::ceremony(ctx)).await?;
            let renewed = passkeys::reauthenticate(&ctx.app(), &ctx.request, context, &rsa, &passkey.into(), render).await;
            renewed.inspect_err(|error| log_suspected_clone(ctx, error))?
        }
        ReauthenticationProof::Totp(code) => {
            second_factor::reauthenticate(&ctx.app(), &ctx.request, TypedSecondFactor::Totp(code.reveal()), render).await?
        }
        ReauthenticationProof::RecoveryCode(code) => {
            second_factor::reauthenticate(&ctx.app(), &ctx.request, TypedSecondFactor::RecoveryCode(code.reveal()), render).await?
        }
    };
    Ok(sign_in_response(ctx.status(), outcome_response(start.outcome)?.body, &start.token, start.device))
}

/// `PUT /v1/password`.
pub async fn change_password(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: ChangePasswordRequest = ctx.with_session(ctx.input()).await?;
    ctx.with_session(require_offered(ctx.config.policy_config.sign_in.password)).await?;
    let (outcome, device) = sign_in_methods::change_password(&ctx.app(), &ctx.request, request.password.reveal(), stored_empty).await?;
    Ok(with_device_cookie(ctx.no_content(outcome)?, device))
}
