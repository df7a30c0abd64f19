use super::*;
use crate::testing::{ScriptedNetwork, block_on};
use rolecall_core::testing::NOW;

const ISSUER: &str = "https://idp.example";
const DOCUMENT_URL: &str = "https://idp.example/.well-known/openid-configuration";
const KEYS_URL: &str = "https://idp.example/keys";
const KEYS: &str = r#"{"keys":[]}"#;

fn document(issuer: &str, token_endpoint: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","authorization_endpoint":"https://idp.example/auth","token_endpoint":"{token_endpoint}","jwks_uri":"{KEYS_URL}"}}"#
    )
}

fn good() -> String {
    document(ISSUER, "https://idp.example/token")
}

/// A directory with its network, which counts requests.
struct Fixture {
    directory: IssuerDirectory,
    network: ScriptedNetwork,
}

impl Fixture {
    /// A network that has the discovery document and the keys.
    fn new() -> Self {
        let network = ScriptedNetwork::default();
        network.respond(DOCUMENT_URL, 200, good());
        network.respond(KEYS_URL, 200, KEYS);
        Fixture { directory: IssuerDirectory::new(false), network }
    }

    /// The token endpoint of the document at a second, or why there is none; with the URLs that were asked.
    fn provider(&self, seconds: i64) -> (Result<String, String>, Vec<String>) {
        let issuer = EndpointUrl::parse(ISSUER, false).unwrap();
        let result = block_on(self.directory.provider(&self.network, &issuer, NOW.plus_seconds(seconds)));
        let result = result.map(|metadata| metadata.token_endpoint.to_string()).map_err(|error| error.0);
        (result, self.asked())
    }

    /// Whether there are keys at a second, with the URLs that were asked.
    fn keys(&self, seconds: i64, renew: bool) -> (bool, Vec<String>) {
        let issuer = EndpointUrl::parse(ISSUER, false).unwrap();
        let result = block_on(self.directory.keys(&self.network, &issuer, NOW.plus_seconds(seconds), renew));
        (result.is_ok(), self.asked())
    }

    fn asked(&self) -> Vec<String> {
        self.network.take_requests().into_iter().map(|request| request.url).collect()
    }
}

fn token_endpoint() -> Result<String, String> {
    Ok("https://idp.example/token".to_owned())
}

#[test]
fn a_document_is_used_for_ten_minutes() {
    let fixture = Fixture::new();
    assert_eq!(fixture.provider(0), (token_endpoint(), vec![DOCUMENT_URL.to_owned()]));
    fixture.network.respond(DOCUMENT_URL, 200, document(ISSUER, "https://idp.example/new"));
    for seconds in [0, 1, 599] {
        assert_eq!(fixture.provider(seconds), (token_endpoint(), vec![]), "{seconds}");
    }
    let new = Ok("https://idp.example/new".to_owned());
    assert_eq!(fixture.provider(600), (new.clone(), vec![DOCUMENT_URL.to_owned()]));
    assert_eq!(fixture.provider(1199), (new, vec![]));
}

#[test]
fn a_document_is_asked_for_with_its_limit_and_without_anything_of_a_person() {
    let fixture = Fixture::new();
    let issuer = EndpointUrl::parse(ISSUER, false).unwrap();
    block_on(fixture.directory.keys(&fixture.network, &issuer, NOW, false)).unwrap();
    let request =
        |url: &str, max| OutboundRequest { url: url.to_owned(), headers: vec![("accept", "application/json".to_owned())], form: None, max };
    assert_eq!(fixture.network.take_requests(), [request(DOCUMENT_URL, DOCUMENT_MAX), request(KEYS_URL, JWKS_MAX)]);
}

#[test]
fn after_a_failure_nobody_is_asked_for_twenty_seconds() {
    let fixture = Fixture::new();
    fixture.network.fail(DOCUMENT_URL);
    let failure = Err(format!("{DOCUMENT_URL}: no response"));
    assert_eq!(fixture.provider(0), (failure.clone(), vec![DOCUMENT_URL.to_owned()]));
    fixture.network.respond(DOCUMENT_URL, 200, good());
    assert_eq!(fixture.provider(19), (failure, vec![]));
    assert_eq!(fixture.provider(20), (token_endpoint(), vec![DOCUMENT_URL.to_owned()]));
}

