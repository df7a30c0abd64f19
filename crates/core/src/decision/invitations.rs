//! The inviting side of invitations: create, send again, revoke.

use super::members::known_role;
use super::{change, nothing};
use crate::authz::member::{Insider, authorise, built_in_role, role_permissions};
use crate::authz::policy_config::Rules;
use crate::authz::quotas::USER_INVITATIONS;
use crate::domain::account::AccountKind;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, InvitationId, MailId};
use crate::domain::invitation::{Invitation, InvitationState, LIFETIME_MAX_SECONDS, LIFETIME_SECONDS};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::role::RoleCode;
use crate::domain::usage::Window;
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::Resource;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::snapshot::InvitationMails;
use crate::transaction::tracked_snapshot::View;

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
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    input: Result<Invite<'_>, Vec<FieldError>>,
) -> Result<Decided<Invitation>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_invite)?;
    let input = input.map_err(Stop::Invalid)?;
    let (email, lifetime, role) = (parse_email(input.email), input.lifetime.seconds(), known_role(view, rules, id, input.role));
    let mut errors: Vec<FieldError> = email.as_ref().err().cloned().into_iter().collect();
    if let Err(Stop::Invalid(role)) = &role {
        errors.extend(role.iter().cloned());
    }
    errors.extend(lifetime.as_ref().err().cloned());
    if insider.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    if !errors.is_empty() {
        return Err(Stop::Invalid(errors));
    }
    let (email, lifetime, (role, granted)) = (email?, lifetime?, role?);
    insider.may_grant(view, rules, granted)?;

    if view.email_is_member(id, &email)? {
        return Err(Denial::AlreadyMember.into());
    }
    let mut effects = Vec::new();
    if let Some(old) = view.pending_invitation(id, &email)? {
        let expired = view.invitation(old)?.is_some_and(|old| old.state(moment.now) == InvitationState::Expired);
        if !expired {
            return Err(Denial::InvitationPending.into());
        }
        // Whose place the new one takes: that is all the room that it needs.
        effects.push(Effect::CloseInvitation(old, InvitationState::Expired, None, moment.now));
    }
    demand_mail_room(view, rules, moment, &insider, &email)?;
    if effects.is_empty() {
        let full = view.room_for_invitation(&insider.account, moment.now)?;
        effects.extend(full.then_some(Effect::EndExpiredInvitation(id, moment.now)));
    }

    let invitation = Invitation {
        id: InvitationId::new(moment.now, moment.id_bytes()),
        account: id,
        email,
        role,
        stored: InvitationState::Pending,
        link_version: 1,
        lifetime,
        expires_at: lifetime.map(|s| moment.now.plus_seconds(s)),
        invited_by: insider.user.id,
        created_at: moment.now,
        closed_by: None,
    };
    let data = Data::none()
        .with("email", invitation.email.as_str())
        .with("role", &invitation.role)
        .with_option("expires_at", invitation.expires_at);
    let event = moment.event(id, &insider.user, "invitation.create", Resource::new("invitation", invitation.id), data);
    effects.push(Effect::InsertInvitation(invitation.clone()));
    effects.push(Effect::InsertMail(mail(view, rules, moment, &insider, &invitation)?));
    Ok(change(view, effects, vec![event], invitation))
}

/// Refuses where so many mails went out of late that one more would be a nuisance.
fn demand_mail_room(view: &View, rules: &Rules, moment: &Moment, insider: &Insider, email: &Email) -> Result<(), Stop> {
    if !rules.brakes {
        return Ok(());
    }
    let hour = Window::Hour.of(moment.now);
    if insider.user.recent.invitations.at(hour) >= USER_INVITATIONS {
        return Err(Denial::TooManyMails { retry_after: Window::Hour.left(moment.now) }.into());
    }
    let since = moment.now.plus_seconds(-MAILS_WINDOW_SECONDS);
    let room = |mails: InvitationMails| mails.to_address < MAILS_PER_ADDRESS && mails.from_account < MAILS_PER_TEAM;
    if view.invitation_mails(insider.account.id, email, since, (insider.user.id, hour), room)? {
        return Ok(());
    }
    Err(Denial::TooManyMails { retry_after: MAILS_WINDOW_SECONDS.unsigned_abs() }.into())
}

