//! Password resets by a mailed link. A request has the same output for every email; a completed reset ends every session.

use super::password::set_password;
use super::{changed, unchanged};
use crate::credential::lockout::CounterKeys;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{MailId, ResetId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::session::{PasswordReset, RESET_SECONDS};
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Reset mails per address in [`MAILS_WINDOW_SECONDS`]: a limit against mail bombing. Beyond it the output stays the same.
pub const MAILS_MAX: i64 = 5;
/// Sliding window of [`MAILS_MAX`] in seconds: the lifetime of a link. While the limit is reached, the newest mailed link still
/// works, so that nobody can keep another person from a working link by requesting more.
pub const MAILS_WINDOW_SECONDS: i64 = RESET_SECONDS;

/// Requests a reset link. For an unknown email the same rows are written, and no mail is sent.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub fn request(snapshot: &TrackedSnapshot, ctx: &DecisionContext, email: &Email) -> Result<Decision<()>, DecisionError> {
    let user = snapshot.user_with_email(email)?;
    snapshot.take_preconditions();
    if !snapshot.resets_below(email, ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS), MAILS_MAX)? {
        return Ok(unchanged(snapshot, ()));
    }
    let reset =
        PasswordReset { id: ResetId::new(ctx.now, ctx.id_bytes()), email: email.clone(), user, created_at: ctx.now, open: user.is_some() };
    let kind = MailKind::ResetPassword { reset: reset.id };
    let mail = Mail { id: MailId::new(ctx.now, ctx.id_bytes()), to: email.clone(), kind, created_at: ctx.now };
    let effects = vec![Effect::CloseResets(email.clone()), Effect::InsertReset(reset), Effect::InsertMailToUser(mail)];
    Ok(changed(snapshot, effects, Vec::new(), ()))
}

/// User of a live reset link. Fields are validated only after this check.
///
/// # Errors
///
/// [`Denial::VerificationNotFound`] for a forged link, [`Denial::ResetOver`] for one that was used, replaced or has
/// expired, or that belongs to nobody.
pub fn user_of_reset<'v>(snapshot: &'v TrackedSnapshot, ctx: &DecisionContext, reset: ResetId) -> Result<&'v User, DecisionError> {
    let reset = snapshot.password_reset(reset)?.ok_or(Denial::VerificationNotFound)?;
    let user = reset.user.filter(|_| reset.is_live(ctx.now)).ok_or(Denial::ResetOver)?;
    Ok(snapshot.untracked_user(user)?.ok_or(Denial::ResetOver)?)
}

/// Sets the new password, ends every session and every other reset of the user, clears the failed sign-ins of `counters` and the
/// wrong recovery codes, and notifies the user by mail. Device cookies are bound to the old password and become invalid, so their counters need no clearing.
///
/// # Errors
///
/// Those of [`user_of_reset`], then invalid fields.
pub fn complete(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    reset: ResetId,
    counters: &CounterKeys,
    password: Result<PasswordHash, Vec<FieldError>>,
) -> Result<Decision<(Email, PasswordHash)>, DecisionError> {
    let user = user_of_reset(snapshot, ctx, reset)?.clone();
    let password = password.map_err(DecisionError::Invalid)?;
    let id = MailId::new(ctx.now, ctx.id_bytes());
    let mail = Mail { id, to: user.email.clone(), kind: MailKind::PasswordChanged, created_at: ctx.now };
    let mut effects = vec![
        Effect::UseReset(reset),
        Effect::CloseResets(user.email.clone()),
        set_password(ctx, user.id, password.clone()),
        Effect::EndSessions(user.id, None),
        Effect::InsertMail(mail),
    ];
    // Wrong recovery codes of somebody who knew the old password keep the user out no longer; 50 bits are not guessed.
    let cleared = counters.both().into_iter().chain(CounterKeys::for_recovery_codes(user.id).both());
    effects.extend(cleared.map(Effect::ClearFailures));
    Ok(changed(snapshot, effects, Vec::new(), (user.email, password)))
}

#[cfg(test)]
mod tests;
