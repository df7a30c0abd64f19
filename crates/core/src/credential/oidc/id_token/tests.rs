//! Unit tests of ID tokens: the example of OpenID Connect Core, and each rule broken once.

use super::*;
use crate::credential::oidc::jws::tests::token;
use proptest::prelude::*;
use serde_json::json;

/// The example of OpenID Connect Core section 2, with an issuer by TLS.
fn example() -> Value {
    json!({
        "iss": "https://server.example.com", "sub": "24400320", "aud": "s6BhdRkqt3", "nonce": "n-0S6_WzA2Mj", "exp": 1_311_281_970,
        "iat": 1_311_280_970, "auth_time": 1_311_280_969, "acr": "urn:mace:incommon:iap:silver",
    })
}

fn requirements() -> IdTokenRequirements<'static> {
    IdTokenRequirements {
        issuer: "https://server.example.com",
        client_id: "s6BhdRkqt3",
        nonce: "n-0S6_WzA2Mj",
        now: Timestamp::from_millis(1_311_281_000_000),
    }
}

fn checked(header: Value, claims: &Value) -> Result<IdTokenClaims, IdTokenError> {
    IdTokenClaims::from_token_endpoint(&token(&header, claims, b"signature"), &requirements())
}

/// The example with one claim set, or removed by null.
fn with(name: &str, value: Value) -> Result<IdTokenClaims, IdTokenError> {
    let mut claims = example();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    checked(json!({ "alg": "RS256", "kid": "1e9gdk7" }), &claims)
}

#[test]
fn the_example_of_openid_connect_core_is_accepted() {
    let claims = with("name", json!("Ann")).unwrap();
    assert_eq!((claims.issuer.as_str(), claims.subject.as_str()), ("https://server.example.com", "24400320"));
    assert_eq!(claims.auth_time.map(Timestamp::seconds), Some(1_311_280_969));
    assert_eq!((claims.name.as_deref(), claims.email, claims.email_verified), (Some("Ann"), None, false));
}

#[test]
fn the_algorithm_is_a_permitted_one_and_the_type_that_of_a_jwt() {
    for algorithm in ALGORITHMS {
        assert!(checked(json!({ "alg": algorithm, "typ": "jwt" }), &example()).is_ok(), "{algorithm}");
    }
    for algorithm in [json!("none"), json!("None"), json!(""), json!("HS256"), json!("rs256"), json!(null), json!(["RS256"])] {
        assert_eq!(checked(json!({ "alg": algorithm }), &example()), Err(IdTokenError::Header), "{algorithm}");
    }
    assert_eq!(checked(json!({}), &example()), Err(IdTokenError::Header));
    for typ in [json!("at+jwt"), json!("logout+jwt"), json!(1)] {
        assert_eq!(checked(json!({ "alg": "RS256", "typ": typ }), &example()), Err(IdTokenError::Header), "{typ}");
    }
    assert_eq!(checked(json!({ "alg": "RS256", "crit": ["x"] }), &example()), Err(IdTokenError::Malformed));
}

#[test]
fn each_claim_is_checked() {
    use IdTokenError::{Audience, Expired, Issuer, Malformed, Nonce, NotYetValid};
    for (name, value, error) in [
        ("iss", json!(null), Issuer),
        ("iss", json!("https://server.example.com/"), Issuer),
        ("iss", json!("https://evil.example"), Issuer),
        ("aud", json!(null), Malformed),
        ("aud", json!(1), Malformed),
        ("aud", json!("other"), Audience),
        ("aud", json!(["other"]), Audience),
        ("aud", json!(["s6BhdRkqt3", "other"]), Audience),
        ("azp", json!("other"), Audience),
        ("azp", json!(1), Audience),
        ("exp", json!(1_311_280_940), Expired),
        ("exp", json!(null), Malformed),
        ("exp", json!(1_311_281_970.5), Malformed),
        ("exp", json!("1311281970"), Malformed),
        ("iat", json!(null), Malformed),
        ("iat", json!(1_311_281_061), NotYetValid),
        ("nbf", json!(1_311_281_061), NotYetValid),
        ("nonce", json!(null), Nonce),
        ("nonce", json!(""), Nonce),
        ("nonce", json!("n-0S6_WzA2Mk"), Nonce),
        ("nonce", json!(["n-0S6_WzA2Mj"]), Nonce),
        ("sub", json!(null), Malformed),
        ("sub", json!(""), Malformed),
        ("sub", json!("a".repeat(256)), Malformed),
        ("auth_time", json!("1"), Malformed),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} = {value}");
    }
}

#[test]
fn an_audience_of_several_needs_the_authorized_party() {
    let mut claims = example();
    claims["aud"] = json!(["other", "s6BhdRkqt3"]);
    assert_eq!(checked(json!({ "alg": "RS256" }), &claims), Err(IdTokenError::Audience));
    claims["azp"] = json!("s6BhdRkqt3");
    assert!(checked(json!({ "alg": "RS256" }), &claims).is_ok());
    claims["azp"] = json!("other");
    assert_eq!(checked(json!({ "alg": "RS256" }), &claims), Err(IdTokenError::Audience));
    assert!(with("aud", json!(["s6BhdRkqt3"])).is_ok());
}

#[test]
fn an_empty_requirement_fits_no_token() {
    let header = json!({ "alg": "RS256" });
    let mut claims = example();
    claims["nonce"] = json!("");
    let text = token(&header, &claims, b"");
    let check = |text: &str, client_id, nonce| {
        IdTokenClaims::from_token_endpoint(text, &IdTokenRequirements { client_id, nonce, ..requirements() }).err()
    };
    assert_eq!(check(&text, "s6BhdRkqt3", ""), Some(IdTokenError::Nonce));
    claims["aud"] = json!("");
    assert_eq!(check(&token(&header, &claims, b""), "", "n-0S6_WzA2Mj"), Some(IdTokenError::Audience));
}

#[test]
fn claims_about_the_person_are_taken_as_they_are() {
    let email = with("email", json!("Ann@Example.com")).unwrap().email;
    assert_eq!(email.as_ref().map(Email::as_str), Some("ann@example.com"));
    assert_eq!(with("email", json!("no address")).unwrap().email, None);
    assert!(with("email_verified", json!("true")).unwrap().email_verified && !with("email_verified", json!("no")).unwrap().email_verified);
    assert_eq!(with("hd", json!("Acme.Example")).unwrap().hosted_domain.as_deref(), Some("acme.example"));
    assert!(with("xms_edov", json!("1")).unwrap().email_domain_verified && !with("xms_edov", json!(false)).unwrap().email_domain_verified);
    let amr = |value| with("amr", value).unwrap().amr;
    assert_eq!(amr(json!(["pwd", "mfa"])), ["pwd", "mfa"]);
    let long = |count, length| Value::from_iter((0..count).map(|_| "a".repeat(length)));
    assert_eq!(
        (amr(long(METHODS_MAX, METHOD_MAX)).len(), amr(long(METHODS_MAX + 1, 1)).len(), amr(long(1, METHOD_MAX + 1)).len()),
        (16, 0, 0)
    );
    assert_eq!((amr(json!("mfa")).len(), amr(json!([1])).len()), (0, 0));
}

proptest! {
    #[test]
    fn any_token_is_checked_without_a_panic(
        text: String,
        name in "[a-z_]{1,6}",
        value in prop_oneof![Just(json!(null)), any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from)],
    ) {
        let _ = IdTokenClaims::from_token_endpoint(&text, &requirements());
        let _ = with(&name, value);
    }
}
