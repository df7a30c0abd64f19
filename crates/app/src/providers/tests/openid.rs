//! OpenID providers.

use super::*;

/// The claims of subject `8`, Zoe, in the flow of a cookie.
fn claims(cookie: &str) -> Value {
    let now = NOW.seconds();
    json!({
        "iss": ISSUER, "aud": "client", "sub": "8", "iat": now, "exp": now + 300, "nonce": flow(cookie).nonce(),
        "email": "zoe@example.com", "email_verified": true, "name": "Zoe Zhang",
    })
}

fn with(mut claims: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    claims
}

/// Lets the token endpoint respond with an ID token of these claims.
fn tokens(fixture: &Fixture, claims: &Value) {
    let body = json!({"access_token": "a", "token_type": "Bearer", "id_token": unsigned_token(claims)});
    fixture.network.respond(TOKEN_URL, 200, body);
}

#[test]
fn a_browser_is_sent_to_the_endpoint_of_the_discovery_document_with_the_flow_of_its_cookie() {
    let fixture = Fixture::openid(team());
    let departure = fixture.authorize(start(FlowPurpose::SignIn)).unwrap_or_else(|error| panic!("{error:?}"));
    let flow = flow(&departure.cookie);
    assert!(departure.url.starts_with("https://idp.example/auth?response_type=code&client_id=client&"), "{}", departure.url);
    for (name, value) in [("state", flow.state()), ("nonce", flow.nonce()), ("code_challenge", flow.code_challenge())] {
        assert!(departure.url.contains(&format!("&{name}={value}")), "{name}: {}", departure.url);
    }
    assert_eq!((flow.return_to().as_str(), flow.started_at()), ("/teams?tab=1", NOW));
    assert_eq!(fixture.asked(), [DOCUMENT_URL]);
    let unreachable = Fixture::openid(team());
    unreachable.network.respond(DOCUMENT_URL, 503, "");
    assert_eq!(failure(unreachable.authorize(start(FlowPurpose::SignIn))), ProviderFailure::Unavailable);
}

#[test]
fn without_a_flow_of_this_browser_nobody_is_asked() {
    let cookie = Fixture::openid(team()).depart(FlowPurpose::SignIn);
    // Nothing is known of the provider yet.
    let fixture = Fixture::openid(team());
    for (wrong, expected) in
        [(None, ProviderFailure::NotStarted), (Some(""), ProviderFailure::NotStarted), (Some("x"), ProviderFailure::NotStarted)]
    {
        assert_eq!(failure(fixture.arrive_with(&request(), wrong, &answer(&cookie))), expected);
    }
    let later = request_in(ctx_at(NOW.plus_seconds(FLOW_SECONDS)));
    assert_eq!(failure(fixture.arrive_with(&later, Some(&cookie), &answer(&cookie))), ProviderFailure::Expired);
    assert_eq!(fixture.asked(), [""; 0]);
    assert_eq!(fixture.app.store.recorded_loads().len(), 0);
}

#[test]
fn an_answer_that_is_not_that_of_the_flow_or_is_a_refusal_exchanges_no_code() {
    let fixture = Fixture::openid(team());
    fixture.network.respond(DOCUMENT_URL, 200, {
        let mut document = document();
        document["authorization_response_iss_parameter_supported"] = true.into();
        document
    });
    let cookie = fixture.depart(FlowPurpose::SignIn);
    let right = Answer { iss: Some(ISSUER), ..answer(&cookie) };
    let refused = |error| Answer { code: None, error: Some(error), ..right.clone() };
    for (answer, expected) in [
        (Answer { state: "x".to_owned(), ..right.clone() }, ProviderFailure::Mismatch),
        (Answer { iss: None, ..right.clone() }, ProviderFailure::Mismatch),
        (Answer { iss: Some("https://other.example"), ..right.clone() }, ProviderFailure::Mismatch),
        (Answer { code: None, ..right.clone() }, ProviderFailure::Invalid),
        (refused("access_denied"), ProviderFailure::Cancelled),
        (refused("server_error"), ProviderFailure::Unavailable),
        (refused("login_required"), ProviderFailure::Refused),
    ] {
        assert_eq!(failure(fixture.arrive_with(&request(), Some(&cookie), &answer)), expected);
    }
    assert_eq!(fixture.asked(), [""; 0]);
    tokens(&fixture, &claims(&cookie));
    assert_eq!(session(fixture.arrive_with(&request(), Some(&cookie), &right)), "/teams?tab=1");
}

