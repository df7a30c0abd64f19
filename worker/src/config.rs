//! Configuration of the deployment: variables and secrets, read once per isolate.
//!
//! If a value is missing or malformed, an error names it, and every request fails (fail closed).

use crate::gateway::upstream::Upstream;
use crate::mail::template::LinkIssuer;
use crate::need_database::NeedDatabase;
use crate::relying_party;
use crate::sign_in_config::{self, ProviderSettings};
use data_encoding::HEXLOWER;
use rolecall_app::AppState;
use rolecall_app::hash_queue::HashQueue;
use rolecall_app::issuer_directory::IssuerDirectory;
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::password::Pepper;
use rolecall_core::credential::permission_token::{SigningKeys, TOKEN_SECONDS_MAX};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::passkey::RelyingParty;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::sign_in_config::SignInConfig;
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
    /// Text of the file with the ways to sign in; empty without one.
    #[serde(default)]
    pub sign_in: String,
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
    /// Relying party of passkeys; `None` if the origin cannot have any.
    pub relying_party: Option<RelyingParty>,
    /// Secrets and endpoints of sign-in providers.
    pub providers: ProviderSettings,
    issuers: IssuerDirectory,
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
        let mut config = Config::read(|name| environment.vars.get(name).cloned(), &environment.policy, &environment.sign_in)?;
        config.upstream.service = environment.bindings.contains(UPSTREAM_BINDING);
        Ok(config)
    }

    /// Reads variables and secrets by name, and the texts of the policy and of the ways to sign in.
    ///
    /// # Errors
    /// Every missing or invalid value.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, policy_text: &str, sign_in_text: &str) -> Result<Config, InvalidConfig> {
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
        let relying_party = reader.relying_party(development, product.as_deref().unwrap_or_default());
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
        let sign_in = reader.sign_in(sign_in_text, development);
        let upstream = reader.upstream(development);
        let rate_limits = !(development && reader.optional("RATE_LIMITS").as_deref() == Some("off"));
        let policy_config = policy_config.map(|policy_config| PolicyConfig { quotas_enforced: rate_limits, ..policy_config });
        let policy_hash = HEXLOWER.encode(&Sha256::digest(policy_text));
        let complete = || {
            let (origin, origins, policy_config, keys, mail) = (origin?, origins?, policy_config?, keys?, mail?);
            product?;
            let (signing, token_audience, pepper, upstream) = (signing?, token_audience?, pepper?, upstream?);
            let (token_seconds, min_token_versions, epoch) = (token_seconds?, min_token_versions?, epoch?);
            let (sign_in, providers) = sign_in?;
            let relying_party = relying_party?;
            // Where no passkey can be used, none is asked for.
            let sign_in = SignInConfig { passkey: sign_in.passkey && relying_party.is_some(), ..sign_in };
            let policy_config = PolicyConfig { sign_in, ..policy_config };
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
                relying_party,
                providers,
                issuers: IssuerDirectory::new(development),
                pepper,
                hashes: HashQueue::default(),
                origins,
            })
        };
        complete().filter(|_| reader.faults.is_empty()).ok_or(InvalidConfig(reader.faults))
    }

    /// Dependencies of the use cases.
    pub fn app<'a, S>(&'a self, store: &'a S) -> AppState<'a, S> {
        AppState {
            store,
            config: &self.policy_config,
            keys: &self.keys,
            pepper: self.pepper.as_ref(),
            hashes: &self.hashes,
            issuers: &self.issuers,
        }
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

    fn sign_in(&mut self, text: &str, development: bool) -> Option<(SignInConfig, ProviderSettings)> {
        sign_in_config::read(&|name| self.optional(name), text, development).map_err(|(name, message)| self.fault(&name, message)).ok()
    }

    fn relying_party(&mut self, development: bool, product: &str) -> Option<Option<RelyingParty>> {
        relying_party::read(&|name| self.optional(name), development, product).map_err(|fault| self.fault("RP_ID", fault)).ok()
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
mod tests;
