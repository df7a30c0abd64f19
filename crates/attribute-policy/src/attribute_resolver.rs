//! Paths to attributes, and their resolution in the request, in the policy's stored attributes and in the member record.

use super::{Attributes, Entities, EntityRef, EvaluationBudget, EvaluationContext, Member, RuleSet};
use serde_json::Value;
use std::borrow::Cow;

/// Most names in one path: each is a look-up for every evaluation.
const DEPTH_MAX: usize = 8;
/// Most items of a list in an attribute: with the limit on conditions it bounds the cost of an evaluation. Longer lists are
/// rejected in a policy ([`RuleSet::parse`]) and in a request.
pub const ITEMS_MAX: usize = 256;
/// Longest path in bytes: as long as any other text of a rule.
const PATH_MAX: usize = 200;

/// The object that a path starts from.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Root {
    Subject,
    Resource,
    Action,
    Context,
    KnownSubject,
    KnownResource,
    Member,
}

/// A path to an attribute: `resource.status`, `subject.address.city`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Path {
    root: Root,
    first: String,
    rest: Vec<String>,
}

/// The right-hand side of an operator.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Operand {
    Literal(Value),
    Attribute(Path),
}

impl Path {
    /// Parses a path; None where the text is not one.
    pub(super) fn parse(text: &str) -> Option<Path> {
        let mut names = text.split('.');
        let root = match names.next()? {
            "subject" => Root::Subject,
            "resource" => Root::Resource,
            "action" => Root::Action,
            "context" => Root::Context,
            "known" => match names.next()? {
                "subject" => Root::KnownSubject,
                "resource" => Root::KnownResource,
                _ => return None,
            },
            "member" => Root::Member,
            _ => return None,
        };
        let first = names.next()?.to_owned();
        let rest: Vec<String> = names.map(str::to_owned).collect();
        let non_empty = !first.is_empty() && rest.iter().all(|name| !name.is_empty());
        let sound = non_empty && rest.len() < DEPTH_MAX && text.len() <= PATH_MAX;
        let exists = root != Root::Member || (["id", "email", "role"].contains(&first.as_str()) && rest.is_empty());
        (sound && exists).then_some(Path { root, first, rest })
    }
}

/// The result of resolving an attribute.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Resolved<'a> {
    Value(Cow<'a, Value>),
    Absent,
    /// A list over the limit, in a policy that was stored before the limit was enforced: its items are not looked at.
    Unreadable,
}

/// Finds the first list over [`ITEMS_MAX`] in a value, as a JSON pointer relative to the value.
///
/// ```
/// use rolecall_attribute_policy::{ITEMS_MAX, oversized_list};
/// use serde_json::json;
///
/// assert_eq!(oversized_list(&json!({ "groups": vec![1; ITEMS_MAX] })), None);
/// assert_eq!(oversized_list(&json!({ "groups": vec![1; ITEMS_MAX + 1] })).as_deref(), Some("/groups"));
/// ```
pub fn oversized_list(value: &Value) -> Option<String> {
    let within = |name: String, inner: &Value| oversized_list(inner).map(|rest| format!("/{name}{rest}"));
    match value {
        Value::Array(items) if items.len() > ITEMS_MAX => Some(String::new()),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| within(index.to_string(), item)),
        Value::Object(members) => members.iter().find_map(|(name, inner)| within(pointer_token(name), inner)),
        _ => None,
    }
}

/// Characters of a name that a JSON pointer shows at most: more than any field has, few enough for a message.
const POINTER_NAME_MAX: usize = 64;

/// Escapes a name as a token of a JSON pointer (RFC 6901).
pub(super) fn pointer_token(name: &str) -> String {
    let name: String = name.chars().take(POINTER_NAME_MAX).collect();
    name.replace('~', "~0").replace('/', "~1")
}

/// Resolves attributes for one evaluation.
#[derive(Debug)]
pub(super) struct Resolver<'q> {
    pub(super) context: &'q EvaluationContext<'q>,
    pub(super) known_subject: Option<&'q Attributes>,
    pub(super) known_resource: Option<&'q Attributes>,
    pub(super) budget: &'q EvaluationBudget,
}

fn stored<'q>(entities: &'q Entities, entity: &EntityRef<'_>) -> Option<&'q Attributes> {
    let listed = entities.get(entity.kind)?;
    entity.ids.iter().find_map(|id| listed.get(*id))
}

impl<'q> Resolver<'q> {
    pub(super) fn new(policy: &'q RuleSet, context: &'q EvaluationContext<'q>, budget: &'q EvaluationBudget) -> Self {
        let (subject, resource) = (stored(&policy.subjects, &context.subject), stored(&policy.resources, &context.resource));
        Resolver { context, known_subject: subject, known_resource: resource, budget }
    }

    /// The value at a path. Properties of the request come before stored attributes; `null` is absent.
    pub(super) fn attribute(&self, path: &Path) -> Resolved<'q> {
        let context = self.context;
        let name = path.first.as_str();
        let (own, given, known) = match path.root {
            Root::Subject => (own(&context.subject, name), Some(context.subject.properties), self.known_subject),
            Root::Resource => (own(&context.resource, name), Some(context.resource.properties), self.known_resource),
            Root::Action => ((name == "name").then_some(context.action), Some(context.action_properties), None),
            Root::Context => (None, Some(context.context), None),
            Root::KnownSubject => (None, None, self.known_subject),
            Root::KnownResource => (None, None, self.known_resource),
            Root::Member => (context.member.and_then(|member| of_member(&member, name)), None, None),
        };
        if let Some(own) = own {
            return if path.rest.is_empty() { Resolved::Value(Cow::Owned(Value::from(own))) } else { Resolved::Absent };
        }
        let lookup = |from: Option<&'q Attributes>| from.and_then(|attributes| attributes.get(name)).filter(|value| !value.is_null());
        let found = lookup(given).or_else(|| lookup(known));
        let found = found.and_then(|value| path.rest.iter().try_fold(value, |value, name| value.as_object()?.get(name)));
        match found {
            None | Some(Value::Null) => Resolved::Absent,
            Some(Value::Array(items)) if items.len() > ITEMS_MAX => Resolved::Unreadable,
            Some(value) => Resolved::Value(Cow::Borrowed(value)),
        }
    }

    pub(super) fn operand<'a>(&self, operand: &'a Operand) -> Resolved<'a>
    where
        'q: 'a,
    {
        match operand {
            Operand::Literal(value) => Resolved::Value(Cow::Borrowed(value)),
            Operand::Attribute(path) => self.attribute(path),
        }
    }
}

fn of_member<'q>(member: &Member<'q>, name: &str) -> Option<&'q str> {
    match name {
        "id" => Some(member.id),
        "email" => Some(member.email),
        "role" => Some(member.role),
        _ => None,
    }
}

/// The `type` and `id` of an entity, which no property of the same name replaces.
fn own<'q>(entity: &EntityRef<'q>, name: &str) -> Option<&'q str> {
    match name {
        "type" => Some(entity.kind),
        "id" => entity.ids.first().copied(),
        _ => None,
    }
}
