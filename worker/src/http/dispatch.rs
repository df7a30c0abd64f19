//! Request dispatch: routing, origin check, rate limit, credential, body, handler, response, deferred work.

use crate::clock::now;
use crate::config::Config;
use crate::d1::D1;
use crate::gateway::{self, GatewayRequest};
use crate::http::context::HandlerContext;
use crate::http::cors;
use crate::http::error::HandlerError;
use crate::http::finish::{HandlerOutcome, ResponseContext, finish};
use crate::http::request::{self, IncomingRequest};
use crate::http::response::HandlerResponse;
use crate::{assets, background, handlers, rate_limit};
use rolecall_app::RequestContext;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_wire::decode;
use rolecall_wire::http::local_host;
use rolecall_wire::http::origin::OriginTrust;
use rolecall_wire::http::path::PathOwner;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::route::Route;
use serde_json::Value;
use std::rc::Rc;
use worker::{Context, Env, Request, Response};

/// Handles a request. Failures become problem documents.
///
/// # Errors
/// An error of the runtime if it rejects the response.
pub async fn dispatch(mut request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let config = Config::of(&env);
    let random = random();
    let id = random.as_ref().map(|(_, id)| *id).unwrap_or_default();
    let incoming = Rc::new(IncomingRequest::read(&request, config.as_deref().ok(), request_id(id)));
    let fault = match (config, random) {
        (Ok(config), Ok(_)) if config.development && !local_host::is_local_host(&request.inner().url()) => {
            "a development deployment is available on loopback addresses only".to_owned()
        }
        (Ok(config), Ok((seed, _))) => {
            let (result, response_context) = handle(&mut request, &incoming, &config, &env, &context, seed).await;
            return finish(&incoming, result, &response_context);
        }
        (Err(fault), Ok(_)) => fault,
        _ => "random bytes are not available".to_owned(),
    };
    finish(&incoming, Err(HandlerError::Fault(fault)), &ResponseContext::default())
}

/// The seed of a request's random values, and the bytes of its id.
fn random() -> Result<([u8; 32], [u8; 16]), getrandom::Error> {
    let mut bytes = [0; 48];
    getrandom::fill(&mut bytes)?;
    bytes.first_chunk().copied().zip(bytes.last_chunk().copied()).ok_or(getrandom::Error::UNEXPECTED)
}

fn request_id(random: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(random).into_uuid().to_string()
}

async fn handle(
    request: &mut Request,
    incoming: &Rc<IncomingRequest>,
    config: &Rc<Config>,
    env: &Env,
    context: &Context,
    seed: [u8; 32],
) -> HandlerOutcome {
    if incoming.owner == PathOwner::Gateway {
        return Box::pin(gateway::handle(&GatewayRequest { request, incoming, config, env, context }, seed)).await;
    }
    let ctx = match prepare(request, incoming, config, env, seed).await {
        Ok(Prepared::Handler(ctx)) => ctx,
        Ok(Prepared::Response(response)) => return (Ok(response), ResponseContext::before_storage(config)),
        Err(error) => return (Err(error), ResponseContext::before_storage(config)),
    };
    let result = handlers::handle(&ctx).await;
    background::defer(context, env, config, &ctx.request);
    (result, ResponseContext::of(config, &ctx.request, &ctx.store.db))
}

/// Result of [`prepare`]: the context of a handler, or a response that needs no handler.
enum Prepared {
    Handler(HandlerContext),
    Response(HandlerResponse),
}

/// Checks in this order: route, origin, rate limit, credential, body.
async fn prepare(
    request: &mut Request,
    incoming: &Rc<IncomingRequest>,
    config: &Rc<Config>,
    env: &Env,
    seed: [u8; 32],
) -> Result<Prepared, HandlerError> {
    let route = match find(request, incoming, config, env).await? {
        Target::Route(route) => route,
        Target::Response(response) => return Ok(Prepared::Response(response)),
    };
    if route.requires_trusted_origin() && incoming.origin_trust == OriginTrust::Foreign {
        return Err(ProblemCode::OriginForbidden.into());
    }
    rate_limit::check_network_rate_limit(route.rate_limit, incoming, config, env).await?;
    let credential = request::credential(incoming, route, &config.keys)?;
    let bytes = request::body(request, incoming).await?;
    let body = require_body(route, request::parse(incoming, &bytes)?)?;
    let idempotency = if route.mutates { request::idempotency(incoming, &config.keys, &bytes)? } else { None };
    let decision_context =
        DecisionContext::new(now(), incoming.request_id.clone(), request::if_match(incoming, route)?, seed).with_epoch(config.epoch);
    let request = RequestContext::new(decision_context, credential, idempotency, incoming.network.clone(), incoming.user_agent.clone())
        .with_device_cookie(incoming.device.clone())
        .with_rate_limit(rate_limit::caller_rate_limiter(route.rate_limit, config, env));
    let store = Rc::new(config.store(D1::new(env.d1("DB")?)));
    Ok(Prepared::Handler(HandlerContext::new(config.clone(), store, Rc::new(request), incoming.clone(), route, body)))
}

enum Target {
    Route(&'static Route),
    Response(HandlerResponse),
}

async fn find(request: &Request, incoming: &IncomingRequest, config: &Rc<Config>, env: &Env) -> Result<Target, HandlerError> {
    if incoming.owner == PathOwner::Console {
        return assets::serve(request, incoming, env).await.map(Target::Response);
    }
    if let Some(response) = handlers::dev::outbox(incoming, config, env).await {
        return response.map(Target::Response);
    }
    match incoming.route {
        Some(route) => Ok(Target::Route(route)),
        None if incoming.allow.is_empty() => assets::not_found(incoming, env).await.map(Target::Response),
        None if incoming.method == "OPTIONS" => Ok(Target::Response(cors::preflight(incoming, None))),
        None => Err(ProblemCode::MethodNotAllowed.into()),
    }
}

/// Checks that the body is present if the route requires one, and has no fields if the route takes none.
fn require_body(route: &Route, body: Option<Value>) -> Result<Option<Value>, HandlerError> {
    match (route.body, body) {
        (Some(_), None) if !route.body_optional => Err(Problem::new(ProblemCode::BodyMalformed).detail("The body is missing.").into()),
        (None, Some(body)) => Ok(decode::deny_fields(body).map(|()| None)?),
        (_, body) => Ok(body),
    }
}
