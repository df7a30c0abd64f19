//! Sign-in at providers and by tokens of trusted issuers.

use super::sessions::sign_in_response;
use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_empty, stored_response};
use crate::issuer_network::PlatformNetwork;
use rolecall_app::issuer_tokens::{self, ExchangeError};
use rolecall_app::providers::{self, AuthorizationRedirect, CallbackOutcome, ProviderContext, ProviderError, ProviderFailure};
use rolecall_app::{AppError, profile};
use rolecall_core::credential::oidc::callback::CallbackParameters;
use rolecall_core::credential::oidc::flow::{FLOW_SECONDS, FlowPurpose, FlowStart};
use rolecall_core::credential::oidc::provider_link::{PROVIDER_LINK_SECONDS, ProviderLink};
use rolecall_core::credential::oidc::return_to::ReturnTo;
use rolecall_core::credential::pending_sign_in::PENDING_SIGN_IN_SECONDS;
use rolecall_core::credential::percent_encoding;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::session::SESSION_SECONDS;
use rolecall_core::domain::sign_in_config::{Provider, ProviderId};
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::dto::{ExchangeTokenRequest, ProviderLinkResponse, SignInMethodResponse, SignedInResponse};
use rolecall_wire::http::{cookie, query};
use rolecall_wire::problem::{Problem, ProblemCode};

/// Provider in the path with its secret.
///
/// # Errors
/// 404 where the deployment has no such provider.
fn provider(ctx: &HandlerContext) -> Result<(&Provider, &str), HandlerError> {
    let id = ProviderId::parse(ctx.incoming.param("provider"));
    let found = id.as_ref().and_then(|id| Some((ctx.config.policy_config.sign_in.provider(id)?, ctx.config.providers.secrets.get(id)?)));
    let none = || Problem::new(ProblemCode::NotFound).detail("This deployment has no such sign-in provider.");
    found.map(|(provider, secret)| (provider, secret.as_str())).ok_or_else(|| none().into())
}

fn redirect(status: u16, location: impl Into<String>) -> HandlerResponse {
    HandlerResponse::new(status, Body::Empty).with("location", location)
}

/// The page that tells why a sign-in came to nothing. The flow is over, except for an answer that belongs to another one.
fn failure_page(ctx: &HandlerContext, provider: &ProviderId, failure: ProviderFailure, detail: &str) -> HandlerResponse {
    let about = [("provider", provider.as_str()), ("code", failure.code()), ("detail", detail)];
    ctx.warn("a sign-in at a provider came to nothing", &about);
    let response = redirect(303, format!("/sign-in?error={}&provider={provider}", failure.code()));
    if failure == ProviderFailure::Mismatch { response } else { response.with("set-cookie", cookie::set_flow("", 0)) }
}

/// What a new flow carries; None if it is for the signed-in user and nobody is, or a page of another site asks for it.
async fn flow_start(ctx: &HandlerContext, provider: &Provider) -> Result<Option<FlowStart>, HandlerError> {
    let query = ctx.checked_query()?;
    let text = |name| query.text(name).map(str::to_owned);
    let invalid = || vec![FieldError::new("?return_to", "value-invalid", "The value must be a path of this origin.")];
    let return_to = match query.text("return_to") {
        None => ReturnTo::root(),
        Some(path) => ReturnTo::parse(path).ok_or_else(invalid)?,
    };
    // A page of another site neither chooses whom the signed-in user is connected with nor which team a new one joins.
    let is_foreign = ctx.incoming.header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if is_foreign && (query.text("purpose").is_some() || query.text("invitation").is_some()) {
        return Ok(None);
    }
    let purpose = match query.text("purpose") {
        Some(purpose @ ("link" | "reauthenticate")) => match profile::caller_id(&ctx.app(), &ctx.request).await {
            Ok(user) if purpose == "link" => FlowPurpose::Link(user),
            Ok(user) => FlowPurpose::Reauthenticate(user),
            Err(AppError::Denied(Denial::SessionMissing | Denial::SessionExpired)) => return Ok(None),
            Err(error) => return Err(error.into()),
        },
        _ => FlowPurpose::SignIn,
    };
    let (provider, invitation, proof) = (provider.id.clone(), text("invitation"), text("proof"));
    Ok(Some(FlowStart { purpose, provider, return_to, invitation, proof }))
}

/// `GET /v1/providers/{provider}/authorize`.
pub async fn authorize(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let (provider, secret) = provider(ctx)?;
    let Some(start) = flow_start(ctx, provider).await? else { return Ok(redirect(303, "/sign-in")) };
    let redirect_uri = redirect_uri(ctx, &provider.id);
    let (context, network) = (context(ctx, provider, secret, &redirect_uri), PlatformNetwork { io: &ctx.io });
    match providers::authorize(&ctx.app(), &ctx.request, context, &network, start).await {
        Ok(AuthorizationRedirect { url, cookie: flow }) => Ok(redirect(302, url).with("set-cookie", cookie::set_flow(&flow, FLOW_SECONDS))),
        Err(error) => failed(ctx, &provider.id, error),
    }
}

