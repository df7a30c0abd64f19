//! JWK sets of trusted issuers (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use crate::credential::oidc::json_object;
use core::fmt;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

/// Longest set in bytes: the largest of known providers, with certificates, have 20 KiB.
pub const JWKS_MAX: usize = 128 * 1024;
/// Most keys of a set.
const KEYS_MAX: usize = 64;
/// Longest key id in bytes.
pub(crate) const KEY_ID_MAX: usize = 256;
/// Fewest and most bits of an RSA modulus (RFC 7518 section 3.3), and the most that verification should cost.
const MODULUS_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;
/// Bytes of a coordinate of P-256 and of a public key of Ed25519.
const COORDINATE_BYTES: usize = 32;
/// Private members of keys (RFC 7518 section 6, RFC 8037 section 2): a set that publishes one is no set to trust.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Signature algorithm of a trusted issuer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256, the signature as 64 bytes.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// Public key that verifies signatures of one algorithm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerificationKey {
    algorithm: Algorithm,
    /// Members of the JWK that make the key, with their base64url texts.
    members: Vec<(&'static str, String)>,
    /// Bytes of a signature.
    signature_bytes: usize,
}

/// JWK set: for each key with an id whether it is usable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jwks {
    keys: Vec<(String, Option<VerificationKey>)>,
}

/// Error of a JWK set or of the choice of a key.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum JwksError {
    /// No JSON object with a list `keys`, over 128 KiB, or more than 64 keys.
    Malformed,
    /// No key has this id: the set may be outdated.
    Unknown,
    /// Several keys have this id.
    Ambiguous,
    /// The key is of another algorithm or use, too weak, malformed, or has private parts.
    Unusable,
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JwksError::Malformed => "malformed JWK set",
            JwksError::Unknown => "no key has this id",
            JwksError::Ambiguous => "several keys have this id",
            JwksError::Unusable => "the key cannot be used for this token",
        })
    }
}

impl core::error::Error for JwksError {}

impl Algorithm {
    /// Algorithm of an `alg` header; None for any other. `Ed25519` is the name that RFC 9864 gives to `EdDSA` with that curve.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            "EdDSA" | "Ed25519" => Some(Algorithm::EdDsa),
            _ => None,
        }
    }
}

impl VerificationKey {
    /// Algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Number of bytes that a signature must have.
    pub fn signature_bytes(&self) -> usize {
        self.signature_bytes
    }

    /// JWK with the members that make the key and no others, for the import by WebCrypto.
    pub fn to_jwk(&self) -> String {
        Value::Object(self.members.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect()).to_string()
    }

    /// Parses a key; None unless it is usable.
    fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name| json_object::text(jwk, name);
        let is_for_signatures = jwk.get("use").is_none_or(|value| value == "sig")
            && jwk.get("key_ops").is_none_or(|value| value.as_array().is_some_and(|list| list.contains(&json!("verify"))));
        if !is_for_signatures || PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
            return None;
        }
        let member = |name: &'static str| Some((name, text(name)?.to_owned()));
        let constant = |name, value: &str| (name, value.to_owned());
        let coordinate = |name| member(name).filter(|(_, text)| decode(text).is_some_and(|bytes| bytes.len() == COORDINATE_BYTES));
        let (algorithm, signature_bytes, members) = match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                let modulus = decode(text("n")?).filter(|modulus| is_modulus(modulus))?;
                decode(text("e")?).filter(|exponent| is_exponent(exponent))?;
                (Algorithm::Rs256, modulus.len(), vec![constant("kty", "RSA"), member("n")?, member("e")?])
            }
            ("EC", Some("P-256")) => {
                let members = vec![constant("kty", "EC"), constant("crv", "P-256"), coordinate("x")?, coordinate("y")?];
                (Algorithm::Es256, 2 * COORDINATE_BYTES, members)
            }
            ("OKP", Some("Ed25519")) => {
                (Algorithm::EdDsa, 2 * COORDINATE_BYTES, vec![constant("kty", "OKP"), constant("crv", "Ed25519"), coordinate("x")?])
            }
            _ => return None,
        };
        let is_of_algorithm = jwk.get("alg").is_none_or(|alg| alg.as_str().and_then(Algorithm::parse) == Some(algorithm));
        is_of_algorithm.then_some(VerificationKey { algorithm, members, signature_bytes })
    }
}

impl Jwks {
    /// Parses a set. Keys that are not usable are kept by their ids, so that another key does not take their place.
    ///
    /// # Errors
    /// [`JwksError::Malformed`].
    pub fn parse(text: &[u8]) -> Result<Self, JwksError> {
        let set = json_object::parse(text, JWKS_MAX).ok_or(JwksError::Malformed)?;
        let list = set.get("keys").and_then(Value::as_array).filter(|list| list.len() <= KEYS_MAX).ok_or(JwksError::Malformed)?;
        let keys = list.iter().filter_map(Value::as_object);
        Ok(Jwks { keys: keys.filter_map(|jwk| Some((json_object::text(jwk, "kid")?.to_owned(), VerificationKey::parse(jwk)))).collect() })
    }

    /// The one key with an id, if it is of an algorithm (RFC 8725 section 3.1).
    ///
    /// # Errors
    /// [`JwksError`] if there is not exactly one key with this id, or it is not usable.
    pub fn select(&self, kid: &str, algorithm: Algorithm) -> Result<&VerificationKey, JwksError> {
        let mut found = self.keys.iter().filter(|(other, _)| other == kid);
        match (found.next(), found.next()) {
            (None, _) => Err(JwksError::Unknown),
            (Some((_, key)), None) => key.as_ref().filter(|key| key.algorithm == algorithm).ok_or(JwksError::Unusable),
            (Some(_), Some(_)) => Err(JwksError::Ambiguous),
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// Whether a number is odd, without leading zeros (RFC 7518 section 2), and of a permitted length.
fn is_modulus(modulus: &[u8]) -> bool {
    let zeros = modulus.first().map_or(8, |first| first.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default());
    zeros < 8 && MODULUS_BITS.contains(&bits) && modulus.last().is_some_and(|last| last % 2 == 1)
}

/// Whether a number is odd and between 2^16 and 2^32, as FIPS 186-5 section A.1.1 and WebCrypto demand: three or four bytes.
fn is_exponent(exponent: &[u8]) -> bool {
    (3..=4).contains(&exponent.len()) && exponent.first() != Some(&0) && exponent.last().is_some_and(|last| last % 2 == 1)
}

#[cfg(test)]
pub(crate) mod tests;
