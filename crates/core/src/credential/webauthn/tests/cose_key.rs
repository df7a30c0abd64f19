//! Tests of `webauthn::cose_key`.

use super::super::cbor::CborError;
use super::super::cose_key::PublicKey;
use super::super::software_authenticator::SoftwareAuthenticator;
use super::*;

fn refused(bytes: &[u8]) -> Option<CoseKeyError> {
    PublicKey::parse(bytes).err()
}

fn es256() -> Vec<u8> {
    SoftwareAuthenticator::es256([7; 32], RP_ID).cose_key()
}

fn eddsa() -> Vec<u8> {
    SoftwareAuthenticator::eddsa([7; 32], RP_ID).cose_key()
}

/// An RSA key in CBOR; the modulus has 24 bytes at least, the exponent 23 at most.
fn rs256(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let length = u16::try_from(modulus.len()).unwrap().to_be_bytes();
    let modulus_head = if length[0] == 0 { vec![0x58, length[1]] } else { vec![0x59, length[0], length[1]] };
    let exponent_head = 0x40 | u8::try_from(exponent.len()).unwrap();
    [&hex("a401030339010020")[..], &modulus_head, modulus, &[0x21, exponent_head], exponent].concat()
}

/// The bytes with some of them replaced.
fn with(mut bytes: Vec<u8>, at: usize, new: &[u8]) -> Vec<u8> {
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// A modulus of so many bits.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] = 0xff >> (bytes.len() * 8 - bits);
    bytes
}

#[test]
fn keys_of_the_three_algorithms_are_accepted() {
    assert_eq!(Algorithm::ALL.map(Algorithm::id), [-8, -7, -257]);
    assert!(matches!(PublicKey::parse(&es256()), Ok(PublicKey::Es256(_))));
    assert!(matches!(PublicKey::parse(&eddsa()), Ok(PublicKey::EdDsa(_))));
    assert!(matches!(PublicKey::parse(&rs256(&modulus(2048), &[1, 0, 1])), Ok(PublicKey::Rs256(_))));
}

#[test]
fn other_algorithms_are_refused() {
    for alg in ["3822", "3823", "3824", "382e", "32", "01", "40"] {
        // ES384, ES512, PS256, ES256K, Ed25519 of RFC 9864, and what is no signature algorithm.
        let key = [&hex("a5010203")[..], &hex(alg), &es256()[5..]].concat();
        assert_eq!(refused(&key), Some(CoseKeyError::Algorithm), "{alg}");
    }
    let without_alg = [&hex("a40102")[..], &es256()[5..]].concat();
    assert_eq!(refused(&without_alg), Some(CoseKeyError::Algorithm));
}

#[test]
fn an_algorithm_has_its_key_type_and_curve() {
    for key in [with(es256(), 2, &[1]), with(es256(), 6, &[2]), with(es256(), 6, &[6]), with(eddsa(), 2, &[2]), with(eddsa(), 6, &[1])] {
        assert_eq!(refused(&key), Some(CoseKeyError::KeyType));
    }
    assert_eq!(refused(&with(rs256(&modulus(2048), &[3]), 2, &[2])), Some(CoseKeyError::KeyType));
}

#[test]
fn a_point_is_uncompressed_and_on_the_curve() {
    // y as a sign bit, as a compressed point has it.
    let compressed = [&es256()[..42], &[0x22, 0xf5]].concat();
    assert_eq!(refused(&compressed), Some(CoseKeyError::Parameter));
    let last = es256().len() - 1;
    assert_eq!(refused(&with(es256(), last, &[es256()[last] ^ 1])), Some(CoseKeyError::Point));
    assert_eq!(refused(&[&es256()[..10], &[0; 32], &[0x22, 0x58, 32], &[0; 32]].concat()), Some(CoseKeyError::Point));
    assert_eq!(refused(&[&es256()[..10], &[0xff; 32], &[0x22, 0x58, 32], &[0xff; 32]].concat()), Some(CoseKeyError::Point));
    let short = [&es256()[..8], &[0x58, 31], &[1; 31], &es256()[42..]].concat();
    assert_eq!(refused(&short), Some(CoseKeyError::Parameter));
}

#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    for y in [0_u8, 1] {
        let mut point = [0; 32];
        point[0] = y;
        assert_eq!(refused(&with(eddsa(), 10, &point)), Some(CoseKeyError::Point), "{y}");
    }
    // y = 2 is no point.
    let mut point = [0; 32];
    point[0] = 2;
    assert_eq!(refused(&with(eddsa(), 10, &point)), Some(CoseKeyError::Point));
}

#[test]
fn an_rsa_modulus_is_odd_and_has_2048_to_4096_bits() {
    for (bits, accepted) in [(1024, false), (2047, false), (2048, true), (3482, true), (4096, true), (4097, false)] {
        assert_eq!(refused(&rs256(&modulus(bits), &[1, 0, 1])), (!accepted).then_some(CoseKeyError::Modulus), "{bits}");
    }
    let mut even = modulus(2048);
    even[255] = 0xfe;
    assert_eq!(refused(&rs256(&even, &[3])), Some(CoseKeyError::Modulus));
    assert_eq!(refused(&rs256(&[vec![0], modulus(2048)].concat(), &[3])), Some(CoseKeyError::Modulus), "a leading zero");
    let text = with(rs256(&[b'a'; 256], &[3]), 8, &[0x79]);
    assert_eq!(refused(&text), Some(CoseKeyError::Parameter), "a text");
}

#[test]
fn an_rsa_exponent_is_odd_and_at_least_three() {
    for (exponent, accepted) in [
        (&[3][..], true),
        (&[1, 0, 1], true),
        (&[255, 255, 255, 255], true),
        (&[1, 0, 0, 0, 1], false),
        (&[1], false),
        (&[2], false),
        (&[1, 0, 0], false),
        (&[0, 3], false),
        (&[], false),
    ] {
        assert_eq!(refused(&rs256(&modulus(2048), exponent)), (!accepted).then_some(CoseKeyError::Exponent), "{exponent:?}");
    }
}

#[test]
fn further_parameters_are_refused() {
    // Label -4, the private key of an elliptic curve; label 2, a key id; a text.
    for (label, value) in [("23", "4101"), ("02", "4101"), ("6161", "01")] {
        for key in [es256(), eddsa(), rs256(&modulus(2048), &[3])] {
            let longer = [&[key[0] + 1][..], &key[1..], &hex(label), &hex(value)].concat();
            assert_eq!(refused(&longer), Some(CoseKeyError::UnexpectedParameter), "{label}");
        }
    }
}

#[test]
fn a_truncated_or_extended_key_is_refused() {
    for key in [es256(), eddsa(), rs256(&modulus(2048), &[1, 0, 1])] {
        for end in 0..key.len() {
            assert_eq!(refused(&key[..end]), Some(CoseKeyError::Cbor(CborError::Truncated)), "{end}");
        }
        assert_eq!(refused(&[key, vec![0]].concat()), Some(CoseKeyError::Cbor(CborError::TrailingBytes)));
    }
}
