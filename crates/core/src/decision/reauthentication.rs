//! Re-authentication: the user of a session proves again who they are, for what asks for a recent authentication.
//!
//! The session gets a new token (ASVS 5.0 7.2.4), so whoever else has the old one gains nothing.

use super::changed;
use super::password::TypedPassword;
use super::sessions::sign_in_denial;
use super::throttle::Throttle;
use crate::credential::lockout::CounterKeys;
use crate::credential::password::Verification;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::identity::IdentityKind;
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Re-authenticates the caller with their password, or counts the failure. Both are changes that commit; the inner result is the
/// response. Failures are counted by session: guesses in one lock nobody out elsewhere.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`], then [`Denial::TooManyAttempts`] during a lockout, before the password is
/// verified.
pub fn by_password(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    typed: TypedPassword<'_>,
    counters: CounterKeys,
    token: &SecretHash,
) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let stored = snapshot.caller_password(&caller.user)?;
    let throttle = Throttle::check(snapshot, ctx.now, counters)?;
    let verification = typed.verify(stored.as_ref().map(|stored| &stored.hash));
    if verification == Verification::Wrong || stored.is_none_or(|stored| stored.epoch != ctx.epoch) {
        return Ok(changed(snapshot, throttle.failed(ctx.now), Vec::new(), Err(sign_in_denial(ctx.epoch))));
    }
    let session = renewed(snapshot, caller.session, token, Authentication::by(AuthMethod::Password, ctx.now));
    let mut effects = throttle.succeeded();
    effects.push(Effect::UseIdentity(session.user, IdentityKind::Password, ctx.now));
    effects.push(Effect::RenewSession(session.clone()));
    Ok(changed(snapshot, effects, Vec::new(), Ok(session)))
}

/// A session with a new token after an authentication. Of several at once, one counts.
pub(super) fn renewed(snapshot: &TrackedSnapshot, session: Session, token: &SecretHash, authentication: Authentication) -> Session {
    snapshot.require_session_token(&session);
    Session { token: token.clone(), last_seen_at: authentication.at, authentication, ..session }
}

#[cfg(test)]
mod tests;
