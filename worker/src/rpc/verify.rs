//! `verify`: the claims of a permission token, if it still authorizes by itself.

use super::CallContext;
use crate::access_token;
use crate::http::error::HandlerError;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::service_call::verify_result;

/// Refuses what the gateway would ask the database about: a token of another policy, or one that is older than a revocation.
pub async fn verify(context: &CallContext<'_>, token: &str) -> Result<String, HandlerError> {
    let CallContext { isolate, io, request, .. } = context;
    let token = access_token::verify(isolate, request.ctx.now, token, &request.log_subject)?;
    if token.claims.pol != isolate.config.policy_hash {
        return Err(outdated("The policy has changed since the token was issued. Request a new one."));
    }
    if access_token::is_superseded(isolate, io, &token).await {
        return Err(outdated("Permissions in the account were revoked after the token was issued. Request a new one."));
    }
    Ok(verify_result(&token.claims).to_string())
}

fn outdated(detail: &str) -> HandlerError {
    Problem::new(ProblemCode::TokenInvalid).detail(detail).into()
}
