//! Routes and route matching by method and path.

use crate::path::is_plain;
use crate::path_segments::{param_name, segments};
use crate::set::PermissionId;
use alloc::string::String;
use alloc::vec::Vec;

/// Required freshness of the permissions that authorise a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// Permissions of a valid permission token, at most the lifetime of a token old.
    Token,
    /// Current permissions, read from the database.
    Live,
}

/// Route of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// HTTP method in upper case.
    pub method: String,
    /// Path pattern, in which a segment `{name}` is a parameter.
    pub pattern: String,
    /// Required permission.
    pub permission: PermissionId,
    /// Required freshness of that permission.
    pub freshness: Freshness,
}

/// Result of matching a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RouteMatch<'r, 'p> {
    /// The most specific route that matches.
    Match {
        /// Matched route.
        route: &'r Route,
        /// Names and percent-encoded values of the parameters, in the order of the pattern.
        params: Vec<(&'r str, &'p str)>,
    },
    /// No route matches; the request must be denied.
    NoRoute,
    /// The path is not plain (see [`validate_path`](crate::validate_path)); the request must be denied.
    BadPath,
}

/// Routes of a policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct RouteMap {
    routes: Vec<Route>,
}

/// Calls `is_match` with the segments of two paths or patterns in parallel until it returns false. Returns whether all pairs match
/// and both have the same number of segments.
fn match_segments<'a, 'b>(a: &'a str, b: &'b str, is_match: &mut dyn FnMut(&'a str, &'b str) -> bool) -> bool {
    let (mut a, mut b) = (segments(a), segments(b));
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if is_match(a, b) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

impl Route {
    /// Returns whether a request can match both routes: same method, same number of segments, no position with different literals.
    fn overlaps(&self, other: &Route) -> bool {
        self.method == other.method
            && match_segments(&self.pattern, &other.pattern, &mut |a, b| a == b || param_name(a).is_some() || param_name(b).is_some())
    }

    /// Returns whether this route is more specific than an overlapping one: whether it has the literal at the first position where
    /// one has a literal and the other a parameter. None without such a position.
    fn is_more_specific(&self, other: &Route) -> Option<bool> {
        let mut more_specific = None;
        match_segments(&self.pattern, &other.pattern, &mut |a, b| {
            let (a, b) = (param_name(a).is_some(), param_name(b).is_some());
            if a != b {
                more_specific = Some(b);
            }
            a == b
        });
        more_specific
    }

    /// Returns whether a path matches. Calls `param` with name and value of each parameter, also before a later mismatch.
    fn matches<'r, 'p>(&'r self, path: &'p str, param: &mut dyn FnMut(&'r str, &'p str)) -> bool {
        match_segments(&self.pattern, path, &mut |segment, part| match param_name(segment) {
            Some(name) => {
                param(name, part);
                true
            }
            None => segment == part,
        })
    }
}

impl RouteMap {
    /// All routes in the order of the policy.
    pub(crate) fn all(&self) -> &[Route] {
        &self.routes
    }

    /// Adds a route. Returns false if another route matches the same requests and neither is more specific.
    pub(crate) fn add(&mut self, route: Route) -> bool {
        let ambiguous = self.routes.iter().any(|other| other.overlaps(&route) && other.is_more_specific(&route).is_none());
        self.routes.push(route);
        !ambiguous
    }

    /// Methods of the routes that match a path, without duplicates.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let mut methods = Vec::new();
        if !is_plain(path) {
            return methods;
        }
        for route in self.routes.iter().filter(|route| route.matches(path, &mut |_, _| {})) {
            if !methods.contains(&route.method.as_str()) {
                methods.push(route.method.as_str());
            }
        }
        methods
    }

    /// Finds the most specific route of a request. Methods match exactly: HEAD needs a route of its own, since an upstream need not
    /// treat it like GET.
    pub(crate) fn match_route<'p>(&self, method: &str, path: &'p str) -> RouteMatch<'_, 'p> {
        if !is_plain(path) {
            return RouteMatch::BadPath;
        }
        let mut best: Option<&Route> = None;
        for route in &self.routes {
            if route.method == method
                && route.matches(path, &mut |_, _| {})
                && best.is_none_or(|other| route.is_more_specific(other) == Some(true))
            {
                best = Some(route);
            }
        }
        let Some(route) = best else {
            return RouteMatch::NoRoute;
        };
        let mut params = Vec::new();
        route.matches(path, &mut |name, value| params.push((name, value)));
        RouteMatch::Match { route, params }
    }
}
