//! Tokens of trusted issuers, each of which starts one session: JWTs (RFC 7519, RFC 8725).
//!
//! The signature is verified outside, by WebCrypto. The claims are out of reach until its result is handed in:
//!
//! ```compile_fail
//! fn claims(pending: rolecall_core::credential::oidc::issuer_token::PendingSignature) -> String {
//!     pending.claims.subject.clone()
//! }
//! ```

use crate::credential::oidc::json_object;
use crate::credential::oidc::jwks::{Algorithm, Jwks, JwksError, KEY_ID_MAX, VerificationKey};
use crate::credential::oidc::jws::{self, Compact};
use crate::credential::oidc::token_claims::{self, SKEW_SECONDS, TimeError};
use crate::domain::email::Email;
use crate::domain::sign_in_config::TrustedIssuer;
use crate::domain::time::Timestamp;
use core::fmt;
use sha2::{Digest, Sha256};

/// How long after its issue a token is accepted, in seconds.
pub const TOKEN_AGE_MAX_SECONDS: i64 = 300;
/// Longest `jti` in bytes.
const TOKEN_ID_MAX: usize = 255;
/// `typ` header of a token, where it has one (RFC 7519 section 5.1). An access token (RFC 9068) is for an API: whoever has received one could
/// start a session with it.
const TYPE: &str = "JWT";

/// Token of an issuer, parsed; nothing in it is verified.
pub struct IssuerToken<'t> {
    jws: Compact<'t>,
}

/// Token whose claims fit and whose signature must still be verified, with `key` over `signed` against `signature`.
#[must_use]
pub struct PendingSignature {
    key: VerificationKey,
    signed: String,
    signature: Vec<u8>,
    claims: IssuerClaims,
}

/// Result of the verification of a signature.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum SignatureResult {
    /// The signature is that of the key over the signed text.
    Valid,
    /// It is not, or it could not be verified.
    Invalid,
}

/// Claims of a verified token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerClaims {
    /// Issuer.
    pub issuer: String,
    /// Id of the person at the issuer: 1 to 255 bytes.
    pub subject: String,
    /// Address, if it is one that this service accepts. No proof by itself: see
    /// [`authority`](crate::credential::oidc::authority).
    pub email: Option<Email>,
    /// `email_verified`.
    pub email_verified: bool,
    /// Name of the person.
    pub name: Option<String>,
    /// Id of the token, 1 to 255 bytes, unique at the issuer: the caller accepts each once.
    pub token_id: String,
    /// Until when the id must be remembered: from then on the token is refused for its age.
    pub remember_until: Timestamp,
}

/// Error of a token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum IssuerTokenError {
    /// Not a JWS with JSON objects, over 16 KiB, or a claim is missing or of the wrong type.
    Malformed,
    /// `alg` or `typ` is not a permitted one, or `kid` is missing.
    Header,
    /// `iss` is not the trusted issuer.
    Issuer,
    /// `aud` is not exactly the configured audience.
    Audience,
    /// Expired, or issued more than five minutes ago.
    Expired,
    /// Issued in the future.
    NotYetValid,
    /// No usable key; for [`JwksError::Unknown`] the set may be outdated.
    Key(JwksError),
    /// The signature is not valid.
    Signature,
}

impl fmt::Display for IssuerTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IssuerTokenError::Malformed => f.write_str("malformed token"),
            IssuerTokenError::Header => f.write_str("token of another algorithm or type"),
            IssuerTokenError::Issuer => f.write_str("token of another issuer"),
            IssuerTokenError::Audience => f.write_str("token for another audience"),
            IssuerTokenError::Expired => f.write_str("token expired or too old"),
            IssuerTokenError::NotYetValid => f.write_str("token of the future"),
            IssuerTokenError::Key(error) => write!(f, "token key: {error}"),
            IssuerTokenError::Signature => f.write_str("invalid token signature"),
        }
    }
}

impl core::error::Error for IssuerTokenError {}

impl<'t> IssuerToken<'t> {
    /// Parses a token, for looking up whose it claims to be.
    ///
    /// # Errors
    /// [`IssuerTokenError::Malformed`].
    pub fn parse(token: &'t str) -> Result<Self, IssuerTokenError> {
        Ok(IssuerToken { jws: jws::parse(token).ok_or(IssuerTokenError::Malformed)? })
    }

