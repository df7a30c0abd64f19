use super::*;
use crate::json::DEPTH_MAX;
use proptest::prelude::*;

fn parse(method: &str, arguments: &Value) -> Result<ServiceCall, Box<Problem>> {
    ServiceCall::parse(json!({ "method": method, "arguments": arguments }).to_string().as_bytes())
}

fn refused(method: &str, arguments: &Value) -> (ProblemCode, Vec<String>) {
    let problem = parse(method, arguments).expect_err("refused");
    let document = problem.document("", "");
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    (problem.code(), errors.iter().map(|error| format!("{} {}", error["pointer"], error["code"]).replace('"', "")).collect())
}

#[test]
fn a_call_names_its_credential_and_its_account() {
    let call =
        parse("check", &json!([{ "apiKey": "rc_1", "account": "acct_1", "permissions": ["a.b"], "resource": "7", "freshness": "live" }]));
    let Ok(ServiceCall::Check { caller, input, resource, freshness }) = call else { panic!("a check") };
    assert_eq!(caller.credential, Some(CallCredential::ApiKey(Secret::from("rc_1".to_owned()))));
    assert_eq!((caller.account.as_deref(), resource.as_deref(), freshness), (Some("acct_1"), Some("7"), CallFreshness::Live));
    assert_eq!((input.permissions, input.explain), (vec!["a.b".to_owned()], false));

    let call = parse("check", &json!([{ "account": "", "permissions": [], "explain": true }]));
    let Ok(ServiceCall::Check { caller, input, freshness, .. }) = call else { panic!("a check") };
    assert_eq!((caller.credential, input.explain, freshness), (None, true, CallFreshness::Token));

    let call = parse("evaluate", &json!([{}, { "session": "s" }]));
    let Ok(ServiceCall::Evaluate { caller, request }) = call else { panic!("an evaluation") };
    assert_eq!(caller, Caller { credential: Some(CallCredential::Session(Secret::from("s".to_owned()))), account: None });
    assert_eq!(request.unwrap_err().len(), 3, "its errors wait for the authorization");
    assert!(matches!(parse("evaluate", &json!([{}])), Ok(ServiceCall::Evaluate { caller, .. }) if caller == Caller::default()));
    assert!(matches!(parse("verify", &json!(["a.b.c", 1])), Ok(ServiceCall::Verify { token }) if token.reveal() == "a.b.c"));
}

#[test]
fn what_is_wrong_is_named_and_no_argument_panics() {
    let fields = |errors: &[&str]| (ProblemCode::FieldsInvalid, errors.iter().map(|error| (*error).to_owned()).collect::<Vec<_>>());
    for nothing in [json!([]), json!(null), json!({}), json!([null]), json!([7]), json!(["x"]), json!([[]])] {
        assert_eq!(refused("check", &nothing).0, ProblemCode::FieldsInvalid, "{nothing}");
    }
    assert_eq!(refused("check", &json!([{}])), fields(&["/account required", "/permissions required"]));
    assert_eq!(
        refused(
            "check",
            &json!([{ "token": 1, "account": null, "permissions": "a.b", "explain": 1, "resource": 1, "freshness": "old", "user": 1 }])
        ),
        fields(&[
            "/token type-wrong",
            "/account type-wrong",
            "/permissions type-wrong",
            "/explain type-wrong",
            "/resource type-wrong",
            "/freshness value-invalid",
            "/user unknown"
        ])
    );
    let two = json!({ "token": "t", "apiKey": "k", "session": "s", "account": "a", "permissions": [] });
    assert_eq!(refused("check", &json!([two])), fields(&["/apiKey value-invalid", "/session value-invalid"]));
    assert_eq!(refused("evaluate", &json!([{}, { "apiKey": "k", "session": "s" }])), fields(&["/session value-invalid"]));
    assert_eq!(refused("evaluate", &json!([{}, null])), fields(&[" type-wrong"]));
    assert_eq!(refused("evaluate", &json!([{}, { "session": null }])), fields(&["/session type-wrong"]));
    for token in [json!([]), json!([null]), json!([{}]), json!([7])] {
        assert_eq!(refused("verify", &token), fields(&[" type-wrong"]));
    }
    for method in ["", "fetch", "constructor", "Check"] {
        assert_eq!(refused(method, &json!([{}])).0, ProblemCode::RequestMalformed, "{method}");
    }
    let code = |bytes: &[u8]| ServiceCall::parse(bytes).map_err(|problem| problem.code()).err();
    for broken in ["", "{", "\u{1}", "{} {}"] {
        assert_eq!(code(broken.as_bytes()), Some(ProblemCode::BodyMalformed), "{broken}");
    }
    for other in ["7", "[]", "null"] {
        assert_eq!(code(other.as_bytes()), Some(ProblemCode::RequestMalformed), "{other}");
    }
    assert_eq!(code(b"\xff"), Some(ProblemCode::BodyMalformed));
    assert_eq!(code(&vec![b' '; BODY_MAX + 1]), Some(ProblemCode::BodyTooLarge));
    assert_eq!(code("[".repeat(DEPTH_MAX + 1).as_bytes()), Some(ProblemCode::BodyMalformed));
}

#[test]
fn a_credential_is_never_printed() {
    let call = parse("check", &json!([{ "apiKey": "rc_horse", "account": "a", "permissions": [] }])).unwrap();
    assert!(!format!("{call:?}").contains("horse"));
}

#[test]
fn all_of_no_permissions_is_no() {
    let check = |allowed| PermissionCheck { permission: "a.b".to_owned(), allowed, role: "dev".to_owned(), granted_by: None };
    let allowed = |checks: &[PermissionCheck]| CheckResult::from(checks).allowed;
    assert_eq!([allowed(&[]), allowed(&[check(true)]), allowed(&[check(true), check(false)])], [false, true, false]);
}

proptest! {
    #[test]
    fn parsing_any_bytes_does_not_panic(bytes: Vec<u8>, text: String, method in "check|evaluate|verify") {
        let _ = ServiceCall::parse(&bytes);
        let _ = parse(&method, &json!([text, { "token": text, "permissions": [text] }]));
        let _ = ServiceCall::parse(format!("{{\"method\":\"{method}\",\"arguments\":{text}}}").as_bytes());
    }
}
