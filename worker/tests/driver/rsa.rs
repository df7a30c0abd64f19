//! RSA signatures, which WebCrypto verifies on the platform.

use data_encoding::BASE64;
use rolecall_core::credential::webauthn::software_authenticator::rsa;
use serde_json::Value;

/// Whether a signature in base64 is one of the key over the message.
pub fn verify(jwk: &Value, message: &str, signature: &str) -> bool {
    let bytes = |text: &str| BASE64.decode(text.as_bytes()).unwrap();
    rsa::verify(jwk, &bytes(message), &bytes(signature))
}
