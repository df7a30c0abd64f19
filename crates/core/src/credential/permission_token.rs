//! Permission tokens: short-lived EdDSA JWTs (RFC 7519, RFC 8037), verifiable with any JOSE library.
//!
//! The format follows RFC 9068 without claiming conformance, since RFC 9068 requires support of RS256. The algorithm is fixed by
//! the key (RFC 8725 section 3.1), `typ` is required (section 3.11), and key URLs and keys in the header are ignored
//! (section 3.10).

use crate::credential::secret::{KID_MAX, KeyringError, parse_keys};
use crate::domain::restore_epoch::RestoreEpoch;
use core::fmt;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// `typ` header of a permission token (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `typ` header of the identity assertion that the gateway sends to its upstream.
pub const IDENTITY_TOKEN_TYPE: &str = "rolecall-identity+jwt";
/// Tolerated clock skew in seconds.
pub const SKEW_SECONDS: i64 = 60;
/// Maximum lifetime of a permission token in seconds.
pub const TOKEN_SECONDS_MAX: i64 = 900;
/// Maximum length of a token in bytes, sufficient for 256 permission codes of 64 bytes.
const TOKEN_MAX: usize = 32 * 1024;
/// Maximum number of tokens in a [`VerifiedTokens`] cache. A client sends one token for some minutes, an isolate serves some hundred
/// clients at a time, and an entry takes 32 bytes.
const VERIFIED_MAX: usize = 1024;
/// Maximum length of a `kid` in bytes: the configured key id, a dot, the restore epoch.
const TOKEN_KID_MAX: usize = KID_MAX + 8;

/// Signing keys: the first signs, all of them verify, so that keys can be rotated.
pub struct SigningKeys {
    keys: Vec<(String, SigningKey)>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeys({} keys)", self.keys.len())
    }
}

/// Cache of tokens with a valid signature, since the verification of a signature is the most expensive part of a request. The cache
/// holds SHA-256 hashes of whole tokens, and claims are checked on each use. A cache must be used with one set of [`SigningKeys`].
#[derive(Clone, Debug, Default)]
pub struct VerifiedTokens {
    hashes: BTreeSet<[u8; 32]>,
}

impl VerifiedTokens {
    /// Creates an empty cache.
    pub const fn new() -> Self {
        VerifiedTokens { hashes: BTreeSet::new() }
    }

    /// Adds a token, after emptying a full cache.
    fn insert(&mut self, hash: [u8; 32]) {
        if self.hashes.len() >= VERIFIED_MAX {
            self.hashes.clear();
        }
        self.hashes.insert(hash);
    }
}

/// Claims of a permission token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// Issuer: the origin of the deployment.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Subject: id of a user or an API key.
    pub sub: String,
    /// Id of the account in which the permissions hold.
    pub account: String,
    /// Code of the subject's role in the account.
    pub role: String,
    /// Permission codes of the subject in the account.
    pub permissions: Vec<String>,
    /// Version of the account at the time of issue.
    pub ver: i64,
    /// Hash of the policy: SHA-256 in hex.
    pub pol: String,
    /// Time of issue in seconds since 1970.
    pub iat: i64,
    /// Expiry in seconds since 1970.
    pub exp: i64,
    /// Unique id of the token.
    pub jti: String,
    /// Assurance level of the session (RFC 9068 section 2.2.1): `aal1` or `aal2`.
    pub acr: String,
    /// Methods of the session's last authentication (RFC 8176).
    pub amr: Vec<String>,
    /// Time of that authentication in seconds since 1970.
    pub auth_time: i64,
}

impl Claims {
    /// The claims as the body of a token has them.
    pub fn to_json(&self) -> Value {
        json!({
            "iss": self.iss, "aud": self.aud, "sub": self.sub, "account": self.account, "role": self.role,
            "permissions": self.permissions, "ver": self.ver, "pol": self.pol, "iat": self.iat, "exp": self.exp, "jti": self.jti,
            "acr": self.acr, "amr": self.amr, "auth_time": self.auth_time,
        })
    }
}

/// Requirements on a token, beyond a valid signature.
#[derive(Copy, Clone, Debug)]
pub struct TokenRequirements<'a> {
    /// Required issuer.
    pub iss: &'a str,
    /// Required audience. No token matches an empty one.
    pub aud: &'a str,
    /// Required `typ` header.
    pub typ: &'a str,
    /// Current time in seconds since 1970.
    pub now: i64,
}

/// Error of the verification of a token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum TokenError {
    /// Not a JWS in compact serialization, too long, or a claim is missing, of the wrong type or unsupported (`nbf`).
    Malformed,
    /// `alg` or `typ` differ from the required ones, or the header has `crit` or `b64`.
    Header,
    /// `kid` is missing or names no key.
    KeyUnknown,
    /// The signature is not one of that key.
    Signature,
    /// `iss` or `aud` differ from the required ones.
    Audience,
    /// The token is expired, issued in the future, or expires before it is issued.
    Time,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenError::Malformed => "malformed token",
            TokenError::Header => "token of another algorithm or type",
            TokenError::KeyUnknown => "token signed with an unknown key",
            TokenError::Signature => "invalid token signature",
            TokenError::Audience => "token of another issuer or audience",
            TokenError::Time => "token expired or not yet valid",
        })
    }
}

