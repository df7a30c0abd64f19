//! Router from method and path to a route of the table. Built once per isolate; contains no data of a request.

use matchit::Router;
use rolecall_wire::route::{Method, Route};
use rolecall_wire::route_table::ROUTES;
use std::sync::OnceLock;

/// Routes of one path.
type Methods = Vec<&'static Route>;

/// Result of a lookup.
#[derive(Debug, Default)]
pub struct RouteMatch {
    /// Route for the method.
    pub route: Option<&'static Route>,
    /// Path parameters by name.
    pub params: Vec<(String, String)>,
    /// Routes of the path with any method; `None` if no route has this path.
    routes: Option<&'static Methods>,
}

impl RouteMatch {
    /// Value of `Allow` for the path; `None` if no route has this path.
    pub fn allow(&self) -> Option<String> {
        let mut methods: Vec<&str> = self.routes?.iter().map(|route| route.method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        Some(methods.join(", "))
    }
}

/// Looks up the undecoded path.
pub fn find(method: &str, path: &str) -> RouteMatch {
    static ROUTER: OnceLock<Router<Methods>> = OnceLock::new();
    let Ok(at) = ROUTER.get_or_init(build).at(path) else { return RouteMatch::default() };
    let method = Method::parse(method);
    RouteMatch {
        route: at.value.iter().copied().find(|route| Some(route.method) == method),
        params: at.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        routes: Some(at.value),
    }
}

fn build() -> Router<Methods> {
    let mut router = Router::new();
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let methods = ROUTES.iter().filter(|route| route.path == path).collect();
        // A pattern that the router rejects would have no route; a unit test looks up every route.
        let _inserted = router.insert(path, methods);
    }
    router
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
            assert!(found.allow().unwrap().contains(route.method.as_str()));
        }
    }

    #[test]
    fn an_unsupported_method_yields_allow_and_an_unknown_path_does_not() {
        let found = find("PUT", "/v1/me");
        assert_eq!(found.route, None);
        assert_eq!(found.allow().as_deref(), Some("GET, PATCH, HEAD, OPTIONS"));
        assert!(find("HEAD", "/v1/me").route.is_some());
        assert!(find("TRACE", "/v1/me").route.is_none());
        for path in ["/v1", "/v1/me/", "/V1/me", "/v1/accounts/a/members/u/x", "/v1/nope"] {
            assert_eq!(find("GET", path).allow(), None, "{path}");
        }
    }

    #[test]
    fn path_parameters_are_extracted() {
        let found = find("DELETE", "/v1/accounts/acct_1/members/usr_2");
        assert_eq!(found.params, [("account".to_owned(), "acct_1".to_owned()), ("user".to_owned(), "usr_2".to_owned())]);
    }
}
