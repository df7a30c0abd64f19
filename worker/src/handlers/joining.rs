//! What the invited do with their link.

use crate::answer::{Answer, Failure, nothing, recorded};
use crate::exchange::Exchange;
use rolecall_app::joining;
use rolecall_core::decision::joining::Joined;
use rolecall_wire::dto::{DeclineInvitationRequest, InvitationPreviewResponse, SignedInResponse};

/// `GET /v1/invitations/{token}`.
pub async fn preview(x: &Exchange) -> Result<Answer, Failure> {
    let proof = x.inbound.header("rolecall-invitation-proof");
    let preview = joining::preview(&x.app(), &x.call, x.inbound.param("token"), proof).await?;
    x.ok(&InvitationPreviewResponse::from(&preview))
}

/// `POST /v1/invitations/{token}/accept`.
pub async fn accept(x: &Exchange) -> Result<Answer, Failure> {
    let done = joining::accept(&x.app(), &x.call, x.inbound.param("token"), |joined| recorded("", &SignedInResponse::from(joined))).await?;
    x.changed(done, |joined: &Joined| SignedInResponse::from(joined))
}

/// `POST /v1/invitations/{token}/decline`.
pub async fn decline(x: &Exchange) -> Result<Answer, Failure> {
    let request: DeclineInvitationRequest = x.input()?;
    let proof = request.proof.as_ref().map(|proof| proof.reveal());
    let done = joining::decline(&x.app(), &x.call, x.inbound.param("token"), proof, nothing).await?;
    x.gone(done)
}
