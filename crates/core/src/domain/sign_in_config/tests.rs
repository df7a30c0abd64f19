//! Unit tests of the sign-in configuration: a file that is right, and each rule broken once.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A file with everything in it.
fn full() -> Value {
    json!({
        "$schema": "../schema.json",
        "password": true,
        "email_code": true,
        "passkey": true,
        "providers": [
            { "id": "google", "kind": "oidc", "title": "Google", "issuer": "https://accounts.google.com", "client_id": "g" },
            {
                "id": "entra", "kind": "oidc", "title": "Microsoft", "client_id": "m",
                "issuer": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            },
            {
                "id": "own-idp", "kind": "oidc", "title": "Our sign-in", "issuer": "https://idp.example/", "client_id": "o",
                "scopes": ["openid", "email"], "authoritative_domains": ["acme.example", "xn--bcher-kva.example"],
            },
            { "id": "github", "kind": "github", "title": "GitHub", "client_id": "h" },
        ],
        "trusted_issuers": [{ "issuer": "https://clerk.acme.example", "audience": "rolecall", "domains": ["acme.example"] }],
    })
}

/// The faults of a file: pointer and code.
fn faults(file: &Value) -> Vec<(String, &'static str)> {
    let errors = SignInConfig::parse(&file.to_string(), false).err().map(|errors| errors.0).unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

/// The faults of the full file after one value was set; a null removes it.
fn faults_with(pointer: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut file = full();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = file.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Value::Null) => drop(members.remove(name)),
        (Value::Object(members), value) => drop(members.insert(name.to_owned(), value)),
        (Value::Array(items), value) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    faults(&file)
}

fn one(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(pointer.to_owned(), code)]
}

#[test]
fn a_full_file_is_parsed() {
    let config = SignInConfig::parse(&full().to_string(), false).unwrap();
    assert!(config.password && config.email_code && config.passkey);
    let authority = |id: &str| match &config.provider(&ProviderId::parse(id).unwrap()).unwrap().kind {
        ProviderKind::Github => None,
        ProviderKind::Oidc { authority, .. } => Some(authority.clone()),
    };
    assert_eq!(authority("google"), Some(EmailAuthority::Google));
    assert_eq!(authority("entra"), Some(EmailAuthority::Microsoft));
    let domains = vec!["acme.example".to_owned(), "xn--bcher-kva.example".to_owned()];
    assert_eq!(authority("own-idp"), Some(EmailAuthority::Domains(domains)));
    assert_eq!(authority("github"), None);
    let scopes: Vec<&[String]> = config.providers.iter().map(|provider| provider.scopes.as_slice()).collect();
    assert_eq!(scopes, [&["openid", "email", "profile"][..], &["openid", "email", "profile"], &["openid", "email"], &["user:email"]]);
    let issuers: Vec<&str> = config.providers.iter().map(Provider::issuer).collect();
    assert_eq!((issuers[2], issuers[3]), ("https://idp.example/", "https://github.com/login/oauth"));
    let trusted = config.trusted_issuer("https://clerk.acme.example").unwrap();
    assert_eq!((trusted.audience.as_str(), trusted.domains.as_slice()), ("rolecall", &["acme.example".to_owned()][..]));
    assert_eq!(config.trusted_issuer("https://clerk.acme.example/"), None);
    assert_eq!(config.provider(&ProviderId::parse("gitlab").unwrap()), None);
}

#[test]
fn the_text_must_be_json_of_one_meaning() {
    for text in ["", "[", r#"{"password": true, "password": false, "email_code": true}"#] {
        let errors = SignInConfig::parse(text, false).unwrap_err();
        assert_eq!((errors.0[0].pointer.as_str(), errors.0[0].code), ("", "json-malformed"), "{text}");
    }
    assert_eq!(faults(&json!([])), one("", "type-wrong"));
    let padded = |length: usize| {
        let file = r#"{"password": true, "email_code": true}"#;
        SignInConfig::parse(&format!("{file}{}", " ".repeat(length - file.len())), false).is_ok()
    };
    assert!(padded(64 * 1024) && !padded(64 * 1024 + 1));
}

