//! The policy engine: permissions, roles and routes as data, parsed once, decided by bits.
//!
//! In scope: parsing and validating a policy, sets of permissions, matching routes. Out of scope: who has which
//! role (`core`), and everything that does I/O. The same code answers in the Worker and in the browser.
//!
//! Architecture invariant: no clock, no randomness, no serde, no JavaScript types; small enough for the browser.
#![no_std]

extern crate alloc;

mod parse;
mod path;
mod routes;
mod set;

pub use parse::PolicyError;
pub use path::{PATH_MAX, normalise_path};
pub use routes::{Freshness, Route, RouteMatch};
pub use set::{PERMISSIONS_MAX, PermissionId, PermissionSet};

use alloc::string::String;
use alloc::vec::Vec;

/// Something that can be allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permission {
    /// `resource.verb`, unique.
    pub code: String,
    /// For people.
    pub title: String,
    /// For people, a sentence.
    pub description: String,
    /// The type of thing that it is about.
    pub resource: String,
    /// What it lets one do with such a thing.
    pub actions: Vec<String>,
}

/// A built-in role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// Unique.
    pub code: String,
    /// For people.
    pub title: String,
    /// What it grants.
    pub permissions: PermissionSet,
}

/// A permission code that the policy does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPermission(pub String);

/// A validated policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    permissions: Vec<Permission>,
    /// Places in `permissions`, sorted by code.
    by_code: Vec<u8>,
    roles: Vec<Role>,
    routes: routes::RouteMap,
}

impl Policy {
    /// Reads and validates a policy; the error says what is wrong and where.
    pub fn parse(json: &str) -> Result<Policy, PolicyError> {
        parse::policy(json)
    }

    /// All permissions, in the file's order, which is the order of their ids.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// All built-in roles, in the file's order.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// All routes, in the file's order.
    pub fn routes(&self) -> &[Route] {
        self.routes.all()
    }

    /// A built-in role by its code.
    pub fn role(&self, code: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.code == code)
    }

    /// A permission by its code.
    pub fn permission(&self, code: &str) -> Option<PermissionId> {
        let at = self.find(code).ok()?;
        self.by_code.get(at).copied().map(PermissionId)
    }

    /// Where a code stands in `by_code`, or where it would.
    fn find(&self, code: &str) -> Result<usize, usize> {
        self.by_code.binary_search_by(|index| self.code(PermissionId(*index)).cmp(code))
    }

    /// A permission's code; empty for an id of another policy.
    pub fn code(&self, id: PermissionId) -> &str {
        self.permissions.get(usize::from(id.0)).map_or("", |permission| permission.code.as_str())
    }

    /// The set that codes name.
    pub fn set<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Result<PermissionSet, UnknownPermission> {
        let mut set = PermissionSet::EMPTY;
        for code in codes {
            set.insert(self.permission(code).ok_or_else(|| UnknownPermission(String::from(code)))?);
        }
        Ok(set)
    }

    /// The codes of a set, in the policy's order.
    pub fn codes(&self, set: PermissionSet) -> Vec<&str> {
        self.permissions.iter().zip(0..=u8::MAX).filter(|(_, id)| set.contains(PermissionId(*id))).map(|(p, _)| p.code.as_str()).collect()
    }

    /// Every permission.
    pub fn all(&self) -> PermissionSet {
        let mut set = PermissionSet::EMPTY;
        (0..=u8::MAX).take(self.permissions.len()).for_each(|id| set.insert(PermissionId(id)));
        set
    }

    /// Codes of the built-in roles that grant a permission.
    pub fn roles_granting(&self, id: PermissionId) -> Vec<&str> {
        self.roles.iter().filter(|role| role.permissions.contains(id)).map(|role| role.code.as_str()).collect()
    }

    /// The methods for which a path matches some route, each once, in the file's order.
    pub fn methods(&self, path: &str) -> Vec<&str> {
        self.routes.methods(path)
    }

    /// Which permission a request needs. Default deny: what matches no route is for nobody.
    pub fn match_route<'p>(&self, method: &str, path: &'p str) -> RouteMatch<'_, 'p> {
        self.routes.match_route(method, path)
    }
}

#[cfg(test)]
mod tests;
