//! The inviting side of invitations: create, send again, revoke.

use super::members::parse_role;
use super::{changed, unchanged};
use crate::authz::member::{AuthorizedMember, built_in_role, require_permission, role_permissions};
use crate::authz::policy_config::PolicyConfig;
use crate::authz::quotas::USER_INVITATIONS;
use crate::domain::account::AccountKind;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, InvitationId, MailId};
use crate::domain::invitation::{Invitation, InvitationState, LIFETIME_MAX_SECONDS, LIFETIME_SECONDS};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::role::RoleCode;
use crate::domain::usage::ClockWindow;
use crate::transaction::audit_event::{Data, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::snapshot::InvitationMails;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Whom to invite, as what, for how long.
#[derive(Clone, Debug)]
pub struct Invite<'a> {
    /// Email as sent.
    pub email: &'a str,
    /// Role code as sent.
    pub role: &'a str,
    /// Whole seconds from 1.
    pub lifetime: Lifetime,
}

/// Invitation mails to one address, from whomever, in [`MAILS_WINDOW_SECONDS`] (a brake on mail bombing).
pub const MAILS_PER_ADDRESS: i64 = 20;
/// Invitations that one account sends in [`MAILS_WINDOW_SECONDS`] (a brake on spam).
pub const MAILS_PER_TEAM: i64 = 500;
/// The window of both: an hour, in seconds.
pub const MAILS_WINDOW_SECONDS: i64 = 60 * 60;

/// How long an invitation is to live.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Lifetime {
    /// The default of seven days.
    Default,
    /// Until used or revoked.
    Unlimited,
    /// So many seconds.
    Seconds(i64),
}

impl Lifetime {
    fn seconds(self) -> Result<Option<i64>, FieldError> {
        match self {
            Lifetime::Default => Ok(Some(LIFETIME_SECONDS)),
            Lifetime::Unlimited => Ok(None),
            Lifetime::Seconds(s) if (1..=LIFETIME_MAX_SECONDS).contains(&s) => Ok(Some(s)),
            Lifetime::Seconds(_) => {
                Err(FieldError::new("/expires_in", "out-of-range", "This is a whole number of seconds, from 1 to ten years, or null."))
            }
        }
    }
}

/// Reads the invited address; for the decision and for what it wants loaded.
pub fn parse_email(text: &str) -> Result<Email, FieldError> {
    Email::parse(text).map_err(|_| FieldError::new("/email", "email-malformed", "This is no email address that mail can be sent to."))
}

/// Invites somebody to the team (`members.invite`, no-escalation).
pub fn create(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<Invite<'_>, Vec<FieldError>>,
) -> Result<Decision<Invitation>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_invite)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let (email, lifetime, role) = (parse_email(input.email), input.lifetime.seconds(), parse_role(snapshot, config, id, input.role));
    let mut errors: Vec<FieldError> = email.as_ref().err().cloned().into_iter().collect();
    if let Err(DecisionError::Invalid(role)) = &role {
        errors.extend(role.iter().cloned());
    }
    errors.extend(lifetime.as_ref().err().cloned());
    if caller.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    if !errors.is_empty() {
        return Err(DecisionError::Invalid(errors));
    }
    let (email, lifetime, (role, granted)) = (email?, lifetime?, role?);
    caller.check_can_grant(snapshot, config, granted)?;

    if snapshot.email_is_member(id, &email)? {
        return Err(Denial::AlreadyMember.into());
    }
    let mut effects = Vec::new();
    if let Some(old) = snapshot.pending_invitation(id, &email)? {
        let expired = snapshot.invitation(old)?.is_some_and(|old| old.state(ctx.now) == InvitationState::Expired);
        if !expired {
            return Err(Denial::InvitationPending.into());
        }
        // Whose place the new one takes: that is all the room that it needs.
        effects.push(Effect::CloseInvitation(old, InvitationState::Expired, None, ctx.now));
    }
    check_mail_quota(snapshot, config, ctx, &caller, &email)?;
    if effects.is_empty() {
        let full = snapshot.check_invitation_cap(&caller.account, ctx.now)?;
        effects.extend(full.then_some(Effect::EndExpiredInvitation(id, ctx.now)));
    }

    let invitation = Invitation {
        id: InvitationId::new(ctx.now, ctx.id_bytes()),
        account: id,
        email,
        role,
        stored: InvitationState::Pending,
        link_version: 1,
        lifetime,
        expires_at: lifetime.map(|s| ctx.now.plus_seconds(s)),
        invited_by: caller.user.id,
        created_at: ctx.now,
        closed_by: None,
    };
    let data = Data::none()
        .with("email", invitation.email.as_str())
        .with("role", &invitation.role)
        .with_option("expires_at", invitation.expires_at);
    let event = ctx.event(id, &caller.user, "invitation.create", Resource::new("invitation", invitation.id), data);
    effects.push(Effect::InsertInvitation(invitation.clone()));
    effects.push(Effect::InsertMail(mail(snapshot, config, ctx, &caller, &invitation)?));
    Ok(changed(snapshot, effects, vec![event], invitation))
}

