//! JWS in compact serialization (RFC 7515 section 7.1) with JSON objects as header and payload.

use crate::credential::oidc::json_object;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

/// Longest token in bytes: providers that list a person's groups stay below it.
pub(crate) const TOKEN_MAX: usize = 16 * 1024;

/// Token, parsed and not verified.
pub(crate) struct Compact<'t> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// What the signature is about.
    pub(crate) signed: &'t str,
    pub(crate) signature: Vec<u8>,
}

/// Parses a token; None for any other text. A token with an extension that must be understood (`crit`) is such a text, since none is.
pub(crate) fn parse(token: &str) -> Option<Compact<'_>> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let object = |part: &str| json_object::parse(&decode(part)?, TOKEN_MAX);
    let header = object(header)?;
    if header.contains_key("crit") || header.contains_key("b64") {
        return None;
    }
    Some(Compact { header, claims: object(claims)?, signed, signature: decode(signature)? })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A token with these parts, not signed.
    pub(crate) fn token(header: &Value, claims: &Value, signature: &[u8]) -> String {
        let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        format!("{}.{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(signature))
    }

    /// The example of RFC 7519 section 3.1, without a signature that JSON libraries could disagree on.
    #[test]
    fn the_example_of_rfc_7519_is_parsed() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                     eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                     dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let parsed = parse(token).unwrap();
        assert_eq!((&parsed.header["alg"], &parsed.claims["iss"]), (&"HS256".into(), &"joe".into()));
        assert_eq!(Some((parsed.signed, parsed.signature.len())), token.rsplit_once('.').map(|(signed, _)| (signed, 32)));
    }

    #[test]
    fn other_texts_are_no_token() {
        let (empty, claims) = ("e30", "e30");
        assert!(parse(&format!("{empty}.{claims}.")).is_some());
        for text in [
            "",
            ".",
            "..",
            "e30.e30",
            "e30.e30..",
            "e30.e30.e30.e30",
            "e30=.e30.",
            "e31.e30.",
            "W10.e30.",
            "e30.W10.",
            "e30.e30.a",
            " e30.e30.",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
        for header in [serde_json::json!({ "crit": ["exp"] }), serde_json::json!({ "b64": true })] {
            assert!(parse(&token(&header, &serde_json::json!({}), &[])).is_none(), "{header}");
        }
        let of_length = |length: usize| format!("e30.e30.{}", "A".repeat(length - 8));
        assert!(parse(&of_length(TOKEN_MAX)).is_some() && parse(&of_length(TOKEN_MAX + 4)).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic(text: String, parts in "[A-Za-z0-9_-]{0,8}(\\.[A-Za-z0-9_-]{0,8}){0,3}") {
            let _ = (parse(&text), parse(&parts));
        }
    }
}
