//! Tests of `webauthn::client_data`.

use super::super::client_data::{CLIENT_DATA_MAX, Ceremony, check_client_data};
use super::super::software_authenticator::client_data;
use super::*;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;
use serde_json::{Value, json};

fn check(bytes: &[u8]) -> Option<WebauthnError> {
    check_client_data(bytes, Ceremony::Authentication, &REQUIRED).err()
}

/// Client data with members set, or removed by null.
fn changed(members: &Value) -> Vec<u8> {
    let mut all = json!({ "type": "webauthn.get", "challenge": BASE64URL_NOPAD.encode(&CHALLENGE), "origin": ORIGIN });
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value.clone(),
        }
    }
    all.to_string().into_bytes()
}

#[test]
fn client_data_of_a_browser_are_accepted() {
    let plain = client_data("webauthn.get", &CHALLENGE, ORIGIN);
    assert_eq!(check(&plain), None);
    assert_eq!(check(&[b"\xef\xbb\xbf", &plain[..]].concat()), None);
    assert_eq!(
        check(&changed(&json!({ "crossOrigin": false, "extra": { "a": [1, 2] }, "tokenBinding": { "status": "supported" } }))),
        None
    );
    assert_eq!(check(&changed(&json!({ "origin": "https://other.example.com" }))), None);
    let escaped = String::from_utf8(plain).unwrap().replace("webauthn.get", "webauthn\\u002eget");
    assert_eq!(check(escaped.as_bytes()), None);
}

#[test]
fn each_member_is_checked() {
    use WebauthnError::{CeremonyType, Challenge, ClientData, CrossOrigin, Origin};
    for (members, error) in [
        (json!({ "type": "webauthn.create" }), CeremonyType),
        (json!({ "type": "payment.get" }), CeremonyType),
        (json!({ "type": null }), ClientData),
        (json!({ "type": 1 }), ClientData),
        (json!({ "challenge": BASE64URL_NOPAD.encode(&[0xfa; 32]) }), Challenge),
        (json!({ "challenge": BASE64URL_NOPAD.encode(&CHALLENGE[..31]) }), Challenge),
        (json!({ "challenge": BASE64.encode(&CHALLENGE) }), Challenge),
        (json!({ "challenge": "" }), Challenge),
        (json!({ "challenge": null }), ClientData),
        (json!({ "origin": "https://example.com" }), Origin),
        (json!({ "origin": "https://id.example.com/" }), Origin),
        (json!({ "origin": "https://id.example.com:443" }), Origin),
        (json!({ "origin": "http://id.example.com" }), Origin),
        (json!({ "origin": "https://ID.example.com" }), Origin),
        (json!({ "origin": "https://id.example.com.evil.test" }), Origin),
        (json!({ "origin": "" }), Origin),
        (json!({ "origin": null }), ClientData),
        (json!({ "crossOrigin": true }), CrossOrigin),
        (json!({ "crossOrigin": "false" }), ClientData),
        (json!({ "topOrigin": ORIGIN }), CrossOrigin),
        (json!({ "topOrigin": "" }), CrossOrigin),
    ] {
        assert_eq!(check(&changed(&members)), Some(error), "{members}");
    }
    let with_null = |name: &str| String::from_utf8(changed(&json!({}))).unwrap().replacen('{', &format!("{{\"{name}\":null,"), 1);
    assert_eq!(check(with_null("crossOrigin").as_bytes()), Some(ClientData));
    assert_eq!(check(with_null("topOrigin").as_bytes()), Some(CrossOrigin));
}

#[test]
fn a_registration_has_another_type() {
    let check = |kind| check_client_data(&client_data(kind, &CHALLENGE, ORIGIN), Ceremony::Registration, &REQUIRED).err();
    assert_eq!([check("webauthn.create"), check("webauthn.get")], [None, Some(WebauthnError::CeremonyType)]);
}

#[test]
fn a_short_challenge_or_an_empty_list_of_origins_matches_nothing() {
    for (length, error) in [(0, Some(WebauthnError::Challenge)), (15, Some(WebauthnError::Challenge)), (16, None)] {
        let challenge = &CHALLENGE[..length];
        let bytes = client_data("webauthn.get", challenge, ORIGIN);
        assert_eq!(check_client_data(&bytes, Ceremony::Authentication, &CeremonyRequirements { challenge, ..REQUIRED }).err(), error);
    }
    let bytes = client_data("webauthn.get", &CHALLENGE, ORIGIN);
    let required = CeremonyRequirements { origins: &[], ..REQUIRED };
    assert_eq!(check_client_data(&bytes, Ceremony::Authentication, &required), Err(WebauthnError::Origin));
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    let plain = String::from_utf8(changed(&json!({}))).unwrap();
    let repeated = plain.replacen('{', &format!("{{\"origin\":\"{ORIGIN}\","), 1);
    for text in [&repeated, &format!("{plain}x"), &format!("[{plain}]"), "", "null"] {
        assert_eq!(check(text.as_bytes()), Some(WebauthnError::ClientData), "{text}");
    }
    assert_eq!(check(&[plain.as_bytes(), b"\xff"].concat()), Some(WebauthnError::ClientData));
}

#[test]
fn ignored_members_may_be_nested_as_deeply_as_there_is_room() {
    let plain = String::from_utf8(changed(&json!({}))).unwrap();
    let deep = |name: &str| plain.replacen('{', &format!("{{\"{name}\":{}{},", "[".repeat(1900), "]".repeat(1900)), 1);
    assert_eq!(check(deep("x").as_bytes()), None);
    assert_eq!(check(deep("topOrigin").as_bytes()), Some(WebauthnError::CrossOrigin));
    assert_eq!(check(deep("crossOrigin").as_bytes()), Some(WebauthnError::ClientData));
}

#[test]
fn client_data_have_at_most_four_kibibytes() {
    let of_length = |length: usize| {
        let short = changed(&json!({ "extra": "" })).len();
        changed(&json!({ "extra": "x".repeat(length - short) }))
    };
    assert_eq!(CLIENT_DATA_MAX, 4096);
    assert_eq!([4096, 4097].map(|length| check(&of_length(length))), [None, Some(WebauthnError::ClientData)]);
}

#[test]
fn truncated_client_data_are_refused_wherever_they_end() {
    let whole = client_data("webauthn.get", &CHALLENGE, ORIGIN);
    for end in 0..whole.len() {
        assert_eq!(check(&whole[..end]), Some(WebauthnError::ClientData), "{end}");
    }
}

proptest! {
    #[test]
    fn checking_any_bytes_does_not_panic(bytes: Vec<u8>, text: String) {
        let _ = (check(&bytes), check(text.as_bytes()));
    }
}
