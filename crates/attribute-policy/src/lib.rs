//! The attribute policy language: stored attributes of subjects and resources, and rules over attributes (ABAC).
//!
//! In scope: the language, parsing a document once into types, and evaluating its rules. Out of scope: role-based
//! permissions, and combining both into a decision (`rolecall-core`, `authzen`); storage.
//!
//! A rule applies when its subjects, actions and resources match and every condition in `when` holds. A rule that denies
//! overrides every rule that permits, wherever it stands (deny-overrides). There are no variables and no functions.
//!
//! Architecture invariant: pure, and independent of every other crate of the workspace.

mod attribute_resolver;
mod budget;
mod condition;
mod error;
mod parse;

use attribute_resolver::{Operand, Path, Resolver};
use condition::Tristate;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub use attribute_resolver::{ITEMS_MAX, oversized_list};
pub use budget::{BudgetExceeded, COMPARISONS_MAX, EvaluationBudget};
pub use error::{ValidationError, ValidationErrors};
pub use parse::{DOCUMENT_MAX, IdCanonicalizer};

/// Attributes of an entity by name; any JSON value.
pub type Attributes = Map<String, Value>;

/// A validated attribute policy: see [`RuleSet::parse`] and [`RuleSet::evaluate`].
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RuleSet {
    subjects: Entities,
    resources: Entities,
    rules: Vec<Rule>,
}

/// Stored attributes of entities, by type and then by id, both in order.
type Entities = BTreeMap<String, BTreeMap<String, Attributes>>;

/// The effect of a rule that applies.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RuleEffect {
    /// Written `allow` in a document.
    Permit,
    /// Written `deny` in a document; overrides every rule that permits.
    Deny,
}

/// A rule of a policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Names the rule in explanations; unique in its policy.
    pub id: String,
    /// What the rule does when it applies.
    pub effect: RuleEffect,
    /// One of these must match; None: any subject does.
    subjects: Option<Vec<Pattern>>,
    /// One of these must be the action's name; None: any action is.
    actions: Option<Vec<String>>,
    /// One of these must match; None: any resource does.
    resources: Option<Vec<Pattern>>,
    /// All of these must hold.
    conditions: Vec<Condition>,
}

/// The entities that a rule is limited to.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    kind: String,
    id: Option<String>,
    /// Whether the policy must, or must not, list the entity; None: either.
    known: Option<bool>,
}

/// A predicate on one attribute.
#[derive(Clone, PartialEq, Debug)]
struct Condition {
    left: Path,
    predicate: Predicate,
}

/// An operator with its operand. An absent attribute satisfies only `NotEquals`, `NotIn` and `Exists(false)`; a value that
/// the operator does not take (a list over the limit, an order of strings) makes the condition unknown.
#[derive(Clone, PartialEq, Debug)]
enum Predicate {
    Equals(Operand),
    NotEquals(Operand),
    In(Operand),
    NotIn(Operand),
    Contains(Operand),
    LessThan(Operand),
    GreaterThan(Operand),
    Exists(bool),
}

/// A reference to a subject or resource, with the properties that the request carries.
#[derive(Copy, Clone, Debug)]
pub struct EntityRef<'q> {
    /// The entity's type.
    pub kind: &'q str,
    /// The id as the request gives it, then its aliases: a member named by user id has the email as an alias.
    pub ids: &'q [&'q str],
    /// The properties in the request.
    pub properties: &'q Attributes,
}

/// The account's own record of a subject that is a member of the account.
#[derive(Copy, Clone, Debug)]
pub struct Member<'q> {
    /// The user id.
    pub id: &'q str,
    /// The canonical email.
    pub email: &'q str,
    /// The code of the member's role.
    pub role: &'q str,
}

/// What a policy is evaluated against: an AuthZEN request, and what the account knows of its subject.
#[derive(Copy, Clone, Debug)]
pub struct EvaluationContext<'q> {
    /// The subject.
    pub subject: EntityRef<'q>,
    /// The member record of the subject; None where the subject is no member.
    pub member: Option<Member<'q>>,
    /// The action's name.
    pub action: &'q str,
    /// The action's properties.
    pub action_properties: &'q Attributes,
    /// The resource.
    pub resource: EntityRef<'q>,
    /// The context of the request.
    pub context: &'q Attributes,
}

