//! Profile of the signed-in user.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty};
use rolecall_app::{Outcome, profile};
use rolecall_wire::dto::{MeResponse, UpdateMeRequest};

/// `GET /v1/me`.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let me = profile::get(&ctx.app(), &ctx.request).await?;
    ctx.ok(&MeResponse::from(&me))
}

/// `PATCH /v1/me`. The memberships can exceed the size limit of stored responses, so a replay returns the current ones.
pub async fn update(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<UpdateMeRequest>().map(Into::into);
    match profile::update(&ctx.app(), &ctx.request, input, stored_empty).await? {
        Outcome::Fresh { output: me, .. } => ctx.ok(&MeResponse::from(&me)),
        Outcome::Replayed(_) => get(ctx).await,
    }
}
