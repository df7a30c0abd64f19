//! The parts of an evaluation: subject, action, resource, context, and the decision with its reason.

use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{ApiKeyId, UserId};
use rolecall_attribute_policy::Attributes;
use std::rc::Rc;

/// Subject type of users; members are named by their id or their email.
pub const USER_SUBJECT_TYPE: &str = "user";
/// Subject type of API keys of the account, named by their id.
pub const API_KEY_SUBJECT_TYPE: &str = "api_key";
/// Resource types of the account, the only resource that Rolecall itself stores.
pub const ACCOUNT_TYPES: [&str; 2] = ["team", "account"];

/// A subject or a resource as a request names it.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// Type.
    pub kind: String,
    /// Id, unique within its type.
    pub id: String,
    /// Properties of the request.
    pub properties: Attributes,
}

/// An action as a request names it.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// Name of the action, or the code of a permission.
    pub name: String,
    /// Properties of the request.
    pub properties: Attributes,
}

/// One access evaluation. Its parts are shared, since the items of a batch have many in common.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// Subject.
    pub subject: Rc<Entity>,
    /// Action.
    pub action: Rc<Action>,
    /// Resource.
    pub resource: Rc<Entity>,
    /// Context.
    pub context: Rc<Attributes>,
}

/// One item of a request: a query, or its invalid fields.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationItem {
    /// The query, or its invalid fields.
    pub query: Result<Query, Vec<FieldError>>,
    /// Whether the decision shall have a reason.
    pub explain: bool,
}

/// Evaluation semantic of a batch (AuthZEN section 7.1.2).
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Semantic {
    /// Evaluates every item.
    #[default]
    ExecuteAll,
    /// Ends at the first denial.
    DenyOnFirstDeny,
    /// Ends at the first permit.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Parses the value of `evaluations_semantic`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "execute_all" => Some(Semantic::ExecuteAll),
            "deny_on_first_deny" => Some(Semantic::DenyOnFirstDeny),
            "permit_on_first_permit" => Some(Semantic::PermitOnFirstPermit),
            _ => None,
        }
    }

    pub(super) fn ends_at(self, allowed: bool) -> bool {
        match self {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !allowed,
            Semantic::PermitOnFirstPermit => allowed,
        }
    }
}

/// Decision of one evaluation.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// Whether access is permitted.
    pub allowed: bool,
    /// Reason; None where no explanation was requested.
    pub reason: Option<Reason>,
}

/// Reason of a decision.
#[derive(Clone, PartialEq, Debug)]
pub enum Reason {
    /// The subject's role, or the API key, grants this permission.
    Role {
        /// Code of the role; `api_key` for an API key.
        role: String,
        /// Code of the permission.
        permission: String,
    },
    /// This rule permits, and no rule denies.
    RuleAllows(String),
    /// This rule denies.
    RuleDenies(String),
    /// Neither a role nor a rule permits.
    NothingAllows {
        /// Permission that would permit the action, if the policy has one.
        permission: Option<String>,
        /// Roles that grant the permission.
        granted_by: Vec<String>,
    },
    /// The item is incomplete.
    Incomplete(Vec<FieldError>),
}

/// Canonical id or email by which a subject can name a member. None: the subject cannot be a member.
pub fn subject_id_or_email(subject: &Entity) -> Option<String> {
    if subject.kind != USER_SUBJECT_TYPE {
        return None;
    }
    let email = || Email::parse(&subject.id).ok().map(|email| email.as_str().to_owned());
    UserId::parse(&subject.id).map(|id| id.to_string()).or_else(email)
}

/// The API key that a subject names.
pub fn subject_api_key_id(subject: &Entity) -> Option<ApiKeyId> {
    if subject.kind == API_KEY_SUBJECT_TYPE { ApiKeyId::parse(&subject.id) } else { None }
}
