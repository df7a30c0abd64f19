//! Answers of evaluations and searches (sections 6.2, 7.2 and 8.3).

use crate::problem::ProblemCode;
use rolecall_core::authzen::{Decision, Reason};
use serde::Serialize;
use serde_json::{Value, json};

/// A decision.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessDecision {
    /// Yes or no. Anything but yes is no.
    pub decision: bool,
    /// Why; only where the request's context has `explain: true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<Object>))]
    pub context: Option<Value>,
}

/// The decisions of a batch, in the order of its evaluations; fewer where a semantic ended it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessDecisions {
    /// One for each evaluation.
    pub evaluations: Vec<AccessDecision>,
}

/// Where the next page of a search begins.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessPage {
    /// For `page.token` of the next request; empty at the end.
    pub next_token: String,
    /// Results in this answer.
    pub count: usize,
}

/// A subject or resource that was found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundEntity {
    /// Its type.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "user"))]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// An action that was found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundAction {
    /// Its name.
    pub name: String,
}

/// Subjects or resources that may.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntitySearchResponse {
    /// There where there are more results, or the request spoke of pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub page: Option<AccessPage>,
    /// What was found.
    pub results: Vec<FoundEntity>,
}

/// Actions that are allowed.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActionSearchResponse {
    /// There where there are more results, or the request spoke of pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub page: Option<AccessPage>,
    /// What was found.
    pub results: Vec<FoundAction>,
}

/// What the policy decision point says about itself (section 9).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthZenConfiguration {
    /// The decision point: the service, or one account of it.
    pub policy_decision_point: String,
    /// For one question.
    pub access_evaluation_endpoint: String,
    /// For many.
    pub access_evaluations_endpoint: String,
    /// Who may?
    pub search_subject_endpoint: String,
    /// On what?
    pub search_resource_endpoint: String,
    /// What?
    pub search_action_endpoint: String,
}

impl AuthZenConfiguration {
    /// The metadata of the service at an origin, or of one account of it.
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

impl From<&Decision> for AccessDecision {
    fn from(decision: &Decision) -> Self {
        AccessDecision { decision: decision.allowed, context: decision.reason.as_ref().map(reason) }
    }
}

/// Why, for machines and people.
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
            let said: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
            json!({ "reason": "incomplete", "error": { "status": code.status(), "message": said.join(" ") } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_did_not_ask_is_told_why() {
        let plain = AccessDecision::from(&Decision { allowed: false, reason: None });
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"decision":false}"#);
        let told = AccessDecision::from(&Decision { allowed: true, reason: Some(Reason::RuleAllows("r".into())) });
        assert_eq!(serde_json::to_value(&told).unwrap(), json!({ "decision": true, "context": { "reason": "rule", "rule": "r" } }));
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
