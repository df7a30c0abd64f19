//! The exchange of a code at a provider's token endpoint (RFC 6749 sections 4.1.3, 4.1.4 and 5.2).

use crate::credential::oidc::json_object;
use crate::credential::percent_encoding::encode;
use core::fmt;
use data_encoding::BASE64;

/// Longest response in bytes: an ID token has at most 16 KiB.
pub const RESPONSE_MAX: usize = 64 * 1024;

/// This deployment at a provider.
#[derive(Copy, Clone)]
pub struct ClientCredentials<'a> {
    /// Id of the client.
    pub id: &'a str,
    /// Its secret.
    pub secret: &'a str,
}

/// Parts of a token request.
#[derive(Copy, Clone)]
pub struct CodeExchange<'a> {
    /// Code of the callback.
    pub code: &'a str,
    /// The `redirect_uri` of the authorization request.
    pub redirect_uri: &'a str,
    /// The flow's verifier of PKCE.
    pub code_verifier: &'a str,
}

/// Tokens of a successful response.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// ID token; empty where there is none.
    pub id_token: String,
    /// Access token; empty where there is none.
    pub access_token: String,
}

/// Error of the response of a token endpoint.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum TokenEndpointError {
    /// The code is not valid: it was used before, has expired, or is of another client or flow.
    Refused,
    /// The provider does not accept this client: its id, its secret or its redirect URI are not those of the configuration.
    Client,
    /// Any other response.
    Malformed,
}

impl fmt::Display for TokenEndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenEndpointError::Refused => "the token endpoint refused the code",
            TokenEndpointError::Client => "the token endpoint does not accept the client id, the client secret or the redirect URI",
            TokenEndpointError::Malformed => "the response of the token endpoint is malformed",
        })
    }
}

impl core::error::Error for TokenEndpointError {}

/// Body of a token request, a form. The secret is part of it where `in_form`.
pub fn form(exchange: CodeExchange<'_>, client: ClientCredentials<'_>, in_form: bool) -> String {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", exchange.code),
        ("redirect_uri", exchange.redirect_uri),
        ("code_verifier", exchange.code_verifier),
        ("client_id", client.id),
    ];
    if in_form {
        fields.push(("client_secret", client.secret));
    }
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    fields.join("&")
}

/// Value of `Authorization` with the credentials of a client, each part form-encoded before (RFC 6749 section 2.3.1).
pub fn basic_authorization(client: ClientCredentials<'_>) -> String {
    format!("Basic {}", BASE64.encode(format!("{}:{}", encode(client.id), encode(client.secret)).as_bytes()))
}

/// Parses a response. GitHub sends errors with status 200.
///
/// # Errors
/// [`TokenEndpointError`].
pub fn parse(status: u16, body: &[u8]) -> Result<Tokens, TokenEndpointError> {
    let body = json_object::parse(body, RESPONSE_MAX).ok_or(TokenEndpointError::Malformed)?;
    if let Some(error) = json_object::text(&body, "error") {
        return Err(match error {
            "invalid_grant" | "bad_verification_code" => TokenEndpointError::Refused,
            "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" | "redirect_uri_mismatch" => {
                TokenEndpointError::Client
            }
            _ => TokenEndpointError::Malformed,
        });
    }
    let token = |name| json_object::text(&body, name).unwrap_or_default().to_owned();
    let tokens = Tokens { id_token: token("id_token"), access_token: token("access_token") };
    let is_bearer = json_object::text(&body, "token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    if status == 200 && is_bearer { Ok(tokens) } else { Err(TokenEndpointError::Malformed) }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: ClientCredentials<'_> = ClientCredentials { id: "a b", secret: "s:%+" };

    #[test]
    fn a_request_has_the_parts_of_the_specifications() {
        let exchange = CodeExchange { code: "c&d", redirect_uri: "https://a.example/cb", code_verifier: "v" };
        let expected = "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fa.example%2Fcb&code_verifier=v&client_id=a%20b";
        assert_eq!(form(exchange, CLIENT, false), expected);
        assert_eq!(form(exchange, CLIENT, true), format!("{expected}&client_secret=s%3A%25%2B"));
        assert_eq!(basic_authorization(CLIENT), format!("Basic {}", BASE64.encode(b"a%20b:s%3A%25%2B")));
    }

    #[test]
    fn a_response_has_tokens_or_an_error() {
        let parsed = |status, body: &str| parse(status, body.as_bytes()).map(|tokens| (tokens.id_token, tokens.access_token));
        let pair = |id: &str, access: &str| Ok((id.to_owned(), access.to_owned()));
        assert_eq!(parsed(200, r#"{"id_token":"i","access_token":"a","token_type":"Bearer"}"#), pair("i", "a"));
        assert_eq!(parsed(200, r#"{"access_token":"a","token_type":"bearer","scope":"user:email"}"#), pair("", "a"));
        for (status, body, error) in [
            (400, r#"{"error":"invalid_grant"}"#, TokenEndpointError::Refused),
            (200, r#"{"error":"bad_verification_code","error_description":"x"}"#, TokenEndpointError::Refused),
            (401, r#"{"error":"invalid_client"}"#, TokenEndpointError::Client),
            (200, r#"{"error":"redirect_uri_mismatch"}"#, TokenEndpointError::Client),
            (500, r#"{"id_token":"i","token_type":"Bearer"}"#, TokenEndpointError::Malformed),
            (302, "", TokenEndpointError::Malformed),
            (200, r#"{"id_token":"i"}"#, TokenEndpointError::Malformed),
            (200, r#"{"id_token":"i","token_type":"mac"}"#, TokenEndpointError::Malformed),
            (200, r#"{"error":"x","id_token":"i","token_type":"Bearer"}"#, TokenEndpointError::Malformed),
            (200, "[]", TokenEndpointError::Malformed),
        ] {
            assert_eq!(parsed(status, body), Err(error), "{status} {body}");
        }
    }
}
