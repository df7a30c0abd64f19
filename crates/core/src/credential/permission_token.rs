//! Permission tokens: short-lived EdDSA JWTs that any service can verify with an ordinary JOSE library.
//!
//! Shaped after RFC 9068, and not claiming it: RFC 9068 demands RS256. The algorithm follows from the key
//! (RFC 8725 section 3.1), the type is demanded (section 3.11), header URLs and embedded keys are ignored (section 3.10).

use crate::credential::secret::{KID_MAX, KeyringError, parse_keys};
use crate::domain::restore_epoch::RestoreEpoch;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The `typ` of a permission token (RFC 9068 section 2.1).
pub const ACCESS: &str = "at+jwt";
/// The `typ` of the header that the gateway sets for its upstream.
pub const IDENTITY: &str = "rolecall-identity+jwt";
/// Clocks may differ by this, in seconds.
pub const SKEW_SECONDS: i64 = 60;
/// The longest that a permission token may live, in seconds.
pub const TOKEN_SECONDS_MAX: i64 = 900;
/// Longest token in bytes: 256 permission codes of 64 bytes and the rest fit.
const TOKEN_MAX: usize = 32 * 1024;
/// Tokens whose signature is remembered: a person's page sends one token for some minutes, and an isolate serves
/// some hundred people at a time. A hash takes 32 bytes.
const VERIFIED_MAX: usize = 1024;
/// Longest key id of a token in bytes: the configured one, a dot, the restore epoch.
const TOKEN_KID_MAX: usize = KID_MAX + 8;

/// Keys that sign: the first makes new tokens, the others still verify until they are dropped.
pub struct SigningKeys {
    keys: Vec<(String, SigningKey)>,
}

impl core::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SigningKeys({} keys)", self.keys.len())
    }
}

/// Tokens whose signature was found right, so that the next request with the same one need not find it again: a
/// signature is the dearest part of a decision. Holds SHA-256 of whole tokens and nothing that could be read back;
/// what a token says is read anew each time. It belongs to the [`SigningKeys`] that found them right.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    hashes: BTreeSet<[u8; 32]>,
}

impl Verified {
    /// None yet.
    pub const fn none() -> Self {
        Verified { hashes: BTreeSet::new() }
    }

    fn note(&mut self, hash: [u8; 32]) {
        if self.hashes.len() >= VERIFIED_MAX {
            self.hashes.clear();
        }
        self.hashes.insert(hash);
    }
}

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// Who made it: the deployment's origin.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// The user, or the API key.
    pub sub: String,
    /// The account that it is about.
    pub account: String,
    /// The role there.
    pub role: String,
    /// Permission codes held.
    pub permissions: Vec<String>,
    /// The account's version when made.
    pub ver: i64,
    /// Which policy: SHA-256 in hex.
    pub pol: String,
    /// When made, in seconds since 1970.
    pub iat: i64,
    /// When over, in seconds since 1970.
    pub exp: i64,
    /// Unique.
    pub jti: String,
}

/// What a token must say to count here.
#[derive(Copy, Clone, Debug)]
pub struct Expected<'a> {
    /// The exact issuer.
    pub iss: &'a str,
    /// The exact audience.
    pub aud: &'a str,
    /// `typ`.
    pub typ: &'a str,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// Why a token does not count.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum TokenError {
    /// No token of this kind and form.
    Malformed,
    /// Another algorithm than the key's, or of another type.
    Header,
    /// No such key.
    KeyUnknown,
    /// Not signed by that key.
    Signature,
    /// From another issuer or for another audience.
    Audience,
    /// Not yet, or no more.
    Time,
}

impl SigningKeys {
    /// Reads `kid:base64url of a 32-byte seed[,…]`.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let keys = parse_keys(text)?.into_iter().map(|(kid, seed)| (kid, SigningKey::from_bytes(&seed))).collect();
        Ok(SigningKeys { keys })
    }

    /// The keys of a restore epoch: after a restore each key is another one under another id, so that tokens of before are
    /// refused here at once and by every verifier that reads the JWK set anew.
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

    /// Public keys as a JWK set (RFC 8037), every one of them.
    pub fn jwks(&self) -> String {
        let keys = self.keys.iter().map(|(kid, key)| {
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": BASE64URL_NOPAD.encode(key.verifying_key().as_bytes()) })
        });
        json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
    }

    /// Signs claims as a token of a type.
    pub fn sign(&self, typ: &str, claims: &Claims) -> String {
        let body = json!({
            "iss": claims.iss, "aud": claims.aud, "sub": claims.sub, "account": claims.account, "role": claims.role,
            "permissions": claims.permissions, "ver": claims.ver, "pol": claims.pol, "iat": claims.iat, "exp": claims.exp, "jti": claims.jti,
        });
        self.sign_claims(typ, &body)
    }

    /// Signs any claims as a token of a type, with the first key.
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

    /// Verifies a token without any I/O.
    pub fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, TokenError> {
        self.verify_once(token, expected, &mut Verified::none())
    }

    /// Verifies a token, its signature only where it is not among those that were found right before.
    pub fn verify_once(&self, token: &str, expected: &Expected<'_>, verified: &mut Verified) -> Result<Claims, TokenError> {
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
            verified.note(hash);
        }
        let claims = claims(&object(body)?).ok_or(TokenError::Malformed)?;
        if claims.iss != expected.iss || claims.aud != expected.aud || expected.aud.is_empty() {
            return Err(TokenError::Audience);
        }
        let in_time = claims.iat <= expected.now + SKEW_SECONDS && expected.now < claims.exp + SKEW_SECONDS && claims.iat < claims.exp;
        if in_time { Ok(claims) } else { Err(TokenError::Time) }
    }
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

