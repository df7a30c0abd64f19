//! Verification of a registration (section 7.1).

use super::authenticator_data::{AuthenticatorData, Flags};
use super::cbor::{CborError, Item, Key, Reader};
use super::client_data::{Ceremony, check_client_data};
use super::{CeremonyRequirements, WebauthnError};
use uuid::Uuid;

/// Maximum length of an attestation object in bytes. Statements with chains of certificates take up to some 6 kB.
pub const ATTESTATION_OBJECT_MAX: usize = 16 * 1024;
/// Maximum number of transports.
pub const TRANSPORTS_MAX: usize = 16;
/// Maximum length of a transport in characters.
pub const TRANSPORT_MAX: usize = 32;

/// Response of `navigator.credentials.create()`, its parts decoded from base64url.
#[derive(Copy, Clone, Debug)]
pub struct RegistrationResponse<'a> {
    /// `rawId`.
    pub id: &'a [u8],
    /// `response.clientDataJSON`.
    pub client_data: &'a [u8],
    /// `response.attestationObject`.
    pub attestation_object: &'a [u8],
    /// `response.transports`, empty where the client does not tell.
    pub transports: &'a [&'a str],
}

/// Credential to store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCredential {
    /// Credential id, 1 to [`super::CREDENTIAL_ID_MAX`] bytes. Whether it is taken is the caller's to check.
    pub id: Vec<u8>,
    /// Public key: COSE_Key in CBOR, one of [`super::Algorithm::ALL`].
    pub public_key: Vec<u8>,
    /// Signature counter; 0 where the authenticator has none.
    pub sign_count: u32,
    /// Whether the credential may be synchronized to other devices. Never changes.
    pub backup_eligible: bool,
    /// Whether the credential is backed up now.
    pub backed_up: bool,
    /// Transports as the client names them, known ones or not; hints for later ceremonies.
    pub transports: Vec<String>,
    /// Model of the authenticator as the client claims it; all zeros where it does not tell.
    pub aaguid: Uuid,
    /// Whether the authenticator verified the user.
    pub user_verified: bool,
}

/// Verifies a registration.
///
/// # Errors
/// [`WebauthnError`] with the first requirement that is not met.
pub fn verify_registration(
    response: &RegistrationResponse<'_>,
    required: &CeremonyRequirements<'_>,
) -> Result<NewCredential, WebauthnError> {
    check_client_data(response.client_data, Ceremony::Registration, required)?;
    let data = AuthenticatorData::parse(authenticator_data(response.attestation_object)?)?;
    data.check(required)?;
    let credential = data.credential.as_ref().ok_or(WebauthnError::AttestedCredential)?;
    if credential.id != response.id {
        return Err(WebauthnError::CredentialId);
    }
    Ok(NewCredential {
        id: credential.id.to_vec(),
        public_key: credential.public_key.to_vec(),
        sign_count: data.sign_count,
        backup_eligible: data.flags.has(Flags::BACKUP_ELIGIBLE),
        backed_up: data.flags.has(Flags::BACKED_UP),
        transports: transports(response.transports)?,
        aaguid: credential.aaguid,
        user_verified: data.flags.has(Flags::USER_VERIFIED),
    })
}

/// Takes the authenticator data out of an attestation object (section 6.5.4), and checks that the statement is well-formed.
fn authenticator_data(object: &[u8]) -> Result<&[u8], WebauthnError> {
    let malformed = |cause: CborError| WebauthnError::AttestationObject(Some(cause));
    if object.len() > ATTESTATION_OBJECT_MAX {
        return Err(WebauthnError::AttestationObject(None));
    }
    let mut reader = Reader::new(object);
    let entries = reader.map().map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    let member = |name| entries.iter().find_map(|(key, item)| (*key == Key::Text(name)).then_some(*item));
    let (Some(Item::Text(format)), Some(statement), Some(Item::Bytes(data))) = (member("fmt"), member("attStmt"), member("authData"))
    else {
        return Err(WebauthnError::AttestationObject(None));
    };
    match (format, statement) {
        // The statement of `compound` is an array, of any other format a map (section 8).
        ("none", Item::Map { entries: 0 }) => Ok(data),
        ("none", _) => Err(WebauthnError::AttestationStatement),
        (_, Item::Map { .. } | Item::Array) => Ok(data),
        _ => Err(WebauthnError::AttestationStatement),
    }
}

/// Takes transports over as they are, in their order: unknown ones are to be kept and given back (section 5.2.1.1).
fn transports(names: &[&str]) -> Result<Vec<String>, WebauthnError> {
    let is_word = |name: &&str| {
        !name.is_empty() && name.len() <= TRANSPORT_MAX && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if names.len() > TRANSPORTS_MAX || !names.iter().all(is_word) {
        return Err(WebauthnError::Transports);
    }
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.iter().any(|other| other == name) {
            kept.push((*name).to_owned());
        }
    }
    Ok(kept)
}
