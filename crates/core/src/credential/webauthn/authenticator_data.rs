//! Authenticator data (section 6.1): what an authenticator signs.

use super::cbor::{CborError, Key, Reader};
use super::cose_key::{CoseKeyError, PublicKey};
use super::{CREDENTIAL_ID_MAX, CeremonyRequirements, WebauthnError};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Maximum length of authenticator data in bytes. The longest id with the longest key takes 1.6 kB; the rest is for extensions.
pub const AUTHENTICATOR_DATA_MAX: usize = 4096;

/// Flags of authenticator data. Reserved bits are ignored.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const USER_PRESENT: u8 = 0x01;
    pub(super) const USER_VERIFIED: u8 = 0x04;
    pub(super) const BACKUP_ELIGIBLE: u8 = 0x08;
    pub(super) const BACKED_UP: u8 = 0x10;
    pub(super) const ATTESTED_CREDENTIAL: u8 = 0x40;
    pub(super) const EXTENSIONS: u8 = 0x80;

    /// Whether a flag is set.
    pub(super) const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// Credential that an authenticator made in this ceremony.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AttestedCredential<'a> {
    /// Model of the authenticator, as the client claims it.
    pub(super) aaguid: Uuid,
    /// Credential id, 1 to [`CREDENTIAL_ID_MAX`] bytes.
    pub(super) id: &'a [u8],
    /// The COSE key, one of [`super::Algorithm::ALL`], as it was written.
    pub(super) public_key: &'a [u8],
}

/// Parsed authenticator data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    pub(super) flags: Flags,
    /// Signature counter; 0 where the authenticator has none.
    pub(super) sign_count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

impl<'a> AuthenticatorData<'a> {
    /// Parses authenticator data.
    ///
    /// # Errors
    /// [`WebauthnError::AuthenticatorData`], [`WebauthnError::CredentialId`], [`WebauthnError::PublicKey`] or
    /// [`WebauthnError::Extensions`].
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, WebauthnError> {
        const MALFORMED: WebauthnError = WebauthnError::AuthenticatorData;
        if bytes.len() > AUTHENTICATOR_DATA_MAX {
            return Err(MALFORMED);
        }
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(MALFORMED)?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        let flags = Flags(*flags);
        let mut credential = None;
        if flags.has(Flags::ATTESTED_CREDENTIAL) {
            let (read, after) = attested_credential(rest)?;
            credential = Some(read);
            rest = after;
        }
        if flags.has(Flags::EXTENSIONS) {
            rest = skip_extensions(rest)?;
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(AuthenticatorData { rp_id_hash, flags, sign_count: u32::from_be_bytes(*sign_count), credential })
    }

    /// Checks what both ceremonies require: relying party, user presence, user verification, consistent backup flags.
    ///
    /// # Errors
    /// [`WebauthnError`] with the first requirement that is not met.
    pub(super) fn check(&self, required: &CeremonyRequirements<'_>) -> Result<(), WebauthnError> {
        if self.rp_id_hash[..] != Sha256::digest(required.rp_id)[..] {
            return Err(WebauthnError::RpId);
        }
        if !self.flags.has(Flags::USER_PRESENT) {
            return Err(WebauthnError::UserPresence);
        }
        if required.user_verification && !self.flags.has(Flags::USER_VERIFIED) {
            return Err(WebauthnError::UserVerification);
        }
        if self.flags.has(Flags::BACKED_UP) && !self.flags.has(Flags::BACKUP_ELIGIBLE) {
            return Err(WebauthnError::BackupState);
        }
        Ok(())
    }
}

/// Reads attested credential data (section 6.5.1); returns what follows it.
fn attested_credential(bytes: &[u8]) -> Result<(AttestedCredential<'_>, &[u8]), WebauthnError> {
    const MALFORMED: WebauthnError = WebauthnError::AuthenticatorData;
    let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(MALFORMED)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(MALFORMED)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > CREDENTIAL_ID_MAX {
        return Err(WebauthnError::CredentialId);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(MALFORMED)?;
    let mut reader = Reader::new(rest);
    PublicKey::read(&mut reader)?;
    let length = rest.len() - reader.rest().len();
    let (public_key, rest) = rest.split_at_checked(length).ok_or(CoseKeyError::Cbor(CborError::Truncated))?;
    Ok((AttestedCredential { aaguid: Uuid::from_bytes(*aaguid), id, public_key }, rest))
}

/// Checks that extensions are a map with text keys; returns what follows it.
fn skip_extensions(bytes: &[u8]) -> Result<&[u8], WebauthnError> {
    let mut reader = Reader::new(bytes);
    let entries = reader.map().map_err(|cause| WebauthnError::Extensions(Some(cause)))?;
    if entries.iter().all(|(key, _)| matches!(key, Key::Text(_))) { Ok(reader.rest()) } else { Err(WebauthnError::Extensions(None)) }
}
