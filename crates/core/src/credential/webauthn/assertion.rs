//! Verification of an assertion (section 7.2).
//!
//! ES256 and EdDSA are verified here. RS256 is verified by whoever calls, with what [`PendingAssertion`] carries; a
//! [`VerifiedAssertion`] comes into being only after a signature check.

use super::authenticator_data::{AuthenticatorData, Flags};
use super::client_data::{Ceremony, check_client_data};
use super::cose_key::{PublicKey, RsaPublicKey};
use super::{CeremonyRequirements, WebauthnError};
use p256::ecdsa::signature::Verifier;
use sha2::{Digest, Sha256};

/// What is stored of a credential, as far as an assertion is checked with it.
#[derive(Copy, Clone, Debug)]
pub struct StoredCredential<'a> {
    /// Credential id.
    pub id: &'a [u8],
    /// Public key as [`super::NewCredential::public_key`] had it.
    pub public_key: &'a [u8],
    /// Signature counter of the last ceremony.
    pub sign_count: u32,
    /// Backup eligibility at registration.
    pub backup_eligible: bool,
    /// User handle of the credential's user: `user.id` of the registration options.
    pub user_handle: &'a [u8],
}

/// Response of `navigator.credentials.get()`, its parts decoded from base64url.
#[derive(Copy, Clone, Debug)]
pub struct AssertionResponse<'a> {
    /// `rawId`.
    pub id: &'a [u8],
    /// `response.clientDataJSON`.
    pub client_data: &'a [u8],
    /// `response.authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `response.signature`.
    pub signature: &'a [u8],
    /// `response.userHandle`.
    pub user_handle: Option<&'a [u8]>,
}

/// Whether an assertion must carry a user handle.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum UserHandlePolicy {
    /// It must: the options named no credentials, so nothing else says who signs in.
    Required,
    /// It may be missing: the user is known otherwise, and the caller has checked that the credential is theirs.
    Optional,
}

/// What a verified assertion tells, to be stored with the credential.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct VerifiedAssertion {
    sign_count: u32,
    backed_up: bool,
    user_verified: bool,
}

impl VerifiedAssertion {
    /// Signature counter, to be stored in place of the earlier one.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// Whether the credential is backed up now.
    pub const fn backed_up(&self) -> bool {
        self.backed_up
    }

    /// Whether the authenticator verified the user in this ceremony, so that the assertion stands for two factors.
    pub const fn user_verified(&self) -> bool {
        self.user_verified
    }
}

/// Result of [`verify_assertion`].
#[must_use = "an assertion is verified only with its signature"]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignatureCheck {
    /// The signature is valid, and so is everything else.
    Verified(VerifiedAssertion),
    /// Everything before the signature is valid; the RSA signature remains to be checked.
    Rsa(PendingAssertion),
}

/// Assertion whose RSA signature has not been checked: RSASSA-PKCS1-v1_5 with SHA-256 of [`PendingAssertion::message`].
#[must_use = "an assertion is verified only with its signature"]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingAssertion {
    key: RsaPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
    assertion: VerifiedAssertion,
    stored_count: u32,
}

impl PendingAssertion {
    /// Key to verify with.
    pub const fn key(&self) -> &RsaPublicKey {
        &self.key
    }

    /// Signed bytes, not hashed.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Signature, as long as the modulus.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Completes the verification with the result of the signature check.
    ///
    /// # Errors
    /// [`WebauthnError::Signature`] unless `is_valid`; [`WebauthnError::CounterNotIncreased`].
    pub fn finish(self, is_valid: bool) -> Result<VerifiedAssertion, WebauthnError> {
        if is_valid { check_counter(self.assertion, self.stored_count) } else { Err(WebauthnError::Signature) }
    }
}

/// Verifies an assertion with the stored credential that its id names.
///
/// # Errors
/// [`WebauthnError`] with the first requirement that is not met. [`WebauthnError::CounterNotIncreased`] only after a valid
/// signature, so that it can be reported as a sign of a cloned authenticator.
pub fn verify_assertion(
    response: &AssertionResponse<'_>,
    stored: &StoredCredential<'_>,
    user_handle: UserHandlePolicy,
    required: &CeremonyRequirements<'_>,
) -> Result<SignatureCheck, WebauthnError> {
    if response.id != stored.id {
        return Err(WebauthnError::CredentialId);
    }
    match response.user_handle {
        Some(handle) if handle != stored.user_handle => return Err(WebauthnError::UserHandle),
        None if user_handle == UserHandlePolicy::Required => return Err(WebauthnError::UserHandleMissing),
        _ => {}
    }
    check_client_data(response.client_data, Ceremony::Authentication, required)?;
    let data = AuthenticatorData::parse(response.authenticator_data)?;
    data.check(required)?;
    // Section 6.1: only a registration has one.
    if data.credential.is_some() {
        return Err(WebauthnError::AttestedCredential);
    }
    if data.flags.has(Flags::BACKUP_ELIGIBLE) != stored.backup_eligible {
        return Err(WebauthnError::BackupEligibility);
    }
    let assertion = VerifiedAssertion {
        sign_count: data.sign_count,
        backed_up: data.flags.has(Flags::BACKED_UP),
        user_verified: data.flags.has(Flags::USER_VERIFIED),
    };
    let mut message = response.authenticator_data.to_vec();
    message.extend_from_slice(&Sha256::digest(response.client_data));
    let is_valid = match PublicKey::parse(stored.public_key)? {
        PublicKey::Es256(key) => {
            // Both values of S are accepted: nothing here relies on a signature being the only one of its message.
            p256::ecdsa::Signature::from_der(response.signature).is_ok_and(|signature| key.verify(&message, &signature).is_ok())
        }
        PublicKey::EdDsa(key) => {
            ed25519_dalek::Signature::from_slice(response.signature).is_ok_and(|signature| key.verify_strict(&message, &signature).is_ok())
        }
        PublicKey::Rs256(key) => {
            // RFC 8017 section 8.2.2, step 1.
            if response.signature.len() != key.modulus_bytes() {
                return Err(WebauthnError::Signature);
            }
            let (signature, stored_count) = (response.signature.to_vec(), stored.sign_count);
            return Ok(SignatureCheck::Rsa(PendingAssertion { key, message, signature, assertion, stored_count }));
        }
    };
    if !is_valid {
        return Err(WebauthnError::Signature);
    }
    check_counter(assertion, stored.sign_count).map(SignatureCheck::Verified)
}

/// Checks that a counter grew, where there is one at all.
fn check_counter(assertion: VerifiedAssertion, stored: u32) -> Result<VerifiedAssertion, WebauthnError> {
    let has_counter = assertion.sign_count != 0 || stored != 0;
    if has_counter && assertion.sign_count <= stored { Err(WebauthnError::CounterNotIncreased) } else { Ok(assertion) }
}
