//! Sign-in, sign-out, and ending a session.

use super::accounts::AccountWithRole;
use super::joining::UserWithAccount;
use super::password::set_password;
use super::session_start::{NewSession, SignedIn, end_replaced_session, new_session};
use super::{changed, unchanged};
use crate::credential::device_cookie;
use crate::credential::lockout::{self, CounterKeys};
use crate::credential::password::{self, Pepper, Verification};
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::id::SessionId;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::secret_hashes::PasswordHash;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use core::cell::RefCell;

/// Input of [`sign_in`].
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Email of the user.
    pub email: &'a Email,
    /// Password as typed.
    pub password: &'a str,
    /// Pepper of the deployment, if it has one.
    pub pepper: Option<&'a Pepper>,
    /// Keys of the device cookies.
    pub keys: &'a Keyring,
    /// Device cookie of the request.
    pub device: Option<&'a str>,
    /// Client network, by which a browser without a valid device cookie is counted.
    pub network: &'a str,
    /// Inputs of the new session.
    pub browser: &'a NewSession,
    /// Result of the verification, kept for a repeated decision: hashing is slow on purpose.
    pub verification_cache: &'a RefCell<Option<(Option<PasswordHash>, Verification)>>,
}

/// Signs in, or counts the failure. Both are changes that commit; the inner result is the response.
///
/// An unknown email costs the same work as a wrong password and gets the same response (ASVS 5.0 6.3.8).
///
/// # Errors
///
/// [`Denial::TooManyAttempts`] during a lockout, before the password is verified; [`Denial::AccountNotFound`] if the
/// active account is not the user's.
pub fn sign_in(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: &SignIn<'_>,
) -> Result<Decision<Result<SignedIn, Denial>>, DecisionError> {
    let found = snapshot.user_with_password(input.email)?;
    let hash = found.as_ref().map(|(_, stored)| &stored.hash);
    let known = input.device.and_then(|token| device_cookie::decode(input.keys, input.email, hash, token));
    let counters = known.map_or_else(|| CounterKeys::for_email(input.email, input.network), CounterKeys::for_device);
    let (backoff, cap) = (snapshot.attempts(&counters.backoff)?, snapshot.attempts(&counters.cap)?);
    for (kind, attempts) in [(lockout::CounterKind::Backoff, &backoff), (lockout::CounterKind::Cap, &cap)] {
        if let Some(attempts) = attempts
            && let Err(wait) = lockout::check(kind, attempts, ctx.now)
        {
            return Err(Denial::TooManyAttempts { retry_after: wait.seconds() }.into());
        }
    }
    let verification = verify_password(input, hash);
    // A success and a failure both depend on the count of failures: concurrent guesses are decided as if sent one by one.
    snapshot.require_failures_at_most(&counters.backoff, backoff.as_ref().map_or(0, |attempts| attempts.failures));
    snapshot.require_failures_at_most(&counters.cap, lockout::FAILURES_MAX - 1);
    let (user, password, rehash) = match (found, verification) {
        // A password that was chosen before a restore counts as wrong, after the same work.
        (Some((_, stored)), _) if stored.epoch != ctx.epoch => return Ok(failure(snapshot, ctx, &counters)),
        (Some((user, stored)), Verification::Right) => (user, stored.hash, false),
        (Some((user, stored)), Verification::RightButRehash) => (user, stored.hash, true),
        _ => return Ok(failure(snapshot, ctx, &counters)),
    };
    let mut effects: Vec<Effect> = end_replaced_session(snapshot, ctx).into_iter().collect();
    effects.extend(backoff.map(|_| Effect::ClearFailures(counters.backoff)));
    effects.extend(cap.map(|_| Effect::ClearFailures(counters.cap)));
    if rehash {
        let rehashed = password::rehash(input.password, &password, ctx.salt(), input.pepper);
        effects.push(set_password(ctx, user.id, rehashed));
    }
    let account = snapshot.account(user.active_account)?.ok_or(Denial::AccountNotFound)?;
    let member = snapshot.member(account.id, user.id)?.ok_or(Denial::AccountNotFound)?;
    effects.push(Effect::InsertSession(new_session(ctx, user.id, input.browser)));
    let joined = UserWithAccount { user, account: AccountWithRole { account, role: member.role } };
    Ok(changed(snapshot, effects, Vec::new(), Ok(SignedIn { joined, password })))
}

/// Verifies the password against the stored hash, or does the same work without one.
fn verify_password(input: &SignIn<'_>, hash: Option<&PasswordHash>) -> Verification {
    if let Some((_, verification)) =
        input.verification_cache.borrow().as_ref().filter(|(verification_cache, _)| verification_cache.as_ref() == hash)
    {
        return *verification;
    }
    let verification = match hash {
        Some(hash) => password::verify(input.password, hash, input.pepper),
        None => {
            password::dummy_verify(input.password);
            Verification::Wrong
        }
    };
    input.verification_cache.replace(Some((hash.cloned(), verification)));
    verification
}

fn failure(snapshot: &TrackedSnapshot, ctx: &DecisionContext, counters: &CounterKeys) -> Decision<Result<SignedIn, Denial>> {
    let effects = counters.both().map(|key| Effect::CountFailure(key, ctx.now));
    changed(snapshot, effects.to_vec(), Vec::new(), Err(sign_in_denial(ctx.epoch)))
}

/// Denial of every failed sign-in. After a restore it asks everybody to reset the password, so that it does not tell whose
/// password was chosen before.
pub fn sign_in_denial(epoch: RestoreEpoch) -> Denial {
    if epoch.is_restored() { Denial::CredentialsOutdated } else { Denial::CredentialsInvalid }
}

/// Ends one of the caller's sessions.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`], [`Denial::SessionNotFound`], in this order.
pub fn end(snapshot: &TrackedSnapshot, ctx: &DecisionContext, id: Option<SessionId>) -> Result<Decision<()>, DecisionError> {
    snapshot.caller(ctx.now)?;
    let id = id.ok_or(Denial::SessionNotFound)?;
    snapshot.caller_session(id)?.ok_or(Denial::SessionNotFound)?;
    Ok(changed(snapshot, vec![Effect::EndSession(id)], Vec::new(), ()))
}

/// Signs out. Without a live session it succeeds and changes nothing.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub fn sign_out(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<Decision<()>, DecisionError> {
    match snapshot.caller(ctx.now) {
        Ok(caller) => {
            snapshot.take_preconditions();
            Ok(changed(snapshot, vec![Effect::EndSession(caller.session.id)], Vec::new(), ()))
        }
        Err(DecisionError::NotLoaded(lookup)) => Err(DecisionError::NotLoaded(lookup)),
        Err(_) => Ok(unchanged(snapshot, ())),
    }
}

#[cfg(test)]
mod tests;
