//! Invitations, as the inviting team manages them: create, resend, revoke.

use super::members::parse_role;
use super::{changed, unchanged};
use crate::authz::member::{AuthenticatedMember, built_in_role, require_permission, role_permissions};
use crate::authz::policy_config::PolicyConfig;
use crate::authz::quotas::USER_INVITATIONS;
use crate::domain::account::AccountKind;
use crate::domain::activity_counts::ClockWindow;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, InvitationId, MailId};
use crate::domain::invitation::{DEFAULT_LIFETIME_SECONDS, Invitation, InvitationState, LIFETIME_MAX_SECONDS};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::role::RoleCode;
use crate::transaction::audit_event::{EventData, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::snapshot_values::InvitationMails;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Input of [`create`].
#[derive(Clone, Debug, Default)]
pub struct NewInvitation {
    /// Email as received.
    pub email: String,
    /// Role code as received.
    pub role: String,
    /// Lifetime of the invitation.
    pub lifetime: Lifetime,
}

/// Invitation mails per address in [`MAILS_WINDOW_SECONDS`], from all teams together: a limit against mail bombing.
pub const MAILS_PER_ADDRESS: i64 = 20;
/// Invitation mails per account in [`MAILS_WINDOW_SECONDS`]: a limit against spam.
pub const MAILS_PER_TEAM: i64 = 500;
/// Sliding window of both limits: an hour, in seconds.
pub const MAILS_WINDOW_SECONDS: i64 = 60 * 60;

/// Requested lifetime of an invitation.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Lifetime {
    /// Seven days.
    #[default]
    Default,
    /// Until used or revoked.
    Unlimited,
    /// Seconds, from 1.
    Seconds(i64),
}

impl Lifetime {
    fn seconds(self) -> Result<Option<i64>, FieldError> {
        match self {
            Lifetime::Default => Ok(Some(DEFAULT_LIFETIME_SECONDS)),
            Lifetime::Unlimited => Ok(None),
            Lifetime::Seconds(s) if (1..=LIFETIME_MAX_SECONDS).contains(&s) => Ok(Some(s)),
            Lifetime::Seconds(_) => Err(FieldError::new(
                "/expires_in",
                "out-of-range",
                "The value must be an integer number of seconds from 1 to 315,360,000 (ten years), or null.",
            )),
        }
    }
}

/// Parses the email of a request, for the decision and for its lookups.
///
/// # Errors
///
/// An invalid field `/email`.
pub fn parse_email(text: &str) -> Result<Email, FieldError> {
    Email::parse(text).map_err(|_| FieldError::new("/email", "email-malformed", "The value is not a valid email address."))
}

/// Invites an email address to the team (`members.invite`).
///
/// INVARIANT (no-escalation): the caller holds every permission of the offered role. An expired invitation of the same email is
/// replaced; at the cap of pending invitations an expired one of another email is ended.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::AccountNotTeam`], then invalid fields, all at once: `/email`, `/role`,
/// `/expires_in`; then [`Denial::PermissionEscalation`], [`Denial::AlreadyMember`], [`Denial::InvitationPending`],
/// [`Denial::TooManyMails`], [`Denial::LimitReached`].
///
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use rolecall_core::decision::invitations::{NewInvitation, create};
/// use rolecall_core::testing::{Team, account_id, config, ctx, event_names};
/// use rolecall_core::transaction::decision_error::DecisionError;
/// use rolecall_core::transaction::denial::Denial;
///
/// let team = Team::new().owner("ann").member("bob", "dev").unknown_email("eve").as_caller("ann");
/// let invite = |email: &str| {
///     let input = NewInvitation { email: email.to_owned(), role: "dev".to_owned(), ..NewInvitation::default() };
///     create(&team.snapshot(), &config(), &ctx(), account_id("acme"), Ok(&input))
/// };
/// let decision = invite("eve@example.com").unwrap();
/// assert_eq!(event_names(&decision.change), ["invitation.create"]);
/// assert_eq!(decision.output.link_version, 1);
/// assert_eq!(invite("bob@example.com"), Err(DecisionError::Denied(Denial::AlreadyMember)));
/// ```
pub fn create(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&NewInvitation, Vec<FieldError>>,
) -> Result<Decision<Invitation>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_invite)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let (email, lifetime, role) = (parse_email(&input.email), input.lifetime.seconds(), parse_role(snapshot, config, id, &input.role));
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

    if snapshot.fact(Fact::email_is_member(id, email.clone()))? {
        return Err(Denial::AlreadyMember.into());
    }
    let mut effects = Vec::new();
    if let Some(old) = snapshot.fact(Fact::pending_invitation(id, email.clone()))? {
        let expired = snapshot.invitation(old)?.is_some_and(|old| old.state(ctx.now) == InvitationState::Expired);
        if !expired {
            return Err(Denial::InvitationPending.into());
        }
        // The new invitation replaces the expired one, so the cap needs no check.
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
    let data = EventData::none()
        .with_email("email", &invitation.email)
        .with("role", &invitation.role)
        .with_option("expires_at", invitation.expires_at);
    let event = ctx.event(id, &caller.user, "invitation.create", Resource::new("invitation", invitation.id), data);
    effects.push(Effect::InsertInvitation(invitation.clone()));
    effects.push(Effect::InsertMail(mail(snapshot, config, ctx, &caller, &invitation)?));
    Ok(changed(snapshot, effects, vec![event], invitation))
}

