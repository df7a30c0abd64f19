//! The way of a request: found, judged by where it comes from, counted, read, handled, answered.

use crate::answer::{Answer, Body, Failure};
use crate::bindings::Deployment;
use crate::d1::D1;
use crate::exchange::Exchange;
use crate::gateway::{self, Arrival};
use crate::request::{self, Inbound};
use crate::respond::{Circumstances, respond};
use crate::{assets, handlers, shield, upkeep};
use rolecall_app::Call;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::context::Moment;
use rolecall_wire::decode;
use rolecall_wire::http::local;
use rolecall_wire::http::origin::Standing;
use rolecall_wire::http::path::Place;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::routes::Route;
use serde_json::Value;
use std::rc::Rc;
use worker::{Context, Date, Env, Request, Response};

/// What a preflight may be told, for ten minutes.
const PREFLIGHT_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, rolecall-account, rolecall-invitation-proof, x-request-id";

/// Answers a request, whatever it is.
pub async fn serve(mut request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let deployment = Deployment::of(&env);
    let (seed, id) = (random(), random());
    let inbound = Rc::new(Inbound::read(&request, deployment.as_deref().ok(), request_id(id.as_ref().ok())));
    let (Ok(seed), Ok(_)) = (seed, id) else {
        return respond(&inbound, Err(Failure::Fault("no random bytes".to_owned())), &Circumstances::default());
    };
    match deployment {
        Err(fault) => respond(&inbound, Err(Failure::Fault(fault)), &Circumstances::default()),
        Ok(deployment) if deployment.development && !local::is_local(&request.inner().url()) => {
            let fault = "a development deployment answers at a local address only".to_owned();
            respond(&inbound, Err(Failure::Fault(fault)), &Circumstances::default())
        }
        Ok(deployment) => {
            // What is refused before anything is looked up says so, too.
            let measures = if deployment.development { told(0, 0, 0) } else { Vec::new() };
            let mut around = Circumstances { origin: deployment.origin.clone(), measures, ..Circumstances::default() };
            let outcome = answer(&mut request, &inbound, &deployment, &env, &context, seed, &mut around).await;
            respond(&inbound, outcome, &around)
        }
    }
}

fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn request_id(random: Option<&[u8; 32]>) -> String {
    let bytes = random.and_then(|bytes| bytes.first_chunk::<16>()).copied().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Milliseconds since the epoch, as the platform tells them.
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or_default())
}

/// 1. What stands at the path. 2. Whether the page may write. 3. The shield. 4. The body. 5. The handler.
/// 6. What is left to do once the answer is out.
async fn answer(
    request: &mut Request,
    inbound: &Rc<Inbound>,
    deployment: &Rc<Deployment>,
    env: &Env,
    context: &Context,
    seed: [u8; 32],
    around: &mut Circumstances,
) -> Result<Answer, Failure> {
    if inbound.place == Place::Gateway {
        return Box::pin(gateway::serve(&Arrival { request, inbound, deployment, env, context }, seed, around)).await;
    }
    let route = match find(request, inbound, deployment, env).await? {
        Target::Route(route) => route,
        Target::Answer(answer) => return Ok(answer),
    };
    if route.method.writes() && inbound.standing == Standing::Foreign {
        return Err(ProblemCode::OriginForbidden.into());
    }
    shield::pass(route.shield, inbound, deployment, env).await?;
    let credential = request::credential(inbound, route, &deployment.keys)?;
    let bytes = request::body(request, inbound).await?;
    let body = fitting(route, request::parse(inbound, &bytes)?)?;
    let idempotency = if route.method.writes() { request::idempotency(inbound, &deployment.keys, &bytes)? } else { None };
    let moment = Moment::new(now(), inbound.request_id.clone(), request::if_match(inbound, route)?, seed).in_epoch(deployment.epoch);
    let call = Call::new(moment, credential, idempotency, inbound.network.clone(), inbound.user_agent.clone());
    let call = call.from_device(inbound.device.clone()).through(shield::turnstile(route.shield, deployment, env));
    let call = Rc::new(call);
    let store = Rc::new(deployment.store(D1::new(env.d1("DB")?)));
    let exchange = Exchange::new(deployment.clone(), store.clone(), call.clone(), inbound.clone(), route, body);

    let outcome = handlers::handle(&exchange).await;

    around.store_failed = store.db.failed();
    around.who = call.who.borrow().clone();
    if deployment.development {
        around.measures = measures(&call, &store.db);
    }
    upkeep::after(context, env, deployment, &call);
    outcome
}

enum Target {
    Route(&'static Route),
    Answer(Answer),
}

async fn find(request: &Request, inbound: &Inbound, deployment: &Rc<Deployment>, env: &Env) -> Result<Target, Failure> {
    if inbound.place == Place::Console {
        return assets::serve(request, inbound, env).await.map(Target::Answer);
    }
    if let Some(answer) = handlers::dev::outbox(inbound, deployment, env).await {
        return answer.map(Target::Answer);
    }
    match inbound.route {
        Some(route) => Ok(Target::Route(route)),
        None if inbound.allow.is_empty() => assets::not_found(inbound, env).await.map(Target::Answer),
        None if inbound.method == "OPTIONS" => Ok(Target::Answer(preflight(inbound, None))),
        None => Err(ProblemCode::MethodNotAllowed.into()),
    }
}

/// What the path takes; a page of an allowed origin learns that it may ask, and with which headers.
pub fn preflight(inbound: &Inbound, headers: Option<&str>) -> Answer {
    const NO_CONTENT: u16 = 204;
    let answer = Answer::new(NO_CONTENT, Body::Empty).with("allow", inbound.allow.clone());
    if inbound.standing != Standing::Allowed {
        return answer;
    }
    answer
        .with("access-control-allow-methods", inbound.allow.clone())
        .with("access-control-allow-headers", headers.unwrap_or(PREFLIGHT_HEADERS))
        .with("access-control-max-age", "600")
}

/// A body that is needed is there, and one that is not needed has no fields.
fn fitting(route: &Route, body: Option<Value>) -> Result<Option<Value>, Failure> {
    match (route.body, body) {
        (Some(_), None) if !route.body_optional => Err(Problem::new(ProblemCode::BodyMalformed).detail("The body is missing.").into()),
        (None, Some(body)) => Ok(decode::nothing(body).map(|()| None)?),
        (_, body) => Ok(body),
    }
}

/// What tests count.
pub fn measures(call: &Call, database: &D1) -> Vec<(&'static str, String)> {
    told(call.tries.get(), database.trips(), database.statements())
}

fn told(tries: u32, trips: u32, statements: u32) -> Vec<(&'static str, String)> {
    vec![
        ("rolecall-tries", tries.to_string()),
        ("rolecall-d1-round-trips", trips.to_string()),
        ("rolecall-d1-statements", statements.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_wire::routes::ROUTES;

    #[test]
    fn a_page_of_an_allowed_origin_may_send_every_header_that_a_route_takes() {
        let may: Vec<&str> = PREFLIGHT_HEADERS.split(", ").collect();
        for header in ROUTES.iter().flat_map(|route| route.headers) {
            assert!(may.contains(&header.name.to_ascii_lowercase().as_str()), "{}", header.name);
        }
    }
}
