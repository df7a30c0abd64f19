use super::*;
use crate::ports::OutboundRequest;
use crate::testing::{ScriptedNetwork, TestApp, block_on, request, request_in};
use rolecall_core::credential::oidc::callback::CallbackParameters;
use rolecall_core::credential::oidc::flow::FLOW_SECONDS;
use rolecall_core::domain::identity::IdentityKind;
use rolecall_core::domain::provider_identity::{IssuerSubject, ProviderIdentity};
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::sign_in_config::{EmailAuthority, ProviderId};
use rolecall_core::testing::{NOW, Team, ctx_at, email, invitation_id, keyring, unsigned_token, user_id};
use rolecall_core::transaction::change::Effect;
use serde_json::{Value, json};

mod github;
mod openid;

const ISSUER: &str = "https://idp.example";
const DOCUMENT_URL: &str = "https://idp.example/.well-known/openid-configuration";
const TOKEN_URL: &str = "https://idp.example/token";
const GITHUB: &str = "https://github.com/login/oauth";
const GITHUB_TOKEN_URL: &str = "https://github.com/login/oauth/access_token";
const USER_URL: &str = "https://api.github.com/user";
const EMAILS_URL: &str = "https://api.github.com/user/emails";
const REDIRECT_URI: &str = "https://team.example/v1/providers/idp/callback";

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::parse(text, false).unwrap()
}

fn openid() -> ProviderKind {
    ProviderKind::Oidc { issuer: url(ISSUER), authority: EmailAuthority::Domains(vec!["example.com".to_owned()]) }
}

fn provider(kind: ProviderKind) -> Provider {
    let id = ProviderId::parse("idp").unwrap();
    Provider { id, title: "IdP".to_owned(), client_id: "client".to_owned(), scopes: vec!["openid".to_owned()], kind }
}

/// Ann, who is subject `7` at both providers, Bob, an invitation for Eve, and nobody named Zoe.
fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").invitation("eve", "dev").unknown_email("zoe").adjust(|loaded| {
        for (issuer, id) in [(ISSUER, 50), (GITHUB, 51)] {
            let person = |subject: &str| IssuerSubject { issuer: issuer.to_owned(), subject: subject.to_owned() };
            let identity = ProviderIdentity {
                id: IdentityId::from_bits(id),
                user: user_id("ann"),
                person: person("7"),
                told_email: None,
                epoch: RestoreEpoch::FIRST,
                created_at: NOW,
            };
            loaded.provider_identities.insert(person("7"), Some(identity));
            loaded.provider_identities.insert(person("8"), None);
        }
    })
}

/// A deployment with one provider, and the network behind it.
struct Fixture {
    app: TestApp,
    network: ScriptedNetwork,
    provider: Provider,
}

/// The parts of a callback's query.
#[derive(Clone, Default)]
struct Answer {
    state: String,
    code: Option<&'static str>,
    error: Option<&'static str>,
    iss: Option<&'static str>,
}

impl Fixture {
    /// An OpenID provider whose discovery document can be read.
    fn openid(team: Team) -> Self {
        let fixture = Fixture { app: TestApp::of(team), network: ScriptedNetwork::default(), provider: provider(openid()) };
        fixture.network.respond(DOCUMENT_URL, 200, document());
        fixture
    }

    fn github(team: Team) -> Self {
        Fixture { app: TestApp::of(team), network: ScriptedNetwork::default(), provider: provider(ProviderKind::Github) }
    }

    fn with_context<T>(&self, run: impl FnOnce(ProviderContext<'_>) -> T) -> T {
        let endpoint = |name: &str| url(&format!("{GITHUB}/{name}"));
        let api = "https://api.github.com".to_owned();
        let github = GithubEndpoints { authorization: endpoint("authorize"), token: endpoint("access_token"), api };
        run(ProviderContext { provider: &self.provider, secret: "s e", redirect_uri: REDIRECT_URI, github: &github, product: "Té am" })
    }

    fn authorize(&self, start: FlowStart) -> Result<AuthorizationRedirect, ProviderError> {
        self.with_context(|context| block_on(authorize(&self.app.app(), &request(), context, &self.network, start)))
    }

    /// Starts a flow; returns its cookie.
    fn depart(&self, purpose: FlowPurpose) -> String {
        let departure = self.authorize(start(purpose)).unwrap_or_else(|error| panic!("{error:?}"));
        drop(self.network.take_requests());
        departure.cookie
    }

    fn arrive_with(&self, request: &RequestContext, cookie: Option<&str>, answer: &Answer) -> Result<CallbackOutcome, ProviderError> {
        let Answer { state, code, error, iss } = answer;
        let parameters = CallbackParameters { state: Some(state), code: *code, error: *error, iss: *iss };
        self.with_context(|context| block_on(callback(&self.app.app(), request, context, &self.network, cookie, &parameters)))
    }

    /// The callback of the flow of a cookie with a code.
    fn arrive(&self, cookie: &str) -> Result<CallbackOutcome, ProviderError> {
        self.arrive_with(&request(), Some(cookie), &answer(cookie))
    }

    fn asked(&self) -> Vec<String> {
        self.network.take_requests().into_iter().map(|request| request.url).collect()
    }

    /// The effects of the one commit.
    fn effects(&self) -> Vec<Effect> {
        let commits = self.app.store.commits();
        assert_eq!(commits.len(), 1);
        commits.into_iter().flat_map(|(change, _)| change.effects).collect()
    }

    /// Asserts that nothing was written, nor was to be.
    fn assert_unchanged(&self) {
        assert_eq!(self.app.store.commit_attempts().len(), 0);
    }
}

fn document() -> Value {
    json!({
        "issuer": ISSUER, "authorization_endpoint": "https://idp.example/auth", "token_endpoint": TOKEN_URL,
        "jwks_uri": "https://idp.example/keys",
    })
}

fn start(purpose: FlowPurpose) -> FlowStart {
    let return_to = ReturnTo::parse("/teams?tab=1").unwrap();
    FlowStart { purpose, provider: ProviderId::parse("idp").unwrap(), return_to, invitation: None, proof: None }
}

fn flow(cookie: &str) -> Flow {
    Flow::decode(&keyring(), cookie, NOW).unwrap()
}

fn answer(cookie: &str) -> Answer {
    Answer { state: flow(cookie).state(), code: Some("c&d"), ..Answer::default() }
}

/// Where a session that was started sends the browser.
fn session(arrival: Result<CallbackOutcome, ProviderError>) -> String {
    match arrival {
        Ok(CallbackOutcome::Session(_, return_to)) => return_to.as_str().to_owned(),
        Ok(CallbackOutcome::Connect(_)) => panic!("waits to be connected"),
        Ok(CallbackOutcome::SecondFactor(..)) => panic!("waits for a second factor"),
        Err(error) => panic!("{error:?}"),
    }
}

/// The person who waits to be connected.
fn waits(arrival: Result<CallbackOutcome, ProviderError>) -> ProviderLink {
    match arrival {
        Ok(CallbackOutcome::Connect(cookie)) => ProviderLink::decode(&keyring(), &cookie, NOW).unwrap(),
        Ok(CallbackOutcome::Session(..) | CallbackOutcome::SecondFactor(..)) => panic!("a session started"),
        Err(error) => panic!("{error:?}"),
    }
}

fn failure<T>(result: Result<T, ProviderError>) -> ProviderFailure {
    match result {
        Ok(_) => panic!("no failure"),
        Err(ProviderError::Failed(failure, detail)) => {
            assert!(!detail.is_empty());
            failure
        }
        Err(error) => panic!("{error:?}"),
    }
}
