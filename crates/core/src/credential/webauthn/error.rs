//! Errors of registrations and assertions.

use super::cbor::CborError;
use super::cose_key::CoseKeyError;
use core::fmt;

/// Reason why a response is refused. No variant carries a value of the response.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum WebauthnError {
    /// The client data is too long, not UTF-8, not JSON, or a member is missing, repeated or of the wrong type.
    ClientData,
    /// `type` is that of another ceremony.
    CeremonyType,
    /// The challenge is not the one that was given out, or that one is too short.
    Challenge,
    /// The page's origin is not allowed.
    Origin,
    /// The ceremony ran in a frame of another origin (`crossOrigin` is true, or `topOrigin` is there).
    CrossOrigin,
    /// The attestation object is too long, not CBOR, or lacks a member.
    AttestationObject(Option<CborError>),
    /// The attestation statement is neither a map nor an array, or one of the format `none` is not empty.
    AttestationStatement,
    /// The authenticator data is too long or too short, or bytes follow it.
    AuthenticatorData,
    /// The extensions of the authenticator data are not a CBOR map with text keys.
    Extensions(Option<CborError>),
    /// The authenticator signed for another relying party.
    RpId,
    /// The user was not present.
    UserPresence,
    /// The user was not verified, and has to be.
    UserVerification,
    /// The credential claims to be backed up and not eligible for it.
    BackupState,
    /// The backup eligibility differs from the one at registration, which never changes.
    BackupEligibility,
    /// A registration without attested credential data, or an assertion with it.
    AttestedCredential,
    /// The credential id is empty, longer than 1023 bytes, or not the one of the response or of the stored credential.
    CredentialId,
    /// The public key is not one that this server accepts.
    PublicKey(CoseKeyError),
    /// More than 16 transports, or one that is not a word of at most 32 characters.
    Transports,
    /// The user handle is that of another user.
    UserHandle,
    /// The user handle is missing, and the response does not say otherwise whose credential it is.
    UserHandleMissing,
    /// The signature is malformed or not one of the key over these data.
    Signature,
    /// The signature counter did not grow: the key may exist in a second authenticator.
    CounterNotIncreased,
}

impl fmt::Display for WebauthnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WebauthnError::ClientData => "malformed client data",
            WebauthnError::CeremonyType => "client data of another ceremony",
            WebauthnError::Challenge => "another challenge",
            WebauthnError::Origin => "origin not allowed",
            WebauthnError::CrossOrigin => "ceremony in a frame of another origin",
            WebauthnError::AttestationObject(_) => "malformed attestation object",
            WebauthnError::AttestationStatement => "malformed attestation statement",
            WebauthnError::AuthenticatorData => "malformed authenticator data",
            WebauthnError::Extensions(_) => "malformed extensions in the authenticator data",
            WebauthnError::RpId => "authenticator data for another relying party",
            WebauthnError::UserPresence => "user not present",
            WebauthnError::UserVerification => "user not verified",
            WebauthnError::BackupState => "credential backed up without being eligible",
            WebauthnError::BackupEligibility => "backup eligibility changed",
            WebauthnError::AttestedCredential => "attested credential data missing at registration or present in an assertion",
            WebauthnError::CredentialId => "credential id invalid or of another credential",
            WebauthnError::PublicKey(_) => "public key not accepted",
            WebauthnError::Transports => "malformed transports",
            WebauthnError::UserHandle => "user handle of another user",
            WebauthnError::UserHandleMissing => "user handle missing",
            WebauthnError::Signature => "invalid signature",
            WebauthnError::CounterNotIncreased => "signature counter not increased",
        })?;
        match self {
            WebauthnError::AttestationObject(Some(cause)) | WebauthnError::Extensions(Some(cause)) => write!(f, ": {cause}"),
            WebauthnError::PublicKey(cause) => write!(f, ": {cause}"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for WebauthnError {}

impl From<CoseKeyError> for WebauthnError {
    fn from(cause: CoseKeyError) -> Self {
        WebauthnError::PublicKey(cause)
    }
}
