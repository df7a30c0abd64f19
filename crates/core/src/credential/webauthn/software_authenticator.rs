//! Authenticator in software, for tests of whoever registers or asserts passkeys. Deterministic; its keys come from seeds.
//!
//! ```
//! use rolecall_core::credential::webauthn::software_authenticator::SoftwareAuthenticator;
//! use rolecall_core::credential::webauthn::{CeremonyRequirements, verify_registration};
//!
//! let mut authenticator = SoftwareAuthenticator::es256([7; 32], "example.com");
//! let made = authenticator.register(&[1; 32], "https://example.com");
//! let origins = ["https://example.com"];
//! let required = CeremonyRequirements { challenge: &[1; 32], origins: &origins, rp_id: "example.com", user_verification: true };
//! assert_eq!(verify_registration(&made.response(), &required).map(|credential| credential.id), Ok(authenticator.id));
//! ```
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test that uses it")]

pub mod rsa;

use super::authenticator_data::Flags;
use super::{AssertionResponse, RegistrationResponse};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signer;
use serde_json::json;
use sha2::{Digest, Sha256};

/// An authenticator with one credential. Its fields may be changed before a ceremony, to break a rule.
#[derive(Clone, Debug)]
pub struct SoftwareAuthenticator {
    /// Private key.
    pub key: SoftwareKey,
    /// Credential id.
    pub id: Vec<u8>,
    /// Relying party id that it signs for.
    pub rp_id: String,
    /// User presence, user verification and backup flags, as the bits of authenticator data.
    pub flags: u8,
    /// Signature counter: written into the next authenticator data, then raised by one unless it is 0.
    pub sign_count: u32,
    /// Extensions in CBOR.
    pub extensions: Option<Vec<u8>>,
    /// User handle of its assertions.
    pub user_handle: Option<Vec<u8>>,
}

/// Private key of an authenticator.
#[derive(Clone, Debug)]
pub enum SoftwareKey {
    /// ECDSA with P-256 and SHA-256.
    Es256(p256::ecdsa::SigningKey),
    /// Ed25519.
    EdDsa(ed25519_dalek::SigningKey),
    /// RSASSA-PKCS1-v1_5 with SHA-256, with the key of [`rsa`].
    Rs256,
}

/// Parts of a [`RegistrationResponse`].
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the response")]
pub struct MadeRegistration {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

impl MadeRegistration {
    /// The response, with the transports of a platform authenticator.
    pub fn response(&self) -> RegistrationResponse<'_> {
        RegistrationResponse {
            id: &self.id,
            client_data: &self.client_data,
            attestation_object: &self.attestation_object,
            transports: &["internal", "hybrid"],
        }
    }
}

/// Parts of an [`AssertionResponse`].
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the response")]
pub struct MadeAssertion {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

impl MadeAssertion {
    /// The response.
    pub fn response(&self) -> AssertionResponse<'_> {
        AssertionResponse {
            id: &self.id,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
            user_handle: self.user_handle.as_deref(),
        }
    }
}

impl SoftwareAuthenticator {
    /// Authenticator with an ES256 key. Most seeds are keys; one that is none panics.
    pub fn es256(seed: [u8; 32], rp_id: &str) -> Self {
        SoftwareAuthenticator::new(SoftwareKey::Es256(p256::ecdsa::SigningKey::from_slice(&seed).unwrap()), rp_id)
    }

    /// Authenticator with an EdDSA key.
    pub fn eddsa(seed: [u8; 32], rp_id: &str) -> Self {
        SoftwareAuthenticator::new(SoftwareKey::EdDsa(ed25519_dalek::SigningKey::from_bytes(&seed)), rp_id)
    }

    /// Authenticator with an RS256 key, the same for all.
    pub fn rs256(rp_id: &str) -> Self {
        SoftwareAuthenticator::new(SoftwareKey::Rs256, rp_id)
    }

    fn new(key: SoftwareKey, rp_id: &str) -> Self {
        let mut made = SoftwareAuthenticator {
            key,
            id: Vec::new(),
            rp_id: rp_id.to_owned(),
            flags: Flags::USER_PRESENT | Flags::USER_VERIFIED | Flags::BACKUP_ELIGIBLE | Flags::BACKED_UP,
            sign_count: 0,
            extensions: None,
            user_handle: None,
        };
        made.id = Sha256::digest(made.cose_key()).to_vec();
        made
    }

    /// Public key: COSE_Key in CBOR.
    pub fn cose_key(&self) -> Vec<u8> {
        match &self.key {
            SoftwareKey::Es256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let (x, y) = (point.x().unwrap(), point.y().unwrap());
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], &x[..], &[0x22, 0x58, 32], &y[..]].concat()
            }
            SoftwareKey::EdDsa(key) => [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32], &key.verifying_key().as_bytes()[..]].concat(),
            SoftwareKey::Rs256 => rsa::cose_key(),
        }
    }

    /// Runs a registration, with the attestation `none`.
    pub fn register(&mut self, challenge: &[u8], origin: &str) -> MadeRegistration {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let credential = [&[0; 16][..], &length, &self.id, &self.cose_key()].concat();
        let data = self.authenticator_data(Some(&credential));
        MadeRegistration {
            id: self.id.clone(),
            client_data: client_data("webauthn.create", challenge, origin),
            attestation_object: attestation_object(&data),
        }
    }

    /// Runs an authentication.
    pub fn authenticate(&mut self, challenge: &[u8], origin: &str) -> MadeAssertion {
        let client_data = client_data("webauthn.get", challenge, origin);
        let authenticator_data = self.authenticator_data(None);
        let signature = self.sign(&authenticator_data, &client_data);
        MadeAssertion { id: self.id.clone(), client_data, authenticator_data, signature, user_handle: self.user_handle.clone() }
    }

    /// Signs authenticator data and client data.
    pub fn sign(&self, authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let message = [authenticator_data, &Sha256::digest(client_data)].concat();
        match &self.key {
            SoftwareKey::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(&message);
                signature.to_der().as_bytes().to_vec()
            }
            SoftwareKey::EdDsa(key) => key.sign(&message).to_bytes().to_vec(),
            SoftwareKey::Rs256 => rsa::sign(&message),
        }
    }

    fn authenticator_data(&mut self, credential: Option<&[u8]>) -> Vec<u8> {
        let mut flags = self.flags;
        if credential.is_some() {
            flags |= Flags::ATTESTED_CREDENTIAL;
        }
        if self.extensions.is_some() {
            flags |= Flags::EXTENSIONS;
        }
        let count = self.sign_count;
        self.sign_count = if count == 0 { 0 } else { count.saturating_add(1) };
        let parts = [credential.unwrap_or_default(), self.extensions.as_deref().unwrap_or_default()].concat();
        [&Sha256::digest(&self.rp_id)[..], &[flags], &count.to_be_bytes(), &parts].concat()
    }
}

/// Client data as a browser writes it.
pub fn client_data(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = BASE64URL_NOPAD.encode(challenge);
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string().into_bytes()
}

/// Attestation object of the format `none`, of authenticator data with 24 to 65535 bytes.
pub fn attestation_object(authenticator_data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(authenticator_data.len()).unwrap().to_be_bytes();
    let head = if let [0, low] = length { vec![0x58, low] } else { vec![0x59, length[0], length[1]] };
    [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"[..], &head, authenticator_data].concat()
}
