//! Use cases of invitations, for the members who invite.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, by_ref, execute, query};
pub use rolecall_core::decision::invitations::NewInvitation;
use rolecall_core::decision::invitations::{self, MAILS_WINDOW_SECONDS};
use rolecall_core::decision::queries;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, InvitationId};
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Addressee, Lookup, Page};

/// `POST …/invitations`: invites an email to a team.
///
/// # Errors
///
/// Those of [`invitations::create`] and [`execute`]; of a replay, those of [`queries::may_invite`].
pub async fn create<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<NewInvitation, Vec<FieldError>>,
    render: impl Fn(&Invitation) -> Option<StoredResponse>,
) -> Result<Outcome<Invitation>, AppError> {
    let mut lookups = member_lookups(account);
    if let Some(email) = input.as_ref().ok().and_then(|input| invitations::parse_email(&input.email).ok()) {
        let since = app.config.quotas_enforced.then(|| mails_since(request));
        lookups.push(Lookup::InviteeByEmail(account, email, since));
    }
    let audited = Some(AuditedAction::new(account, "invitation.create", Resource::new("account", account)));
    let decide = |snapshot: &_, ctx: &_| invitations::create(snapshot, app.config, ctx, account, by_ref(&input));
    let outcome = execute(app, request, lookups, audited.clone(), decide, render).await?;
    require_may_invite(app, request, account, audited, outcome).await
}

/// Start of the quota window of invitation mails.
fn mails_since(request: &RequestContext) -> Timestamp {
    request.ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS)
}

/// Requires for a replay, which returns the link again, that the caller still holds the permission to invite.
async fn require_may_invite<S: Store, T>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    audited: Option<AuditedAction>,
    outcome: Outcome<T>,
) -> Result<Outcome<T>, AppError> {
    if let Outcome::Replayed(_) = outcome {
        query(app, request, member_lookups(account), audited, |snapshot, ctx| queries::may_invite(snapshot, app.config, ctx, account))
            .await?;
    }
    Ok(outcome)
}

/// `GET …/invitations`: lists a page of invitations, newest first, of one state or of all. The sort key of an item is its id.
///
/// # Errors
///
/// Those of [`queries::invitations`] and [`query`].
pub async fn list<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    state: Option<InvitationState>,
    page: Page,
) -> Result<Vec<Invitation>, AppError> {
    let lookup = Lookup::InvitationPage(account, state, request.ctx.now, page);
    let mut lookups = member_lookups(account);
    lookups.push(lookup.clone());
    let audited = Some(AuditedAction::new(account, "invitation.list", Resource::new("account", account)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::invitations(snapshot, app.config, ctx, account, &lookup)).await
}

fn on_invitation(account: AccountId, invitation: Option<InvitationId>, action: &'static str) -> (Vec<Lookup>, Option<AuditedAction>) {
    let mut lookups = member_lookups(account);
    lookups.extend(invitation.map(Lookup::Invitation));
    (lookups, Some(AuditedAction::new(account, action, Resource::of("invitation", invitation))))
}

/// `POST …/invitations/{id}/resend`: mails a new link, which replaces the previous one.
///
/// # Errors
///
/// Those of [`invitations::resend`] and [`execute`]; of a replay, those of [`queries::may_invite`].
pub async fn resend<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    invitation: Option<InvitationId>,
    render: impl Fn(&Invitation) -> Option<StoredResponse>,
) -> Result<Outcome<Invitation>, AppError> {
    let (mut lookups, audited) = on_invitation(account, invitation, "invitation.resend");
    let quota = invitation.filter(|_| app.config.quotas_enforced);
    lookups.extend(quota.map(|invitation| Lookup::InvitationMails(account, Addressee::Of(invitation), mails_since(request))));
    let decide = |snapshot: &_, ctx: &_| invitations::resend(snapshot, app.config, ctx, account, invitation);
    let outcome = execute(app, request, lookups, audited.clone(), decide, render).await?;
    require_may_invite(app, request, account, audited, outcome).await
}

/// `DELETE …/invitations/{id}`: revokes an invitation.
///
/// # Errors
///
/// Those of [`invitations::revoke`] and [`execute`].
pub async fn revoke<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    invitation: Option<InvitationId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let (lookups, audited) = on_invitation(account, invitation, "invitation.revoke");
    let decide = |snapshot: &_, ctx: &_| invitations::revoke(snapshot, app.config, ctx, account, invitation);
    execute(app, request, lookups, audited, decide, render).await
}
