//! Previewing, accepting and declining an invitation by its link.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty, stored_response};
use rolecall_app::joining;
use rolecall_wire::dto::{DeclineInvitationRequest, InvitationPreviewResponse, SignedInResponse};

/// `GET /v1/invitations/{token}`.
pub async fn preview(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let proof = ctx.incoming.header("rolecall-invitation-proof");
    let preview = joining::preview(&ctx.app(), &ctx.request, ctx.incoming.param("token"), proof).await?;
    ctx.ok(&InvitationPreviewResponse::from(&preview))
}

/// `POST /v1/invitations/{token}/accept`.
pub async fn accept(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = joining::accept(&ctx.app(), &ctx.request, ctx.incoming.param("token"), |joined| {
        stored_response("", &SignedInResponse::from(joined))
    })
    .await?;
    ctx.outcome(outcome)
}

/// `POST /v1/invitations/{token}/decline`.
pub async fn decline(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let request: DeclineInvitationRequest = ctx.input()?;
    let proof = request.proof.as_ref().map(|proof| proof.reveal());
    let outcome = joining::decline(&ctx.app(), &ctx.request, ctx.incoming.param("token"), proof, stored_empty).await?;
    ctx.no_content(outcome)
}
