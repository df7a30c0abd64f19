//! `check`: which of some permissions the caller holds.

use super::CallContext;
use super::caller::identify;
use crate::access_token;
use crate::http::error::HandlerError;
use crate::http::response::to_json;
use rolecall_app::accounts::{self, PermissionsToCheck};
use rolecall_core::decision::queries::check_permissions_by_token;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::service_call::{CallFreshness, Caller, CheckResult};

/// A token that grants everything asked for is enough, as at the gateway, unless rights in the account were revoked since. In every
/// other case the database decides.
pub async fn check(
    context: &mut CallContext<'_>,
    caller: Caller,
    input: &PermissionsToCheck,
    resource: Option<&str>,
    freshness: CallFreshness,
) -> Result<String, HandlerError> {
    let identified = identify(context, caller).await?;
    if let Some(token) = identified.token.filter(|_| freshness == CallFreshness::Token)
        && let Some(checks) = check_permissions_by_token(&context.isolate.config.policy_hash, &token.claims, input)
        && !access_token::is_superseded(context.isolate, context.io, &token).await
    {
        return to_json(&CheckResult::from(checks.as_slice()));
    }
    let account = identified.account.ok_or(Denial::AccountNotFound)?;
    let checks = accounts::check_principal_permissions(&context.app(), &context.request, account, resource, input).await?;
    to_json(&CheckResult::from(checks.as_slice()))
}
