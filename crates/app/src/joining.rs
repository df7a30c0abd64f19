//! Use cases of the invited side: opening a link, joining, refusing.

use crate::call::{App, Call};
use crate::engine::{Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::decision::joining::{self, Joined, OpenedLink, Preview};
use rolecall_core::domain::id::InvitationId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{AccountRef, UserRef, Want};

/// Opens an invitation link's token, with the mail's proof where there is one. A proof of another link counts as none.
pub fn open_link(keys: &Keyring, token: &str, proof: Option<&str>) -> Option<OpenedLink> {
    let (id, version) = LinkToken::open(keys, Purpose::Invitation, token)?;
    let proof = proof.and_then(|proof| LinkToken::open(keys, Purpose::InvitationProof, proof)) == Some((id, version));
    Some(OpenedLink { invitation: InvitationId::from_bits(id), version, proof })
}

/// What joining by a link rests on.
pub(crate) fn through(link: OpenedLink) -> Vec<Want> {
    let id = link.invitation;
    vec![
        Want::Invitation(id),
        Want::Account(AccountRef::OfInvitation(id)),
        Want::Roles(AccountRef::OfInvitation(id)),
        Want::Member(AccountRef::OfInvitation(id), UserRef::Inviter(id)),
    ]
}

/// `GET /v1/invitations/{token}`: changes nothing.
pub async fn preview<S: Store>(app: &App<'_, S>, call: &Call, token: &str, proof: Option<&str>) -> Result<Preview, AppError> {
    let link = open_link(app.keys, token, proof).ok_or(Denial::InvitationNotFound)?;
    let mut wants = through(link);
    wants.push(Want::User(UserRef::Inviter(link.invitation)));
    query(app, call, wants, None, |view, moment| joining::preview(view, app.rules, moment, link)).await
}

/// `POST /v1/invitations/{token}/accept`.
pub async fn accept<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    token: &str,
    render: impl Fn(&Joined) -> Option<Recorded>,
) -> Result<Done<Joined>, AppError> {
    // A forged link is judged only after the session, so that the order of answers tells nothing.
    let link = open_link(app.keys, token, None).unwrap_or(OpenedLink { invitation: InvitationId::from_bits(0), version: 0, proof: false });
    let mut wants = through(link);
    wants.push(Want::Member(AccountRef::OfInvitation(link.invitation), UserRef::Caller));
    let decide = |view: &_, moment: &_| joining::accept(view, app.rules, moment, link);
    mutate(app, call, wants, None, decide, render).await
}

/// `POST /v1/invitations/{token}/decline`, signed in or by the mail's proof.
pub async fn decline<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    token: &str,
    proof: Option<&str>,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let link = open_link(app.keys, token, proof).unwrap_or(OpenedLink { invitation: InvitationId::from_bits(0), version: 0, proof: false });
    let decide = |view: &_, moment: &_| joining::decline(view, moment, link);
    mutate(app, call, through(link), None, decide, render).await
}
