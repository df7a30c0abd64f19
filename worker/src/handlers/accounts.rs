//! Accounts as wholes. An account's `ETag` is its version.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, recorded, settled};
use rolecall_app::{Outcome, StoredResponse, accounts};
use rolecall_core::decision::Planned;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::profile::position;
use rolecall_wire::dto::{
    AccountListResponse, AccountResponse, ConvertAccountRequest, DryRunResponse, TransferAccountRequest, UpdateAccountRequest,
};
use rolecall_wire::http::etag;

/// The account for an answer; the kind of the record is its tag.
fn shown(answer: &AccountWithRole) -> Option<StoredResponse> {
    recorded(etag::of_version(answer.account.version), &AccountResponse::from(answer))
}

/// The account, or what would become of it; a dry run is not kept, since it holds only for the moment.
fn planned(answer: &Planned<AccountWithRole>) -> Option<StoredResponse> {
    match answer {
        Planned::Done(answer) => shown(answer),
        Planned::DryRun(_) => None,
    }
}

fn tagged(ctx: &HandlerContext, recorded: StoredResponse) -> HandlerResponse {
    HandlerResponse::new(ctx.status(), Body::Json(recorded.body)).with("etag", recorded.kind)
}

fn planned_answer(ctx: &HandlerContext, done: Outcome<Planned<AccountWithRole>>) -> Result<HandlerResponse, HandlerError> {
    match done {
        Outcome::Fresh(Planned::DryRun(changes)) => ctx.ok(&DryRunResponse::from(changes.as_slice())),
        done => Ok(tagged(ctx, settled(done, planned)?)),
    }
}

/// `GET /v1/accounts`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = accounts::list(&ctx.app(), &ctx.request, ctx.page()).await?;
    ctx.validate_query()?;
    let (accounts, next) = ctx.paginate(found, position);
    ctx.ok(&AccountListResponse::page(accounts.iter().map(AccountResponse::from).collect(), next))
}

/// `GET /v1/accounts/{account}`.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let account = accounts::get(&ctx.app(), &ctx.request, ctx.account()).await?;
    Ok(tagged(ctx, settled(Outcome::Fresh(account), shown)?))
}

/// `PATCH /v1/accounts/{account}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let name = ctx.input::<UpdateAccountRequest>().map(|request| request.name);
    let done = accounts::rename(&ctx.app(), &ctx.request, ctx.account(), name, shown).await?;
    Ok(tagged(ctx, settled(done, shown)?))
}

/// `POST /v1/accounts/{account}/convert`.
pub async fn convert(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<ConvertAccountRequest>().map(|request| (request.name, request.dry_run.unwrap_or_default()));
    let done = accounts::convert(&ctx.app(), &ctx.request, ctx.account(), input, planned).await?;
    planned_answer(ctx, done)
}

/// `DELETE /v1/accounts/{account}/team`. A query that cannot be read deletes nothing: the caller is judged
/// by a dry run, then told.
pub async fn delete_team(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let dry_run = ctx.query().flag("dry_run") || ctx.validate_query().is_err();
    let done = accounts::delete_team(&ctx.app(), &ctx.request, ctx.account(), dry_run, planned).await?;
    ctx.validate_query()?;
    planned_answer(ctx, done)
}

/// `POST /v1/accounts/{account}/transfer`.
pub async fn transfer(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let to = ctx.input::<TransferAccountRequest>().map(|request| request.user);
    let done = accounts::transfer(&ctx.app(), &ctx.request, ctx.account(), to, shown).await?;
    Ok(tagged(ctx, settled(done, shown)?))
}
