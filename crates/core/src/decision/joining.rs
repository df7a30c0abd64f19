//! The invited side of invitations: look at the link, join, refuse.
//!
//! Whoever calls this has opened the link's token already; a forged one comes as a link to an invitation that does not exist.

use super::accounts::AccountWithRole;
use super::invitations::role_title;
use super::{changed, unchanged};
use crate::authz::member::{effective_permissions, permission_set_from_codes, role_permissions};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::{Account, AccountKind, MEMBERS_MAX, Membership};
use crate::domain::audit::Actor;
use crate::domain::id::InvitationId;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::name::Name;
use crate::domain::role::RoleCode;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::{Data, NewEvent, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Precondition;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
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
    pub account: AccountWithRole,
}

fn find_invitation(snapshot: &TrackedSnapshot, link: OpenedLink) -> Result<Invitation, DecisionError> {
    Ok(snapshot.invitation(link.invitation)?.ok_or(Denial::InvitationNotFound)?)
}

/// The state for the holder of this link: an old link counts as revoked while the invitation waits.
fn state_for(invitation: &Invitation, link: OpenedLink, now: Timestamp) -> InvitationState {
    match invitation.state(now) {
        InvitationState::Pending | InvitationState::Expired if invitation.link_version != link.version => InvitationState::Revoked,
        state => state,
    }
}

/// Shows what a link offers; changes nothing, whoever looks and however often.
pub fn preview(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: OpenedLink,
) -> Result<Preview, DecisionError> {
    let invitation = find_invitation(snapshot, link)?;
    let account = snapshot.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
    // After Delete Team the account goes by its owner's own name, which is not for whoever still holds an old link.
    let team = Some(&account).filter(|account| account.kind == AccountKind::Team);
    let inviter = snapshot.user(invitation.invited_by)?;
    let state = state_for(&invitation, link, ctx.now);
    // An open invitation keeps its role from being deleted. After its end, a role of the same code can be another one.
    let (role_title, permissions) = if state == InvitationState::Pending {
        let permissions = role_permissions(snapshot, config, account.id, &invitation.role)?.unwrap_or(PermissionSet::EMPTY);
        (role_title(snapshot, config, account.id, &invitation.role)?, permissions)
    } else {
        let code = invitation.role.as_str();
        (config.policy.role(code).map_or(code, |role| role.title.as_str()).to_owned(), PermissionSet::EMPTY)
    };
    Ok(Preview {
        team: team.map_or_else(String::new, |team| team.name.as_str().to_owned()),
        role_title,
        permissions: config.policy.codes(permissions).into_iter().map(str::to_owned).collect(),
        inviter: inviter.map_or_else(String::new, |user| user.name.as_str().to_owned()),
        email_hint: invitation.email.masked(),
        email: (link.proof && link.version == invitation.link_version).then(|| invitation.email.as_str().to_owned()),
        state,
        expires_at: invitation.expires_at,
        role: invitation.role,
    })
}

/// The team, if the invitation waits for an answer by this link.
fn ensure_open(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    invitation: &Invitation,
    link: OpenedLink,
) -> Result<Account, DecisionError> {
    match state_for(invitation, link, ctx.now) {
        InvitationState::Pending => {}
        InvitationState::Expired => return Err(Denial::InvitationExpired.into()),
        InvitationState::Revoked => return Err(Denial::InvitationRevoked.into()),
        InvitationState::Accepted | InvitationState::Declined => return Err(Denial::InvitationUsed.into()),
    }
    let account = snapshot.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
    if account.kind != AccountKind::Team {
        return Err(Denial::InvitationRevoked.into());
    }
    Ok(account)
}

/// Refuses unless the inviter may still grant what the invitation grants (no-escalation).
fn ensure_inviter_may_grant(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: &Account,
    invitation: &Invitation,
) -> Result<(), DecisionError> {
    let granted = role_permissions(snapshot, config, account.id, &invitation.role)?;
    let inviter = effective_permissions(snapshot, config, account, invitation.invited_by)?;
    let may = match (granted, inviter) {
        (Some(granted), Some((_, rights))) => rights.contains(config.members_invite) && granted.is_subset(rights),
        _ => false,
    };
    if may { Ok(()) } else { Err(Denial::InviterLacksPermission.into()) }
}

