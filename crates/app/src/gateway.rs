//! Authorisation of gateway requests by the database.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::principals;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, query};
use rolecall_core::authz::authenticated_principal::authenticate_principal;
use rolecall_core::authz::gateway::{GatewayGrant, Route};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;

/// A gateway request for a route of the policy.
#[derive(Clone, Debug)]
pub struct GatewayQuery<'r> {
    /// Matched route.
    pub route: &'r Route,
    /// Resource id in the path; None for a collection.
    pub resource: Option<&'r str>,
    /// Account that the request names; None: the default account of the principal.
    pub named: Option<AccountId>,
}

/// Authorises a request by the present state of the database, in one round trip. A denial of a member or an API key is recorded,
/// each route and resource at most once per minute.
///
/// # Errors
///
/// Those of [`authenticate_principal`], [`Denial::PermissionMissing`](rolecall_core::transaction::denial::Denial::PermissionMissing) and those of [`query`].
pub async fn authorize<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    query_: &GatewayQuery<'_>,
) -> Result<GatewayGrant, AppError> {
    let GatewayQuery { route, resource, named } = query_;
    let resource_name = Resource::new("route", format!("{} {}", route.method, route.pattern));
    let target = resource.map(str::to_owned);
    let audited = AuditedAction { account: *named, target, ..AuditedAction::in_default_account("gateway.request", resource_name) };
    query(app, request, principals::principal_lookups(request, *named), Some(audited), |snapshot, ctx| {
        let principal = authenticate_principal(snapshot, app.config, ctx, *named)?;
        principal.require(snapshot, app.config, route.permission, *resource)?;
        Ok(GatewayGrant::from(&principal))
    })
    .await
}
