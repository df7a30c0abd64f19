//! Accounts. The `ETag` of an account is its version.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_response};
use rolecall_app::{Outcome, StoredResponse, accounts};
use rolecall_core::decision::Planned;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::profile::account_sort_key;
use rolecall_wire::dto::{
    AccountListResponse, AccountResponse, ConvertAccountRequest, DryRunResponse, TransferAccountRequest, UpdateAccountRequest,
};
use rolecall_wire::http::etag;

/// Stored response with the account; its kind is the entity tag.
fn to_stored(output: &AccountWithRole) -> Option<StoredResponse> {
    stored_response(etag::of_version(output.account.version), &AccountResponse::from(output))
}

/// Stored response with the account; `None` for a dry run, which depends on the current state.
fn planned_to_stored(output: &Planned<AccountWithRole>) -> Option<StoredResponse> {
    match output {
        Planned::Done(output) => to_stored(output),
        Planned::DryRun(_) => None,
    }
}

fn with_etag(ctx: &HandlerContext, response: StoredResponse) -> HandlerResponse {
    HandlerResponse::new(ctx.status(), Body::Json(response.body)).with("etag", response.kind)
}

fn planned_response(ctx: &HandlerContext, outcome: Outcome<Planned<AccountWithRole>>) -> Result<HandlerResponse, HandlerError> {
    match outcome {
        Outcome::Fresh { output: Planned::DryRun(changes), .. } => ctx.ok(&DryRunResponse::from(changes.as_slice())),
        outcome => Ok(with_etag(ctx, outcome_response(outcome)?)),
    }
}

/// `GET /v1/accounts`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = accounts::list(&ctx.app(), &ctx.request, ctx.page()).await?;
    ctx.validate_query()?;
    let (accounts, next) = ctx.paginate(found, account_sort_key);
    ctx.ok(&AccountListResponse::page(accounts.iter().map(AccountResponse::from).collect(), next))
}

/// `GET /v1/accounts/{account}`.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let account = accounts::get(&ctx.app(), &ctx.request, ctx.account().await?).await?;
    let response = HandlerResponse::json(ctx.status(), &AccountResponse::from(&account))?;
    Ok(response.with("etag", etag::of_version(account.account.version)))
}

/// `PATCH /v1/accounts/{account}`.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<UpdateAccountRequest>().map(Into::into);
    let outcome = accounts::update(&ctx.app(), &ctx.request, ctx.account().await?, input, to_stored).await?;
    Ok(with_etag(ctx, outcome_response(outcome)?))
}

/// `POST /v1/accounts/{account}/convert`.
pub async fn convert(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<ConvertAccountRequest>().map(Into::into);
    let outcome = accounts::convert(&ctx.app(), &ctx.request, ctx.account().await?, input, planned_to_stored).await?;
    planned_response(ctx, outcome)
}

/// `DELETE /v1/accounts/{account}/team`. If the query is invalid, the use case runs as a dry run: it checks the caller's
/// permission before the query's errors are returned, and deletes nothing.
pub async fn delete_team(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let dry_run = ctx.query().flag("dry_run") || ctx.validate_query().is_err();
    let outcome = accounts::delete_team(&ctx.app(), &ctx.request, ctx.account().await?, dry_run, planned_to_stored).await?;
    ctx.validate_query()?;
    planned_response(ctx, outcome)
}

/// `POST /v1/accounts/{account}/transfer`.
pub async fn transfer(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let to = ctx.input::<TransferAccountRequest>().map(|request| request.user);
    let outcome = accounts::transfer(&ctx.app(), &ctx.request, ctx.account().await?, to, to_stored).await?;
    Ok(with_etag(ctx, outcome_response(outcome)?))
}
