//! New entries of the audit log, of bounded size.

use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, EventId};
use crate::domain::name::Name;
use crate::domain::time::Timestamp;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Whether it happened.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum EventOutcome {
    /// It did.
    Done,
    /// It was refused.
    Denied,
}

impl EventOutcome {
    /// The word on the wire and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            EventOutcome::Done => "done",
            EventOutcome::Denied => "denied",
        }
    }
}

/// What an event is about: a type from the wire and an id or code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// `account`, `member`, `invitation`, `role`, `api_key`, …
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl Resource {
    /// A resource by its id.
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        Resource { kind, id: id.to_string() }
    }

    /// A resource by an id from a path; `unknown` where the text was no id.
    pub fn of(kind: &'static str, id: Option<impl ToString>) -> Self {
        Resource { kind, id: id.map_or_else(|| "unknown".to_owned(), |id| id.to_string()) }
    }
}

/// An entry for an account's audit log; number and hashes are given by the store and the sealing.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvent {
    /// The event.
    pub id: EventId,
    /// Whose log.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// `resource.verb`.
    pub action: &'static str,
    /// About what.
    pub resource: Resource,
    /// Done or denied.
    pub outcome: EventOutcome,
    /// What changed: strings, whole numbers, booleans, lists and objects of these.
    pub data: Map<String, Value>,
    /// The request that caused it.
    pub request_id: String,
}

impl NewEvent {
    /// An event of something that was done. It is stored for ever, so the actor's name and the data are bounded.
    #[expect(clippy::too_many_arguments, reason = "each is a member of the event")]
    pub(crate) fn new(
        id: EventId,
        at: Timestamp,
        request_id: String,
        account: AccountId,
        actor: Actor,
        action: &'static str,
        resource: Resource,
        data: Data,
    ) -> Self {
        let actor = match actor {
            Actor::User(id, name) => Actor::User(id, Name::restore(cut(name.as_str(), NAME_BYTES))),
            Actor::ApiKey(id, name) => Actor::ApiKey(id, Name::restore(cut(name.as_str(), NAME_BYTES))),
            Actor::Invitee(..) => actor,
        };
        NewEvent { id, account, at, actor, action, resource, outcome: EventOutcome::Done, data: data.bounded(), request_id }
    }
}

/// Most bytes of an event's `data` as JSON. An event is kept for ever, and whoever may change something makes one each time;
/// stands in the schema too (`0009_brakes.sql`).
pub const EVENT_DATA_BYTES: usize = 2_048;
/// Most bytes of a name in an event: most names whole, and the ids beside it say who or what it is. With two of them a
/// row still needs no page of its own in SQLite, which is what made a renaming cost 5 kB.
const NAME_BYTES: usize = 128;
/// Most bytes of any other text: an email fits whole.
const TEXT_BYTES: usize = 254;

/// The `data` of an event, built up field by field, each of bounded size.
#[derive(Default, Debug)]
pub struct Data(pub(crate) Map<String, Value>);

/// The beginning of a text, in so many bytes at most, with a sign where something was left out.
fn cut(text: &str, bytes: usize) -> String {
    const MORE: char = '…';
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes - MORE.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = text.get(..end).unwrap_or_default().to_owned();
    short.push(MORE);
    short
}

impl Data {
    /// No data.
    pub fn none() -> Self {
        Data::default()
    }

    /// One field more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), Value::String(cut(&value.to_string(), TEXT_BYTES)));
        self
    }

    /// A name that somebody gave more.
    #[must_use]
    pub fn with_name(mut self, field: &str, name: &Name) -> Self {
        self.0.insert(field.to_owned(), Value::String(cut(name.as_str(), NAME_BYTES)));
        self
    }

    /// A list of texts more; see [`Data::bounded`].
    #[must_use]
    pub fn with_list<T: ToString>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let list = values.into_iter().map(|v| Value::String(v.to_string())).collect();
        self.0.insert(name.to_owned(), Value::Array(list));
        self
    }

    /// The data in [`EVENT_DATA_BYTES`]. Where lists are too long for that, the longest is told by how many there are and by
    /// SHA-256 of the list as JSON without spaces, by which whoever has the list can prove it; then the next longest.
    fn bounded(mut self) -> Map<String, Value> {
        while Value::from(self.0.clone()).to_string().len() > EVENT_DATA_BYTES {
            let long = |(_, value): &(&String, &mut Value)| value.as_array().map(|list| Value::from(list.clone()).to_string().len());
            let lists = self.0.iter_mut().filter(|field| long(field).is_some());
            let Some((_, longest)) = lists.max_by_key(|field| long(field)) else { break };
            let count = longest.as_array().map(Vec::len);
            let hash = HEXLOWER.encode(&Sha256::digest(longest.to_string()));
            *longest = serde_json::json!({ "count": count, "sha256": hash });
        }
        self.0
    }

    /// One field more where there is a value, `null` where there is none.
    #[must_use]
    pub fn with_option(mut self, name: &str, value: Option<impl ToString>) -> Self {
        let value = value.map_or(Value::Null, |v| Value::String(v.to_string()));
        self.0.insert(name.to_owned(), value);
        self
    }
}
