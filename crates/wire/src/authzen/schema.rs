//! Schemas of AuthZEN requests, for the OpenAPI document. The requests are parsed without serde, since unknown members are
//! ignored.

#![allow(missing_docs, dead_code, reason = "only their schemas are used")]

use serde_json::Value;
use utoipa::ToSchema;

/// A subject or resource (AuthZEN sections 5.1 and 5.2).
#[derive(ToSchema)]
pub struct AuthzenEntity {
    /// Type: `user`, `api_key`, a resource type of the policy, or a type that the attribute policy uses.
    #[schema(example = "user")]
    r#type: String,
    /// Id; for a user, the user id or the email. Ignored for the entity that a search looks for.
    #[schema(nullable = false, example = "ann@example.com")]
    id: Option<String>,
    /// Attributes supplied by the caller.
    #[schema(nullable = false, value_type = Option<Object>)]
    properties: Option<Value>,
}

/// An action (AuthZEN section 5.3).
#[derive(ToSchema)]
pub struct AuthzenAction {
    /// Action of the resource type, or a permission code.
    #[schema(example = "start")]
    name: String,
    /// Attributes supplied by the caller.
    #[schema(nullable = false, value_type = Option<Object>)]
    properties: Option<Value>,
}

/// An access evaluation (AuthZEN section 6.1). Unknown members are ignored.
#[derive(ToSchema)]
pub struct Evaluation {
    subject: AuthzenEntity,
    action: AuthzenAction,
    resource: AuthzenEntity,
    /// Context attributes. With `explain: true`, the decision includes its reason.
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
}

/// A batch of access evaluations with default values (AuthZEN section 7.1). Unknown members are ignored.
#[derive(ToSchema)]
pub struct Evaluations {
    #[schema(nullable = false)]
    subject: Option<AuthzenEntity>,
    #[schema(nullable = false)]
    action: Option<AuthzenAction>,
    #[schema(nullable = false)]
    resource: Option<AuthzenEntity>,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    /// Evaluations, at most 100, each with the members that differ from the defaults. If omitted or empty, the request is a
    /// single evaluation.
    #[schema(nullable = false, max_items = 100, value_type = Option<Vec<Object>>)]
    evaluations: Option<Vec<Value>>,
    #[schema(nullable = false)]
    options: Option<EvaluationOptions>,
}

/// Options of a batch.
#[derive(ToSchema)]
pub struct EvaluationOptions {
    /// Evaluation semantic: `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`. Defaults to `execute_all`.
    #[schema(nullable = false, example = "execute_all")]
    evaluations_semantic: Option<String>,
}

/// Pagination of a search request.
#[derive(ToSchema)]
pub struct SearchPageOptions {
    /// The `page.next_token` of the previous response. All other members must be the same as in the previous request.
    #[schema(nullable = false)]
    token: Option<String>,
    /// Maximum number of results. Defaults to 200; values above 200 are treated as 200.
    #[schema(nullable = false, minimum = 0)]
    limit: Option<u32>,
}

/// A search for subjects or resources (AuthZEN section 8). The entity that is searched for has a type and no id. Unknown
/// members are ignored.
#[derive(ToSchema)]
pub struct EntitySearch {
    subject: AuthzenEntity,
    action: AuthzenAction,
    resource: AuthzenEntity,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    #[schema(nullable = false)]
    page: Option<SearchPageOptions>,
}

/// A search for actions (AuthZEN section 8). Unknown members are ignored.
#[derive(ToSchema)]
pub struct ActionSearch {
    subject: AuthzenEntity,
    resource: AuthzenEntity,
    #[schema(nullable = false, value_type = Option<Object>)]
    context: Option<Value>,
    #[schema(nullable = false)]
    page: Option<SearchPageOptions>,
}

/// The attribute policy of an account. docs/AUTHZEN.md describes the language.
#[derive(ToSchema)]
pub struct AttributePolicyDocument {
    /// Version of the language: 1.
    #[schema(example = 1)]
    version: i64,
    /// Description for people.
    #[schema(nullable = false)]
    description: Option<String>,
    /// Subjects with `type`, `id` and `attributes`.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    subjects: Option<Vec<Value>>,
    /// Resources with `type`, `id` and `attributes`.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    resources: Option<Vec<Value>>,
    /// Rules, at most 200: each has an `id`, an `effect`, and conditions on subject, action, resource and context. A rule that
    /// denies overrides rules that permit.
    #[schema(nullable = false, max_items = 200, value_type = Option<Vec<Object>>)]
    rules: Option<Vec<Value>>,
}