/// Refuses where so many mails went out of late that one more would be a nuisance.
fn check_mail_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    caller: &AuthorizedMember,
    email: &Email,
) -> Result<(), DecisionError> {
    if !config.quotas_enforced {
        return Ok(());
    }
    let hour = ClockWindow::Hour.of(ctx.now);
    if caller.user.recent.invitations.at(hour) >= USER_INVITATIONS {
        return Err(Denial::TooManyMails { retry_after: ClockWindow::Hour.seconds_left(ctx.now) }.into());
    }
    let since = ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS);
    let room = |mails: InvitationMails| mails.to_address < MAILS_PER_ADDRESS && mails.from_account < MAILS_PER_TEAM;
    if snapshot.invitation_mails(caller.account.id, email, since, (caller.user.id, hour), room)? {
        return Ok(());
    }
    Err(Denial::TooManyMails { retry_after: MAILS_WINDOW_SECONDS.unsigned_abs() }.into())
}

fn mail(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    caller: &AuthorizedMember,
    invitation: &Invitation,
) -> Result<Mail, DecisionError> {
    Ok(Mail {
        id: MailId::new(ctx.now, ctx.id_bytes()),
        to: invitation.email.clone(),
        kind: MailKind::Invitation {
            invitation: invitation.id,
            link_version: invitation.link_version,
            team: caller.account.name.as_str().to_owned(),
            role: role_title(snapshot, config, invitation.account, &invitation.role)?,
            inviter: caller.user.name.as_str().to_owned(),
        },
        created_at: ctx.now,
    })
}

/// A role's title, for people.
pub(super) fn role_title(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: AccountId,
    code: &RoleCode,
) -> Result<String, DecisionError> {
    if let Some(role) = built_in_role(snapshot, config, account, code.as_str())? {
        return Ok(role.title.clone());
    }
    let custom = snapshot.custom_role(account, code)?;
    Ok(custom.map_or_else(|| code.as_str().to_owned(), |role| role.title.as_str().to_owned()))
}

fn find_invitation(snapshot: &TrackedSnapshot, id: AccountId, invitation: Option<InvitationId>) -> Result<Invitation, DecisionError> {
    let found = invitation.map(|invitation| snapshot.invitation(invitation)).transpose()?.flatten().filter(|found| found.account == id);
    Ok(found.ok_or(Denial::InvitationNotFound)?)
}

/// Sends a fresh link, which kills the old one, and starts the lifetime anew (`members.invite`, no-escalation).
/// Who sends it again vouches for it: the link works as long as they may grant what it grants.
pub fn resend(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    invitation: Option<InvitationId>,
) -> Result<Decision<Invitation>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_invite)?;
    let mut invitation = find_invitation(snapshot, id, invitation)?;
    match invitation.stored {
        InvitationState::Pending => {}
        InvitationState::Accepted | InvitationState::Declined => return Err(Denial::InvitationAlreadyUsed.into()),
        InvitationState::Revoked => return Err(Denial::InvitationRevoked.into()),
        InvitationState::Expired => return Err(Denial::InvitationExpired.into()),
    }
    let granted = role_permissions(snapshot, config, id, &invitation.role)?.ok_or(Denial::RoleNotFound)?;
    caller.check_can_grant(snapshot, config, granted)?;
    check_mail_quota(snapshot, config, ctx, &caller, &invitation.email)?;
    invitation.invited_by = caller.user.id;
    invitation.link_version = invitation.link_version.saturating_add(1);
    invitation.expires_at = invitation.lifetime.map(|seconds| ctx.now.plus_seconds(seconds));
    let data = Data::none().with("email", invitation.email.as_str()).with_option("expires_at", invitation.expires_at);
    let event = ctx.event(id, &caller.user, "invitation.resend", Resource::new("invitation", invitation.id), data);
    let effects = vec![
        Effect::RenewInvitation(invitation.id, invitation.link_version, invitation.expires_at, caller.user.id),
        Effect::InsertMail(mail(snapshot, config, ctx, &caller, &invitation)?),
    ];
    Ok(changed(snapshot, effects, vec![event], invitation))
}

/// Takes an invitation back (`members.invite`). Revoked or declined before: nothing changes. Accepted: too late.
pub fn revoke(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    invitation: Option<InvitationId>,
) -> Result<Decision<()>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_invite)?;
    let invitation = find_invitation(snapshot, id, invitation)?;
    match invitation.stored {
        InvitationState::Pending => {}
        InvitationState::Accepted => return Err(Denial::InvitationAlreadyUsed.into()),
        InvitationState::Declined | InvitationState::Revoked | InvitationState::Expired => return Ok(unchanged(snapshot, ())),
    }
    let data = Data::none().with("email", invitation.email.as_str());
    let event = ctx.event(id, &caller.user, "invitation.revoke", Resource::new("invitation", invitation.id), data);
    let effect = Effect::CloseInvitation(invitation.id, InvitationState::Revoked, None, ctx.now);
    Ok(changed(snapshot, vec![effect], vec![event], ()))
}
