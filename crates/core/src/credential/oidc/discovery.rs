//! Discovery document of an issuer (OpenID Connect Discovery 1.0 section 3; RFC 8414 section 3).

use crate::credential::oidc::json_object;
use crate::domain::endpoint_url::EndpointUrl;
use core::fmt;
use serde_json::{Map, Value};

/// Longest document in bytes: known providers have at most 4 KiB, with every optional member.
pub const DOCUMENT_MAX: usize = 64 * 1024;
/// Path of the document, after the issuer without its trailing slash.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What a relying party needs of a discovery document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderMetadata {
    /// Where the browser is sent.
    pub authorization_endpoint: EndpointUrl,
    /// Where the code is exchanged.
    pub token_endpoint: EndpointUrl,
    /// Keys of the issuer.
    pub jwks_uri: EndpointUrl,
    /// Whether every authorization response has the parameter `iss` (RFC 9207 section 3).
    pub iss_parameter: bool,
    /// Whether the token endpoint takes the client secret by HTTP Basic, as it does where the document is silent; otherwise in the
    /// form.
    pub basic_authentication: bool,
}

/// What an application that only verifies tokens needs of a discovery document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerMetadata {
    /// Keys of the issuer.
    pub jwks_uri: EndpointUrl,
}

/// Error of a discovery document.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum DiscoveryError {
    /// No JSON object of at most 64 KiB with different names.
    Malformed,
    /// `issuer` is not exactly the configured one.
    Issuer,
    /// The named endpoint is missing or no permitted URL.
    Endpoint(&'static str),
    /// The provider does not offer the authorization code flow, or says that it does without PKCE's S256.
    Unsupported(&'static str),
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoveryError::Malformed => f.write_str("the discovery document is not a JSON object of at most 64 KiB"),
            DiscoveryError::Issuer => f.write_str("the discovery document is that of another issuer"),
            DiscoveryError::Endpoint(name) => write!(f, "`{name}` of the discovery document is not an https URL"),
            DiscoveryError::Unsupported(name) => write!(f, "`{name}` of the discovery document lacks what is needed"),
        }
    }
}

impl core::error::Error for DiscoveryError {}

/// URL of an issuer's discovery document (OpenID Connect Discovery 1.0 section 4).
pub fn document_url(issuer: &EndpointUrl) -> String {
    let issuer = issuer.as_str();
    format!("{}{WELL_KNOWN}", issuer.strip_suffix('/').unwrap_or(issuer))
}

impl ProviderMetadata {
    /// Parses the document of a provider. `development` permits endpoints on this machine without TLS.
    ///
    /// # Errors
    /// [`DiscoveryError`] with the first rule that the document breaks.
    pub fn parse(document: &[u8], issuer: &EndpointUrl, development: bool) -> Result<Self, DiscoveryError> {
        let document = object(document, issuer)?;
        // Where the document is silent, the defaults of the specification have what is needed, except for PKCE: a provider that does
        // not know it ignores its parameters (RFC 6749 section 3.1).
        let offers = |name, value: &str| texts(&document, name).is_none_or(|values| values.contains(&value));
        for (name, value) in [("response_types_supported", "code"), ("code_challenge_methods_supported", "S256")] {
            if !offers(name, value) {
                return Err(DiscoveryError::Unsupported(name));
            }
        }
        let methods = texts(&document, "token_endpoint_auth_methods_supported");
        Ok(ProviderMetadata {
            authorization_endpoint: endpoint(&document, "authorization_endpoint", development)?,
            token_endpoint: endpoint(&document, "token_endpoint", development)?,
            jwks_uri: endpoint(&document, "jwks_uri", development)?,
            iss_parameter: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
            basic_authentication: methods.is_none_or(|methods| methods.contains(&"client_secret_basic")),
        })
    }
}

impl IssuerMetadata {
    /// Parses the document of a trusted issuer. `development` permits endpoints on this machine without TLS.
    ///
    /// # Errors
    /// [`DiscoveryError`] with the first rule that the document breaks.
    pub fn parse(document: &[u8], issuer: &EndpointUrl, development: bool) -> Result<Self, DiscoveryError> {
        let document = object(document, issuer)?;
        Ok(IssuerMetadata { jwks_uri: endpoint(&document, "jwks_uri", development)? })
    }
}

fn object(document: &[u8], issuer: &EndpointUrl) -> Result<Map<String, Value>, DiscoveryError> {
    let document = json_object::parse(document, DOCUMENT_MAX).ok_or(DiscoveryError::Malformed)?;
    if json_object::text(&document, "issuer") == Some(issuer.as_str()) { Ok(document) } else { Err(DiscoveryError::Issuer) }
}

fn endpoint(document: &Map<String, Value>, name: &'static str, development: bool) -> Result<EndpointUrl, DiscoveryError> {
    let text = json_object::text(document, name);
    text.and_then(|text| EndpointUrl::parse(text, development)).ok_or(DiscoveryError::Endpoint(name))
}

