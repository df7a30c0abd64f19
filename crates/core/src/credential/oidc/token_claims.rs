//! Claims that ID tokens and tokens of trusted issuers share (RFC 7519 section 4.1; OpenID Connect Core sections 2 and 5.1).

use crate::credential::oidc::json_object;
use crate::domain::email::Email;
use crate::domain::time::Timestamp;
use serde_json::{Map, Value};

/// Tolerated clock skew in seconds.
pub(crate) const SKEW_SECONDS: i64 = 60;
/// Largest number that every JSON parser reads as the same one: 2^53 - 1.
const NUMBER_MAX: i64 = 9_007_199_254_740_991;
/// Longest subject in bytes (OpenID Connect Core section 2).
const SUBJECT_MAX: usize = 255;
/// Most audiences of a token.
const AUDIENCES_MAX: usize = 16;

/// Error of the times of a token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum TimeError {
    Malformed,
    Expired,
    NotYetValid,
}

/// Whole seconds since 1970 from 0 to 2^53 - 1; an error for any other value, None where the claim is missing.
pub(crate) fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, TimeError> {
    let number = |value: &Value| value.as_i64().filter(|number| (0..=NUMBER_MAX).contains(number)).ok_or(TimeError::Malformed);
    claims.get(name).map(number).transpose()
}

/// Checks `exp`, `iat` and `nbf`, the first two of which must be there; returns `exp` and `iat`.
pub(crate) fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(i64, i64), TimeError> {
    let expiry = date(claims, "exp")?.ok_or(TimeError::Malformed)?;
    let issued = date(claims, "iat")?.ok_or(TimeError::Malformed)?;
    let earliest = date(claims, "nbf")?.unwrap_or_default();
    if issued.max(earliest) > now.seconds() + SKEW_SECONDS {
        return Err(TimeError::NotYetValid);
    }
    if now.seconds() >= expiry + SKEW_SECONDS || expiry <= issued {
        return Err(TimeError::Expired);
    }
    Ok((expiry, issued))
}

/// The audiences: a string or a list of 1 to 16 strings; None for any other value.
pub(crate) fn audiences(claims: &Map<String, Value>) -> Option<Vec<&str>> {
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(list) if (1..=AUDIENCES_MAX).contains(&list.len()) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The subject: 1 to 255 bytes without control characters; None for any other value. Case matters.
pub(crate) fn subject(claims: &Map<String, Value>) -> Option<&str> {
    json_object::text(claims, "sub").filter(|text| (1..=SUBJECT_MAX).contains(&text.len()) && !text.chars().any(char::is_control))
}

/// The email address, if it is one that this service accepts.
pub(crate) fn email(claims: &Map<String, Value>) -> Option<Email> {
    Email::parse(json_object::text(claims, "email")?).ok()
}

/// Whether a claim is true. Some providers send the text `true`, Microsoft also `1`.
pub(crate) fn is_true(claims: &Map<String, Value>, name: &str) -> bool {
    match claims.get(name) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn times_are_whole_numbers_and_have_a_minute_of_tolerance() {
        let check = |value: Value| check_times(&claims(value), Timestamp::from_millis(1_000_000_999));
        assert_eq!(check(json!({ "exp": 1_000_001, "iat": 1_000_000, "nbf": 999_999 })), Ok((1_000_001, 1_000_000)));
        for (expiry, issued, earliest, result) in [
            (1_000_300, 1_000_060, 0, Ok((1_000_300, 1_000_060))),
            (1_000_300, 1_000_061, 0, Err(TimeError::NotYetValid)),
            (1_000_300, 0, 1_000_060, Ok((1_000_300, 0))),
            (1_000_300, 0, 1_000_061, Err(TimeError::NotYetValid)),
            (999_941, 0, 0, Ok((999_941, 0))),
            (999_940, 0, 0, Err(TimeError::Expired)),
            (1_000_000, 1_000_000, 0, Err(TimeError::Expired)),
        ] {
            assert_eq!(check(json!({ "exp": expiry, "iat": issued, "nbf": earliest })), result, "{expiry} {issued} {earliest}");
        }
        for odd in
            [json!(null), json!("1"), json!(-1), json!(1.5), json!(1e300), json!(9_007_199_254_740_992_i64), json!(u64::MAX), json!(true)]
        {
            for name in ["exp", "iat", "nbf"] {
                let mut token = json!({ "exp": 1_000_001, "iat": 1_000_000 });
                token[name] = odd.clone();
                assert_eq!(check(token), Err(TimeError::Malformed), "{name} {odd}");
            }
        }
        assert_eq!(check(json!({ "exp": 1_000_001 })), Err(TimeError::Malformed));
        assert_eq!(check(json!({ "iat": 1_000_001 })), Err(TimeError::Malformed));
    }

    #[test]
    fn audiences_are_a_text_or_a_list() {
        let of = |value: Value| audiences(&claims(json!({ "aud": value }))).map(|list| list.join(","));
        assert_eq!((of(json!("a")), of(json!(["a", "b"]))), (Some("a".to_owned()), Some("a,b".to_owned())));
        for bad in [json!(null), json!([]), json!(["a", 1]), json!({}), Value::from_iter((0..17).map(|n| n.to_string()))] {
            assert_eq!(of(bad.clone()), None, "{bad}");
        }
        assert!(of(Value::from_iter((0..16).map(|n| n.to_string()))).is_some());
        assert_eq!(audiences(&claims(json!({}))), None);
    }

    #[test]
    fn a_subject_has_1_to_255_bytes() {
        let of = |value: Value| subject(&claims(json!({ "sub": value }))).is_some();
        assert!(of(json!("a")) && of(json!("a".repeat(255))));
        for bad in [json!(""), json!("a".repeat(256)), json!("a\n"), json!(1), json!(null)] {
            assert!(!of(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn truth_has_a_few_forms_and_emails_are_parsed() {
        let of = |value: Value| is_true(&claims(json!({ "x": value })), "x");
        assert!([json!(true), json!("true"), json!("1"), json!(1)].into_iter().all(of));
        assert!(
            ![json!(false), json!("false"), json!("yes"), json!("True"), json!(0), json!(2), json!([true]), json!(null)]
                .into_iter()
                .any(of)
        );
        assert!(!is_true(&Map::new(), "x"));
        let email = |text: &str| email(&claims(json!({ "email": text }))).map(|email| email.as_str().to_owned());
        assert_eq!((email("Ann@Example.com"), email("ann＠example.com")), (Some("ann@example.com".to_owned()), None));
    }
}
