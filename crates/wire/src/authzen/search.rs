//! Parsers of search requests (section 8): the entity that is searched for has a type and no id.

use super::entity::{action, attributes, body, entity, non_null_member, optional_string, search_target, type_mismatch};
use rolecall_core::authzen::page::{self, LIMIT_MAX, PageRequest};
use rolecall_core::authzen::{ActionSearch, ResourceSearch, SubjectSearch};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Parsed search request.
#[derive(Clone, PartialEq, Debug)]
pub struct ParsedSearch<S> {
    /// Search.
    pub search: S,
    /// Requested page.
    pub page_request: PageRequest,
    /// Canonical form of the request that page tokens are bound to.
    pub request: String,
    /// Whether the request has `page`, so that the response has it too.
    pub paged: bool,
}

/// Keys and purpose of the page tokens of a search.
#[derive(Copy, Clone, Debug)]
pub struct PageTokenKeys<'k> {
    /// Keys.
    pub keys: &'k Keyring,
    /// Purpose: the name of the endpoint.
    pub kind: &'static str,
}

/// Returns an object of the body, reduced to the given fields.
fn select_fields(members: &Map<String, Value>, name: &str, fields: &[&str]) -> Value {
    let object = members.get(name).and_then(Value::as_object);
    fields.iter().filter_map(|field| Some(((*field).to_owned(), non_null_member(object?, field)?.clone()))).collect::<Map<_, _>>().into()
}

const ENTITY: &[&str] = &["type", "id", "properties"];
const TARGET: &[&str] = &["type", "properties"];
const ACTION: &[&str] = &["name", "properties"];

/// Parses the page and builds the request.
fn finish<S>(
    search: Option<S>,
    members: &Map<String, Value>,
    request: Value,
    tokens: PageTokenKeys<'_>,
    mut errors: Vec<FieldError>,
) -> Result<ParsedSearch<S>, Vec<FieldError>> {
    let request = json!([request, non_null_member(members, "context")]).to_string();
    let page = match non_null_member(members, "page") {
        None => None,
        Some(Value::Object(page)) => Some(page),
        Some(_) => type_mismatch("/page", "an object", &mut errors),
    };
    let page_request = match page {
        None => Some(PageRequest::first(LIMIT_MAX)),
        Some(page) => page_request(page, &request, tokens, &mut errors),
    };
    match (search, page_request) {
        (Some(search), Some(page_request)) if errors.is_empty() => {
            Ok(ParsedSearch { search, page_request, request, paged: page.is_some() })
        }
        _ => Err(errors),
    }
}

/// Parses the requested page. A token contains position and limit; with another `limit` it belongs to another request.
fn page_request(page: &Map<String, Value>, request: &str, tokens: PageTokenKeys<'_>, errors: &mut Vec<FieldError>) -> Option<PageRequest> {
    let limit = match non_null_member(page, "limit") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(limit) => Some(u32::try_from(limit).unwrap_or(u32::MAX).min(LIMIT_MAX)),
            None => return type_mismatch("/page/limit", "a non-negative integer", errors),
        },
    };
    let token = optional_string(page, "token", "/page", errors).filter(|token| !token.is_empty());
    let Some(token) = token else { return Some(PageRequest::first(limit.unwrap_or(LIMIT_MAX))) };
    let page_request = page::decode(tokens.keys, tokens.kind, request, &token)
        .filter(|page_request| limit.is_none_or(|limit| limit == page_request.limit));
    if page_request.is_none() {
        let detail = "The token is not valid for this search. Send the same request as for the previous page, with its `next_token`.";
        errors.push(FieldError::new("/page/token", "value-invalid", detail));
    }
    page_request
}

/// Parses the body of `POST /access/v1/search/subject`.
///
/// # Errors
///
/// Every missing or mistyped member.
pub fn subjects(value: &Value, tokens: PageTokenKeys<'_>) -> Result<ParsedSearch<SubjectSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut errors = Vec::new();
    let target = search_target(members, "subject", &mut errors);
    let action = action(members, &mut errors);
    let resource = entity(members, "resource", &mut errors);
    let context = Rc::new(attributes(members, "context", "", &mut errors));
    let search = match (target, action, resource) {
        (Some((kind, properties)), Some(action), Some(resource)) => Some(SubjectSearch { kind, properties, action, resource, context }),
        _ => None,
    };
    let request = json!([
        select_fields(members, "subject", TARGET),
        select_fields(members, "action", ACTION),
        select_fields(members, "resource", ENTITY)
    ]);
    finish(search, members, request, tokens, errors)
}

/// Parses the body of `POST /access/v1/search/resource`.
///
/// # Errors
///
/// Every missing or mistyped member.
pub fn resources(value: &Value, tokens: PageTokenKeys<'_>) -> Result<ParsedSearch<ResourceSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut errors = Vec::new();
    let subject = entity(members, "subject", &mut errors);
    let action = action(members, &mut errors);
    let target = search_target(members, "resource", &mut errors);
    let context = Rc::new(attributes(members, "context", "", &mut errors));
    let search = match (subject, action, target) {
        (Some(subject), Some(action), Some((kind, properties))) => Some(ResourceSearch { subject, action, kind, properties, context }),
        _ => None,
    };
    let request = json!([
        select_fields(members, "subject", ENTITY),
        select_fields(members, "action", ACTION),
        select_fields(members, "resource", TARGET)
    ]);
    finish(search, members, request, tokens, errors)
}

