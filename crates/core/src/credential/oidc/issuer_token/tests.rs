//! Unit tests of tokens of trusted issuers: a token that fits, and each rule broken once.

use super::*;
use crate::credential::oidc::jwks::tests::{ec, okp, rsa, set};
use crate::credential::oidc::jws::tests::token;
use crate::domain::endpoint_url::EndpointUrl;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000;

impl IssuerClaims {
    /// Claims with this email and nothing else of interest.
    pub(crate) fn for_tests(email: Option<Email>, email_verified: bool) -> Self {
        let text = || "x".to_owned();
        let remember_until = Timestamp::default();
        IssuerClaims { issuer: text(), subject: text(), email, email_verified, name: None, token_id: text(), remember_until }
    }
}

fn trusted() -> TrustedIssuer {
    let issuer = EndpointUrl::parse("https://clerk.acme.example", false).unwrap();
    TrustedIssuer { issuer, audience: "rolecall".to_owned(), domains: vec!["acme.example".to_owned()] }
}

fn claims() -> Value {
    json!({
        "iss": "https://clerk.acme.example", "aud": "rolecall", "sub": "user_1", "jti": "t1", "iat": NOW - 10, "exp": NOW + 60,
        "email": "ann@acme.example", "email_verified": true, "name": "Ann",
    })
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT", "kid": "okp" })
}

fn checked_at(header: &Value, claims: &Value, signature: usize, seconds: i64) -> Result<PendingSignature, IssuerTokenError> {
    let keys = set(&[rsa(), ec(), okp()]);
    let token = token(header, claims, &vec![7; signature]);
    IssuerToken::parse(&token)?.check(&trusted(), &keys, Timestamp::default().plus_seconds(seconds))
}

fn with(part: &Value, name: &str, value: Value) -> Value {
    let mut part = part.clone();
    match value {
        Value::Null => drop(part.as_object_mut().unwrap().remove(name)),
        value => part[name] = value,
    }
    part
}

fn with_claim(name: &str, value: Value) -> Option<IssuerTokenError> {
    checked_at(&header(), &with(&claims(), name, value), 64, NOW).err()
}

fn with_header(name: &str, value: Value) -> Option<IssuerTokenError> {
    checked_at(&with(&header(), name, value), &claims(), 64, NOW).err()
}

#[test]
fn a_token_that_fits_names_its_key_and_waits_for_its_signature() {
    let text = token(&header(), &claims(), &[7; 64]);
    assert_eq!(IssuerToken::parse(&text).unwrap().claimed_issuer(), Some("https://clerk.acme.example"));
    let pending = checked_at(&header(), &claims(), 64, NOW).unwrap();
    assert_eq!(pending.key().algorithm(), Algorithm::EdDsa);
    assert_eq!((pending.signed(), pending.signature()), (text.rsplit_once('.').unwrap().0, [7; 64].as_slice()));
    let claims = pending.conclude(SignatureResult::Valid).unwrap();
    assert_eq!((claims.subject.as_str(), claims.token_id.as_str(), claims.name.as_deref()), ("user_1", "t1", Some("Ann")));
    assert_eq!((claims.issuer.as_str(), claims.email_verified), ("https://clerk.acme.example", true));
    assert_eq!(claims.email.as_ref().map(Email::as_str), Some("ann@acme.example"));
}

#[test]
fn there_are_no_claims_without_a_valid_signature() {
    let pending = checked_at(&header(), &claims(), 64, NOW).unwrap();
    assert_eq!(format!("{pending:?}"), "PendingSignature(…)");
    assert_eq!(pending.conclude(SignatureResult::Invalid), Err(IssuerTokenError::Signature));
}

/// RFC 8037 appendix A.4: what is handed out is what the published signature is about.
#[test]
fn the_signed_text_and_the_key_verify_a_real_signature() {
    let seed = BASE64URL_NOPAD.decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let signing = SigningKey::from_bytes(&seed.try_into().unwrap());
    let published = signing.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(BASE64URL_NOPAD.encode(&published.to_bytes()), expected);

    let unsigned = token(&header(), &claims(), &[]);
    let signed = unsigned.trim_end_matches('.');
    let text = format!("{signed}.{}", BASE64URL_NOPAD.encode(&signing.sign(signed.as_bytes()).to_bytes()));
    let now = Timestamp::default().plus_seconds(NOW);
    let pending = IssuerToken::parse(&text).unwrap().check(&trusted(), &set(&[okp()]), now).unwrap();
    let jwk: Value = serde_json::from_str(&pending.key().to_jwk()).unwrap();
    let public = BASE64URL_NOPAD.decode(jwk["x"].as_str().unwrap().as_bytes()).unwrap();
    let public = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(pending.signature()).unwrap();
    assert!(public.verify_strict(pending.signed().as_bytes(), &signature).is_ok());
}

