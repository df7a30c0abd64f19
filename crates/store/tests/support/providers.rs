//! Persons at GitHub and at a trusted issuer: the services, and the use cases as futures for [`interleave`](super::interleave).

use super::{Person, World};
use rolecall_app::issuer_tokens::{self, ExchangeError};
use rolecall_app::ports::{IssuerNetwork, OutboundRequest, OutboundResponse};
use rolecall_app::providers::{self, CallbackOutcome, GithubEndpoints, ProviderContext, ProviderError};
use rolecall_app::{AppError, Fault};
use rolecall_core::credential::oidc::callback::CallbackParameters;
use rolecall_core::credential::oidc::flow::{Flow, FlowPurpose, FlowStart};
use rolecall_core::credential::oidc::issuer_token::{PendingSignature, SignatureResult};
use rolecall_core::credential::oidc::provider_link::{PROVIDER_LINK_SECONDS, ProviderLink};
use rolecall_core::credential::oidc::return_to::ReturnTo;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::endpoint_url::EndpointUrl;
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::provider_identity::{IssuerSubject, ToldPerson};
use rolecall_core::domain::sign_in_config::{Provider, ProviderId, ProviderKind, TrustedIssuer};
use rolecall_core::testing::unsigned_token;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;

pub const GITHUB: &str = "https://github.com/login/oauth";
pub const ISSUER: &str = "https://idp.example";

/// A use case that runs: whether a session started, or a person was connected.
pub type Run<'w> = Pin<Box<dyn Future<Output = Result<bool, AppError>> + 'w>>;

/// GitHub with one person, whose primary address is verified, and an issuer whose signatures are valid.
#[derive(Clone)]
pub struct Network {
    pub number: u64,
    pub email: &'static str,
}

impl IssuerNetwork for Network {
    async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, Fault> {
        let body = match request.url.as_str() {
            "https://github.com/login/oauth/access_token" => json!({"access_token": "t", "token_type": "bearer"}),
            "https://api.github.com/user" => json!({"id": self.number, "login": "login"}),
            "https://api.github.com/user/emails" => json!([{"email": self.email, "primary": true, "verified": true}]),
            "https://idp.example/.well-known/openid-configuration" => json!({"issuer": ISSUER, "jwks_uri": "https://idp.example/keys"}),
            "https://idp.example/keys" => {
                let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
                json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1"}]})
            }
            other => panic!("{other}"),
        };
        Ok(OutboundResponse { status: 200, body: body.to_string().into_bytes() })
    }

    async fn verify(&self, _: &PendingSignature) -> Result<SignatureResult, Fault> {
        Ok(SignatureResult::Valid)
    }
}

pub fn url(text: &str) -> EndpointUrl {
    EndpointUrl::parse(text, false).unwrap()
}

pub fn world() -> World {
    let mut world = World::new();
    let trusted = TrustedIssuer { issuer: url(ISSUER), audience: "app".to_owned(), domains: vec!["example.com".to_owned()] };
    world.config.sign_in.trusted_issuers.push(trusted);
    world
}