#[test]
fn each_rule_is_reported_at_its_place() {
    let long = |length: usize| json!("a".repeat(length));
    for (pointer, value, at, code) in [
        ("/password", json!(null), "", "required"),
        ("/password", json!(1), "/password", "type-wrong"),
        ("/email_code", json!("true"), "/email_code", "type-wrong"),
        ("/magic", json!(true), "/magic", "unknown"),
        ("/a~1b", json!(true), "/a~01b", "unknown"),
        ("/passkey", json!("on"), "/passkey", "type-wrong"),
        ("/providers", json!({}), "/providers", "type-wrong"),
        ("/providers/0", json!("google"), "/providers/0", "type-wrong"),
        ("/providers/0/id", json!(null), "/providers/0", "required"),
        ("/providers/0/id", json!("Google"), "/providers/0/id", "value-invalid"),
        ("/providers/0/id", json!("1google"), "/providers/0/id", "value-invalid"),
        ("/providers/0/id", json!("goo_gle"), "/providers/0/id", "value-invalid"),
        ("/providers/0/id", json!(""), "/providers/0/id", "value-invalid"),
        ("/providers/0/id", long(33), "/providers/0/id", "value-invalid"),
        ("/providers/1/id", json!("google"), "/providers/1/id", "duplicate"),
        ("/providers/0/kind", json!(null), "/providers/0", "required"),
        ("/providers/0/kind", json!("saml"), "/providers/0/kind", "value-invalid"),
        ("/providers/0/title", json!(" "), "/providers/0/title", "value-invalid"),
        ("/providers/0/title", json!("a\u{7}"), "/providers/0/title", "value-invalid"),
        ("/providers/0/title", long(65), "/providers/0/title", "value-invalid"),
        ("/providers/0/title", json!(1), "/providers/0/title", "value-invalid"),
        ("/providers/0/client_id", json!(""), "/providers/0/client_id", "value-invalid"),
        ("/providers/0/client_id", json!("a b"), "/providers/0/client_id", "value-invalid"),
        ("/providers/0/client_id", long(257), "/providers/0/client_id", "value-invalid"),
        ("/providers/0/client_secret", json!("x"), "/providers/0/client_secret", "unknown"),
        ("/providers/0/issuer", json!(null), "/providers/0", "required"),
        ("/providers/0/issuer", json!("http://accounts.google.com"), "/providers/0/issuer", "value-invalid"),
        ("/providers/0/issuer", json!("http://localhost:9000"), "/providers/0/issuer", "value-invalid"),
        ("/providers/0/issuer", json!("https://accounts.google.com?x=1"), "/providers/0/issuer", "value-invalid"),
        ("/providers/1/issuer", json!("https://login.microsoftonline.com/common/v2.0"), "/providers/1/issuer", "value-invalid"),
        ("/providers/1/issuer", json!("https://login.microsoftonline.us/organizations/v2.0"), "/providers/1/issuer", "value-invalid"),
        ("/providers/0/authoritative_domains", json!(["a.example"]), "/providers/0/authoritative_domains", "value-invalid"),
        ("/providers/1/authoritative_domains", json!([]), "/providers/1/authoritative_domains", "value-invalid"),
        ("/providers/3/authoritative_domains", json!([]), "/providers/3/authoritative_domains", "unknown"),
        ("/providers/3/issuer", json!("https://github.com"), "/providers/3/issuer", "unknown"),
        ("/providers/2/authoritative_domains", json!(["*"]), "/providers/2/authoritative_domains/0", "value-invalid"),
        ("/providers/2/authoritative_domains/1", json!("bücher.example"), "/providers/2/authoritative_domains/1", "value-invalid"),
        ("/providers/2/authoritative_domains/1", json!("acme.example"), "/providers/2/authoritative_domains/1", "duplicate"),
        ("/providers/2/scopes", json!("openid"), "/providers/2/scopes", "type-wrong"),
        ("/providers/2/scopes", json!(["email"]), "/providers/2/scopes", "required"),
        ("/providers/2/scopes/1", json!("a b"), "/providers/2/scopes/1", "value-invalid"),
        ("/providers/2/scopes/1", json!("a\"b"), "/providers/2/scopes/1", "value-invalid"),
        ("/providers/2/scopes", Value::from_iter((0..17).map(|n| format!("s{n}"))), "/providers/2/scopes", "too-long"),
        ("/providers/3/scopes", json!(["read:user"]), "/providers/3/scopes", "required"),
        ("/trusted_issuers", json!(null), "", ""),
        ("/trusted_issuers/0/domains", json!(null), "", ""),
        ("/trusted_issuers/0/audience", json!(null), "/trusted_issuers/0", "required"),
        ("/trusted_issuers/0/audience", json!(""), "/trusted_issuers/0/audience", "value-invalid"),
        ("/trusted_issuers/0/issuer", json!("clerk"), "/trusted_issuers/0/issuer", "value-invalid"),
        ("/trusted_issuers/0/jwks", json!("x"), "/trusted_issuers/0/jwks", "unknown"),
        ("/trusted_issuers/0/domains/0", json!("Acme.example"), "/trusted_issuers/0/domains/0", "value-invalid"),
        (
            "/trusted_issuers/0/domains",
            Value::from_iter((0..101).map(|n| format!("d{n}.example"))),
            "/trusted_issuers/0/domains",
            "too-long",
        ),
    ] {
        let found = faults_with(pointer, value.clone());
        let expected = if code.is_empty() { Vec::new() } else { one(at, code) };
        assert_eq!(found, expected, "{pointer} = {value}");
    }
}

