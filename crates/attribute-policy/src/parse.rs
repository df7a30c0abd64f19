//! The parser: a JSON document into an [`RuleSet`], with every error and its place.

use super::attribute_resolver::{ITEMS_MAX, Operand, Path, oversized_list, pointer_token};
use super::{Attributes, Condition, Entities, Pattern, Predicate, Rule, RuleEffect, RuleSet, ValidationError, ValidationErrors};
use serde_json::{Map, Value};

/// Longest document in bytes, serialised without whitespace: as long as the body of a request.
pub const DOCUMENT_MAX: usize = 64 * 1024;
/// Most rules: each is looked at in every evaluation.
const RULES_MAX: usize = 200;
/// Most conditions in all rules together: with [`ITEMS_MAX`] they bound the cost of an evaluation.
const CONDITIONS_MAX: usize = 512;
/// Most entries of a list inside a rule: each may be compared in every evaluation. Longer lists belong in attributes.
const LIST_MAX: usize = 100;
/// Longest type, id, name or string literal in bytes: as long as a resource that an API key can be limited to.
const TEXT_MAX: usize = 200;
/// Longest id of a rule in bytes: explanations carry it.
const RULE_ID_MAX: usize = 64;
/// Most errors reported at once: more than anybody corrects in one go, and a bound on the response.
const ERRORS_MAX: usize = 50;
/// The only version of the language.
const VERSION: u64 = 1;

/// Returns the canonical spelling of the id of an entity, given its type and id; None where every spelling is its own.
///
/// A rule that denies must not miss an entity that the document spells differently from requests (an email in upper
/// case), so the parser rejects an id that differs from its canonical spelling.
pub type IdCanonicalizer = fn(kind: &str, id: &str) -> Option<String>;

const DOCUMENT_FIELDS: &[&str] = &["version", "description", "subjects", "resources", "rules"];
const ENTITY_FIELDS: &[&str] = &["type", "id", "attributes"];
const RULE_FIELDS: &[&str] = &["id", "description", "effect", "subjects", "actions", "resources", "when"];
const PATTERN_FIELDS: &[&str] = &["type", "id", "known"];
const OPERATORS: &[&str] = &["equals", "not_equals", "in", "not_in", "contains", "less_than", "greater_than", "exists"];

impl RuleSet {
    /// Parses a document.
    ///
    /// ```
    /// use rolecall_attribute_policy::RuleSet;
    /// use serde_json::json;
    ///
    /// let lower_case = |_: &str, id: &str| Some(id.to_lowercase());
    /// let document = json!({ "version": 1, "rules": [
    ///     { "id": "readers", "effect": "allow", "subjects": [{ "type": "user", "id": "ann" }], "actions": ["read"] },
    /// ] });
    /// let policy = RuleSet::parse(&document, lower_case)?;
    /// assert_eq!(policy.actions().collect::<Vec<_>>(), ["read"]);
    ///
    /// let errors = RuleSet::parse(&json!({ "version": 1, "rules": [{ "id": "r", "effect": "maybe" }] }), lower_case);
    /// assert_eq!(errors.unwrap_err().0[0].pointer, "/rules/0/effect");
    /// # Ok::<(), rolecall_attribute_policy::ValidationErrors>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first 50 violations of the grammar and the limits, each with its JSON pointer.
    pub fn parse(document: &Value, canonical_id: IdCanonicalizer) -> Result<RuleSet, ValidationErrors> {
        Self::read(Parser { errors: Vec::new(), canonical_id, list_limit: true }, document)
    }

    /// Parses a document that was accepted before lists in attributes had a limit: a condition on a list over the limit is
    /// unknown, so that a rule that denies applies.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::parse`], except for lists over the limit.
    pub fn restore(document: &Value, canonical_id: IdCanonicalizer) -> Result<RuleSet, ValidationErrors> {
        Self::read(Parser { errors: Vec::new(), canonical_id, list_limit: false }, document)
    }

