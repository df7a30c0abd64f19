//! Signing up, proving an email, recovering a password.

use super::sessions::{known, signed_in};
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, nothing, recorded, settled};
use rolecall_app::signups::{self, NewSignup, NewVerification};
use rolecall_app::{StoredResponse, password_resets};
use rolecall_core::decision::signups::SignedUp;
use rolecall_wire::decode::Secret;
use rolecall_wire::dto::{
    CompletePasswordResetRequest, RequestPasswordResetRequest, SignUpRequest, SignedInResponse, StatusResponse, VerifyEmailRequest,
};

/// The kinds of answer to a sign-up, as they are kept for replays.
const SENT: &str = "sent";
const JOINED: &str = "joined";

/// `POST /v1/signup`: one answer for every email; another for who holds the proof of an invitation mail.
pub async fn sign_up(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: SignUpRequest = ctx.input()?;
    let input = NewSignup {
        email: request.email,
        password: request.password.reveal().to_owned(),
        name: request.name,
        invitation: request.invitation.map(|link| (link.token.reveal().to_owned(), link.proof.reveal().to_owned())),
        browser_key: request.browser_key.map(|key| key.reveal().to_owned()),
    };
    let outcome = signups::sign_up(&ctx.app(), &ctx.request, input, answer).await?;
    let settled = settled(outcome.done, answer)?;
    match settled.kind.as_str() {
        JOINED => Ok(signed_in(ctx.route.status_with("SignedInResponse"), settled.body, &outcome.token, outcome.device)),
        _ => Ok(HandlerResponse::new(ctx.status(), Body::Json(settled.body))),
    }
}

fn answer(outcome: &SignedUp) -> Option<StoredResponse> {
    match outcome {
        SignedUp::VerificationSent => recorded(SENT, &StatusResponse::VERIFICATION_SENT),
        SignedUp::Joined(joined) => recorded(JOINED, &SignedInResponse::from(joined)),
    }
}

/// `POST /v1/email-verifications`.
pub async fn verify_email(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: VerifyEmailRequest = ctx.input()?;
    let text = |secret: &Secret| secret.reveal().to_owned();
    let input = NewVerification {
        token: text(&request.token),
        browser_key: request.browser_key.as_ref().map(text),
        password: request.password.as_ref().map(text),
    };
    let render = |joined: &_| recorded("", &SignedInResponse::from(joined));
    let outcome = signups::verify_email(&ctx.app(), &ctx.request, &input, render).await?;
    Ok(signed_in(ctx.status(), settled(outcome.done, render)?.body, &outcome.token, outcome.device))
}

/// `POST /v1/password-resets`: one answer for every email.
pub async fn request_reset(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: RequestPasswordResetRequest = ctx.input()?;
    let render = |_: &()| recorded("", &StatusResponse::RESET_SENT);
    let done = password_resets::request(&ctx.app(), &ctx.request, &request.email, render).await?;
    ctx.outcome(done, |()| StatusResponse::RESET_SENT)
}

/// `PUT /v1/password-resets`.
pub async fn complete_reset(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: CompletePasswordResetRequest = ctx.input()?;
    let (done, device) =
        password_resets::complete(&ctx.app(), &ctx.request, request.token.reveal(), request.password.reveal(), nothing).await?;
    Ok(known(ctx.no_content(done)?, device))
}