/// The effects and the event of `user` taking an open invitation; used for users who exist and for one who is just being made.
pub(super) fn join(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: OpenedLink,
    invitation: &Invitation,
    user: &User,
) -> Result<(Vec<Effect>, NewEvent, AccountWithRole), DecisionError> {
    let account = ensure_open(snapshot, ctx, invitation, link)?;
    ensure_inviter_may_grant(snapshot, config, &account, invitation)?;
    snapshot.check_quota(account.members, MEMBERS_MAX, "members", Precondition::MembersBelowCap(account.id))?;
    let member = Membership { account: account.id, user: user.id, role: invitation.role.clone(), joined_at: ctx.now };
    let effects =
        vec![Effect::CloseInvitation(invitation.id, InvitationState::Accepted, Some(user.id), ctx.now), Effect::InsertMember(member)];
    let data = Data::none().with("user", user.id).with("email", invitation.email.as_str()).with("role", &invitation.role);
    let event = ctx.event(account.id, user, "invitation.accept", Resource::new("invitation", invitation.id), data);
    let output = AccountWithRole {
        account: Account { members: account.members + 1, version: account.version + 1, ..account },
        role: invitation.role.clone(),
    };
    Ok((effects, event, output))
}

/// Joins the team. INVARIANT (single-use): one acceptance, ever; by the same user again it is the same success.
pub fn accept(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: Option<OpenedLink>,
) -> Result<Decision<Joined>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let link = link.ok_or(Denial::InvitationNotFound)?;
    let invitation = find_invitation(snapshot, link)?;
    if invitation.email != caller.user.email {
        return Err(Denial::InvitationEmailMismatch.into());
    }
    if invitation.stored == InvitationState::Accepted && invitation.closed_by == Some(caller.user.id) {
        let member = snapshot.member(invitation.account, caller.user.id)?.ok_or(Denial::InvitationUsed)?;
        let account = snapshot.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
        let account = AccountWithRole { account, role: member.role };
        return Ok(unchanged(snapshot, Joined { user: caller.user, account }));
    }
    ensure_open(snapshot, ctx, &invitation, link)?;
    if snapshot.member(invitation.account, caller.user.id)?.is_some() {
        return Err(Denial::AlreadyMember.into());
    }
    let (mut effects, event, account) = join(snapshot, config, ctx, link, &invitation, &caller.user)?;
    effects.push(Effect::SetActiveAccount(caller.user.id, invitation.account));
    let user = User { active_account: invitation.account, ..caller.user };
    Ok(changed(snapshot, effects, vec![event], Joined { user, account }))
}

/// Refuses the invitation: signed in with the invited email, or by the proof in the mail. Refused before: the same success.
pub fn decline(snapshot: &TrackedSnapshot, ctx: &DecisionContext, link: Option<OpenedLink>) -> Result<Decision<()>, DecisionError> {
    let proof = link.is_some_and(|link| link.proof);
    let caller = if proof { snapshot.caller(ctx.now).ok() } else { Some(snapshot.caller(ctx.now)?) };
    let link = link.ok_or(Denial::InvitationNotFound)?;
    let invitation = find_invitation(snapshot, link)?;
    let decliner = caller.filter(|caller| caller.user.email == invitation.email);
    if decliner.is_none() && !link.proof {
        return Err(Denial::InvitationEmailMismatch.into());
    }
    if invitation.stored == InvitationState::Declined {
        return Ok(unchanged(snapshot, ()));
    }
    ensure_open(snapshot, ctx, &invitation, link)?;
    let resource = Resource::new("invitation", invitation.id);
    let data = Data::none().with("email", invitation.email.as_str());
    let by = decliner.as_ref().map(|caller| caller.user.id);
    let event = match decliner {
        Some(caller) => ctx.event(invitation.account, &caller.user, "invitation.decline", resource, data),
        None => {
            let invitee = Actor::Invitee(invitation.id, invitation.email.clone());
            ctx.event_by(invitation.account, invitee, "invitation.decline", resource, data)
        }
    };
    let effect = Effect::CloseInvitation(invitation.id, InvitationState::Declined, by, ctx.now);
    Ok(changed(snapshot, vec![effect], vec![event], ()))
}

/// The name that a person gets who gave none: the part of their email before the `@`.
pub(super) fn name_from_email(email: &crate::domain::email::Email) -> Name {
    Name::parse(email.local_part(), "/name").unwrap_or_else(|_| Name::restore("New user".to_owned()))
}

/// Permission codes of a stored list that the policy still knows, in its order.
pub(super) fn codes_in_order(config: &PolicyConfig, codes: &[String]) -> Vec<String> {
    config.policy.codes(permission_set_from_codes(config, codes)).into_iter().map(str::to_owned).collect()
}
