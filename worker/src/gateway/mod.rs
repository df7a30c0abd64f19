//! Gateway in front of an upstream API. Requests under `/api` are matched against the policy's routes, authenticated,
//! authorized and forwarded with a signed identity. The default is to deny.
//!
//! In scope: the order of these steps. Out of scope: authorization (`core::authz`), the selection of headers
//! (`wire::http::response_headers`), the request to the upstream ([`forward`]).

pub mod allow_header;
mod authorize;
mod forward;
pub mod upstream;

use crate::clock::now;
use crate::config::Config;
use crate::d1::D1;
use crate::http::cors;
use crate::http::error::HandlerError;
use crate::http::finish::{HandlerOutcome, ResponseContext};
use crate::http::request::IncomingRequest;
use crate::http::response::HandlerResponse;
use crate::{background, rate_limit};
use rolecall_app::RequestContext;
use rolecall_core::authz::gateway::resource_id;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_policy::{Route, RouteMatch};
use rolecall_store::SqlStore;
use rolecall_wire::http::response_headers::preflight_headers;
use rolecall_wire::problem::ProblemCode;
use rolecall_wire::route::RateLimit;
use std::rc::Rc;
use worker::{Context, Env, Request};

/// Gateway request with the resources that it needs.
pub struct GatewayRequest<'a> {
    /// Request of the runtime, for its body.
    pub request: &'a Request,
    /// Request line and headers.
    pub incoming: &'a Rc<IncomingRequest>,
    /// Configuration of the deployment.
    pub config: &'a Rc<Config>,
    /// Bindings of the Worker.
    pub env: &'a Env,
    /// Execution context, for work after the response.
    pub context: &'a Context,
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
    let GatewayRequest { config, env, context, .. } = *gateway_request;
    let (matched, request, store) = match prepare(gateway_request, seed).await {
        Ok(Prepared::Route(matched, request, store)) => (matched, request, store),
        Ok(Prepared::Response(response)) => return (Ok(response), ResponseContext::before_storage(config)),
        Err(error) => return (Err(error), ResponseContext::before_storage(config)),
    };
    let (request, grant) = authorize::authorize(gateway_request, &matched, request, &store).await;
    let response_context = ResponseContext::of(config, &request, &store.db);
    background::defer(context, env, config, &request);
    let result = async {
        let grant = grant?;
        rate_limit::check_gateway_request(&grant, config, env).await?;
        forward::forward(gateway_request, &matched, &request.ctx, &grant).await
    };
    (result.await, response_context)
}

/// Result of [`prepare`]: a matched route, or a response that needs no credential.
enum Prepared<'a> {
    Route(MatchedRoute<'a>, RequestContext, SqlStore<D1>),
    Response(HandlerResponse),
}

async fn prepare<'a>(gateway_request: &GatewayRequest<'a>, seed: [u8; 32]) -> Result<Prepared<'a>, HandlerError> {
    let GatewayRequest { incoming, config, env, .. } = *gateway_request;
    if incoming.method == "OPTIONS" && !incoming.allow.is_empty() {
        let requested = incoming.header("access-control-request-headers");
        return Ok(Prepared::Response(cors::preflight(incoming, preflight_headers(requested))));
    }
    let matched = find(gateway_request)?;
    rate_limit::check_network_rate_limit(RateLimit::Api, incoming, config, env).await?;
    let store = config.store(D1::new(env.d1("DB")?));
    let decision_context = DecisionContext::new(now(), incoming.request_id.clone(), None, seed).with_epoch(config.epoch);
    let request = RequestContext::new(decision_context, None, None, incoming.network.clone(), incoming.user_agent.clone());
    Ok(Prepared::Route(matched, request.with_rate_limit(rate_limit::caller_rate_limiter(RateLimit::Api, config, env)), store))
}

/// Matches the request against the policy's routes. An unmatched or ambiguous path is denied.
///
/// # Errors
/// `method-not-allowed` if the path has other methods, else `not-found`.
fn find<'a>(gateway_request: &GatewayRequest<'a>) -> Result<MatchedRoute<'a>, HandlerError> {
    let incoming = gateway_request.incoming;
    match gateway_request.config.policy_config.policy.match_route(&incoming.method, &incoming.path) {
        RouteMatch::Match { route, params } => {
            Ok(MatchedRoute { route, resource: resource_id(&params), upgrade: forward::is_upgrade(gateway_request) })
        }
        RouteMatch::NoRoute if !incoming.allow.is_empty() => Err(ProblemCode::MethodNotAllowed.into()),
        RouteMatch::NoRoute | RouteMatch::BadPath => Err(ProblemCode::NotFound.into()),
    }
}
