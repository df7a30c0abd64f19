//! OpenID Connect Core 1.0 and OAuth 2.0 (RFC 6749, RFC 9700) as a relying party, without I/O: what is sent to a provider, and
//! what its answers must be. Signed tokens of trusted issuers as well.

pub mod authority;
pub mod authorization_url;
pub mod callback;
pub mod discovery;
pub mod flow;
pub mod github;
pub mod id_token;
pub mod issuer_token;
pub(in crate::credential) mod json_object;
pub mod jwks;
mod jws;
pub mod provider_link;
pub mod return_to;
mod token_claims;
pub mod token_endpoint;
