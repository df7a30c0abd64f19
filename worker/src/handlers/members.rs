//! Members of an account.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, nothing, recorded};
use rolecall_app::members::{self, position, user_id};
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::decision::Planned;
use rolecall_core::decision::members::MemberWithUser;
use rolecall_wire::dto::{DryRunResponse, MemberListResponse, MemberResponse, UpdateMemberRequest};

/// `GET …/members`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = members::list(&ctx.app(), &ctx.request, ctx.account(), ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, position);
    ctx.ok(&MemberListResponse::page(items.iter().map(MemberResponse::from).collect(), next))
}

/// `PATCH …/members/{user}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let role = ctx.input::<UpdateMemberRequest>().map(|request| request.role);
    let user = user_id(ctx.incoming.param("user"));
    let done =
        members::change_role(&ctx.app(), &ctx.request, ctx.account(), user, role, |member| recorded("", &MemberResponse::from(member)))
            .await?;
    ctx.outcome(done, |member: &MemberWithUser| MemberResponse::from(member))
}

/// `DELETE …/members/{user}`. A query that cannot be read removes nobody: the caller is judged by a dry run, then told.
pub async fn remove(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let dry_run = ctx.query().flag("dry_run") || ctx.validate_query().is_err();
    let done = members::remove(&ctx.app(), &ctx.request, ctx.account(), user_id(ctx.incoming.param("user")), dry_run, removed).await?;
    ctx.validate_query()?;
    match done {
        Outcome::Fresh(Planned::DryRun(changes)) => {
            HandlerResponse::json(ctx.route.status_with("DryRunResponse"), &DryRunResponse::from(changes.as_slice()))
        }
        Outcome::Fresh(Planned::Done(())) => ctx.no_content(Outcome::Fresh(())),
        Outcome::Replayed(recorded) => ctx.no_content(Outcome::Replayed(recorded)),
    }
}

/// A dry run is not kept, since it holds only for the moment.
fn removed(answer: &Planned<()>) -> Option<StoredResponse> {
    match answer {
        Planned::Done(()) => nothing(answer),
        Planned::DryRun(_) => None,
    }
}
