//! Public keys of credentials as COSE_Key maps (RFC 9052 section 7, RFC 9053, RFC 8230), and what they verify.
//!
//! A key is stored as the bytes that the authenticator wrote, and parsed again for each use.

use super::cbor::{CborError, Entries, Item, Key, Reader};
use core::fmt;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const KTY: i64 = 1;
const ALG: i64 = 3;
const KTY_OKP: i64 = 1;
const KTY_EC2: i64 = 2;
const KTY_RSA: i64 = 3;
const CRV_P256: i64 = 1;
const CRV_ED25519: i64 = 6;

/// Accepted sizes of an RSA modulus in bits.
const RSA_BITS: core::ops::RangeInclusive<u32> = 2048..=4096;
/// Maximum length of an RSA exponent in bytes; in use are 3 and 65537, and implementations refuse more than 33 bits.
const RSA_EXPONENT_MAX: usize = 4;

/// Signature algorithm of a credential, by its number in the COSE registry.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// Ed25519 (-8).
    EdDsa,
    /// ECDSA with P-256 and SHA-256 (-7).
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (-257).
    Rs256,
}

impl Algorithm {
    /// All of them, in the order of preference in which registration options name them.
    pub const ALL: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

    /// Number in the registry of COSE algorithms.
    pub const fn id(self) -> i64 {
        match self {
            Algorithm::EdDsa => -8,
            Algorithm::Es256 => -7,
            Algorithm::Rs256 => -257,
        }
    }
}

/// Reason why a public key is refused.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum CoseKeyError {
    /// Not CBOR as authenticators write it.
    Cbor(CborError),
    /// The algorithm is missing or none of [`Algorithm::ALL`].
    Algorithm,
    /// The key type or the curve is not that of the algorithm.
    KeyType,
    /// A parameter is missing, or of the wrong type or length.
    Parameter,
    /// A parameter that does not belong into a credential's key (section 6.5.1), such as a private part.
    UnexpectedParameter,
    /// The point is not on the curve, or of small order.
    Point,
    /// The RSA modulus is even, or does not have 2048 to 4096 bits.
    Modulus,
    /// The RSA exponent is even, less than 3, or longer than four bytes.
    Exponent,
}

impl fmt::Display for CoseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CoseKeyError::Cbor(cause) => return cause.fmt(f),
            CoseKeyError::Algorithm => "algorithm not supported",
            CoseKeyError::KeyType => "key type or curve not that of the algorithm",
            CoseKeyError::Parameter => "key parameter missing or malformed",
            CoseKeyError::UnexpectedParameter => "unexpected key parameter",
            CoseKeyError::Point => "key is no valid point of its curve",
            CoseKeyError::Modulus => "RSA modulus not accepted",
            CoseKeyError::Exponent => "RSA exponent not accepted",
        })
    }
}

impl core::error::Error for CoseKeyError {}

/// Public key of a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum PublicKey {
    Es256(p256::ecdsa::VerifyingKey),
    EdDsa(ed25519_dalek::VerifyingKey),
    Rs256(RsaPublicKey),
}

/// RSA public key, for a verifier outside of this crate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RsaPublicKey {
    /// Big-endian, without leading zeros.
    modulus: Vec<u8>,
    /// Big-endian, without leading zeros.
    exponent: Vec<u8>,
}

impl RsaPublicKey {
    /// The key as a JWK (RFC 7518 section 6.3.1), as `crypto.subtle.importKey` takes it for `RSASSA-PKCS1-v1_5` with `SHA-256`.
    pub fn to_jwk(&self) -> Value {
        json!({ "kty": "RSA", "alg": "RS256", "n": BASE64URL_NOPAD.encode(&self.modulus), "e": BASE64URL_NOPAD.encode(&self.exponent) })
    }

    /// Length of the modulus, and so of each signature, in bytes.
    pub(super) fn modulus_bytes(&self) -> usize {
        self.modulus.len()
    }
}

