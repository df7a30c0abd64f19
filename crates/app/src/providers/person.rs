//! Who the person is who brings a code: asked at the provider.

use super::{ProviderContext, ProviderError, ProviderFailure, failed, not_anew};
use crate::app_state::AppState;
use crate::ports::{IssuerNetwork, OutboundRequest};
use crate::request_context::RequestContext;
use rolecall_core::credential::oidc::authority::proven_email;
use rolecall_core::credential::oidc::callback::{AuthorizedFlow, CallbackParameters, CallbackRequirements, accept};
use rolecall_core::credential::oidc::discovery::ProviderMetadata;
use rolecall_core::credential::oidc::flow::{Flow, FlowPurpose};
use rolecall_core::credential::oidc::github;
use rolecall_core::credential::oidc::id_token::{IdTokenClaims, IdTokenRequirements};
use rolecall_core::credential::oidc::token_endpoint::{
    ClientCredentials, CodeExchange, RESPONSE_MAX, TokenEndpointError, Tokens, basic_authorization, form, parse,
};
use rolecall_core::domain::endpoint_url::EndpointUrl;
use rolecall_core::domain::name::Name;
use rolecall_core::domain::provider_identity::{IssuerSubject, ToldPerson};
use rolecall_core::domain::sign_in_config::{EmailAuthority, ProviderKind};

/// Accepts the answer that a browser brings, and asks the provider for the person.
pub(super) async fn ask_person<S>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: ProviderContext<'_>,
    network: &impl IssuerNetwork,
    flow: Flow,
    parameters: &CallbackParameters<'_>,
) -> Result<(Flow, ToldPerson), ProviderError> {
    let requirements = CallbackRequirements { provider: &context.provider.id, issuer: context.provider.issuer(), iss_parameter: false };
    match &context.provider.kind {
        ProviderKind::Github => {
            let AuthorizedFlow { flow, code } = accept(flow, parameters, &requirements)?;
            if matches!(flow.purpose(), FlowPurpose::Reauthenticate(_)) {
                return Err(not_anew());
            }
            let tokens = exchange(context, network, &context.github.token, &flow, &code, false).await?;
            let told = github_person(context, network, &tokens.access_token).await?;
            Ok((flow, told))
        }
        ProviderKind::Oidc { issuer, authority } => {
            let metadata = app.issuers.provider(network, issuer, request.ctx.now).await;
            let metadata = metadata.map_err(|error| failed(ProviderFailure::Unavailable, error.0))?;
            let requirements = CallbackRequirements { iss_parameter: metadata.iss_parameter, ..requirements };
            let AuthorizedFlow { flow, code } = accept(flow, parameters, &requirements)?;
            let told = openid_person(request, context, network, (&metadata, authority), &flow, &code).await?;
            Ok((flow, told))
        }
    }
}

async fn exchange(
    context: ProviderContext<'_>,
    network: &impl IssuerNetwork,
    endpoint: &EndpointUrl,
    flow: &Flow,
    code: &str,
    basic: bool,
) -> Result<Tokens, ProviderError> {
    let client = ClientCredentials { id: &context.provider.client_id, secret: context.secret };
    let verifier = flow.code_verifier();
    let form = form(CodeExchange { code, redirect_uri: context.redirect_uri, code_verifier: &verifier }, client, !basic);
    let mut headers = vec![("accept", "application/json".to_owned())];
    if basic {
        headers.push(("authorization", basic_authorization(client)));
    }
    let request = OutboundRequest { url: endpoint.to_string(), headers, form: Some(form), max: RESPONSE_MAX };
    let response = network.fetch(request).await.map_err(|fault| failed(ProviderFailure::Unavailable, fault))?;
    parse(response.status, &response.body).map_err(|error| {
        let failure = match error {
            TokenEndpointError::Refused => ProviderFailure::Refused,
            TokenEndpointError::Client => ProviderFailure::Unavailable,
            TokenEndpointError::Malformed if response.is_server_error() => ProviderFailure::Unavailable,
            TokenEndpointError::Malformed => ProviderFailure::Invalid,
        };
        failed(failure, error)
    })
}

async fn openid_person(
    request: &RequestContext,
    context: ProviderContext<'_>,
    network: &impl IssuerNetwork,
    (metadata, authority): (&ProviderMetadata, &EmailAuthority),
    flow: &Flow,
    code: &str,
) -> Result<ToldPerson, ProviderError> {
    let tokens = exchange(context, network, &metadata.token_endpoint, flow, code, metadata.basic_authentication).await?;
    let nonce = flow.nonce();
    let requirements = IdTokenRequirements {
        issuer: context.provider.issuer(),
        client_id: &context.provider.client_id,
        nonce: &nonce,
        now: request.ctx.now,
    };
    let claims = IdTokenClaims::from_token_endpoint(&tokens.id_token, &requirements);
    let claims = claims.map_err(|error| failed(ProviderFailure::Invalid, error))?;
    if matches!(flow.purpose(), FlowPurpose::Reauthenticate(_)) && !claims.is_authenticated_since(flow.started_at()) {
        return Err(not_anew());
    }
    Ok(ToldPerson {
        email_proven: proven_email(authority, &claims).is_some(),
        person: IssuerSubject { issuer: claims.issuer, subject: claims.subject },
        email: claims.email,
        name: claims.name.and_then(|name| Name::parse(&name, "").ok()),
    })
}

async fn github_person(context: ProviderContext<'_>, network: &impl IssuerNetwork, token: &str) -> Result<ToldPerson, ProviderError> {
    let get = async |path: &str| {
        let headers = vec![
            ("accept", "application/vnd.github+json".to_owned()),
            ("authorization", format!("Bearer {token}")),
            ("user-agent", context.product.chars().filter(char::is_ascii_graphic).collect()),
            ("x-github-api-version", "2022-11-28".to_owned()),
        ];
        let request = OutboundRequest { url: format!("{}{path}", context.github.api), headers, form: None, max: github::RESPONSE_MAX };
        network.fetch(request).await.map_err(|fault| failed(ProviderFailure::Unavailable, fault))
    };
    let user = get("/user").await?;
    let emails = get("/user/emails").await?;
    let is_complete = user.status == 200 && emails.status == 200;
    let told = github::person(context.provider.issuer(), &user.body, &emails.body).filter(|_| is_complete);
    told.ok_or_else(|| {
        let has_failed = user.is_server_error() || emails.is_server_error();
        let failure = if has_failed { ProviderFailure::Unavailable } else { ProviderFailure::Invalid };
        failed(failure, format!("GitHub's API responded with status {} and {}", user.status, emails.status))
    })
}
