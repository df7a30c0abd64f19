//! Management of invitations by members of the account.
//!
//! A link is a credential, so it is not stored. A stored response has the version of the link as its kind, and a body without
//! the link. The link is derived each time the response is sent.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, outcome_response, stored_empty, stored_response, to_json};
use rolecall_app::invitations;
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::domain::id::InvitationId;
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_wire::dto::{CreateInvitationRequest, InvitationListResponse, InvitationResponse};
use serde_json::Value;

/// Placeholder of the link in a stored body.
const LINK_PLACEHOLDER: &str = "\"link\":\"\"";

fn to_response(ctx: &HandlerContext, invitation: &Invitation) -> InvitationResponse {
    let link = |invitation: &Invitation| ctx.config.links().invitation(invitation.id.bits(), invitation.link_version);
    InvitationResponse::new(invitation, ctx.request.ctx.now, link)
}

fn to_stored(ctx: &HandlerContext, invitation: &Invitation) -> Option<StoredResponse> {
    let without_link = InvitationResponse { link: Some(String::new()), ..to_response(ctx, invitation) };
    stored_response(invitation.link_version.to_string(), &without_link)
}

/// Response with the link in place of the placeholder.
///
/// # Errors
/// [`HandlerError::Fault`] if the stored response is not valid.
fn linked_response(ctx: &HandlerContext, outcome: Outcome<Invitation>) -> Result<HandlerResponse, HandlerError> {
    let stored = outcome_response(outcome)?;
    let broken = || HandlerError::Fault("a stored invitation cannot be read".to_owned());
    let body: Value = serde_json::from_str(&stored.body).map_err(|_| broken())?;
    let id = body.get("id").and_then(Value::as_str).and_then(InvitationId::parse).ok_or_else(broken)?;
    let version = stored.kind.parse().map_err(|_| broken())?;
    let link = to_json(&ctx.config.links().invitation(id.bits(), version))?;
    // Quotes in JSON strings are escaped, so the placeholder can only match the member.
    let body = stored.body.replacen(LINK_PLACEHOLDER, &format!("\"link\":{link}"), 1);
    Ok(HandlerResponse::new(ctx.status(), Body::Json(body)))
}

/// `POST …/invitations`.
pub async fn create(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CreateInvitationRequest>().map(Into::into);
    let outcome =
        invitations::create(&ctx.app(), &ctx.request, ctx.account().await?, input, |invitation| to_stored(ctx, invitation)).await?;
    linked_response(ctx, outcome)
}

/// `GET …/invitations`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let state = ctx.query().text("state").and_then(InvitationState::parse);
    let found = invitations::list(&ctx.app(), &ctx.request, ctx.account().await?, state, ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, |invitation| invitation.id.to_string());
    ctx.ok(&InvitationListResponse::page(items.iter().map(|invitation| to_response(ctx, invitation)).collect(), next))
}

/// `POST …/invitations/{invitation}/resend`.
pub async fn resend(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let id = InvitationId::parse(ctx.incoming.param("invitation"));
    let outcome = invitations::resend(&ctx.app(), &ctx.request, ctx.account().await?, id, |invitation| to_stored(ctx, invitation)).await?;
    linked_response(ctx, outcome)
}

/// `DELETE …/invitations/{invitation}`.
pub async fn revoke(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = invitations::revoke(
        &ctx.app(),
        &ctx.request,
        ctx.account().await?,
        InvitationId::parse(ctx.incoming.param("invitation")),
        stored_empty,
    )
    .await?;
    ctx.no_content(outcome)
}
