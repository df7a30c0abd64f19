//! Default policy against its permission matrix, route matching, and invalid policies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use rolecall_json::{Kind, Value};
use rolecall_policy::{Policy, RouteMatch};

const DEFAULT: &str = include_str!("../../../policy/default.json");
const CELLS: &str = include_str!("../../../tests/vectors/cells.json");

#[test]
fn the_default_policy_grants_what_the_permission_matrix_says() {
    let policy = Policy::parse(DEFAULT).unwrap();
    let document = rolecall_json::parse(CELLS).unwrap();
    let cells: Vec<Value<'_>> = document.root().items().collect();
    assert_eq!(cells.len(), 56);
    let mut allowed = 0;
    for cell in &cells {
        let text = |name: &str| cell.get(name).and_then(Value::as_text).unwrap();
        let id = policy.permission(text("permission")).unwrap();
        let granted = policy.role(text("role")).unwrap().permissions.contains(id);
        assert_eq!(granted, cell.get("allowed").unwrap().kind() == Kind::True, "{}", cell.canonical());
        assert_eq!(policy.roles_granting(id).contains(&text("role")), granted);
        allowed += usize::from(granted);
    }
    assert_eq!(allowed, 28);
    assert_eq!(policy.permissions().len() * policy.roles().len(), 56);
}

#[test]
fn routes_match_exactly_and_the_most_specific_one_wins() {
    let json = r#"{"version":1,"permissions":[{"code":"a.b","title":""},{"code":"a.c","title":""}],"roles":[],"routes":[
        {"method":"GET","path":"/x/{id}","permission":"a.b"},{"method":"GET","path":"/x/me","permission":"a.c","freshness":"live"}]}"#;
    let policy = Policy::parse(json).unwrap();
    let found = |method, path| match policy.match_route(method, path) {
        RouteMatch::Match { route, params } => (policy.code(route.permission).to_string(), params),
        other => panic!("{other:?}"),
    };
    assert_eq!(found("GET", "/x/1"), ("a.b".to_string(), vec![("id", "1")]));
    assert_eq!(found("GET", "/x/me"), ("a.c".to_string(), vec![]));
    for (method, path) in
        [("POST", "/x/1"), ("get", "/x/1"), ("HEAD", "/x/1"), ("GET", "/x"), ("GET", "/x/1/2"), ("GET", "/X/1"), ("GET", "/")]
    {
        assert_eq!(policy.match_route(method, path), RouteMatch::NoRoute, "{method} {path}");
    }
    for path in ["/x/1/", "//x/1", "/x/%2e", "/x/../x/1", "/x/1;a", ""] {
        assert_eq!(policy.match_route("GET", path), RouteMatch::BadPath, "{path}");
    }
}

