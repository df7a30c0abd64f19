//! The second factor of a sign-in, and re-authentication by it.
//!
//! Wrong codes of a sign-in are counted by user: a code of an authenticator app has 20 bits, from whatever network it is tried. Whoever can
//! try one has proven the first factor, so nobody else locks a user out. Those of a re-authentication are counted by session, so that
//! guesses with a stolen session lock its user out of no other.

use super::passkey_sign_in::{AssertionInput, INVALID, authenticate};
use super::reauthentication::renewed;
use super::session_start::{NewSession, SignedIn, in_active_account, start_session};
use super::throttle::Throttle;
use super::{changed, unchanged};
use crate::credential::lockout::CounterKeys;
use crate::credential::pending_sign_in::PendingSignIn;
use crate::credential::recovery_code::RecoveryCode;
use crate::credential::secret::Keyring;
use crate::credential::totp::{self, TotpSecret};
use crate::credential::webauthn::assertion::UserHandlePolicy;
use crate::domain::authentication::{AssuranceLevel, AuthMethod, Authentication};
use crate::domain::id::{MailId, UserId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::second_factor::{RecoveryCodes, SecondFactors, Totp, TotpUse};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// A typed code that proves a second factor.
#[derive(Copy, Clone, Debug)]
pub enum TypedSecondFactor<'a> {
    /// Code of an authenticator app, as typed.
    Totp(&'a str),
    /// Recovery code, as typed.
    RecoveryCode(&'a str),
}

impl TypedSecondFactor<'_> {
    /// Counters of wrong codes of a sign-in.
    fn counters(self, user: UserId) -> CounterKeys {
        match self {
            TypedSecondFactor::Totp(_) => CounterKeys::for_totp(user),
            TypedSecondFactor::RecoveryCode(_) => CounterKeys::for_recovery_codes(user),
        }
    }
}

/// What proves the second factor of a sign-in.
#[derive(Copy, Clone, Debug)]
pub enum SecondFactorProof<'a> {
    /// A typed code.
    Typed(TypedSecondFactor<'a>),
    /// A passkey of the user, with or without verification of the user.
    Passkey(AssertionInput<'a>),
}

/// Result of a typed code: the methods and effects of a right one, or what counts the wrong one.
pub(super) type Checked = Result<(Vec<AuthMethod>, Vec<Effect>), Vec<Effect>>;

/// Finishes a sign-in with the second factor, or counts the wrong code. Both are changes that commit; the inner result is the response.
/// The sign-in that waited is spent by its success alone.
///
/// # Errors
///
/// [`Denial::SecondFactorExpired`] if no sign-in waits, or it is void; [`Denial::TooManyAttempts`] during a lockout, before the code is
/// verified; [`Denial::PasskeyInvalid`]; [`Denial::AccountNotFound`] if the active account is not the user's.
pub fn finish(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    keys: &Keyring,
    pending: Option<&PendingSignIn>,
    proof: SecondFactorProof<'_>,
    browser: &NewSession,
) -> Result<Decision<Result<SignedIn, Denial>>, DecisionError> {
    let pending = pending.ok_or(Denial::SecondFactorExpired)?;
    if snapshot.fact(Fact::challenge_spent(pending.id.clone()))? {
        return Err(Denial::SecondFactorExpired.into());
    }
    let user = snapshot.untracked_user(pending.user)?.ok_or(Denial::SecondFactorExpired)?.clone();
    let factors = snapshot.second_factors(user.id)?;
    snapshot.require_password(&user, factors);
    if !pending.is_of(factors) {
        return Err(Denial::SecondFactorExpired.into());
    }
    let checked = match proof {
        SecondFactorProof::Typed(typed) => check(snapshot, ctx, keys, (&user, typed.counters(user.id)), factors, typed)?,
        SecondFactorProof::Passkey(input) => {
            let (passkey, authentication, effects) = authenticate(snapshot, ctx, input, UserHandlePolicy::Optional)?;
            // A key that was the first factor is not the second too, unless it now verifies its user.
            let is_another = authentication.level == AssuranceLevel::Two || !pending.methods.iter().any(|method| method.is_key());
            if passkey.user != user.id || !is_another {
                return Err(INVALID.into());
            }
            Ok((authentication.methods, effects))
        }
    };
    let (methods, mut effects) = match checked {
        Ok(right) => right,
        Err(effects) => return Ok(changed(snapshot, effects, Vec::new(), Err(Denial::CodeInvalid))),
    };
    effects.push(Effect::SpendChallenge(pending.id.clone(), pending.expires_at()));
    let password = factors.password.clone().filter(|_| pending.methods.contains(&AuthMethod::Password));
    let joined = in_active_account(snapshot, user)?;
    let authentication = Authentication::with_second_factor(&pending.methods, &methods, ctx.now);
    let started = start_session(snapshot, ctx, &mut effects, pending.user, browser, authentication)?;
    Ok(changed(snapshot, effects, Vec::new(), started.map(|()| SignedIn { joined, password })))
}

/// Re-authenticates the caller with a code, or counts the wrong one. Together with the first factor of the session it is two factors.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`], then [`Denial::TooManyAttempts`] during a lockout, before the code is
/// verified.
pub fn reauthenticate(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    keys: &Keyring,
    (typed, counters): (TypedSecondFactor<'_>, &CounterKeys),
    token: &SecretHash,
) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let factors = snapshot.second_factors(caller.user.id)?;
    if factors.confirmed_totp().is_none() {
        return Ok(unchanged(snapshot, Err(Denial::CodeInvalid)));
    }
    let (methods, mut effects) = match check(snapshot, ctx, keys, (&caller.user, counters.clone()), factors, typed)? {
        Ok(right) => right,
        Err(effects) => return Ok(changed(snapshot, effects, Vec::new(), Err(Denial::CodeInvalid))),
    };
    let session = stepped_up(snapshot, ctx, caller.session, &methods, token);
    effects.push(Effect::RenewSession(session.clone()));
    Ok(changed(snapshot, effects, Vec::new(), Ok(session)))
}

/// A session whose user proved a second factor, beside the first factor of the session.
pub(super) fn stepped_up(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    session: Session,
    methods: &[AuthMethod],
    token: &SecretHash,
) -> Session {
    let authentication = Authentication::with_second_factor(&session.authentication.first_factors(), methods, ctx.now);
    renewed(snapshot, session, token, authentication)
}

/// Verifies a typed code of a user.
fn check(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    keys: &Keyring,
    (user, counters): (&User, CounterKeys),
    factors: &SecondFactors,
    typed: TypedSecondFactor<'_>,
) -> Result<Checked, DecisionError> {
    let throttle = Throttle::check(snapshot, ctx.now, counters)?;
    match typed {
        TypedSecondFactor::Totp(code) => check_totp(snapshot, ctx, keys, factors.confirmed_totp(), (user, code, throttle)),
        TypedSecondFactor::RecoveryCode(code) => {
            check_recovery_code(snapshot, ctx, keys, factors.valid_recovery(ctx.epoch), (user, code, throttle))
        }
    }
}

/// Verifies a code of an authenticator app.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub(super) fn check_totp(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    keys: &Keyring,
    totp: Option<&Totp>,
    (user, code, throttle): (&User, &str, Throttle),
) -> Result<Checked, DecisionError> {
    // What cannot be a code was typed by mistake, and is no guess.
    let Some(totp) = totp.filter(|_| TotpSecret::is_code(code)) else { return Ok(Err(Vec::new())) };
    snapshot.require_totp_step(totp);
    let secret = TotpSecret::decrypt(keys, user.id, &totp.secret);
    let step = secret.as_ref().and_then(|secret| secret.verify(code, ctx.now, totp.last_step));
    let (Some(secret), Some(step)) = (secret, step) else { return Ok(Err(throttle.failed(ctx.now))) };
    let is_current = totp::is_encrypted_with_current_key(keys, &totp.secret);
    let secret = (!is_current).then(|| secret.encrypt(keys, user.id, totp_nonce(ctx)));
    let mut effects = throttle.succeeded();
    effects.push(Effect::UseTotp(TotpUse { user: user.id, id: totp.id, step, secret, at: ctx.now }));
    Ok(Ok((vec![AuthMethod::OneTimeCode], effects)))
}

/// Random bytes for one encryption of the secret of an authenticator app.
pub(super) fn totp_nonce(ctx: &DecisionContext) -> [u8; totp::TOTP_NONCE_BYTES] {
    let mut nonce = [0; totp::TOTP_NONCE_BYTES];
    nonce.iter_mut().zip(ctx.random()).for_each(|(to, from)| *to = from);
    nonce
}

fn check_recovery_code(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    keys: &Keyring,
    codes: Option<&RecoveryCodes>,
    (user, code, throttle): (&User, &str, Throttle),
) -> Result<Checked, DecisionError> {
    let (Some(code), Some(codes)) = (RecoveryCode::parse_typed(code), codes) else { return Ok(Err(Vec::new())) };
    snapshot.require_recovery_codes(codes);
    let Some(used) = code.find(keys, user.id, &codes.hashes) else { return Ok(Err(throttle.failed(ctx.now))) };
    let mut left = codes.clone();
    left.hashes.remove(used);
    let mut effects = throttle.succeeded();
    // Whoever guessed codes of the app keeps its user from it no longer.
    effects.extend(CounterKeys::for_totp(user.id).both().map(Effect::ClearFailures));
    let mail = notice(ctx, user, MailKind::RecoveryCodeUsed { remaining: left.remaining() });
    effects.extend([Effect::UseRecoveryCode(left, ctx.now), mail]);
    Ok(Ok((vec![AuthMethod::RecoveryCode], effects)))
}

/// A mail that tells a user what has changed.
pub(super) fn notice(ctx: &DecisionContext, user: &User, kind: MailKind) -> Effect {
    let id = MailId::new(ctx.now, ctx.id_bytes());
    Effect::InsertMail(Mail { id, to: user.email.clone(), kind, created_at: ctx.now })
}

#[cfg(test)]
mod tests;