fn claims(body: &Map<String, Value>) -> Option<Claims> {
    let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
    // Seconds are whole, not negative, and exact in every language.
    let number = |name: &str| body.get(name)?.as_i64().filter(|n| (0..=9_007_199_254_740_991).contains(n));
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

    const EXPECTED: Expected<'_> = Expected { iss: "https://id.example", aud: "api", typ: ACCESS, now: 1050 };

    #[test]
    fn a_token_verifies_for_its_audience_type_and_time_only() {
        let token = keys().sign(ACCESS, &sample());
        assert_eq!(keys().verify(&token, &EXPECTED), Ok(sample()));
        for (expected, error) in [
            (Expected { iss: "https://id.example/", ..EXPECTED }, TokenError::Audience),
            (Expected { aud: "other", ..EXPECTED }, TokenError::Audience),
            (Expected { typ: IDENTITY, ..EXPECTED }, TokenError::Header),
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
    fn a_signature_found_right_before_counts_for_that_very_text_and_for_nothing_else() {
        let (keys, mut verified) = (keys(), Verified::none());
        let token = keys.sign(ACCESS, &sample());
        assert_eq!(keys.verify_once(&token, &EXPECTED, &mut verified), Ok(sample()));
        assert_eq!(keys.verify_once(&token, &EXPECTED, &mut verified), Ok(sample()));
        // What it says is judged each time.
        let late = Expected { now: 1120 + SKEW_SECONDS, ..EXPECTED };
        assert_eq!(keys.verify_once(&token, &late, &mut verified), Err(TokenError::Time));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let more = Claims { permissions: vec!["billing.manage".into()], ..sample() };
        let other = keys.sign(ACCESS, &more);
        let body = other.split('.').nth(1).unwrap();
        assert_eq!(keys.verify_once(&format!("{header}.{body}.{signature}"), &EXPECTED, &mut verified), Err(TokenError::Signature));
        // A key that is no longer there vouches for nothing.
        let rotated = SigningKeys::parse("t2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(rotated.verify_once(&token, &EXPECTED, &mut verified), Err(TokenError::KeyUnknown));
        // A refused token is not remembered, and a full memory begins anew.
        assert_eq!(verified.hashes.len(), 1);
        for byte in 0..VERIFIED_MAX {
            verified.note(Sha256::digest(byte.to_be_bytes()).into());
        }
        assert!(verified.hashes.len() <= VERIFIED_MAX);
        assert_eq!(keys.verify_once(&token, &EXPECTED, &mut verified), Ok(sample()));
    }

    #[test]
    fn a_token_counts_in_its_restore_epoch_only() {
        let (first, second) = (RestoreEpoch::parse("1").unwrap(), RestoreEpoch::parse("2").unwrap());
        let token = keys().sign(ACCESS, &sample());
        assert_eq!(keys().in_epoch(RestoreEpoch::FIRST).verify(&token, &EXPECTED), Ok(sample()));
        assert_eq!(keys().in_epoch(first).verify(&token, &EXPECTED), Err(TokenError::KeyUnknown));
        let later = keys().in_epoch(first).sign(ACCESS, &sample());
        assert_eq!(keys().in_epoch(first).verify(&later, &EXPECTED), Ok(sample()));
        for other in [keys(), keys().in_epoch(second)] {
            assert_eq!(other.verify(&later, &EXPECTED), Err(TokenError::KeyUnknown));
        }
        // A verifier that minds no key ids is not misled either: the public key is another one.
        let jwks = |keys: SigningKeys| serde_json::from_str::<Value>(&keys.jwks()).unwrap()["keys"][0].clone();
        let (before, after) = (jwks(keys()), jwks(keys().in_epoch(first)));
        assert_eq!((before["kid"].as_str(), after["kid"].as_str()), (Some("t1"), Some("t1.1")));
        assert_ne!(before["x"], after["x"]);
        let longest = SigningKeys::parse("sixteen-letters-:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let longest = longest.in_epoch(RestoreEpoch::parse("1000000").unwrap());
        assert_eq!(longest.verify(&longest.sign(ACCESS, &sample()), &EXPECTED), Ok(sample()));
    }

    #[test]
    fn headers_that_choose_their_own_rules_are_refused() {
        let token = keys().sign(ACCESS, &sample());
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
    fn only_public_members_are_published() {
        let jwks = keys().jwks();
        assert!(jwks.contains("\"x\":\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\""), "{jwks}");
        assert!(!jwks.contains("\"d\""));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_refused(at in 0_usize..600, byte in 0x21_u8..0x7f) {
            let token = keys().sign(ACCESS, &sample());
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token {
                prop_assert!(keys().verify(&changed, &EXPECTED).is_err());
            }
        }

        #[test]
        fn any_text_is_safe_to_verify(token: String) {
            prop_assert!(keys().verify(&token, &EXPECTED).is_err());
        }
    }
}
