//! GitHub.

use super::*;

const TOKENS: &str = r#"{"access_token":"gho_1","token_type":"bearer","scope":"user:email"}"#;
const ZOE: &str = r#"{"id":8,"login":"zoe","name":null,"email":"public@example.com"}"#;
const EMAILS: &str = r#"[{"email":"zoe@example.com","primary":true,"verified":true,"visibility":null}]"#;

/// A deployment whose GitHub knows Zoe as number 8, and the cookie of a flow.
fn zoe(purpose: FlowPurpose) -> (Fixture, String) {
    let fixture = Fixture::github(team().as_caller("ann"));
    fixture.network.respond(GITHUB_TOKEN_URL, 200, TOKENS);
    fixture.network.respond(USER_URL, 200, ZOE);
    fixture.network.respond(EMAILS_URL, 200, EMAILS);
    let cookie = fixture.depart(purpose);
    (fixture, cookie)
}

#[test]
fn a_browser_is_sent_to_github_without_a_request_and_without_a_nonce() {
    let fixture = Fixture::github(team());
    let departure = fixture.authorize(start(FlowPurpose::SignIn)).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(departure.url.starts_with("https://github.com/login/oauth/authorize?response_type=code&"), "{}", departure.url);
    assert!(!departure.url.contains("nonce") && departure.url.contains("&code_challenge_method=S256"));
    assert_eq!(fixture.asked(), [""; 0]);
}

#[test]
fn a_person_is_asked_for_with_the_token_of_the_code() {
    let (fixture, cookie) = zoe(FlowPurpose::SignIn);
    assert_eq!(session(fixture.arrive(&cookie)), "/teams?tab=1");
    let requests = fixture.network.take_requests();
    let urls: Vec<&str> = requests.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(urls, [GITHUB_TOKEN_URL, USER_URL, EMAILS_URL]);
    assert!(requests[0].form.as_deref().is_some_and(|form| form.ends_with("&client_secret=s%20e")));
    assert_eq!(requests[0].headers, [("accept", "application/json".to_owned())]);
    for request in &requests[1..] {
        let expected = [
            ("accept", "application/vnd.github+json".to_owned()),
            ("authorization", "Bearer gho_1".to_owned()),
            ("user-agent", "Tam".to_owned()),
            ("x-github-api-version", "2022-11-28".to_owned()),
        ];
        assert_eq!((request.headers.as_slice(), &request.form), (expected.as_slice(), &None));
    }
    let effects = fixture.effects();
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::InsertUser(user) if user.email == email("zoe"))),
        "not the public address"
    );
    let is_of_number = |effect: &Effect| matches!(effect, Effect::InsertProviderIdentity(identity) if identity.person.subject == "8");
    assert!(effects.iter().any(is_of_number));
}

#[test]
fn without_a_verified_primary_address_a_person_waits() {
    for emails in [
        "[]",
        r#"[{"email":"zoe@example.com","primary":true,"verified":false}]"#,
        r#"[{"email":"zoe@example.com","primary":false,"verified":true}]"#,
        r#"[{"email":"8+zoe@users.noreply.github.com","primary":true,"verified":true}]"#,
    ] {
        let (fixture, cookie) = zoe(FlowPurpose::SignIn);
        fixture.network.respond(EMAILS_URL, 200, emails);
        let link = waits(fixture.arrive(&cookie));
        assert_eq!((link.told.person.issuer.as_str(), link.told.person.subject.as_str()), (GITHUB, "8"));
        assert_eq!((link.told.email, link.told.email_proven), (None, false), "{emails}");
        fixture.assert_unchanged();
    }
}

#[test]
fn errors_of_github_start_no_session() {
    for (url, status, body, expected) in [
        (GITHUB_TOKEN_URL, 200, r#"{"error":"bad_verification_code"}"#, ProviderFailure::Refused),
        (GITHUB_TOKEN_URL, 200, r#"{"error":"incorrect_client_credentials"}"#, ProviderFailure::Unavailable),
        (GITHUB_TOKEN_URL, 503, "", ProviderFailure::Unavailable),
        (USER_URL, 401, r#"{"message":"Bad credentials"}"#, ProviderFailure::Invalid),
        (USER_URL, 500, ZOE, ProviderFailure::Unavailable),
        (USER_URL, 200, r#"{"id":"8","login":"zoe"}"#, ProviderFailure::Invalid),
        (EMAILS_URL, 403, r#"{"message":"Resource not accessible"}"#, ProviderFailure::Invalid),
        (EMAILS_URL, 429, EMAILS, ProviderFailure::Invalid),
        (EMAILS_URL, 502, EMAILS, ProviderFailure::Unavailable),
    ] {
        let (fixture, cookie) = zoe(FlowPurpose::SignIn);
        fixture.network.respond(url, status, body);
        assert_eq!(failure(fixture.arrive(&cookie)), expected, "{url} {status} {body}");
        fixture.assert_unchanged();
    }
    for url in [GITHUB_TOKEN_URL, USER_URL, EMAILS_URL] {
        let (fixture, cookie) = zoe(FlowPurpose::SignIn);
        fixture.network.fail(url);
        assert_eq!(failure(fixture.arrive(&cookie)), ProviderFailure::Unavailable, "{url}");
        fixture.assert_unchanged();
    }
}

#[test]
fn an_answer_that_names_another_issuer_exchanges_no_code() {
    let (fixture, cookie) = zoe(FlowPurpose::SignIn);
    let with = |iss| Answer { iss, ..answer(&cookie) };
    assert_eq!(failure(fixture.arrive_with(&request(), Some(&cookie), &with(Some(ISSUER)))), ProviderFailure::Mismatch);
    assert_eq!(fixture.asked(), [""; 0]);
    session(fixture.arrive_with(&request(), Some(&cookie), &with(Some(GITHUB))));
}

#[test]
fn github_proves_nobody_anew_since_it_does_not_say_when_a_person_authenticated() {
    let (fixture, _) = zoe(FlowPurpose::SignIn);
    let purpose = FlowPurpose::Reauthenticate(user_id("ann"));
    assert_eq!(failure(fixture.authorize(start(purpose))), ProviderFailure::Refused);
    // Nor by a flow that was started otherwise, for the person who is the caller.
    let random = core::array::from_fn(|byte| u8::try_from(byte).unwrap());
    let cookie = Flow::start(start(purpose), NOW, random).encode(&keyring());
    fixture.network.respond(USER_URL, 200, ZOE.replace("\"id\":8", "\"id\":7"));
    assert_eq!(failure(fixture.arrive(&cookie)), ProviderFailure::Refused);
    assert_eq!(fixture.asked(), [""; 0]);
    fixture.assert_unchanged();
}
