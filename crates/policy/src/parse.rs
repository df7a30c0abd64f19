//! A policy file into a `Policy`: everything is checked, and the first fault is named with its place.

use crate::path::is_plain_segment;
use crate::routes::{Freshness, Route, RouteMap, param_name, segments};
use crate::set::{PERMISSIONS_MAX, PermissionId, PermissionSet};
use crate::{Permission, Policy, Role};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use rolecall_json::{Kind, Value, cut, push_escaped, push_hex_digit};

/// Longest code in bytes: a token names each permission that it holds, and has to fit a header.
const CODE_MAX: usize = 64;
/// Most roles of a policy: as many as permissions, and pages show one beside the other.
const ROLES_MAX: usize = 256;
/// Most routes of a policy: they are tried one after the other at each request, and each against all others when read.
const ROUTES_MAX: usize = 1024;

/// What is wrong with a policy, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError(Box<Fault>);

/// Boxed, so that what usually is no error travels as one word.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fault {
    code: &'static str,
    pointer: String,
    value: String,
}

impl PolicyError {
    #[cold]
    #[inline(never)]
    fn new(code: &'static str, pointer: String, value: &str) -> PolicyError {
        PolicyError(Box::new(Fault { code, pointer, value: String::from(value) }))
    }

    /// Stable code, for example `permission-unknown`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// JSON pointer to the fault (RFC 6901).
    pub fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// The faulty text, where there is one.
    pub fn value(&self) -> &str {
        &self.0.value
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("policy: ")?;
        f.write_str(self.code())?;
        if !self.value().is_empty() {
            f.write_str(" `")?;
            f.write_str(self.value())?;
            f.write_str("`")?;
        }
        f.write_str(" at ")?;
        f.write_str(if self.pointer().is_empty() { "the root" } else { self.pointer() })
    }
}

impl core::error::Error for PolicyError {}

/// A value and where it stands: its place in the value that holds it, so that a pointer is built only for a fault.
#[derive(Copy, Clone)]
struct At<'v> {
    value: Value<'v>,
    place: Place<'v>,
    parent: Option<&'v At<'v>>,
}

#[derive(Copy, Clone)]
enum Place<'v> {
    Name(&'v str),
    Index(usize),
}

