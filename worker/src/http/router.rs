//! From method and path to a route of the table. Built once per isolate; holds nothing of any request.

use matchit::Router;
use rolecall_wire::routes::{Method, Route};
use rolecall_wire::table::ROUTES;
use std::sync::OnceLock;

/// The routes of one path.
type Methods = Vec<&'static Route>;

/// What stands at a path.
#[derive(Debug, Default)]
pub struct Found {
    /// The route for the method.
    pub route: Option<&'static Route>,
    /// What the path says for `{names}`.
    pub params: Vec<(String, String)>,
    /// The methods that the path takes; empty where there is nothing.
    pub allow: String,
}

/// Looks a path up, exactly as it came.
pub fn find(method: &str, path: &str) -> Found {
    static ROUTER: OnceLock<Router<Methods>> = OnceLock::new();
    let Ok(at) = ROUTER.get_or_init(build).at(path) else { return Found::default() };
    let method = Method::parse(method);
    Found {
        route: at.value.iter().copied().find(|route| Some(route.method) == method),
        params: at.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        allow: allow(at.value),
    }
}

fn build() -> Router<Methods> {
    let mut router = Router::new();
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let methods = ROUTES.iter().filter(|route| route.path == path).collect();
        // A path that the router does not take would be a route that does not exist; a test looks every route up.
        let _taken = router.insert(path, methods);
    }
    router
}

fn allow(routes: &Methods) -> String {
    let mut words: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if words.contains(&"GET") {
        words.push("HEAD");
    }
    words.push("OPTIONS");
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_under_its_path() {
        for route in ROUTES {
            let path = route.path.replace('{', "x").replace('}', "");
            let found = find(route.method.as_str(), &path);
            assert_eq!(found.route, Some(route));
            assert!(found.allow.contains(route.method.as_str()));
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones_and_a_wrong_path_nothing() {
        let found = find("PUT", "/v1/me");
        assert_eq!(found.route, None);
        assert_eq!(found.allow, "GET, PATCH, HEAD, OPTIONS");
        assert!(find("HEAD", "/v1/me").route.is_some());
        assert!(find("TRACE", "/v1/me").route.is_none());
        for path in ["/v1", "/v1/me/", "/V1/me", "/v1/accounts/a/members/u/x", "/v1/nope"] {
            assert!(find("GET", path).allow.is_empty(), "{path}");
        }
    }

    #[test]
    fn what_the_path_says_is_handed_on() {
        let found = find("DELETE", "/v1/accounts/acct_1/members/usr_2");
        assert_eq!(found.params, [("account".to_owned(), "acct_1".to_owned()), ("user".to_owned(), "usr_2".to_owned())]);
    }
}
