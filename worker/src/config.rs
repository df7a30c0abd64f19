//! Configuration of the deployment: variables and secrets, read once per isolate.
//!
//! If a value is missing or malformed, an error names it, and every request fails (fail closed).

use crate::gateway::upstream::Upstream;
use crate::mail::template::LinkIssuer;
use crate::need_database::NeedDatabase;
use data_encoding::HEXLOWER;
use rolecall_app::AppState;
use rolecall_app::hash_queue::HashQueue;
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::password::Pepper;
use rolecall_core::credential::permission_token::{SigningKeys, TOKEN_SECONDS_MAX};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_policy::{Policy, PolicyError};
use rolecall_store::SqlStore;
use rolecall_wire::http::origin::{OriginTrust, Origins};
use rolecall_wire::http::{local_host, path};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Valid lifetimes of permission tokens in seconds.
const TOKEN_SECONDS: core::ops::RangeInclusive<i64> = 60..=TOKEN_SECONDS_MAX;
/// Default lifetime of permission tokens in seconds.
const TOKEN_SECONDS_DEFAULT: i64 = 120;

/// What the platform gives an isolate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Environment {
    /// Variables and secrets by name.
    pub vars: BTreeMap<String, String>,
    /// Names of all other bindings.
    pub bindings: BTreeSet<String>,
    /// Text of the policy file.
    pub policy: String,
}

/// What is wrong with a configuration. It contains no secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fault {
    /// Name of the variable or secret, or `policy`.
    pub name: String,
    /// Sentence that names it, without a full stop.
    pub message: String,
}

/// A configuration with at least one [`Fault`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidConfig(pub Vec<Fault>);

impl core::fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let messages: Vec<&str> = self.0.iter().map(|fault| fault.message.as_str()).collect();
        write!(f, "the deployment is not complete: {}", messages.join("; "))
    }
}

/// Name of the policy in a [`Fault`].
const POLICY: &str = "policy";
/// Name of the upstream's service binding.
const UPSTREAM_BINDING: &str = "UPSTREAM";

/// Transport of mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailTransport {
    /// A line in the log, for development. The development outbox shows the mail.
    Log,
    /// Cloudflare's `send_email` binding.
    Binding {
        /// Address of the sender.
        from: String,
    },
    /// HTTP API of a mail service.
    Http {
        /// Address of the sender.
        from: String,
        /// URL of the mail service.
        url: String,
        /// Bearer key of the mail service.
        key: Option<String>,
    },
}

/// Configuration of the deployment, the same for all requests.
pub struct Config {
    /// Whether `ENVIRONMENT` is `development`.
    pub development: bool,
    /// Public origin, used in links.
    pub origin: String,
    /// Validated policy and settings of authorization.
    pub policy_config: PolicyConfig,
    /// Restore epoch: the number of times that the database was restored.
    pub epoch: RestoreEpoch,
    /// Keys of links, cursors and keyed hashes.
    pub keys: Keyring,
    /// Transport of mail.
    pub mail: MailTransport,
    /// Text of the policy file.
    pub policy_text: String,
    /// SHA-256 of that text in lower-case hex.
    pub policy_hash: String,
    /// Lifetime of permission tokens in seconds.
    pub token_seconds: i64,
    /// Whether minimum token versions are published to KV and checked by the gateway.
    pub min_token_versions: bool,
    /// Audience (`aud`) of permission tokens.
    pub token_audience: String,
    /// Keys that sign permission tokens.
    pub signing: SigningKeys,
    /// Upstream of the gateway.
    pub upstream: Upstream,
    /// Whether rate limits are enforced.
    pub rate_limits: bool,
    pepper: Option<Pepper>,
    hashes: HashQueue,
    origins: Origins,
}

impl Config {
    /// Reads the configuration from an environment.
    ///
    /// # Errors
    /// Those of [`Config::read`].
    pub fn of(environment: &Environment) -> Result<Config, InvalidConfig> {
        let mut config = Config::read(|name| environment.vars.get(name).cloned(), &environment.policy)?;
        config.upstream.service = environment.bindings.contains(UPSTREAM_BINDING);
        Ok(config)
    }

