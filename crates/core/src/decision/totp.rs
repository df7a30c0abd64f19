//! The authenticator app of the signed-in user, and their recovery codes.

use super::changed;
use super::password::fresh_caller;
use super::second_factor::{check_totp, notice, stepped_up, totp_nonce};
use super::throttle::Throttle;
use crate::authz::policy_config::PolicyConfig;
use crate::credential::lockout::CounterKeys;
use crate::credential::recovery_code::{RECOVERY_CODES, RecoveryCode};
use crate::credential::secret::Keyring;
use crate::credential::totp::{TOTP_SECRET_BYTES, TotpSecret};
use crate::domain::field_error::FieldError;
use crate::domain::id::IdentityId;
use crate::domain::mail::MailKind;
use crate::domain::second_factor::{RecoveryCodes, Totp};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// An authenticator app that was set up and waits for its first code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTotp {
    /// Id, by which a replay finds it.
    pub id: IdentityId,
    /// The user, whom the app shows by their email.
    pub user: User,
    /// Secret for the app.
    pub secret: TotpSecret,
}

/// Sets up an authenticator app for the caller, in place of one that was not confirmed. It asks nobody for a code until it is confirmed.
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::TotpExists`].
pub fn begin(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    keys: &Keyring,
) -> Result<Decision<NewTotp>, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let factors = snapshot.second_factors(user.id)?;
    if factors.confirmed_totp().is_some() {
        return Err(Denial::TotpExists.into());
    }
    let mut bytes = [0; TOTP_SECRET_BYTES];
    bytes.iter_mut().zip(ctx.random()).for_each(|(to, from)| *to = from);
    let secret = TotpSecret::from_random(bytes);
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    let encrypted = secret.encrypt(keys, user.id, totp_nonce(ctx));
    let totp = Totp { id, user: user.id, secret: encrypted, last_step: None, created_at: ctx.now };
    let replaced = factors.totp.as_ref().map(|replaced| Effect::DeleteIdentity(user.id, replaced.id));
    let effects = replaced.into_iter().chain([Effect::InsertTotp(totp)]).collect();
    Ok(changed(snapshot, effects, Vec::new(), NewTotp { id, user, secret }))
}

/// The app that the caller set up under this id, for the replay of [`begin`].
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::TotpExists`] if it was confirmed since, [`Denial::TotpNotFound`] if it was replaced or removed.
pub fn begun(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    keys: &Keyring,
    id: Option<IdentityId>,
) -> Result<NewTotp, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let factors = snapshot.second_factors(user.id)?;
    if factors.confirmed_totp().is_some() {
        return Err(Denial::TotpExists.into());
    }
    let totp = factors.totp.as_ref().filter(|totp| Some(totp.id) == id).ok_or(Denial::TotpNotFound)?;
    let secret = TotpSecret::decrypt(keys, user.id, &totp.secret).ok_or(Denial::TotpNotFound)?;
    Ok(NewTotp { id: totp.id, user, secret })
}

/// Confirms the caller's authenticator app by its first code, or counts the wrong one. Both are changes that commit; the inner result is
/// the response. From then on every sign-in of the user asks for a second factor. The session is of two factors and gets a new token.
///
/// # Errors
///
/// Those of [`fresh_caller`], then the invalid fields, [`Denial::TotpNotFound`], [`Denial::TotpExists`], and
/// [`Denial::TooManyAttempts`] during a lockout.
pub fn confirm(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    keys: &Keyring,
    code: Result<&str, Vec<FieldError>>,
    token: &SecretHash,
) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    let caller = fresh_caller(snapshot, config, ctx)?;
    let code = code.map_err(DecisionError::Invalid)?;
    let factors = snapshot.second_factors(caller.user.id)?;
    let totp = factors.totp.as_ref().ok_or(Denial::TotpNotFound)?;
    if totp.last_step.is_some() {
        return Err(Denial::TotpExists.into());
    }
    let throttle = Throttle::check(snapshot, ctx.now, CounterKeys::for_totp(caller.user.id))?;
    let (methods, mut effects) = match check_totp(snapshot, ctx, keys, Some(totp), (&caller.user, code, throttle))? {
        Ok(right) => right,
        Err(effects) => return Ok(changed(snapshot, effects, Vec::new(), Err(Denial::CodeInvalid))),
    };
    let session = stepped_up(snapshot, ctx, caller.session, &methods, token);
    effects.extend([Effect::RenewSession(session.clone()), notice(ctx, &caller.user, MailKind::TotpAdded)]);
    Ok(changed(snapshot, effects, Vec::new(), Ok(session)))
}

/// Removes the caller's authenticator app and recovery codes.
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::TotpNotFound`].
pub fn remove(snapshot: &TrackedSnapshot, config: &PolicyConfig, ctx: &DecisionContext) -> Result<Decision<()>, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let factors = snapshot.second_factors(user.id)?;
    if factors.totp.is_none() {
        return Err(Denial::TotpNotFound.into());
    }
    if factors.confirmed_totp().is_none() {
        return Ok(changed(snapshot, vec![Effect::DeleteSecondFactors(user.id)], Vec::new(), ()));
    }
    Ok(removed(snapshot, ctx, &user))
}

/// The removal of a confirmed app. The counters of wrong codes end with it.
pub(super) fn removed(snapshot: &TrackedSnapshot, ctx: &DecisionContext, user: &User) -> Decision<()> {
    let mut effects = vec![Effect::DeleteSecondFactors(user.id)];
    let counters = [CounterKeys::for_totp(user.id), CounterKeys::for_recovery_codes(user.id)];
    effects.extend(counters.iter().flat_map(CounterKeys::both).map(Effect::ClearFailures));
    effects.push(notice(ctx, user, MailKind::TotpRemoved));
    changed(snapshot, effects, Vec::new(), ())
}

/// Gives the caller new recovery codes, in place of those of before.
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::TotpNotFound`] without a confirmed authenticator app.
pub fn create_recovery_codes(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    keys: &Keyring,
    codes: impl FnOnce(&User) -> [RecoveryCode; RECOVERY_CODES],
) -> Result<Decision<[RecoveryCode; RECOVERY_CODES]>, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    if snapshot.second_factors(user.id)?.confirmed_totp().is_none() {
        return Err(Denial::TotpNotFound.into());
    }
    let codes = codes(&user);
    let hashes = codes.iter().map(|code| code.hash(keys, user.id)).collect();
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    let stored = RecoveryCodes { id, user: user.id, hashes, epoch: ctx.epoch, created_at: ctx.now };
    let effects = vec![Effect::ReplaceRecoveryCodes(stored), notice(ctx, &user, MailKind::RecoveryCodesCreated)];
    Ok(changed(snapshot, effects, Vec::new(), codes))
}

/// The recovery codes that the caller was given, for the replay of [`create_recovery_codes`].
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::Conflict`] where others took their place, or none of them is left.
pub fn created_recovery_codes(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    keys: &Keyring,
    codes: impl FnOnce(&User) -> [RecoveryCode; RECOVERY_CODES],
) -> Result<[RecoveryCode; RECOVERY_CODES], DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let stored = snapshot.second_factors(user.id)?.valid_recovery(ctx.epoch);
    let codes = codes(&user);
    let is_current = stored.is_some_and(|stored| codes.iter().any(|code| code.find(keys, user.id, &stored.hashes).is_some()));
    if is_current { Ok(codes) } else { Err(Denial::Conflict.into()) }
}

#[cfg(test)]
mod tests;