/// Checks the limits of invitation mails: of the sender by the hour of the clock, of the address and the account in the sliding
/// window.
fn check_mail_quota(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    caller: &AuthenticatedMember,
    email: &Email,
) -> Result<(), DecisionError> {
    if !config.quotas_enforced {
        return Ok(());
    }
    let hour = ClockWindow::Hour.window_number(ctx.now);
    if caller.user.recent.invitations.count_in(hour) >= USER_INVITATIONS {
        return Err(Denial::TooManyMails { retry_after: ClockWindow::Hour.seconds_left(ctx.now) }.into());
    }
    let since = ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS);
    let room = |mails: InvitationMails| mails.to_address < MAILS_PER_ADDRESS && mails.from_account < MAILS_PER_TEAM;
    if snapshot.invitation_mails_below(caller.account.id, email, since, (caller.user.id, hour), room)? {
        return Ok(());
    }
    Err(Denial::TooManyMails { retry_after: MAILS_WINDOW_SECONDS.unsigned_abs() }.into())
}

fn mail(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    caller: &AuthenticatedMember,
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

/// Title of a role; its code where the role does not exist.
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

/// Resends an invitation (`members.invite`): a new link replaces the old one, and its lifetime begins again.
///
/// The sender becomes the inviter: the link works as long as they may grant the role (no-escalation).
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::InvitationNotFound`],
/// [`Denial::InvitationAlreadyUsed`], [`Denial::InvitationRevoked`] or [`Denial::InvitationExpired`] by the stored state, then
/// [`Denial::RoleNotFound`], [`Denial::PermissionEscalation`], [`Denial::TooManyMails`].
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
    let data = EventData::none().with_email("email", &invitation.email).with_option("expires_at", invitation.expires_at);
    let event = ctx.event(id, &caller.user, "invitation.resend", Resource::new("invitation", invitation.id), data);
    let effects = vec![
        Effect::RenewInvitation(invitation.id, invitation.link_version, invitation.expires_at, caller.user.id),
        Effect::InsertMail(mail(snapshot, config, ctx, &caller, &invitation)?),
    ];
    Ok(changed(snapshot, effects, vec![event], invitation))
}

/// Revokes an invitation (`members.invite`). One that was revoked, declined or replaced before stays as it is.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::InvitationNotFound`],
/// [`Denial::InvitationAlreadyUsed`] if it was accepted.
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
    let data = EventData::none().with_email("email", &invitation.email);
    let event = ctx.event(id, &caller.user, "invitation.revoke", Resource::new("invitation", invitation.id), data);
    let effect = Effect::CloseInvitation(invitation.id, InvitationState::Revoked, None, ctx.now);
    Ok(changed(snapshot, vec![effect], vec![event], ()))
}

#[cfg(test)]
mod tests;
