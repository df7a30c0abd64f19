//! Step-up authentication (RFC 9470, ASVS 5.0 7.5.3): what is hard to undo asks for a recent authentication of the session.

use crate::authz::policy_config::PolicyConfig;
use crate::domain::identity::{IdentityKind, SignInMethod};
use crate::domain::session::Session;
use crate::domain::sign_in_config::{Provider, ProviderKind};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Requires that the session's user proved who they are within [`FRESH_SECONDS`](crate::domain::authentication::FRESH_SECONDS).
///
/// # Errors
///
/// [`Denial::ReauthenticationRequired`] with the ways in which the user can, for which the user's sign-in methods are loaded.
pub fn require_fresh(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    session: &Session,
) -> Result<(), DecisionError> {
    if session.authentication.is_fresh(ctx.now) {
        return Ok(());
    }
    let is_offered = |method: &SignInMethod| match method.kind {
        IdentityKind::Password => config.sign_in.password,
        IdentityKind::Email => config.sign_in.email_code,
        IdentityKind::Passkey => config.sign_in.passkey,
        IdentityKind::Provider => method.told_by.as_ref().is_some_and(|(issuer, _)| authenticates_anew(config, issuer)),
    };
    let methods = snapshot.sign_in_methods(session.user)?.iter().filter(|method| method.is_valid(ctx.epoch) && is_offered(method));
    let mut kinds: Vec<IdentityKind> = methods.map(|method| method.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Err(Denial::ReauthenticationRequired { methods: kinds }.into())
}

/// Whether an issuer is that of an offered provider which says when a person authenticated. GitHub does not, a trusted issuer has no page.
fn authenticates_anew(config: &PolicyConfig, issuer: &str) -> bool {
    let is_openid = |provider: &Provider| matches!(provider.kind, ProviderKind::Oidc { .. });
    config.sign_in.providers.iter().any(|provider| is_openid(provider) && provider.issuer() == issuer)
}

#[cfg(test)]
mod tests;
