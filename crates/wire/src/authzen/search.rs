//! Requests of searches (section 8): what is looked for has a type and no id, and a page may be named.

use super::entity::{Faults, attributes, body, given, named_action, named_entity, sought, text, wrong};
use rolecall_core::authzen::page::{self, LIMIT_MAX, PageRequest};
use rolecall_core::authzen::{ActionSearch, ResourceSearch, SubjectSearch};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// A search that was read.
#[derive(Clone, PartialEq, Debug)]
pub struct Read<S> {
    /// What is looked for.
    pub search: S,
    /// Which page of it.
    pub page_request: PageRequest,
    /// All that the search was asked with, in one form: a token is bound to it.
    pub request: String,
    /// Whether the request speaks of pages, so that the answer does too.
    pub paged: bool,
}

/// What tokens of a search are made and read with.
#[derive(Copy, Clone, Debug)]
pub struct Tokens<'k> {
    /// The keys.
    pub keys: &'k Keyring,
    /// The endpoint.
    pub kind: &'static str,
}

fn of(members: &Map<String, Value>, name: &str, fields: &[&str]) -> Value {
    let part = members.get(name).and_then(Value::as_object);
    fields.iter().filter_map(|field| Some(((*field).to_owned(), given(part?, field)?.clone()))).collect::<Map<_, _>>().into()
}

const WHOLE: &[&str] = &["type", "id", "properties"];
const SOUGHT: &[&str] = &["type", "properties"];
const ACTION: &[&str] = &["name", "properties"];

/// Reads the page, and puts the request together.
fn finish<S>(
    search: Option<S>,
    members: &Map<String, Value>,
    request: Value,
    tokens: Tokens<'_>,
    mut faults: Faults,
) -> Result<Read<S>, Vec<FieldError>> {
    let request = json!([request, given(members, "context")]).to_string();
    let page = match given(members, "page") {
        None => None,
        Some(Value::Object(page)) => Some(page),
        Some(_) => wrong("/page", "an object", &mut faults),
    };
    let page_request = match page {
        None => Some(PageRequest::first(LIMIT_MAX)),
        Some(page) => page_request(page, &request, tokens, &mut faults),
    };
    match (search, page_request) {
        (Some(search), Some(page_request)) if faults.is_empty() => Ok(Read { search, page_request, request, paged: page.is_some() }),
        _ => Err(faults),
    }
}

/// The page that is wanted. A token says where to go on, and how many; another limit beside it is another request.
fn page_request(page: &Map<String, Value>, request: &str, tokens: Tokens<'_>, faults: &mut Faults) -> Option<PageRequest> {
    let limit = match given(page, "limit") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(limit) => Some(u32::try_from(limit).unwrap_or(u32::MAX).min(LIMIT_MAX)),
            None => return wrong("/page/limit", "a whole number from 0", faults),
        },
    };
    let token = text(page, "token", "/page", faults).filter(|token| !token.is_empty());
    let Some(token) = token else { return Some(PageRequest::first(limit.unwrap_or(LIMIT_MAX))) };
    let page_request = page::decode(tokens.keys, tokens.kind, request, &token)
        .filter(|page_request| limit.is_none_or(|limit| limit == page_request.limit));
    if page_request.is_none() {
        let detail = "This is no token of this search: everything but the token must be as in the request before.";
        faults.push(FieldError::new("/page/token", "value-invalid", detail));
    }
    page_request
}

/// Reads `POST /access/v1/search/subject`.
pub fn subjects(value: &Value, tokens: Tokens<'_>) -> Result<Read<SubjectSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut faults = Faults::new();
    let sought = sought(members, "subject", &mut faults);
    let action = named_action(members, &mut faults);
    let resource = named_entity(members, "resource", &mut faults);
    let context = Rc::new(attributes(members, "context", "", &mut faults));
    let search = match (sought, action, resource) {
        (Some((kind, properties)), Some(action), Some(resource)) => Some(SubjectSearch { kind, properties, action, resource, context }),
        _ => None,
    };
    let request = json!([of(members, "subject", SOUGHT), of(members, "action", ACTION), of(members, "resource", WHOLE)]);
    finish(search, members, request, tokens, faults)
}