    fn read(mut parser: Parser, document: &Value) -> Result<RuleSet, ValidationErrors> {
        let policy = parser.document(document);
        if document.to_string().len() > DOCUMENT_MAX {
            parser.error("", "too-long", format!("A policy has at most {DOCUMENT_MAX} bytes."));
        }
        if parser.errors.is_empty() { Ok(policy) } else { Err(ValidationErrors(parser.errors)) }
    }
}

/// A recursive-descent parser that collects errors and goes on.
struct Parser {
    errors: Vec<ValidationError>,
    canonical_id: IdCanonicalizer,
    /// Whether a list over the limit in an attribute is an error.
    list_limit: bool,
}

/// Appends a name to a JSON pointer (RFC 6901).
fn child(at: &str, name: &str) -> String {
    format!("{at}/{}", pointer_token(name))
}

impl Parser {
    fn error(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(ValidationError { pointer: at.to_owned(), code, detail: detail.into() });
        }
    }

    fn document(&mut self, value: &Value) -> RuleSet {
        let Some(members) = self.object(value, "", DOCUMENT_FIELDS) else { return RuleSet::default() };
        match members.get("version") {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(_) => self.error("/version", "value-invalid", "The version of the language is 1."),
            None => self.error("/version", "required", "The version of the language must be given: 1."),
        }
        self.description(members, "");
        RuleSet {
            subjects: self.entities(members.get("subjects"), "/subjects"),
            resources: self.entities(members.get("resources"), "/resources"),
            rules: self.rules(members.get("rules")),
        }
    }

    /// An object that has no other fields than these.
    fn object<'v>(&mut self, value: &'v Value, at: &str, fields: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.error(at, "type-wrong", "This must be an object.");
            return None;
        };
        for name in members.keys().filter(|name| !fields.contains(&name.as_str())) {
            self.error(&child(at, name), "unknown", format!("There is no such field; there are {}.", fields.join(", ")));
        }
        Some(members)
    }

    /// A list; None where it is absent or faulty.
    fn list<'v>(&mut self, value: Option<&'v Value>, at: &str, max: usize) -> Option<&'v Vec<Value>> {
        let items = match value? {
            Value::Array(items) => items,
            _ => {
                self.error(at, "type-wrong", "This must be a list.");
                return None;
            }
        };
        if items.len() > max {
            self.error(at, "too-long", format!("This list has more than {max} items."));
            return None;
        }
        Some(items)
    }

    fn canonical_spelling(&mut self, kind: Option<&str>, id: Option<&str>, at: &str) {
        let (Some(kind), Some(id)) = (kind, id) else { return };
        if let Some(canonical) = (self.canonical_id)(kind, id).filter(|canonical| canonical != id) {
            self.error(&child(at, "id"), "value-invalid", format!("The canonical spelling of this id is `{canonical}`."));
        }
    }

    /// A rule that denies by the items of a list must not stop applying because the list is too long to look at.
    fn list_limits(&mut self, attributes: &Attributes, at: &str) {
        if !self.list_limit {
            return;
        }
        for (name, value) in attributes {
            if let Some(place) = oversized_list(value) {
                let detail = format!("A list in an attribute has at most {ITEMS_MAX} items.");
                self.error(&format!("{}{place}", child(at, name)), "too-long", detail);
            }
        }
    }

    /// A list of alternatives. An empty one could mean "any" or "none", so it is an error.
    fn alternatives<'v>(&mut self, value: Option<&'v Value>, at: &str) -> Option<&'v Vec<Value>> {
        let items = self.list(value, at, LIST_MAX)?;
        if items.is_empty() {
            self.error(at, "too-short", "An empty list is ambiguous: leave the field out where anything fits.");
        }
        Some(items)
    }

    fn text(&mut self, value: Option<&Value>, at: &str) -> Option<String> {
        match value {
            Some(Value::String(text)) if text.is_empty() => self.error(at, "too-short", "This text is empty."),
            Some(Value::String(text)) if text.len() > TEXT_MAX => {
                self.error(at, "too-long", format!("This is longer than {TEXT_MAX} bytes."));
            }
            Some(Value::String(text)) => return Some(text.clone()),
            Some(_) => self.error(at, "type-wrong", "This must be a string."),
            None => self.error(at, "required", "This field must be given."),
        }
        None
    }

    fn description(&mut self, members: &Map<String, Value>, at: &str) {
        if members.get("description").is_some_and(|value| !value.is_string()) {
            self.error(&child(at, "description"), "type-wrong", "This must be a string.");
        }
    }

    fn entities(&mut self, value: Option<&Value>, at: &str) -> Entities {
        let mut entities = Entities::new();
        for (index, item) in self.list(value, at, DOCUMENT_MAX).into_iter().flatten().enumerate() {
            let at = format!("{at}/{index}");
            let Some(members) = self.object(item, &at, ENTITY_FIELDS) else { continue };
            let attributes = match members.get("attributes") {
                None => Attributes::new(),
                Some(Value::Object(attributes)) => attributes.clone(),
                Some(_) => {
                    self.error(&child(&at, "attributes"), "type-wrong", "This must be an object.");
                    continue;
                }
            };
            self.list_limits(&attributes, &child(&at, "attributes"));
            let (kind, id) = (self.text(members.get("type"), &child(&at, "type")), self.text(members.get("id"), &child(&at, "id")));
            self.canonical_spelling(kind.as_deref(), id.as_deref(), &at);
            if let (Some(kind), Some(id)) = (kind, id)
                && entities.entry(kind).or_default().insert(id, attributes).is_some()
            {
                self.error(&at, "value-invalid", "The same type and id stand in this list already.");
            }
        }
        entities
    }

    fn rules(&mut self, value: Option<&Value>) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for (index, item) in self.list(value, "/rules", RULES_MAX).into_iter().flatten().enumerate() {
            let at = format!("/rules/{index}");
            let Some(rule) = self.rule(item, &at) else { continue };
            if rules.iter().any(|other| other.id == rule.id) {
                self.error(&child(&at, "id"), "value-invalid", "Another rule has this id.");
            }
            rules.push(rule);
        }
        if rules.iter().map(|rule| rule.conditions.len()).sum::<usize>() > CONDITIONS_MAX {
            self.error("/rules", "too-long", format!("All rules together have at most {CONDITIONS_MAX} conditions."));
        }
        rules
    }

    fn rule(&mut self, value: &Value, at: &str) -> Option<Rule> {
        let members = self.object(value, at, RULE_FIELDS)?;
        self.description(members, at);
        let id = self.text(members.get("id"), &child(at, "id"));
        if id.as_ref().is_some_and(|id| id.len() > RULE_ID_MAX || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))) {
            self.error(&child(at, "id"), "value-invalid", "A rule's id is 1 to 64 letters, digits, hyphens, underscores and dots.");
        }
        let effect = match members.get("effect").and_then(Value::as_str) {
            Some("allow") => Some(RuleEffect::Permit),
            Some("deny") => Some(RuleEffect::Deny),
            _ => {
                self.error(&child(at, "effect"), "value-invalid", "The effect is `allow` or `deny`.");
                None
            }
        };
        let subjects = self.patterns(members.get("subjects"), &child(at, "subjects"));
        let actions_at = child(at, "actions");
        let actions = self.alternatives(members.get("actions"), &actions_at).map(|items| {
            let named = items.iter().enumerate();
            named.filter_map(|(index, item)| self.text(Some(item), &format!("{actions_at}/{index}"))).collect()
        });
        let resources = self.patterns(members.get("resources"), &child(at, "resources"));
        let when_at = child(at, "when");
        let when = self.list(members.get("when"), &when_at, LIST_MAX).into_iter().flatten().enumerate();
        let conditions = when.filter_map(|(index, item)| self.condition(item, &format!("{when_at}/{index}"))).collect();
        Some(Rule { id: id?, effect: effect?, subjects, actions, resources, conditions })
    }

    fn patterns(&mut self, value: Option<&Value>, at: &str) -> Option<Vec<Pattern>> {
        let items = self.alternatives(value, at)?;
        let patterns = items.iter().enumerate().filter_map(|(index, item)| self.pattern(item, &format!("{at}/{index}")));
        Some(patterns.collect())
    }

    fn pattern(&mut self, value: &Value, at: &str) -> Option<Pattern> {
        let members = self.object(value, at, PATTERN_FIELDS)?;
        let kind = self.text(members.get("type"), &child(at, "type"));
        let id = members.get("id").map(|id| self.text(Some(id), &child(at, "id")));
        let known = members.get("known").map(|known| known.as_bool());
        if known == Some(None) {
            self.error(&child(at, "known"), "type-wrong", "This must be true or false.");
        }
        self.canonical_spelling(kind.as_deref(), id.as_ref().and_then(|id| id.as_deref()), at);
        Some(Pattern { kind: kind?, id: id.flatten(), known: known.flatten() })
    }

    fn condition(&mut self, value: &Value, at: &str) -> Option<Condition> {
        let Some(members) = value.as_object() else {
            self.error(at, "type-wrong", "This must be an object.");
            return None;
        };
        let left = self.path(members.get("attribute"), &child(at, "attribute"));
        let mut rest = members.iter().filter(|(name, _)| *name != "attribute");
        let (Some((operator, operand)), None) = (rest.next(), rest.next()) else {
            self.error(at, "value-invalid", format!("A condition has exactly one operator: {}.", OPERATORS.join(", ")));
            return None;
        };
        let at = child(at, operator);
        let predicate = match operator.as_str() {
            "equals" => Predicate::Equals(self.operand(operand, &at, LiteralType::Scalar)?),
            "not_equals" => Predicate::NotEquals(self.operand(operand, &at, LiteralType::Scalar)?),
            "in" => Predicate::In(self.operand(operand, &at, LiteralType::List)?),
            "not_in" => Predicate::NotIn(self.operand(operand, &at, LiteralType::List)?),
            "contains" => Predicate::Contains(self.operand(operand, &at, LiteralType::Scalar)?),
            "less_than" => Predicate::LessThan(self.operand(operand, &at, LiteralType::Number)?),
            "greater_than" => Predicate::GreaterThan(self.operand(operand, &at, LiteralType::Number)?),
            "exists" => match operand {
                Value::Bool(wanted) => Predicate::Exists(*wanted),
                _ => {
                    self.error(&at, "type-wrong", "This must be true or false.");
                    return None;
                }
            },
            _ => {
                self.error(&at, "unknown", format!("There is no such operator; there are {}.", OPERATORS.join(", ")));
                return None;
            }
        };
        Some(Condition { left: left?, predicate })
    }

    fn path(&mut self, value: Option<&Value>, at: &str) -> Option<Path> {
        let text = self.text(value, at)?;
        let path = Path::parse(&text);
        if path.is_none() {
            let detail = "An attribute begins with `subject.`, `resource.`, `action.`, `context.`, `known.subject.` or `known.resource.`, or is `member.id`, `member.email` or `member.role`.";
            self.error(at, "value-invalid", detail);
        }
        path
    }

    /// A literal, or `{"attribute": "…"}`.
    fn operand(&mut self, value: &Value, at: &str, literal: LiteralType) -> Option<Operand> {
        if value.is_object() {
            let members = self.object(value, at, &["attribute"])?;
            return self.path(members.get("attribute"), &child(at, "attribute")).map(Operand::Attribute);
        }
        let scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
        let (fits, form) = match (literal, value) {
            (LiteralType::Scalar, value) => (scalar(value), "a string, a number, true or false"),
            (LiteralType::Number, value) => (value.is_number(), "a number"),
            (LiteralType::List, Value::Array(items)) => (
                !items.is_empty() && items.len() <= LIST_MAX && items.iter().all(scalar),
                "a list of 1 to 100 strings, numbers, true and false",
            ),
            (LiteralType::List, _) => (false, "a list of strings, numbers, true and false"),
        };
        if !fits {
            self.error(at, "type-wrong", format!("This must be {form}, or {{\"attribute\": \"…\"}}."));
            return None;
        }
        Some(Operand::Literal(value.clone()))
    }
}

/// The type of literal that an operator takes.
#[derive(Copy, Clone)]
enum LiteralType {
    Scalar,
    Number,
    List,
}
