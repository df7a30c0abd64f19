//! New sessions: what sign-in, sign-up and email verification have in common.

use super::accounts::AccountWithRole;
use super::joining::UserWithAccount;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::change::Effect;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Inputs of a new session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSession {
    /// Hash of the session token.
    pub token: SecretHash,
    /// `User-Agent` of the request, cut to a bounded length.
    pub user_agent: String,
}

/// Output of a sign-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// The user, with their active account.
    pub joined: UserWithAccount,
    /// The stored password hash, which the device cookie is bound to; None of a user without a password, or who used another way.
    pub password: Option<PasswordHash>,
}

/// A user who signs in, with their active account.
///
/// # Errors
///
/// [`Denial::AccountNotFound`] if the active account is not the user's.
pub(super) fn in_active_account(snapshot: &TrackedSnapshot, user: User) -> Result<UserWithAccount, DecisionError> {
    let account = snapshot.account(user.active_account)?.ok_or(Denial::AccountNotFound)?;
    let member = snapshot.member(account.id, user.id)?.ok_or(Denial::AccountNotFound)?;
    Ok(UserWithAccount { user, account: AccountWithRole { account, role: member.role } })
}

/// A session of a user that begins now, by this method.
pub(super) fn new_session(ctx: &DecisionContext, user: UserId, browser: &NewSession, method: AuthMethod) -> Session {
    new_session_with(ctx, user, browser, Authentication::by(method, ctx.now))
}

/// A session of a user that begins now, with this authentication.
pub(super) fn new_session_with(ctx: &DecisionContext, user: UserId, browser: &NewSession, authentication: Authentication) -> Session {
    Session {
        id: SessionId::new(ctx.now, ctx.id_bytes()),
        user,
        token: browser.token.clone(),
        user_agent: browser.user_agent.clone(),
        created_at: ctx.now,
        last_seen_at: ctx.now,
        authentication,
    }
}

/// The end of the session that the request was sent with, where the new one replaces it in the same browser.
pub(super) fn end_replaced_session(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Option<Effect> {
    snapshot.caller(ctx.now).ok().map(|old| Effect::EndSession(old.session.id))
}
