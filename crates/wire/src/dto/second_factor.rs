//! DTOs of second factors: authenticator app, recovery codes, and the second step of a sign-in.

use super::macros::{requests, responses};
use super::passkey::PasskeyAssertionJson;
use crate::decode::Secret;
use rolecall_core::credential::recovery_code::RecoveryCode;
use rolecall_core::decision::totp::NewTotp;

requests! {
    /// Second factor of a sign-in: one of a code, a recovery code and a passkey.
    FinishSignInRequest {
        /// Code of six digits of the authenticator app; spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "123 456"))]
        code: Option<Secret>,
        /// Recovery code; case, spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "8h4qa-k2xm7"))]
        recovery_code: Option<Secret>,
        /// Response of `navigator.credentials.get()`, as its `toJSON()` returns it.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        passkey: Option<PasskeyAssertionJson>,
    }
    /// Confirmation of an authenticator app.
    ConfirmTotpRequest {
        /// Code of six digits that the app shows; spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 64, example = "123 456"))]
        code: Secret,
    }
}

responses! {
    /// An authenticator app that was set up and waits for its first code.
    TotpResponse {
        /// Secret for people who type it into their app: 32 characters of base32. It is returned here alone.
        #[cfg_attr(feature = "openapi", schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))]
        secret: String,
        /// `otpauth:` URL, which an app reads from a QR code: SHA-1, six digits, steps of 30 seconds.
        #[cfg_attr(feature = "openapi", schema(format = "uri", example = "otpauth://totp/Acme:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=30"))]
        url: String,
    }
    /// New recovery codes.
    RecoveryCodesResponse {
        /// Ten codes, each of which replaces the second factor once. They are returned here alone.
        codes: Vec<String>,
    }
}

impl TotpResponse {
    /// Builds the response; `product` is the name under which the app shows the account.
    pub fn new(totp: &NewTotp, product: &str) -> Self {
        let url = totp.secret.provisioning_url(product, totp.user.email.as_str());
        TotpResponse { secret: totp.secret.reveal(), url }
    }
}

impl RecoveryCodesResponse {
    /// Builds the response.
    pub fn new(codes: &[RecoveryCode]) -> Self {
        RecoveryCodesResponse { codes: codes.iter().map(RecoveryCode::reveal).collect() }
    }
}
