//! Permissions, built-in roles and the validated policy.

use crate::routes::{Route, RouteMap, RouteMatch};
use crate::set::{PermissionId, PermissionSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Permission of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "title and description are texts for people, without further meaning")]
pub struct Permission {
    /// Code of the form `resource.verb`, unique within the policy.
    pub code: String,
    pub title: String,
    pub description: String,
    /// Resource type of AuthZEN evaluations; empty if none.
    pub resource: String,
    /// Actions of AuthZEN evaluations that the permission allows on resources of that type.
    pub actions: Vec<String>,
}

/// Built-in role.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the title is a text for people, without further meaning")]
pub struct Role {
    /// Code, unique within the policy.
    pub code: String,
    pub title: String,
    /// Permissions that the role grants.
    pub permissions: PermissionSet,
}

/// Error of [`Policy::permission_set`]: a permission code that the policy does not define.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPermission(pub String);

impl fmt::Display for UnknownPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown permission `{}`", self.0)
    }
}

impl core::error::Error for UnknownPermission {}

/// Validated policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    pub(crate) permissions: Vec<Permission>,
    /// Indices into `permissions`, sorted by code, for binary search.
    pub(crate) by_code: Vec<u8>,
    pub(crate) roles: Vec<Role>,
    pub(crate) routes: RouteMap,
}

impl Policy {
    /// All permissions in the order of the policy, which is the order of their ids.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// All built-in roles in the order of the policy.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// All routes in the order of the policy.
    pub fn routes(&self) -> &[Route] {
        self.routes.all()
    }

    /// Looks up a built-in role by its code.
    pub fn role(&self, code: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.code == code)
    }

    /// Looks up a permission by its code.
    pub fn permission(&self, code: &str) -> Option<PermissionId> {
        let at = self.find(code).ok()?;
        self.by_code.get(at).copied().map(PermissionId)
    }

    /// Index of a code in `by_code`, or the index at which to insert it.
    pub(crate) fn find(&self, code: &str) -> Result<usize, usize> {
        self.by_code.binary_search_by(|index| self.code(PermissionId(*index)).cmp(code))
    }

    /// Code of a permission; empty for an id of another policy that this policy does not have.
    pub fn code(&self, id: PermissionId) -> &str {
        self.permissions.get(usize::from(id.0)).map_or("", |permission| permission.code.as_str())
    }

    /// Set of the permissions with the given codes.
    ///
    /// # Errors
    /// [`UnknownPermission`] with the first code that the policy does not define.
    pub fn permission_set<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Result<PermissionSet, UnknownPermission> {
        let mut set = PermissionSet::EMPTY;
        for code in codes {
            set.insert(self.permission(code).ok_or_else(|| UnknownPermission(String::from(code)))?);
        }
        Ok(set)
    }

    /// Codes of a set in the order of the policy.
    pub fn codes(&self, set: PermissionSet) -> Vec<&str> {
        self.permissions.iter().zip(0..=u8::MAX).filter(|(_, id)| set.contains(PermissionId(*id))).map(|(p, _)| p.code.as_str()).collect()
    }

    /// Set of all permissions.
    pub fn all(&self) -> PermissionSet {
        let mut set = PermissionSet::EMPTY;
        (0..=u8::MAX).take(self.permissions.len()).for_each(|id| set.insert(PermissionId(id)));
        set
    }

    /// Codes of the built-in roles that grant a permission.
    pub fn roles_granting(&self, id: PermissionId) -> Vec<&str> {
        self.roles.iter().filter(|role| role.permissions.contains(id)).map(|role| role.code.as_str()).collect()
    }

    /// Methods of the routes that match a path, without duplicates, in the order of the policy.
    pub fn methods(&self, path: &str) -> Vec<&str> {
        self.routes.methods(path)
    }

    /// Finds the route of a request, and with it the required permission. Requests without a route must be denied (default deny).
    ///
    /// # Examples
    /// ```
    /// use rolecall_policy::{Policy, RouteMatch};
    ///
    /// let policy = Policy::parse(
    ///     r#"{
    ///         "version": 1,
    ///         "permissions": [{"code": "pods.read", "title": "Read pods"}],
    ///         "roles": [],
    ///         "routes": [{"method": "GET", "path": "/pods/{id}", "permission": "pods.read"}]
    ///     }"#,
    /// )?;
    /// let RouteMatch::Match { route, params } = policy.match_route("GET", "/pods/7") else { panic!("no route") };
    /// assert_eq!(policy.code(route.permission), "pods.read");
    /// assert_eq!(params, [("id", "7")]);
    ///
    /// assert_eq!(policy.match_route("DELETE", "/pods/7"), RouteMatch::NoRoute);
    /// assert_eq!(policy.match_route("GET", "/pods/../admin"), RouteMatch::BadPath);
    /// # Ok::<(), rolecall_policy::PolicyError>(())
    /// ```
    pub fn match_route<'p>(&self, method: &str, path: &'p str) -> RouteMatch<'_, 'p> {
        self.routes.match_route(method, path)
    }
}
