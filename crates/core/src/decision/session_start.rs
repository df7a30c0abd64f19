//! New sessions: what sign-in, sign-up and email verification have in common.

use super::joining::UserWithAccount;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::session::Session;
use crate::transaction::change::Effect;
use crate::transaction::context::DecisionContext;
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
    /// The stored password hash, which the device cookie is bound to.
    pub password: PasswordHash,
}

/// A session of a user that begins now.
pub(super) fn new_session(ctx: &DecisionContext, user: UserId, browser: &NewSession) -> Session {
    Session {
        id: SessionId::new(ctx.now, ctx.id_bytes()),
        user,
        token: browser.token.clone(),
        user_agent: browser.user_agent.clone(),
        created_at: ctx.now,
        last_seen_at: ctx.now,
    }
}

/// The end of the session that the request was sent with, where the new one replaces it in the same browser.
pub(super) fn end_replaced_session(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Option<Effect> {
    snapshot.caller(ctx.now).ok().map(|old| Effect::EndSession(old.session.id))
}
