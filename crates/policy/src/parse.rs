//! Parser and validator of policies. It stops at the first error and reports it with a JSON pointer.

use crate::model::{Permission, Policy, Role};
use crate::path::is_plain_segment;
use crate::path_segments::{param_name, segments};
use crate::routes::{Freshness, Route, RouteMap};
use crate::set::{PERMISSIONS_MAX, PermissionId, PermissionSet};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use rolecall_json::{JsonError, Kind, Value, push_escaped, push_hex_digit, split_at_first};

/// Maximum length of a code in bytes: a permission token lists codes and must fit into an HTTP header.
const CODE_MAX: usize = 64;
/// Maximum number of roles.
const ROLES_MAX: usize = 256;
/// Maximum number of routes: matching is linear in their number, and validation quadratic.
const ROUTES_MAX: usize = 1024;

/// Error of [`Policy::parse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError(Box<Fault>);

/// Content of a [`PolicyError`], boxed to keep `Result`s small.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fault {
    code: &'static str,
    pointer: String,
    value: String,
    source: Option<JsonError>,
}

impl PolicyError {
    #[cold]
    #[inline(never)]
    fn new(code: &'static str, pointer: String, value: &str) -> PolicyError {
        PolicyError(Box::new(Fault { code, pointer, value: String::from(value), source: None }))
    }

    /// Error of a text that is not JSON.
    #[cold]
    fn json(error: JsonError) -> PolicyError {
        let mut policy_error = PolicyError::new("json-malformed", String::new(), error.reason);
        policy_error.0.source = Some(error);
        policy_error
    }

    /// Stable error code, for example `permission-unknown`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// JSON pointer to the invalid value (RFC 6901).
    pub fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// Offset of the error in bytes if the text is not JSON.
    pub fn offset(&self) -> Option<usize> {
        self.0.source.as_ref().map(|error| error.offset)
    }

    /// Invalid text; empty where there is none.
    pub fn value(&self) -> &str {
        &self.0.value
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value();
        f.write_str("policy: ")?;
        match self.code() {
            "json-malformed" => write!(f, "the text is not JSON ({value})"),
            "object-expected" => f.write_str("an object is expected"),
            "list-expected" => f.write_str("a list is expected"),
            "text-expected" => f.write_str("a text is expected"),
            "field-unknown" => write!(f, "there is no field `{value}`"),
            "field-missing" => write!(f, "the field `{value}` is missing"),
            "too-many" => write!(f, "there are too many {value}"),
            "version-unknown" => f.write_str("the version is not 1"),
            "code-malformed" => write!(f, "`{value}` is malformed"),
            "permission-twice" => write!(f, "the permission `{value}` is listed twice"),
            "permission-unknown" => write!(f, "the policy has no permission `{value}`"),
            "role-twice" => write!(f, "the role `{value}` is defined twice"),
            "path-malformed" => write!(f, "the path `{value}` is malformed"),
            "freshness-unknown" => write!(f, "`{value}` is neither `token` nor `live`"),
            "route-ambiguous" => write!(f, "the route `{value}` matches the same paths as an earlier one"),
            other => write!(f, "{other} `{value}`"),
        }?;
        write!(f, " ({}) at {}", self.code(), if self.pointer().is_empty() { "the root" } else { self.pointer() })
    }
}

impl core::error::Error for PolicyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as &dyn core::error::Error)
    }
}

/// JSON value with its path. The path is a linked list of [`PathStep`]s, so that a pointer is built for an error only.
#[derive(Copy, Clone)]
struct Located<'v> {
    value: Value<'v>,
    step: PathStep<'v>,
    parent: Option<&'v Located<'v>>,
}

/// Step from a JSON value to a member or an item.
#[derive(Copy, Clone)]
enum PathStep<'v> {
    Name(&'v str),
    Index(usize),
}

