//! Roles of an account.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty};
use rolecall_app::roles;
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::decision::roles::RoleDefinition;
use rolecall_wire::dto::{CreateRoleRequest, RoleListResponse, RoleResponse, UpdateRoleRequest};

/// `GET …/roles`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let roles = roles::list(&ctx.app(), &ctx.request, ctx.account().await?).await?;
    ctx.validate_query()?;
    let rank = |code: &str| ctx.config.policy_config.policy.roles().iter().position(|role| role.code == code);
    let position = |role: &RoleDefinition| match rank(&role.code).filter(|_| role.built_in) {
        Some(rank) => format!("built-in/{rank:03}"),
        None => format!("custom/{}", role.code),
    };
    let (roles, next) = if ctx.query().text("limit").is_some() { ctx.paginate_complete_list(roles, position) } else { (roles, None) };
    ctx.ok(&RoleListResponse::page(roles.iter().map(RoleResponse::from).collect(), next))
}

/// Stored response whose kind is the role's code. A role can exceed the size limit of stored responses, so a replay returns the
/// current role.
fn only_code(role: &RoleDefinition) -> Option<StoredResponse> {
    Some(StoredResponse { kind: role.code.clone(), body: String::new() })
}

async fn role_response(ctx: &HandlerContext, outcome: Outcome<RoleDefinition>) -> Result<HandlerResponse, HandlerError> {
    let role = match outcome {
        Outcome::Fresh { output: role, .. } => role,
        Outcome::Replayed(stored) => roles::get(&ctx.app(), &ctx.request, ctx.account().await?, &stored.kind).await?,
    };
    ctx.ok(&RoleResponse::from(&role))
}

/// `POST …/roles`.
pub async fn create(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CreateRoleRequest>().map(Into::into);
    let outcome = roles::create(&ctx.app(), &ctx.request, ctx.account().await?, input, only_code).await?;
    role_response(ctx, outcome).await
}

/// `PATCH …/roles/{role}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<UpdateRoleRequest>().map(Into::into);
    let outcome = roles::update(&ctx.app(), &ctx.request, ctx.account().await?, ctx.incoming.param("role"), input, only_code).await?;
    role_response(ctx, outcome).await
}

/// `DELETE …/roles/{role}`.
pub async fn delete(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = roles::delete(&ctx.app(), &ctx.request, ctx.account().await?, ctx.incoming.param("role"), stored_empty).await?;
    ctx.no_content(outcome)
}
