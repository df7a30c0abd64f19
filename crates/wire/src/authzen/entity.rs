//! Subjects, actions, resources and contexts out of JSON. A `null` is as good as absent (RFC 7493 readers differ on it).

use crate::problem::{Problem, ProblemCode};
use rolecall_attribute_policy::{Attributes, ITEMS_MAX, oversized_list};
use rolecall_core::authzen::{Action, Entity};
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};
use std::rc::Rc;

/// A request that cannot be taken: 400 with every fault and its place.
pub fn refused(errors: Vec<FieldError>) -> Problem {
    Problem::faulty(ProblemCode::AccessRequestMalformed, errors)
}

pub(super) type Faults = Vec<FieldError>;

/// A member that is given; `null` is not.
pub(super) fn given<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.get(name).filter(|value| !value.is_null())
}

pub(super) fn wrong<T>(at: &str, wanted: &str, faults: &mut Faults) -> Option<T> {
    faults.push(FieldError::new(at, "type-wrong", format!("This must be {wanted}.")));
    None
}

pub(super) fn missing<T>(at: &str, faults: &mut Faults) -> Option<T> {
    faults.push(FieldError::new(at, "required", "This field must be given."));
    None
}

/// The whole body: an object.
pub(super) fn body(value: &Value) -> Result<&Map<String, Value>, Faults> {
    value.as_object().ok_or_else(|| vec![FieldError::new("", "type-wrong", "The body must be an object.")])
}

/// A text that may be absent.
pub(super) fn text(members: &Map<String, Value>, name: &str, at: &str, faults: &mut Faults) -> Option<String> {
    match given(members, name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => wrong(&format!("{at}/{name}"), "a string", faults),
        None => None,
    }
}

/// An object that may be absent, and is empty then. A list in it over the limit of the rules is a fault, whatever the rules
/// look at: a rule that denies must not fall silent.
pub(super) fn attributes(members: &Map<String, Value>, name: &str, at: &str, faults: &mut Faults) -> Attributes {
    match given(members, name) {
        Some(value @ Value::Object(attributes)) => {
            if let Some(place) = oversized_list(value) {
                let detail = format!("A list in a request has at most {ITEMS_MAX} items.");
                faults.push(FieldError::new(&format!("{at}/{name}{place}"), "too-long", detail));
            }
            attributes.clone()
        }
        Some(_) => wrong(&format!("{at}/{name}"), "an object", faults).unwrap_or_default(),
        None => Attributes::new(),
    }
}

/// A subject or resource as far as it is given.
#[derive(Clone, Debug)]
pub(super) struct EntityPart {
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    pub(super) properties: Attributes,
}

/// An action as far as it is given.
#[derive(Clone, Debug)]
pub(super) struct ActionPart {
    pub(super) name: Option<String>,
    pub(super) properties: Attributes,
}

fn members<'v>(of: &'v Map<String, Value>, name: &str, at: &str, faults: &mut Faults) -> Option<&'v Map<String, Value>> {
    match given(of, name)? {
        Value::Object(members) => Some(members),
        _ => wrong(at, "an object", faults),
    }
}

/// The subject or resource under a name; None where it is absent or no object.
pub(super) fn entity(of: &Map<String, Value>, name: &str, at: &str, faults: &mut Faults) -> Option<EntityPart> {
    let at = format!("{at}/{name}");
    let members = members(of, name, &at, faults)?;
    Some(EntityPart {
        kind: text(members, "type", &at, faults),
        id: text(members, "id", &at, faults),
        properties: attributes(members, "properties", &at, faults),
    })
}

/// The action.
pub(super) fn action(of: &Map<String, Value>, at: &str, faults: &mut Faults) -> Option<ActionPart> {
    let at = format!("{at}/action");
    let members = members(of, "action", &at, faults)?;
    Some(ActionPart { name: text(members, "name", &at, faults), properties: attributes(members, "properties", &at, faults) })
}

/// Demands a text that was looked for already: a fault about it is not told twice.
fn demanded(value: Option<String>, at: &str, faults: &mut Faults) -> Option<String> {
    if value.is_none() && !faults.iter().any(|fault| fault.pointer == at) {
        return missing(at, faults);
    }
    value
}

/// Demands a whole subject or resource.
pub(super) fn whole_entity(part: Option<EntityPart>, at: &str, faults: &mut Faults) -> Option<Rc<Entity>> {
    let Some(part) = part else { return demanded(None, at, faults).and(None) };
    let (kind, id) = (demanded(part.kind, &format!("{at}/type"), faults), demanded(part.id, &format!("{at}/id"), faults));
    Some(Rc::new(Entity { kind: kind?, id: id?, properties: part.properties }))
}

/// The whole subject or resource under a name of the body.
pub(super) fn named_entity(of: &Map<String, Value>, name: &str, faults: &mut Faults) -> Option<Rc<Entity>> {
    let part = entity(of, name, "", faults);
    whole_entity(part, &format!("/{name}"), faults)
}

/// The whole action of the body.
pub(super) fn named_action(of: &Map<String, Value>, faults: &mut Faults) -> Option<Rc<Action>> {
    let part = action(of, "", faults);
    whole_action(part, "", faults)
}

/// What is looked for, under a name of the body: a type, and properties. An id is not even looked at.
pub(super) fn sought(of: &Map<String, Value>, name: &str, faults: &mut Faults) -> Option<(String, Attributes)> {
    let at = format!("/{name}");
    let Some(members) = members(of, name, &at, faults) else { return demanded(None, &at, faults).and(None) };
    let (kind, properties) = (text(members, "type", &at, faults), attributes(members, "properties", &at, faults));
    Some((demanded(kind, &format!("{at}/type"), faults)?, properties))
}

/// Demands a whole action.
pub(super) fn whole_action(part: Option<ActionPart>, at: &str, faults: &mut Faults) -> Option<Rc<Action>> {
    let at = format!("{at}/action");
    let Some(part) = part else { return demanded(None, &at, faults).and(None) };
    let name = demanded(part.name, &format!("{at}/name"), faults)?;
    Some(Rc::new(Action { name, properties: part.properties }))
}
