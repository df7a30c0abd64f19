//! Step-up authentication (RFC 9470, ASVS 5.0 7.5.3): what is hard to undo asks for a recent authentication of the session, by as many
//! factors as its user has.

use crate::authz::policy_config::PolicyConfig;
use crate::domain::authentication::AssuranceLevel;
use crate::domain::identity::{IdentityKind, SignInMethod};
use crate::domain::session::Session;
use crate::domain::sign_in_config::{Provider, ProviderKind};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Requires that the session's user proved who they are within [`FRESH_SECONDS`](crate::domain::authentication::FRESH_SECONDS), by two
/// factors if they have two: an authenticator app, or a passkey that verified its user when it was registered. The user's ways are
/// loaded unless the session has just proven two. No precondition is recorded: a second factor that is added meanwhile was added after.
///
/// # Errors
///
/// [`Denial::ReauthenticationRequired`] with the ways by which the user reaches that level.
pub fn require_fresh(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    session: &Session,
) -> Result<(), DecisionError> {
    let authentication = &session.authentication;
    let is_fresh = authentication.is_fresh(ctx.now);
    if is_fresh && authentication.level == AssuranceLevel::Two {
        return Ok(());
    }
    let is_offered = |method: &SignInMethod| match method.kind {
        IdentityKind::Password => config.sign_in.password,
        IdentityKind::Email => config.sign_in.email_code,
        IdentityKind::Passkey => config.sign_in.passkey,
        IdentityKind::Provider => method.told_by.as_ref().is_some_and(|(issuer, _)| authenticates_anew(config, issuer)),
        IdentityKind::Totp => true,
        IdentityKind::Recovery => method.remaining.is_some_and(|remaining| remaining > 0),
    };
    let methods = snapshot.sign_in_methods(session.user)?.iter().filter(|method| method.is_valid(ctx.epoch) && is_offered(method));
    let methods: Vec<&SignInMethod> = methods.collect();
    let best = methods.iter().map(|method| level(method)).max().unwrap_or(AssuranceLevel::One);
    if is_fresh && authentication.level >= best {
        return Ok(());
    }
    let mut kinds: Vec<IdentityKind> = methods.iter().filter(|method| level(method) == best).map(|method| method.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Err(Denial::ReauthenticationRequired { methods: kinds }.into())
}

/// Level that a way reaches: an authenticator app and recovery codes together with the first factor of the session, a passkey by itself if
/// it verifies its user.
fn level(method: &SignInMethod) -> AssuranceLevel {
    match method.kind {
        IdentityKind::Totp | IdentityKind::Recovery => AssuranceLevel::Two,
        IdentityKind::Passkey if method.user_verified => AssuranceLevel::Two,
        IdentityKind::Password | IdentityKind::Email | IdentityKind::Passkey | IdentityKind::Provider => AssuranceLevel::One,
    }
}

/// Whether an issuer is that of an offered provider which says when a person authenticated. GitHub does not, a trusted issuer has no page.
fn authenticates_anew(config: &PolicyConfig, issuer: &str) -> bool {
    let is_openid = |provider: &Provider| matches!(provider.kind, ProviderKind::Oidc { .. });
    config.sign_in.providers.iter().any(|provider| is_openid(provider) && provider.issuer() == issuer)
}

#[cfg(test)]
mod tests;
