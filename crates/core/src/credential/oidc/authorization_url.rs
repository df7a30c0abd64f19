//! The URL to which a browser is sent to sign in at a provider.

use crate::credential::oidc::flow::{Flow, FlowPurpose};
use crate::credential::percent_encoding::encode;
use crate::domain::endpoint_url::EndpointUrl;
use crate::domain::sign_in_config::{Provider, ProviderKind};

/// The authorization request of a flow (RFC 6749 section 4.1.1; RFC 7636 section 4.3; OpenID Connect Core section 3.1.2.1).
/// `redirect_uri` is the callback of this provider at the configured origin.
///
/// To prove a user anew, an OpenID provider is asked to authenticate them now, whatever session they have there. GitHub has no such
/// parameter.
pub fn authorization_url(endpoint: &EndpointUrl, provider: &Provider, redirect_uri: &str, flow: &Flow) -> String {
    let (scopes, state, challenge, nonce) = (provider.scopes.join(" "), flow.state(), flow.code_challenge(), flow.nonce());
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", provider.client_id.as_str()),
        ("redirect_uri", redirect_uri),
        ("scope", scopes.as_str()),
        ("state", state.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    if matches!(provider.kind, ProviderKind::Oidc { .. }) {
        parameters.push(("nonce", &nonce));
        if matches!(flow.purpose(), FlowPurpose::Reauthenticate(_)) {
            parameters.extend([("prompt", "login"), ("max_age", "0")]);
        }
    }
    let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("{endpoint}{}{}", if endpoint.has_query() { '&' } else { '?' }, query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::oidc::flow::FlowStart;
    use crate::credential::oidc::flow::tests::{at, flow};
    use crate::credential::oidc::return_to::ReturnTo;
    use crate::domain::id::UserId;
    use crate::domain::sign_in_config::{EmailAuthority, ProviderId};

    fn provider(kind: ProviderKind) -> Provider {
        Provider {
            id: ProviderId::parse("idp").unwrap(),
            title: "IdP".to_owned(),
            client_id: "a&b=c".to_owned(),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            kind,
        }
    }

    fn oidc() -> ProviderKind {
        let issuer = EndpointUrl::parse("https://idp.example", false).unwrap();
        ProviderKind::Oidc { issuer, authority: EmailAuthority::Domains(Vec::new()) }
    }

    fn url(endpoint: &str, kind: ProviderKind, flow: &Flow) -> String {
        let endpoint = EndpointUrl::parse(endpoint, false).unwrap();
        authorization_url(&endpoint, &provider(kind), "https://team.example/v1/providers/idp/callback", flow)
    }

    #[test]
    fn the_request_has_state_nonce_and_challenge() {
        let flow = flow();
        let expected = format!(
            "https://idp.example/auth?response_type=code&client_id=a%26b%3Dc\
             &redirect_uri=https%3A%2F%2Fteam.example%2Fv1%2Fproviders%2Fidp%2Fcallback&scope=openid%20email\
             &state={}&code_challenge={}&code_challenge_method=S256&nonce={}",
            flow.state(),
            flow.code_challenge(),
            flow.nonce(),
        );
        assert_eq!(url("https://idp.example/auth", oidc(), &flow), expected);
        assert!(!expected.contains(&flow.code_verifier()));
    }

    #[test]
    fn a_query_of_the_endpoint_is_kept() {
        assert!(
            url("https://idp.example/auth?realm=a", oidc(), &flow()).starts_with("https://idp.example/auth?realm=a&response_type=code&")
        );
    }

    #[test]
    fn a_proof_anew_asks_an_openid_provider_to_authenticate_now() {
        let start = FlowStart {
            purpose: FlowPurpose::Reauthenticate(UserId::from_bits(7)),
            provider: ProviderId::parse("idp").unwrap(),
            return_to: ReturnTo::root(),
            invitation: None,
            proof: None,
        };
        let anew = Flow::start(start, at(0), [7; 64]);
        assert!(url("https://idp.example/auth", oidc(), &anew).ends_with("&prompt=login&max_age=0"));
        let github = url("https://github.com/login/oauth/authorize", ProviderKind::Github, &anew);
        assert!(github.ends_with("&code_challenge_method=S256"), "{github}");
    }
}
