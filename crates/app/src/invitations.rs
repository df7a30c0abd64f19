//! Use cases of the inviting side of invitations.

use crate::accounts::inside;
use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::invitations::{self, Invite, Lifetime, MAILS_WINDOW_SECONDS};
use rolecall_core::decision::reading;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, InvitationId};
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Addressee, Page, Want};

/// An invitation id from a path: what cannot be one names no invitation.
pub fn invitation_id(text: &str) -> InvitationId {
    InvitationId::parse(text).unwrap_or(InvitationId::from_bits(0))
}

/// An invitation as asked for.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Email as sent.
    pub email: String,
    /// Role code as sent.
    pub role: String,
    /// How long it is to live.
    pub lifetime: Lifetime,
}

/// `POST …/invitations`.
pub async fn create<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    input: Result<NewInvitation, Vec<FieldError>>,
    render: impl Fn(&Invitation) -> Option<Recorded>,
) -> Result<Done<Invitation>, AppError> {
    let mut wants = inside(account);
    if let Some(email) = input.as_ref().ok().and_then(|input| invitations::parse_email(&input.email).ok()) {
        wants.push(Want::MemberByEmail(account, email.clone()));
        wants.extend(mails(app, call, account, Addressee::Email(email.clone())));
        wants.push(Want::PendingInvitation(account, email));
    }
    let attempt = Some(Attempt::new(account, "invitation.create", Resource::new("account", account)));
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|input| Invite { email: &input.email, role: &input.role, lifetime: input.lifetime });
        invitations::create(view, app.rules, moment, account, input)
    };
    let done = mutate(app, call, wants, attempt.clone(), decide, render).await?;
    still_inviting(app, call, account, attempt, done).await
}

fn mails<S>(app: &App<'_, S>, call: &Call, account: AccountId, addressee: Addressee) -> Option<Want> {
    app.rules.brakes.then(|| Want::InvitationMails(account, addressee, call.moment.now.plus_seconds(-MAILS_WINDOW_SECONDS)))
}

/// A replay hands out a link again, so it is given to who may invite now, not to who might then.
async fn still_inviting<S: Store, T>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    attempt: Option<Attempt>,
    done: Done<T>,
) -> Result<Done<T>, AppError> {
    if let Done::Replayed(_) = done {
        query(app, call, inside(account), attempt, |view, moment| reading::inviting(view, app.rules, moment, account)).await?;
    }
    Ok(done)
}

/// `GET …/invitations`: a page, newest first, of one state or of all. The position after an item is its id.
pub async fn list<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    state: Option<InvitationState>,
    page: Page,
) -> Result<Vec<Invitation>, AppError> {
    let want = Want::InvitationPage(account, state, call.moment.now, page);
    let mut wants = inside(account);
    wants.push(want.clone());
    let attempt = Some(Attempt::new(account, "invitation.list", Resource::new("account", account)));
    query(app, call, wants, attempt, |view, moment| reading::invitations(view, app.rules, moment, account, &want)).await
}

fn on_invitation(account: AccountId, invitation: InvitationId, action: &'static str) -> (Vec<Want>, Option<Attempt>) {
    let mut wants = inside(account);
    wants.push(Want::Invitation(invitation));
    (wants, Some(Attempt::new(account, action, Resource::new("invitation", invitation))))
}

/// `POST …/invitations/{id}/resend`.
pub async fn resend<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    invitation: InvitationId,
    render: impl Fn(&Invitation) -> Option<Recorded>,
) -> Result<Done<Invitation>, AppError> {
    let (mut wants, attempt) = on_invitation(account, invitation, "invitation.resend");
    wants.extend(mails(app, call, account, Addressee::Of(invitation)));
    let decide = |view: &_, moment: &_| invitations::resend(view, app.rules, moment, account, invitation);
    let done = mutate(app, call, wants, attempt.clone(), decide, render).await?;
    still_inviting(app, call, account, attempt, done).await
}

/// `DELETE …/invitations/{id}`.
pub async fn revoke<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    invitation: InvitationId,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let (wants, attempt) = on_invitation(account, invitation, "invitation.revoke");
    let decide = |view: &_, moment: &_| invitations::revoke(view, app.rules, moment, account, invitation);
    mutate(app, call, wants, attempt, decide, render).await
}
