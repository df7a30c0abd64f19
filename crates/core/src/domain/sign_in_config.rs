//! The ways to sign in that a deployment offers: the file `policy/sign-in.json`.
//!
//! Secrets are no part of the file. The client secret of a provider is in the variable [`ProviderId::secret_name`].

use crate::domain::email::Email;
use crate::domain::endpoint_url::EndpointUrl;
use crate::domain::field_error::FieldError;
use core::fmt;

mod parse;

/// Ways to sign in of a deployment; at least one of them is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignInConfig {
    /// Whether people sign in with a password.
    pub password: bool,
    /// Whether people sign in with a code by mail.
    pub email_code: bool,
    /// Whether people sign in with a passkey.
    pub passkey: bool,
    /// Sign-in providers, in the order of the page.
    pub providers: Vec<Provider>,
    /// Issuers whose tokens start a session; each issuer once.
    pub trusted_issuers: Vec<TrustedIssuer>,
}

/// Relying party of passkeys (WebAuthn Level 3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasskeyConfig {
    /// RP id: a domain. In development also `localhost`.
    pub rp_id: String,
    /// Name of the relying party that a browser may show.
    pub rp_name: String,
}

/// Id of a provider, part of its URLs: a letter, then up to 31 letters, digits and hyphens, all in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProviderId(String);

/// Sign-in provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provider {
    /// Id, unique in the file.
    pub id: ProviderId,
    /// Text of the button.
    pub title: String,
    /// Id of this deployment at the provider.
    pub client_id: String,
    /// Scopes that are asked for.
    pub scopes: Vec<String>,
    /// Protocol of the provider.
    pub kind: ProviderKind,
}

/// Protocol of a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProviderKind {
    /// GitHub: OAuth 2.0 with the addresses of its API.
    Github,
    /// An OpenID provider with discovery.
    Oidc {
        /// Issuer, exactly as in its discovery document and ID tokens.
        issuer: EndpointUrl,
        /// Addresses for which the provider's word is proof.
        authority: EmailAuthority,
    },
}

/// For which addresses a provider's claim of a verified email proves the mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EmailAuthority {
    /// Google: `gmail.com`, and the domain in `hd`.
    Google,
    /// Microsoft: where it says that the tenant has verified the email's domain (`xms_edov`).
    Microsoft,
    /// Any other issuer: the listed domains, in canonical form.
    Domains(Vec<String>),
}

/// Issuer whose tokens start a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedIssuer {
    /// Issuer, exactly as in its tokens.
    pub issuer: EndpointUrl,
    /// Audience that its tokens must have.
    pub audience: String,
    /// Domains of addresses for which the issuer's word is proof, in canonical form.
    pub domains: Vec<String>,
}

/// All faults of a file, at least one, each with its JSON pointer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignInConfigErrors(pub Vec<FieldError>);

impl ProviderId {
    /// Maximum length in bytes.
    pub const MAX: usize = 32;

    /// Parses an id; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let is_rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_valid = text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_rest) && text.len() <= Self::MAX;
        is_valid.then(|| ProviderId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name of the variable with the provider's client secret: `PROVIDER_MY_IDP_SECRET` for `my-idp`. Different ids have different
    /// names, since an id has no underscore.
    pub fn secret_name(&self) -> String {
        format!("PROVIDER_{}_SECRET", self.0.to_ascii_uppercase().replace('-', "_"))
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Provider {
    /// The `iss` parameter that the provider's authorization responses may have (RFC 9207).
    pub fn issuer(&self) -> &str {
        match &self.kind {
            // https://docs.github.com/en/apps/github-authentication-discovery-endpoints
            ProviderKind::Github => "https://github.com/login/oauth",
            ProviderKind::Oidc { issuer, .. } => issuer.as_str(),
        }
    }
}

/// The ways of a deployment without the file: passwords, codes by mail, and passkeys.
impl Default for SignInConfig {
    fn default() -> Self {
        SignInConfig { password: true, email_code: true, passkey: true, providers: Vec::new(), trusted_issuers: Vec::new() }
    }
}

impl SignInConfig {
    /// Looks up a provider.
    pub fn provider(&self, id: &ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == *id)
    }

    /// Looks up a trusted issuer by the `iss` claim of a token.
    pub fn trusted_issuer(&self, iss: &str) -> Option<&TrustedIssuer> {
        self.trusted_issuers.iter().find(|trusted| trusted.issuer.as_str() == iss)
    }
}

impl PasskeyConfig {
    /// Whether pages of a host may use the RP id: it is the host or a domain above it. `host` is in lower case, without a port.
    /// That the RP id is no public suffix is checked by browsers.
    pub fn covers_host(&self, host: &str) -> bool {
        host.strip_suffix(&self.rp_id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// Whether a text is a domain in the canonical form that [`Email::domain`] has.
fn is_canonical_domain(text: &str) -> bool {
    Email::parse(&format!("a@{text}")).is_ok_and(|email| email.domain() == text)
}

impl fmt::Display for SignInConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid sign-in configuration")?;
        self.0.iter().enumerate().try_for_each(|(index, error)| {
            let pointer = if error.pointer.is_empty() { "the root" } else { &error.pointer };
            write!(f, "{} at {pointer}: {}", if index == 0 { ":" } else { ";" }, error.detail)
        })
    }
}

impl core::error::Error for SignInConfigErrors {}

#[cfg(test)]
mod tests;
