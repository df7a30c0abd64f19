//! Invitations, as the invited person answers them: preview, accept, decline.
//!
//! The token of the link is verified before; for a forged token the link is None.

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
use crate::transaction::audit_event::{EventData, NewEvent, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::precondition::Precondition;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::PermissionSet;

/// Claims of a verified invitation link.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct InvitationLinkClaims {
    /// The invitation.
    pub invitation: InvitationId,
    /// Link version that the token was issued for.
    pub version: u32,
    /// Whether the request carries the proof from the mail, which shows that the caller reads the invited mailbox.
    pub proof: bool,
}

/// Output of [`preview`]: what the holder of a link may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// Name of the team; empty where the account is no team any more.
    pub team: String,
    /// The offered role.
    pub role: RoleCode,
    /// Title of the role; the code of a custom role whose invitation has ended.
    pub role_title: String,
    /// Permission codes of the role; none once the invitation has ended.
    pub permissions: Vec<String>,
    /// Name of the inviter.
    pub inviter: String,
    /// Masked email of the invitation.
    pub email_hint: String,
    /// Email of the invitation, for the holder of the proof from the mail only.
    pub email: Option<String>,
    /// State of the invitation for this link.
    pub state: InvitationState,
    /// End of the invitation's lifetime.
    pub expires_at: Option<Timestamp>,
}

/// Output of an accepted invitation: the user and the account that they joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserWithAccount {
    /// The new member.
    pub user: User,
    /// The account with the role of the user.
    pub account: AccountWithRole,
}

fn find_invitation(snapshot: &TrackedSnapshot, link: InvitationLinkClaims) -> Result<Invitation, DecisionError> {
    Ok(snapshot.invitation(link.invitation)?.ok_or(Denial::InvitationNotFound)?)
}

/// State of an invitation for a link: a replaced link counts as revoked while the invitation is pending.
fn state_for(invitation: &Invitation, link: InvitationLinkClaims, now: Timestamp) -> InvitationState {
    match invitation.state(now) {
        InvitationState::Pending | InvitationState::Expired if invitation.link_version != link.version => InvitationState::Revoked,
        state => state,
    }
}

/// Previews an invitation for the holder of its link, signed in or not. Changes nothing.
///
/// # Errors
///
/// [`Denial::InvitationNotFound`] if there is no such invitation.
pub fn preview(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: InvitationLinkClaims,
) -> Result<Preview, DecisionError> {
    let invitation = find_invitation(snapshot, link)?;
    let account = snapshot.account(invitation.account)?.ok_or(Denial::InvitationNotFound)?;
    // A deleted team has its owner's name, which holders of an old link must not see.
    let team = Some(&account).filter(|account| account.kind == AccountKind::Team);
    let inviter = snapshot.untracked_user(invitation.invited_by)?;
    let state = state_for(&invitation, link, ctx.now);
    // A pending invitation keeps its role from being deleted; after its end the code can name another role.
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

/// The team of an invitation that is pending for this link.
fn ensure_open(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    invitation: &Invitation,
    link: InvitationLinkClaims,
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

/// Checks that the inviter may still grant what the invitation grants (no-escalation).
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

/// Effects and event of a user who accepts a pending invitation; the user may be created by the same change.
pub(super) fn join(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: InvitationLinkClaims,
    invitation: &Invitation,
    user: &User,
) -> Result<(Vec<Effect>, NewEvent, AccountWithRole), DecisionError> {
    let account = ensure_open(snapshot, ctx, invitation, link)?;
    ensure_inviter_may_grant(snapshot, config, &account, invitation)?;
    snapshot.check_cap(account.members, MEMBERS_MAX, "members", Precondition::MembersBelowCap(account.id))?;
    let member = Membership { account: account.id, user: user.id, role: invitation.role.clone(), joined_at: ctx.now };
    let effects =
        vec![Effect::CloseInvitation(invitation.id, InvitationState::Accepted, Some(user.id), ctx.now), Effect::InsertMember(member)];
    let data = EventData::none().with("user", user.id).with_email("email", &invitation.email).with("role", &invitation.role);
    let event = ctx.event(account.id, user, "invitation.accept", Resource::new("invitation", invitation.id), data);
    let output = AccountWithRole {
        account: Account { members: account.members + 1, version: account.version + 1, ..account },
        role: invitation.role.clone(),
    };
    Ok((effects, event, output))
}

/// Accepts an invitation: the caller joins the team and acts in it from now on.
///
/// INVARIANT (single-use): an invitation is accepted at most once. The same user accepting again succeeds and changes nothing.
///
/// # Errors
///
/// In this order: [`Denial::SessionMissing`], [`Denial::SessionExpired`], [`Denial::InvitationNotFound`],
/// [`Denial::InvitationEmailMismatch`]; [`Denial::InvitationExpired`], [`Denial::InvitationRevoked`] or
/// [`Denial::InvitationUsed`] by its state; [`Denial::AlreadyMember`], [`Denial::InviterLacksPermission`],
/// [`Denial::LimitReached`].
pub fn accept(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: Option<InvitationLinkClaims>,
) -> Result<Decision<UserWithAccount>, DecisionError> {
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
        return Ok(unchanged(snapshot, UserWithAccount { user: caller.user, account }));
    }
    ensure_open(snapshot, ctx, &invitation, link)?;
    if snapshot.member(invitation.account, caller.user.id)?.is_some() {
        return Err(Denial::AlreadyMember.into());
    }
    let (mut effects, event, account) = join(snapshot, config, ctx, link, &invitation, &caller.user)?;
    effects.push(Effect::SetActiveAccount(caller.user.id, invitation.account));
    let user = User { active_account: invitation.account, ..caller.user };
    Ok(changed(snapshot, effects, vec![event], UserWithAccount { user, account }))
}

/// Declines an invitation: as the signed-in user with the invited email, or by the proof from the mail. Declining again succeeds
/// and changes nothing.
///
/// # Errors
///
/// In this order: [`Denial::SessionMissing`] or [`Denial::SessionExpired`] without the proof,
/// [`Denial::InvitationNotFound`], [`Denial::InvitationEmailMismatch`]; [`Denial::InvitationExpired`],
/// [`Denial::InvitationRevoked`] or [`Denial::InvitationUsed`] by its state.
pub fn decline(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    link: Option<InvitationLinkClaims>,
) -> Result<Decision<()>, DecisionError> {
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
    let data = EventData::none().with_email("email", &invitation.email);
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

/// Default name of a user: the local part of their email.
pub(super) fn name_from_email(email: &crate::domain::email::Email) -> Name {
    Name::parse(email.local_part(), "/name").unwrap_or_else(|_| Name::restore("New user".to_owned()))
}

/// The stored permission codes that the policy has, in the policy's order.
pub(super) fn codes_in_order(config: &PolicyConfig, codes: &[String]) -> Vec<String> {
    config.policy.codes(permission_set_from_codes(config, codes)).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