    /// Reads variables and secrets by name, and the text of the policy.
    ///
    /// # Errors
    /// Every missing or invalid value.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, policy_text: &str) -> Result<Config, InvalidConfig> {
        let mut reader = ConfigReader { lookup, faults: Vec::new() };
        let development = reader.one_of("ENVIRONMENT", &["development", "production"]).as_deref() == Some("development");
        let origin = reader.required("ORIGIN");
        if development && origin.as_deref().is_some_and(|origin| !local_host::is_local_host(origin)) {
            reader.fault("ORIGIN", "ENVIRONMENT=development exposes all mail, so ORIGIN must be a loopback address");
        }
        let origins = reader.checked("ORIGIN and ALLOWED_ORIGINS", |get| {
            Origins::parse(&get("ORIGIN").unwrap_or_default(), &get("ALLOWED_ORIGINS").unwrap_or_default())
        });
        let product = reader.required("PRODUCT_NAME");
        let mail = reader.mail();
        let token_seconds = reader.checked("TOKEN_LIFE", |get| match get("TOKEN_LIFE") {
            None => Some(TOKEN_SECONDS_DEFAULT),
            Some(text) => text.parse().ok().filter(|seconds| TOKEN_SECONDS.contains(seconds)),
        });
        let min_token_versions = reader.checked("TOKEN_FLOOR", |get| match get("TOKEN_FLOOR").as_deref() {
            None | Some("kv") => Some(true),
            Some("off") => Some(false),
            Some(_) => None,
        });
        // Any other value fails, so that no request, mail or purge runs while the database is being restored.
        let epoch = reader.checked("RESTORE_EPOCH", |get| match get("RESTORE_EPOCH") {
            None => Some(RestoreEpoch::FIRST),
            Some(text) => RestoreEpoch::parse(&text),
        });
        let epoch_text = epoch.unwrap_or_default().to_string();
        let keys = reader.required("LINK_KEYS").and_then(|text| reader.parsed("LINK_KEYS", Keyring::parse(&text, &epoch_text)));
        let signing = reader.required("TOKEN_KEYS").and_then(|text| reader.parsed("TOKEN_KEYS", SigningKeys::parse(&text)));
        let signing = signing.map(|keys| keys.with_epoch(epoch.unwrap_or_default()));
        let token_audience = reader.required("TOKEN_AUDIENCE");
        let pepper = reader.checked("PASSWORD_PEPPER", |get| match get("PASSWORD_PEPPER") {
            None => Some(None),
            Some(text) => Pepper::parse(&text).map(Some),
        });
        let policy_config = reader.policy(policy_text, product.as_deref().unwrap_or_default());
        let upstream = reader.upstream(development);
        let rate_limits = !(development && reader.optional("RATE_LIMITS").as_deref() == Some("off"));
        let policy_config = policy_config.map(|policy_config| PolicyConfig { quotas_enforced: rate_limits, ..policy_config });
        let policy_hash = HEXLOWER.encode(&Sha256::digest(policy_text));
        let complete = || {
            let (origin, origins, policy_config, keys, mail) = (origin?, origins?, policy_config?, keys?, mail?);
            product?;
            let (signing, token_audience, pepper, upstream) = (signing?, token_audience?, pepper?, upstream?);
            let (token_seconds, min_token_versions, epoch) = (token_seconds?, min_token_versions?, epoch?);
            Some(Config {
                development,
                origin,
                policy_config,
                epoch,
                keys,
                mail,
                policy_text: policy_text.to_owned(),
                policy_hash,
                token_seconds,
                min_token_versions,
                token_audience,
                signing,
                upstream,
                rate_limits,
                pepper,
                hashes: HashQueue::default(),
                origins,
            })
        };
        complete().filter(|_| reader.faults.is_empty()).ok_or(InvalidConfig(reader.faults))
    }

    /// Dependencies of the use cases.
    pub fn app<'a, S>(&'a self, store: &'a S) -> AppState<'a, S> {
        AppState { store, config: &self.policy_config, keys: &self.keys, pepper: self.pepper.as_ref(), hashes: &self.hashes }
    }

    /// Store on a database, in the deployment's restore epoch.
    pub fn store(&self, database: NeedDatabase) -> SqlStore<NeedDatabase> {
        SqlStore::new(database).with_epoch(self.epoch)
    }

    /// Issuer of links.
    pub fn links(&self) -> LinkIssuer<'_> {
        LinkIssuer { origin: &self.origin, keys: &self.keys }
    }

    /// Name of the product.
    pub fn product(&self) -> &str {
        &self.policy_config.product
    }

    /// Trust in the origin of a request, by its headers `Origin` and `Sec-Fetch-Site`. In development the origin of the request's URL
    /// is one of the service, because a machine has several names.
    pub fn origin_trust(&self, url: &str, origin: Option<&str>, fetch_site: Option<&str>) -> OriginTrust {
        let is_own = |origin: &str| self.development && origin == path::origin(url);
        self.origins.classify(origin.map(|origin| if is_own(origin) { &self.origin } else { origin }), fetch_site)
    }
}

