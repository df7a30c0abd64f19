//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2) for tests: signatures of one key, and their verification with any. Not constant
//! in time.
#![allow(clippy::indexing_slicing, reason = "a fixture that cannot be built fails the test that uses it")]

use data_encoding::BASE64URL_NOPAD;
use p256::elliptic_curve::bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use p256::elliptic_curve::bigint::{Encoding, U4096};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// DER of `DigestInfo` for SHA-256 up to the hash (RFC 8017 section 9.2).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Modulus of the key of tests in base64url, 2048 bits; its exponent is 65537.
const MODULUS: &[&str] = &[
    "hpchrg6NSwc10uUJqFtL8Q9L3WcQPKZ2x3eK00obQBq6q5hOUdHLmYxGOz0DfPayLKi9aJ2JhUEh-qSqWnhK4C_rPZCCRasVXeDIZJyhje1enFm3tO1mx931",
    "CLS-WYNee6tiJi9IT0DpUaOXKRkaUtx9tWtUr_A7sk2kBylxodbly-02OcJ4357Rd7IW27E7qvqWawNqngRg36QA7j5FToI06MDNMJcvPjRi3Wp5VKfB2qew",
    "333zRet09R5JbqrzlobjSjj8XB0UffYORE1UZSsF9Pe81dqNFRVlbTd4aDkD-pKPCYjefXMKKwB00fPDDYYJdI6kSwIG4Mmn08USzQ",
];
/// Its private exponent.
const PRIVATE_EXPONENT: &[&str] = &[
    "CRTj6WZC-Mfnmlo-ZhVO-65FYg76b1U-LjnDQiboeCa1ki7omKhtiBKz3yW_-VZ-HE8AhNwdyOzlruTIjT_mXC1E6XZkS_DTiW5Jp1GoVwwoIP2uzIRjteMk",
    "uG3VwEgsf8THOSi3RN3DlfDSGixUSeNl5MV1b--9CiF8tXJW9WK9OUFKK8pBsUmr3VwbCCp-ekD9Y5gGoH4ufXIC7NbqCoQ89N74MlIFzVRceqdMUixvd49C",
    "8CYYVWRXjtHsYY9WAqxEGOoFbOzBH2z9VzhQ_laZRsWKy-cNNakGlXez-R4g1l9EZKT6cQYFzaipVKvlc3be5VFpheb5zkW3IE-pYw",
];

fn part(lines: &[&str]) -> Vec<u8> {
    BASE64URL_NOPAD.decode(lines.concat().as_bytes()).unwrap()
}

/// Public key of tests: COSE_Key in CBOR.
pub fn cose_key() -> Vec<u8> {
    [&[0xa4, 1, 3, 3, 0x39, 0x01, 0x00, 0x20, 0x59, 0x01, 0x00][..], &part(MODULUS), &[0x21, 0x43, 1, 0, 1]].concat()
}

/// Signs with the key of tests.
pub fn sign(message: &[u8]) -> Vec<u8> {
    let modulus = part(MODULUS);
    power(&encode(message, modulus.len()), &part(PRIVATE_EXPONENT), &modulus)
}

/// Whether a signature is one of a JWK over a message. A modulus has 4096 bits at most.
pub fn verify(jwk: &Value, message: &[u8], signature: &[u8]) -> bool {
    let part = |name: &str| BASE64URL_NOPAD.decode(jwk[name].as_str().unwrap().as_bytes()).unwrap();
    let modulus = part("n");
    power(signature, &part("e"), &modulus) == encode(message, modulus.len())
}

/// The encoded message (EMSA-PKCS1-v1_5) of this length.
fn encode(message: &[u8], length: usize) -> Vec<u8> {
    let info = [&DIGEST_INFO[..], &Sha256::digest(message)].concat();
    [&[0, 1][..], &vec![0xff; length - info.len() - 3], &[0], &info].concat()
}

fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let mut padded = [0; 512];
        padded[512 - bytes.len()..].copy_from_slice(bytes);
        U4096::from_be_bytes(padded)
    };
    let params = DynResidueParams::new(&number(modulus));
    let result = DynResidue::new(&number(base), params).pow(&number(exponent)).retrieve().to_be_bytes();
    result[512 - modulus.len()..].to_vec()
}
