//! A new password by a mailed link: always the same answer to who asks, and every session ends when it is used.

use super::{changed, unchanged};
use crate::credential::lockout::CounterKeys;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{MailId, ResetId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::session::{RESET_SECONDS, Reset};
use crate::domain::stored_secret::PasswordHash;
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Reset mails to one address in [`MAILS_WINDOW_SECONDS`]: a brake on mail bombing. Beyond it the answer stays the same.
pub const MAILS_MAX: i64 = 5;
/// The window of [`MAILS_MAX`]: as long as a link lives, in seconds. So while the brake holds, the newest link that
/// was mailed still works, and nobody can keep somebody else from a working link by asking for them.
pub const MAILS_WINDOW_SECONDS: i64 = RESET_SECONDS;

/// Asks for a reset link. An unknown email writes as much and mails nothing.
pub fn request(snapshot: &TrackedSnapshot, ctx: &DecisionContext, email: &Email) -> Result<Decision<()>, DecisionError> {
    let user = snapshot.user_with_email(email)?;
    snapshot.take_preconditions();
    if !snapshot.resets_below(email, ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS), MAILS_MAX)? {
        return Ok(unchanged(snapshot, ()));
    }
    let reset = Reset { id: ResetId::new(ctx.now, ctx.id_bytes()), email: email.clone(), user, created_at: ctx.now, open: user.is_some() };
    let kind = MailKind::ResetPassword { reset: reset.id };
    let mail = Mail { id: MailId::new(ctx.now, ctx.id_bytes()), to: email.clone(), kind, created_at: ctx.now };
    let effects = vec![Effect::CloseResets(email.clone()), Effect::InsertReset(reset), Effect::InsertMailToUser(mail)];
    Ok(changed(snapshot, effects, Vec::new(), ()))
}

/// Whose password a live link changes; the fields are judged only after this.
pub fn reset_user<'v>(snapshot: &'v TrackedSnapshot, ctx: &DecisionContext, reset: ResetId) -> Result<&'v User, DecisionError> {
    let reset = snapshot.reset(reset)?.ok_or(Denial::VerificationNotFound)?;
    let user = reset.user.filter(|_| reset.is_live(ctx.now)).ok_or(Denial::ResetOver)?;
    Ok(snapshot.user(user)?.ok_or(Denial::ResetOver)?)
}

/// Sets the password, ends every session and every other reset, lifts the locks of `counters`, and says so by mail. Devices
/// that were known by the old password are strangers from now on, so that no lock of theirs is left to be lifted.
pub fn complete(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    reset: ResetId,
    counters: &CounterKeys,
    password: Result<PasswordHash, Vec<FieldError>>,
) -> Result<Decision<(Email, PasswordHash)>, DecisionError> {
    let user = reset_user(snapshot, ctx, reset)?.clone();
    let password = password.map_err(DecisionError::Invalid)?;
    let id = MailId::new(ctx.now, ctx.id_bytes());
    let mail = Mail { id, to: user.email.clone(), kind: MailKind::PasswordChanged, created_at: ctx.now };
    let mut effects = vec![
        Effect::UseReset(reset),
        Effect::CloseResets(user.email.clone()),
        Effect::SetPassword(user.id, password.clone()),
        Effect::EndSessions(user.id, None),
        Effect::InsertMail(mail),
    ];
    effects.extend(counters.both().map(Effect::ClearFailures));
    Ok(changed(snapshot, effects, Vec::new(), (user.email, password)))
}
