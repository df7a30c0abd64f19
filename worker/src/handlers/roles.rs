//! Roles of an account.

use crate::answer::{Answer, Failure, nothing};
use crate::exchange::Exchange;
use rolecall_app::roles::{self, RoleInput};
use rolecall_app::{Done, Recorded};
use rolecall_core::decision::roles::RoleAnswer;
use rolecall_wire::dto::{CreateRoleRequest, RoleListResponse, RoleResponse, UpdateRoleRequest};

/// `GET …/roles`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let roles = roles::list(&x.app(), &x.call, x.account()).await?;
    x.raise()?;
    let rank = |code: &str| x.deployment.rules.policy.roles().iter().position(|role| role.code == code);
    let position = |role: &RoleAnswer| match rank(&role.code).filter(|_| role.built_in) {
        Some(rank) => format!("built-in/{rank:03}"),
        None => format!("custom/{}", role.code),
    };
    let (roles, next) = if x.query().text("limit").is_some() { x.stretch(roles, position) } else { (roles, None) };
    x.ok(&RoleListResponse::page(roles.iter().map(RoleResponse::from).collect(), next))
}

/// A role can grant too much to be kept for a replay: it says how the role is now.
fn kept(role: &RoleAnswer) -> Option<Recorded> {
    Some(Recorded { kind: role.code.clone(), body: String::new() })
}

async fn answer(x: &Exchange, done: Done<RoleAnswer>) -> Result<Answer, Failure> {
    let role = match done {
        Done::Fresh(role) => role,
        Done::Replayed(recorded) => roles::get(&x.app(), &x.call, x.account(), &recorded.kind).await?,
    };
    x.ok(&RoleResponse::from(&role))
}

/// `POST …/roles`.
pub async fn create(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<CreateRoleRequest>().map(|request| RoleInput {
        code: request.code,
        title: request.title,
        permissions: request.permissions,
    });
    let done = roles::create(&x.app(), &x.call, x.account(), input, kept).await?;
    answer(x, done).await
}

/// `PATCH …/roles/{role}`.
pub async fn update(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<UpdateRoleRequest>().map(|request| (request.title, request.permissions));
    let done = roles::update(&x.app(), &x.call, x.account(), x.inbound.param("role"), input, kept).await?;
    answer(x, done).await
}

/// `DELETE …/roles/{role}`.
pub async fn delete(x: &Exchange) -> Result<Answer, Failure> {
    let done = roles::delete(&x.app(), &x.call, x.account(), x.inbound.param("role"), nothing).await?;
    x.gone(done)
}