/// Message of a policy that cannot be parsed: with line and column where it is not JSON.
fn policy_fault(text: &str, error: &PolicyError) -> String {
    let Some(offset) = error.offset() else { return error.to_string() };
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    format!("policy: the text is not JSON ({}) in line {line}, column {column}", error.value())
}

/// Reader that collects all faults before it fails.
struct ConfigReader<F> {
    lookup: F,
    faults: Vec<Fault>,
}

impl<F: Fn(&str) -> Option<String>> ConfigReader<F> {
    fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(Fault { name: name.to_owned(), message: message.into() });
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.fault(name, format!("{name} is not set"));
        }
        value
    }

    fn one_of(&mut self, name: &str, values: &[&str]) -> Option<String> {
        let value = self.required(name)?;
        if !values.contains(&value.as_str()) {
            self.fault(name, format!("{name} is not one of {}", values.join(", ")));
            return None;
        }
        Some(value)
    }

    fn checked<T>(&mut self, name: &str, read: impl Fn(&dyn Fn(&str) -> Option<String>) -> Option<T>) -> Option<T> {
        let value = read(&|name| self.optional(name));
        if value.is_none() {
            self.fault(name, format!("{name} cannot be read"));
        }
        value
    }

    /// Records a parse error by the name of the variable. The error does not contain the value, which may be a secret.
    fn parsed<T, E: core::fmt::Display>(&mut self, name: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.fault(name, format!("{name}: {error}"))).ok()
    }

    fn policy(&mut self, text: &str, product: &str) -> Option<PolicyConfig> {
        let policy = match Policy::parse(text) {
            Ok(policy) => policy,
            Err(error) => {
                self.fault(POLICY, policy_fault(text, &error));
                return None;
            }
        };
        self.parsed(
            POLICY,
            path::require_gateway_prefix(policy.routes().iter().map(|route| (route.method.as_str(), route.pattern.as_str()))),
        )?;
        self.parsed(POLICY, PolicyConfig::new(policy, product))
    }

    fn upstream(&mut self, development: bool) -> Option<Upstream> {
        Upstream::read(&|name| self.optional(name), development)
            .map_err(|fault| self.fault(fault.split([' ', ':']).next().unwrap_or_default(), fault.as_str()))
            .ok()
    }

    fn mail(&mut self) -> Option<MailTransport> {
        match self.one_of("MAIL", &["log", "send_email", "http"])?.as_str() {
            // In production, links would leak to readers of the log, and no mail would be delivered.
            "log" if self.optional("ENVIRONMENT").as_deref() != Some("development") => {
                self.fault("MAIL", "MAIL=log is permitted in development only");
                None
            }
            "log" => Some(MailTransport::Log),
            "send_email" => Some(MailTransport::Binding { from: self.required("MAIL_FROM")? }),
            _ => {
                let (from, url) = (self.required("MAIL_FROM"), self.required("MAIL_API_URL"));
                Some(MailTransport::Http { from: from?, url: url?, key: self.optional("MAIL_API_KEY") })
            }
        }
    }
}

#[cfg(test)]
mod tests {
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

    const DEFAULT_POLICY: &str = include_str!("../../policy/default.json");

    fn read(change: &[(&str, &str)]) -> Result<Config, String> {
        read_with(change, DEFAULT_POLICY)
    }

    fn read_with(change: &[(&str, &str)], policy: &str) -> Result<Config, String> {
        let lookup = |name: &str| {
            let pairs = change.iter().chain(COMPLETE);
            pairs.clone().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Config::read(lookup, policy).map_err(|invalid| invalid.to_string())
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
}
