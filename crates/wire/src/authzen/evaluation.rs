//! Requests of evaluations: one question, or many with defaults (sections 6.1 and 7.1).

use super::entity::{
    ActionPart, EntityPart, Faults, action, attributes, body, entity, given, named_action, named_entity, whole_action, whole_entity, wrong,
};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::{Action, Entity, EvaluationItem, Query, Semantic};
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Most questions of one batch: each may name another subject, and all are answered in one go.
pub const BATCH_MAX: usize = 100;
/// The member of a context that asks for the reason of the answer.
const EXPLAIN: &str = "explain";

/// What is asked, and in which form it is answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Evaluations {
    /// The questions; exactly one where `single`.
    pub asked: Vec<EvaluationItem>,
    /// When to stop.
    pub semantic: Semantic,
    /// Whether the answer is one decision, not a list.
    pub single: bool,
}

fn explains(context: &Attributes) -> bool {
    context.get(EXPLAIN) == Some(&Value::Bool(true))
}

/// Reads `POST /access/v1/evaluation`.
pub fn one(value: &Value) -> Result<Evaluations, Vec<FieldError>> {
    let members = body(value)?;
    let mut faults = Faults::new();
    let subject = named_entity(members, "subject", &mut faults);
    let action = named_action(members, &mut faults);
    let resource = named_entity(members, "resource", &mut faults);
    let context = attributes(members, "context", "", &mut faults);
    match (subject, action, resource) {
        (Some(subject), Some(action), Some(resource)) if faults.is_empty() => {
            let explain = explains(&context);
            let query = Query { subject, action, resource, context: Rc::new(context) };
            Ok(Evaluations { asked: vec![EvaluationItem { query: Ok(query), explain }], semantic: Semantic::ExecuteAll, single: true })
        }
        _ => Err(faults),
    }
}

