//! Responses of evaluations and searches (sections 6.2, 7.2 and 8.3), and metadata (section 9).

use crate::problem::ProblemCode;
use rolecall_core::authzen::{Decision, Reason};
use serde::Serialize;
use serde_json::{Value, json};

/// The decision of an access evaluation.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvaluationDecision {
    /// Whether access is allowed.
    pub decision: bool,
    /// Reason of the decision; present only if the context of the request has `explain: true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<Object>))]
    pub context: Option<Value>,
}

/// The decisions of a batch, in the order of its evaluations. There are fewer decisions than evaluations if the evaluation
/// semantic ended the batch early.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvaluationDecisions {
    /// Decisions, in the order of the evaluations.
    pub evaluations: Vec<EvaluationDecision>,
}

/// Pagination of a search response.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchPage {
    /// Token of the next page, to be sent as `page.token`; empty on the last page.
    pub next_token: String,
    /// Number of results in the response.
    pub count: usize,
}

/// A subject or resource found by a search.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntitySearchResult {
    /// Type.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "user"))]
    pub kind: String,
    /// Id.
    pub id: String,
}

/// An action found by a search.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActionSearchResult {
    /// Name.
    pub name: String,
}

/// A page of subjects or resources.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntitySearchResponse {
    /// Pagination; present if there are more results, or if the request has `page`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub page: Option<SearchPage>,
    /// Results of the page.
    pub results: Vec<EntitySearchResult>,
}

/// A page of actions.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActionSearchResponse {
    /// Pagination; present if there are more results, or if the request has `page`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub page: Option<SearchPage>,
    /// Results of the page.
    pub results: Vec<ActionSearchResult>,
}

/// Metadata of the policy decision point (AuthZEN section 9).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthZenConfiguration {
    /// Identifier of the policy decision point: the service, or one account.
    pub policy_decision_point: String,
    /// URL of the access evaluation endpoint.
    pub access_evaluation_endpoint: String,
    /// URL of the access evaluations endpoint.
    pub access_evaluations_endpoint: String,
    /// URL of the subject search endpoint.
    pub search_subject_endpoint: String,
    /// URL of the resource search endpoint.
    pub search_resource_endpoint: String,
    /// URL of the action search endpoint.
    pub search_action_endpoint: String,
}

impl AuthZenConfiguration {
    /// Builds the metadata of the service at an origin, or of one account of it.
    pub fn new(origin: &str, account: Option<&str>) -> Self {
        let tenant = account.map(|account| format!("/{account}")).unwrap_or_default();
        let endpoint = |name: &str| format!("{origin}/access/v1{tenant}/{name}");
        AuthZenConfiguration {
            policy_decision_point: format!("{origin}{tenant}"),
            access_evaluation_endpoint: endpoint("evaluation"),
            access_evaluations_endpoint: endpoint("evaluations"),
            search_subject_endpoint: endpoint("search/subject"),
            search_resource_endpoint: endpoint("search/resource"),
            search_action_endpoint: endpoint("search/action"),
        }
    }
}

impl From<&Decision> for EvaluationDecision {
    fn from(decision: &Decision) -> Self {
        EvaluationDecision { decision: decision.allowed, context: decision.reason.as_ref().map(reason) }
    }
}

/// Renders the reason of a decision as the response context.
fn reason(reason: &Reason) -> Value {
    match reason {
        Reason::Role { role, permission } => json!({ "reason": "role", "role": role, "permission": permission }),
        Reason::RuleAllows(rule) => json!({ "reason": "rule", "rule": rule }),
        Reason::RuleDenies(rule) => json!({ "reason": "denied-by-rule", "rule": rule }),
        Reason::NothingAllows { permission: Some(permission), granted_by } => {
            json!({ "reason": "nothing-allows", "permission": permission, "granted_by": granted_by })
        }
        Reason::NothingAllows { permission: None, .. } => json!({ "reason": "nothing-allows" }),
        Reason::Incomplete(errors) => {
            let code = ProblemCode::AccessRequestMalformed;
            let messages: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
            json!({ "reason": "incomplete", "error": { "status": code.status(), "message": messages.join(" ") } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_has_no_context_unless_requested() {
        let plain = EvaluationDecision::from(&Decision { allowed: false, reason: None });
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"decision":false}"#);
        let explained = EvaluationDecision::from(&Decision { allowed: true, reason: Some(Reason::RuleAllows("r".into())) });
        assert_eq!(serde_json::to_value(&explained).unwrap(), json!({ "decision": true, "context": { "reason": "rule", "rule": "r" } }));
    }

    #[test]
    fn the_decision_point_of_an_account_has_its_own_endpoints() {
        let service = AuthZenConfiguration::new("https://t.example", None);
        assert_eq!(service.policy_decision_point, "https://t.example");
        assert_eq!(service.search_action_endpoint, "https://t.example/access/v1/search/action");
        let tenant = AuthZenConfiguration::new("https://t.example", Some("acct_1"));
        assert_eq!(tenant.policy_decision_point, "https://t.example/acct_1");
        assert_eq!(tenant.access_evaluation_endpoint, "https://t.example/access/v1/acct_1/evaluation");
    }
}
