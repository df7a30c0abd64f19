//! Request dispatch: routing, origin check, rate limit, credential, body, handler, response.

use crate::config::Config;
use crate::gateway::{self, GatewayRequest};
use crate::http::context::HandlerContext;
use crate::http::cors;
use crate::http::error::HandlerError;
use crate::http::finish::{HandlerOutcome, OutgoingResponse, ResponseContext, finish};
use crate::http::request::{self, IncomingRequest, RequestHead};
use crate::http::response::HandlerResponse;
use crate::io::Io;
use crate::isolate::Isolate;
use crate::need_database::NeedDatabase;
use crate::{assets, background, handlers, rate_limit};
use core::time::Duration;
use rolecall_app::RequestContext;
use rolecall_app::hash_queue::Pause;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_wire::decode;
use rolecall_wire::http::local_host;
use rolecall_wire::http::origin::OriginTrust;
use rolecall_wire::http::path::PathOwner;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::route::Route;
use serde_json::Value;
use std::rc::Rc;

/// Time for which a request that hashes a password yields, in which other pending tasks run.
const HASH_PAUSE: Duration = Duration::from_millis(1);

/// Random bytes of a request: the seed of its random values, then those of its id.
pub type RequestEntropy = ([u8; 32], [u8; 16]);

/// Handles a request. Failures become problem documents. With an invalid configuration, every request fails.
pub async fn dispatch(head: RequestHead, isolate: Result<Rc<Isolate>, String>, io: Io, entropy: RequestEntropy) -> OutgoingResponse {
    let (seed, id) = entropy;
    let is_local = local_host::is_local_host(&head.url);
    let config = isolate.as_ref().ok().map(|isolate| &*isolate.config);
    let incoming = Rc::new(IncomingRequest::read(head, config, uuid::Builder::from_random_bytes(id).into_uuid().to_string()));
    let fault = match isolate {
        Ok(isolate) if isolate.config.development && !is_local => {
            "a development deployment is available on loopback addresses only".to_owned()
        }
        Ok(isolate) => {
            let (result, response_context) = handle(&incoming, &isolate, &io, seed).await;
            return finish(&incoming, &io, result, response_context);
        }
        Err(fault) => fault,
    };
    finish(&incoming, &io, Err(HandlerError::Fault(fault)), ResponseContext::default())
}

async fn handle(incoming: &Rc<IncomingRequest>, isolate: &Rc<Isolate>, io: &Io, seed: [u8; 32]) -> HandlerOutcome {
    if incoming.owner == PathOwner::Gateway {
        return Box::pin(gateway::handle(&GatewayRequest { incoming, isolate, io }, seed)).await;
    }
    let config = &isolate.config;
    let ctx = match prepare(incoming, config, io, seed).await {
        Ok(Prepared::Handler(ctx)) => ctx,
        Ok(Prepared::Response(response)) => return (Ok(response), ResponseContext::before_storage(config)),
        Err(error) => return (Err(error), ResponseContext::before_storage(config)),
    };
    let result = handlers::handle(&ctx).await.map_err(|error| handlers::with_pending_cookie(&ctx, error));
    background::start(config, &ctx.request, io);
    (result, ResponseContext::of(config, &ctx.request, &ctx.store.db))
}

/// Result of [`prepare`]: the context of a handler, or a response that needs no handler.
enum Prepared {
    Handler(HandlerContext),
    Response(HandlerResponse),
}

/// Checks in this order: route, origin, rate limit, credential, body.
async fn prepare(incoming: &Rc<IncomingRequest>, config: &Rc<Config>, io: &Io, seed: [u8; 32]) -> Result<Prepared, HandlerError> {
    let route = match find(incoming, config, io).await? {
        Target::Route(route) => route,
        Target::Response(response) => return Ok(Prepared::Response(response)),
    };
    if route.requires_trusted_origin() && incoming.origin_trust == OriginTrust::Foreign {
        return Err(incoming.origin_forbidden(config));
    }
    rate_limit::check_network_rate_limit(route.rate_limit, incoming, config, io).await?;
    let credential = request::credential(incoming, route, &config.keys)?;
    let bytes = request::body(incoming, io).await?;
    let body = require_body(route, request::parse(incoming, &bytes)?)?;
    let idempotency = if route.mutates { request::idempotency(incoming, &config.keys, &bytes)? } else { None };
    let decision_context =
        DecisionContext::new(io.now(), incoming.request_id.clone(), request::if_match(incoming, route)?, seed).with_epoch(config.epoch);
    let pausing = io.clone();
    let request = RequestContext::new(decision_context, credential, idempotency, incoming.network.clone(), incoming.user_agent.clone())
        .with_device_cookie(incoming.device.clone())
        .with_rate_limit(rate_limit::caller_rate_limiter(route.rate_limit, config, io))
        .with_pause(Pause::new(move || {
            let io = pausing.clone();
            Box::pin(async move { io.wait(HASH_PAUSE).await })
        }));
    let store = Rc::new(config.store(NeedDatabase::new(io.clone())));
    Ok(Prepared::Handler(HandlerContext::new(config.clone(), store, Rc::new(request), incoming.clone(), io.clone(), route, body)))
}

enum Target {
    Route(&'static Route),
    Response(HandlerResponse),
}

async fn find(incoming: &IncomingRequest, config: &Config, io: &Io) -> Result<Target, HandlerError> {
    if incoming.owner == PathOwner::Console {
        return assets::serve(incoming, io).await.map(Target::Response);
    }
    if let Some(response) = handlers::dev::outbox(incoming, config, io).await {
        return response.map(Target::Response);
    }
    if let Some(route) = incoming.route() {
        return Ok(Target::Route(route));
    }
    match incoming.matched.allow() {
        None => assets::not_found(incoming, io).await.map(Target::Response),
        Some(allow) if incoming.method == "OPTIONS" => Ok(Target::Response(cors::preflight(incoming, &allow, None))),
        Some(allow) => Err(HandlerError::MethodNotAllowed(allow)),
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
