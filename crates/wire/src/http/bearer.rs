//! The `Authorization` header: an API key or a permission token (RFC 6750 section 2.1), and nothing else.
//!
//! A header that is there decides: what it says counts or is refused, and a cookie beside it is not looked at.

use crate::problem::ProblemCode;
use rolecall_core::credential::secret::ApiKeySecret;

/// What an `Authorization` header carries, read but not yet believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bearer<'h> {
    /// An API key whose checksum is right.
    ApiKey(ApiKeySecret),
    /// What looks like a permission token: three parts in base64url.
    Token(&'h str),
}

/// Reads the header; the error is the problem of a header that cannot be taken, told without any look-up.
pub fn read(header: &str) -> Result<Bearer<'_>, ProblemCode> {
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ProblemCode::TokenInvalid);
    }
    if credentials.starts_with(ApiKeySecret::PREFIX) {
        return ApiKeySecret::parse(credentials).map(Bearer::ApiKey).ok_or(ProblemCode::ApiKeyInvalid);
    }
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if credentials.split('.').count() == 3 && credentials.split('.').all(plain) {
        return Ok(Bearer::Token(credentials));
    }
    Err(ProblemCode::TokenInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_and_tokens_are_told_apart_and_the_rest_is_refused() {
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
        fn any_header_is_safe_to_read(header: String) {
            let _ = read(&header);
            let _ = read(&format!("Bearer {header}"));
        }
    }
}
