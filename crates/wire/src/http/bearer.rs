//! Parser of the `Authorization` header: an API key or a permission token (RFC 6750 section 2.1).
//!
//! If the header is present, the session cookie is ignored, even if the header is malformed.

use crate::problem::ProblemCode;
use rolecall_core::credential::secret::ApiKeySecret;

/// Parsed credential that is not verified yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bearer<'h> {
    /// API key with a valid checksum.
    ApiKey(ApiKeySecret),
    /// Permission token by its form: three parts in base64url.
    Token(&'h str),
}

/// Parses the header.
///
/// # Errors
///
/// [`ProblemCode::ApiKeyInvalid`] for a malformed API key, [`ProblemCode::TokenInvalid`] for any other malformed header.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::bearer::{self, Bearer};
/// use rolecall_wire::problem::ProblemCode;
///
/// assert_eq!(bearer::read("Bearer aaa.bbb.ccc"), Ok(Bearer::Token("aaa.bbb.ccc")));
/// assert_eq!(bearer::read("Basic YTpi"), Err(ProblemCode::TokenInvalid));
/// ```
pub fn read(header: &str) -> Result<Bearer<'_>, ProblemCode> {
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ProblemCode::TokenInvalid);
    }
    if credentials.starts_with(ApiKeySecret::PREFIX) {
        return ApiKeySecret::parse(credentials).map(Bearer::ApiKey).ok_or(ProblemCode::ApiKeyInvalid);
    }
    let is_base64url = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if credentials.split('.').count() == 3 && credentials.split('.').all(is_base64url) {
        return Ok(Bearer::Token(credentials));
    }
    Err(ProblemCode::TokenInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_and_tokens_are_parsed_and_the_rest_is_rejected() {
        let secret = ApiKeySecret::from_random([7; 32]);
        let text = secret.reveal();
        assert_eq!(read(&format!("Bearer {text}")), Ok(Bearer::ApiKey(secret.clone())));
        assert_eq!(read(&format!("bEARER {text}")), Ok(Bearer::ApiKey(secret)));
        assert_eq!(read("Bearer a-b.c_d.9"), Ok(Bearer::Token("a-b.c_d.9")));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  a.b.c",
            "Bearer a.b",
            "Bearer a.b.c.d",
            "Bearer a..c",
            "Bearer a.b.c, Bearer a.b.c",
            "Basic YTpi",
            "a.b.c",
        ] {
            assert_eq!(read(bad), Err(ProblemCode::TokenInvalid), "{bad}");
        }
        for bad in [
            format!("Bearer {text}x"),
            format!("Bearer {}", text.to_uppercase().replacen("RC_", "rc_", 1)),
            "Bearer rc_".to_owned(),
            format!("Bearer {text}, Bearer {text}"),
        ] {
            assert_eq!(read(&bad), Err(ProblemCode::ApiKeyInvalid), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_header_does_not_panic(header: String) {
            let _ = read(&header);
            let _ = read(&format!("Bearer {header}"));
        }
    }
}
