//! A document into an [`AttributePolicy`]: everything is checked, and every fault is named with its place.

use super::attribute::{Against, ITEMS_MAX, Path, oversized_list, pointer_token};
use super::{AttributePolicy, Attributes, Condition, Known, Pattern, Rule, RuleEffect, Test};
use crate::authzen::USER;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use serde_json::{Map, Value};

/// Most bytes of a document as it is kept: as many as a request may have.
pub const DOCUMENT_MAX: usize = 64 * 1024;
/// Most rules: each is asked at every decision.
const RULES_MAX: usize = 200;
/// Most conditions in all rules together: with the items that a rule looks into they bound what one decision costs.
const CONDITIONS_MAX: usize = 512;
/// Most entries of a list inside a rule: each is compared wherever the rule is asked. Longer lists belong into attributes.
const LIST_MAX: usize = 100;
/// Longest type, id, name or text that is compared, in bytes: as long as what an API key can be limited to.
const TEXT_MAX: usize = 200;
/// Longest id of a rule in bytes: it is part of an explained answer, for a person to read.
const RULE_ID_MAX: usize = 64;
/// Most faults that are told at once: more than anybody mends in one go, and no answer grows with what was sent.
const FAULTS_MAX: usize = 50;
/// The only version of the language; another one would be read otherwise.
const VERSION: u64 = 1;

const DOCUMENT_FIELDS: &[&str] = &["version", "description", "subjects", "resources", "rules"];
const ENTITY_FIELDS: &[&str] = &["type", "id", "attributes"];
const RULE_FIELDS: &[&str] = &["id", "description", "effect", "subjects", "actions", "resources", "when"];
const PATTERN_FIELDS: &[&str] = &["type", "id", "known"];
const OPERATORS: &[&str] = &["equals", "not_equals", "in", "not_in", "contains", "less_than", "greater_than", "exists"];

impl AttributePolicy {
    /// Reads a document, or says what is wrong with it: at most 50 faults, each with its JSON pointer.
    pub fn parse(document: &Value) -> Result<AttributePolicy, Vec<FieldError>> {
        Self::read(document, true)
    }

    /// Reads a document that was accepted earlier, when lists in attributes had no limit: conditions on a list over the
    /// limit are unknown, so that rules that deny apply.
    pub fn restore(document: &Value) -> Result<AttributePolicy, Vec<FieldError>> {
        Self::read(document, false)
    }

    fn read(document: &Value, list_limit: bool) -> Result<AttributePolicy, Vec<FieldError>> {
        let mut reader = Reader { faults: Vec::new(), list_limit };
        let policy = reader.document(document);
        if document.to_string().len() > DOCUMENT_MAX {
            reader.fault("", "too-long", format!("A policy has at most {DOCUMENT_MAX} bytes."));
        }
        if reader.faults.is_empty() { Ok(policy) } else { Err(reader.faults) }
    }
}

/// Collects faults while it reads.
struct Reader {
    faults: Vec<FieldError>,
    /// Whether a list over the limit in an attribute is a fault.
    list_limit: bool,
}

/// A name as part of a JSON pointer (RFC 6901).
fn step(at: &str, name: &str) -> String {
    format!("{at}/{}", pointer_token(name))
}