/// Strings of a list; None where there is no list.
fn texts<'d>(document: &'d Map<String, Value>, name: &str) -> Option<Vec<&'d str>> {
    Some(document.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const ISSUER: &str = "https://idp.example/realms/a";

    fn url(text: &str) -> EndpointUrl {
        EndpointUrl::parse(text, true).unwrap()
    }

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://idp.example/auth?realm=a",
            "token_endpoint": "https://token.idp.example/token",
            "jwks_uri": "https://idp.example/keys",
            "response_types_supported": ["code", "id_token"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }

    fn with(name: &str, value: Value) -> Result<ProviderMetadata, DiscoveryError> {
        let mut document = document();
        document[name] = value;
        ProviderMetadata::parse(document.to_string().as_bytes(), &url(ISSUER), false)
    }

    fn without(name: &str) -> Result<ProviderMetadata, DiscoveryError> {
        let mut document = document();
        document.as_object_mut().unwrap().remove(name);
        ProviderMetadata::parse(document.to_string().as_bytes(), &url(ISSUER), false)
    }

    #[test]
    fn a_document_of_the_issuer_is_parsed() {
        let metadata = with("extra", json!(1.5)).unwrap();
        assert_eq!(metadata.authorization_endpoint.as_str(), "https://idp.example/auth?realm=a");
        assert_eq!(metadata.token_endpoint.as_str(), "https://token.idp.example/token");
        assert_eq!(metadata.jwks_uri.as_str(), "https://idp.example/keys");
        assert!(metadata.iss_parameter && !metadata.basic_authentication);
        let issuer = IssuerMetadata::parse(document().to_string().as_bytes(), &url(ISSUER), false).unwrap();
        assert_eq!(issuer.jwks_uri.as_str(), "https://idp.example/keys");
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        assert!(!without("authorization_response_iss_parameter_supported").unwrap().iss_parameter);
        assert!(!with("authorization_response_iss_parameter_supported", json!("true")).unwrap().iss_parameter);
        assert!(without("token_endpoint_auth_methods_supported").unwrap().basic_authentication);
        assert!(without("code_challenge_methods_supported").is_ok() && without("response_types_supported").is_ok());
    }

    #[test]
    fn each_rule_is_reported() {
        for issuer in ["https://idp.example/realms/a/", "https://idp.example/realms/A", "https://idp.example/realms/b", ""] {
            assert_eq!(with("issuer", json!(issuer)), Err(DiscoveryError::Issuer), "{issuer}");
        }
        assert_eq!(without("issuer"), Err(DiscoveryError::Issuer));
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            assert_eq!(without(name), Err(DiscoveryError::Endpoint(name)));
            for bad in [json!("http://idp.example/x"), json!("http://localhost/x"), json!("/x"), json!(1), json!("https://u@idp.example")] {
                assert_eq!(with(name, bad.clone()), Err(DiscoveryError::Endpoint(name)), "{bad}");
            }
        }
        for (name, bad) in [("response_types_supported", json!(["id_token"])), ("code_challenge_methods_supported", json!(["plain"]))] {
            assert_eq!(with(name, bad), Err(DiscoveryError::Unsupported(name)));
        }
        for bad in ["", "[]", r#"{"issuer": "https://idp.example/realms/a", "issuer": "https://idp.example/realms/a"}"#] {
            assert_eq!(ProviderMetadata::parse(bad.as_bytes(), &url(ISSUER), false), Err(DiscoveryError::Malformed), "{bad}");
        }
        let padded = |length: usize| {
            let text = document().to_string();
            ProviderMetadata::parse(format!("{text}{}", " ".repeat(length - text.len())).as_bytes(), &url(ISSUER), false)
        };
        assert!(padded(DOCUMENT_MAX).is_ok());
        assert_eq!(padded(DOCUMENT_MAX + 1), Err(DiscoveryError::Malformed));
        let other = IssuerMetadata::parse(document().to_string().as_bytes(), &url("https://other.example"), false);
        assert_eq!(other, Err(DiscoveryError::Issuer));
    }

    #[test]
    fn development_may_use_this_machine() {
        let local = document().to_string().replace("https://idp.example", "http://localhost:9000");
        let parsed = |development| ProviderMetadata::parse(local.as_bytes(), &url("http://localhost:9000/realms/a"), development);
        assert!(parsed(true).is_ok() && parsed(false).is_err());
    }

    #[test]
    fn the_document_is_below_the_issuer() {
        let expected = "https://idp.example/realms/a/.well-known/openid-configuration";
        assert_eq!(document_url(&url(ISSUER)), expected);
        assert_eq!(document_url(&url("https://idp.example/realms/a/")), expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_a_panic(bytes: Vec<u8>, at in any::<prop::sample::Index>(), byte: u8) {
            let _ = ProviderMetadata::parse(&bytes, &url(ISSUER), true);
            let mut document = document().to_string().into_bytes();
            let at = at.index(document.len());
            document[at] = byte;
            let _ = ProviderMetadata::parse(&document, &url(ISSUER), true);
        }
    }
}