    /// The issuer that the token claims, for looking up its configuration and keys; None where it names none.
    pub fn claimed_issuer(&self) -> Option<&str> {
        json_object::text(&self.jws.claims, "iss")
    }

    /// Checks header and claims and chooses the key. The algorithm must be that of the key; keys and URLs of keys in the header are
    /// ignored (RFC 8725 sections 3.1 and 3.10).
    ///
    /// # Errors
    /// [`IssuerTokenError`] with the first check that fails.
    pub fn check(&self, trusted: &TrustedIssuer, keys: &Jwks, now: Timestamp) -> Result<PendingSignature, IssuerTokenError> {
        let Compact { header, claims, signed, signature } = &self.jws;
        let algorithm = json_object::text(header, "alg").and_then(Algorithm::parse).ok_or(IssuerTokenError::Header)?;
        let is_type = |typ: &str| TYPE.eq_ignore_ascii_case(typ);
        let kid = json_object::text(header, "kid").filter(|kid| (1..=KEY_ID_MAX).contains(&kid.len()));
        let (Some(kid), true) = (kid, header.get("typ").is_none_or(|typ| typ.as_str().is_some_and(is_type))) else {
            return Err(IssuerTokenError::Header);
        };
        if json_object::text(claims, "iss") != Some(trusted.issuer.as_str()) {
            return Err(IssuerTokenError::Issuer);
        }
        let audiences = token_claims::audiences(claims).ok_or(IssuerTokenError::Malformed)?;
        if audiences != [trusted.audience.as_str()] || trusted.audience.is_empty() {
            return Err(IssuerTokenError::Audience);
        }
        let (expiry, issued) = token_claims::check_times(claims, now).map_err(|error| match error {
            TimeError::Malformed => IssuerTokenError::Malformed,
            TimeError::Expired => IssuerTokenError::Expired,
            TimeError::NotYetValid => IssuerTokenError::NotYetValid,
        })?;
        let last = expiry.min(issued.saturating_add(TOKEN_AGE_MAX_SECONDS)).saturating_add(SKEW_SECONDS);
        if now.seconds() >= last {
            return Err(IssuerTokenError::Expired);
        }
        let token_id = json_object::text(claims, "jti").filter(|id| (1..=TOKEN_ID_MAX).contains(&id.len()));
        let (Some(token_id), Some(subject)) = (token_id, token_claims::subject(claims)) else {
            return Err(IssuerTokenError::Malformed);
        };
        let key = keys.select(kid, algorithm).map_err(IssuerTokenError::Key)?.clone();
        if signature.len() != key.signature_bytes() {
            return Err(IssuerTokenError::Signature);
        }
        let claims = IssuerClaims {
            issuer: trusted.issuer.to_string(),
            subject: subject.to_owned(),
            email: token_claims::email(claims),
            email_verified: token_claims::is_true(claims, "email_verified"),
            name: json_object::text(claims, "name").map(str::to_owned),
            token_id: token_id.to_owned(),
            remember_until: Timestamp::default().plus_seconds(last),
        };
        Ok(PendingSignature { key, signed: (*signed).to_owned(), signature: signature.clone(), claims })
    }
}

impl PendingSignature {
    /// The key to verify with, which determines the algorithm.
    pub fn key(&self) -> &VerificationKey {
        &self.key
    }

    /// The signed text: ASCII.
    pub fn signed(&self) -> &str {
        &self.signed
    }

    /// The signature, as long as the key's signatures are.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims, given the result of the verification.
    ///
    /// # Errors
    /// [`IssuerTokenError::Signature`] for any result but [`SignatureResult::Valid`].
    pub fn conclude(self, result: SignatureResult) -> Result<IssuerClaims, IssuerTokenError> {
        match result {
            SignatureResult::Valid => Ok(self.claims),
            SignatureResult::Invalid => Err(IssuerTokenError::Signature),
        }
    }
}

impl IssuerClaims {
    /// What the token is remembered by: a digest of issuer and id.
    pub fn digest(&self) -> [u8; 16] {
        let length = u64::try_from(self.issuer.len()).unwrap_or(u64::MAX).to_be_bytes();
        let digest = Sha256::new().chain_update(length).chain_update(&self.issuer).chain_update(&self.token_id).finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for IssuerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuerToken(…)")
    }
}

impl fmt::Debug for PendingSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingSignature(…)")
    }
}

#[cfg(test)]
mod tests;
