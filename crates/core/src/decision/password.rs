//! Setting a password, which signing up, signing in (to renew a hash) and a password reset have in common.

use crate::domain::id::{IdentityId, UserId};
use crate::domain::identity::{Identity, Proof};
use crate::domain::secret_hashes::PasswordHash;
use crate::transaction::change::Effect;
use crate::transaction::context::DecisionContext;

/// Sets the password of a user, who may have none yet.
pub(super) fn set_password(ctx: &DecisionContext, user: UserId, hash: PasswordHash) -> Effect {
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    Effect::SetIdentity(Identity { id, user, proof: Proof::Password(hash), created_at: ctx.now })
}
