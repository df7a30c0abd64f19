//! The invited side of invitations: look at the link, join, refuse.
//!
//! Whoever calls this has opened the link's token already; a forged one comes as a link to an invitation that does not exist.

use super::accounts::AccountAnswer;
use super::invitations::role_title;
use super::{change, nothing};
use crate::authz::member::{known_permissions, rights_of, role_permissions};
use crate::authz::policy_config::Rules;
use crate::domain::account::{Account, AccountKind, MEMBERS_MAX, Membership};
use crate::domain::audit::Actor;
use crate::domain::id::InvitationId;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::name::Name;
use crate::domain::role::RoleCode;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::{NewEvent, Resource};
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Fact;
use crate::transaction::tracked_snapshot::View;
use rolecall_policy::PermissionSet;

/// An opened link: which invitation, and which version of its link.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct OpenedLink {
    /// The invitation.
    pub invitation: InvitationId,
    /// The version that the link was made for.
    pub version: u32,
    /// Whether the mail's proof came with it: whoever holds it reads the invited mailbox.
    pub proof: bool,
}

/// What the holder of a link may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// The team's name; empty where the account is no team any more.
    pub team: String,
    /// The offered role.
    pub role: RoleCode,
    /// Its title; the code of a custom role that is not offered any more.
    pub role_title: String,
    /// What it lets one do; nothing once the invitation has ended.
    pub permissions: Vec<String>,
    /// Who invites.
    pub inviter: String,
    /// For whom, masked.
    pub email_hint: String,
    /// For whom, in full, for the holder of the mail's proof only.
    pub email: Option<String>,
    /// Where the invitation stands for this link.
    pub state: InvitationState,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A membership that came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// Who joined.
    pub user: User,
    /// What they joined, with their role.
    pub account: AccountAnswer,
}

fn opened(view: &View, link: OpenedLink) -> Result<Invitation, Stop> {
    Ok(view.invitation(link.invitation)?.ok_or(Denial::InvitationNotFound)?)
}

/// The state for the holder of this link: an old link counts as revoked while the invitation waits.
fn state_for(invitation: &Invitation, link: OpenedLink, now: Timestamp) -> InvitationState {
    match invitation.state(now) {
        InvitationState::Pending | InvitationState::Expired if invitation.link_version != link.version => InvitationState::Revoked,
        state => state,
    }
}

/// Shows what a link offers; changes nothing, whoever looks and however often.
pub fn preview(view: &View, rules: &Rules, moment: &Moment, link: OpenedLink) -> Result<Preview, Stop> {
    let invitation = opened(view, link)?;
    let account = view.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
    // After Delete Team the account goes by its owner's own name, which is not for whoever still holds an old link.
    let team = Some(&account).filter(|account| account.kind == AccountKind::Team);
    let inviter = view.user(invitation.invited_by)?;
    let state = state_for(&invitation, link, moment.now);
    // An open invitation keeps its role from being deleted. After its end, a role of the same code can be another one.
    let (role_title, permissions) = if state == InvitationState::Pending {
        let permissions = role_permissions(view, rules, account.id, &invitation.role)?.unwrap_or(PermissionSet::EMPTY);
        (role_title(view, rules, account.id, &invitation.role)?, permissions)
    } else {
        let code = invitation.role.as_str();
        (rules.policy.role(code).map_or(code, |role| role.title.as_str()).to_owned(), PermissionSet::EMPTY)
    };
    Ok(Preview {
        team: team.map_or_else(String::new, |team| team.name.as_str().to_owned()),
        role_title,
        permissions: rules.policy.codes(permissions).into_iter().map(str::to_owned).collect(),
        inviter: inviter.map_or_else(String::new, |user| user.name.as_str().to_owned()),
        email_hint: invitation.email.masked(),
        email: (link.proof && link.version == invitation.link_version).then(|| invitation.email.as_str().to_owned()),
        state,
        expires_at: invitation.expires_at,
        role: invitation.role,
    })
}

/// The team, if the invitation waits for an answer by this link.
fn demand_open(view: &View, moment: &Moment, invitation: &Invitation, link: OpenedLink) -> Result<Account, Stop> {
    match state_for(invitation, link, moment.now) {
        InvitationState::Pending => {}
        InvitationState::Expired => return Err(Denial::InvitationExpired.into()),
        InvitationState::Revoked => return Err(Denial::InvitationRevoked.into()),
        InvitationState::Accepted | InvitationState::Declined => return Err(Denial::InvitationUsed.into()),
    }
    let account = view.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
    if account.kind != AccountKind::Team {
        return Err(Denial::InvitationRevoked.into());
    }
    Ok(account)
}

