//! Parsers of evaluation requests: a single evaluation, or a batch with defaults (sections 6.1 and 7.1).

use super::entity::{
    PartialAction, PartialEntity, action, attributes, body, entity, non_null_member, partial_action, partial_entity, require_action,
    require_entity, type_mismatch,
};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::{Action, Entity, EvaluationItem, Query, Semantic};
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Maximum number of evaluations in a batch: each can name another subject, and all are loaded in one round trip.
pub const BATCH_MAX: usize = 100;
/// Member of the context that requests the reason of the decision.
const EXPLAIN: &str = "explain";

/// Parsed evaluation request.
#[derive(Clone, PartialEq, Debug)]
pub struct Evaluations {
    /// Evaluations; exactly one if `single`.
    pub asked: Vec<EvaluationItem>,
    /// Evaluation semantic.
    pub semantic: Semantic,
    /// Whether the response is a single decision instead of a list.
    pub single: bool,
}

fn explains(context: &Attributes) -> bool {
    context.get(EXPLAIN) == Some(&Value::Bool(true))
}

/// Parses the body of `POST /access/v1/evaluation`.
///
/// # Errors
///
/// Every missing or mistyped member.
pub fn parse(value: &Value) -> Result<Evaluations, Vec<FieldError>> {
    let members = body(value)?;
    let mut errors = Vec::new();
    let subject = entity(members, "subject", &mut errors);
    let action = action(members, &mut errors);
    let resource = entity(members, "resource", &mut errors);
    let context = attributes(members, "context", "", &mut errors);
    match (subject, action, resource) {
        (Some(subject), Some(action), Some(resource)) if errors.is_empty() => {
            let explain = explains(&context);
            let query = Query { subject, action, resource, context: Rc::new(context) };
            Ok(Evaluations { asked: vec![EvaluationItem { query: Ok(query), explain }], semantic: Semantic::ExecuteAll, single: true })
        }
        _ => Err(errors),
    }
}

