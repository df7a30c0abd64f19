//! Use cases of sign-in providers: sending a browser to a provider, the callback, and connecting a person there with a user.
//!
//! A callback takes two round trips to the database beside those to the provider: one to load who is connected with the person, one
//! that commits. Connecting is a request of its own, since a callback is a GET.

mod person;

use crate::app_state::AppState;
use crate::error::AppError;
use crate::joining::open_link;
use crate::ports::{IssuerNetwork, Store};
use crate::request_context::RequestContext;
use crate::session_start::SessionStart;
use crate::transaction::{Outcome, StoredResponse, execute, execute_unauthenticated};
use person::ask_person;
use rolecall_core::credential::oidc::authorization_url::authorization_url;
use rolecall_core::credential::oidc::callback::{CallbackError, CallbackParameters};
use rolecall_core::credential::oidc::flow::{Flow, FlowPurpose, FlowStart};
use rolecall_core::credential::oidc::provider_link::{PROVIDER_LINK_SECONDS, ProviderLink};
use rolecall_core::credential::oidc::return_to::ReturnTo;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::decision::providers::{self, ProviderSignIn, ProviderSignedIn};
use rolecall_core::domain::endpoint_url::EndpointUrl;
use rolecall_core::domain::id::{IdentityId, UserId};
use rolecall_core::domain::identity::SignInMethod;
use rolecall_core::domain::provider_identity::ToldPerson;
use rolecall_core::domain::sign_in_config::{Provider, ProviderKind};
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};

/// A provider as this deployment is configured at it.
#[derive(Copy, Clone)]
pub struct ProviderContext<'a> {
    /// Provider of the configuration.
    pub provider: &'a Provider,
    /// Secret of this deployment at the provider.
    pub secret: &'a str,
    /// Callback of this provider.
    pub redirect_uri: &'a str,
    /// Endpoints of GitHub.
    pub github: &'a GithubEndpoints,
    /// Name of the product, which GitHub's API wants to know.
    pub product: &'a str,
}

/// Endpoints of GitHub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GithubEndpoints {
    /// Where the browser is sent.
    pub authorization: EndpointUrl,
    /// Where a code is exchanged.
    pub token: EndpointUrl,
    /// The API, without a trailing slash.
    pub api: String,
}

/// Why a sign-in at a provider came to nothing. Nothing has changed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ProviderFailure {
    /// The person said no at the provider.
    Cancelled,
    /// It was started more than ten minutes ago.
    Expired,
    /// It was not started in this browser, or has ended before.
    NotStarted,
    /// The answer is that of another sign-in or another provider.
    Mismatch,
    /// The provider refused.
    Refused,
    /// The provider does not respond.
    Unavailable,
    /// The provider's response is not valid.
    Invalid,
    /// The person is connected with another user.
    Taken,
}

impl ProviderFailure {
    /// Code in the query of the page that tells it.
    pub const fn code(self) -> &'static str {
        match self {
            ProviderFailure::Cancelled => "provider-cancelled",
            ProviderFailure::Expired => "provider-expired",
            ProviderFailure::NotStarted => "provider-not-started",
            ProviderFailure::Mismatch => "provider-mismatch",
            ProviderFailure::Refused => "provider-refused",
            ProviderFailure::Unavailable => "provider-unavailable",
            ProviderFailure::Invalid => "provider-invalid",
            ProviderFailure::Taken => "identity-taken",
        }
    }
}

/// Error of a sign-in at a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProviderError {
    /// It came to nothing: the page that follows tells why, the log has the detail.
    Failed(ProviderFailure, String),
    /// The error of a use case.
    App(AppError),
}

impl From<AppError> for ProviderError {
    fn from(error: AppError) -> Self {
        ProviderError::App(error)
    }
}

fn failed(failure: ProviderFailure, detail: impl ToString) -> ProviderError {
    ProviderError::Failed(failure, detail.to_string())
}

/// The provider may have asked the person nothing: it had a session of theirs, whose age is unknown.
fn not_anew() -> ProviderError {
    failed(ProviderFailure::Refused, "the provider did not authenticate the person anew")
}

