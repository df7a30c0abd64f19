//! [`RsaVerifier`] by WebCrypto of the platform.

use crate::io::Io;
use crate::signatures;
use rolecall_app::Fault;
use rolecall_app::ports::RsaVerifier;
use rolecall_core::credential::webauthn::PendingAssertion;

/// Has RSA signatures verified by the driver.
pub struct PlatformRsa<'a> {
    /// Connection to the driver.
    pub io: &'a Io,
}

impl RsaVerifier for PlatformRsa<'_> {
    async fn verify(&self, assertion: &PendingAssertion) -> Result<bool, Fault> {
        let (key, message) = (assertion.key().to_jwk(), assertion.message());
        signatures::verify(self.io, "RS256", key, message, assertion.signature()).await
    }
}
