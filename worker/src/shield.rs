//! The shields before everything that costs: counters near the caller, permissive by design. What must be
//! counted exactly (failed sign-ins, mails, changes) is counted in the database.
//!
//! Who shows nothing is counted by network, before anything is looked up. Who shows a session or a key is counted by who
//! they turn out to be, once the load that every request begins with has told: an office behind one address is not one
//! caller, and one user at many addresses is one. Their network is counted too, far more generously: it bounds what made-up
//! sessions can have us look up.

use crate::answer::Failure;
use crate::bindings::Deployment;
use crate::request::Inbound;
use rolecall_app::Fault;
use rolecall_app::call::Turnstile;
use rolecall_core::authz::gateway::Pass;
use rolecall_wire::problem::Problem;
use rolecall_wire::routes::Shield;
use std::rc::Rc;
use worker::Env;

/// The period of all limiters in seconds; stands in wrangler.toml too.
const PERIOD_SECONDS: u64 = Turnstile::PERIOD_SECONDS;
/// Counts callers: users, keys, and networks from which somebody shows nothing.
const API: &str = "LIMIT_API";

/// Lets a request through, or says when to come back. A limiter that is not there lets nothing through.
pub async fn pass(shield: Shield, inbound: &Inbound, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    let shows = inbound.cookie.is_some() || inbound.authorization.is_some();
    let binding = match shield {
        Shield::Auth => "LIMIT_AUTH",
        Shield::Api if shows => "LIMIT_NETWORK",
        Shield::Api => API,
        Shield::None => return Ok(()),
    };
    count(binding, inbound.network.clone(), deployment, env).await
}

/// Counts whoever is recognised, on routes that are shielded.
pub fn turnstile(shield: Shield, deployment: &Rc<Deployment>, env: &Env) -> Turnstile {
    if shield != Shield::Api {
        return Turnstile::default();
    }
    let (deployment, env) = (deployment.clone(), env.clone());
    Turnstile::new(move |who| {
        let (deployment, env) = (deployment.clone(), env.clone());
        Box::pin(async move { admits(API, who, &deployment, &env).await.map_err(Fault::new) })
    })
}

/// Counts a request that may pass the gateway for its account, and for its key if it comes by one.
pub async fn account(pass: &Pass, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    count("LIMIT_GATEWAY", format!("account:{}", pass.account), deployment, env).await?;
    if pass.is_key() { count("LIMIT_GATEWAY", format!("key:{}", pass.sub), deployment, env).await } else { Ok(()) }
}

async fn count(binding: &str, key: String, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    if admits(binding, key, deployment, env).await? { Ok(()) } else { Err(Problem::slow_down(PERIOD_SECONDS).into()) }
}

async fn admits(binding: &str, key: String, deployment: &Deployment, env: &Env) -> worker::Result<bool> {
    if !deployment.rate_limits {
        return Ok(true);
    }
    Ok(env.rate_limiter(binding)?.limit(key).await?.success)
}
