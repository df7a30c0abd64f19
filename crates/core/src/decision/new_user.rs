//! New users: what sign-up, email verification and the first sign-in by a provider have in common.

use super::accounts::{AccountWithRole, account_created, personal_account};
use super::joining::{InvitationLinkClaims, UserWithAccount, join, name_from_email};
use super::password::{set_mailbox, set_password};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::activity_counts::RecentActivity;
use crate::domain::email::Email;
use crate::domain::id::UserId;
use crate::domain::name::Name;
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::user::User;
use crate::transaction::audit_event::NewEvent;
use crate::transaction::change::Effect;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// A user whose mailbox is proven (verified-email).
#[derive(Clone, Debug)]
pub(super) struct Newcomer<'a> {
    /// Proven email, which is nobody's.
    pub(super) email: &'a Email,
    /// Display name; None: the local part of the email.
    pub(super) name: Option<Name>,
    /// Hash of the password; None: the user signs in in other ways.
    pub(super) password: Option<&'a PasswordHash>,
}

/// A new user with the account in which they act, and what creates them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct NewUser {
    pub(super) joined: UserWithAccount,
    pub(super) effects: Vec<Effect>,
    pub(super) events: Vec<NewEvent>,
}

/// A new user with their personal account.
pub(super) fn new_user(ctx: &DecisionContext, newcomer: Newcomer<'_>) -> NewUser {
    let Newcomer { email, name, password } = newcomer;
    let name = name.unwrap_or_else(|| name_from_email(email));
    let id = UserId::new(ctx.now, ctx.id_bytes());
    let (account, member) = personal_account(ctx, id, &name);
    let user = User { id, email: email.clone(), name, active_account: account.id, created_at: ctx.now, recent: RecentActivity::default() };
    let created = account_created(ctx, &account, &user);
    let in_account = AccountWithRole { account: account.clone(), role: member.role.clone() };
    let mut effects = vec![Effect::InsertUser(user.clone()), set_mailbox(ctx, id)];
    effects.extend(password.map(|hash| set_password(ctx, id, hash.clone())));
    effects.extend([Effect::InsertAccount(account), Effect::InsertMember(member), Effect::CloseSignups(email.clone())]);
    NewUser { joined: UserWithAccount { user, account: in_account }, effects, events: vec![created] }
}

/// A new user who joins the team of an invitation and acts in it. None if the invitation is for another email or cannot be accepted:
/// an invitation keeps nobody from becoming a user.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub(super) fn new_member(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    newcomer: Newcomer<'_>,
    link: InvitationLinkClaims,
) -> Result<Option<NewUser>, DecisionError> {
    let Some(invitation) = snapshot.invitation(link.invitation)?.filter(|found| found.email == *newcomer.email) else {
        return Ok(None);
    };
    let NewUser { joined: UserWithAccount { mut user, .. }, mut effects, mut events } = new_user(ctx, newcomer);
    let (joining, joined, account) = match join(snapshot, config, ctx, link, &invitation, &user) {
        Ok(joined) => joined,
        Err(DecisionError::NotLoaded(lookup)) => return Err(DecisionError::NotLoaded(lookup)),
        Err(DecisionError::Denied(_) | DecisionError::Invalid(_)) => return Ok(None),
    };
    user.active_account = invitation.account;
    if let Some(Effect::InsertUser(inserted)) = effects.first_mut() {
        inserted.active_account = invitation.account;
    }
    effects.extend(joining);
    events.push(joined);
    Ok(Some(NewUser { joined: UserWithAccount { user, account }, effects, events }))
}