#[test]
fn an_invalid_policy_is_rejected_with_code_and_pointer() {
    let with = |permissions: &str, roles: &str, routes: &str| {
        format!(r#"{{"version":1,"permissions":[{permissions}],"roles":[{roles}],"routes":[{routes}]}}"#)
    };
    let p = r#"{"code":"a.b","title":"A"}"#;
    let cases = [
        ("{".to_string(), "json-malformed", ""),
        ("[]".to_string(), "object-expected", ""),
        (r#"{"version":2,"permissions":[],"roles":[]}"#.to_string(), "version-unknown", ""),
        (r#"{"version":1,"permissions":[]}"#.to_string(), "field-missing", ""),
        (r#"{"version":1,"permissions":[],"roles":[],"x":1}"#.to_string(), "field-unknown", "/x"),
        (with(&format!("{p},{p}"), "", ""), "permission-twice", "/permissions/1"),
        (with(r#"{"code":"A.b","title":""}"#, "", ""), "code-malformed", "/permissions/0/code"),
        (with(r#"{"code":"ab","title":""}"#, "", ""), "code-malformed", "/permissions/0/code"),
        (with(p, r#"{"code":"r","title":"","permissions":["a.c"]}"#, ""), "permission-unknown", "/roles/0/permissions/0"),
        (with(p, r#"{"code":"r","title":"","permissions":["a.b","a.b"]}"#, ""), "permission-twice", "/roles/0/permissions/1"),
        (with(p, r#"{"code":"r","title":"","permissions":[]},{"code":"r","title":"","permissions":[]}"#, ""), "role-twice", "/roles/1"),
        (with(p, "", r#"{"method":"GET","path":"/x/../y","permission":"a.b"}"#), "path-malformed", "/routes/0/path"),
        (with(p, "", r#"{"method":"GET","path":"/{a}/{a}","permission":"a.b"}"#), "path-malformed", "/routes/0/path"),
        (
            with(p, "", r#"{"method":"GET","path":"/x/{a}","permission":"a.b"},{"method":"GET","path":"/x/{b}","permission":"a.b"}"#),
            "route-ambiguous",
            "/routes/1",
        ),
        (with(p, "", r#"{"method":"get","path":"/x","permission":"a.b"}"#), "code-malformed", "/routes/0/method"),
        (with(p, "", r#"{"method":"GET","path":"/x","permission":"a.b","freshness":"old"}"#), "freshness-unknown", "/routes/0/freshness"),
    ];
    for (json, code, pointer) in cases {
        let error = Policy::parse(&json).unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, pointer), "{json}: {error}");
    }
    let many = (0..257).map(|n| format!(r#"{{"code":"a.p{n}","title":""}}"#)).collect::<Vec<_>>().join(",");
    assert_eq!(Policy::parse(&with(&many, "", "")).unwrap_err().code(), "too-many");
}

#[test]
fn each_limit_of_a_policy_is_exact() {
    let list = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let parse = |permissions: String, roles: String, routes: String| {
        let json = format!(r#"{{"version":1,"permissions":[{permissions}],"roles":[{roles}],"routes":[{routes}]}}"#);
        Policy::parse(&json).map_err(|error| (error.code(), error.pointer().to_string())).err()
    };
    let permission = |n: usize| format!(r#"{{"code":"a.p{n}","title":""}}"#);
    let role = |n: usize| format!(r#"{{"code":"r{n}","title":"","permissions":[]}}"#);
    let route = |n: usize| format!(r#"{{"method":"GET","path":"/{n}","permission":"a.p0"}}"#);
    let too_many = |pointer: &str| Some(("too-many", pointer.to_string()));
    assert_eq!(parse(list(256, &permission), list(256, &role), list(1024, &route)), None);
    assert_eq!(parse(list(257, &permission), String::new(), String::new()), too_many("/permissions"));
    assert_eq!(parse(String::new(), list(257, &role), String::new()), too_many("/roles"));
    assert_eq!(parse(list(1, &permission), String::new(), list(1025, &route)), too_many("/routes"));

    let code = |length: usize| format!(r#"{{"code":"a.{}","title":""}}"#, "b".repeat(length - 2));
    assert_eq!(parse(code(64), String::new(), String::new()), None);
    let malformed = Some(("code-malformed", "/permissions/0/code".to_string()));
    assert_eq!(parse(code(65), String::new(), String::new()), malformed);
}

#[test]
fn errors_are_displayed_and_keep_their_source() {
    let error = Policy::parse("{").unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), rolecall_json::parse("{").unwrap_err().to_string());
    let error = Policy::parse(r#"{"version":1,"permissions":[],"roles":[],"x":1}"#).unwrap_err();
    assert_eq!(error.to_string(), "policy: there is no field `x` (field-unknown) at /x");
    assert!(std::error::Error::source(&error).is_none());
    let unknown = Policy::parse(DEFAULT).unwrap().permission_set(["no.code"]).unwrap_err();
    assert_eq!(unknown.to_string(), "unknown permission `no.code`");
}

#[test]
fn pointers_have_decimal_indices_of_any_length() {
    let codes = (0..123).map(|n| format!(r#"{{"code":"a.p{n}","title":""}}"#)).collect::<Vec<_>>().join(",");
    let error = Policy::parse(&format!(r#"{{"version":1,"permissions":[{codes},{{"code":"A","title":""}}],"roles":[]}}"#)).unwrap_err();
    assert_eq!(error.pointer(), "/permissions/123/code");
}

#[test]
fn codes_consist_of_lower_case_letters_digits_underscores_and_hyphens() {
    let is_valid =
        |code: &str| Policy::parse(&format!(r#"{{"version":1,"permissions":[{{"code":"{code}","title":""}}],"roles":[]}}"#)).is_ok();
    for code in ["a.b", "a1.b2", "a_b.c_d", "a-b.c-d"] {
        assert!(is_valid(code), "{code}");
    }
    for code in ["1a.b", "_a.b", "-a.b", "a.B", "a.b.c", "a.", ".b", "a.b ", "a.é"] {
        assert!(!is_valid(code), "{code}");
    }
}

#[test]
fn everything_that_a_policy_defines_is_listed_in_its_order() {
    let json = r#"{"version":1,"permissions":[{"code":"b.x","title":""},{"code":"a.x","title":""}],"roles":[],"routes":[
        {"method":"GET","path":"/b","permission":"b.x"},{"method":"POST","path":"/a","permission":"a.x"}]}"#;
    let policy = Policy::parse(json).unwrap();
    assert_eq!(policy.codes(policy.all()), ["b.x", "a.x"]);
    assert_eq!(policy.routes().iter().map(|route| route.pattern.as_str()).collect::<Vec<_>>(), ["/b", "/a"]);
    assert_eq!(policy.methods("/a"), ["POST"]);
}

#[test]
fn percent_encoded_characters_of_four_bytes_are_within_unicode() {
    let json = r#"{"version":1,"permissions":[{"code":"a.b","title":""}],"roles":[],"routes":[{"method":"GET","path":"/{id}","permission":"a.b"}]}"#;
    let policy = Policy::parse(json).unwrap();
    for path in ["/%F0%90%80%80", "/%F1%80%80%80", "/%F3%BF%BF%BF", "/%F4%80%80%80", "/%F4%8F%BF%BF"] {
        assert!(matches!(policy.match_route("GET", path), RouteMatch::Match { .. }), "{path}");
    }
    for path in ["/%F0%8F%BF%BF", "/%F4%90%80%80", "/%F5%80%80%80", "/%F1%80%80"] {
        assert_eq!(policy.match_route("GET", path), RouteMatch::BadPath, "{path}");
    }
}

#[test]
fn an_id_is_the_index_of_the_permission_in_the_policy() {
    let policy = Policy::parse(DEFAULT).unwrap();
    for (index, permission) in (0u8..).zip(policy.permissions()) {
        assert_eq!(policy.permission(&permission.code).unwrap().index(), index);
    }
}
