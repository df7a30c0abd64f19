//! Which permission a request needs, by method and path.

use crate::path::is_plain;
use crate::set::PermissionId;
use alloc::string::String;
use alloc::vec::Vec;
use rolecall_json::cut;

/// How fresh the rights must be that a route is decided on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// A permission token's, at most its life old.
    Token,
    /// The database's.
    Live,
}

/// A route of the policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// Upper-case method.
    pub method: String,
    /// Pattern with `{name}` segments.
    pub pattern: String,
    /// Needed.
    pub permission: PermissionId,
    /// How fresh.
    pub freshness: Freshness,
}

/// What a request is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RouteMatch<'r, 'p> {
    /// This route, with its parameters' names and raw values.
    Match {
        /// The route.
        route: &'r Route,
        /// In the pattern's order.
        params: Vec<(&'r str, &'p str)>,
    },
    /// No route: nobody may.
    NoRoute,
    /// A path that can be read in two ways: refused before any matching.
    BadPath,
}

/// The routes of a policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct RouteMap {
    routes: Vec<Route>,
}

/// What stands between the slashes of a path or pattern.
pub(crate) struct Segments<'p>(Option<&'p str>);

pub(crate) fn segments(path: &str) -> Segments<'_> {
    Segments(path.strip_prefix('/'))
}

impl<'p> Iterator for Segments<'p> {
    type Item = &'p str;

    fn next(&mut self) -> Option<&'p str> {
        let (segment, rest) = cut(self.0?, b'/');
        self.0 = rest;
        Some(segment)
    }
}

/// The name of a `{name}` segment.
pub(crate) fn param_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Walks two paths or patterns side by side until `go_on` says no; answers whether both ended together.
fn walk<'a, 'b>(a: &'a str, b: &'b str, go_on: &mut dyn FnMut(&'a str, &'b str) -> bool) -> bool {
    let (mut a, mut b) = (segments(a), segments(b));
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if go_on(a, b) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

impl Route {
    /// Whether some request would match both: same method, same length, and no two different literals.
    fn overlaps(&self, other: &Route) -> bool {
        self.method == other.method
            && walk(&self.pattern, &other.pattern, &mut |a, b| a == b || param_name(a).is_some() || param_name(b).is_some())
    }

    /// At the first difference, a literal is sharper than a parameter.
    fn sharper(&self, other: &Route) -> Option<bool> {
        let mut sharper = None;
        walk(&self.pattern, &other.pattern, &mut |a, b| {
            let (a, b) = (param_name(a).is_some(), param_name(b).is_some());
            if a != b {
                sharper = Some(b);
            }
            a == b
        });
        sharper
    }

    /// Calls `param` for each parameter of a path that may match; answers whether it does.
    fn matches<'r, 'p>(&'r self, path: &'p str, param: &mut dyn FnMut(&'r str, &'p str)) -> bool {
        walk(&self.pattern, path, &mut |segment, part| match param_name(segment) {
            Some(name) => {
                param(name, part);
                true
            }
            None => segment == part,
        })
    }
}

impl RouteMap {
    pub(crate) fn all(&self) -> &[Route] {
        &self.routes
    }

    /// Adds a route; false where an equally sharp one matches the same requests.
    pub(crate) fn add(&mut self, route: Route) -> bool {
        let clash = self.routes.iter().any(|other| other.overlaps(&route) && other.sharper(&route).is_none());
        self.routes.push(route);
        !clash
    }

    /// The methods of the routes that match a path, each once.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let mut methods = Vec::new();
        for route in self.routes.iter().filter(|route| is_plain(path) && route.matches(path, &mut |_, _| {})) {
            if !methods.contains(&route.method.as_str()) {
                methods.push(route.method.as_str());
            }
        }
        methods
    }

    /// Methods match exactly: a HEAD needs a route of its own, since an upstream may treat it as it likes.
    pub(crate) fn match_route<'p>(&self, method: &str, path: &'p str) -> RouteMatch<'_, 'p> {
        if !is_plain(path) {
            return RouteMatch::BadPath;
        }
        let mut best: Option<&Route> = None;
        for route in &self.routes {
            if route.method == method && route.matches(path, &mut |_, _| {}) && best.is_none_or(|other| route.sharper(other) == Some(true))
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