/// `GET /v1/providers/{provider}/callback`.
pub async fn callback(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let (provider, secret) = provider(ctx)?;
    let read = |name| query::single(&ctx.incoming.query, name);
    let (Ok(state), Ok(code), Ok(error), Ok(iss)) = (read("state"), read("code"), read("error"), read("iss")) else {
        // Whose answer it is cannot be told, so the flow goes on.
        return Ok(failure_page(ctx, &provider.id, ProviderFailure::Mismatch, "a parameter is repeated or malformed"));
    };
    let parameters = CallbackParameters { state: state.as_deref(), code: code.as_deref(), error: error.as_deref(), iss: iss.as_deref() };
    let flow = ctx.incoming.header("cookie").and_then(cookie::read_flow);
    let redirect_uri = redirect_uri(ctx, &provider.id);
    let context = context(ctx, provider, secret, &redirect_uri);
    let network = PlatformNetwork { io: &ctx.io };
    match providers::callback(&ctx.app(), &ctx.request, context, &network, flow, &parameters).await {
        Ok(CallbackOutcome::Session(token, return_to)) => {
            let response = redirect(303, return_to.as_str()).with("set-cookie", cookie::set(&token.reveal(), SESSION_SECONDS));
            Ok(response.with("set-cookie", cookie::set_flow("", 0)))
        }
        Ok(CallbackOutcome::SecondFactor(pending, return_to)) => {
            let page = format!("/sign-in?second_factor=true&next={}", percent_encoding::encode(return_to.as_str()));
            let response = redirect(303, page).with("set-cookie", cookie::set_second_factor(&pending, PENDING_SIGN_IN_SECONDS));
            Ok(response.with("set-cookie", cookie::set_flow("", 0)))
        }
        Ok(CallbackOutcome::Connect(link)) => {
            let response = redirect(303, "/link").with("set-cookie", cookie::set_provider_link(&link, PROVIDER_LINK_SECONDS));
            Ok(response.with("set-cookie", cookie::set_flow("", 0)))
        }
        Err(error) => failed(ctx, &provider.id, error),
    }
}

fn redirect_uri(ctx: &HandlerContext, provider: &ProviderId) -> String {
    format!("{}/v1/providers/{provider}/callback", ctx.config.origin)
}

fn context<'a>(ctx: &'a HandlerContext, provider: &'a Provider, secret: &'a str, redirect_uri: &'a str) -> ProviderContext<'a> {
    ProviderContext { provider, secret, redirect_uri, github: &ctx.config.providers.github, product: ctx.config.product() }
}

fn failed(ctx: &HandlerContext, provider: &ProviderId, error: ProviderError) -> Result<HandlerResponse, HandlerError> {
    match error {
        ProviderError::Failed(failure, detail) => Ok(failure_page(ctx, provider, failure, &detail)),
        ProviderError::App(error) => Err(error.into()),
    }
}

fn link_cookie(ctx: &HandlerContext) -> Option<&str> {
    ctx.incoming.header("cookie").and_then(cookie::read_provider_link)
}

/// `GET /v1/provider-link`.
pub fn waiting(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let link: ProviderLink = providers::waiting_person(&ctx.app(), &ctx.request, link_cookie(ctx)).ok_or(Denial::ProviderLinkNotFound)?;
    ctx.ok(&ProviderLinkResponse::new(&link, &ctx.config.policy_config.sign_in))
}

/// `POST /v1/provider-link`.
pub async fn connect(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let render = |method: &_| stored_response("", &SignInMethodResponse::from(method));
    let outcome = providers::connect(&ctx.app(), &ctx.request, link_cookie(ctx), render).await?;
    Ok(ctx.outcome(outcome)?.with("set-cookie", cookie::set_provider_link("", 0)))
}

/// `DELETE /v1/provider-link`.
pub fn forget(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    Ok(HandlerResponse::new(ctx.status(), Body::Empty).with("set-cookie", cookie::set_provider_link("", 0)))
}

/// `DELETE /v1/me/sign-in-methods/{method}`.
pub async fn remove_method(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let id = IdentityId::parse(ctx.incoming.param("method"));
    ctx.no_content(providers::remove_method(&ctx.app(), &ctx.request, id, stored_empty).await?)
}

/// `POST /v1/sessions/exchange`.
pub async fn exchange(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let token = ctx.input::<ExchangeTokenRequest>()?.token;
    let network = PlatformNetwork { io: &ctx.io };
    let render = |joined: &_| stored_response("", &SignedInResponse::from(joined));
    let start = issuer_tokens::exchange(&ctx.app(), &ctx.request, &network, token.reveal(), render).await;
    let start = start.map_err(|error| {
        let (code, detail) = match error {
            ExchangeError::Invalid(detail) => (ProblemCode::IssuerTokenInvalid, detail),
            ExchangeError::Unavailable(detail) => (ProblemCode::IssuerUnavailable, detail),
            ExchangeError::App(error) => return AppError::into(error),
        };
        ctx.warn("a token of an issuer started no session", &[("code", code.as_str()), ("detail", &detail)]);
        HandlerError::from(code)
    })?;
    Ok(sign_in_response(ctx.status(), outcome_response(start.outcome)?.body, &start.token, start.device))
}