#[test]
fn an_issuer_is_listed_once_and_a_list_is_bounded() {
    let trusted = |count: usize, issuer: &dyn Fn(usize) -> String| {
        let items = (0..count).map(|n| json!({ "issuer": issuer(n), "audience": "a" }));
        faults(&json!({ "password": true, "email_code": true, "trusted_issuers": Value::from_iter(items) }))
    };
    assert_eq!(trusted(2, &|_| "https://a.example".to_owned()), one("/trusted_issuers/1/issuer", "duplicate"));
    assert_eq!(trusted(32, &|n| format!("https://a{n}.example")), []);
    assert_eq!(trusted(33, &|n| format!("https://a{n}.example")), one("/trusted_issuers", "too-long"));
}

#[test]
fn at_least_one_way_in_is_on() {
    let off = json!({ "password": false, "email_code": false, "passkey": false, "providers": [], "trusted_issuers": [] });
    assert_eq!(faults(&off), one("", "required"));
    for (name, value) in [
        ("password", json!(true)),
        ("email_code", json!(true)),
        ("passkey", full()["passkey"].clone()),
        ("providers", full()["providers"].clone()),
        ("trusted_issuers", full()["trusted_issuers"].clone()),
    ] {
        let mut file = off.clone();
        file[name] = value;
        assert_eq!(faults(&file), [], "{name}");
    }
}

#[test]
fn google_and_microsoft_are_providers_and_no_trusted_issuers() {
    for issuer in ["https://accounts.google.com", "https://login.microsoftonline.com/tenant/v2.0", "https://acme.b2clogin.com/v2.0"] {
        let trusted = json!([{ "issuer": issuer, "audience": "a", "domains": ["acme.example"] }]);
        let file = json!({ "password": true, "email_code": true, "trusted_issuers": trusted });
        assert_eq!(faults(&file), one("/trusted_issuers/0/issuer", "value-invalid"), "{issuer}");
    }
}

#[test]
fn every_fault_is_reported_up_to_50() {
    let file =
        json!({ "password": 1, "email_code": true, "x": 1, "providers": [{ "kind": "oidc", "id": "A", "title": "", "issuer": "i" }] });
    let expected = [
        ("/x", "unknown"),
        ("/password", "type-wrong"),
        ("/providers/0", "required"),
        ("/providers/0/id", "value-invalid"),
        ("/providers/0/title", "value-invalid"),
        ("/providers/0/issuer", "value-invalid"),
    ];
    assert_eq!(faults(&file), expected.map(|(at, code)| (at.to_owned(), code)));
    let many: serde_json::Map<String, Value> = (0..60).map(|n| (format!("x{n}"), json!(1))).collect();
    assert_eq!(faults(&Value::Object(many)).len(), 50);
    let errors = SignInConfig::parse(r#"{"password": true, "email_code": true, "x": 1}"#, false).unwrap_err();
    let expected = "invalid sign-in configuration: at /x: There is no such field; there are password, email_code, passkey, providers, \
                    trusted_issuers, $schema.";
    assert_eq!(errors.to_string(), expected);
}

#[test]
fn development_may_use_this_machine() {
    let mut file = full();
    file["providers"][2]["issuer"] = json!("http://localhost:9000");
    assert!(SignInConfig::parse(&file.to_string(), true).is_ok());
    assert_eq!(faults(&file).len(), 1);
}

#[test]
fn an_rp_id_covers_its_domain_and_those_below() {
    let passkey = PasskeyConfig { rp_id: "example.com".to_owned(), rp_name: "Acme".to_owned() };
    assert!(passkey.covers_host("example.com") && passkey.covers_host("team.example.com"));
    assert!(!passkey.covers_host("notexample.com") && !passkey.covers_host("com") && !passkey.covers_host("example.com.evil.example"));
}

#[test]
fn every_way_of_microsoft_is_recognised() {
    for host in ["login.microsoftonline.com", "sts.windows.net", "acme.ciamlogin.com", "acme.b2clogin.com", "login.live.com"] {
        let mut file = full();
        file["providers"][1]["issuer"] = json!(format!("https://{host}/tenant/v2.0"));
        let config = SignInConfig::parse(&file.to_string(), false).unwrap();
        assert!(matches!(config.providers[1].kind, ProviderKind::Oidc { authority: EmailAuthority::Microsoft, .. }), "{host}");
    }
}

#[test]
fn the_name_of_a_secret_is_that_of_its_provider() {
    assert_eq!(ProviderId::parse("own-idp").unwrap().secret_name(), "PROVIDER_OWN_IDP_SECRET");
    assert_eq!(ProviderId::parse(&"a".repeat(32)).map(|id| id.to_string()), Some("a".repeat(32)));
    assert!(SignInConfig::default().password);
}

proptest! {
    #[test]
    fn any_text_is_parsed_without_a_panic(text: String, at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let _ = SignInConfig::parse(&text, true);
        let mut bytes = full().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = SignInConfig::parse(&String::from_utf8_lossy(&bytes), false);
    }
}
