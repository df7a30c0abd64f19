//! Verification of permission tokens, for the gateway and for other Workers.

use crate::io::Io;
use crate::isolate::Isolate;
use crate::token_version_kv;
use core::cell::RefCell;
use rolecall_core::credential::min_token_version;
use rolecall_core::credential::permission_token::{ACCESS_TOKEN_TYPE, Claims, TokenRequirements};
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;

/// Claims of a token that this deployment issued and that has not expired.
pub struct VerifiedToken {
    /// Subject.
    pub user: UserId,
    /// Account in which the permissions hold.
    pub account: AccountId,
    /// All claims.
    pub claims: Claims,
}

/// Verifies a token. Sets the subject for the log if its signature is valid.
///
/// # Errors
/// [`Denial::TokenInvalid`].
pub fn verify(isolate: &Isolate, now: Timestamp, token: &str, log_subject: &RefCell<Option<String>>) -> Result<VerifiedToken, Denial> {
    let (config, now) = (&isolate.config, now.seconds());
    let expected = TokenRequirements { iss: &config.origin, aud: &config.token_audience, typ: ACCESS_TOKEN_TYPE, now };
    let claims = config.signing.verify_cached(token, &expected, &mut isolate.verified_tokens.borrow_mut());
    let claims = claims.map_err(|_| Denial::TokenInvalid)?;
    *log_subject.borrow_mut() = Some(claims.sub.clone());
    // No tolerance for clock skew: this deployment issued the token itself, and documents its lifetime as a maximum.
    if now >= claims.exp {
        return Err(Denial::TokenInvalid);
    }
    let (user, account) = (UserId::parse(&claims.sub), AccountId::parse(&claims.account));
    let (user, account) = user.zip(account).ok_or(Denial::TokenInvalid)?;
    Ok(VerifiedToken { user, account, claims })
}

/// Whether KV shows that rights in the account were revoked after the token was issued.
pub async fn is_superseded(isolate: &Isolate, io: &Io, token: &VerifiedToken) -> bool {
    isolate.config.min_token_versions
        && min_token_version::is_superseded(&token.claims, token_version_kv::read(isolate, io, token.account).await)
}
