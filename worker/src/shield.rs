//! The shields before everything that costs: counters near the caller, permissive by design. What must be
//! counted exactly (failed sign-ins, mails) is counted in the database.

use crate::answer::Failure;
use crate::bindings::Deployment;
use crate::request::Inbound;
use rolecall_core::gateway::Pass;
use rolecall_wire::problem::Problem;
use rolecall_wire::routes::Shield;
use worker::Env;

/// The period of all limiters in seconds; stands in wrangler.toml too.
const PERIOD_SECONDS: u64 = 60;

/// Lets a request through, or says when to come back. A limiter that is not there lets nothing through.
pub async fn pass(shield: Shield, inbound: &Inbound, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    let binding = match shield {
        Shield::Auth => "LIMIT_AUTH",
        Shield::Api => "LIMIT_API",
        Shield::None => return Ok(()),
    };
    count(binding, inbound.network.clone(), deployment, env).await
}

/// Counts a request that may pass the gateway for its account, and for its key if it comes by one.
pub async fn account(pass: &Pass, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    count("LIMIT_GATEWAY", format!("account:{}", pass.account), deployment, env).await?;
    if pass.is_key() { count("LIMIT_GATEWAY", format!("key:{}", pass.sub), deployment, env).await } else { Ok(()) }
}

async fn count(binding: &str, key: String, deployment: &Deployment, env: &Env) -> Result<(), Failure> {
    if !deployment.rate_limits {
        return Ok(());
    }
    let outcome = env.rate_limiter(binding)?.limit(key).await?;
    if outcome.success { Ok(()) } else { Err(Problem::slow_down(PERIOD_SECONDS).into()) }
}
