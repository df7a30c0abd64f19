//! Passkeys: options of the ceremonies, registration, and the passkeys of the signed-in user.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty, stored_response};
use rolecall_app::passkeys::{self, IssuedChallenge, PasskeyContext};
use rolecall_core::credential::passkey_challenge::{BrowserKey, CHALLENGE_SECONDS};
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::passkey::{Passkey, RelyingParty};
use rolecall_wire::dto::{
    PasskeyAuthenticationOptionsResponse, PasskeyListResponse, PasskeyRegistrationOptionsResponse, PasskeyResponse, RegisterPasskeyRequest,
    UpdatePasskeyRequest,
};
use rolecall_wire::http::cookie;
use rolecall_wire::problem::{Problem, ProblemCode};

/// Relying party of the deployment.
///
/// # Errors
/// 404 where the deployment has no passkeys.
fn relying_party(ctx: &HandlerContext) -> Result<&RelyingParty, HandlerError> {
    let none = || Problem::new(ProblemCode::NotFound).detail("This deployment has no passkeys.").into();
    ctx.config.relying_party.as_ref().filter(|_| ctx.config.policy_config.sign_in.passkey).ok_or_else(none)
}

fn browser(ctx: &HandlerContext) -> Option<BrowserKey> {
    ctx.incoming.header("cookie").and_then(cookie::read_passkey).and_then(BrowserKey::parse)
}

/// Browser and relying party of a ceremony.
///
/// # Errors
/// 404 where the deployment has no passkeys.
pub fn ceremony(ctx: &HandlerContext) -> Result<PasskeyContext<'_>, HandlerError> {
    Ok(PasskeyContext { relying_party: relying_party(ctx)?, browser: browser(ctx) })
}

/// Binds a challenge to the browser: the cookie lives as long as the newest challenge.
fn with_browser_cookie(response: HandlerResponse, issued: &IssuedChallenge) -> HandlerResponse {
    response.with("set-cookie", cookie::set_passkey(&issued.browser.reveal(), CHALLENGE_SECONDS))
}

fn passkey_id(ctx: &HandlerContext) -> Option<IdentityId> {
    IdentityId::parse(ctx.incoming.param("passkey"))
}

fn render(passkey: &Passkey) -> Option<rolecall_app::StoredResponse> {
    stored_response("", &PasskeyResponse::from(passkey))
}

/// `POST /v1/passkeys/registration-options`.
pub async fn registration_options(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let relying_party = ctx.with_session(relying_party(ctx)).await?;
    let (issued, user, existing) = passkeys::registration_options(&ctx.app(), &ctx.request, browser(ctx)).await?;
    let response = ctx.ok(&PasskeyRegistrationOptionsResponse::new(&issued.challenge, relying_party, &user, &existing))?;
    Ok(with_browser_cookie(response, &issued))
}

/// `POST /v1/passkeys`.
pub async fn register(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let context = ctx.with_session(ceremony(ctx)).await?;
    let input = ctx.input::<RegisterPasskeyRequest>().map(Into::into);
    ctx.outcome(passkeys::register(&ctx.app(), &ctx.request, context, input, render).await?)
}

/// `GET /v1/passkeys`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = passkeys::list(&ctx.app(), &ctx.request).await?;
    ctx.ok(&PasskeyListResponse::page(found.iter().map(Into::into).collect(), None))
}

/// `PATCH /v1/passkeys/{passkey}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let label = ctx.input::<UpdatePasskeyRequest>().map(|request| request.label);
    ctx.outcome(passkeys::rename(&ctx.app(), &ctx.request, passkey_id(ctx), label, render).await?)
}

/// `DELETE /v1/passkeys/{passkey}`.
pub async fn remove(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    ctx.no_content(passkeys::remove(&ctx.app(), &ctx.request, passkey_id(ctx), stored_empty).await?)
}

/// `POST /v1/passkeys/authentication-options`.
pub fn authentication_options(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let relying_party = relying_party(ctx)?;
    let issued = passkeys::authentication_options(&ctx.app(), &ctx.request, browser(ctx));
    let response = ctx.ok(&PasskeyAuthenticationOptionsResponse::new(&issued.challenge, relying_party))?;
    Ok(with_browser_cookie(response, &issued))
}
