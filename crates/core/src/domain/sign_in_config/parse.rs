//! Parser of the file. It collects faults and goes on.

use super::{EmailAuthority, Provider, ProviderId, ProviderKind, SignInConfig, SignInConfigErrors, TrustedIssuer, is_canonical_domain};
use crate::domain::endpoint_url::EndpointUrl;
use crate::domain::field_error::FieldError;
use rolecall_json::{Kind, Value};

/// Longest file in bytes.
const FILE_MAX: usize = 64 * 1024;
/// Most faults reported at once.
const FAULTS_MAX: usize = 50;
/// Most providers, and most trusted issuers.
const LIST_MAX: usize = 32;
/// Most domains of a provider or issuer.
const DOMAINS_MAX: usize = 100;
/// Most scopes of a provider.
const SCOPES_MAX: usize = 16;
/// Longest title in characters.
const TITLE_MAX: usize = 64;
/// Longest client id, audience or scope in bytes.
const TOKEN_MAX: usize = 256;

const FIELDS: &[&str] = &["password", "email_code", "passkey?", "providers?", "trusted_issuers?", "$schema?"];
const OIDC_FIELDS: &[&str] = &["id", "kind", "title", "issuer", "client_id", "scopes?", "authoritative_domains?"];
const GITHUB_FIELDS: &[&str] = &["id", "kind", "title", "client_id", "scopes?"];
const ISSUER_FIELDS: &[&str] = &["issuer", "audience", "domains?"];

/// Issuer of Google.
const GOOGLE: &str = "https://accounts.google.com";
/// Hosts of Microsoft's issuers: Entra ID with its national clouds, personal accounts.
const MICROSOFT: [&str; 5] =
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "sts.windows.net", "login.live.com"];
/// Domains of hosts of Microsoft's issuers: External ID and Azure AD B2C.
const MICROSOFT_DOMAINS: [&str; 2] = [".ciamlogin.com", ".b2clogin.com"];
/// Paths of Microsoft's endpoints for many tenants, which have no issuer of their own.
const MICROSOFT_SHARED: [&str; 3] = ["common", "organizations", "consumers"];

impl SignInConfig {
    /// Parses the file. `development` permits issuers on this machine without TLS.
    ///
    /// # Errors
    /// The first 50 faults of the file, in document order within each object.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::sign_in_config::SignInConfig;
    ///
    /// let config = SignInConfig::parse(r#"{"password": false, "email_code": true}"#, false)?;
    /// assert!(config.email_code && !config.password);
    ///
    /// let errors = SignInConfig::parse(r#"{"password": 1, "email_code": true, "magic": true}"#, false).unwrap_err();
    /// let pointers: Vec<&str> = errors.0.iter().map(|error| error.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/magic", "/password"]);
    /// # Ok::<(), rolecall_core::domain::sign_in_config::SignInConfigErrors>(())
    /// ```
    pub fn parse(json: &str, development: bool) -> Result<Self, SignInConfigErrors> {
        let mut parser = Parser { faults: Vec::new(), development };
        let config = parser.file(json);
        match config {
            Some(config) if parser.faults.is_empty() => Ok(config),
            _ => Err(SignInConfigErrors(parser.faults)),
        }
    }
}

struct Parser {
    faults: Vec<FieldError>,
    development: bool,
}

