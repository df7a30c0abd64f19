//! A new password by a mailed link: always the same answer to who asks, and every session ends when it is used.

use super::{change, nothing};
use crate::credential::lockout::Scopes;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{MailId, ResetId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::session::{RESET_SECONDS, Reset};
use crate::domain::stored_secret::PasswordHash;
use crate::domain::user::User;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::View;

/// Reset mails to one address in [`MAILS_WINDOW_SECONDS`]: a brake on mail bombing. Beyond it the answer stays the same.
pub const MAILS_MAX: i64 = 5;
/// The window of [`MAILS_MAX`]: as long as a link lives, in seconds. So while the brake holds, the newest link that
/// was mailed still works, and nobody can keep somebody else from a working link by asking for them.
pub const MAILS_WINDOW_SECONDS: i64 = RESET_SECONDS;

/// Asks for a reset link. An unknown email writes as much and mails nothing.
pub fn request(view: &View, moment: &Moment, email: &Email) -> Result<Decided<()>, Stop> {
    let user = view.user_with_email(email)?;
    view.take_facts();
    if !view.resets_below(email, moment.now.plus_seconds(-MAILS_WINDOW_SECONDS), MAILS_MAX)? {
        return Ok(nothing(view, ()));
    }
    let reset =
        Reset { id: ResetId::new(moment.now, moment.id_bytes()), email: email.clone(), user, created_at: moment.now, open: user.is_some() };
    let kind = MailKind::ResetPassword { reset: reset.id };
    let mail = Mail { id: MailId::new(moment.now, moment.id_bytes()), to: email.clone(), kind, created_at: moment.now };
    let effects = vec![Effect::CloseResets(email.clone()), Effect::InsertReset(reset), Effect::InsertMailToUser(mail)];
    Ok(change(view, effects, Vec::new(), ()))
}

/// Whose password a live link changes; the fields are judged only after this.
pub fn target<'v>(view: &'v View, moment: &Moment, reset: ResetId) -> Result<&'v User, Stop> {
    let reset = view.reset(reset)?.ok_or(Denial::VerificationNotFound)?;
    let user = reset.user.filter(|_| reset.is_live(moment.now)).ok_or(Denial::ResetOver)?;
    Ok(view.user(user)?.ok_or(Denial::ResetOver)?)
}

/// Sets the password, ends every session and every other reset, lifts the locks of `scopes`, and says so by mail. Devices
/// that were known by the old password are strangers from now on, so that no lock of theirs is left to be lifted.
pub fn complete(
    view: &View,
    moment: &Moment,
    reset: ResetId,
    scopes: &Scopes,
    password: Result<PasswordHash, Vec<FieldError>>,
) -> Result<Decided<(Email, PasswordHash)>, Stop> {
    let user = target(view, moment, reset)?.clone();
    let password = password.map_err(Stop::Invalid)?;
    let id = MailId::new(moment.now, moment.id_bytes());
    let mail = Mail { id, to: user.email.clone(), kind: MailKind::PasswordChanged, created_at: moment.now };
    let mut effects = vec![
        Effect::UseReset(reset),
        Effect::CloseResets(user.email.clone()),
        Effect::SetPassword(user.id, password.clone()),
        Effect::EndSessions(user.id, None),
        Effect::InsertMail(mail),
    ];
    effects.extend(scopes.names().map(Effect::ClearFailures));
    Ok(change(view, effects, Vec::new(), (user.email, password)))
}
