use super::*;
use crate::testing::claims;
use proptest::prelude::*;

fn keys() -> SigningKeys {
    SigningKeys::parse("t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
}

fn sample() -> Claims {
    claims(&["pods.manage"])
}

const EXPECTED: TokenRequirements<'_> = TokenRequirements { iss: "https://id.example", aud: "api", typ: ACCESS_TOKEN_TYPE, now: 1050 };

#[test]
fn a_token_is_valid_for_its_issuer_audience_type_key_and_time_only() {
    let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
    assert_eq!(keys().verify(&token, &EXPECTED), Ok(sample()));
    for (expected, error) in [
        (TokenRequirements { iss: "https://id.example/", ..EXPECTED }, TokenError::Audience),
        (TokenRequirements { aud: "other", ..EXPECTED }, TokenError::Audience),
        (TokenRequirements { typ: IDENTITY_TOKEN_TYPE, ..EXPECTED }, TokenError::Header),
        (TokenRequirements { now: 1120 + SKEW_SECONDS, ..EXPECTED }, TokenError::Time),
        (TokenRequirements { now: 1000 - SKEW_SECONDS - 1, ..EXPECTED }, TokenError::Time),
    ] {
        assert_eq!(keys().verify(&token, &expected), Err(error), "{expected:?}");
    }
    let other = SigningKeys::parse("t1:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    assert_eq!(other.verify(&token, &EXPECTED), Err(TokenError::Signature));
    let rotated =
        SigningKeys::parse("t2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    assert_eq!(rotated.verify(&token, &EXPECTED), Ok(sample()));
}

#[test]
fn the_lifetime_of_a_token_is_extended_by_the_clock_skew_at_both_ends() {
    let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
    let at = |now| keys().verify(&token, &TokenRequirements { now, ..EXPECTED }).err();
    assert_eq!([1000 - SKEW_SECONDS - 1, 1000 - SKEW_SECONDS].map(at), [Some(TokenError::Time), None]);
    assert_eq!([1120 + SKEW_SECONDS - 1, 1120 + SKEW_SECONDS].map(at), [None, Some(TokenError::Time)]);
    let empty = keys().sign(ACCESS_TOKEN_TYPE, &Claims { exp: 1000, ..sample() });
    assert_eq!(keys().verify(&empty, &TokenRequirements { now: 1000, ..EXPECTED }), Err(TokenError::Time));
}

#[test]
fn a_deployment_without_an_audience_accepts_no_token() {
    let token = keys().sign(ACCESS_TOKEN_TYPE, &Claims { aud: String::new(), ..sample() });
    assert_eq!(keys().verify(&token, &TokenRequirements { aud: "", ..EXPECTED }), Err(TokenError::Audience));
}

#[test]
fn a_token_is_at_most_thirty_two_kibibytes() {
    let longest = |length: usize| {
        let signed = |padding: usize| keys().sign(ACCESS_TOKEN_TYPE, &Claims { jti: "j".repeat(padding), ..sample() });
        let shortest = signed(0).len();
        (0..8).map(|more| signed((length - shortest) / 4 * 3 + more)).rfind(|token| token.len() <= length).unwrap()
    };
    let token = longest(TOKEN_MAX);
    assert!(token.len() > TOKEN_MAX - 4 && keys().verify(&token, &EXPECTED).is_ok(), "{}", token.len());
    let token = longest(TOKEN_MAX + 4);
    assert!(token.len() > TOKEN_MAX, "{}", token.len());
    assert_eq!(keys().verify(&token, &EXPECTED), Err(TokenError::Malformed));
}

#[test]
fn verified_tokens_are_kept_until_there_are_too_many() {
    let mut verified = VerifiedTokens::new();
    let hash = |n: usize| -> [u8; 32] { Sha256::digest(n.to_string()).into() };
    (0..VERIFIED_MAX).for_each(|n| verified.insert(hash(n)));
    assert_eq!(verified.hashes.len(), VERIFIED_MAX);
    verified.insert(hash(VERIFIED_MAX));
    assert_eq!(verified.hashes.len(), 1, "emptied, then filled again");
}

#[test]
fn errors_have_texts_and_keys_are_not_printed() {
    let errors =
        [TokenError::Malformed, TokenError::Header, TokenError::KeyUnknown, TokenError::Signature, TokenError::Audience, TokenError::Time];
    assert!(errors.iter().all(|error| error.to_string().contains("token")));
    assert_eq!(format!("{:?}", keys()), "SigningKeys(1 keys)");
}

#[test]
fn every_claim_is_required_and_typed_and_nbf_is_not_supported() {
    let valid = object(keys().sign(ACCESS_TOKEN_TYPE, &sample()).split('.').nth(1).unwrap()).unwrap();
    let verify = |body: &Map<String, Value>| keys().verify(&keys().sign_claims(ACCESS_TOKEN_TYPE, &Value::Object(body.clone())), &EXPECTED);
    assert_eq!(verify(&valid), Ok(sample()));
    for name in valid.keys() {
        let mut body = valid.clone();
        body[name] = json!(true);
        assert_eq!(verify(&body), Err(TokenError::Malformed), "{name} of a wrong type");
        body.remove(name);
        assert_eq!(verify(&body), Err(TokenError::Malformed), "no {name}");
    }
    for (name, value) in
        [("nbf", json!(0)), ("ver", json!(-1)), ("ver", json!(1.5)), ("ver", json!(9_007_199_254_740_992_i64)), ("permissions", json!([1]))]
    {
        let mut body = valid.clone();
        body.insert(name.to_owned(), value);
        assert_eq!(verify(&body), Err(TokenError::Malformed), "{name}");
    }
}

#[test]
fn a_token_with_256_codes_of_64_bytes_fits_and_one_beyond_the_maximum_length_is_rejected() {
    let with = |count| Claims { permissions: vec!["p".repeat(64); count], ..sample() };
    assert!(keys().verify(&keys().sign(ACCESS_TOKEN_TYPE, &with(256)), &EXPECTED).is_ok());
    let long = keys().sign(ACCESS_TOKEN_TYPE, &with(512));
    assert!(long.len() > TOKEN_MAX);
    assert_eq!(keys().verify(&long, &EXPECTED), Err(TokenError::Malformed));
}

#[test]
fn a_cached_signature_is_valid_for_the_same_text_only() {
    let (keys, mut verified) = (keys(), VerifiedTokens::new());
    let token = keys.sign(ACCESS_TOKEN_TYPE, &sample());
    assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
    assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
    // Claims are checked on each use.
    let late = TokenRequirements { now: 1120 + SKEW_SECONDS, ..EXPECTED };
    assert_eq!(keys.verify_cached(&token, &late, &mut verified), Err(TokenError::Time));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let more = Claims { permissions: vec!["billing.manage".into()], ..sample() };
    let other = keys.sign(ACCESS_TOKEN_TYPE, &more);
    let body = other.split('.').nth(1).unwrap();
    assert_eq!(keys.verify_cached(&format!("{header}.{body}.{signature}"), &EXPECTED, &mut verified), Err(TokenError::Signature));
    // The key of a cached token must still exist.
    let rotated = SigningKeys::parse("t2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    assert_eq!(rotated.verify_cached(&token, &EXPECTED, &mut verified), Err(TokenError::KeyUnknown));
    // A rejected token is not cached, and a full cache is emptied.
    assert_eq!(verified.hashes.len(), 1);
    for byte in 0..VERIFIED_MAX {
        verified.insert(Sha256::digest(byte.to_be_bytes()).into());
    }
    assert!(verified.hashes.len() <= VERIFIED_MAX);
    assert_eq!(keys.verify_cached(&token, &EXPECTED, &mut verified), Ok(sample()));
}

#[test]
fn a_token_is_valid_in_its_restore_epoch_only() {
    let (first, second) = (RestoreEpoch::parse("1").unwrap(), RestoreEpoch::parse("2").unwrap());
    let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
    assert_eq!(keys().with_epoch(RestoreEpoch::FIRST).verify(&token, &EXPECTED), Ok(sample()));
    assert_eq!(keys().with_epoch(first).verify(&token, &EXPECTED), Err(TokenError::KeyUnknown));
    let later = keys().with_epoch(first).sign(ACCESS_TOKEN_TYPE, &sample());
    assert_eq!(keys().with_epoch(first).verify(&later, &EXPECTED), Ok(sample()));
    for other in [keys(), keys().with_epoch(second)] {
        assert_eq!(other.verify(&later, &EXPECTED), Err(TokenError::KeyUnknown));
    }
    // The keys differ as well, for verifiers that ignore key ids.
    let jwks = |keys: SigningKeys| serde_json::from_str::<Value>(&keys.jwks()).unwrap()["keys"][0].clone();
    let (before, after) = (jwks(keys()), jwks(keys().with_epoch(first)));
    assert_eq!((before["kid"].as_str(), after["kid"].as_str()), (Some("t1"), Some("t1.1")));
    assert_ne!(before["x"], after["x"]);
    let longest = SigningKeys::parse("sixteen-letters-:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let longest = longest.with_epoch(RestoreEpoch::parse("1000000").unwrap());
    assert_eq!(longest.verify(&longest.sign(ACCESS_TOKEN_TYPE, &sample()), &EXPECTED), Ok(sample()));
}

#[test]
fn unexpected_headers_are_rejected() {
    let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
    let rest = token.split_once('.').unwrap().1;
    for header in [
        r#"{"alg":"none","typ":"at+jwt","kid":"t1"}"#,
        r#"{"alg":"HS256","typ":"at+jwt","kid":"t1"}"#,
        r#"{"alg":"eddsa","typ":"at+jwt","kid":"t1"}"#,
        r#"{"typ":"at+jwt","kid":"t1"}"#,
        r#"{"alg":"EdDSA","kid":"t1"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","kid":"t1"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"t1","crit":["b64"]}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"../t1"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"t1","jwk":{}}"#,
    ] {
        let forged = format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()));
        assert!(keys().verify(&forged, &EXPECTED).is_err(), "{header}");
    }
}

#[test]
fn the_jwk_set_holds_public_keys_only() {
    let jwks = keys().jwks();
    assert!(jwks.contains("\"x\":\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\""), "{jwks}");
    assert!(!jwks.contains("\"d\""));
}

proptest! {
    #[test]
    fn a_token_with_a_changed_byte_is_rejected(at in 0_usize..600, byte in 0x21_u8..0x7f) {
        let token = keys().sign(ACCESS_TOKEN_TYPE, &sample());
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        if changed != token {
            prop_assert!(keys().verify(&changed, &EXPECTED).is_err());
        }
    }

    #[test]
    fn an_arbitrary_text_is_rejected(token: String) {
        prop_assert!(keys().verify(&token, &EXPECTED).is_err());
    }
}
