//! Signatures that the platform's WebCrypto verifies.

use crate::io::{Io, Need};
use data_encoding::BASE64;
use rolecall_app::Fault;

/// Has the driver verify a signature with a public key as a JWK. `algorithm` is named as in JWS.
///
/// # Errors
/// A fault of the platform, and a reply that is neither `true` nor `false`.
pub async fn verify(io: &Io, algorithm: &'static str, jwk: serde_json::Value, message: &[u8], signature: &[u8]) -> Result<bool, Fault> {
    let (message, signature) = (BASE64.encode(message), BASE64.encode(signature));
    match io.ask_text(Need::VerifySignature { algorithm, jwk, message, signature }).await.map_err(Fault::new)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new("a signature check has no result")),
    }
}
