//! The deployment: its variables, secrets and bindings, read once per isolate. What is missing or malformed is
//! named, and without all of it nothing is answered (fail closed).

use crate::d1::D1;
use crate::gateway::upstream::Upstream;
use crate::mail::template::Links;
use core::time::Duration;
use data_encoding::HEXLOWER;
use rolecall_app::App;
use rolecall_app::hashing::HashQueue;
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::password::Pepper;
use rolecall_core::credential::permission_token::{SigningKeys, TOKEN_SECONDS_MAX};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_policy::Policy;
use rolecall_store::SqlStore;
use rolecall_wire::http::origin::Origins;
use rolecall_wire::http::{loopback, path};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Delay, Env};

/// The deployer's policy, compiled in.
pub const POLICY: &str = include_str!("../../policy/default.json");

/// The range of a permission token's life in seconds, and what it is when nothing is said.
const TOKEN_LIFE: core::ops::RangeInclusive<i64> = 60..=TOKEN_SECONDS_MAX;
const TOKEN_LIFE_DEFAULT: i64 = 120;

/// Between two password hashes of an isolate: a task of its own, so that requests and answers that are ready come first.
const HASH_PAUSE: Duration = Duration::from_millis(1);

/// How mail gets out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailRoute {
    /// A line in the log; the mail itself shows in the development outbox.
    Log,
    /// Cloudflare's `send_email` binding.
    Binding {
        /// The sender's address.
        from: String,
    },
    /// A mail service over HTTP.
    Http {
        /// The sender's address.
        from: String,
        /// Where to post.
        url: String,
        /// The service's key.
        key: Option<String>,
    },
}

/// What stays the same from request to request.
pub struct Config {
    /// Whether this is a developer's machine.
    pub development: bool,
    /// The public origin, where links lead.
    pub origin: String,
    /// The policy with what Rolecall asks of it.
    pub policy_config: PolicyConfig,
    /// How often the database was restored.
    pub epoch: RestoreEpoch,
    /// Keys behind links, cursors and hashes.
    pub keys: Keyring,
    /// How mail gets out.
    pub mail: MailRoute,
    /// SHA-256 of the policy's text, in hex.
    pub policy_hash: String,
    /// Seconds that a permission token lives.
    pub token_life: i64,
    /// Whether the gateway reads token floors from KV.
    pub token_floor: bool,
    /// For whom permission tokens are.
    pub token_audience: String,
    /// Keys that sign permission tokens.
    pub signing: SigningKeys,
    /// Where the gateway leads.
    pub upstream: Upstream,
    /// Whether requests are counted.
    pub rate_limits: bool,
    pepper: Option<Pepper>,
    hashes: HashQueue,
    origins: Origins,
}

thread_local! {
    /// Built by the first request of the isolate. Holds nothing of any request.
    static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
}

impl Config {
    /// The deployment that this isolate runs; the error names all that is wrong with it.
    pub fn of(env: &Env) -> Result<Rc<Config>, String> {
        if let Some(cached) = CONFIG.with_borrow(Clone::clone) {
            return Ok(cached);
        }
        let fresh = Rc::new(Config::read(|name| env.var(name).ok().map(|value| value.to_string()))?);
        CONFIG.set(Some(fresh.clone()));
        Ok(fresh)
    }