#[test]
fn a_document_is_used_for_an_hour_while_the_service_fails() {
    let fixture = Fixture::new();
    assert_eq!(fixture.provider(0).0, token_endpoint());
    fixture.network.fail(DOCUMENT_URL);
    for (seconds, is_asked) in [(600, true), (619, false), (620, true), (3599, true)] {
        let asked = if is_asked { vec![DOCUMENT_URL.to_owned()] } else { vec![] };
        assert_eq!(fixture.provider(seconds), (token_endpoint(), asked), "{seconds}");
    }
    // Within the time between two attempts, and after it.
    let failure = Err(format!("{DOCUMENT_URL}: no response"));
    assert_eq!(fixture.provider(3600), (failure.clone(), vec![]));
    assert_eq!(fixture.provider(3619), (failure, vec![DOCUMENT_URL.to_owned()]));
    fixture.network.respond(DOCUMENT_URL, 200, good());
    assert_eq!(fixture.provider(3639), (token_endpoint(), vec![DOCUMENT_URL.to_owned()]));
}

#[test]
fn whatever_is_no_document_of_the_issuer_is_a_failure_and_named_for_the_log() {
    for (status, body, reason) in [
        (200, document("https://other.example", "https://idp.example/token"), "issuer"),
        (200, document(ISSUER, "http://idp.example/token"), "token_endpoint"),
        (200, "{".to_owned(), "JSON"),
        (200, String::new(), "JSON"),
        (200, "[]".to_owned(), "JSON"),
        (500, good(), "status 500"),
        (404, good(), "status 404"),
        (302, String::new(), "status 302"),
        (302, good(), "status 302"),
    ] {
        let fixture = Fixture::new();
        fixture.network.respond(DOCUMENT_URL, status, &body);
        let (result, asked) = fixture.provider(0);
        let failure = result.unwrap_err();
        assert!(failure.starts_with(DOCUMENT_URL) && failure.contains(reason), "{status} {body}: {failure}");
        assert_eq!(asked, [DOCUMENT_URL]);
        assert_eq!(fixture.keys(0, false).0, reason == "token_endpoint", "keys need no token endpoint");
        // A document that was read before stays in use.
        let before = Fixture::new();
        assert_eq!(before.provider(0).0, token_endpoint());
        before.network.respond(DOCUMENT_URL, status, &body);
        assert_eq!(before.provider(700).0, token_endpoint(), "{status} {body}");
    }
}

#[test]
fn keys_are_renewed_once_in_twenty_seconds() {
    let fixture = Fixture::new();
    let both = vec![DOCUMENT_URL.to_owned(), KEYS_URL.to_owned()];
    assert_eq!(fixture.keys(0, true), (true, both.clone()));
    for (seconds, renew, asked) in
        [(19, true, vec![]), (20, false, vec![]), (20, true, vec![KEYS_URL.to_owned()]), (39, true, vec![]), (599, false, vec![])]
    {
        assert_eq!(fixture.keys(seconds, renew), (true, asked), "{seconds} {renew}");
    }
    assert_eq!(fixture.keys(620, false), (true, both));
}

#[test]
fn a_renewal_that_fails_keeps_the_known_keys() {
    let fixture = Fixture::new();
    assert!(fixture.keys(0, false).0);
    for (seconds, status, body) in [(100, 500, KEYS), (200, 200, "{}")] {
        fixture.network.respond(KEYS_URL, status, body);
        assert_eq!(fixture.keys(seconds, true), (true, vec![KEYS_URL.to_owned()]), "{status}");
    }
    // Long ago, and only the document is new.
    let (has_keys, asked) = fixture.keys(3600, false);
    assert_eq!((has_keys, asked), (false, vec![DOCUMENT_URL.to_owned(), KEYS_URL.to_owned()]));
}