/// The outcome of a policy's evaluation, with the rule that decided it.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum PolicyOutcome<'p> {
    /// This rule applies and denies.
    Deny(&'p Rule),
    /// This rule applies and permits, and no rule that denies applies.
    Permit(&'p Rule),
    /// No rule applies.
    NotApplicable,
}

impl RuleSet {
    /// Evaluates the rules: the first in the document that denies, else the first that permits.
    ///
    /// One budget serves all evaluations of a request, so that a batch or a search is bounded as a whole.
    ///
    /// ```
    /// use rolecall_attribute_policy::{
    ///     RuleSet, Attributes, EntityRef, EvaluationBudget, EvaluationContext, PolicyOutcome,
    /// };
    /// use serde_json::json;
    ///
    /// let policy = RuleSet::parse(
    ///     &json!({
    ///         "version": 1,
    ///         "resources": [{ "type": "report", "id": "q3", "attributes": { "owner": "ann" } }],
    ///         "rules": [{
    ///             "id": "owner-writes",
    ///             "effect": "allow",
    ///             "actions": ["write"],
    ///             "when": [{ "attribute": "resource.owner", "equals": { "attribute": "subject.id" } }],
    ///         }],
    ///     }),
    ///     |_, _| None,
    /// )?;
    ///
    /// let none = Attributes::new();
    /// let write = |subject: &str| {
    ///     let context = EvaluationContext {
    ///         subject: EntityRef { kind: "user", ids: &[subject], properties: &none },
    ///         member: None,
    ///         action: "write",
    ///         action_properties: &none,
    ///         resource: EntityRef { kind: "report", ids: &["q3"], properties: &none },
    ///         context: &none,
    ///     };
    ///     match policy.evaluate(&context, &EvaluationBudget::default()) {
    ///         Ok(PolicyOutcome::Permit(rule)) => Some(rule.id.clone()),
    ///         _ => None,
    ///     }
    /// };
    /// assert_eq!(write("ann").as_deref(), Some("owner-writes"));
    /// assert_eq!(write("ben"), None);
    /// # Ok::<(), rolecall_attribute_policy::ValidationErrors>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BudgetExceeded`] where the budget is spent before the outcome is known: nothing is decided then.
    pub fn evaluate(&self, context: &EvaluationContext<'_>, budget: &EvaluationBudget) -> Result<PolicyOutcome<'_>, BudgetExceeded> {
        let resolver = Resolver::new(self, context, budget);
        let first_applying = |effect: RuleEffect| self.rules.iter().find(|rule| rule.effect == effect && rule.applies(&resolver));
        let outcome = match first_applying(RuleEffect::Deny) {
            Some(rule) => PolicyOutcome::Deny(rule),
            None => first_applying(RuleEffect::Permit).map_or(PolicyOutcome::NotApplicable, PolicyOutcome::Permit),
        };
        budget.check().map(|()| outcome)
    }

    /// Ids of the subjects of a type that the policy lists, in order.
    pub fn subjects_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.subjects.get(kind).into_iter().flat_map(|listed| listed.keys().map(String::as_str))
    }

    /// Ids of the resources of a type that the policy lists, in order.
    pub fn resources_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.resources.get(kind).into_iter().flat_map(|listed| listed.keys().map(String::as_str))
    }

    /// Names of the actions that rules are limited to, in document order, with repetitions.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().flat_map(|rule| rule.actions.iter().flatten()).map(String::as_str)
    }

    /// Numbers of subjects, resources and rules.
    pub fn size(&self) -> [usize; 3] {
        let count = |entities: &Entities| entities.values().map(BTreeMap::len).sum();
        [count(&self.subjects), count(&self.resources), self.rules.len()]
    }
}

impl Rule {
    /// Whether the rule matches the request and its conditions hold. Matching is charged to the budget like conditions are.
    fn applies(&self, resolver: &Resolver<'_>) -> bool {
        let (context, budget) = (resolver.context, resolver.budget);
        let any_matches = |patterns: &Option<Vec<Pattern>>, entity: &EntityRef<'_>, known: bool| {
            let matches = |pattern: &Pattern| budget.spend(pattern.compared_bytes()) && pattern.matches(entity, known);
            patterns.as_ref().is_none_or(|patterns| patterns.iter().any(matches))
        };
        let is_action = |action: &String| budget.spend(action.len()) && action == context.action;
        let holds = |condition: &Condition| match condition.evaluate(resolver) {
            Tristate::True => true,
            Tristate::False => false,
            Tristate::Unknown => self.effect == RuleEffect::Deny,
        };
        budget.spend(0)
            && self.actions.as_ref().is_none_or(|actions| actions.iter().any(is_action))
            && any_matches(&self.resources, &context.resource, resolver.known_resource.is_some())
            && any_matches(&self.subjects, &context.subject, resolver.known_subject.is_some())
            && self.conditions.iter().all(holds)
    }
}

impl Pattern {
    /// Upper bound of the bytes compared by [`Pattern::matches`].
    fn compared_bytes(&self) -> usize {
        self.kind.len() + self.id.as_ref().map_or(0, String::len)
    }

    fn matches(&self, entity: &EntityRef<'_>, known: bool) -> bool {
        self.kind == entity.kind
            && self.id.as_ref().is_none_or(|id| entity.ids.contains(&id.as_str()))
            && self.known.is_none_or(|wanted| wanted == known)
    }
}
