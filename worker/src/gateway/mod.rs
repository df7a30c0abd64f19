//! The gateway in front of another API: everything under `/api` is matched by the policy's routes, authenticated,
//! checked, and forwarded with a signed identity. Whatever is not known to be allowed is refused.
//!
//! In scope: the order of these steps. Out of scope: who may (`core::gateway`, `core::principal`), which headers
//! pass (`wire::http::forward`), speaking to the upstream ([`forward`]).

mod admission;
mod forward;
pub mod upstream;

use crate::answer::{Answer, Failure};
use crate::bindings::Deployment;
use crate::d1::D1;
use crate::request::Inbound;
use crate::respond::Circumstances;
use crate::serve::{measures, now, preflight};
use crate::{shield, upkeep};
use rolecall_app::Call;
use rolecall_core::authz::gateway::resource_id;
use rolecall_core::transaction::context::Moment;
use rolecall_policy::{Policy, Route, RouteMatch};
use rolecall_wire::http::forward::preflight_headers;
use rolecall_wire::problem::ProblemCode;
use rolecall_wire::routes::Shield;
use std::rc::Rc;
use worker::{Context, Env, Request};

/// A request as it arrives.
pub struct Arrival<'a> {
    /// The request.
    pub request: &'a Request,
    /// Everything around its body.
    pub inbound: &'a Rc<Inbound>,
    /// The deployment.
    pub deployment: &'a Rc<Deployment>,
    /// Bindings.
    pub env: &'a Env,
    /// The platform's.
    pub context: &'a Context,
}

/// A route of the policy with what the path says for it.
pub struct Matched<'a> {
    /// The route.
    pub route: &'a Route,
    /// The resource in the path; None for a collection.
    pub resource: Option<&'a str>,
    /// Whether a WebSocket is asked for.
    pub upgrade: bool,
}

/// 1. The route. 2. The shield. 3. Who it is, and whether they may. 4. How often. 5. The upstream.
pub async fn serve(arrival: &Arrival<'_>, seed: [u8; 32], around: &mut Circumstances) -> Result<Answer, Failure> {
    let Arrival { inbound, deployment, env, .. } = *arrival;
    if inbound.method == "OPTIONS" && !inbound.allow.is_empty() {
        let asked = inbound.header("access-control-request-headers");
        return Ok(preflight(inbound, preflight_headers(asked)));
    }
    let matched = find(arrival)?;
    shield::pass(Shield::Api, inbound, deployment, env).await?;
    let store = deployment.store(D1::new(env.d1("DB")?));
    let moment = Moment::new(now(), inbound.request_id.clone(), None, seed).in_epoch(deployment.epoch);
    let call = Call::new(moment, None, None, inbound.network.clone(), inbound.user_agent.clone());
    let call = call.through(shield::turnstile(Shield::Api, deployment, env));
    let (call, pass) = admission::admit(arrival, &matched, call, &store).await;
    around.store_failed = store.db.failed();
    around.who = call.who.borrow().clone();
    if deployment.development {
        around.measures = measures(&call, &store.db);
    }
    upkeep::after(arrival.context, env, deployment, &call);
    let pass = pass?;
    shield::account(&pass, deployment, env).await?;
    forward::forward(arrival, &matched, &call.moment, &pass).await
}

/// Default deny: a path that matches no route is nothing, and one that can be read in two ways matches none.
fn find<'a>(arrival: &Arrival<'a>) -> Result<Matched<'a>, Failure> {
    let inbound = arrival.inbound;
    match arrival.deployment.rules.policy.match_route(&inbound.method, &inbound.path) {
        RouteMatch::Match { route, params } => Ok(Matched { route, resource: resource_id(&params), upgrade: forward::is_upgrade(arrival) }),
        RouteMatch::NoRoute if !inbound.allow.is_empty() => Err(ProblemCode::MethodNotAllowed.into()),
        RouteMatch::NoRoute | RouteMatch::BadPath => Err(ProblemCode::NotFound.into()),
    }
}

/// The methods that a path of the policy takes, as `Allow` lists them; empty where there is nothing.
pub fn allow(policy: &Policy, path: &str) -> String {
    let mut methods = policy.methods(path);
    if !methods.is_empty() && !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(path: &str) -> Policy {
        let json = format!(
            r#"{{"version":1,"permissions":[{{"code":"a.b","title":"A","description":"A.","resource":"a","actions":["b"]}}],
            "roles":[{{"code":"r","title":"R","permissions":["a.b"]}}],
            "routes":[{{"method":"GET","path":"{path}","permission":"a.b"}},{{"method":"PUT","path":"{path}","permission":"a.b"}}]}}"#
        );
        Policy::parse(&json).unwrap()
    }

    #[test]
    fn a_path_lists_its_methods_and_another_none() {
        assert_eq!(allow(&policy("/api/a/{id}"), "/api/a/1"), "GET, PUT, OPTIONS");
        assert_eq!(allow(&policy("/api/a/{id}"), "/api/a/1/"), "");
        assert_eq!(allow(&policy("/api/a/{id}"), "/api/b"), "");
    }
}