#[test]
fn a_code_is_exchanged_with_the_verifier_of_the_flow_and_the_secret() {
    let form = |cookie: &str| {
        let verifier = flow(cookie).code_verifier();
        let callback = "https%3A%2F%2Fteam.example%2Fv1%2Fproviders%2Fidp%2Fcallback";
        format!("grant_type=authorization_code&code=c%26d&redirect_uri={callback}&code_verifier={verifier}&client_id=client")
    };
    let accept = ("accept", "application/json".to_owned());
    let basic = Fixture::openid(team());
    let cookie = basic.depart(FlowPurpose::SignIn);
    tokens(&basic, &claims(&cookie));
    session(basic.arrive(&cookie));
    let [OutboundRequest { url, headers, form: sent, .. }] = basic.network.take_requests().try_into().unwrap();
    // `client:s%20e` in Base64.
    assert_eq!(headers, [accept.clone(), ("authorization", "Basic Y2xpZW50OnMlMjBl".to_owned())]);
    assert_eq!((url.as_str(), sent), (TOKEN_URL, Some(form(&cookie))));
    let post = Fixture::openid(team());
    post.network.respond(DOCUMENT_URL, 200, {
        let mut document = document();
        document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
        document
    });
    let cookie = post.depart(FlowPurpose::SignIn);
    tokens(&post, &claims(&cookie));
    session(post.arrive(&cookie));
    let [OutboundRequest { headers, form: sent, .. }] = post.network.take_requests().try_into().unwrap();
    assert_eq!((headers, sent), (vec![accept], Some(format!("{}&client_secret=s%20e", form(&cookie)))));
}