/// Parses the body of `POST /access/v1/search/action`; an `action` member is ignored.
///
/// # Errors
///
/// Every missing or mistyped member.
pub fn actions(value: &Value, tokens: PageTokenKeys<'_>) -> Result<ParsedSearch<ActionSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut errors = Vec::new();
    let subject = entity(members, "subject", &mut errors);
    let resource = entity(members, "resource", &mut errors);
    let context = Rc::new(attributes(members, "context", "", &mut errors));
    let search = match (subject, resource) {
        (Some(subject), Some(resource)) => Some(ActionSearch { subject, resource, context }),
        _ => None,
    };
    let request = json!([select_fields(members, "subject", ENTITY), select_fields(members, "resource", ENTITY)]);
    finish(search, members, request, tokens, errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rolecall_core::authzen::page::Cursor;
    use rolecall_core::domain::id::AccountId;

    fn keys() -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
    }

    fn errors<S: core::fmt::Debug>(result: Result<ParsedSearch<S>, Vec<FieldError>>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn request() -> Value {
        json!({ "subject": { "type": "user", "id": "a" }, "action": { "name": "read" }, "resource": { "type": "r", "id": "1" } })
    }

    #[test]
    fn the_search_target_needs_a_type_and_other_entities_an_id() {
        let keys = keys();
        let tokens = PageTokenKeys { keys: &keys, kind: "x" };
        let mut body = request();
        body["subject"] = json!({ "type": "user", "id": 7 });
        assert!(subjects(&body, tokens).is_ok(), "the id is ignored");
        body["subject"] = json!({});
        assert_eq!(errors(subjects(&body, tokens)), [("/subject/type".to_owned(), "required")]);
        body["subject"] = json!("user");
        assert_eq!(errors(subjects(&body, tokens)), [("/subject".to_owned(), "type-wrong")]);
        let mut body = request();
        body["resource"] = json!({ "type": "r" });
        assert!(resources(&body, tokens).is_ok());
        assert_eq!(errors(subjects(&body, tokens)), [("/resource/id".to_owned(), "required")]);
        assert_eq!(errors(actions(&body, tokens)), [("/resource/id".to_owned(), "required")]);
        let mut body = request();
        body["action"] = json!("read");
        assert_eq!(errors(subjects(&body, tokens)), [("/action".to_owned(), "type-wrong")]);
        assert!(actions(&body, tokens).is_ok(), "the action is ignored");
    }

    #[test]
    fn a_page_has_a_limit_that_is_capped() {
        let keys = keys();
        let tokens = PageTokenKeys { keys: &keys, kind: "x" };
        let mut body = request();
        assert_eq!(actions(&body, tokens).unwrap().page_request, PageRequest::first(LIMIT_MAX));
        for (page, limit) in [
            (json!({}), 200),
            (json!({ "limit": 0 }), 0),
            (json!({ "limit": 7, "custom": 1 }), 7),
            (json!({ "limit": 1e3 as u64, "token": "" }), 200),
        ] {
            body["page"] = page;
            assert_eq!(actions(&body, tokens).unwrap().page_request, PageRequest::first(limit));
        }
        for (page, at) in [
            (json!([]), "/page"),
            (json!({ "limit": -1 }), "/page/limit"),
            (json!({ "limit": "1" }), "/page/limit"),
            (json!({ "limit": 1.5 }), "/page/limit"),
            (json!({ "token": 1 }), "/page/token"),
            (json!({ "token": "x.y" }), "/page/token"),
        ] {
            body["page"] = page;
            assert_eq!(errors(actions(&body, tokens))[0].0, at);
        }
    }

    proptest! {
        #[test]
        fn a_token_is_valid_for_its_own_request_only(id in "[a-z]{1,9}", other in "[a-z]{1,9}", limit in 0_u32..=200) {
            let keys = keys();
            let tokens = PageTokenKeys { keys: &keys, kind: "subjects" };
            let mut body = request();
            body["resource"]["id"] = json!(id);
            body["foo"] = json!(1);
            let read = subjects(&body, tokens).unwrap();
            let token = page::encode(&keys, "subjects", &read.request, AccountId::from_bits(1), limit, &Cursor::Stored(id.clone()));
            body["page"] = json!({ "token": token });
            body["foo"] = json!(2);
            body["subject"]["id"] = json!("ignored");
            let next = subjects(&body, tokens).unwrap();
            prop_assert_eq!((next.page_request.limit, next.page_request.after, next.paged), (limit, Cursor::Stored(id.clone()), true));
            let elsewhere = PageTokenKeys { kind: "resources", ..tokens };
            prop_assert!(subjects(&body, elsewhere).is_err());
            body["page"]["limit"] = json!(limit);
            prop_assert!(subjects(&body, tokens).is_ok());
            body["page"]["limit"] = json!(limit + 1);
            prop_assert!(subjects(&body, tokens).is_err() || limit == 200);
            body["page"] = json!({ "token": token });
            body["context"] = json!({ "x": 1 });
            prop_assert!(subjects(&body, tokens).is_err());
            body["context"] = Value::Null;
            body["resource"]["id"] = json!(other);
            prop_assert_eq!(subjects(&body, tokens).is_ok(), other == id);
        }
    }
}
