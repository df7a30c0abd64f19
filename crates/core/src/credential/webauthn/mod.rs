//! Passkeys: verification of registrations and assertions after Web Authentication Level 3, sections 7.1 and 7.2.
//!
//! In scope: everything that the responses of a client are checked for, given what is stored and what was asked. Nothing here
//! reads a clock, a database or random bytes. Left to the caller: challenges (fresh, single-use, bound to browser and ceremony),
//! the uniqueness of credential ids, and RSA, which is checked outside ([`SignatureCheck::Rsa`]).
//!
//! Attestation is not asked for (`none`). A statement of any other format is parsed and ignored, so an AAGUID is a claim of the
//! client and proves nothing about the model of the authenticator.
//!
//! - [`registration`]: a response of `navigator.credentials.create()` becomes a [`NewCredential`] to store;
//! - [`assertion`]: a response of `navigator.credentials.get()` is checked with a [`StoredCredential`];
//! - [`cose_key`], [`authenticator_data`], `client_data`, `cbor`: the formats, read strictly and within limits.

pub mod assertion;
pub mod authenticator_data;
mod cbor;
mod client_data;
pub mod cose_key;
mod error;
pub mod registration;
#[cfg(any(test, feature = "testing"))]
pub mod software_authenticator;
#[cfg(test)]
mod tests;

pub use assertion::{AssertionResponse, PendingAssertion, SignatureCheck, StoredCredential, VerifiedAssertion, verify_assertion};
pub use cbor::CborError;
pub use client_data::{CLIENT_DATA_MAX, claimed_challenge};
pub use cose_key::{Algorithm, CoseKeyError};
pub use error::WebauthnError;
pub use registration::{NewCredential, RegistrationResponse, verify_registration};

/// Minimum length of a challenge in bytes (section 13.4.3). No response matches a shorter one.
pub const CHALLENGE_MIN: usize = 16;
/// Maximum length of a credential id in bytes (section 7.1).
pub const CREDENTIAL_ID_MAX: usize = 1023;

/// What the server requires of a response, in either ceremony.
#[derive(Copy, Clone, Debug)]
pub struct CeremonyRequirements<'a> {
    /// The challenge of the options that were given out, at least [`CHALLENGE_MIN`] bytes.
    pub challenge: &'a [u8],
    /// Origins of pages that may run a ceremony, as a browser serializes them: `https://example.com`, no slash at the end.
    pub origins: &'a [&'a str],
    /// Relying party id: a domain, the host of the origins or a registrable suffix of it.
    pub rp_id: &'a str,
    /// Whether the authenticator must have verified the user (PIN, biometry), not only their presence.
    pub user_verification: bool,
}
