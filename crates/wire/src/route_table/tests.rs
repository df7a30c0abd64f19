//! Properties of every route in the table.

use super::*;
use crate::route::{Operation, RateLimit, RequiredAuth};

#[test]
fn every_operation_has_exactly_one_route() {
    for operation in Operation::ALL {
        let count = ROUTES.iter().filter(|route| route.operation == *operation).count();
        assert_eq!(count, 1, "{operation:?}");
    }
    assert_eq!(ROUTES.len(), Operation::ALL.len());
}

#[test]
fn the_router_accepts_every_path_and_matches_each_to_itself() {
    let mut router = matchit::Router::new();
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in &paths {
        router.insert(*path, *path).unwrap();
    }
    for path in paths {
        let example = path.replace('{', "x").replace('}', "");
        assert_eq!(*router.at(&example).unwrap().value, path);
    }
}

#[test]
fn every_path_with_an_account_requires_authentication_in_it() {
    for route in ROUTES {
        // A principal route works with and without an account in its path; metadata is public.
        if !matches!(route.auth, RequiredAuth::Principal(_)) && !route.path.starts_with("/.well-known/") {
            assert_eq!(route.path.contains("{account}"), route.auth.in_account(), "{}", route.path);
        }
        if let RequiredAuth::Permission(code) | RequiredAuth::PermissionOrSelf(code) | RequiredAuth::Principal(code) = route.auth {
            assert!(["team.access", "team.manage", "members.invite", "members.manage", "audit.read"].contains(&code), "{code}");
        }
    }
}

#[test]
fn only_these_routes_need_no_session() {
    let public: Vec<String> =
        ROUTES.iter().filter(|r| !r.auth.needs_session() && r.rate_limit != RateLimit::None).map(|r| r.operation.id()).collect();
    let expected = [
        "signUp",
        "verifyEmail",
        "requestPasswordReset",
        "completePasswordReset",
        "describeSignIn",
        "requestEmailCode",
        "signIn",
        "finishSignIn",
        "signOut",
        "startPasskeyAuthentication",
        "startProviderSignIn",
        "finishProviderSignIn",
        "getProviderLink",
        "dropProviderLink",
        "exchangeToken",
        "previewInvitation",
        "declineInvitation",
        "health",
    ];
    assert_eq!(public, expected);
}

#[test]
fn no_route_makes_more_than_two_round_trips() {
    assert!(ROUTES.iter().all(|route| route.round_trips <= 2));
}

#[test]
fn every_route_has_a_summary_and_a_success_response() {
    for route in ROUTES {
        assert!(!route.summary.is_empty() && !route.success_responses.is_empty(), "{}", route.path);
        assert!(!route.body_optional || route.body.is_some());
        assert!(route.method.writes() || route.body.is_none());
    }
}

#[test]
fn every_problem_code_is_declared_by_a_route_or_returned_outside_of_the_table() {
    // Returned before a route is matched, or by the gateway.
    let gateway = [P::UpstreamFailed, P::UpstreamUnavailable, P::UpstreamTimeout];
    let elsewhere = [[P::MethodNotAllowed].as_slice(), &gateway].concat();
    for code in P::ALL {
        let reachable = ROUTES.iter().any(|route| route.all_problems().contains(code));
        assert_ne!(reachable, elsewhere.contains(code), "{}", code.as_str());
    }
}
