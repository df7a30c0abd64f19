//! Parsers of subjects, actions, resources and contexts. `null` is treated as absent, since JSON readers differ on it (RFC 7493).

use crate::problem::{Problem, ProblemCode};
use rolecall_attribute_policy::{Attributes, ITEMS_MAX, oversized_list};
use rolecall_core::authzen::{Action, Entity};
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Builds the 400 problem of a malformed request, with every error.
pub fn malformed_request(errors: Vec<FieldError>) -> Problem {
    Problem::with_field_errors(ProblemCode::AccessRequestMalformed, errors)
}

/// Returns a member that is present and not `null`.
pub(super) fn non_null_member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.get(name).filter(|value| !value.is_null())
}

/// Adds the error of a value with another type than `expected`, a noun with its article.
pub(super) fn type_mismatch<T>(pointer: &str, expected: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(pointer, "type-wrong", format!("The value must be {expected}.")));
    None
}

fn required<T>(pointer: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(pointer, "required", "The member is required."));
    None
}

/// Parses the request body, which must be an object.
pub(super) fn body(value: &Value) -> Result<&Map<String, Value>, Vec<FieldError>> {
    value.as_object().ok_or_else(|| vec![FieldError::new("", "type-wrong", "The body must be an object.")])
}

/// Parses an optional string.
pub(super) fn optional_string(members: &Map<String, Value>, name: &str, parent: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    match non_null_member(members, name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => type_mismatch(&format!("{parent}/{name}"), "a string", errors),
        None => None,
    }
}

/// Parses an optional object of attributes; absent means empty.
///
/// A list longer than the limit of the rules language is an error even if no rule reads it, so that a rule that denies cannot
/// be skipped.
pub(super) fn attributes(members: &Map<String, Value>, name: &str, parent: &str, errors: &mut Vec<FieldError>) -> Attributes {
    match non_null_member(members, name) {
        Some(value @ Value::Object(attributes)) => {
            if let Some(list) = oversized_list(value) {
                let detail = format!("The list must have at most {ITEMS_MAX} items.");
                errors.push(FieldError::new(&format!("{parent}/{name}{list}"), "too-long", detail));
            }
            attributes.clone()
        }
        Some(_) => type_mismatch(&format!("{parent}/{name}"), "an object", errors).unwrap_or_default(),
        None => Attributes::new(),
    }
}

/// Subject or resource with optional members.
#[derive(Clone, Debug)]
pub(super) struct PartialEntity {
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    pub(super) properties: Attributes,
}

/// Action with optional members.
#[derive(Clone, Debug)]
pub(super) struct PartialAction {
    pub(super) name: Option<String>,
    pub(super) properties: Attributes,
}

fn optional_object<'v>(
    parent: &'v Map<String, Value>,
    name: &str,
    pointer: &str,
    errors: &mut Vec<FieldError>,
) -> Option<&'v Map<String, Value>> {
    match non_null_member(parent, name)? {
        Value::Object(members) => Some(members),
        _ => type_mismatch(pointer, "an object", errors),
    }
}

/// Parses the subject or resource under a name; `None` if absent or not an object.
pub(super) fn partial_entity(body: &Map<String, Value>, name: &str, parent: &str, errors: &mut Vec<FieldError>) -> Option<PartialEntity> {
    let pointer = format!("{parent}/{name}");
    let members = optional_object(body, name, &pointer, errors)?;
    Some(PartialEntity {
        kind: optional_string(members, "type", &pointer, errors),
        id: optional_string(members, "id", &pointer, errors),
        properties: attributes(members, "properties", &pointer, errors),
    })
}

/// Parses the action; `None` if absent or not an object.
pub(super) fn partial_action(body: &Map<String, Value>, parent: &str, errors: &mut Vec<FieldError>) -> Option<PartialAction> {
    let pointer = format!("{parent}/action");
    let members = optional_object(body, "action", &pointer, errors)?;
    let name = optional_string(members, "name", &pointer, errors);
    Some(PartialAction { name, properties: attributes(members, "properties", &pointer, errors) })
}

/// Requires a parsed value; adds an error unless its pointer has one already.
fn require<T>(value: Option<T>, pointer: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    if value.is_none() && !errors.iter().any(|error| error.pointer == pointer) {
        return required(pointer, errors);
    }
    value
}

/// Requires a subject or resource with type and id.
pub(super) fn require_entity(part: Option<PartialEntity>, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Rc<Entity>> {
    let part = require(part, pointer, errors)?;
    let kind = require(part.kind, &format!("{pointer}/type"), errors);
    let id = require(part.id, &format!("{pointer}/id"), errors);
    Some(Rc::new(Entity { kind: kind?, id: id?, properties: part.properties }))
}

/// Requires an action with a name.
pub(super) fn require_action(part: Option<PartialAction>, parent: &str, errors: &mut Vec<FieldError>) -> Option<Rc<Action>> {
    let pointer = format!("{parent}/action");
    let part = require(part, &pointer, errors)?;
    let name = require(part.name, &format!("{pointer}/name"), errors)?;
    Some(Rc::new(Action { name, properties: part.properties }))
}

/// Parses the required subject or resource under a name of the body.
pub(super) fn entity(body: &Map<String, Value>, name: &str, errors: &mut Vec<FieldError>) -> Option<Rc<Entity>> {
    let part = partial_entity(body, name, "", errors);
    require_entity(part, &format!("/{name}"), errors)
}

/// Parses the required action of the body.
pub(super) fn action(body: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Option<Rc<Action>> {
    let part = partial_action(body, "", errors);
    require_action(part, "", errors)
}

/// Parses the entity that a search looks for: type and properties. Its id is ignored, whatever its type.
pub(super) fn search_target(body: &Map<String, Value>, name: &str, errors: &mut Vec<FieldError>) -> Option<(String, Attributes)> {
    let pointer = format!("/{name}");
    let members = optional_object(body, name, &pointer, errors);
    let members = require(members, &pointer, errors)?;
    let kind = optional_string(members, "type", &pointer, errors);
    let properties = attributes(members, "properties", &pointer, errors);
    Some((require(kind, &format!("{pointer}/type"), errors)?, properties))
}
