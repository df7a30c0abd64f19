//! Unit tests of JWK sets, with the keys of the RFCs.

use super::*;
use proptest::prelude::*;

/// RFC 7638 section 3.1.
const RSA_MODULUS: &str = "\
    0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
    tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5ha\
    jrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

/// The key of RFC 7638 section 3.1.
pub(crate) fn rsa() -> Value {
    json!({ "kty": "RSA", "n": RSA_MODULUS, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" })
}

/// The key of RFC 7515 appendix A.3.
pub(crate) fn ec() -> Value {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "ec", "use": "sig", "key_ops": ["verify"] })
}

/// The key of RFC 8037 appendix A.2.
pub(crate) fn okp() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "okp" })
}

/// A set of these keys.
pub(crate) fn set(keys: &[Value]) -> Jwks {
    Jwks::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// Whether a key with one member changed, or removed by null, is usable.
fn usable(mut key: Value, name: &str, value: Value, algorithm: Algorithm) -> bool {
    match value {
        Value::Null => drop(key.as_object_mut().unwrap().remove(name)),
        value => key[name] = value,
    }
    let kid = key["kid"].as_str().unwrap().to_owned();
    let result = set(&[key]).select(&kid, algorithm).map(|_| ());
    assert!(matches!(result, Ok(()) | Err(JwksError::Unusable)));
    result.is_ok()
}

#[test]
fn the_keys_of_the_rfcs_are_usable() {
    let keys = set(&[rsa(), ec(), okp()]);
    for (kid, algorithm, signature_bytes) in
        [("2011-04-29", Algorithm::Rs256, 256), ("ec", Algorithm::Es256, 64), ("okp", Algorithm::EdDsa, 64)]
    {
        let key = keys.select(kid, algorithm).unwrap();
        assert_eq!((key.algorithm(), key.signature_bytes()), (algorithm, signature_bytes), "{kid}");
    }
    let jwk = keys.select("2011-04-29", Algorithm::Rs256).unwrap().to_jwk();
    assert_eq!(jwk, json!({ "kty": "RSA", "n": RSA_MODULUS, "e": "AQAB" }).to_string(), "nothing else of the key");
}

#[test]
fn exactly_one_key_has_the_id() {
    let mut unusable = rsa();
    unusable["kty"] = json!("oct");
    assert_eq!(set(&[rsa()]).select("other", Algorithm::Rs256), Err(JwksError::Unknown));
    assert_eq!(set(&[rsa()]).select("", Algorithm::Rs256), Err(JwksError::Unknown));
    assert_eq!(set(&[rsa(), rsa()]).select("2011-04-29", Algorithm::Rs256), Err(JwksError::Ambiguous));
    assert_eq!(set(&[unusable, rsa()]).select("2011-04-29", Algorithm::Rs256), Err(JwksError::Ambiguous));
    let mut nameless = rsa();
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(set(&[nameless]).select("", Algorithm::Rs256), Err(JwksError::Unknown));
}

#[test]
fn the_algorithm_is_that_of_the_key() {
    let keys = set(&[rsa(), ec(), okp()]);
    for (kid, own) in [("2011-04-29", Algorithm::Rs256), ("ec", Algorithm::Es256), ("okp", Algorithm::EdDsa)] {
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            assert_eq!(keys.select(kid, algorithm).is_ok(), algorithm == own, "{kid} {algorithm:?}");
        }
    }
    let names = ["RS256", "ES256", "EdDSA", "Ed25519"].map(|name| Algorithm::parse(name).is_some());
    assert_eq!(names, [true; 4]);
    for name in ["none", "HS256", "RS1", "RS512", "PS256", "ES384", "ES256K", "Ed448", "rs256", ""] {
        assert_eq!(Algorithm::parse(name), None, "{name}");
    }
}