/// Reads `POST /access/v1/evaluations`. Without items it is one question like any other.
pub fn many(value: &Value) -> Result<Evaluations, Vec<FieldError>> {
    let members = body(value)?;
    let mut faults = Faults::new();
    let semantic = semantic(members, &mut faults);
    let items = match given(members, "evaluations") {
        None => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(_) => wrong(&place("evaluations"), "a list", &mut faults).unwrap_or_default(),
    };
    if items.len() > BATCH_MAX {
        faults.push(FieldError::new("/evaluations", "too-long", format!("A batch has at most {BATCH_MAX} evaluations.")));
    }
    if items.is_empty() && faults.is_empty() {
        return one(value);
    }
    let defaults = Defaults::read(members, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let asked = items.iter().enumerate().map(|(index, item)| defaults.ask(item, &format!("/evaluations/{index}"))).collect();
    Ok(Evaluations { asked, semantic, single: false })
}

fn place(name: &str) -> String {
    format!("/{name}")
}

fn semantic(members: &Map<String, Value>, faults: &mut Faults) -> Semantic {
    let word = match given(members, "options") {
        None => return Semantic::default(),
        Some(Value::Object(options)) => given(options, "evaluations_semantic"),
        Some(_) => return wrong(&place("options"), "an object", faults).unwrap_or_default(),
    };
    let Some(word) = word else { return Semantic::default() };
    let known = word.as_str().and_then(Semantic::parse);
    if known.is_none() {
        let detail = "The semantic is `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`.";
        faults.push(FieldError::new("/options/evaluations_semantic", "value-invalid", detail));
    }
    known.unwrap_or_default()
}

/// What stands beside the items and holds for each that says nothing else. What is whole is shared by all of them.
struct Defaults {
    subject: Option<EntityPart>,
    action: Option<ActionPart>,
    resource: Option<EntityPart>,
    context: Rc<Attributes>,
    whole_subject: Option<Rc<Entity>>,
    whole_action: Option<Rc<Action>>,
    whole_resource: Option<Rc<Entity>>,
}

impl Defaults {
    /// A default may be incomplete, but not mistyped.
    fn read(members: &Map<String, Value>, faults: &mut Faults) -> Self {
        let (subject, resource) = (entity(members, "subject", "", faults), entity(members, "resource", "", faults));
        let action = action(members, "", faults);
        let mut unheard = Faults::new();
        Defaults {
            whole_subject: whole_entity(subject.clone(), "", &mut unheard),
            whole_resource: whole_entity(resource.clone(), "", &mut unheard),
            whole_action: whole_action(action.clone(), "", &mut unheard),
            context: Rc::new(attributes(members, "context", "", faults)),
            subject,
            action,
            resource,
        }
    }

    /// One item. Each of its entities replaces the default as a whole, but for what is required and not said:
    /// that is taken from the default. Whatever is wrong with an item is wrong with this item alone.
    fn ask(&self, item: &Value, at: &str) -> EvaluationItem {
        let Some(members) = item.as_object() else {
            let fault = FieldError::new(at, "type-wrong", "This must be an object.");
            return EvaluationItem { query: Err(vec![fault]), explain: explains(&self.context) };
        };
        let mut faults = Faults::new();
        let subject = self.entity(members, "subject", &self.subject, &self.whole_subject, at, &mut faults);
        let action = self.action(members, at, &mut faults);
        let resource = self.entity(members, "resource", &self.resource, &self.whole_resource, at, &mut faults);
        let context = match given(members, "context") {
            None => self.context.clone(),
            Some(_) => Rc::new(attributes(members, "context", at, &mut faults)),
        };
        let explain = explains(&context);
        let query = match (subject, action, resource) {
            (Some(subject), Some(action), Some(resource)) if faults.is_empty() => Ok(Query { subject, action, resource, context }),
            _ => Err(faults),
        };
        EvaluationItem { query, explain }
    }

    fn entity(
        &self,
        members: &Map<String, Value>,
        name: &str,
        default: &Option<EntityPart>,
        whole: &Option<Rc<Entity>>,
        at: &str,
        faults: &mut Faults,
    ) -> Option<Rc<Entity>> {
        let place = format!("{at}/{name}");
        if given(members, name).is_none() {
            return whole.clone().or_else(|| whole_entity(default.clone(), &place, faults));
        }
        let mut part = entity(members, name, at, faults);
        if let (Some(part), Some(default)) = (&mut part, default) {
            part.kind = part.kind.take().or_else(|| default.kind.clone());
            part.id = part.id.take().or_else(|| default.id.clone());
        }
        whole_entity(part, &place, faults)
    }

    fn action(&self, members: &Map<String, Value>, at: &str, faults: &mut Faults) -> Option<Rc<Action>> {
        if given(members, "action").is_none() {
            return self.whole_action.clone().or_else(|| whole_action(self.action.clone(), at, faults));
        }
        let mut part = action(members, at, faults);
        if let (Some(part), Some(default)) = (&mut part, &self.action) {
            part.name = part.name.take().or_else(|| default.name.clone());
        }
        whole_action(part, at, faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn faults(result: Result<Evaluations, Vec<FieldError>>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn question() -> Value {
        json!({ "subject": { "type": "user", "id": "a" }, "action": { "name": "read" }, "resource": { "type": "r", "id": "1" } })
    }

    #[test]
    fn what_is_missing_or_mistyped_is_told_with_its_place() {
        let cases: &[(&str, Value, &[(&str, &str)])] = &[
            ("", json!([]), &[("", "type-wrong")]),
            ("/subject", Value::Null, &[("/subject", "required")]),
            ("/subject", json!("alice"), &[("/subject", "type-wrong")]),
            ("/subject", json!({ "id": "a" }), &[("/subject/type", "required")]),
            ("/subject", json!({ "type": 1 }), &[("/subject/type", "type-wrong"), ("/subject/id", "required")]),
            ("/action", json!({}), &[("/action/name", "required")]),
            ("/action/name", json!(123), &[("/action/name", "type-wrong")]),
            ("/resource/id", json!(["1"]), &[("/resource/id", "type-wrong")]),
            ("/context", json!([]), &[("/context", "type-wrong")]),
        ];
        for (pointer, value, expected) in cases {
            let mut body = question();
            match *pointer {
                "/context" => body["context"] = value.clone(),
                _ => *body.pointer_mut(pointer).unwrap() = value.clone(),
            }
            let expected: Vec<(String, &str)> = expected.iter().map(|(at, code)| ((*at).to_owned(), *code)).collect();
            assert_eq!(faults(one(&body)), expected, "{body}");
        }
        let mut body = question();
        body["subject"]["properties"] = json!("x");
        assert_eq!(faults(one(&body)), [("/subject/properties".to_owned(), "type-wrong")]);
    }

    #[test]
    fn unknown_members_are_ignored_and_null_is_absent() {
        let mut body = question();
        body["foo"] = json!({ "bar": [1] });
        body["resource"]["custom"] = json!(7);
        body["resource"]["properties"] = Value::Null;
        body["context"] = Value::Null;
        assert_eq!(one(&body), one(&question()));
    }

    #[test]
    fn without_items_a_batch_is_one_question() {
        for items in [Value::Null, json!([])] {
            let mut body = question();
            body["evaluations"] = items;
            assert_eq!(many(&body), one(&question()));
        }
        let mut body = question();
        body["evaluations"] = json!({});
        assert_eq!(faults(many(&body)), [("/evaluations".to_owned(), "type-wrong")]);
        body["evaluations"] = vec![json!({}); BATCH_MAX + 1].into();
        assert_eq!(faults(many(&body)), [("/evaluations".to_owned(), "too-long")]);
        body["evaluations"] = vec![json!({}); BATCH_MAX].into();
        assert_eq!(many(&body).unwrap().asked.len(), BATCH_MAX);
    }

    #[test]
    fn an_item_replaces_a_default_as_a_whole_but_for_what_is_required() {
        let body = json!({
            "subject": { "type": "user", "id": "a", "properties": { "role": "admin" } },
            "resource": { "type": "r", "properties": { "secret": true } },
            "context": { "explain": true },
            "evaluations": [
                { "action": { "name": "read" }, "resource": { "id": "1" } },
                { "action": { "name": "read" }, "resource": { "id": "1", "type": "s", "properties": { "x": 1 } }, "subject": { "id": "b" }, "context": {} },
                { "action": { "name": "read" } },
                { "resource": { "id": "1" } },
                7,
                { "action": "read", "resource": { "id": 1 } },
            ],
        });
        let asked = many(&body).unwrap().asked;
        let first = asked[0].query.as_ref().unwrap();
        assert_eq!((first.resource.kind.as_str(), first.resource.id.as_str(), first.resource.properties.len()), ("r", "1", 0));
        assert_eq!((first.subject.properties.len(), asked[0].explain), (1, true));
        let second = asked[1].query.as_ref().unwrap();
        assert_eq!((second.resource.kind.as_str(), second.resource.properties.len()), ("s", 1));
        assert_eq!((second.subject.kind.as_str(), second.subject.id.as_str(), second.subject.properties.len()), ("user", "b", 0));
        assert!(!asked[1].explain && second.context.is_empty());
        let faults = |index: usize| -> Vec<(&str, &str)> {
            asked[index].query.as_ref().unwrap_err().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
        };
        assert_eq!(faults(2), [("/evaluations/2/resource/id", "required")]);
        assert_eq!(faults(3), [("/evaluations/3/action", "required")]);
        assert_eq!(faults(4), [("/evaluations/4", "type-wrong")]);
        assert_eq!(faults(5), [("/evaluations/5/action", "type-wrong"), ("/evaluations/5/resource/id", "type-wrong")]);
    }

    #[test]
    fn a_mistyped_default_or_option_spoils_the_whole_request() {
        for (name, value, at) in [
            ("subject", json!("alice"), "/subject"),
            ("action", json!({ "name": 1 }), "/action/name"),
            ("context", json!(7), "/context"),
            ("options", json!([]), "/options"),
            ("options", json!({ "evaluations_semantic": "all" }), "/options/evaluations_semantic"),
            ("options", json!({ "evaluations_semantic": 1 }), "/options/evaluations_semantic"),
        ] {
            let mut body = json!({ "evaluations": [question()] });
            body[name] = value;
            assert_eq!(faults(many(&body))[0].0, at);
        }
        let mut body = json!({ "evaluations": [question()], "options": { "evaluations_semantic": "permit_on_first_permit", "other": 1 } });
        assert_eq!(many(&body).unwrap().semantic, Semantic::PermitOnFirstPermit);
        body["options"] = json!({});
        assert_eq!(many(&body).unwrap().semantic, Semantic::ExecuteAll);
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            let names = "subject|action|resource|context|type|id|name|properties|evaluations|options|[a-z]{0,4}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(names, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_safe_to_read(body in json_value()) {
            for result in [one(&body), many(&body)] {
                match result {
                    Ok(read) => prop_assert!(!read.asked.is_empty()),
                    Err(faults) => prop_assert!(!faults.is_empty()),
                }
            }
        }
    }
}
