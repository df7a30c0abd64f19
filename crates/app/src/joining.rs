//! Use cases of invitees: preview, accept and decline an invitation.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{Outcome, StoredResponse, execute, query};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::decision::joining::{self, InvitationLinkClaims, Preview, UserWithAccount};
use rolecall_core::domain::id::InvitationId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};

/// Verifies the token of an invitation link, and the proof from the mail if there is one. None: the token is forged. A proof of
/// another link counts as no proof.
pub fn open_link(keys: &Keyring, token: &str, proof: Option<&str>) -> Option<InvitationLinkClaims> {
    let (id, version) = LinkToken::open(keys, Purpose::Invitation, token)?;
    let proof = proof.and_then(|proof| LinkToken::open(keys, Purpose::InvitationProof, proof)) == Some((id, version));
    Some(InvitationLinkClaims { invitation: InvitationId::from_bits(id), version, proof })
}

/// `GET /v1/invitations/{token}`: previews an invitation.
///
/// # Errors
///
/// [`Denial::InvitationNotFound`] for a forged token; those of [`joining::preview`] and [`query`].
pub async fn preview<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    token: &str,
    proof: Option<&str>,
) -> Result<Preview, AppError> {
    let link = open_link(app.keys, token, proof).ok_or(Denial::InvitationNotFound)?;
    let id = link.invitation;
    let lookups = vec![Lookup::InvitationWithInviter(id), Lookup::User(UserRef::Inviter(id))];
    query(app, request, lookups, None, |snapshot, ctx| joining::preview(snapshot, app.config, ctx, link)).await
}

/// `POST /v1/invitations/{token}/accept`: accepts an invitation as the signed-in user.
///
/// # Errors
///
/// Those of [`joining::accept`] and [`execute`].
pub async fn accept<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    token: &str,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<Outcome<UserWithAccount>, AppError> {
    // The decision checks the session before the link, so that the error does not tell whether a link is forged.
    let link = open_link(app.keys, token, None);
    let lookups = link.map(|link| Lookup::CallerAndInvitation(link.invitation)).into_iter().collect();
    let decide = |snapshot: &_, ctx: &_| joining::accept(snapshot, app.config, ctx, link);
    execute(app, request, lookups, None, decide, render).await
}

/// `POST /v1/invitations/{token}/decline`: declines an invitation, as the signed-in user or by the proof from the mail.
///
/// # Errors
///
/// Those of [`joining::decline`] and [`execute`].
pub async fn decline<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    token: &str,
    proof: Option<&str>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let link = open_link(app.keys, token, proof);
    let lookups = link.map(|link| Lookup::InvitationWithInviter(link.invitation)).into_iter().collect();
    let decide = |snapshot: &_, ctx: &_| joining::decline(snapshot, ctx, link);
    execute(app, request, lookups, None, decide, render).await
}
