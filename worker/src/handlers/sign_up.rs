//! Sign-up and email verification.

use super::sessions::{require_offered, sign_in_response};
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_response};
use rolecall_app::StoredResponse;
use rolecall_app::signups::{self, NewSignup, NewVerification};
use rolecall_core::decision::signups::SignedUp;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::decode::Secret;
use rolecall_wire::dto::{SignUpRequest, SignedInResponse, StatusResponse, VerifyEmailRequest};

/// Kinds of stored responses to a sign-up.
const SENT: &str = "sent";
const JOINED: &str = "joined";

/// Requires that the deployment lets people in by their mailbox, by a password or by a code, and takes passwords where there is one.
///
/// # Errors
/// 403 `sign-in-method-disabled`.
fn require_mail_or_password(ctx: &HandlerContext, has_password: bool) -> Result<(), Denial> {
    let offered = &ctx.config.policy_config.sign_in;
    require_offered(if has_password { offered.password } else { offered.password || offered.email_code })
}

/// `POST /v1/signup`. The response is the same for every email, except that a valid proof of an invitation signs the caller in.
pub async fn sign_up(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: SignUpRequest = ctx.input()?;
    require_mail_or_password(ctx, request.password.is_some())?;
    let input = NewSignup {
        email: request.email,
        password: request.password.as_ref().map(|password| password.reveal().to_owned()),
        name: request.name,
        invitation: request.invitation.map(|link| (link.token.reveal().to_owned(), link.proof.reveal().to_owned())),
        browser_key: request.browser_key.map(|key| key.reveal().to_owned()),
    };
    let start = signups::sign_up(&ctx.app(), &ctx.request, input, to_stored).await?;
    let response = outcome_response(start.outcome)?;
    match response.kind.as_str() {
        JOINED => Ok(sign_in_response(ctx.route.status_with("SignedInResponse"), response.body, &start.token, start.device)),
        _ => Ok(HandlerResponse::new(ctx.status(), Body::Json(response.body))),
    }
}

fn to_stored(output: &SignedUp) -> Option<StoredResponse> {
    match output {
        SignedUp::VerificationSent => stored_response(SENT, &StatusResponse::VERIFICATION_SENT),
        SignedUp::Joined(joined) => stored_response(JOINED, &SignedInResponse::from(joined)),
    }
}

/// `POST /v1/email-verifications`.
pub async fn verify_email(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: VerifyEmailRequest = ctx.input()?;
    require_mail_or_password(ctx, request.password.is_some())?;
    let text = |secret: &Secret| secret.reveal().to_owned();
    let input = NewVerification {
        token: text(&request.token),
        browser_key: request.browser_key.as_ref().map(text),
        name: request.name,
        password: request.password.as_ref().map(text),
    };
    let render = |joined: &_| stored_response("", &SignedInResponse::from(joined));
    let start = signups::verify_email(&ctx.app(), &ctx.request, &input, render).await?;
    Ok(sign_in_response(ctx.status(), outcome_response(start.outcome)?.body, &start.token, start.device))
}
