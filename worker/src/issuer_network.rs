//! [`IssuerNetwork`] by `fetch` and WebCrypto of the platform.

use crate::io::{Io, Need};
use crate::signatures;
use rolecall_app::Fault;
use rolecall_app::ports::{IssuerNetwork, OutboundRequest, OutboundResponse};
use rolecall_core::credential::oidc::issuer_token::{PendingSignature, SignatureResult};
use rolecall_core::credential::oidc::jwks::Algorithm;

/// Has other services asked by the driver.
pub struct PlatformNetwork<'a> {
    /// Connection to the driver.
    pub io: &'a Io,
}

impl IssuerNetwork for PlatformNetwork<'_> {
    async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, Fault> {
        let OutboundRequest { url, headers, form, max } = request;
        let mut headers: Vec<_> = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if form.is_some() {
            headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        let reply = self.io.ask(Need::Fetch { url, headers, form, max }).await.map_err(Fault::new)?;
        let malformed = || Fault::new("a fetch has no status");
        let at = reply.iter().position(|byte| *byte == b'\n').ok_or_else(malformed)?;
        let (status, body) = reply.split_at_checked(at).ok_or_else(malformed)?;
        let status = core::str::from_utf8(status).ok().and_then(|status| status.parse().ok()).ok_or_else(malformed)?;
        Ok(OutboundResponse { status, body: body.get(1..).unwrap_or_default().to_vec() })
    }

    async fn verify(&self, token: &PendingSignature) -> Result<SignatureResult, Fault> {
        let key = token.key();
        let algorithm = match key.algorithm() {
            Algorithm::Rs256 => "RS256",
            Algorithm::Es256 => "ES256",
            Algorithm::EdDsa => "EdDSA",
        };
        let jwk = serde_json::from_str(&key.to_jwk()).map_err(Fault::new)?;
        let is_valid = signatures::verify(self.io, algorithm, jwk, token.signed().as_bytes(), token.signature()).await?;
        Ok(if is_valid { SignatureResult::Valid } else { SignatureResult::Invalid })
    }
}
