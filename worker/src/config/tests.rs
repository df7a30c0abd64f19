use super::*;

const COMPLETE: &[(&str, &str)] = &[
    ("ENVIRONMENT", "development"),
    ("ORIGIN", "http://localhost:8787"),
    ("PRODUCT_NAME", "Rolecall"),
    ("MAIL", "log"),
    ("LINK_KEYS", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
    ("TOKEN_KEYS", "t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
    ("TOKEN_AUDIENCE", "rolecall"),
];

const PRODUCTION: &[(&str, &str)] = &[("ENVIRONMENT", "production"), ("MAIL", "send_email"), ("MAIL_FROM", "team@example.com")];

const DEFAULT_POLICY: &str = include_str!("../../../policy/default.json");

fn read(change: &[(&str, &str)]) -> Result<Config, String> {
    read_with(change, DEFAULT_POLICY)
}

fn read_with(change: &[(&str, &str)], policy: &str) -> Result<Config, String> {
    let lookup = |name: &str| {
        let pairs = change.iter().chain(COMPLETE);
        pairs.clone().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Config::read(lookup, policy, "").map_err(|invalid| invalid.to_string())
}

#[test]
fn a_faulty_policy_is_named_with_its_place() {
    for (from, to, named) in [
        ("\"team.access\", \"pods.connect\"", "\"team.fly\", \"pods.connect\"", "team.fly"),
        ("\"team.access\", \"pods.connect\"", "\"team.access\", pods.connect", "line "),
        ("/api/pods/{id}/start", "/pods/{id}/start", "/pods/{id}/start"),
        ("\"code\": \"dev\"", "\"code\": \"dev_ops\"", "dev_ops"),
        ("\"code\": \"admin\"", "\"code\": \"boss\"", "admin"),
    ] {
        let faulty = DEFAULT_POLICY.replacen(from, to, 1);
        assert_ne!(faulty, DEFAULT_POLICY, "{from}");
        let error = read_with(&[], &faulty).err().unwrap();
        assert!(error.contains("policy: ") && error.contains(named), "{named}: {error}");
    }
    assert!(read_with(&[], "").err().unwrap().contains("policy: "));
    // A missing product name does not hide the fault of the policy.
    assert!(read_with(&[("PRODUCT_NAME", "")], "{}").err().unwrap().contains("policy: "));
}

#[test]
fn a_complete_deployment_is_read() {
    let config = read(&[]).unwrap();
    assert!(config.development && config.rate_limits);
    assert_eq!((config.token_seconds, config.min_token_versions), (120, true));
    assert_eq!(config.policy_hash.len(), 64);
}

#[test]
fn each_missing_value_is_named() {
    for (name, _) in COMPLETE {
        let error = read(&[(name, "")]).err().unwrap();
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn all_faults_are_named_at_once_without_secrets() {
    let faults = [("LINK_KEYS", "k1:hunter2"), ("MAIL", "http"), ("TOKEN_LIFE", "10"), ("TOKEN_FLOOR", "d1"), ("ALLOWED_ORIGINS", "*")];
    let error = read(&faults).err().unwrap();
    for name in ["LINK_KEYS", "MAIL_FROM", "MAIL_API_URL", "TOKEN_LIFE", "TOKEN_FLOOR", "ALLOWED_ORIGINS"] {
        assert!(error.contains(name), "{name}: {error}");
    }
    assert!(!error.contains("hunter2"));
}

#[test]
fn a_restore_epoch_that_is_not_a_number_is_rejected() {
    assert!(read(&[("RESTORE_EPOCH", "7")]).is_ok_and(|config| config.epoch.is_restored()));
    assert!(read(&[("RESTORE_EPOCH", "closed")]).err().unwrap().contains("RESTORE_EPOCH"));
}

#[test]
fn mail_is_logged_in_development_only() {
    let error = read(&[("ENVIRONMENT", "production")]).err().unwrap();
    assert!(error.contains("MAIL"), "{error}");
    assert!(read(PRODUCTION).is_ok());
}

#[test]
fn a_development_deployment_has_a_loopback_origin() {
    let public = ("ORIGIN", "https://accounts.acme.io");
    assert!(read(&[public]).err().unwrap().contains("ORIGIN"));
    assert!(read(&[&[public], PRODUCTION].concat()).is_ok());
}

#[test]
fn rate_limits_can_be_disabled_in_development_only() {
    assert!(!read(&[("RATE_LIMITS", "off")]).unwrap().rate_limits);
    assert!(read(&[&[("RATE_LIMITS", "off")], PRODUCTION].concat()).unwrap().rate_limits);
}

#[test]
fn the_origin_of_the_request_is_trusted_in_development_only() {
    use rolecall_wire::http::origin::OriginTrust;
    let url = "http://127.0.0.1:8787/v1/me";
    let trust = |change| read(change).unwrap().origin_trust(url, Some("http://127.0.0.1:8787"), None);
    assert_eq!(trust(&[]), OriginTrust::Own);
    assert_eq!(trust(PRODUCTION), OriginTrust::Foreign);
}
