//! Where attributes come from: the request, what the policy knows, the entities' own names.

use super::{AttributePolicy, Attributes, Known, Member, Party, Question, Steps};
use serde_json::Value;
use std::borrow::Cow;

/// Most names in one path: nobody's attributes nest deeper, and each name is a step for every decision.
const DEPTH_MAX: usize = 8;
/// Most items of a list in an attribute: with the cap on conditions it bounds what one decision costs. Longer lists are
/// refused where they are written (a policy: 422, a request: 400).
pub const ITEMS_MAX: usize = 256;
/// Longest path in bytes: as long as any other text of a rule.
const PATH_MAX: usize = 200;

/// What a path begins at.
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

/// The way to an attribute: `resource.status`, `subject.address.city`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Path {
    root: Root,
    first: String,
    rest: Vec<String>,
}

/// What an attribute is compared with.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Against {
    /// A value of the rule itself.
    Literal(Value),
    /// Another attribute.
    Attribute(Path),
}

impl Path {
    /// Reads a path; None where it is none.
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
        let named = !first.is_empty() && rest.iter().all(|name| !name.is_empty());
        let sound = named && rest.len() < DEPTH_MAX && text.len() <= PATH_MAX;
        let kept = root != Root::Member || (["id", "email", "role"].contains(&first.as_str()) && rest.is_empty());
        (sound && kept).then_some(Path { root, first, rest })
    }
}

/// The value of an attribute, as far as a condition can use it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Resolved<'a> {
    /// A value.
    Value(Cow<'a, Value>),
    /// There is none.
    Absent,
    /// A list over the limit, in a policy that was stored before the limit was enforced. Nobody knows what is in it.
    Unreadable,
}

/// Where in a value the first list over the limit stands, as a JSON pointer relative to the value.
pub fn oversized_list(value: &Value) -> Option<String> {
    let within = |name: String, inner: &Value| oversized_list(inner).map(|rest| format!("/{name}{rest}"));
    match value {
        Value::Array(items) if items.len() > ITEMS_MAX => Some(String::new()),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| within(index.to_string(), item)),
        Value::Object(members) => members.iter().find_map(|(name, inner)| within(pointer_token(name), inner)),
        _ => None,
    }
}

/// Longest part of a name in a pointer, in characters: longer than any field, short enough for a message.
const NAME_SHOWN: usize = 64;

/// A name as a token of a JSON pointer (RFC 6901).
pub(super) fn pointer_token(name: &str) -> String {
    let name: String = name.chars().take(NAME_SHOWN).collect();
    name.replace('~', "~0").replace('/', "~1")
}

/// All that a rule can look at.
#[derive(Debug)]
pub(super) struct Facts<'q> {
    pub(super) question: &'q Question<'q>,
    pub(super) known_subject: Option<&'q Attributes>,
    pub(super) known_resource: Option<&'q Attributes>,
    /// What comparing is taken from.
    pub(super) steps: &'q Steps,
}

fn known_of<'q>(known: &'q Known, party: &Party<'_>) -> Option<&'q Attributes> {
    let listed = known.get(party.kind)?;
    party.names.iter().find_map(|name| listed.get(*name))
}

impl<'q> Facts<'q> {
    pub(super) fn gather(policy: &'q AttributePolicy, question: &'q Question<'q>, steps: &'q Steps) -> Self {
        let (subject, resource) = (known_of(&policy.subjects, &question.subject), known_of(&policy.resources, &question.resource));
        Facts { question, known_subject: subject, known_resource: resource, steps }
    }

    /// The value at a path. What the request says comes before what the policy knows; `null` says nothing.
    pub(super) fn value(&self, path: &Path) -> Resolved<'q> {
        let asked = self.question;
        let name = path.first.as_str();
        let (own, said, known) = match path.root {
            Root::Subject => (own(&asked.subject, name), Some(asked.subject.properties), self.known_subject),
            Root::Resource => (own(&asked.resource, name), Some(asked.resource.properties), self.known_resource),
            Root::Action => ((name == "name").then_some(asked.action), Some(asked.action_properties), None),
            Root::Context => (None, Some(asked.context), None),
            Root::KnownSubject => (None, None, self.known_subject),
            Root::KnownResource => (None, None, self.known_resource),
            Root::Member => (asked.member.and_then(|member| kept(&member, name)), None, None),
        };
        if let Some(own) = own {
            return if path.rest.is_empty() { Resolved::Value(Cow::Owned(Value::from(own))) } else { Resolved::Absent };
        }
        let given = |from: Option<&'q Attributes>| from.and_then(|attributes| attributes.get(name)).filter(|value| !value.is_null());
        let found = given(said).or_else(|| given(known));
        let found = found.and_then(|value| path.rest.iter().try_fold(value, |value, name| value.as_object()?.get(name)));
        match found {
            None | Some(Value::Null) => Resolved::Absent,
            Some(Value::Array(items)) if items.len() > ITEMS_MAX => Resolved::Unreadable,
            Some(value) => Resolved::Value(Cow::Borrowed(value)),
        }
    }

    /// The value of an operand.
    pub(super) fn operand<'a>(&self, operand: &'a Against) -> Resolved<'a>
    where
        'q: 'a,
    {
        match operand {
            Against::Literal(value) => Resolved::Value(Cow::Borrowed(value)),
            Against::Attribute(path) => self.value(path),
        }
    }
}

fn kept<'q>(member: &Member<'q>, name: &str) -> Option<&'q str> {
    match name {
        "id" => Some(member.id),
        "email" => Some(member.email),
        "role" => Some(member.role),
        _ => None,
    }
}

/// An entity's `type` and `id` are always its own, whatever its properties say.
fn own<'q>(party: &Party<'q>, name: &str) -> Option<&'q str> {
    match name {
        "type" => Some(party.kind),
        "id" => party.names.first().copied(),
        _ => None,
    }
}