    /// Reads variables and secrets.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, String> {
        let mut reader = ConfigReader { lookup, faults: Vec::new() };
        let development = reader.word("ENVIRONMENT", &["development", "production"]).as_deref() == Some("development");
        let origin = reader.needed("ORIGIN");
        if development && origin.as_deref().is_some_and(|origin| !loopback::is_local(origin)) {
            reader.faults.push("ENVIRONMENT=development shows everybody's mail, so ORIGIN must be a local address".to_owned());
        }
        let origins = reader.checked("ORIGIN and ALLOWED_ORIGINS", |get| {
            Origins::parse(&get("ORIGIN").unwrap_or_default(), &get("ALLOWED_ORIGINS").unwrap_or_default())
        });
        let product = reader.needed("PRODUCT_NAME");
        let mail = reader.mail();
        let token_life = reader.checked("TOKEN_LIFE", |get| match get("TOKEN_LIFE") {
            None => Some(TOKEN_LIFE_DEFAULT),
            Some(text) => text.parse().ok().filter(|seconds| TOKEN_LIFE.contains(seconds)),
        });
        let token_floor = reader.checked("TOKEN_FLOOR", |get| match get("TOKEN_FLOOR").as_deref() {
            None | Some("kv") => Some(true),
            Some("off") => Some(false),
            Some(_) => None,
        });
        // Anything but a number closes the deployment: so nothing is answered, mailed or cleared while the database is restored.
        let epoch = reader.checked("RESTORE_EPOCH", |get| match get("RESTORE_EPOCH") {
            None => Some(RestoreEpoch::FIRST),
            Some(text) => RestoreEpoch::parse(&text),
        });
        let named = epoch.unwrap_or_default().to_string();
        let keys = reader.needed("LINK_KEYS").and_then(|text| reader.parsed("LINK_KEYS", Keyring::parse(&text, &named)));
        let signing = reader.needed("TOKEN_KEYS").and_then(|text| reader.parsed("TOKEN_KEYS", SigningKeys::parse(&text)));
        let signing = signing.map(|keys| keys.in_epoch(epoch.unwrap_or_default()));
        let token_audience = reader.needed("TOKEN_AUDIENCE");
        let pepper = reader.checked("PASSWORD_PEPPER", |get| match get("PASSWORD_PEPPER") {
            None => Some(None),
            Some(text) => Pepper::parse(&text).map(Some),
        });
        let policy_config = product.and_then(|product| {
            let policy = reader.parsed("policy/default.json", Policy::parse(POLICY))?;
            reader.parsed(
                "policy/default.json",
                path::within_reach(policy.routes().iter().map(|route| (route.method.as_str(), route.pattern.as_str()))),
            )?;
            reader.parsed("policy/default.json", PolicyConfig::new(policy, &product))
        });
        let upstream = reader.upstream(development);
        let rate_limits = !(development && reader.optional("RATE_LIMITS").as_deref() == Some("off"));
        let policy_config = policy_config.map(|policy_config| PolicyConfig { quotas_enforced: rate_limits, ..policy_config });
        let policy_hash = HEXLOWER.encode(&Sha256::digest(POLICY));
        let complete = || {
            let (origin, origins, policy_config, keys, mail) = (origin?, origins?, policy_config?, keys?, mail?);
            let (signing, token_audience, pepper, upstream) = (signing?, token_audience?, pepper?, upstream?);
            let (token_life, token_floor, epoch) = (token_life?, token_floor?, epoch?);
            Some(Config {
                development,
                origin,
                policy_config,
                epoch,
                keys,
                mail,
                policy_hash,
                token_life,
                token_floor,
                token_audience,
                signing,
                upstream,
                rate_limits,
                pepper,
                hashes: HashQueue::new(|| Box::pin(Delay::from(HASH_PAUSE))),
                origins,
            })
        };
        complete()
            .filter(|_| reader.faults.is_empty())
            .ok_or_else(|| format!("the deployment is not complete: {}", reader.faults.join("; ")))
    }

    /// What use cases are given.
    pub fn app<'a, S>(&'a self, store: &'a S) -> App<'a, S> {
        App { store, config: &self.policy_config, keys: &self.keys, pepper: self.pepper.as_ref(), hashes: &self.hashes }
    }

    /// The store on this deployment's database.
    pub fn store(&self, database: D1) -> SqlStore<D1> {
        SqlStore::new(database).in_epoch(self.epoch)
    }

    /// What makes links.
    pub fn links(&self) -> Links<'_> {
        Links { origin: &self.origin, keys: &self.keys }
    }

    /// The product's name.
    pub fn product(&self) -> &str {
        &self.policy_config.product
    }

    /// The origins that may write. A developer's machine goes by several names, so there the request's own counts too.
    pub fn origins(&self, url: &str) -> Cow<'_, Origins> {
        if !self.development {
            return Cow::Borrowed(&self.origins);
        }
        let mut origins = self.origins.clone();
        origins.add_own(path::origin(url));
        Cow::Owned(origins)
    }
}

