//! Sign-in, sign-out, and ending a session.

use super::password::{TypedPassword, set_password};
use super::session_start::{NewSession, SignedIn, in_active_account, start_session};
use super::throttle::Throttle;
use super::{changed, unchanged};
use crate::credential::device_cookie;
use crate::credential::lockout::CounterKeys;
use crate::credential::password::{self, Verification};
use crate::credential::secret::Keyring;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::email::Email;
use crate::domain::id::SessionId;
use crate::domain::identity::IdentityKind;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Input of [`sign_in`].
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Email of the user.
    pub email: &'a Email,
    /// Password of the request.
    pub typed: TypedPassword<'a>,
    /// Keys of the device cookies.
    pub keys: &'a Keyring,
    /// Device cookie of the request.
    pub device: Option<&'a str>,
    /// Client network, by which a browser without a valid device cookie is counted.
    pub network: &'a str,
    /// Inputs of the new session.
    pub browser: &'a NewSession,
}

/// Signs in, or counts the failure. Both are changes that commit; the inner result is the response, also where a second factor is asked
/// for.
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
    let throttle = Throttle::check(snapshot, ctx.now, counters)?;
    let verification = input.typed.verify(hash);
    // A password that was chosen before a restore counts as wrong, after the same work.
    let (user, stored) = match found.filter(|(_, stored)| stored.epoch == ctx.epoch) {
        Some(found) if verification != Verification::Wrong => found,
        _ => return Ok(changed(snapshot, throttle.failed(ctx.now), Vec::new(), Err(sign_in_denial(ctx.epoch)))),
    };
    let mut effects = throttle.succeeded();
    if verification == Verification::RightButRehash {
        let rehashed = password::rehash(input.typed.password, &stored.hash, ctx.salt(), input.typed.pepper);
        effects.push(set_password(ctx, user.id, rehashed));
    }
    let joined = in_active_account(snapshot, user)?;
    let user = &joined.user;
    effects.push(Effect::UseIdentity(user.id, IdentityKind::Password, ctx.now));
    let started = start_session(snapshot, ctx, &mut effects, user.id, input.browser, Authentication::by(AuthMethod::Password, ctx.now))?;
    let signed_in = started.map(|()| SignedIn { joined, password: Some(stored.hash) });
    Ok(changed(snapshot, effects, Vec::new(), signed_in))
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
