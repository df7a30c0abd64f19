//! DTOs of sign-in providers and trusted issuers.

use super::macros::{requests, responses};
use crate::decode::Secret;
use rolecall_core::credential::oidc::provider_link::ProviderLink;
use rolecall_core::domain::sign_in_config::SignInConfig;

requests! {
    /// Sign-in by the token of a trusted issuer.
    ExchangeTokenRequest {
        /// JWT of the issuer, at most 16,384 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 16384))]
        token: Secret,
    }
}

responses! {
    /// A person at a provider who waits to be connected with a user.
    ProviderLinkResponse {
        /// Id of the provider; `null` if the deployment does not offer it any more.
        #[cfg_attr(feature = "openapi", schema(example = "google"))]
        provider: Option<String>,
        /// Title of the provider, or its issuer.
        title: String,
        /// Address as the provider told it.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: Option<String>,
        /// Whether the provider is authoritative for the address and has verified it.
        email_proven: bool,
        /// Path of this origin to which the browser goes afterwards.
        #[cfg_attr(feature = "openapi", schema(example = "/"))]
        return_to: String,
    }
}

impl ProviderLinkResponse {
    /// Builds the response of a person; the provider is found by its issuer.
    pub fn new(link: &ProviderLink, config: &SignInConfig) -> Self {
        let issuer = &link.told.person.issuer;
        let provider = config.providers.iter().find(|provider| provider.issuer() == issuer);
        ProviderLinkResponse {
            provider: provider.map(|provider| provider.id.to_string()),
            title: provider.map_or_else(|| issuer.clone(), |provider| provider.title.clone()),
            email: link.told.email.as_ref().map(|email| email.as_str().to_owned()),
            email_proven: link.told.email_proven,
            return_to: link.return_to.to_string(),
        }
    }
}
