//! The inviting side of invitations.
//!
//! A link is as good as the invitation itself, so a record for replays holds the version of the link in its
//! kind and the body without the link, which is derived anew.

use crate::answer::{Answer, Body, Failure, nothing, recorded, to_json};
use crate::exchange::Exchange;
use rolecall_app::invitations::{self, NewInvitation, invitation_id};
use rolecall_app::{Done, Recorded};
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::id::InvitationId;
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_wire::decode::Span;
use rolecall_wire::dto::{CreateInvitationRequest, InvitationListResponse, InvitationResponse};
use serde_json::Value;

/// How a kept answer holds the place of its link.
const UNLINKED: &str = "\"link\":\"\"";

fn shown(x: &Exchange, invitation: &Invitation) -> InvitationResponse {
    let link = |invitation: &Invitation| x.deployment.links().invitation(invitation.id.bits(), invitation.link_version);
    InvitationResponse::seen(invitation, x.call.moment.now, link)
}

fn kept(x: &Exchange, invitation: &Invitation) -> Option<Recorded> {
    let unlinked = InvitationResponse { link: Some(String::new()), ..shown(x, invitation) };
    recorded(invitation.link_version.to_string(), &unlinked)
}

fn answer(x: &Exchange, done: Done<Invitation>) -> Result<Answer, Failure> {
    match done {
        Done::Fresh(invitation) => x.ok(&shown(x, &invitation)),
        Done::Replayed(recorded) => Ok(Answer::new(x.status(), Body::Json(relinked(x, &recorded)?))),
    }
}

/// The recorded answer with its link again.
fn relinked(x: &Exchange, recorded: &Recorded) -> Result<String, Failure> {
    let broken = || Failure::Fault("a recorded invitation cannot be read".to_owned());
    let body: Value = serde_json::from_str(&recorded.body).map_err(|_| broken())?;
    let id = body.get("id").and_then(Value::as_str).and_then(InvitationId::parse).ok_or_else(broken)?;
    let version = recorded.kind.parse().map_err(|_| broken())?;
    let link = to_json(&x.deployment.links().invitation(id.bits(), version))?;
    // A quote inside of a text is escaped, so this can only be the member itself.
    Ok(recorded.body.replacen(UNLINKED, &format!("\"link\":{link}"), 1))
}

/// `POST …/invitations`.
pub async fn create(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<CreateInvitationRequest>().map(|request| NewInvitation {
        email: request.email,
        role: request.role,
        lifetime: match request.expires_in {
            Span::Absent => Lifetime::Default,
            Span::Endless => Lifetime::Unlimited,
            Span::Seconds(seconds) => Lifetime::Seconds(seconds),
        },
    });
    let done = invitations::create(&x.app(), &x.call, x.account(), input, |invitation| kept(x, invitation)).await?;
    answer(x, done)
}

/// `GET …/invitations`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let state = x.query().text("state").and_then(InvitationState::parse);
    let found = invitations::list(&x.app(), &x.call, x.account(), state, x.page()).await?;
    x.raise()?;
    let (items, next) = x.cut(found, |invitation| invitation.id.to_string());
    x.ok(&InvitationListResponse::page(items.iter().map(|invitation| shown(x, invitation)).collect(), next))
}

/// `POST …/invitations/{invitation}/resend`.
pub async fn resend(x: &Exchange) -> Result<Answer, Failure> {
    let id = invitation_id(x.inbound.param("invitation"));
    let done = invitations::resend(&x.app(), &x.call, x.account(), id, |invitation| kept(x, invitation)).await?;
    answer(x, done)
}

/// `DELETE …/invitations/{invitation}`.
pub async fn revoke(x: &Exchange) -> Result<Answer, Failure> {
    let done = invitations::revoke(&x.app(), &x.call, x.account(), invitation_id(x.inbound.param("invitation")), nothing).await?;
    x.gone(done)
}