#[test]
fn a_response_of_the_token_endpoint_without_a_right_token_starts_no_session() {
    let fixture = Fixture::openid(team());
    let cookie = fixture.depart(FlowPurpose::SignIn);
    let good = json!({"access_token": "a", "token_type": "Bearer", "id_token": unsigned_token(&claims(&cookie))}).to_string();
    for (status, body, expected) in [
        (400, r#"{"error":"invalid_grant"}"#, ProviderFailure::Refused),
        (401, r#"{"error":"invalid_client"}"#, ProviderFailure::Unavailable),
        (502, "<html>", ProviderFailure::Unavailable),
        (500, &good, ProviderFailure::Unavailable),
        (302, "", ProviderFailure::Invalid),
        (200, "{}", ProviderFailure::Invalid),
        (200, r#"{"access_token":"a","token_type":"Bearer"}"#, ProviderFailure::Invalid),
    ] {
        fixture.network.respond(TOKEN_URL, status, body);
        assert_eq!(failure(fixture.arrive(&cookie)), expected, "{status} {body}");
    }
    fixture.network.fail(TOKEN_URL);
    assert_eq!(failure(fixture.arrive(&cookie)), ProviderFailure::Unavailable);
    for change in
        [("nonce", json!("x")), ("aud", json!("other")), ("iss", json!("https://other.example")), ("exp", json!(NOW.seconds() - 60))]
    {
        tokens(&fixture, &with(claims(&cookie), std::slice::from_ref(&change)));
        assert_eq!(failure(fixture.arrive(&cookie)), ProviderFailure::Invalid, "{change:?}");
    }
    fixture.assert_unchanged();
    fixture.network.respond(TOKEN_URL, 200, good);
    session(fixture.arrive(&cookie));
}

#[test]
fn a_person_with_a_proven_mailbox_of_nobody_becomes_a_user_and_joins_by_the_invitation_of_the_flow() {
    use rolecall_core::credential::link::{LinkToken, Purpose};
    let fixture = Fixture::openid(team());
    let cookie = fixture.depart(FlowPurpose::SignIn);
    tokens(&fixture, &claims(&cookie));
    assert_eq!(session(fixture.arrive(&cookie)), "/teams?tab=1");
    assert!(fixture.effects().iter().any(|effect| matches!(effect, Effect::InsertUser(user) if user.name.as_str() == "Zoe Zhang")));
    let invited = Fixture::openid(team());
    let link = LinkToken::issue(&keyring(), Purpose::Invitation, invitation_id("eve").bits(), 1);
    let departure = invited.authorize(FlowStart { invitation: Some(link), ..start(FlowPurpose::SignIn) });
    let cookie = departure.unwrap_or_else(|error| panic!("{error:?}")).cookie;
    tokens(&invited, &with(claims(&cookie), &[("email", json!("eve@example.com"))]));
    session(invited.arrive(&cookie));
    assert!(invited.effects().iter().any(|effect| matches!(effect, Effect::CloseInvitation(id, ..) if *id == invitation_id("eve"))));
}

#[test]
fn a_person_whom_nobody_is_connected_with_waits_in_the_cookie_and_nothing_is_written() {
    for (changes, told, is_proven) in [
        (vec![("email", json!("bob@example.com"))], Some("bob"), true),
        (vec![("email_verified", json!(false))], Some("zoe"), false),
        (vec![("email", json!("zoe@other.example"))], Some("zoe@other.example"), false),
        (vec![("email", Value::Null)], None, false),
    ] {
        let fixture = Fixture::openid(team());
        let cookie = fixture.depart(FlowPurpose::SignIn);
        tokens(&fixture, &with(claims(&cookie), &changes));
        let link = waits(fixture.arrive(&cookie));
        assert_eq!((link.told.email, link.told.email_proven), (told.map(email), is_proven));
        assert_eq!((link.told.person.issuer.as_str(), link.told.person.subject.as_str()), (ISSUER, "8"));
        assert_eq!((link.starter, link.return_to.as_str()), (None, "/teams?tab=1"));
        assert_eq!(link.expires_at, NOW.plus_seconds(PROVIDER_LINK_SECONDS));
        fixture.assert_unchanged();
    }
}

#[test]
fn a_person_who_is_to_be_connected_waits_with_the_user_who_started() {
    let fixture = Fixture::openid(team().as_caller("ann"));
    let cookie = fixture.depart(FlowPurpose::Link(user_id("ann")));
    tokens(&fixture, &with(claims(&cookie), &[("sub", json!("7"))]));
    let link = waits(fixture.arrive(&cookie));
    assert_eq!((link.starter, link.told.person.subject.as_str()), (Some(user_id("ann")), "7"));
    assert_eq!(fixture.app.store.recorded_loads().len(), 0);
}

#[test]
fn a_waiting_person_is_connected_by_the_cookie() {
    let fixture = Fixture::openid(team().as_caller("bob"));
    let cookie = fixture.depart(FlowPurpose::SignIn);
    tokens(&fixture, &with(claims(&cookie), &[("email_verified", json!(false))]));
    let Ok(CallbackOutcome::Connect(link)) = fixture.arrive(&cookie) else { panic!("not waiting") };
    let connect = |request: &RequestContext, link: Option<&str>| block_on(connect(&fixture.app.app(), request, link, |_| None));
    for wrong in [None, Some(""), Some(cookie.as_str())] {
        assert_eq!(connect(&request(), wrong).err(), Some(Denial::ProviderLinkNotFound.into()));
    }
    let late = request_in(ctx_at(NOW.plus_seconds(PROVIDER_LINK_SECONDS)));
    assert!(connect(&late, Some(&link)).is_err());
    fixture.assert_unchanged();
    let Ok(Outcome::Fresh { output, .. }) = connect(&request(), Some(&link)) else { panic!("not connected") };
    assert_eq!((output.kind, output.told_by), (IdentityKind::Provider, Some((ISSUER.to_owned(), Some(email("zoe"))))));
    assert!(matches!(fixture.effects().as_slice(), [Effect::InsertProviderIdentity(identity)] if identity.user == user_id("bob")));
}

/// A re-authentication of Ann, who is subject `7`, with these claims.
fn reauthenticated(caller: &str, changes: &[(&str, Value)]) -> (Fixture, Result<CallbackOutcome, ProviderError>) {
    let fixture = Fixture::openid(team().as_caller(caller));
    let cookie = fixture.depart(FlowPurpose::Reauthenticate(user_id("ann")));
    tokens(&fixture, &with(with(claims(&cookie), &[("sub", json!("7"))]), changes));
    let arrival = fixture.arrive(&cookie);
    (fixture, arrival)
}

#[test]
fn a_re_authentication_rests_on_a_recent_auth_time() {
    let now = NOW.seconds();
    for changes in [vec![], vec![("auth_time", json!(now - 61))], vec![("auth_time", json!(0))]] {
        let (fixture, arrival) = reauthenticated("ann", &changes);
        assert_eq!(failure(arrival), ProviderFailure::Refused, "{changes:?}");
        fixture.assert_unchanged();
    }
    for auth_time in [now - 60, now, now + 5] {
        let (fixture, arrival) = reauthenticated("ann", &[("auth_time", json!(auth_time))]);
        assert_eq!(session(arrival), "/teams?tab=1");
        assert!(
            matches!(fixture.effects().as_slice(), [Effect::UseProvider(..), Effect::RenewSession(session)] if session.user == user_id("ann"))
        );
    }
}

#[test]
fn a_re_authentication_is_by_the_caller() {
    let recent = ("auth_time", json!(NOW.seconds()));
    for (caller, subject) in [("ann", "8"), ("bob", "7")] {
        let (fixture, arrival) = reauthenticated(caller, &[recent.clone(), ("sub", json!(subject))]);
        assert_eq!(failure(arrival), ProviderFailure::Taken, "{caller} {subject}");
        fixture.assert_unchanged();
    }
}
