//! Credentials and server-issued texts: keys, links, cursors, device cookies, permission tokens and passwords.

pub mod cursor;
pub mod device_cookie;
pub mod link;
pub mod lockout;
pub mod min_token_version;
pub mod password;
pub mod permission_token;
pub mod sealed;
pub mod secret;