/// Parses the body of `POST /access/v1/evaluations`; without `evaluations` it is a single evaluation.
///
/// # Errors
///
/// Every missing or mistyped member outside of the items. Errors of an item are part of its [`EvaluationItem`].
pub fn parse_batch(value: &Value) -> Result<Evaluations, Vec<FieldError>> {
    let members = body(value)?;
    let mut errors = Vec::new();
    let semantic = semantic(members, &mut errors);
    let items = match non_null_member(members, "evaluations") {
        None => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(_) => type_mismatch("/evaluations", "a list", &mut errors).unwrap_or_default(),
    };
    if items.len() > BATCH_MAX {
        errors.push(FieldError::new("/evaluations", "too-long", format!("A batch must have at most {BATCH_MAX} evaluations.")));
    }
    if items.is_empty() && errors.is_empty() {
        return parse(value);
    }
    let defaults = Defaults::parse(members, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let asked = items.iter().enumerate().map(|(index, item)| defaults.evaluation(item, &format!("/evaluations/{index}"))).collect();
    Ok(Evaluations { asked, semantic, single: false })
}

fn semantic(members: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Semantic {
    let value = match non_null_member(members, "options") {
        None => return Semantic::default(),
        Some(Value::Object(options)) => non_null_member(options, "evaluations_semantic"),
        Some(_) => return type_mismatch("/options", "an object", errors).unwrap_or_default(),
    };
    let Some(value) = value else { return Semantic::default() };
    let semantic = value.as_str().and_then(Semantic::parse);
    if semantic.is_none() {
        let detail = "The evaluation semantic must be `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`.";
        errors.push(FieldError::new("/options/evaluations_semantic", "value-invalid", detail));
    }
    semantic.unwrap_or_default()
}

/// Default values of a batch. Complete ones are shared by all evaluations.
struct Defaults {
    subject: Option<PartialEntity>,
    action: Option<PartialAction>,
    resource: Option<PartialEntity>,
    context: Rc<Attributes>,
    complete_subject: Option<Rc<Entity>>,
    complete_action: Option<Rc<Action>>,
    complete_resource: Option<Rc<Entity>>,
}

impl Defaults {
    /// Parses the defaults, which may be incomplete, but not mistyped.
    fn parse(members: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Self {
        let (subject, resource) = (partial_entity(members, "subject", "", errors), partial_entity(members, "resource", "", errors));
        let action = partial_action(members, "", errors);
        let mut ignored = Vec::new();
        Defaults {
            complete_subject: require_entity(subject.clone(), "", &mut ignored),
            complete_resource: require_entity(resource.clone(), "", &mut ignored),
            complete_action: require_action(action.clone(), "", &mut ignored),
            context: Rc::new(attributes(members, "context", "", errors)),
            subject,
            action,
            resource,
        }
    }

    /// Parses an item. Each of its entities replaces the default as a whole, except for required members that it omits, which
    /// are taken from the default. Errors of an item affect only this item.
    fn evaluation(&self, item: &Value, parent: &str) -> EvaluationItem {
        let Some(members) = item.as_object() else {
            let error = FieldError::new(parent, "type-wrong", "The value must be an object.");
            return EvaluationItem { query: Err(vec![error]), explain: explains(&self.context) };
        };
        let mut errors = Vec::new();
        let subject = self.entity(members, "subject", &self.subject, &self.complete_subject, parent, &mut errors);
        let action = self.action(members, parent, &mut errors);
        let resource = self.entity(members, "resource", &self.resource, &self.complete_resource, parent, &mut errors);
        let context = match non_null_member(members, "context") {
            None => self.context.clone(),
            Some(_) => Rc::new(attributes(members, "context", parent, &mut errors)),
        };
        let explain = explains(&context);
        let query = match (subject, action, resource) {
            (Some(subject), Some(action), Some(resource)) if errors.is_empty() => Ok(Query { subject, action, resource, context }),
            _ => Err(errors),
        };
        EvaluationItem { query, explain }
    }

    fn entity(
        &self,
        members: &Map<String, Value>,
        name: &str,
        default: &Option<PartialEntity>,
        complete: &Option<Rc<Entity>>,
        parent: &str,
        errors: &mut Vec<FieldError>,
    ) -> Option<Rc<Entity>> {
        let pointer = format!("{parent}/{name}");
        if non_null_member(members, name).is_none() {
            return complete.clone().or_else(|| require_entity(default.clone(), &pointer, errors));
        }
        let mut part = partial_entity(members, name, parent, errors);
        if let (Some(part), Some(default)) = (&mut part, default) {
            part.kind = part.kind.take().or_else(|| default.kind.clone());
            part.id = part.id.take().or_else(|| default.id.clone());
        }
        require_entity(part, &pointer, errors)
    }

    fn action(&self, members: &Map<String, Value>, parent: &str, errors: &mut Vec<FieldError>) -> Option<Rc<Action>> {
        if non_null_member(members, "action").is_none() {
            return self.complete_action.clone().or_else(|| require_action(self.action.clone(), parent, errors));
        }
        let mut part = partial_action(members, parent, errors);
        if let (Some(part), Some(default)) = (&mut part, &self.action) {
            part.name = part.name.take().or_else(|| default.name.clone());
        }
        require_action(part, parent, errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn errors(result: Result<Evaluations, Vec<FieldError>>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn evaluation() -> Value {
        json!({ "subject": { "type": "user", "id": "a" }, "action": { "name": "read" }, "resource": { "type": "r", "id": "1" } })
    }

    #[test]
    fn missing_and_mistyped_members_are_reported_with_their_pointer() {
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
            let mut body = evaluation();
            match *pointer {
                "/context" => body["context"] = value.clone(),
                _ => *body.pointer_mut(pointer).unwrap() = value.clone(),
            }
            let expected: Vec<(String, &str)> = expected.iter().map(|(at, code)| ((*at).to_owned(), *code)).collect();
            assert_eq!(errors(parse(&body)), expected, "{body}");
        }
        let mut body = evaluation();
        body["subject"]["properties"] = json!("x");
        assert_eq!(errors(parse(&body)), [("/subject/properties".to_owned(), "type-wrong")]);
    }

    #[test]
    fn unknown_members_are_ignored_and_null_is_absent() {
        let mut body = evaluation();
        body["foo"] = json!({ "bar": [1] });
        body["resource"]["custom"] = json!(7);
        body["resource"]["properties"] = Value::Null;
        body["context"] = Value::Null;
        assert_eq!(parse(&body), parse(&evaluation()));
    }

    #[test]
    fn without_items_a_batch_is_a_single_evaluation() {
        for items in [Value::Null, json!([])] {
            let mut body = evaluation();
            body["evaluations"] = items;
            assert_eq!(parse_batch(&body), parse(&evaluation()));
        }
        let mut body = evaluation();
        body["evaluations"] = json!({});
        assert_eq!(errors(parse_batch(&body)), [("/evaluations".to_owned(), "type-wrong")]);
        body["evaluations"] = vec![json!({}); BATCH_MAX + 1].into();
        assert_eq!(errors(parse_batch(&body)), [("/evaluations".to_owned(), "too-long")]);
        body["evaluations"] = vec![json!({}); BATCH_MAX].into();
        assert_eq!(parse_batch(&body).unwrap().asked.len(), BATCH_MAX);
    }

    #[test]
    fn an_item_replaces_a_default_as_a_whole_except_for_required_members() {
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
        let asked = parse_batch(&body).unwrap().asked;
        let first = asked[0].query.as_ref().unwrap();
        assert_eq!((first.resource.kind.as_str(), first.resource.id.as_str(), first.resource.properties.len()), ("r", "1", 0));
        assert_eq!((first.subject.properties.len(), asked[0].explain), (1, true));
        let second = asked[1].query.as_ref().unwrap();
        assert_eq!((second.resource.kind.as_str(), second.resource.properties.len()), ("s", 1));
        assert_eq!((second.subject.kind.as_str(), second.subject.id.as_str(), second.subject.properties.len()), ("user", "b", 0));
        assert!(!asked[1].explain && second.context.is_empty());
        let errors = |index: usize| -> Vec<(&str, &str)> {
            asked[index].query.as_ref().unwrap_err().iter().map(|error| (error.pointer.as_str(), error.code)).collect()
        };
        assert_eq!(errors(2), [("/evaluations/2/resource/id", "required")]);
        assert_eq!(errors(3), [("/evaluations/3/action", "required")]);
        assert_eq!(errors(4), [("/evaluations/4", "type-wrong")]);
        assert_eq!(errors(5), [("/evaluations/5/action", "type-wrong"), ("/evaluations/5/resource/id", "type-wrong")]);
    }

    #[test]
    fn a_mistyped_default_or_option_makes_the_whole_request_malformed() {
        for (name, value, at) in [
            ("subject", json!("alice"), "/subject"),
            ("action", json!({ "name": 1 }), "/action/name"),
            ("context", json!(7), "/context"),
            ("options", json!([]), "/options"),
            ("options", json!({ "evaluations_semantic": "all" }), "/options/evaluations_semantic"),
            ("options", json!({ "evaluations_semantic": 1 }), "/options/evaluations_semantic"),
        ] {
            let mut body = json!({ "evaluations": [evaluation()] });
            body[name] = value;
            assert_eq!(errors(parse_batch(&body))[0].0, at);
        }
        let mut body =
            json!({ "evaluations": [evaluation()], "options": { "evaluations_semantic": "permit_on_first_permit", "other": 1 } });
        assert_eq!(parse_batch(&body).unwrap().semantic, Semantic::PermitOnFirstPermit);
        body["options"] = json!({});
        assert_eq!(parse_batch(&body).unwrap().semantic, Semantic::ExecuteAll);
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
        fn parsing_any_json_does_not_panic(body in json_value()) {
            for result in [parse(&body), parse_batch(&body)] {
                match result {
                    Ok(request) => prop_assert!(!request.asked.is_empty()),
                    Err(errors) => prop_assert!(!errors.is_empty()),
                }
            }
        }
    }
}