/// The callback of a sign-in at GitHub.
pub fn sign_in(world: &World, network: Network) -> Run<'_> {
    Box::pin(async move {
        let id = ProviderId::parse("github").unwrap();
        let provider =
            Provider { id: id.clone(), title: "GitHub".to_owned(), client_id: "c".to_owned(), scopes: vec![], kind: ProviderKind::Github };
        let request = world.request(None);
        let random = core::array::from_fn(|byte| u8::try_from(byte).unwrap());
        let start = FlowStart { purpose: FlowPurpose::SignIn, provider: id, return_to: ReturnTo::root(), invitation: None, proof: None };
        let flow = Flow::start(start, request.ctx.now, random);
        let (cookie, state) = (flow.encode(&world.keys), flow.state());
        let endpoint = |name: &str| url(&format!("{GITHUB}/{name}"));
        let api = "https://api.github.com".to_owned();
        let github = GithubEndpoints { authorization: endpoint("authorize"), token: endpoint("access_token"), api };
        let redirect_uri = "https://team.example/v1/providers/github/callback";
        let context = ProviderContext { provider: &provider, secret: "s", redirect_uri, github: &github, product: "Team" };
        let parameters = CallbackParameters { state: Some(&state), code: Some("code"), ..CallbackParameters::default() };
        match providers::callback(&world.app(), &request, context, &network, Some(&cookie), &parameters).await {
            Ok(CallbackOutcome::Session(..)) => Ok(true),
            Ok(CallbackOutcome::Connect(_) | CallbackOutcome::SecondFactor(..)) => Ok(false),
            Err(ProviderError::App(error)) => Err(error),
            Err(ProviderError::Failed(failure, detail)) => panic!("{failure:?}: {detail}"),
        }
    })
}

/// Token number `id` of a person at the trusted issuer.
pub fn token(world: &World, subject: &str, email: &str, id: &str) -> String {
    let now = world.request(None).ctx.now.seconds();
    unsigned_token(&json!({
        "iss": ISSUER, "aud": "app", "sub": subject, "jti": id, "iat": now, "exp": now + 300, "email": email, "email_verified": true,
    }))
}

pub fn exchange<'w>(world: &'w World, token: &'w str) -> Run<'w> {
    Box::pin(async move {
        let network = Network { number: 1, email: "" };
        match issuer_tokens::exchange(&world.app(), &world.request(None), &network, token, |_| None).await {
            Ok(_) => Ok(true),
            Err(ExchangeError::App(error)) => Err(error),
            Err(error) => panic!("{error:?}"),
        }
    })
}

/// The cookie of person number `number` of GitHub, who waits to be connected.
pub fn link(world: &World, number: u64) -> String {
    let person = IssuerSubject { issuer: GITHUB.to_owned(), subject: number.to_string() };
    let told = ToldPerson { person, email: Email::parse("told@example.com").ok(), email_proven: false, name: None };
    let expires_at = world.request(None).ctx.now.plus_seconds(PROVIDER_LINK_SECONDS);
    ProviderLink { told, starter: None, return_to: ReturnTo::root(), expires_at }.encode(&world.keys)
}

pub fn connect<'w>(world: &'w World, person: &'w Person, link: &'w str) -> Run<'w> {
    Box::pin(async move { providers::connect(&world.app(), &world.request(Some(person)), Some(link), |_| None).await.map(|_| true) })
}

pub fn remove<'w>(world: &'w World, person: &'w Person) -> Run<'w> {
    let id = identity_of(world, person);
    Box::pin(async move { providers::remove_method(&world.app(), &world.request(Some(person)), Some(id), |()| None).await.map(|_| true) })
}

pub fn identity_of(world: &World, person: &Person) -> IdentityId {
    let sql = format!("SELECT id FROM identity WHERE user = '{}' AND kind = 'provider'", person.id);
    IdentityId::parse(&world.text(&sql)).unwrap()
}

pub fn count(world: &World, table: &str) -> i64 {
    world.count(&format!("SELECT count(*) FROM {table}"))
}

pub fn identities(world: &World) -> i64 {
    count(world, "identity WHERE kind = 'provider'")
}

/// Every order of two runs of two batches each, and their repetitions.
pub fn orders() -> impl Iterator<Item = Vec<u8>> {
    (0..64_u8).map(|bits| (0..6).map(|step| bits >> step & 1).collect())
}

/// Leaves only the decisions' own checks.
pub fn drop_guards(world: &World) {
    world.store.db.without_preconditions.set(true);
    for guard in ["TRIGGER identity_insert_once", "TRIGGER identity_cap", "INDEX identity_one_subject"] {
        world.sql(&format!("DROP {guard}")).unwrap();
    }
}