impl core::error::Error for TokenError {}

impl SigningKeys {
    /// Parses a comma-separated list of `kid:seed`, where `seed` is unpadded base64url of the 32 bytes of an Ed25519 seed.
    ///
    /// # Errors
    /// [`KeyringError`] with the position of the first invalid key.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let keys = parse_keys(text)?.into_iter().map(|(kid, seed)| (kid, SigningKey::from_bytes(&seed))).collect();
        Ok(SigningKeys { keys })
    }

    /// Derives the keys of a restore epoch. After a restore each key and its id differ from those before, so that earlier tokens are
    /// rejected here immediately, and by other verifiers as soon as they reload the JWK set.
    #[must_use]
    pub fn with_epoch(self, epoch: RestoreEpoch) -> Self {
        if !epoch.is_restored() {
            return self;
        }
        let derived = |(kid, key): &(String, SigningKey)| {
            let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_bytes()).ok()?;
            mac.update(format!("token-key {epoch}").as_bytes());
            Some((format!("{kid}.{epoch}"), SigningKey::from_bytes(&mac.finalize().into_bytes().into())))
        };
        SigningKeys { keys: self.keys.iter().filter_map(derived).collect() }
    }

    /// All public keys as a JWK set (RFC 7517, RFC 8037).
    pub fn jwks(&self) -> String {
        let keys = self.keys.iter().map(|(kid, key)| {
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": BASE64URL_NOPAD.encode(key.verifying_key().as_bytes()) })
        });
        json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
    }

    /// Signs a token with the given `typ` header.
    pub fn sign(&self, typ: &str, claims: &Claims) -> String {
        self.sign_claims(typ, &claims.to_json())
    }

    /// Signs arbitrary claims with the first key, with the given `typ` header.
    pub(crate) fn sign_claims(&self, typ: &str, claims: &Value) -> String {
        let Some((kid, key)) = self.keys.first() else {
            return String::new();
        };
        let header = json!({ "alg": "EdDSA", "typ": typ, "kid": kid }).to_string();
        let body = claims.to_string();
        let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(body.as_bytes()));
        let signature = key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
    }

    /// Verifies the signature and the claims of a token.
    ///
    /// # Errors
    /// [`TokenError`] with the first check that fails.
    pub fn verify(&self, token: &str, expected: &TokenRequirements<'_>) -> Result<Claims, TokenError> {
        self.verify_cached(token, expected, &mut VerifiedTokens::new())
    }

    /// Like [`SigningKeys::verify`], without the verification of a signature that is in the cache.
    ///
    /// # Errors
    /// [`TokenError`] with the first check that fails.
    pub fn verify_cached(
        &self,
        token: &str,
        expected: &TokenRequirements<'_>,
        verified: &mut VerifiedTokens,
    ) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_MAX {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, body) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header = object(header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if text("alg") != Some("EdDSA") || text("typ") != Some(expected.typ) || header.contains_key("crit") || header.contains_key("b64") {
            return Err(TokenError::Header);
        }
        let kid = text("kid").filter(|kid| kid.len() <= TOKEN_KID_MAX).ok_or(TokenError::KeyUnknown)?;
        let (_, key) = self.keys.iter().find(|(other, _)| other == kid).ok_or(TokenError::KeyUnknown)?;
        let hash = Sha256::digest(token).into();
        if !verified.hashes.contains(&hash) {
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
            let signature = signature.ok_or(TokenError::Signature)?;
            key.verifying_key().verify_strict(signed.as_bytes(), &signature).map_err(|_| TokenError::Signature)?;
            verified.insert(hash);
        }
        let claims = claims(&object(body)?).ok_or(TokenError::Malformed)?;
        if claims.iss != expected.iss || claims.aud != expected.aud || expected.aud.is_empty() {
            return Err(TokenError::Audience);
        }
        let is_current = claims.iat <= expected.now + SKEW_SECONDS && expected.now < claims.exp + SKEW_SECONDS && claims.iat < claims.exp;
        if is_current { Ok(claims) } else { Err(TokenError::Time) }
    }
}

/// Decodes a base64url part of a token to a JSON object.
fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

/// Claims of a token's body; None unless all of them are present and of their type.
fn claims(body: &Map<String, Value>) -> Option<Claims> {
    let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
    // At most 2^53 - 1, so that every verifier reads the same number.
    let number = |name: &str| body.get(name)?.as_i64().filter(|n| (0..=9_007_199_254_740_991).contains(n));
    // Not checked, so it must not be there.
    if body.contains_key("nbf") {
        return None;
    }
    let texts = |name: &str| body.get(name)?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    Some(Claims {
        iss: text("iss")?,
        aud: text("aud")?,
        sub: text("sub")?,
        account: text("account")?,
        role: text("role")?,
        permissions: texts("permissions")?,
        ver: number("ver")?,
        pol: text("pol")?,
        iat: number("iat")?,
        exp: number("exp")?,
        jti: text("jti")?,
        acr: text("acr")?,
        amr: texts("amr")?,
        auth_time: number("auth_time")?,
    })
}

#[cfg(test)]
mod tests;
