//! Tests of passkeys, and what they share: requirements, responses and vectors.

use super::*;

mod assertion;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose_key;
mod registration;
mod vectors;

/// Origin, relying party and challenge of the tests.
const ORIGIN: &str = "https://id.example.com";
const RP_ID: &str = "example.com";
const CHALLENGE: [u8; 32] = [0xfb; 32];

const REQUIRED: CeremonyRequirements<'_> =
    CeremonyRequirements { challenge: &CHALLENGE, origins: &["https://other.example.com", ORIGIN], rp_id: RP_ID, user_verification: true };

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}
