//! Gateway in front of an upstream API. Requests under `/api` are matched against the policy's routes, authenticated,
//! authorized and forwarded with a signed identity. The default is to deny.
//!
//! In scope: the order of these steps. Out of scope: authorization (`core::authz`), the selection of headers
//! (`wire::http::response_headers`), the request to the upstream ([`forward`]).

mod allow_header;
mod authorize;
mod forward;
pub mod upstream;

use crate::http::cors;
use crate::http::error::HandlerError;
use crate::http::finish::{HandlerOutcome, ResponseContext};
use crate::http::request::IncomingRequest;
use crate::http::response::HandlerResponse;
use crate::io::Io;
use crate::isolate::Isolate;
use crate::need_database::NeedDatabase;
use crate::{background, rate_limit};
use allow_header::allow_header;
use rolecall_app::RequestContext;
use rolecall_core::authz::gateway::resource_id;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_policy::{Route, RouteMatch};
use rolecall_store::SqlStore;
use rolecall_wire::http::response_headers::preflight_headers;
use rolecall_wire::problem::ProblemCode;
use rolecall_wire::route::RateLimit;
use std::rc::Rc;

/// Gateway request with the resources that it needs.
pub struct GatewayRequest<'a> {
    /// Request line and headers.
    pub incoming: &'a Rc<IncomingRequest>,
    /// Configuration and caches.
    pub isolate: &'a Isolate,
    /// Connection to the driver.
    pub io: &'a Io,
}

/// Matched route of the policy.
pub struct MatchedRoute<'a> {
    /// Route of the policy.
    pub route: &'a Route,
    /// Resource id in the path; `None` for a collection.
    pub resource: Option<&'a str>,
    /// Whether the request is a WebSocket handshake.
    pub upgrade: bool,
}

/// Handles a request in this order: route, rate limit of the network, authentication and authorization, rate limits of account
/// and API key, upstream.
pub async fn handle(gateway_request: &GatewayRequest<'_>, seed: [u8; 32]) -> HandlerOutcome {
    let GatewayRequest { isolate, io, .. } = *gateway_request;
    let config = &isolate.config;
    let (matched, request, store) = match prepare(gateway_request, seed).await {
        Ok(Prepared::Route(matched, request, store)) => (matched, request, store),
        Ok(Prepared::Response(response)) => return (Ok(response), ResponseContext::before_storage(config)),
        Err(error) => return (Err(error), ResponseContext::before_storage(config)),
    };
    let (request, grant) = authorize::authorize(gateway_request, &matched, request, &store).await;
    let response_context = ResponseContext::of(config, &request, &store.db);
    background::start(config, &request, io);
    let result = async {
        let grant = grant?;
        rate_limit::check_gateway_request(&grant, config, io).await?;
        forward::forward(gateway_request, &matched, &request.ctx, &grant).await
    };
    (result.await, response_context)
}

/// Result of [`prepare`]: a matched route, or a response that needs no credential.
enum Prepared<'a> {
    Route(MatchedRoute<'a>, RequestContext, SqlStore<NeedDatabase>),
    Response(HandlerResponse),
}

async fn prepare<'a>(gateway_request: &GatewayRequest<'a>, seed: [u8; 32]) -> Result<Prepared<'a>, HandlerError> {
    let GatewayRequest { incoming, isolate, io } = *gateway_request;
    let config = &isolate.config;
    if incoming.method == "OPTIONS"
        && let Some(allow) = allow_header(&config.policy_config.policy, &incoming.path)
    {
        let requested = incoming.header("access-control-request-headers");
        return Ok(Prepared::Response(cors::preflight(incoming, &allow, preflight_headers(requested))));
    }
    let matched = find(gateway_request)?;
    rate_limit::check_network_rate_limit(RateLimit::Api, incoming, config, io).await?;
    let store = config.store(NeedDatabase::new(io.clone()));
    let decision_context = DecisionContext::new(io.now(), incoming.request_id.clone(), None, seed).with_epoch(config.epoch);
    let request = RequestContext::new(decision_context, None, None, incoming.network.clone(), incoming.user_agent.clone());
    Ok(Prepared::Route(matched, request.with_rate_limit(rate_limit::caller_rate_limiter(RateLimit::Api, config, io)), store))
}

/// Matches the request against the policy's routes. An unmatched or ambiguous path is denied.
///
/// # Errors
/// `method-not-allowed` if the path has other methods, else `not-found`.
fn find<'a>(gateway_request: &GatewayRequest<'a>) -> Result<MatchedRoute<'a>, HandlerError> {
    let incoming = gateway_request.incoming;
    let policy = &gateway_request.isolate.config.policy_config.policy;
    match policy.match_route(&incoming.method, &incoming.path) {
        RouteMatch::Match { route, params } => {
            Ok(MatchedRoute { route, resource: resource_id(&params), upgrade: forward::is_upgrade(gateway_request) })
        }
        RouteMatch::NoRoute => {
            Err(allow_header(policy, &incoming.path).map_or(ProblemCode::NotFound.into(), HandlerError::MethodNotAllowed))
        }
        RouteMatch::BadPath => Err(ProblemCode::NotFound.into()),
    }
}
