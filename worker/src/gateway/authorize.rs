//! Authentication and authorization of gateway requests: by permission token without the database, by API key or session in
//! one round trip.
//!
//! A token is verified and evaluated without I/O. If it allows the request, the request is authorized unless the minimum
//! token version in KV shows that rights in the account were revoked after the token was issued. In that case, and if the
//! token does not allow the request, the database decides.

use super::{GatewayRequest, MatchedRoute};
use crate::http::error::HandlerError;
use crate::http::request;
use crate::need_database::NeedDatabase;
use crate::token_version_kv;
use rolecall_app::RequestContext;
use rolecall_app::gateway::{self, GatewayQuery};
use rolecall_app::principals::require_principal;
use rolecall_core::authz::gateway::{GatewayGrant, authorize_by_token};
use rolecall_core::credential::min_token_version::is_superseded;
use rolecall_core::credential::permission_token::{ACCESS_TOKEN_TYPE, Claims, TokenRequirements};
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::denial::Denial;
use rolecall_store::SqlStore;
use rolecall_wire::http::bearer::{self, Bearer};
use rolecall_wire::http::origin::OriginTrust;
use rolecall_wire::problem::ProblemCode;

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
        Ok(Auth::TokenAllows(token)) => {
            if !is_token_superseded(gateway_request, &token).await {
                return (request_context, Ok(token.grant));
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

/// Token that authorizes the request by itself, with its claims.
struct TokenGrant {
    grant: GatewayGrant,
    user: UserId,
    account: AccountId,
    claims: Claims,
}

/// Whether KV shows that rights in the account were revoked after the token was issued.
async fn is_token_superseded(gateway_request: &GatewayRequest<'_>, token: &TokenGrant) -> bool {
    let GatewayRequest { isolate, io, .. } = *gateway_request;
    isolate.config.min_token_versions && is_superseded(&token.claims, token_version_kv::read(isolate, io, token.account).await)
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
            authenticate_token(gateway_request, matched, verify(gateway_request, request_context, token)?, &account)
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
        return Err(ProblemCode::OriginForbidden.into());
    }
    Ok(())
}

fn verify(gateway_request: &GatewayRequest<'_>, request_context: &RequestContext, token: &str) -> Result<Claims, HandlerError> {
    let config = &gateway_request.isolate.config;
    let now = request_context.ctx.now.seconds();
    let expected = TokenRequirements { iss: &config.origin, aud: &config.token_audience, typ: ACCESS_TOKEN_TYPE, now };
    let claims = config.signing.verify_cached(token, &expected, &mut gateway_request.isolate.verified_tokens.borrow_mut());
    let claims = claims.map_err(|_| Denial::TokenInvalid)?;
    *request_context.log_subject.borrow_mut() = Some(claims.sub.clone());
    // No tolerance for clock skew: this deployment issued the token itself, and documents its lifetime as a maximum.
    if now >= claims.exp { Err(Denial::TokenInvalid.into()) } else { Ok(claims) }
}

fn authenticate_token(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    claims: Claims,
    named: &NamedAccount,
) -> Result<Auth, HandlerError> {
    let (user, account) = (UserId::parse(&claims.sub), AccountId::parse(&claims.account));
    let (Some(user), Some(account)) = (user, account) else { return Err(Denial::TokenInvalid.into()) };
    if named.parse() != Ok(None) && named.parse() != Ok(Some(account)) {
        return Err(Denial::AccountNotFound.into());
    }
    let config = &gateway_request.isolate.config;
    Ok(match authorize_by_token(&config.policy_config, &config.policy_hash, &claims, matched.route) {
        Some(grant) => Auth::TokenAllows(Box::new(TokenGrant { grant, user, account, claims })),
        None => Auth::AskDatabase(Credential::Token(user), NamedAccount(Some(account.to_string()))),
    })
}
