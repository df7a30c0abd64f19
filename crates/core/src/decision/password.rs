//! Passwords: verifying, setting and changing one.

use super::changed;
use crate::authz::freshness::require_fresh;
use crate::authz::policy_config::PolicyConfig;
use crate::credential::password::{self, Pepper, Verification};
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{IdentityId, MailId, UserId};
use crate::domain::identity::{Identity, Proof};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::secret_hashes::PasswordHash;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::{Caller, TrackedSnapshot};
use core::cell::RefCell;

/// A password as typed, to be verified.
#[derive(Copy, Clone, Debug)]
pub struct TypedPassword<'a> {
    /// Password as typed.
    pub password: &'a str,
    /// Pepper of the deployment, if it has one.
    pub pepper: Option<&'a Pepper>,
    /// Result of the verification, kept for a repeated decision: hashing is slow on purpose.
    pub verification_cache: &'a RefCell<Option<(Option<PasswordHash>, Verification)>>,
}

impl TypedPassword<'_> {
    /// Verifies the password against the stored hash, or does the same work without one.
    pub(super) fn verify(&self, hash: Option<&PasswordHash>) -> Verification {
        if let Some((_, verification)) = self.verification_cache.borrow().as_ref().filter(|(cached, _)| cached.as_ref() == hash) {
            return *verification;
        }
        let verification = match hash {
            Some(hash) => password::verify(self.password, hash, self.pepper),
            None => {
                password::dummy_verify(self.password);
                Verification::Wrong
            }
        };
        self.verification_cache.replace(Some((hash.cloned(), verification)));
        verification
    }
}

/// The proven mailbox of a new user, as a way to sign in.
pub(super) fn set_mailbox(ctx: &DecisionContext, user: UserId) -> Effect {
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    Effect::SetIdentity(Identity { id, user, proof: Proof::Email, created_at: ctx.now })
}

/// Sets the password of a user, who may have none yet.
pub(super) fn set_password(ctx: &DecisionContext, user: UserId, hash: PasswordHash) -> Effect {
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    Effect::SetIdentity(Identity { id, user, proof: Proof::Password(hash), created_at: ctx.now })
}

/// The caller, who proved a moment ago who they are. A new password is validated and hashed only after this check.
///
/// # Errors
///
/// [`Denial::SessionMissing`](crate::transaction::denial::Denial::SessionMissing),
/// [`Denial::SessionExpired`](crate::transaction::denial::Denial::SessionExpired), then those of [`require_fresh`].
pub fn fresh_caller(snapshot: &TrackedSnapshot, config: &PolicyConfig, ctx: &DecisionContext) -> Result<Caller, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    require_fresh(snapshot, config, ctx, &caller.session)?;
    Ok(caller)
}

/// Sets the caller's password, who may have none yet, ends their other sessions, and notifies them by mail. Device cookies are
/// bound to the old password and become invalid.
///
/// # Errors
///
/// Those of [`fresh_caller`], then invalid fields.
pub fn change(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    password: Result<PasswordHash, Vec<FieldError>>,
) -> Result<Decision<(Email, PasswordHash)>, DecisionError> {
    let Caller { user, session } = fresh_caller(snapshot, config, ctx)?;
    let password = password.map_err(DecisionError::Invalid)?;
    let id = MailId::new(ctx.now, ctx.id_bytes());
    let mail = Mail { id, to: user.email.clone(), kind: MailKind::PasswordChanged, created_at: ctx.now };
    let effects = vec![
        Effect::CloseResets(user.email.clone()),
        set_password(ctx, user.id, password.clone()),
        Effect::EndSessions(user.id, Some(session.id)),
        Effect::InsertMail(mail),
    ];
    Ok(changed(snapshot, effects, Vec::new(), (user.email, password)))
}

#[cfg(test)]
mod tests;
