//! Use cases of the invited side: opening a link, joining, refusing.

use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::{Outcome, StoredResponse, execute, query};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::decision::joining::{self, Joined, OpenedLink, Preview};
use rolecall_core::domain::id::InvitationId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// Opens an invitation link's token, with the mail's proof where there is one. A proof of another link counts as none.
pub fn open_link(keys: &Keyring, token: &str, proof: Option<&str>) -> Option<OpenedLink> {
    let (id, version) = LinkToken::open(keys, Purpose::Invitation, token)?;
    let proof = proof.and_then(|proof| LinkToken::open(keys, Purpose::InvitationProof, proof)) == Some((id, version));
    Some(OpenedLink { invitation: InvitationId::from_bits(id), version, proof })
}

/// What joining by a link rests on.
pub(crate) fn invitation_lookups(link: OpenedLink) -> Vec<Lookup> {
    let id = link.invitation;
    vec![
        Lookup::Invitation(id),
        Lookup::Account(AccountRef::OfInvitation(id)),
        Lookup::Roles(AccountRef::OfInvitation(id)),
        Lookup::Member(AccountRef::OfInvitation(id), UserRef::Inviter(id)),
    ]
}

/// `GET /v1/invitations/{token}`: changes nothing.
pub async fn preview<S: Store>(app: &App<'_, S>, request: &RequestContext, token: &str, proof: Option<&str>) -> Result<Preview, AppError> {
    let link = open_link(app.keys, token, proof).ok_or(Denial::InvitationNotFound)?;
    let mut lookups = invitation_lookups(link);
    lookups.push(Lookup::User(UserRef::Inviter(link.invitation)));
    query(app, request, lookups, None, |snapshot, ctx| joining::preview(snapshot, app.config, ctx, link)).await
}

/// `POST /v1/invitations/{token}/accept`.
pub async fn accept<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    token: &str,
    render: impl Fn(&Joined) -> Option<StoredResponse>,
) -> Result<Outcome<Joined>, AppError> {
    // A forged link is judged only after the session, so that the order of answers tells nothing.
    let link = open_link(app.keys, token, None);
    let mut lookups = link.map(invitation_lookups).unwrap_or_default();
    lookups.extend(link.map(|link| Lookup::Member(AccountRef::OfInvitation(link.invitation), UserRef::Caller)));
    let decide = |snapshot: &_, ctx: &_| joining::accept(snapshot, app.config, ctx, link);
    execute(app, request, lookups, None, decide, render).await
}

/// `POST /v1/invitations/{token}/decline`, signed in or by the mail's proof.
pub async fn decline<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    token: &str,
    proof: Option<&str>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let link = open_link(app.keys, token, proof);
    let decide = |snapshot: &_, ctx: &_| joining::decline(snapshot, ctx, link);
    execute(app, request, link.map(invitation_lookups).unwrap_or_default(), None, decide, render).await
}
