//! An account's attribute policy: what it knows of subjects and resources, and rules on attributes.
//!
//! In scope: the language, reading it once into types, and what its rules say to a question. Out of scope: what
//! roles say, and how the two are combined (`authzen`); storing it (`decision::attribute_policy`).
//!
//! The language in short: a rule applies when its subjects, actions and resources fit and all conditions in `when`
//! hold. A rule that denies wins over every rule that allows. There are no variables, no functions and no order.

mod attribute;
mod condition;
#[cfg(test)]
mod limits_tests;
mod parse;
mod steps;
#[cfg(test)]
mod tests;

use attribute::Against;
use condition::Truth;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub use attribute::{ITEMS_MAX, oversized_list};
pub use parse::DOCUMENT_MAX;
pub use steps::{Exhausted, STEPS_MAX, Steps};

/// Attributes by name, any JSON.
pub type Attributes = Map<String, Value>;

/// A validated attribute policy.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AttributePolicy {
    subjects: Known,
    resources: Known,
    rules: Vec<Rule>,
}

/// What is known of entities: by type, then by id in order.
type Known = BTreeMap<String, BTreeMap<String, Attributes>>;

/// Whether a rule opens or closes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RuleEffect {
    /// It lets.
    Allow,
    /// It forbids, whatever else lets.
    Deny,
}

/// A rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Names the rule in explanations; unique.
    pub id: String,
    /// Opens or closes.
    pub effect: RuleEffect,
    /// One of these must fit; None: any does.
    subjects: Option<Vec<Pattern>>,
    /// One of these must be the action's name; None: any is.
    actions: Option<Vec<String>>,
    /// One of these must fit; None: any does.
    resources: Option<Vec<Pattern>>,
    /// All of these must hold.
    when: Vec<Condition>,
}

/// Which entities a rule is about.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    kind: String,
    id: Option<String>,
    /// Whether the policy must, or must not, list the entity; None: either.
    known: Option<bool>,
}

/// A test of one attribute.
#[derive(Clone, PartialEq, Debug)]
struct Condition {
    left: attribute::Path,
    test: Test,
}

/// How an attribute is tested. An attribute that is absent passes only `NotEquals`, `NotIn` and `Exists(false)`; one that the
/// test cannot take (a list over the limit, an order of texts) makes the condition unknown.
#[derive(Clone, PartialEq, Debug)]
enum Test {
    Equals(Against),
    NotEquals(Against),
    In(Against),
    NotIn(Against),
    Contains(Against),
    LessThan(Against),
    GreaterThan(Against),
    Exists(bool),
}

/// A subject or resource as a question names it.
#[derive(Copy, Clone, Debug)]
pub struct Party<'q> {
    /// Its type.
    pub kind: &'q str,
    /// Its id as given, and whatever else it goes by: a member by their id goes by their email too.
    pub names: &'q [&'q str],
    /// What the request says of it.
    pub properties: &'q Attributes,
}

/// What an account knows of its member, however a question names them.
#[derive(Copy, Clone, Debug)]
pub struct Member<'q> {
    /// Their user id.
    pub id: &'q str,
    /// Their email, canonical.
    pub email: &'q str,
    /// Their role's code.
    pub role: &'q str,
}

/// A question to the rules.
#[derive(Copy, Clone, Debug)]
pub struct Question<'q> {
    /// Who.
    pub subject: Party<'q>,
    /// What the account knows of the subject, if it is a member.
    pub member: Option<Member<'q>>,
    /// Does what.
    pub action: &'q str,
    /// What the request says of the action.
    pub action_properties: &'q Attributes,
    /// To what.
    pub resource: Party<'q>,
    /// What the request says of the circumstances.
    pub context: &'q Attributes,
}

/// What the rules say.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Judgement<'p> {
    /// This rule forbids.
    Denied(&'p Rule),
    /// This rule lets, and none forbids.
    Allowed(&'p Rule),
    /// No rule applies.
    Silent,
}

impl AttributePolicy {
    /// What the rules say to a question: the first that forbids, else the first that lets. Fails where the request has
    /// used up its comparisons: then nothing has been said.
    pub fn judge(&self, question: &Question<'_>, steps: &Steps) -> Result<Judgement<'_>, Exhausted> {
        let facts = attribute::Facts::gather(self, question, steps);
        let applying = |effect: RuleEffect| self.rules.iter().find(|rule| rule.effect == effect && rule.applies(&facts));
        let judgement = match applying(RuleEffect::Deny) {
            Some(rule) => Judgement::Denied(rule),
            None => applying(RuleEffect::Allow).map_or(Judgement::Silent, Judgement::Allowed),
        };
        steps.check().map(|()| judgement)
    }

    /// Ids of the subjects of a type that the policy lists, in order.
    pub fn subjects_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.subjects.get(kind).into_iter().flat_map(|known| known.keys().map(String::as_str))
    }

    /// Ids of the resources of a type that the policy lists, in order.
    pub fn resources_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.resources.get(kind).into_iter().flat_map(|known| known.keys().map(String::as_str))
    }

    /// Names of the actions that rules speak of.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().flat_map(|rule| rule.actions.iter().flatten()).map(String::as_str)
    }

    /// How many subjects, resources and rules it has.
    pub fn size(&self) -> [usize; 3] {
        let count = |known: &Known| known.values().map(BTreeMap::len).sum();
        [count(&self.subjects), count(&self.resources), self.rules.len()]
    }
}

impl Rule {
    /// Whether the rule is about the question and its conditions hold. What is compared counts, the heads of rules too.
    fn applies(&self, facts: &attribute::Facts<'_>) -> bool {
        let (question, steps) = (facts.question, facts.steps);
        let fits = |patterns: &Option<Vec<Pattern>>, party: &Party<'_>, known: bool| {
            patterns.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| steps.take(pattern.size()) && pattern.fits(party, known)))
        };
        let named = |action: &String| steps.take(action.len()) && action == question.action;
        let holds = |condition: &Condition| match condition.evaluate(facts) {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown => self.effect == RuleEffect::Deny,
        };
        steps.take(0)
            && self.actions.as_ref().is_none_or(|actions| actions.iter().any(named))
            && fits(&self.resources, &question.resource, facts.known_resource.is_some())
            && fits(&self.subjects, &question.subject, facts.known_subject.is_some())
            && self.when.iter().all(holds)
    }
}

impl Pattern {
    /// Bytes that are compared at most.
    fn size(&self) -> usize {
        self.kind.len() + self.id.as_ref().map_or(0, String::len)
    }

    fn fits(&self, party: &Party<'_>, known: bool) -> bool {
        self.kind == party.kind
            && self.id.as_ref().is_none_or(|id| party.names.contains(&id.as_str()))
            && self.known.is_none_or(|wanted| wanted == known)
    }
}
