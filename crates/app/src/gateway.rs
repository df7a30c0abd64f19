//! The gateway's question to the database: who is this, and may they use this route now?

use crate::call::{App, Call};
use crate::engine::{Attempt, query};
use crate::error::AppError;
use crate::ports::Store;
use crate::principals;
use rolecall_core::authz::gateway::{Pass, Route};
use rolecall_core::authz::principal::act;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;

/// A request for a route of the policy.
#[derive(Clone, Debug)]
pub struct Ask<'r> {
    /// The route.
    pub route: &'r Route,
    /// The resource in the path; None for a collection.
    pub resource: Option<&'r str>,
    /// The account that the request names.
    pub named: Option<AccountId>,
}

/// Decides on what the database says now, in one round trip; a denied attempt of an insider is recorded, each route and resource
/// at most once a minute.
pub async fn admit<S: Store>(app: &App<'_, S>, call: &Call, ask: &Ask<'_>) -> Result<Pass, AppError> {
    let Ask { route, resource, named } = ask;
    let told = Resource::new("route", format!("{} {}", route.method, route.pattern));
    let target = resource.map(str::to_owned);
    let attempt = Attempt { account: *named, target, ..Attempt::at_home("gateway.request", told) };
    query(app, call, principals::wants(call, *named), Some(attempt), |view, moment| {
        let acting = act(view, app.rules, moment, *named)?;
        acting.require(view, app.rules, route.permission, *resource)?;
        Ok(Pass::from(&acting))
    })
    .await
}
