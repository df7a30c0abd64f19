//! ID tokens that the server fetched from a provider's token endpoint.
//!
//! TLS to the token endpoint, authenticated by the provider's certificate, stands for the signature (OpenID Connect Core section
//! 3.1.3.7, item 6). A token that came another way, through a browser for example, must not be parsed here.

use crate::credential::oidc::json_object;
use crate::credential::oidc::jws;
use crate::credential::oidc::token_claims::{self, SKEW_SECONDS, TimeError};
use crate::domain::email::Email;
use crate::domain::time::Timestamp;
use core::fmt;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// Signature algorithms of providers (RFC 7518, RFC 8037, RFC 9864): no `none`, and none with a shared key.
const ALGORITHMS: [&str; 11] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
/// Most methods of `amr`, and the longest one in bytes; the registered ones (RFC 8176) are far below.
const METHODS_MAX: usize = 16;
const METHOD_MAX: usize = 32;

/// What an ID token must fit.
#[derive(Copy, Clone, Debug)]
pub struct IdTokenRequirements<'a> {
    /// Configured issuer.
    pub issuer: &'a str,
    /// Id of this deployment at the provider.
    pub client_id: &'a str,
    /// Nonce of the flow.
    pub nonce: &'a str,
    /// Current time.
    pub now: Timestamp,
}

/// Claims of an ID token that fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdTokenClaims {
    /// Issuer.
    pub issuer: String,
    /// Id of the person at the issuer: 1 to 255 bytes.
    pub subject: String,
    /// Address as last told, if it is one that this service accepts. No proof by itself: see
    /// [`authority`](crate::credential::oidc::authority).
    pub email: Option<Email>,
    /// `email_verified`.
    pub email_verified: bool,
    /// `hd`: domain of a Google Workspace, in lower case.
    pub hosted_domain: Option<String>,
    /// `xms_edov`: Microsoft's word that the tenant has verified the domain of the email.
    pub email_domain_verified: bool,
    /// Name of the person.
    pub name: Option<String>,
    /// Methods of authentication (RFC 8176); empty where the claim is missing or malformed.
    pub amr: Vec<String>,
    /// When the person authenticated at the provider.
    pub auth_time: Option<Timestamp>,
}

/// Error of an ID token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum IdTokenError {
    /// Not a JWS with JSON objects, over 16 KiB, or a claim is missing or of the wrong type.
    Malformed,
    /// `alg` is not a permitted one, or `typ` is that of another kind of token.
    Header,
    /// `iss` is not the configured issuer.
    Issuer,
    /// The audience does not contain this deployment, or `azp` is another party.
    Audience,
    /// Expired.
    Expired,
    /// Issued in the future.
    NotYetValid,
    /// `nonce` is not that of the flow.
    Nonce,
}

impl fmt::Display for IdTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IdTokenError::Malformed => "malformed ID token",
            IdTokenError::Header => "ID token of another algorithm or type",
            IdTokenError::Issuer => "ID token of another issuer",
            IdTokenError::Audience => "ID token for another party",
            IdTokenError::Expired => "expired ID token",
            IdTokenError::NotYetValid => "ID token of the future",
            IdTokenError::Nonce => "ID token of another sign-in",
        })
    }
}

impl core::error::Error for IdTokenError {}

impl IdTokenClaims {
    /// Whether the person authenticated at the provider at this time or later, its clock being at most 60 seconds late. Without `auth_time`
    /// that is not known.
    pub fn is_authenticated_since(&self, time: Timestamp) -> bool {
        self.auth_time.is_some_and(|at| time <= at.plus_seconds(SKEW_SECONDS))
    }

    /// Parses and checks an ID token from the body of a token endpoint's response (OpenID Connect Core section 3.1.3.7).
    ///
    /// # Errors
    /// [`IdTokenError`] with the first check that fails.
    pub fn from_token_endpoint(token: &str, requirements: &IdTokenRequirements<'_>) -> Result<Self, IdTokenError> {
        let token = jws::parse(token).ok_or(IdTokenError::Malformed)?;
        let is_permitted = json_object::text(&token.header, "alg").is_some_and(|algorithm| ALGORITHMS.contains(&algorithm));
        let is_jwt = token.header.get("typ").is_none_or(|typ| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")));
        if !is_permitted || !is_jwt {
            return Err(IdTokenError::Header);
        }
        let claims = &token.claims;
        if json_object::text(claims, "iss") != Some(requirements.issuer) {
            return Err(IdTokenError::Issuer);
        }
        check_audience(claims, requirements.client_id)?;
        token_claims::check_times(claims, requirements.now).map_err(|error| match error {
            TimeError::Malformed => IdTokenError::Malformed,
            TimeError::Expired => IdTokenError::Expired,
            TimeError::NotYetValid => IdTokenError::NotYetValid,
        })?;
        let nonce = json_object::text(claims, "nonce").unwrap_or_default();
        let is_nonce: bool = nonce.as_bytes().ct_eq(requirements.nonce.as_bytes()).into();
        if !is_nonce || requirements.nonce.is_empty() {
            return Err(IdTokenError::Nonce);
        }
        let auth_time = token_claims::date(claims, "auth_time").map_err(|_| IdTokenError::Malformed)?;
        Ok(IdTokenClaims {
            issuer: requirements.issuer.to_owned(),
            subject: token_claims::subject(claims).ok_or(IdTokenError::Malformed)?.to_owned(),
            email: token_claims::email(claims),
            email_verified: token_claims::is_true(claims, "email_verified"),
            hosted_domain: json_object::text(claims, "hd").map(str::to_ascii_lowercase),
            email_domain_verified: token_claims::is_true(claims, "xms_edov"),
            name: json_object::text(claims, "name").map(str::to_owned),
            amr: methods(claims).unwrap_or_default(),
            auth_time: auth_time.map(|seconds| Timestamp::default().plus_seconds(seconds)),
        })
    }
}

/// Checks `aud` and `azp`: this deployment is in the audience, and the authorized party, which several audiences need.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let audiences = token_claims::audiences(claims).ok_or(IdTokenError::Malformed)?;
    let is_party = match claims.get("azp") {
        Some(party) => party.as_str() == Some(client_id),
        None => audiences.len() == 1,
    };
    if audiences.contains(&client_id) && is_party && !client_id.is_empty() { Ok(()) } else { Err(IdTokenError::Audience) }
}

/// The methods of `amr`; None where it is no short list of short texts.
fn methods(claims: &Map<String, Value>) -> Option<Vec<String>> {
    let list = claims.get("amr")?.as_array().filter(|list| list.len() <= METHODS_MAX)?;
    list.iter().map(|method| method.as_str().filter(|text| text.len() <= METHOD_MAX).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