impl Reader {
    fn fault(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(FieldError::new(at, code, detail));
        }
    }

    fn document(&mut self, value: &Value) -> AttributePolicy {
        let Some(members) = self.object(value, "", DOCUMENT_FIELDS) else { return AttributePolicy::default() };
        match members.get("version") {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(_) => self.fault("/version", "value-invalid", "The version of the language is 1."),
            None => self.fault("/version", "required", "The version of the language must be given: 1."),
        }
        self.description(members, "");
        AttributePolicy {
            subjects: self.entities(members.get("subjects"), "/subjects"),
            resources: self.entities(members.get("resources"), "/resources"),
            rules: self.rules(members.get("rules")),
        }
    }

    /// An object without other fields than these.
    fn object<'v>(&mut self, value: &'v Value, at: &str, fields: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.fault(at, "type-wrong", "This must be an object.");
            return None;
        };
        for name in members.keys().filter(|name| !fields.contains(&name.as_str())) {
            self.fault(&step(at, name), "unknown", format!("There is no such field; there are {}.", fields.join(", ")));
        }
        Some(members)
    }

    /// A list; None where it is absent or none.
    fn list<'v>(&mut self, value: Option<&'v Value>, at: &str, max: usize) -> Option<&'v Vec<Value>> {
        let items = match value? {
            Value::Array(items) => items,
            _ => {
                self.fault(at, "type-wrong", "This must be a list.");
                return None;
            }
        };
        if items.len() > max {
            self.fault(at, "too-long", format!("This list has more than {max} items."));
            return None;
        }
        Some(items)
    }

    /// A member's email in another spelling than the canonical one would name nobody, and a rule that forbids would be silent.
    fn spelling(&mut self, kind: Option<&str>, id: Option<&str>, at: &str) {
        let canonical = id.filter(|_| kind == Some(USER)).and_then(|id| Email::parse(id).ok());
        if let (Some(canonical), Some(id)) = (canonical, id)
            && canonical.as_str() != id
        {
            self.fault(&step(at, "id"), "value-invalid", format!("This email is known as `{}`.", canonical.as_str()));
        }
    }

    /// A rule that denies by what a list holds must not fall silent because the list is too long to look into.
    fn list_limits(&mut self, attributes: &Attributes, at: &str) {
        if !self.list_limit {
            return;
        }
        for (name, value) in attributes {
            if let Some(place) = oversized_list(value) {
                let detail = format!("A list in an attribute has at most {ITEMS_MAX} items.");
                self.fault(&format!("{}{place}", step(at, name)), "too-long", detail);
            }
        }
    }

    /// A list inside a rule. An empty one could be taken for "any" or for "none", so it is neither.
    fn choice<'v>(&mut self, value: Option<&'v Value>, at: &str) -> Option<&'v Vec<Value>> {
        let items = self.list(value, at, LIST_MAX)?;
        if items.is_empty() {
            self.fault(at, "too-short", "An empty list is ambiguous: leave the field out where anything fits.");
        }
        Some(items)
    }

    fn text(&mut self, value: Option<&Value>, at: &str) -> Option<String> {
        match value {
            Some(Value::String(text)) if text.is_empty() => self.fault(at, "too-short", "This text is empty."),
            Some(Value::String(text)) if text.len() > TEXT_MAX => {
                self.fault(at, "too-long", format!("This is longer than {TEXT_MAX} bytes."));
            }
            Some(Value::String(text)) => return Some(text.clone()),
            Some(_) => self.fault(at, "type-wrong", "This must be a string."),
            None => self.fault(at, "required", "This field must be given."),
        }
        None
    }

    /// A description is for people, and only has to be a text.
    fn description(&mut self, members: &Map<String, Value>, at: &str) {
        if members.get("description").is_some_and(|value| !value.is_string()) {
            self.fault(&step(at, "description"), "type-wrong", "This must be a string.");
        }
    }

    fn entities(&mut self, value: Option<&Value>, at: &str) -> Known {
        let mut known = Known::new();
        for (index, item) in self.list(value, at, DOCUMENT_MAX).into_iter().flatten().enumerate() {
            let at = format!("{at}/{index}");
            let Some(members) = self.object(item, &at, ENTITY_FIELDS) else { continue };
            let attributes = match members.get("attributes") {
                None => Attributes::new(),
                Some(Value::Object(attributes)) => attributes.clone(),
                Some(_) => {
                    self.fault(&step(&at, "attributes"), "type-wrong", "This must be an object.");
                    continue;
                }
            };
            self.list_limits(&attributes, &step(&at, "attributes"));
            let (kind, id) = (self.text(members.get("type"), &step(&at, "type")), self.text(members.get("id"), &step(&at, "id")));
            self.spelling(kind.as_deref(), id.as_deref(), &at);
            if let (Some(kind), Some(id)) = (kind, id)
                && known.entry(kind).or_default().insert(id, attributes).is_some()
            {
                self.fault(&at, "value-invalid", "The same type and id stand in this list already.");
            }
        }
        known
    }

    fn rules(&mut self, value: Option<&Value>) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for (index, item) in self.list(value, "/rules", RULES_MAX).into_iter().flatten().enumerate() {
            let at = format!("/rules/{index}");
            let Some(rule) = self.rule(item, &at) else { continue };
            if rules.iter().any(|other| other.id == rule.id) {
                self.fault(&step(&at, "id"), "value-invalid", "Another rule has this id.");
            }
            rules.push(rule);
        }
        if rules.iter().map(|rule| rule.when.len()).sum::<usize>() > CONDITIONS_MAX {
            self.fault("/rules", "too-long", format!("All rules together have at most {CONDITIONS_MAX} conditions."));
        }
        rules
    }

    fn rule(&mut self, value: &Value, at: &str) -> Option<Rule> {
        let members = self.object(value, at, RULE_FIELDS)?;
        self.description(members, at);
        let id = self.text(members.get("id"), &step(at, "id"));
        if id.as_ref().is_some_and(|id| id.len() > RULE_ID_MAX || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))) {
            self.fault(&step(at, "id"), "value-invalid", "A rule's id is 1 to 64 letters, digits, hyphens, underscores and dots.");
        }
        let effect = match members.get("effect").and_then(Value::as_str) {
            Some("allow") => Some(RuleEffect::Allow),
            Some("deny") => Some(RuleEffect::Deny),
            _ => {
                self.fault(&step(at, "effect"), "value-invalid", "The effect is `allow` or `deny`.");
                None
            }
        };
        let subjects = self.patterns(members.get("subjects"), &step(at, "subjects"));
        let actions_at = step(at, "actions");
        let actions = self.choice(members.get("actions"), &actions_at).map(|items| {
            let named = items.iter().enumerate();
            named.filter_map(|(index, item)| self.text(Some(item), &format!("{actions_at}/{index}"))).collect()
        });
        let resources = self.patterns(members.get("resources"), &step(at, "resources"));
        let when_at = step(at, "when");
        let when = self.list(members.get("when"), &when_at, LIST_MAX).into_iter().flatten().enumerate();
        let when = when.filter_map(|(index, item)| self.condition(item, &format!("{when_at}/{index}"))).collect();
        Some(Rule { id: id?, effect: effect?, subjects, actions, resources, when })
    }

    fn patterns(&mut self, value: Option<&Value>, at: &str) -> Option<Vec<Pattern>> {
        let items = self.choice(value, at)?;
        let patterns = items.iter().enumerate().filter_map(|(index, item)| self.pattern(item, &format!("{at}/{index}")));
        Some(patterns.collect())
    }

    fn pattern(&mut self, value: &Value, at: &str) -> Option<Pattern> {
        let members = self.object(value, at, PATTERN_FIELDS)?;
        let kind = self.text(members.get("type"), &step(at, "type"));
        let id = members.get("id").map(|id| self.text(Some(id), &step(at, "id")));
        let known = members.get("known").map(|known| known.as_bool());
        if known == Some(None) {
            self.fault(&step(at, "known"), "type-wrong", "This must be true or false.");
        }
        self.spelling(kind.as_deref(), id.as_ref().and_then(|id| id.as_deref()), at);
        Some(Pattern { kind: kind?, id: id.flatten(), known: known.flatten() })
    }

    fn condition(&mut self, value: &Value, at: &str) -> Option<Condition> {
        let Some(members) = value.as_object() else {
            self.fault(at, "type-wrong", "This must be an object.");
            return None;
        };
        let left = self.path(members.get("attribute"), &step(at, "attribute"));
        let mut rest = members.iter().filter(|(name, _)| *name != "attribute");
        let (Some((operator, operand)), None) = (rest.next(), rest.next()) else {
            self.fault(at, "value-invalid", format!("A condition has exactly one operator: {}.", OPERATORS.join(", ")));
            return None;
        };
        let at = step(at, operator);
        let test = match operator.as_str() {
            "equals" => Test::Equals(self.operand(operand, &at, Wanted::Scalar)?),
            "not_equals" => Test::NotEquals(self.operand(operand, &at, Wanted::Scalar)?),
            "in" => Test::In(self.operand(operand, &at, Wanted::List)?),
            "not_in" => Test::NotIn(self.operand(operand, &at, Wanted::List)?),
            "contains" => Test::Contains(self.operand(operand, &at, Wanted::Scalar)?),
            "less_than" => Test::LessThan(self.operand(operand, &at, Wanted::Number)?),
            "greater_than" => Test::GreaterThan(self.operand(operand, &at, Wanted::Number)?),
            "exists" => match operand {
                Value::Bool(wanted) => Test::Exists(*wanted),
                _ => {
                    self.fault(&at, "type-wrong", "This must be true or false.");
                    return None;
                }
            },
            _ => {
                self.fault(&at, "unknown", format!("There is no such operator; there are {}.", OPERATORS.join(", ")));
                return None;
            }
        };
        Some(Condition { left: left?, test })
    }

    fn path(&mut self, value: Option<&Value>, at: &str) -> Option<Path> {
        let text = self.text(value, at)?;
        let path = Path::parse(&text);
        if path.is_none() {
            let detail = "An attribute begins with `subject.`, `resource.`, `action.`, `context.`, `known.subject.` or `known.resource.`, or is `member.id`, `member.email` or `member.role`.";
            self.fault(at, "value-invalid", detail);
        }
        path
    }

    /// A value of the rule's own, or `{"attribute": "…"}`.
    fn operand(&mut self, value: &Value, at: &str, wanted: Wanted) -> Option<Against> {
        if value.is_object() {
            let members = self.object(value, at, &["attribute"])?;
            return self.path(members.get("attribute"), &step(at, "attribute")).map(Against::Attribute);
        }
        let scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
        let (fits, form) = match (wanted, value) {
            (Wanted::Scalar, value) => (scalar(value), "a string, a number, true or false"),
            (Wanted::Number, value) => (value.is_number(), "a number"),
            (Wanted::List, Value::Array(items)) => (
                !items.is_empty() && items.len() <= LIST_MAX && items.iter().all(scalar),
                "a list of 1 to 100 strings, numbers, true and false",
            ),
            (Wanted::List, _) => (false, "a list of strings, numbers, true and false"),
        };
        if !fits {
            self.fault(at, "type-wrong", format!("This must be {form}, or {{\"attribute\": \"…\"}}."));
            return None;
        }
        Some(Against::Literal(value.clone()))
    }
}

/// What an operator takes.
#[derive(Copy, Clone)]
enum Wanted {
    Scalar,
    Number,
    List,
}