impl<'v> At<'v> {
    fn point(&self, pointer: &mut String) {
        if let Some(parent) = self.parent {
            parent.point(pointer);
            pointer.push('/');
            match self.place {
                Place::Name(name) => push_escaped(name, pointer, |byte| match byte {
                    b'~' => "~0",
                    b'/' => "~1",
                    _ => "",
                }),
                Place::Index(index) => push_decimal(index, pointer),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn error(&self, code: &'static str, value: &str) -> PolicyError {
        let mut pointer = String::new();
        self.point(&mut pointer);
        PolicyError::new(code, pointer, value)
    }

    /// An object with exactly these members; those that end in `?` may be missing.
    #[inline(never)]
    fn members(&self, names: &[&str]) -> Result<(), PolicyError> {
        if self.value.kind() != Kind::Object {
            return Err(self.error("object-expected", ""));
        }
        for (name, value) in self.value.members() {
            if !names.iter().any(|known| known.strip_suffix('?').unwrap_or(known) == name) {
                return Err(At { value, place: Place::Name(name), parent: Some(self) }.error("field-unknown", name));
            }
        }
        match names.iter().find(|name| !name.ends_with('?') && self.value.get(name).is_none()) {
            Some(missing) => Err(self.error("field-missing", missing)),
            None => Ok(()),
        }
    }

    fn get<'a>(&'a self, name: &'a str) -> Option<At<'a>> {
        let value = self.value.get(name)?;
        Some(At { value, place: Place::Name(name), parent: Some(self) })
    }

    /// Calls `each` for the items of a list, which may be missing.
    #[inline(never)]
    fn list(&self, name: &str, max: usize, each: &mut dyn FnMut(&At<'_>) -> Result<(), PolicyError>) -> Result<(), PolicyError> {
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
            each(&At { value, place: Place::Index(index), parent: Some(&at) })?;
        }
        Ok(())
    }

    fn as_text(&self) -> Result<&'v str, PolicyError> {
        self.value.as_text().ok_or_else(|| self.error("text-expected", ""))
    }

    /// A text member; empty where it is missing.
    #[inline(never)]
    fn text(&self, name: &str) -> Result<String, PolicyError> {
        match self.get(name) {
            Some(at) => at.as_text().map(String::from),
            None => Ok(String::new()),
        }
    }

    /// A text member that is a code.
    #[inline(never)]
    fn code(&self, name: &str, fine: fn(&str) -> bool) -> Result<String, PolicyError> {
        let text = self.text(name)?;
        if text.is_empty() || text.len() > CODE_MAX || !fine(&text) {
            return Err(self.get(name).as_ref().unwrap_or(self).error("code-malformed", &text));
        }
        Ok(text)
    }
}

fn push_decimal(number: usize, out: &mut String) {
    if number >= 10 {
        push_decimal(number / 10, out);
    }
    push_hex_digit((number % 10).to_le_bytes()[0], out);
}

fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_permission_code(text: &str) -> bool {
    matches!(cut(text, b'.'), (resource, Some(verb)) if is_word(resource) && is_word(verb))
}

fn is_method(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Reads a policy.
pub(crate) fn policy(json: &str) -> Result<Policy, PolicyError> {
    let document = rolecall_json::parse(json).map_err(|error| PolicyError::new("json-malformed", String::new(), error.reason))?;
    let value = document.root();
    let root = At { value, place: Place::Name(""), parent: None };
    root.members(&["version", "permissions", "roles", "routes?", "$schema?"])?;
    if value.get("version").and_then(Value::as_integer) != Some(1) {
        return Err(root.error("version-unknown", ""));
    }
    let mut policy = Policy { permissions: Vec::new(), by_code: Vec::new(), roles: Vec::new(), routes: RouteMap::default() };
    root.list("permissions", PERMISSIONS_MAX, &mut |at| permission(&mut policy, at))?;
    root.list("roles", ROLES_MAX, &mut |at| role(&mut policy, at))?;
    root.list("routes", ROUTES_MAX, &mut |at| route(&mut policy, at))?;
    Ok(policy)
}

fn permission(policy: &mut Policy, at: &At<'_>) -> Result<(), PolicyError> {
    at.members(&["code", "title", "description?", "resource?", "actions?"])?;
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
    let mut moved = index;
    policy.by_code.iter_mut().skip(slot).for_each(|place| core::mem::swap(place, &mut moved));
    policy.by_code.push(moved);
    policy.permissions.push(permission);
    Ok(())
}

fn known(policy: &Policy, at: &At<'_>) -> Result<PermissionId, PolicyError> {
    let code = at.as_text()?;
    policy.permission(code).ok_or_else(|| at.error("permission-unknown", code))
}

fn role(policy: &mut Policy, at: &At<'_>) -> Result<(), PolicyError> {
    at.members(&["code", "title", "permissions"])?;
    let code = at.code("code", is_word)?;
    if policy.role(&code).is_some() {
        return Err(at.error("role-twice", &code));
    }
    let mut permissions = PermissionSet::EMPTY;
    at.list("permissions", PERMISSIONS_MAX, &mut |permission| {
        let id = known(policy, permission)?;
        if permissions.contains(id) {
            return Err(permission.error("permission-twice", policy.code(id)));
        }
        permissions.insert(id);
        Ok(())
    })?;
    policy.roles.push(Role { code, title: at.text("title")?, permissions });
    Ok(())
}

fn route(policy: &mut Policy, at: &At<'_>) -> Result<(), PolicyError> {
    at.members(&["method", "path", "permission", "freshness?"])?;
    let method = at.code("method", is_method)?;
    let pattern = at.text("path")?;
    if !is_pattern(&pattern) {
        return Err(at.get("path").as_ref().unwrap_or(at).error("path-malformed", &pattern));
    }
    let permission = known(policy, at.get("permission").as_ref().unwrap_or(at))?;
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

/// A path whose literals are plain and whose parameters have unique names. `*` and `:name`, wildcards elsewhere, would
/// be literals that match nothing anyone means: refused.
fn is_pattern(pattern: &str) -> bool {
    pattern.starts_with('/')
        && segments(pattern).enumerate().all(|(place, segment)| match param_name(segment) {
            Some(name) => is_word(name) && !segments(pattern).take(place).any(|other| other == segment),
            None => is_plain_segment(segment) && !segment.bytes().any(|byte| matches!(byte, b'*' | b':')),
        })
}