/// Where a browser is sent to sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationRedirect {
    /// URL at the provider.
    pub url: String,
    /// Value of the cookie with the flow.
    pub cookie: String,
}

/// How a callback ends.
pub enum CallbackOutcome {
    /// With a session, new or renewed, whose token is sent in the session cookie.
    Session(SessionToken, ReturnTo),
    /// With a person who waits to be connected with a user: the value of the cookie.
    Connect(String),
    /// With a user whose sign-in waits for a second factor: the value of the cookie.
    SecondFactor(String, ReturnTo),
}

/// `GET /v1/providers/{provider}/authorize`: starts a flow.
///
/// # Errors
///
/// [`ProviderFailure::Unavailable`]; [`ProviderFailure::Refused`] for a re-authentication at a provider that does not say when a person
/// authenticated.
pub async fn authorize<S>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: ProviderContext<'_>,
    network: &impl IssuerNetwork,
    start: FlowStart,
) -> Result<AuthorizationRedirect, ProviderError> {
    let endpoint = match &context.provider.kind {
        ProviderKind::Github if matches!(start.purpose, FlowPurpose::Reauthenticate(_)) => return Err(not_anew()),
        ProviderKind::Github => context.github.authorization.clone(),
        ProviderKind::Oidc { issuer, .. } => {
            let metadata = app.issuers.provider(network, issuer, request.ctx.now).await;
            metadata.map_err(|error| failed(ProviderFailure::Unavailable, error.0))?.authorization_endpoint.clone()
        }
    };
    let flow = Flow::start(start, request.ctx.now, random(request));
    let url = authorization_url(&endpoint, context.provider, context.redirect_uri, &flow);
    Ok(AuthorizationRedirect { url, cookie: flow.encode(app.keys) })
}

fn random(request: &RequestContext) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes.chunks_exact_mut(16).for_each(|part| part.copy_from_slice(&request.ctx.salt()));
    bytes
}

/// `GET /v1/providers/{provider}/callback`: ends a flow.
///
/// # Errors
///
/// [`ProviderError`].
pub async fn callback<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: ProviderContext<'_>,
    network: &impl IssuerNetwork,
    cookie: Option<&str>,
    parameters: &CallbackParameters<'_>,
) -> Result<CallbackOutcome, ProviderError> {
    // Without a flow of this browser nobody is asked.
    let flow = Flow::decode(app.keys, cookie.unwrap_or_default(), request.ctx.now).map_err(CallbackError::from)?;
    let (flow, told) = ask_person(app, request, context, network, flow, parameters).await?;
    match flow.purpose() {
        FlowPurpose::SignIn => sign_in(app, request, &flow, told).await,
        FlowPurpose::Link(user) => Ok(CallbackOutcome::Connect(waiting(app, request, &flow, told, Some(user)))),
        FlowPurpose::Reauthenticate(user) => reauthenticate(app, request, &flow, &told, user).await,
    }
}

async fn sign_in<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    flow: &Flow,
    told: ToldPerson,
) -> Result<CallbackOutcome, ProviderError> {
    let session_start = SessionStart::new(app, request);
    let link = flow.invitation().and_then(|token| open_link(app.keys, token, flow.proof()));
    let mut lookups = vec![Lookup::ProviderIdentity(told.person.clone())];
    lookups.extend(told.proven_email().map(|email| Lookup::User(UserRef::Email(email.clone()))));
    lookups.extend(link.map(|link| Lookup::InvitationWithInviter(link.invitation)));
    let decide = |snapshot: &_, ctx: &_| {
        let input = ProviderSignIn { told: &told, link, browser: &session_start.browser };
        providers::sign_in(snapshot, app.config, ctx, input)
    };
    let outcome = execute_unauthenticated(app, request, None, lookups, decide, |_| None).await?;
    let started = session_start.finish(app, request, outcome, |_| None).await?;
    Ok(match started.outcome {
        Outcome::Fresh { output: ProviderSignedIn::SignedIn(_), .. } => CallbackOutcome::Session(started.token, flow.return_to().clone()),
        Outcome::Fresh { output: ProviderSignedIn::SecondFactor(pending), .. } => {
            CallbackOutcome::SecondFactor(pending.encode(app.keys), flow.return_to().clone())
        }
        Outcome::Fresh { .. } | Outcome::Replayed(_) => CallbackOutcome::Connect(waiting(app, request, flow, told, None)),
    })
}

