//! New sessions: what sign-in, sign-up and email verification have in common.
//!
//! INVARIANT (second-factor-gate): a session begins in `start_session` and nowhere else, so that no way to sign in passes by the second
//! factor of a user who has one.

use super::accounts::AccountWithRole;
use super::joining::UserWithAccount;
use crate::credential::password::password_change_id;
use crate::credential::pending_sign_in::PendingSignIn;
use crate::domain::authentication::{AssuranceLevel, Authentication};
use crate::domain::id::{SessionId, UserId};
use crate::domain::passkey::ChallengeId;
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
    /// Whether the deployment offers passkeys, which can be a second factor.
    pub passkeys: bool,
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

/// Starts a session of a user with this authentication, by effects that are added to those of the change, and ends the session that it
/// replaces in the same browser. Where the user has a second factor and the authentication is of one, nothing is added, and the denial
/// that asks for the second factor is the output of the change, which commits.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`], unless the authentication is of two factors or the change itself creates the user.
pub(super) fn start_session(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    effects: &mut Vec<Effect>,
    user: UserId,
    browser: &NewSession,
    authentication: Authentication,
) -> Result<Result<(), Denial>, DecisionError> {
    let is_new = effects.iter().any(|effect| matches!(effect, Effect::InsertUser(new) if new.id == user));
    if authentication.level == AssuranceLevel::One && !is_new {
        let factors = snapshot.second_factors(user)?;
        if let Some(totp) = factors.confirmed_totp() {
            // The key that was the first factor is not the second too.
            let offers_passkey = browser.passkeys && !authentication.methods.iter().any(|method| method.is_key());
            let pending = PendingSignIn {
                user,
                totp: totp.id,
                password: factors.password.as_ref().map(password_change_id),
                methods: authentication.methods,
                at: authentication.at,
                id: ChallengeId::from_bytes(ctx.salt()),
                usable: factors.usable(ctx.epoch, offers_passkey),
            };
            // One factor connects nobody: the next sign-in finds the mailbox again.
            effects.retain(|effect| !matches!(effect, Effect::InsertProviderIdentity(_) | Effect::ReconnectProvider(..)));
            return Ok(Err(Denial::SecondFactorRequired(Box::new(pending))));
        }
    }
    effects.extend(end_replaced_session(snapshot, ctx));
    effects.push(Effect::InsertSession(new_session(ctx, user, browser, authentication)));
    Ok(Ok(()))
}

/// A session of a user that begins now, with this authentication.
fn new_session(ctx: &DecisionContext, user: UserId, browser: &NewSession, authentication: Authentication) -> Session {
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
fn end_replaced_session(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Option<Effect> {
    snapshot.caller(ctx.now).ok().map(|old| Effect::EndSession(old.session.id))
}

#[cfg(test)]
mod tests;
