//! Authentication and authorization of gateway requests: by permission token without the database, by API key or session in
//! one round trip.
//!
//! A token is verified and evaluated without I/O. If it allows the request, the request is authorized unless the minimum
//! token version in KV shows that rights in the account were revoked after the token was issued. In that case, and if the
//! token does not allow the request, the database decides.

use super::{GatewayRequest, MatchedRoute};
use crate::access_token::{self, VerifiedToken};
use crate::http::error::HandlerError;
use crate::http::request;
use crate::need_database::NeedDatabase;
use rolecall_app::RequestContext;
use rolecall_app::gateway::{self, GatewayQuery};
use rolecall_app::principals::require_principal;
use rolecall_core::authz::gateway::{GatewayGrant, authorize_by_token};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::denial::Denial;
use rolecall_store::SqlStore;
use rolecall_wire::http::bearer::{self, Bearer};
use rolecall_wire::http::origin::OriginTrust;

/// Authenticates and authorizes a request. Also returns the request context, for the response and the deferred work.
///
/// The inner result is an error if the request is not authenticated or not authorized.
pub async fn authorize(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    mut request_context: RequestContext,
    store: &SqlStore<NeedDatabase>,
) -> (RequestContext, Result<GatewayGrant, HandlerError>) {
    let gateway_query = match authenticate(gateway_request, matched, &request_context) {
        Ok(Auth::TokenAllows(allowed)) => {
            let TokenGrant { grant, token } = *allowed;
            if !access_token::is_superseded(gateway_request.isolate, gateway_request.io, &token).await {
                return (request_context, Ok(grant));
            }
            request_context.credential = Some(Credential::Token(token.user));
            GatewayQuery { route: matched.route, resource: matched.resource, named: Some(token.account) }
        }
        Ok(Auth::AskDatabase(credential, named)) => {
            request_context.credential = Some(credential);
            let Ok(named) = named.parse() else {
                // The response is the same as for an account of which the caller is not a member.
                let authenticated = require_principal(&gateway_request.isolate.config.app(store), &request_context).await;
                return (request_context, Err(authenticated.map_or_else(HandlerError::from, |()| Denial::AccountNotFound.into())));
            };
            GatewayQuery { route: matched.route, resource: matched.resource, named }
        }
        Err(failure) => return (request_context, Err(failure)),
    };
    let decision = gateway::authorize(&gateway_request.isolate.config.app(store), &request_context, &gateway_query).await;
    (request_context, decision.map_err(HandlerError::from))
}

/// Result of authentication without the database.
enum Auth {
    /// A token that authorizes the request by itself.
    TokenAllows(Box<TokenGrant>),
    /// A credential that requires the database, and the account that the request names.
    AskDatabase(Credential, NamedAccount),
}

/// The account that a request names in `Rolecall-Account`, before the text is parsed.
struct NamedAccount(Option<String>);

impl NamedAccount {
    /// `None` if the request names no account.
    ///
    /// # Errors
    /// If the text is not an account id.
    fn parse(&self) -> Result<Option<AccountId>, ()> {
        self.0.as_deref().map(|text| AccountId::parse(text).ok_or(())).transpose()
    }
}

/// Token that authorizes the request by itself.
struct TokenGrant {
    grant: GatewayGrant,
    token: VerifiedToken,
}

/// Authenticates the request as far as possible without the database. If `Authorization` is present, even malformed, the cookie
/// is ignored.
fn authenticate(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    request_context: &RequestContext,
) -> Result<Auth, HandlerError> {
    let (incoming, keys) = (gateway_request.incoming, &gateway_request.isolate.config.keys);
    let account = NamedAccount(incoming.account.clone());
    match incoming.authorization.as_deref().map(bearer::read) {
        Some(Ok(Bearer::ApiKey(secret))) => Ok(Auth::AskDatabase(Credential::ApiKey(secret.hash(keys)), account)),
        Some(Ok(Bearer::Token(token))) => {
            let verified = access_token::verify(gateway_request.isolate, request_context.ctx.now, token, &request_context.log_subject)?;
            authenticate_token(gateway_request, matched, verified, &account)
        }
        Some(Err(code)) => Err(code.into()),
        None => {
            require_trusted_origin(gateway_request, matched)?;
            let session = request::session_credential(incoming, keys).ok_or(Denial::SessionMissing)?;
            Ok(Auth::AskDatabase(session, account))
        }
    }
}

/// Requires a trusted origin for writes and WebSocket handshakes, because browsers attach the cookie to requests of any page
/// and send no preflight before a handshake.
///
/// # Errors
/// `origin-forbidden`.
fn require_trusted_origin(gateway_request: &GatewayRequest<'_>, matched: &MatchedRoute<'_>) -> Result<(), HandlerError> {
    let incoming = gateway_request.incoming;
    let writes = !matches!(incoming.method.as_str(), "GET" | "HEAD");
    let foreign = incoming.origin_trust == OriginTrust::Foreign;
    if (writes && foreign) || (matched.upgrade && (foreign || incoming.origin.is_none())) {
        return Err(incoming.origin_forbidden(&gateway_request.isolate.config));
    }
    Ok(())
}

fn authenticate_token(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    token: VerifiedToken,
    named: &NamedAccount,
) -> Result<Auth, HandlerError> {
    if named.parse() != Ok(None) && named.parse() != Ok(Some(token.account)) {
        return Err(Denial::AccountNotFound.into());
    }
    let config = &gateway_request.isolate.config;
    Ok(match authorize_by_token(&config.policy_config, &config.policy_hash, &token.claims, matched.route) {
        Some(grant) => Auth::TokenAllows(Box::new(TokenGrant { grant, token })),
        None => Auth::AskDatabase(Credential::Token(token.user), NamedAccount(Some(token.account.to_string()))),
    })
}