#[test]
fn each_part_of_the_header_is_checked() {
    use IssuerTokenError::{Header, Key, Malformed};
    for (name, value, error) in [
        ("alg", json!(null), Some(Header)),
        ("alg", json!("none"), Some(Header)),
        ("alg", json!("HS256"), Some(Header)),
        ("alg", json!("eddsa"), Some(Header)),
        ("alg", json!("RS256"), Some(Key(JwksError::Unusable))),
        ("alg", json!("Ed25519"), None),
        ("typ", json!(null), None),
        ("typ", json!("at+JWT"), Some(Header)),
        ("typ", json!("logout+jwt"), Some(Header)),
        ("typ", json!(1), Some(Header)),
        ("kid", json!(null), Some(Header)),
        ("kid", json!(""), Some(Header)),
        ("kid", json!(1), Some(Header)),
        ("kid", json!("k".repeat(KEY_ID_MAX)), Some(Key(JwksError::Unknown))),
        ("kid", json!("k".repeat(KEY_ID_MAX + 1)), Some(Header)),
        ("kid", json!("other"), Some(Key(JwksError::Unknown))),
        ("kid", json!("ec"), Some(Key(JwksError::Unusable))),
        ("crit", json!(["exp"]), Some(Malformed)),
        ("jwk", okp(), None),
        ("jku", json!("https://evil.example"), None),
    ] {
        assert_eq!(with_header(name, value.clone()), error, "{name} = {value}");
    }
}

#[test]
fn each_claim_is_checked() {
    use IssuerTokenError::{Audience, Expired, Issuer, Malformed, NotYetValid};
    for (name, value, error) in [
        ("iss", json!(null), Some(Issuer)),
        ("iss", json!("https://clerk.acme.example/"), Some(Issuer)),
        ("iss", json!(["https://clerk.acme.example"]), Some(Issuer)),
        ("aud", json!(["rolecall"]), None),
        ("aud", json!(null), Some(Malformed)),
        ("aud", json!([]), Some(Malformed)),
        ("aud", json!("other"), Some(Audience)),
        ("aud", json!("Rolecall"), Some(Audience)),
        ("aud", json!(["rolecall", "other"]), Some(Audience)),
        ("sub", json!(null), Some(Malformed)),
        ("sub", json!("a".repeat(256)), Some(Malformed)),
        ("jti", json!(null), Some(Malformed)),
        ("jti", json!(""), Some(Malformed)),
        ("jti", json!(7), Some(Malformed)),
        ("jti", json!("t".repeat(255)), None),
        ("jti", json!("t".repeat(256)), Some(Malformed)),
        ("exp", json!(null), Some(Malformed)),
        ("exp", json!(NOW - 5), None),
        ("exp", json!((NOW + 60).to_string()), Some(Malformed)),
        ("iat", json!(null), Some(Malformed)),
        ("iat", json!(NOW + 59), None),
        ("iat", json!(NOW + 61), Some(NotYetValid)),
        ("nbf", json!(NOW + 61), Some(NotYetValid)),
        ("iat", json!(NOW - 300), None),
        ("iat", json!(NOW - 359), None),
        ("iat", json!(NOW - 360), Some(Expired)),
        ("email", json!(null), None),
    ] {
        assert_eq!(with_claim(name, value.clone()), error, "{name} = {value}");
    }
}

#[test]
fn an_id_is_remembered_until_its_token_is_too_old() {
    for (expiry, last) in [(NOW + 20, NOW + 80), (NOW + 3_600, NOW - 10 + 300 + 60)] {
        let claims = with(&claims(), "exp", json!(expiry));
        let pending = checked_at(&header(), &claims, 64, last - 1).unwrap();
        assert_eq!(pending.conclude(SignatureResult::Valid).unwrap().remember_until.seconds(), last);
        assert_eq!(checked_at(&header(), &claims, 64, last).err(), Some(IssuerTokenError::Expired));
    }
}

#[test]
fn a_signature_has_the_length_of_its_key() {
    for (alg, kid, length) in [("EdDSA", "okp", 64), ("ES256", "ec", 64), ("RS256", "2011-04-29", 256)] {
        let header = json!({ "alg": alg, "kid": kid });
        let of = |signature| checked_at(&header, &claims(), signature, NOW).err();
        let wrong = Some(IssuerTokenError::Signature);
        assert_eq!((of(length), of(length - 1), of(length + 1), of(0)), (None, wrong, wrong, wrong), "{alg}");
    }
}

#[test]
fn an_issuer_without_an_audience_accepts_no_token() {
    let text = token(&header(), &with(&claims(), "aud", json!("")), &[7; 64]);
    let trusted = TrustedIssuer { audience: String::new(), ..trusted() };
    let result = IssuerToken::parse(&text).unwrap().check(&trusted, &set(&[okp()]), Timestamp::default().plus_seconds(NOW));
    assert_eq!(result.err(), Some(IssuerTokenError::Audience));
}

proptest! {
    #[test]
    fn any_token_is_checked_without_a_panic(
        text: String,
        name in "[a-z]{1,4}",
        value in prop_oneof![any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from)],
    ) {
        prop_assert_eq!(IssuerToken::parse(&text).err(), Some(IssuerTokenError::Malformed));
        let _ = (with_claim(&name, value.clone()), with_header(&name, value));
    }
}