impl<'v> Located<'v> {
    /// Appends the JSON pointer to the value.
    fn write_pointer(&self, pointer: &mut String) {
        if let Some(parent) = self.parent {
            parent.write_pointer(pointer);
            pointer.push('/');
            match self.step {
                PathStep::Name(name) => push_escaped(name, pointer, |byte| match byte {
                    b'~' => "~0",
                    b'/' => "~1",
                    _ => "",
                }),
                PathStep::Index(index) => push_decimal(index, pointer),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn error(&self, code: &'static str, value: &str) -> PolicyError {
        let mut pointer = String::new();
        self.write_pointer(&mut pointer);
        PolicyError::new(code, pointer, value)
    }

    /// Checks that the value is an object with exactly these members. A name that ends in `?` is optional.
    #[inline(never)]
    fn check_members(&self, names: &[&str]) -> Result<(), PolicyError> {
        if self.value.kind() != Kind::Object {
            return Err(self.error("object-expected", ""));
        }
        for (name, value) in self.value.members() {
            if !names.iter().any(|allowed| allowed.strip_suffix('?').unwrap_or(allowed) == name) {
                return Err(Located { value, step: PathStep::Name(name), parent: Some(self) }.error("field-unknown", name));
            }
        }
        match names.iter().find(|name| !name.ends_with('?') && self.value.get(name).is_none()) {
            Some(missing) => Err(self.error("field-missing", missing)),
            None => Ok(()),
        }
    }

    fn get<'a>(&'a self, name: &'a str) -> Option<Located<'a>> {
        let value = self.value.get(name)?;
        Some(Located { value, step: PathStep::Name(name), parent: Some(self) })
    }

    /// Calls `each` for the items of an optional list member with at most `max` items.
    #[inline(never)]
    fn list(&self, name: &str, max: usize, each: &mut dyn FnMut(&Located<'_>) -> Result<(), PolicyError>) -> Result<(), PolicyError> {
        let Some(at) = self.get(name) else {
            return Ok(());
        };
        if at.value.kind() != Kind::List {
            return Err(at.error("list-expected", ""));
        }
        for (index, value) in at.value.items().enumerate() {
            if index >= max {
                return Err(at.error("too-many", name));
            }
            each(&Located { value, step: PathStep::Index(index), parent: Some(&at) })?;
        }
        Ok(())
    }

    /// Text of a string.
    fn as_text(&self) -> Result<&'v str, PolicyError> {
        self.value.as_text().ok_or_else(|| self.error("text-expected", ""))
    }

    /// Optional string member; empty where it is missing.
    #[inline(never)]
    fn text(&self, name: &str) -> Result<String, PolicyError> {
        match self.get(name) {
            Some(at) => at.as_text().map(String::from),
            None => Ok(String::new()),
        }
    }

    /// String member that is a valid code of at most [`CODE_MAX`] bytes.
    #[inline(never)]
    fn code(&self, name: &str, is_valid: fn(&str) -> bool) -> Result<String, PolicyError> {
        let text = self.text(name)?;
        if text.is_empty() || text.len() > CODE_MAX || !is_valid(&text) {
            return Err(self.get(name).as_ref().unwrap_or(self).error("code-malformed", &text));
        }
        Ok(text)
    }
}

/// Appends a decimal number, without the formatting machinery of `core::fmt`.
fn push_decimal(number: usize, out: &mut String) {
    if number >= 10 {
        push_decimal(number / 10, out);
    }
    push_hex_digit((number % 10).to_le_bytes()[0], out);
}

/// Returns whether a text is a lower-case identifier: ASCII letters, digits, `_` and `-`, beginning with a letter.
fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_permission_code(text: &str) -> bool {
    matches!(split_at_first(text, b'.'), (resource, Some(verb)) if is_word(resource) && is_word(verb))
}

fn is_method(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase())
}

impl Policy {
    /// Parses and validates a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with code and JSON pointer of the first error.
    ///
    /// # Examples
    /// ```
    /// use rolecall_policy::Policy;
    ///
    /// let policy = Policy::parse(
    ///     r#"{
    ///         "version": 1,
    ///         "permissions": [{"code": "pods.read", "title": "Read pods"}, {"code": "pods.delete", "title": "Delete pods"}],
    ///         "roles": [{"code": "viewer", "title": "Viewer", "permissions": ["pods.read"]}]
    ///     }"#,
    /// )?;
    /// assert_eq!(policy.role("viewer").map(|role| policy.codes(role.permissions)), Some(vec!["pods.read"]));
    ///
    /// let error = Policy::parse(r#"{"version": 1, "permissions": [], "roles": [{"code": "Viewer"}]}"#).unwrap_err();
    /// assert_eq!((error.code(), error.pointer()), ("field-missing", "/roles/0"));
    /// # Ok::<(), rolecall_policy::PolicyError>(())
    /// ```
    pub fn parse(json: &str) -> Result<Policy, PolicyError> {
        let document = rolecall_json::parse(json).map_err(PolicyError::json)?;
        let value = document.root();
        let root = Located { value, step: PathStep::Name(""), parent: None };
        root.check_members(&["version", "permissions", "roles", "routes?", "$schema?"])?;
        if value.get("version").and_then(Value::as_integer) != Some(1) {
            return Err(root.error("version-unknown", ""));
        }
        let mut policy = Policy { permissions: Vec::new(), by_code: Vec::new(), roles: Vec::new(), routes: RouteMap::default() };
        root.list("permissions", PERMISSIONS_MAX, &mut |at| permission(&mut policy, at))?;
        root.list("roles", ROLES_MAX, &mut |at| role(&mut policy, at))?;
        root.list("routes", ROUTES_MAX, &mut |at| route(&mut policy, at))?;
        Ok(policy)
    }
}

fn permission(policy: &mut Policy, at: &Located<'_>) -> Result<(), PolicyError> {
    at.check_members(&["code", "title", "description?", "resource?", "actions?"])?;
    let code = at.code("code", is_permission_code)?;
    let Err(slot) = policy.find(&code) else {
        return Err(at.error("permission-twice", &code));
    };
    let mut actions = Vec::new();
    at.list("actions", PERMISSIONS_MAX, &mut |action| {
        actions.push(String::from(action.as_text()?));
        Ok(())
    })?;
    let permission =
        Permission { code, title: at.text("title")?, description: at.text("description")?, resource: at.text("resource")?, actions };
    let index = u8::try_from(policy.permissions.len()).map_err(|_| at.error("too-many", "permissions"))?;
    // Insertion by swaps, which unlike `Vec::insert` cannot panic.
    let mut displaced = index;
    policy.by_code.iter_mut().skip(slot).for_each(|entry| core::mem::swap(entry, &mut displaced));
    policy.by_code.push(displaced);
    policy.permissions.push(permission);
    Ok(())
}

/// Id of the permission that a string names.
fn permission_id(policy: &Policy, at: &Located<'_>) -> Result<PermissionId, PolicyError> {
    let code = at.as_text()?;
    policy.permission(code).ok_or_else(|| at.error("permission-unknown", code))
}

fn role(policy: &mut Policy, at: &Located<'_>) -> Result<(), PolicyError> {
    at.check_members(&["code", "title", "permissions"])?;
    let code = at.code("code", is_word)?;
    if policy.role(&code).is_some() {
        return Err(at.error("role-twice", &code));
    }
    let mut permissions = PermissionSet::EMPTY;
    at.list("permissions", PERMISSIONS_MAX, &mut |permission| {
        let id = permission_id(policy, permission)?;
        if permissions.contains(id) {
            return Err(permission.error("permission-twice", policy.code(id)));
        }
        permissions.insert(id);
        Ok(())
    })?;
    policy.roles.push(Role { code, title: at.text("title")?, permissions });
    Ok(())
}

fn route(policy: &mut Policy, at: &Located<'_>) -> Result<(), PolicyError> {
    at.check_members(&["method", "path", "permission", "freshness?"])?;
    let method = at.code("method", is_method)?;
    let pattern = at.text("path")?;
    if !is_path_template(&pattern) {
        return Err(at.get("path").as_ref().unwrap_or(at).error("path-malformed", &pattern));
    }
    let permission = permission_id(policy, at.get("permission").as_ref().unwrap_or(at))?;
    let freshness = match at.get("freshness") {
        None => Freshness::Token,
        Some(freshness) => match freshness.as_text()? {
            "token" => Freshness::Token,
            "live" => Freshness::Live,
            other => return Err(freshness.error("freshness-unknown", other)),
        },
    };
    if policy.routes.add(Route { method, pattern, permission, freshness }) {
        return Ok(());
    }
    Err(at.error("route-ambiguous", at.get("path").and_then(|path| path.value.as_text()).unwrap_or("")))
}

/// Returns whether a text is a path pattern: each segment is a plain literal or a `{name}` with a unique name. `*` and `:` are
/// rejected, since they are wildcards in other routers and would be literals here.
fn is_path_template(pattern: &str) -> bool {
    pattern.starts_with('/')
        && segments(pattern).enumerate().all(|(index, segment)| match param_name(segment) {
            Some(name) => is_word(name) && !segments(pattern).take(index).any(|other| other == segment),
            None => is_plain_segment(segment) && !segment.bytes().any(|byte| matches!(byte, b'*' | b':')),
        })
}