impl Parser {
    fn fault(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(FieldError::new(at, code, detail));
        }
    }

    fn file(&mut self, json: &str) -> Option<SignInConfig> {
        if json.len() > FILE_MAX {
            self.fault("", "too-long", format!("The file has at most {FILE_MAX} bytes."));
            return None;
        }
        let document = match rolecall_json::parse(json) {
            Ok(document) => document,
            Err(error) => {
                self.fault("", "json-malformed", format!("The text is not JSON: {error}."));
                return None;
            }
        };
        let root = document.root();
        self.check_members(root, "", FIELDS)?;
        let password = self.flag(root, "password");
        let email_code = self.flag(root, "email_code");
        let passkey = if root.get("passkey").is_some() { self.flag(root, "passkey") } else { Some(true) };
        let mut providers: Vec<Provider> = Vec::new();
        self.each(root, "", "providers", LIST_MAX, &mut |parser, value, at| {
            let provider = parser.provider(value, at)?;
            if providers.iter().any(|other| other.id == provider.id) {
                parser.fault(&format!("{at}/id"), "duplicate", format!("The id `{}` is used twice.", provider.id));
            }
            providers.push(provider);
            Some(())
        });
        let mut trusted_issuers: Vec<TrustedIssuer> = Vec::new();
        self.each(root, "", "trusted_issuers", LIST_MAX, &mut |parser, value, at| {
            let trusted = parser.trusted_issuer(value, at)?;
            if trusted_issuers.iter().any(|other| other.issuer == trusted.issuer) {
                parser.fault(&format!("{at}/issuer"), "duplicate", format!("The issuer `{}` is listed twice.", trusted.issuer));
            }
            trusted_issuers.push(trusted);
            Some(())
        });
        let has_items = |name| root.get(name).is_some_and(|list| list.items().next().is_some());
        let is_on = |name| root.get(name).is_some_and(|value| value.kind() != Kind::False);
        let has_passkey = root.get("passkey").is_none_or(|value| value.kind() != Kind::False);
        if !(is_on("password") || is_on("email_code") || has_passkey || has_items("providers") || has_items("trusted_issuers")) {
            let detail = "At least one way to sign in must be on: password, email_code, passkey, a provider or a trusted issuer.";
            self.fault("", "required", detail);
        }
        Some(SignInConfig { password: password?, email_code: email_code?, passkey: passkey?, providers, trusted_issuers })
    }

    fn provider(&mut self, value: Value<'_>, at: &str) -> Option<Provider> {
        let kind = value.get("kind").and_then(Value::as_text);
        let is_github = kind == Some("github");
        self.check_members(value, at, if is_github { GITHUB_FIELDS } else { OIDC_FIELDS })?;
        if value.get("kind").is_some() && !is_github && kind != Some("oidc") {
            self.fault(&format!("{at}/kind"), "value-invalid", "The kind of a provider is `oidc` or `github`.");
        }
        let id = self.text(value, at, "id", "a letter, then up to 31 letters, digits and hyphens, all in lower case", &|text| {
            ProviderId::parse(text).is_some()
        });
        let title = self.title(value, at, "title");
        let client_id = self.text(value, at, "client_id", "1 to 256 visible ASCII characters", &is_token);
        let scopes = self.scopes(value, at, is_github);
        let kind = if is_github { Some(ProviderKind::Github) } else { self.oidc(value, at) };
        Some(Provider { id: ProviderId::parse(&id?)?, title: title?, client_id: client_id?, scopes, kind: kind? })
    }

    fn scopes(&mut self, value: Value<'_>, at: &str, is_github: bool) -> Vec<String> {
        let (defaults, required): (&[&str], _) =
            if is_github { (&["user:email"], "user:email") } else { (&["openid", "email", "profile"], "openid") };
        if value.get("scopes").is_none() {
            return defaults.iter().map(|scope| (*scope).to_owned()).collect();
        }
        // RFC 6749 section 3.3.
        let is_scope = |text: &str| is_token(text) && !text.contains(['"', '\\']);
        let faults_before = self.faults.len();
        let scopes = self.texts(value, at, "scopes", SCOPES_MAX, "a scope (RFC 6749 section 3.3)", &is_scope);
        if self.faults.len() == faults_before && !scopes.iter().any(|scope| scope == required) {
            self.fault(&format!("{at}/scopes"), "required", format!("The scope `{required}` is missing."));
        }
        scopes
    }

    fn oidc(&mut self, value: Value<'_>, at: &str) -> Option<ProviderKind> {
        let domains = self.domains(value, at, "authoritative_domains");
        let issuer = self.issuer(value, at)?;
        let is_microsoft = is_microsoft(&issuer);
        let authority = match issuer.as_str() {
            GOOGLE => EmailAuthority::Google,
            _ if is_microsoft => EmailAuthority::Microsoft,
            _ => EmailAuthority::Domains(domains),
        };
        if !matches!(authority, EmailAuthority::Domains(_)) && value.get("authoritative_domains").is_some() {
            let detail = "This issuer itself tells for which addresses it is authoritative; leave the field out.";
            self.fault(&format!("{at}/authoritative_domains"), "value-invalid", detail);
        }
        if is_microsoft && issuer.path_and_query().split('/').any(|part| MICROSOFT_SHARED.contains(&part)) {
            let detail = "This endpoint is of many tenants and so of many issuers; give the issuer of one tenant, with the tenant's id.";
            self.fault(&format!("{at}/issuer"), "value-invalid", detail);
        }
        Some(ProviderKind::Oidc { issuer, authority })
    }

    fn trusted_issuer(&mut self, value: Value<'_>, at: &str) -> Option<TrustedIssuer> {
        self.check_members(value, at, ISSUER_FIELDS)?;
        let issuer = self.issuer(value, at);
        // Their `email_verified` is no proof by itself, whatever domains a file lists: see `core::credential::oidc::authority`.
        if issuer.as_ref().is_some_and(|issuer| issuer.as_str() == GOOGLE || is_microsoft(issuer)) {
            let detail = "Google and Microsoft are providers; a token of theirs that a page has starts no session.";
            self.fault(&format!("{at}/issuer"), "value-invalid", detail);
        }
        let audience = self.text(value, at, "audience", "1 to 256 visible ASCII characters", &is_token);
        let domains = self.domains(value, at, "domains");
        Some(TrustedIssuer { issuer: issuer?, audience: audience?, domains })
    }

    fn issuer(&mut self, value: Value<'_>, at: &str) -> Option<EndpointUrl> {
        let development = self.development;
        let parse = |text: &str| EndpointUrl::parse(text, development).filter(|url| !url.has_query());
        let text =
            self.text(value, at, "issuer", "an https URL with a host in lower case and without a query", &|text| parse(text).is_some());
        parse(&text?)
    }

    fn domains(&mut self, value: Value<'_>, at: &str, name: &str) -> Vec<String> {
        self.texts(value, at, name, DOMAINS_MAX, "a domain in lower case", &is_canonical_domain)
    }

    fn title(&mut self, value: Value<'_>, at: &str, name: &str) -> Option<String> {
        self.text(value, at, name, "1 to 64 characters, none of them a control character, not blank", &|text| {
            text.chars().count() <= TITLE_MAX && !text.trim().is_empty() && !text.chars().any(char::is_control)
        })
    }

    /// Required boolean member.
    fn flag(&mut self, value: Value<'_>, name: &str) -> Option<bool> {
        match value.get(name)?.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => {
                self.fault(&format!("/{name}"), "type-wrong", "This must be true or false.");
                None
            }
        }
    }

    /// String member; None where it is missing or invalid. `form` completes the sentence "This must be …".
    fn text(&mut self, value: Value<'_>, at: &str, name: &str, form: &str, is_valid: &dyn Fn(&str) -> bool) -> Option<String> {
        let text = value.get(name)?.as_text().filter(|text| is_valid(text));
        if text.is_none() {
            self.fault(&format!("{at}/{name}"), "value-invalid", format!("This must be {form}."));
        }
        text.map(str::to_owned)
    }

    /// Optional list of strings, each once.
    fn texts(&mut self, value: Value<'_>, at: &str, name: &str, max: usize, form: &str, is_valid: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        self.each(value, at, name, max, &mut |parser, item, at| {
            match item.as_text().filter(|text| is_valid(text)) {
                None => parser.fault(at, "value-invalid", format!("This must be {form}.")),
                Some(text) if texts.iter().any(|other| other == text) => {
                    parser.fault(at, "duplicate", format!("`{text}` is listed twice."))
                }
                Some(text) => texts.push(text.to_owned()),
            }
            Some(())
        });
        texts
    }

    /// Calls `each` for the items of an optional list with their pointers.
    fn each(&mut self, value: Value<'_>, at: &str, name: &str, max: usize, each: &mut dyn FnMut(&mut Self, Value<'_>, &str) -> Option<()>) {
        let Some(list) = value.get(name) else { return };
        let at = format!("{at}/{name}");
        if list.kind() != Kind::List {
            self.fault(&at, "type-wrong", "This must be a list.");
        } else if list.items().count() > max {
            self.fault(&at, "too-long", format!("This list has more than {max} items."));
        } else {
            list.items().enumerate().for_each(|(index, item)| {
                each(self, item, &format!("{at}/{index}"));
            });
        }
    }

    /// Checks that a value is an object with these members, of which those that end in `?` are optional. None if it is no object.
    fn check_members(&mut self, value: Value<'_>, at: &str, names: &[&str]) -> Option<()> {
        if value.kind() != Kind::Object {
            self.fault(at, "type-wrong", "This must be an object.");
            return None;
        }
        let known: Vec<&str> = names.iter().map(|name| name.trim_end_matches('?')).collect();
        for (name, _) in value.members().filter(|(name, _)| !known.contains(name)) {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            self.fault(&pointer, "unknown", format!("There is no such field; there are {}.", known.join(", ")));
        }
        for name in names.iter().filter(|name| !name.ends_with('?') && value.get(name).is_none()) {
            self.fault(at, "required", format!("The field `{name}` is missing."));
        }
        Some(())
    }
}

/// Whether an issuer is one of Microsoft's.
fn is_microsoft(issuer: &EndpointUrl) -> bool {
    MICROSOFT.contains(&issuer.host()) || MICROSOFT_DOMAINS.iter().any(|domain| issuer.host().ends_with(domain))
}

/// Whether a text has 1 to [`TOKEN_MAX`] visible ASCII characters.
fn is_token(text: &str) -> bool {
    (1..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
