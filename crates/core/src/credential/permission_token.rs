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
}

/// Requirements on a token, beyond a valid signature.
#[derive(Copy, Clone, Debug)]
pub struct Expected<'a> {
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
    pub fn in_epoch(self, epoch: RestoreEpoch) -> Self {
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
        let body = json!({
            "iss": claims.iss, "aud": claims.aud, "sub": claims.sub, "account": claims.account, "role": claims.role,
            "permissions": claims.permissions, "ver": claims.ver, "pol": claims.pol, "iat": claims.iat, "exp": claims.exp, "jti": claims.jti,
        });
        self.sign_claims(typ, &body)
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
    pub fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, TokenError> {
        self.verify_cached(token, expected, &mut VerifiedTokens::new())
    }

    /// Like [`SigningKeys::verify`], without the verification of a signature that is in the cache.
    ///
    /// # Errors
    /// [`TokenError`] with the first check that fails.
    pub fn verify_cached(&self, token: &str, expected: &Expected<'_>, verified: &mut VerifiedTokens) -> Result<Claims, TokenError> {
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
    let permissions = body.get("permissions")?.as_array()?.iter().map(|code| code.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    Some(Claims {
        iss: text("iss")?,
        aud: text("aud")?,
        sub: text("sub")?,
        account: text("account")?,
        role: text("role")?,
        permissions,
        ver: number("ver")?,
        pol: text("pol")?,
        iat: number("iat")?,
        exp: number("exp")?,
        jti: text("jti")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> SigningKeys {
        SigningKeys::parse("t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
    }

    fn sample() -> Claims {
        Claims {
            iss: "https://id.example".into(),
            aud: "api".into(),
            sub: "usr_1".into(),
            account: "acct_1".into(),
            role: "dev".into(),
            permissions: vec!["pods.manage".into()],
            ver: 3,
            pol: "abc".into(),
            iat: 1000,
            exp: 1120,
            jti: "j".into(),
        }
    }

    const EXPECTED: Expected<'_> = Expected { iss: "https://id.example", aud: "api", typ: ACCESS_TOKEN_TYPE, now: 1050 };

    #[test]
    fn a_token_is_valid_for_its_issuer_audience_type_key_and_time_only() {
        let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
        assert_eq!(keys().verify(&token, &EXPECTED), Ok(sample()));
        for (expected, error) in [
            (Expected { iss: "https://id.example/", ..EXPECTED }, TokenError::Audience),
            (Expected { aud: "other", ..EXPECTED }, TokenError::Audience),
            (Expected { typ: IDENTITY_TOKEN_TYPE, ..EXPECTED }, TokenError::Header),
            (Expected { now: 1120 + SKEW_SECONDS, ..EXPECTED }, TokenError::Time),
            (Expected { now: 1000 - SKEW_SECONDS - 1, ..EXPECTED }, TokenError::Time),
        ] {
            assert_eq!(keys().verify(&token, &expected), Err(error), "{expected:?}");
        }
        let other = SigningKeys::parse("t1:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(other.verify(&token, &EXPECTED), Err(TokenError::Signature));
        let rotated =
            SigningKeys::parse("t2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(rotated.verify(&token, &EXPECTED), Ok(sample()));
    }

    #[test]
    fn the_lifetime_of_a_token_is_extended_by_the_clock_skew_at_both_ends() {
        let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
        let at = |now| keys().verify(&token, &Expected { now, ..EXPECTED }).err();
        assert_eq!([1000 - SKEW_SECONDS - 1, 1000 - SKEW_SECONDS].map(at), [Some(TokenError::Time), None]);
        assert_eq!([1120 + SKEW_SECONDS - 1, 1120 + SKEW_SECONDS].map(at), [None, Some(TokenError::Time)]);
        let empty = keys().sign(ACCESS_TOKEN_TYPE, &Claims { exp: 1000, ..sample() });
        assert_eq!(keys().verify(&empty, &Expected { now: 1000, ..EXPECTED }), Err(TokenError::Time));
    }

    #[test]
    fn every_claim_is_required_and_typed_and_nbf_is_not_supported() {
        let valid = object(keys().sign(ACCESS_TOKEN_TYPE, &sample()).split('.').nth(1).unwrap()).unwrap();
        let verify =
            |body: &Map<String, Value>| keys().verify(&keys().sign_claims(ACCESS_TOKEN_TYPE, &Value::Object(body.clone())), &EXPECTED);
        assert_eq!(verify(&valid), Ok(sample()));
        for name in valid.keys() {
            let mut body = valid.clone();
            body[name] = json!(true);
            assert_eq!(verify(&body), Err(TokenError::Malformed), "{name} of a wrong type");
            body.remove(name);
            assert_eq!(verify(&body), Err(TokenError::Malformed), "no {name}");
        }
        for (name, value) in [
            ("nbf", json!(0)),
            ("ver", json!(-1)),
            ("ver", json!(1.5)),
            ("ver", json!(9_007_199_254_740_992_i64)),
            ("permissions", json!([1])),
        ] {
            let mut body = valid.clone();
            body.insert(name.to_owned(), value);
            assert_eq!(verify(&body), Err(TokenError::Malformed), "{name}");
        }
    }

    #[test]
    fn a_token_with_256_codes_of_64_bytes_fits_and_one_beyond_the_maximum_length_is_rejected() {
        let with = |count| Claims { permissions: vec!["p".repeat(64); count], ..sample() };
        assert!(keys().verify(&keys().sign(ACCESS_TOKEN_TYPE, &with(256)), &EXPECTED).is_ok());
        let long = keys().sign(ACCESS_TOKEN_TYPE, &with(512));
        assert!(long.len() > TOKEN_MAX);
        assert_eq!(keys().verify(&long, &EXPECTED), Err(TokenError::Malformed));
    }

    #[test]
    fn a_cached_signature_is_valid_for_the_same_text_only() {
        let (keys, mut verified) = (keys(), VerifiedTokens::new());
        let token = keys.sign(ACCESS_TOKEN_TYPE, &sample());
        assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
        assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
        // Claims are checked on each use.
        let late = Expected { now: 1120 + SKEW_SECONDS, ..EXPECTED };
        assert_eq!(keys.verify_cached(&token, &late, &mut verified), Err(TokenError::Time));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let more = Claims { permissions: vec!["billing.manage".into()], ..sample() };
        let other = keys.sign(ACCESS_TOKEN_TYPE, &more);
        let body = other.split('.').nth(1).unwrap();
        assert_eq!(keys.verify_cached(&format!("{header}.{body}.{signature}"), &EXPECTED, &mut verified), Err(TokenError::Signature));
        // The key of a cached token must still exist.
        let rotated = SigningKeys::parse("t2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(rotated.verify_cached(&token, &EXPECTED, &mut verified), Err(TokenError::KeyUnknown));
        // A rejected token is not cached, and a full cache is emptied.
        assert_eq!(verified.hashes.len(), 1);
        for byte in 0..VERIFIED_MAX {
            verified.insert(Sha256::digest(byte.to_be_bytes()).into());
        }
        assert!(verified.hashes.len() <= VERIFIED_MAX);
        assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
    }

    #[test]
    fn a_token_is_valid_in_its_restore_epoch_only() {
        let (first, second) = (RestoreEpoch::parse("1").unwrap(), RestoreEpoch::parse("2").unwrap());
        let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
        assert_eq!(keys().in_epoch(RestoreEpoch::FIRST).verify(&token, &EXPECTED), Ok(sample()));
        assert_eq!(keys().in_epoch(first).verify(&token, &EXPECTED), Err(TokenError::KeyUnknown));
        let later = keys().in_epoch(first).sign(ACCESS_TOKEN_TYPE, &sample());
        assert_eq!(keys().in_epoch(first).verify(&later, &EXPECTED), Ok(sample()));
        for other in [keys(), keys().in_epoch(second)] {
            assert_eq!(other.verify(&later, &EXPECTED), Err(TokenError::KeyUnknown));
        }
        // The keys differ as well, for verifiers that ignore key ids.
        let jwks = |keys: SigningKeys| serde_json::from_str::<Value>(&keys.jwks()).unwrap()["keys"][0].clone();
        let (before, after) = (jwks(keys()), jwks(keys().in_epoch(first)));
        assert_eq!((before["kid"].as_str(), after["kid"].as_str()), (Some("t1"), Some("t1.1")));
        assert_ne!(before["x"], after["x"]);
        let longest = SigningKeys::parse("sixteen-letters-:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let longest = longest.in_epoch(RestoreEpoch::parse("1000000").unwrap());
        assert_eq!(longest.verify(&longest.sign(ACCESS_TOKEN_TYPE, &sample()), &EXPECTED), Ok(sample()));
    }

    #[test]
    fn unexpected_headers_are_rejected() {
        let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
        let rest = token.split_once('.').unwrap().1;
        for header in [
            r#"{"alg":"none","typ":"at+jwt","kid":"t1"}"#,
            r#"{"alg":"HS256","typ":"at+jwt","kid":"t1"}"#,
            r#"{"alg":"eddsa","typ":"at+jwt","kid":"t1"}"#,
            r#"{"typ":"at+jwt","kid":"t1"}"#,
            r#"{"alg":"EdDSA","kid":"t1"}"#,
            r#"{"alg":"EdDSA","typ":"JWT","kid":"t1"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"t1","crit":["b64"]}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"../t1"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"t1","jwk":{}}"#,
        ] {
            let forged = format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()));
            assert!(keys().verify(&forged, &EXPECTED).is_err(), "{header}");
        }
    }

    #[test]
    fn the_jwk_set_holds_public_keys_only() {
        let jwks = keys().jwks();
        assert!(jwks.contains("\"x\":\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\""), "{jwks}");
        assert!(!jwks.contains("\"d\""));
    }

    proptest! {
        #[test]
        fn a_token_with_a_changed_byte_is_rejected(at in 0_usize..600, byte in 0x21_u8..0x7f) {
            let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token {
                prop_assert!(keys().verify(&changed, &EXPECTED).is_err());
            }
        }

        #[test]
        fn an_arbitrary_text_is_rejected(token: String) {
            prop_assert!(keys().verify(&token, &EXPECTED).is_err());
        }
    }
}
