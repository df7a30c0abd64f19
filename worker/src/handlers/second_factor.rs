//! The second factor of a sign-in.

use super::sessions::{log_suspected_clone, sign_in_response};
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, outcome_response, stored_response};
use crate::rsa::PlatformRsa;
use rolecall_app::{AppError, second_factor};
use rolecall_core::credential::pending_sign_in::PENDING_SIGN_IN_SECONDS;
use rolecall_core::decision::second_factor::TypedSecondFactor;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::dto::{FinishSignInProof, FinishSignInRequest, SignedInResponse};
use rolecall_wire::http::cookie;

/// Adds the cookie of the sign-in that waits to the error that asks for its second factor.
pub fn with_pending_cookie(ctx: &HandlerContext, error: HandlerError) -> HandlerError {
    match error {
        HandlerError::App(AppError::Denied(Denial::SecondFactorRequired(pending))) => {
            let cookie = cookie::set_second_factor(&pending.encode(&ctx.config.keys), PENDING_SIGN_IN_SECONDS);
            HandlerError::ProblemWithCookie(Box::new(Denial::SecondFactorRequired(pending).into()), cookie)
        }
        error => error,
    }
}

/// `POST /v1/sessions/second-factor`.
pub async fn finish(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let render = |joined: &_| stored_response("", &SignedInResponse::from(joined));
    let pending = ctx.incoming.header("cookie").and_then(cookie::read_second_factor);
    let (app, request) = (ctx.app(), &ctx.request);
    let start = match ctx.input::<FinishSignInRequest>()?.proof()? {
        FinishSignInProof::Totp(code) => {
            second_factor::finish(&app, request, pending, TypedSecondFactor::Totp(code.reveal()), render).await?
        }
        FinishSignInProof::RecoveryCode(code) => {
            second_factor::finish(&app, request, pending, TypedSecondFactor::RecoveryCode(code.reveal()), render).await?
        }
        FinishSignInProof::Passkey(passkey) => {
            let rsa = PlatformRsa { io: &ctx.io };
            let ceremony = (super::passkeys::ceremony(ctx)?, &rsa);
            let finished = second_factor::finish_by_passkey(&app, request, pending, ceremony, &passkey.into(), render).await;
            finished.inspect_err(|error| log_suspected_clone(ctx, error))?
        }
    };
    let response = sign_in_response(ctx.status(), outcome_response(start.outcome)?.body, &start.token, start.device);
    Ok(response.with("set-cookie", cookie::set_second_factor("", 0)))
}