/// Reads `POST /access/v1/search/resource`.
pub fn resources(value: &Value, tokens: Tokens<'_>) -> Result<Read<ResourceSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut faults = Faults::new();
    let subject = named_entity(members, "subject", &mut faults);
    let action = named_action(members, &mut faults);
    let sought = sought(members, "resource", &mut faults);
    let context = Rc::new(attributes(members, "context", "", &mut faults));
    let search = match (subject, action, sought) {
        (Some(subject), Some(action), Some((kind, properties))) => Some(ResourceSearch { subject, action, kind, properties, context }),
        _ => None,
    };
    let request = json!([of(members, "subject", WHOLE), of(members, "action", ACTION), of(members, "resource", SOUGHT)]);
    finish(search, members, request, tokens, faults)
}

/// Reads `POST /access/v1/search/action`. An action in it is ignored.
pub fn actions(value: &Value, tokens: Tokens<'_>) -> Result<Read<ActionSearch>, Vec<FieldError>> {
    let members = body(value)?;
    let mut faults = Faults::new();
    let subject = named_entity(members, "subject", &mut faults);
    let resource = named_entity(members, "resource", &mut faults);
    let context = Rc::new(attributes(members, "context", "", &mut faults));
    let search = match (subject, resource) {
        (Some(subject), Some(resource)) => Some(ActionSearch { subject, resource, context }),
        _ => None,
    };
    let request = json!([of(members, "subject", WHOLE), of(members, "resource", WHOLE)]);
    finish(search, members, request, tokens, faults)
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

    fn faults<S: core::fmt::Debug>(result: Result<Read<S>, Vec<FieldError>>) -> Vec<(String, &'static str)> {
        result.unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn request() -> Value {
        json!({ "subject": { "type": "user", "id": "a" }, "action": { "name": "read" }, "resource": { "type": "r", "id": "1" } })
    }

    #[test]
    fn what_is_looked_for_needs_a_type_and_what_is_given_is_whole() {
        let keys = keys();
        let tokens = Tokens { keys: &keys, kind: "x" };
        let mut body = request();
        body["subject"] = json!({ "type": "user", "id": 7 });
        assert!(subjects(&body, tokens).is_ok(), "an id is not looked at");
        body["subject"] = json!({});
        assert_eq!(faults(subjects(&body, tokens)), [("/subject/type".to_owned(), "required")]);
        body["subject"] = json!("user");
        assert_eq!(faults(subjects(&body, tokens)), [("/subject".to_owned(), "type-wrong")]);
        let mut body = request();
        body["resource"] = json!({ "type": "r" });
        assert!(resources(&body, tokens).is_ok());
        assert_eq!(faults(subjects(&body, tokens)), [("/resource/id".to_owned(), "required")]);
        assert_eq!(faults(actions(&body, tokens)), [("/resource/id".to_owned(), "required")]);
        let mut body = request();
        body["action"] = json!("read");
        assert_eq!(faults(subjects(&body, tokens)), [("/action".to_owned(), "type-wrong")]);
        assert!(actions(&body, tokens).is_ok(), "an action is ignored");
    }

    #[test]
    fn a_page_has_a_limit_that_is_capped() {
        let keys = keys();
        let tokens = Tokens { keys: &keys, kind: "x" };
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
            assert_eq!(faults(actions(&body, tokens))[0].0, at);
        }
    }

    proptest! {
        #[test]
        fn a_token_goes_on_with_its_own_request_only(id in "[a-z]{1,9}", other in "[a-z]{1,9}", limit in 0_u32..=200) {
            let keys = keys();
            let tokens = Tokens { keys: &keys, kind: "subjects" };
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
            let elsewhere = Tokens { kind: "resources", ..tokens };
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
