//! The inviting side of invitations.
//!
//! A link is as good as the invitation itself, so a record for replays holds the version of the link in its
//! kind and the body without the link, which is derived anew.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, nothing, recorded, to_json};
use rolecall_app::invitations::{self, NewInvitation, invitation_id};
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::domain::id::InvitationId;
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_wire::dto::{CreateInvitationRequest, InvitationListResponse, InvitationResponse};
use serde_json::Value;

/// How a kept answer holds the place of its link.
const UNLINKED: &str = "\"link\":\"\"";

fn shown(ctx: &HandlerContext, invitation: &Invitation) -> InvitationResponse {
    let link = |invitation: &Invitation| ctx.config.links().invitation(invitation.id.bits(), invitation.link_version);
    InvitationResponse::seen(invitation, ctx.request.ctx.now, link)
}

fn kept(ctx: &HandlerContext, invitation: &Invitation) -> Option<StoredResponse> {
    let unlinked = InvitationResponse { link: Some(String::new()), ..shown(ctx, invitation) };
    recorded(invitation.link_version.to_string(), &unlinked)
}

fn answer(ctx: &HandlerContext, done: Outcome<Invitation>) -> Result<HandlerResponse, HandlerError> {
    match done {
        Outcome::Fresh(invitation) => ctx.ok(&shown(ctx, &invitation)),
        Outcome::Replayed(recorded) => Ok(HandlerResponse::new(ctx.status(), Body::Json(relinked(ctx, &recorded)?))),
    }
}

/// The recorded answer with its link again.
fn relinked(ctx: &HandlerContext, recorded: &StoredResponse) -> Result<String, HandlerError> {
    let broken = || HandlerError::Fault("a recorded invitation cannot be read".to_owned());
    let body: Value = serde_json::from_str(&recorded.body).map_err(|_| broken())?;
    let id = body.get("id").and_then(Value::as_str).and_then(InvitationId::parse).ok_or_else(broken)?;
    let version = recorded.kind.parse().map_err(|_| broken())?;
    let link = to_json(&ctx.config.links().invitation(id.bits(), version))?;
    // A quote inside of a text is escaped, so this can only be the member itself.
    Ok(recorded.body.replacen(UNLINKED, &format!("\"link\":{link}"), 1))
}

/// `POST …/invitations`.
pub async fn create(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CreateInvitationRequest>().map(|request| NewInvitation {
        email: request.email,
        role: request.role,
        lifetime: request.expires_in,
    });
    let done = invitations::create(&ctx.app(), &ctx.request, ctx.account(), input, |invitation| kept(ctx, invitation)).await?;
    answer(ctx, done)
}

/// `GET …/invitations`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let state = ctx.query().text("state").and_then(InvitationState::parse);
    let found = invitations::list(&ctx.app(), &ctx.request, ctx.account(), state, ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, |invitation| invitation.id.to_string());
    ctx.ok(&InvitationListResponse::page(items.iter().map(|invitation| shown(ctx, invitation)).collect(), next))
}

/// `POST …/invitations/{invitation}/resend`.
pub async fn resend(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let id = invitation_id(ctx.incoming.param("invitation"));
    let done = invitations::resend(&ctx.app(), &ctx.request, ctx.account(), id, |invitation| kept(ctx, invitation)).await?;
    answer(ctx, done)
}

/// `DELETE …/invitations/{invitation}`.
pub async fn revoke(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let done =
        invitations::revoke(&ctx.app(), &ctx.request, ctx.account(), invitation_id(ctx.incoming.param("invitation")), nothing).await?;
    ctx.no_content(done)
}
