//! One-time codes by mail: requesting one, and proving with it who a user is. No output tells whether an email has a user.

use super::reauthentication::renewed;
use super::session_start::{NewSession, SignedIn, in_active_account, start_session};
use super::{changed, unchanged};
use crate::credential::one_time_code::OneTimeCode;
use crate::credential::secret::Keyring;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::email::Email;
use crate::domain::email_code::EmailCode;
use crate::domain::id::{EmailCodeId, MailId, UserId};
use crate::domain::identity::IdentityKind;
use crate::domain::mail::{Mail, MailKind};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Mails with a code to one address that one network can cause in [`MAILS_WINDOW_SECONDS`].
pub const MAILS_MAX: i64 = 5;
/// Sliding window of [`MAILS_MAX`]: the lifetime of a code, ten minutes, in seconds.
pub const MAILS_WINDOW_SECONDS: i64 = 10 * 60;
/// Mails with a code to one address that all networks together can cause in [`MAILS_LONG_WINDOW_SECONDS`]: more than one network, so
/// that nobody else keeps a person from a code.
pub const MAILS_FROM_ALL_MAX: i64 = 30;
/// Sliding window of [`MAILS_FROM_ALL_MAX`]: an hour, in seconds.
pub const MAILS_LONG_WINDOW_SECONDS: i64 = 60 * 60;

/// Starts of the two windows in which mails are counted.
pub const fn windows(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.plus_seconds(-MAILS_WINDOW_SECONDS), now.plus_seconds(-MAILS_LONG_WINDOW_SECONDS))
}

/// Input of [`request`].
#[derive(Clone, Debug)]
pub struct CodeRequest {
    /// Address that the code is sent to.
    pub email: Email,
    /// Hash of the browser key of the request.
    pub browser: SecretHash,
    /// Client network.
    pub network: String,
}

/// A typed code.
#[derive(Copy, Clone, Debug)]
pub struct TypedCode<'a> {
    /// Code as typed; None for what cannot be a code.
    pub code: Option<&'a OneTimeCode>,
    /// Keys of the server, from which codes are derived.
    pub keys: &'a Keyring,
}

/// Requests a code, which replaces the one that this browser asked for before. For an unknown email the same rows are written, and
/// no mail is sent. Beyond the limit of mails nothing is written.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub fn request(snapshot: &TrackedSnapshot, ctx: &DecisionContext, input: &CodeRequest) -> Result<Decision<()>, DecisionError> {
    let user = snapshot.user_with_email(&input.email)?;
    snapshot.take_preconditions();
    if !snapshot.email_codes_below(&input.email, &input.network, windows(ctx.now), (MAILS_MAX, MAILS_FROM_ALL_MAX))? {
        return Ok(unchanged(snapshot, ()));
    }
    let code = EmailCode {
        id: EmailCodeId::new(ctx.now, ctx.id_bytes()),
        email: input.email.clone(),
        user,
        browser: input.browser.clone(),
        network: input.network.clone(),
        tries: 0,
        created_at: ctx.now,
        open: true,
    };
    let kind = MailKind::SignInCode { code: code.id };
    let mail = Mail { id: MailId::new(ctx.now, ctx.id_bytes()), to: input.email.clone(), kind, created_at: ctx.now };
    let replaced = Effect::CloseEmailCodes(input.email.clone(), input.browser.clone());
    Ok(changed(snapshot, vec![replaced, Effect::InsertEmailCode(code), Effect::InsertMailToUser(mail)], Vec::new(), ()))
}

/// Signs in with a code, or counts the wrong one. Both are changes that commit; the inner result is the response, also where a second
/// factor is asked for.
///
/// # Errors
///
/// [`Denial::AccountNotFound`] if the active account is not the user's.
pub fn sign_in(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    typed: TypedCode<'_>,
    browser: &NewSession,
) -> Result<Decision<Result<SignedIn, Denial>>, DecisionError> {
    let code = match verify(snapshot, ctx, typed)? {
        Ok(code) => code,
        Err(effects) => return Ok(changed(snapshot, effects, Vec::new(), Err(Denial::CodeInvalid))),
    };
    // The code is of a user, and an address is no other user's while the code is live: a precondition of its own would say the same.
    let id = code.user.ok_or(Denial::CodeInvalid)?;
    let user = snapshot.untracked_user(id)?.ok_or(Denial::CodeInvalid)?.clone();
    let joined = in_active_account(snapshot, user)?;
    let mut effects = used(&code, id, ctx.now).to_vec();
    let started = start_session(snapshot, ctx, &mut effects, id, browser, Authentication::by(AuthMethod::OneTimeCode, ctx.now))?;
    Ok(changed(snapshot, effects, Vec::new(), started.map(|()| SignedIn { joined, password: None })))
}

/// Re-authenticates the caller with a code that was mailed to them, or counts the wrong one.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn reauthenticate(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    typed: TypedCode<'_>,
    token: &SecretHash,
) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let code = match verify(snapshot, ctx, typed)? {
        Ok(code) if code.user == Some(caller.user.id) => code,
        Ok(_) => return Ok(unchanged(snapshot, Err(Denial::CodeInvalid))),
        Err(effects) => return Ok(changed(snapshot, effects, Vec::new(), Err(Denial::CodeInvalid))),
    };
    let session = renewed(snapshot, caller.session, token, Authentication::by(AuthMethod::OneTimeCode, ctx.now));
    let mut effects = used(&code, caller.user.id, ctx.now).to_vec();
    effects.push(Effect::RenewSession(session.clone()));
    Ok(changed(snapshot, effects, Vec::new(), Ok(session)))
}

/// The live code of the loaded address and browser, if the typed one is it; else what counts the failure.
fn verify(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    typed: TypedCode<'_>,
) -> Result<Result<EmailCode, Vec<Effect>>, DecisionError> {
    let Some(code) = snapshot.open_email_code()?.filter(|code| code.is_live(ctx.now)) else {
        return Ok(Err(Vec::new()));
    };
    // What cannot be a code was typed by mistake, and is no guess.
    let Some(guess) = typed.code else { return Ok(Err(Vec::new())) };
    // A code of an address without a user is in no mail. Guesses at it count alike, so that they do not tell it from another.
    let is_right = guess.matches(typed.keys, code.id.bits(), &code.email) && code.user.is_some();
    Ok(if is_right { Ok(code) } else { Err(vec![Effect::CountEmailCodeTry(code.id)]) })
}

fn used(code: &EmailCode, user: UserId, now: Timestamp) -> [Effect; 2] {
    [Effect::UseEmailCode(code.id), Effect::UseIdentity(user, IdentityKind::Email, now)]
}

#[cfg(test)]
mod tests;