/// Variables and secrets while they are read.
struct ConfigReader<F> {
    lookup: F,
    faults: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> ConfigReader<F> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn needed(&mut self, name: &str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.faults.push(format!("{name} is not set"));
        }
        value
    }

    fn word(&mut self, name: &str, words: &[&str]) -> Option<String> {
        let value = self.needed(name)?;
        if !words.contains(&value.as_str()) {
            self.faults.push(format!("{name} is none of {}", words.join(", ")));
            return None;
        }
        Some(value)
    }

    fn checked<T>(&mut self, name: &str, read: impl Fn(&dyn Fn(&str) -> Option<String>) -> Option<T>) -> Option<T> {
        let value = read(&|name| self.optional(name));
        if value.is_none() {
            self.faults.push(format!("{name} cannot be read"));
        }
        value
    }

    /// The error says where, never what: it may be a secret.
    fn parsed<T, E: core::fmt::Display>(&mut self, name: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.faults.push(format!("{name}: {error}"))).ok()
    }

    fn upstream(&mut self, development: bool) -> Option<Upstream> {
        Upstream::read(&|name| self.optional(name), development).map_err(|fault| self.faults.push(fault)).ok()
    }

    fn mail(&mut self) -> Option<MailRoute> {
        match self.word("MAIL", &["log", "send_email", "http"])?.as_str() {
            // Links in a production log would be anybody's who reads it, and nobody would get a mail.
            "log" if self.optional("ENVIRONMENT").as_deref() != Some("development") => {
                self.faults.push("MAIL=log is for development".to_owned());
                None
            }
            "log" => Some(MailRoute::Log),
            "send_email" => Some(MailRoute::Binding { from: self.needed("MAIL_FROM")? }),
            _ => {
                let (from, url) = (self.needed("MAIL_FROM"), self.needed("MAIL_API_URL"));
                Some(MailRoute::Http { from: from?, url: url?, key: self.optional("MAIL_API_KEY") })
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

    fn read(change: &[(&str, &str)]) -> Result<Config, String> {
        Config::read(|name| {
            let pairs = change.iter().chain(COMPLETE);
            pairs.clone().find(|(cached, _)| *cached == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_complete_deployment_is_read() {
        let config = read(&[]).unwrap();
        assert!(config.development && config.rate_limits);
        assert_eq!((config.token_life, config.token_floor), (120, true));
        assert_eq!(config.policy_hash.len(), 64);
    }

    #[test]
    fn each_missing_value_is_named_and_refused() {
        for (name, _) in COMPLETE {
            let error = read(&[(name, "")]).err().unwrap();
            assert!(error.contains(name), "{name}: {error}");
        }
    }

    #[test]
    fn all_faults_are_named_at_once_and_no_secret_is_shown() {
        let faults = [("LINK_KEYS", "k1:hunter2"), ("MAIL", "http"), ("TOKEN_LIFE", "10"), ("TOKEN_FLOOR", "d1"), ("ALLOWED_ORIGINS", "*")];
        let error = read(&faults).err().unwrap();
        for name in ["LINK_KEYS", "MAIL_FROM", "MAIL_API_URL", "TOKEN_LIFE", "TOKEN_FLOOR", "ALLOWED_ORIGINS"] {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("hunter2"));
    }

    #[test]
    fn a_restore_epoch_is_a_number_and_any_other_word_closes_the_deployment() {
        assert!(read(&[("RESTORE_EPOCH", "7")]).is_ok_and(|config| config.epoch.is_restored()));
        assert!(read(&[("RESTORE_EPOCH", "closed")]).err().unwrap().contains("RESTORE_EPOCH"));
    }

    #[test]
    fn mail_is_logged_on_a_developers_machine_only() {
        let error = read(&[("ENVIRONMENT", "production")]).err().unwrap();
        assert!(error.contains("MAIL"), "{error}");
        assert!(read(PRODUCTION).is_ok());
    }

    #[test]
    fn a_development_deployment_has_no_public_address() {
        let public = ("ORIGIN", "https://accounts.acme.io");
        assert!(read(&[public]).err().unwrap().contains("ORIGIN"));
        assert!(read(&[&[public], PRODUCTION].concat()).is_ok());
    }

    #[test]
    fn the_shields_come_down_on_a_developers_machine_only() {
        assert!(!read(&[("RATE_LIMITS", "off")]).unwrap().rate_limits);
        assert!(read(&[&[("RATE_LIMITS", "off")], PRODUCTION].concat()).unwrap().rate_limits);
    }

    #[test]
    fn another_name_of_the_machine_counts_in_development_only() {
        use rolecall_wire::http::origin::OriginTrust;
        let url = "http://127.0.0.1:8787/v1/me";
        let judge = |change| read(change).unwrap().origins(url).trust(Some("http://127.0.0.1:8787"), None);
        assert_eq!(judge(&[]), OriginTrust::Own);
        assert_eq!(judge(PRODUCTION), OriginTrust::Foreign);
    }
}