#[test]
fn each_member_of_a_key_is_checked() {
    use Algorithm::{EdDsa, Es256, Rs256};
    assert!(usable(rsa(), "x5c", json!(["ignored"]), Rs256) && usable(rsa(), "alg", json!(null), Rs256));
    for (key, algorithm, name, value) in [
        (rsa(), Rs256, "kty", json!(null)),
        (rsa(), Rs256, "kty", json!("oct")),
        (rsa(), Rs256, "n", json!(null)),
        (rsa(), Rs256, "n", json!(format!("{RSA_MODULUS}="))),
        (rsa(), Rs256, "e", json!(null)),
        (rsa(), Rs256, "e", json!("AQ")),
        (rsa(), Rs256, "e", json!("Aw")),
        (rsa(), Rs256, "e", json!("AQAA")),
        (rsa(), Rs256, "e", json!("AAEAAQ")),
        (rsa(), Rs256, "e", json!("AQAAAAE")),
        (rsa(), Rs256, "alg", json!("PS256")),
        (rsa(), Rs256, "alg", json!("RSA-OAEP")),
        (rsa(), Rs256, "alg", json!(1)),
        (rsa(), Rs256, "use", json!("enc")),
        (rsa(), Rs256, "key_ops", json!(["encrypt"])),
        (rsa(), Rs256, "key_ops", json!("verify")),
        (rsa(), Rs256, "d", json!("AQAB")),
        (ec(), Es256, "d", json!("AQAB")),
        (ec(), Es256, "crv", json!("P-384")),
        (ec(), Es256, "crv", json!("secp256k1")),
        (ec(), Es256, "crv", json!(null)),
        (ec(), Es256, "x", json!(null)),
        (ec(), Es256, "y", json!(null)),
        (ec(), Es256, "y", json!("AQAB")),
        (ec(), Es256, "alg", json!("ES384")),
        (okp(), EdDsa, "crv", json!("X25519")),
        (okp(), EdDsa, "x", json!("AQAB")),
        (okp(), EdDsa, "k", json!("AQAB")),
    ] {
        assert!(!usable(key.clone(), name, value.clone(), algorithm), "{} {name} = {value}", key["kty"]);
    }
}

#[test]
fn a_modulus_has_2048_to_8192_bits() {
    let of_bits = |bits: usize| {
        let mut modulus = vec![0xff_u8; bits.div_ceil(8)];
        modulus[0] >>= modulus.len() * 8 - bits;
        usable(rsa(), "n", json!(BASE64URL_NOPAD.encode(&modulus)), Algorithm::Rs256)
    };
    assert_eq!([2047, 2048, 2049, 8191, 8192, 8193, 1024].map(of_bits), [false, true, true, true, true, false, false]);
    let bytes = |first: u8, last: u8| {
        let mut modulus = vec![0xff_u8; 257];
        (modulus[0], modulus[256]) = (first, last);
        usable(rsa(), "n", json!(BASE64URL_NOPAD.encode(&modulus)), Algorithm::Rs256)
    };
    assert!(bytes(1, 1) && !bytes(0, 1) && !bytes(1, 2));
}

#[test]
fn a_set_is_an_object_with_a_bounded_list() {
    for text in ["", "[]", "{}", r#"{"keys": {}}"#, r#"{"keys": [], "keys": []}"#] {
        assert_eq!(Jwks::parse(text.as_bytes()), Err(JwksError::Malformed), "{text}");
    }
    let of = |count: usize| Jwks::parse(json!({ "keys": vec![okp(); count] }).to_string().as_bytes()).is_ok();
    assert!(of(KEYS_MAX) && !of(KEYS_MAX + 1));
    let padded = |length: usize| Jwks::parse(format!("{{\"keys\":[]}}{}", " ".repeat(length - 11)).as_bytes()).is_ok();
    assert!(padded(JWKS_MAX) && !padded(JWKS_MAX + 1));
    assert_eq!(Jwks::parse(br#"{"keys": [1, null, "x", []]}"#), Ok(Jwks { keys: Vec::new() }));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_without_a_panic(bytes: Vec<u8>, at in any::<prop::sample::Index>(), byte: u8, n in "[A-Za-z0-9_-]{0,12}") {
        let _ = Jwks::parse(&bytes);
        let mut text = json!({ "keys": [rsa(), ec(), okp()] }).to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let _ = Jwks::parse(&text);
        prop_assert!(!usable(rsa(), "n", json!(n), Algorithm::Rs256));
        let _ = usable(rsa(), "e", json!(n), Algorithm::Rs256);
    }
}