/// Refuses unless the inviter may still grant what the invitation grants (no-escalation).
fn demand_inviter(view: &View, rules: &Rules, account: &Account, invitation: &Invitation) -> Result<(), Stop> {
    let granted = role_permissions(view, rules, account.id, &invitation.role)?;
    let inviter = rights_of(view, rules, account, invitation.invited_by)?;
    let may = match (granted, inviter) {
        (Some(granted), Some((_, rights))) => rights.contains(rules.members_invite) && granted.is_subset(rights),
        _ => false,
    };
    if may { Ok(()) } else { Err(Denial::InviterLacksPermission.into()) }
}

/// The effects and the event of `user` taking an open invitation; used for users who exist and for one who is just being made.
pub(super) fn join(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    link: OpenedLink,
    invitation: &Invitation,
    user: &User,
) -> Result<(Vec<Effect>, NewEvent, AccountAnswer), Stop> {
    let account = demand_open(view, moment, invitation, link)?;
    demand_inviter(view, rules, &account, invitation)?;
    view.room(account.members, MEMBERS_MAX, "members", Fact::MembersBelowCap(account.id))?;
    let member = Membership { account: account.id, user: user.id, role: invitation.role.clone(), joined_at: moment.now };
    let effects =
        vec![Effect::CloseInvitation(invitation.id, InvitationState::Accepted, Some(user.id), moment.now), Effect::InsertMember(member)];
    let data = Data::none().with("user", user.id).with("email", invitation.email.as_str()).with("role", &invitation.role);
    let event = moment.event(account.id, user, "invitation.accept", Resource::new("invitation", invitation.id), data);
    let answer = AccountAnswer {
        account: Account { members: account.members + 1, version: account.version + 1, ..account },
        role: invitation.role.clone(),
    };
    Ok((effects, event, answer))
}

/// Joins the team. INVARIANT (single-use): one acceptance, ever; by the same user again it is the same success.
pub fn accept(view: &View, rules: &Rules, moment: &Moment, link: OpenedLink) -> Result<Decided<Joined>, Stop> {
    let caller = view.caller(moment.now)?;
    let invitation = opened(view, link)?;
    if invitation.email != caller.user.email {
        return Err(Denial::InvitationEmailMismatch.into());
    }
    if invitation.stored == InvitationState::Accepted && invitation.closed_by == Some(caller.user.id) {
        let member = view.member(invitation.account, caller.user.id)?.ok_or(Denial::InvitationUsed)?;
        let account = view.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
        let account = AccountAnswer { account, role: member.role };
        return Ok(nothing(view, Joined { user: caller.user, account }));
    }
    demand_open(view, moment, &invitation, link)?;
    if view.member(invitation.account, caller.user.id)?.is_some() {
        return Err(Denial::AlreadyMember.into());
    }
    let (mut effects, event, account) = join(view, rules, moment, link, &invitation, &caller.user)?;
    effects.push(Effect::SetActiveAccount(caller.user.id, invitation.account));
    let user = User { active_account: invitation.account, ..caller.user };
    Ok(change(view, effects, vec![event], Joined { user, account }))
}

/// Refuses the invitation: signed in with the invited email, or by the proof in the mail. Refused before: the same success.
pub fn decline(view: &View, moment: &Moment, link: OpenedLink) -> Result<Decided<()>, Stop> {
    let caller = if link.proof { view.caller(moment.now).ok() } else { Some(view.caller(moment.now)?) };
    let invitation = opened(view, link)?;
    let decliner = caller.filter(|caller| caller.user.email == invitation.email);
    if decliner.is_none() && !link.proof {
        return Err(Denial::InvitationEmailMismatch.into());
    }
    if invitation.stored == InvitationState::Declined {
        return Ok(nothing(view, ()));
    }
    demand_open(view, moment, &invitation, link)?;
    let resource = Resource::new("invitation", invitation.id);
    let data = Data::none().with("email", invitation.email.as_str());
    let by = decliner.as_ref().map(|caller| caller.user.id);
    let event = match decliner {
        Some(caller) => moment.event(invitation.account, &caller.user, "invitation.decline", resource, data),
        None => {
            let invitee = Actor::Invitee(invitation.id, invitation.email.clone());
            moment.event_by(invitation.account, invitee, "invitation.decline", resource, data)
        }
    };
    let effect = Effect::CloseInvitation(invitation.id, InvitationState::Declined, by, moment.now);
    Ok(change(view, vec![effect], vec![event], ()))
}

/// The name that a person gets who gave none: the part of their email before the `@`.
pub(super) fn name_from_email(email: &crate::domain::email::Email) -> Name {
    Name::parse(email.local_part(), "/name").unwrap_or_else(|_| Name::restore("New user".to_owned()))
}

/// Permission codes of a stored list that the policy still knows, in its order.
pub(super) fn codes_in_order(rules: &Rules, codes: &[String]) -> Vec<String> {
    rules.policy.codes(known_permissions(rules, codes)).into_iter().map(str::to_owned).collect()
}
