//! Credentials and server-issued texts: keys, links, cursors, device cookies, permission tokens, passwords, codes, passkeys, and
//! sign-in at providers.

pub mod cursor;
pub mod device_cookie;
mod keyed_hash;
pub mod link;
pub mod lockout;
pub mod min_token_version;
pub mod oidc;
pub mod one_time_code;
pub mod passkey_challenge;
pub mod password;
pub mod pending_sign_in;
pub mod percent_encoding;
pub mod permission_token;
pub mod recovery_code;
pub mod sealed;
pub mod secret;
pub mod totp;
mod typed_code;
pub mod webauthn;
