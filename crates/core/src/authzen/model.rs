//! The parts of an evaluation: subject, action, resource, context, and the decision with its reason.

use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{ApiKeyId, UserId};
use rolecall_attribute_policy::Attributes;
use std::rc::Rc;

/// The type of subjects that are people; members go by their id or their email.
pub const USER: &str = "user";
/// The type of subjects that are API keys of the account, by their id.
pub const API_KEY: &str = "api_key";
/// Types of the one resource that Rolecall itself holds: the account.
pub const ACCOUNT_TYPES: [&str; 2] = ["team", "account"];

/// A subject or a resource as a request names it.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// Its type.
    pub kind: String,
    /// Its id, unique within its type.
    pub id: String,
    /// What the request says of it.
    pub properties: Attributes,
}

/// An action as a request names it.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// Its name, or the code of a permission.
    pub name: String,
    /// What the request says of it.
    pub properties: Attributes,
}

/// One question. Its parts are shared: a batch asks many about the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// Who.
    pub subject: Rc<Entity>,
    /// Does what.
    pub action: Rc<Action>,
    /// To what.
    pub resource: Rc<Entity>,
    /// Under which circumstances.
    pub context: Rc<Attributes>,
}

/// One item of a request: a question, or what is wrong with it.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationItem {
    /// The question.
    pub query: Result<Query, Vec<FieldError>>,
    /// Whether the answer is to say why.
    pub explain: bool,
}

/// When a batch stops.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Semantic {
    /// Not before its end.
    #[default]
    ExecuteAll,
    /// At the first no.
    DenyOnFirstDeny,
    /// At the first yes.
    PermitOnFirstPermit,
}

impl Semantic {
    /// The semantic that a word of the wire names.
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

/// A decision.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// Yes or no.
    pub allowed: bool,
    /// Why; None where nobody asked.
    pub reason: Option<Reason>,
}

/// Why a decision is what it is.
#[derive(Clone, PartialEq, Debug)]
pub enum Reason {
    /// The subject's role, or the API key, grants this permission.
    Role {
        /// The role's code; `api_key` for a key.
        role: String,
        /// The permission's code.
        permission: String,
    },
    /// This rule allows, and none denies.
    RuleAllows(String),
    /// This rule denies.
    RuleDenies(String),
    /// Neither a role nor a rule allows.
    NothingAllows {
        /// The permission that would be needed, where a role could grant any.
        permission: Option<String>,
        /// The roles that grant it.
        granted_by: Vec<String>,
    },
    /// The question is not complete.
    Incomplete(Vec<FieldError>),
}

/// What a subject goes by among members: the canonical id or email. None: no member can be called so.
pub fn member_name(subject: &Entity) -> Option<String> {
    if subject.kind != USER {
        return None;
    }
    let email = || Email::parse(&subject.id).ok().map(|email| email.as_str().to_owned());
    UserId::parse(&subject.id).map(|id| id.to_string()).or_else(email)
}

/// The API key that a subject names.
pub fn key_name(subject: &Entity) -> Option<ApiKeyId> {
    if subject.kind == API_KEY { ApiKeyId::parse(&subject.id) } else { None }
}
