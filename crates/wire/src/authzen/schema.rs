//! Schemas of the requests, for the OpenAPI document: they are read by hand, since unknown members are ignored.

#![allow(missing_docs, dead_code, reason = "only their schemas are used")]

use serde_json::Value;
use utoipa::ToSchema;

/// A subject or resource.
#[derive(ToSchema)]
pub struct AccessEntity {
    /// Its type: `user`, `api_key`, a resource type of the policy, or one that the attribute policy speaks of.
    #[schema(example = "user")]
    r#type: String,
    /// Its id; for a member their id or email. Ignored where this is what a search looks for.
    #[schema(nullable = false, example = "ann@example.com")]
    id: Option<String>,
    /// What the caller says of it.
    #[schema(nullable = false, value_type = Option<Object>)]
    properties: Option<Value>,
}

/// An action.
#[derive(ToSchema)]
pub struct AccessAction {
    /// An action of the resource type, or the code of a permission.
    #[schema(example = "start")]
    name: String,
    /// What the caller says of it.
    #[schema(nullable = false, value_type = Option<Object>)]
    properties: Option<Value>,
}

/// A question. Unknown members are ignored.
#[derive(ToSchema)]
pub struct AccessQuestion {
    subject: AccessEntity,
    action: AccessAction,
    resource: AccessEntity,
    /// The circumstances; `explain: true` asks for the reason of the answer.
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
}

/// Questions with defaults. Unknown members are ignored.
#[derive(ToSchema)]
pub struct AccessQuestions {
    #[schema(nullable = false)]
    subject: Option<AccessEntity>,
    #[schema(nullable = false)]
    action: Option<AccessAction>,
    #[schema(nullable = false)]
    resource: Option<AccessEntity>,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    /// Each with what differs from the defaults; without any, the request is one question.
    #[schema(nullable = false, max_items = 100, value_type = Option<Vec<Object>>)]
    evaluations: Option<Vec<Value>>,
    #[schema(nullable = false)]
    options: Option<AccessOptions>,
}

/// How a batch is answered.
#[derive(ToSchema)]
pub struct AccessOptions {
    /// `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`.
    #[schema(nullable = false, example = "execute_all")]
    evaluations_semantic: Option<String>,
}

/// A page of a search.
#[derive(ToSchema)]
pub struct AccessPageWish {
    /// `page.next_token` of the answer before; everything else must be as in that request.
    #[schema(nullable = false)]
    token: Option<String>,
    /// Results at most: 200 if absent, at most 200.
    #[schema(nullable = false, minimum = 0)]
    limit: Option<u32>,
}

/// A search: what is looked for has a type and no id. Unknown members are ignored.
#[derive(ToSchema)]
pub struct EntitySearch {
    subject: AccessEntity,
    action: AccessAction,
    resource: AccessEntity,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    #[schema(nullable = false)]
    page: Option<AccessPageWish>,
}

/// A search for actions. Unknown members are ignored.
#[derive(ToSchema)]
pub struct ActionSearchQuestion {
    subject: AccessEntity,
    resource: AccessEntity,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    #[schema(nullable = false)]
    page: Option<AccessPageWish>,
}

/// An account's attribute policy; docs/AUTHZEN.md explains the language.
#[derive(ToSchema)]
pub struct AttributePolicyDocument {
    /// The version of the language: 1.
    #[schema(example = 1)]
    version: i64,
    /// For people.
    #[schema(nullable = false)]
    description: Option<String>,
    /// Known subjects: `type`, `id`, `attributes`.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    subjects: Option<Vec<Value>>,
    /// Known resources: `type`, `id`, `attributes`.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    resources: Option<Vec<Value>>,
    /// `id`, `effect`, and who, what, on what, when; a rule that denies wins.
    #[schema(nullable = false, max_items = 200, value_type = Option<Vec<Object>>)]
    rules: Option<Vec<Value>>,
}