async fn reauthenticate<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    flow: &Flow,
    told: &ToldPerson,
    user: UserId,
) -> Result<CallbackOutcome, ProviderError> {
    let session_start = SessionStart::new(app, request);
    let decide = |snapshot: &_, ctx: &_| providers::reauthenticate(snapshot, ctx, told, user, &session_start.browser.token);
    let lookups = vec![Lookup::ProviderIdentity(told.person.clone())];
    let outcome = execute_unauthenticated(app, request, None, lookups, decide, |_| None).await.map_err(|error| match error {
        AppError::Denied(Denial::IdentityTaken) => failed(ProviderFailure::Taken, "the person is not the caller"),
        error => error.into(),
    })?;
    let started = session_start.finish(app, request, outcome, |_| None).await?;
    Ok(CallbackOutcome::Session(started.token, flow.return_to().clone()))
}

/// Value of the cookie of a person who waits to be connected.
fn waiting<S>(app: &AppState<'_, S>, request: &RequestContext, flow: &Flow, told: ToldPerson, starter: Option<UserId>) -> String {
    let expires_at = request.ctx.now.plus_seconds(PROVIDER_LINK_SECONDS);
    ProviderLink { told, starter, return_to: flow.return_to().clone(), expires_at }.encode(app.keys)
}

/// The person who waits in this browser to be connected.
pub fn waiting_person<S>(app: &AppState<'_, S>, request: &RequestContext, cookie: Option<&str>) -> Option<ProviderLink> {
    ProviderLink::decode(app.keys, cookie?, request.ctx.now)
}

/// `POST /v1/provider-link`: connects the waiting person with the caller.
///
/// # Errors
///
/// Those of [`providers::connect`] and [`execute`].
pub async fn connect<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    cookie: Option<&str>,
    render: impl Fn(&SignInMethod) -> Option<StoredResponse>,
) -> Result<Outcome<SignInMethod>, AppError> {
    let link = waiting_person(app, request, cookie);
    let mut lookups = vec![Lookup::SignInMethods(UserRef::Caller)];
    lookups.extend(link.as_ref().map(|link| Lookup::ProviderIdentity(link.told.person.clone())));
    let decide = |snapshot: &_, ctx: &_| providers::connect(snapshot, app.config, ctx, link.as_ref());
    execute(app, request, lookups, None, decide, render).await
}

/// `DELETE /v1/me/sign-in-methods/{method}`: removes a way of the caller to sign in.
///
/// # Errors
///
/// Those of [`providers::remove_method`] and [`execute`].
pub async fn remove_method<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    id: Option<IdentityId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let decide = |snapshot: &_, ctx: &_| providers::remove_method(snapshot, app.config, ctx, id);
    execute(app, request, vec![Lookup::SignInMethods(UserRef::Caller)], None, decide, render).await
}

impl From<CallbackError> for ProviderError {
    fn from(error: CallbackError) -> Self {
        let failure = match error {
            CallbackError::NotStarted => ProviderFailure::NotStarted,
            CallbackError::Expired => ProviderFailure::Expired,
            CallbackError::Mismatch | CallbackError::Issuer => ProviderFailure::Mismatch,
            CallbackError::Cancelled => ProviderFailure::Cancelled,
            CallbackError::Unavailable => ProviderFailure::Unavailable,
            CallbackError::Refused(_) => ProviderFailure::Refused,
            CallbackError::Malformed => ProviderFailure::Invalid,
        };
        failed(failure, error)
    }
}

#[cfg(test)]
mod tests;