fn mail(view: &View, rules: &Rules, moment: &Moment, insider: &Insider, invitation: &Invitation) -> Result<Mail, Stop> {
    Ok(Mail {
        id: MailId::new(moment.now, moment.id_bytes()),
        to: invitation.email.clone(),
        kind: MailKind::Invitation {
            invitation: invitation.id,
            link_version: invitation.link_version,
            team: insider.account.name.as_str().to_owned(),
            role: role_title(view, rules, invitation.account, &invitation.role)?,
            inviter: insider.user.name.as_str().to_owned(),
        },
        created_at: moment.now,
    })
}

/// A role's title, for people.
pub(super) fn role_title(view: &View, rules: &Rules, account: AccountId, code: &RoleCode) -> Result<String, Stop> {
    if let Some(role) = built_in_role(view, rules, account, code.as_str())? {
        return Ok(role.title.clone());
    }
    let custom = view.custom_role(account, code)?;
    Ok(custom.map_or_else(|| code.as_str().to_owned(), |role| role.title.as_str().to_owned()))
}

fn own_invitation(view: &View, id: AccountId, invitation: InvitationId) -> Result<Invitation, Stop> {
    let found = view.invitation(invitation)?.filter(|found| found.account == id);
    Ok(found.ok_or(Denial::InvitationNotFound)?)
}

/// Sends a fresh link, which kills the old one, and starts the lifetime anew (`members.invite`, no-escalation).
/// Who sends it again vouches for it: the link works as long as they may grant what it grants.
pub fn resend(view: &View, rules: &Rules, moment: &Moment, id: AccountId, invitation: InvitationId) -> Result<Decided<Invitation>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_invite)?;
    let mut invitation = own_invitation(view, id, invitation)?;
    match invitation.stored {
        InvitationState::Pending => {}
        InvitationState::Accepted | InvitationState::Declined => return Err(Denial::InvitationAlreadyUsed.into()),
        InvitationState::Revoked => return Err(Denial::InvitationRevoked.into()),
        InvitationState::Expired => return Err(Denial::InvitationExpired.into()),
    }
    let granted = role_permissions(view, rules, id, &invitation.role)?.ok_or(Denial::RoleNotFound)?;
    insider.may_grant(view, rules, granted)?;
    demand_mail_room(view, rules, moment, &insider, &invitation.email)?;
    invitation.invited_by = insider.user.id;
    invitation.link_version = invitation.link_version.saturating_add(1);
    invitation.expires_at = invitation.lifetime.map(|seconds| moment.now.plus_seconds(seconds));
    let data = Data::none().with("email", invitation.email.as_str()).with_option("expires_at", invitation.expires_at);
    let event = moment.event(id, &insider.user, "invitation.resend", Resource::new("invitation", invitation.id), data);
    let effects = vec![
        Effect::RenewInvitation(invitation.id, invitation.link_version, invitation.expires_at, insider.user.id),
        Effect::InsertMail(mail(view, rules, moment, &insider, &invitation)?),
    ];
    Ok(change(view, effects, vec![event], invitation))
}

/// Takes an invitation back (`members.invite`). Revoked or declined before: nothing changes. Accepted: too late.
pub fn revoke(view: &View, rules: &Rules, moment: &Moment, id: AccountId, invitation: InvitationId) -> Result<Decided<()>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_invite)?;
    let invitation = own_invitation(view, id, invitation)?;
    match invitation.stored {
        InvitationState::Pending => {}
        InvitationState::Accepted => return Err(Denial::InvitationAlreadyUsed.into()),
        InvitationState::Declined | InvitationState::Revoked | InvitationState::Expired => return Ok(nothing(view, ())),
    }
    let data = Data::none().with("email", invitation.email.as_str());
    let event = moment.event(id, &insider.user, "invitation.revoke", Resource::new("invitation", invitation.id), data);
    let effect = Effect::CloseInvitation(invitation.id, InvitationState::Revoked, None, moment.now);
    Ok(change(view, vec![effect], vec![event], ()))
}
