//! The gateway's question to the database: who is this, and may they use this route now?

use crate::error::AppError;
use crate::ports::Store;
use crate::principals;
use crate::request_context::{App, RequestContext};
use crate::transaction::{AuditedAction, query};
use rolecall_core::authz::gateway::{GatewayGrant, Route};
use rolecall_core::authz::principal::authenticate_principal;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;

/// A request for a route of the policy.
#[derive(Clone, Debug)]
pub struct GatewayQuery<'r> {
    /// The route.
    pub route: &'r Route,
    /// The resource in the path; None for a collection.
    pub resource: Option<&'r str>,
    /// The account that the request names.
    pub named: Option<AccountId>,
}

/// Decides on what the database says now, in one round trip; a denied attempt of an insider is recorded, each route and resource
/// at most once a minute.
pub async fn authorize<S: Store>(app: &App<'_, S>, request: &RequestContext, query_: &GatewayQuery<'_>) -> Result<GatewayGrant, AppError> {
    let GatewayQuery { route, resource, named } = query_;
    let resource_name = Resource::new("route", format!("{} {}", route.method, route.pattern));
    let target = resource.map(str::to_owned);
    let audited = AuditedAction { account: *named, target, ..AuditedAction::at_home("gateway.request", resource_name) };
    query(app, request, principals::principal_lookups(request, *named), Some(audited), |snapshot, ctx| {
        let acting = authenticate_principal(snapshot, app.config, ctx, *named)?;
        acting.require(snapshot, app.config, route.permission, *resource)?;
        Ok(GatewayGrant::from(&acting))
    })
    .await
}
