//! Members of an account.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty, stored_response};
use rolecall_app::members::{self, position};
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::decision::Planned;
use rolecall_core::domain::id::UserId;
use rolecall_wire::dto::{DryRunResponse, MemberListResponse, MemberResponse, UpdateMemberRequest};

/// `GET …/members`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = members::list(&ctx.app(), &ctx.request, ctx.account().await?, ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, position);
    ctx.ok(&MemberListResponse::page(items.iter().map(MemberResponse::from).collect(), next))
}

/// `PATCH …/members/{user}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let role = ctx.input::<UpdateMemberRequest>().map(|request| request.role);
    let user = UserId::parse(ctx.incoming.param("user"));
    let outcome = members::change_role(&ctx.app(), &ctx.request, ctx.account().await?, user, role, |member| {
        stored_response("", &MemberResponse::from(member))
    })
    .await?;
    ctx.outcome(outcome)
}

/// `DELETE …/members/{user}`. If the query is invalid, the use case runs as a dry run: it checks the caller's permission
/// before the query's errors are returned, and removes nobody.
pub async fn remove(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let dry_run = ctx.query().flag("dry_run") || ctx.validate_query().is_err();
    let outcome = members::remove(
        &ctx.app(),
        &ctx.request,
        ctx.account().await?,
        UserId::parse(ctx.incoming.param("user")),
        dry_run,
        planned_to_stored,
    )
    .await?;
    ctx.validate_query()?;
    match outcome {
        Outcome::Fresh { output: Planned::DryRun(changes), .. } => {
            HandlerResponse::json(ctx.route.status_with("DryRunResponse"), &DryRunResponse::from(changes.as_slice()))
        }
        outcome => ctx.no_content(outcome),
    }
}

/// Stored response without a body; `None` for a dry run, which depends on the current state.
fn planned_to_stored(output: &Planned<()>) -> Option<StoredResponse> {
    match output {
        Planned::Done(()) => stored_empty(output),
        Planned::DryRun(_) => None,
    }
}