impl PublicKey {
    /// Parses a key that nothing follows.
    ///
    /// # Errors
    /// [`CoseKeyError`] with the first rule that it breaks.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, CoseKeyError> {
        let mut reader = Reader::new(bytes);
        let key = PublicKey::read(&mut reader)?;
        reader.finish().map_err(CoseKeyError::Cbor)?;
        Ok(key)
    }

    /// Reads a key and leaves what follows it.
    ///
    /// # Errors
    /// [`CoseKeyError`] with the first rule that it breaks.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CoseKeyError> {
        let parameters = Parameters(reader.map().map_err(CoseKeyError::Cbor)?);
        let Some(Item::Integer(alg)) = parameters.get(ALG) else {
            return Err(CoseKeyError::Algorithm);
        };
        match Algorithm::ALL.into_iter().find(|known| known.id() == alg) {
            Some(Algorithm::Es256) => {
                parameters.require(KTY_EC2, Some(CRV_P256), &[-1, -2, -3])?;
                let mut point = vec![4];
                point.extend_from_slice(parameters.array::<32>(-2)?);
                point.extend_from_slice(parameters.array::<32>(-3)?);
                p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map(PublicKey::Es256).map_err(|_| CoseKeyError::Point)
            }
            Some(Algorithm::EdDsa) => {
                parameters.require(KTY_OKP, Some(CRV_ED25519), &[-1, -2])?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(parameters.array::<32>(-2)?);
                key.ok().filter(|key| !key.is_weak()).map(PublicKey::EdDsa).ok_or(CoseKeyError::Point)
            }
            Some(Algorithm::Rs256) => {
                parameters.require(KTY_RSA, None, &[-1, -2])?;
                rsa(parameters.bytes(-1)?, parameters.bytes(-2)?).map(PublicKey::Rs256)
            }
            None => Err(CoseKeyError::Algorithm),
        }
    }
}

/// Algorithm of a stored key; None for what is no key.
pub fn algorithm(bytes: &[u8]) -> Option<Algorithm> {
    PublicKey::parse(bytes).ok().map(|key| match key {
        PublicKey::Es256(_) => Algorithm::Es256,
        PublicKey::EdDsa(_) => Algorithm::EdDsa,
        PublicKey::Rs256(_) => Algorithm::Rs256,
    })
}

/// Parameters of a key by their labels.
struct Parameters<'a>(Entries<'a>);

impl<'a> Parameters<'a> {
    fn get(&self, label: i64) -> Option<Item<'a>> {
        self.0.iter().find_map(|(key, item)| (*key == Key::Integer(label)).then_some(*item))
    }

    /// Checks the key type, the curve where there is one, and that there are no parameters but `own`.
    fn require(&self, kty: i64, crv: Option<i64>, own: &[i64]) -> Result<(), CoseKeyError> {
        if self.get(KTY) != Some(Item::Integer(kty)) || crv.is_some_and(|crv| self.get(-1) != Some(Item::Integer(crv))) {
            return Err(CoseKeyError::KeyType);
        }
        let is_own = |key: &Key<'_>| matches!(key, Key::Integer(label) if [KTY, ALG].contains(label) || own.contains(label));
        if self.0.iter().all(|(key, _)| is_own(key)) { Ok(()) } else { Err(CoseKeyError::UnexpectedParameter) }
    }

    fn bytes(&self, label: i64) -> Result<&'a [u8], CoseKeyError> {
        match self.get(label) {
            Some(Item::Bytes(bytes)) => Ok(bytes),
            _ => Err(CoseKeyError::Parameter),
        }
    }

    fn array<const N: usize>(&self, label: i64) -> Result<&'a [u8; N], CoseKeyError> {
        self.bytes(label)?.try_into().map_err(|_| CoseKeyError::Parameter)
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, CoseKeyError> {
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    // RFC 8230 section 4: as few bytes as the number needs.
    let top = modulus.first().copied().filter(|byte| *byte != 0).ok_or(CoseKeyError::Modulus)?;
    let bits = u32::try_from(modulus.len()).ok().and_then(|bytes| bytes.checked_mul(8)).map(|bits| bits - top.leading_zeros());
    if !is_odd(modulus) || !bits.is_some_and(|bits| RSA_BITS.contains(&bits)) {
        return Err(CoseKeyError::Modulus);
    }
    let is_shortest = exponent.first().is_some_and(|byte| *byte != 0);
    if !is_odd(exponent) || !is_shortest || exponent == [1] || exponent.len() > RSA_EXPONENT_MAX {
        return Err(CoseKeyError::Exponent);
    }
    Ok(RsaPublicKey { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
}
