//! New audit events, of bounded size.

use crate::domain::audit::Actor;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, EventId};
use crate::domain::name::Name;
use crate::domain::personal_value::{DataSubject, Disclosure, SALT_BYTES, placeholder};
use crate::domain::time::Timestamp;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Outcome of an audited action.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum EventOutcome {
    /// The action was carried out.
    Done,
    /// The action was denied.
    Denied,
}

impl EventOutcome {
    /// Text in JSON and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            EventOutcome::Done => "done",
            EventOutcome::Denied => "denied",
        }
    }
}

/// Resource of an event: its type and its id or code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// `account`, `member`, `invitation`, `role`, `api_key`, …
    pub kind: &'static str,
    /// Id or code.
    pub id: String,
}

impl Resource {
    /// A resource of a type by its id.
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        Resource { kind, id: id.to_string() }
    }

    /// A resource by the id of a path; `unknown` where the path has no well-formed id.
    pub fn of(kind: &'static str, id: Option<impl ToString>) -> Self {
        Resource { kind, id: id.map_or_else(|| "unknown".to_owned(), |id| id.to_string()) }
    }
}

/// A new event of an account's audit log; the store assigns its number, and sealing its hashes.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvent {
    /// Id of the event.
    pub id: EventId,
    /// Account whose log has the event.
    pub account: AccountId,
    /// Time of the action.
    pub at: Timestamp,
    /// Actor of the action.
    pub actor: Actor,
    /// Digest of the disclosure of the actor's name.
    pub actor_name: String,
    /// Action, as `resource.verb`.
    pub action: &'static str,
    /// Resource of the action.
    pub resource: Resource,
    /// Outcome of the action.
    pub outcome: EventOutcome,
    /// Details: strings, whole numbers, booleans, and lists and objects of these, with digests in the place of personal values.
    pub data: Map<String, Value>,
    /// Disclosures of the actor's name and of the personal values in `data`, each with the person whom its erasure belongs to.
    pub disclosures: Vec<(DataSubject, Disclosure)>,
    /// Id of the request.
    pub request_id: String,
}

impl NewEvent {
    /// An event of an action that was carried out. Events are stored for ever, so the actor's name and the data are bounded.
    /// `salt` returns fresh random bytes.
    #[expect(clippy::too_many_arguments, reason = "each is a member of the event")]
    pub(crate) fn new(
        id: EventId,
        at: Timestamp,
        request_id: String,
        account: AccountId,
        actor: Actor,
        action: &'static str,
        resource: Resource,
        data: EventData,
        salt: impl Fn() -> [u8; SALT_BYTES],
    ) -> Self {
        let name = Disclosure::new("actor.name", &cut(actor.name(), NAME_BYTES), salt());
        let (actor_name, mut disclosures) = (name.digest(), vec![(actor.subject(), name)]);
        let EventData { mut plain, personal } = data;
        for PersonalField { name, value, subject } in personal {
            let disclosure = Disclosure::new(&format!("data.{name}"), &value, salt());
            plain.insert(name, placeholder(&disclosure.digest()));
            disclosures.push((subject.unwrap_or_else(|| actor.subject()), disclosure));
        }
        NewEvent {
            id,
            account,
            at,
            actor,
            actor_name,
            action,
            resource,
            outcome: EventOutcome::Done,
            data: bounded(plain),
            disclosures,
            request_id,
        }
    }
}

/// Maximum size of an event's `data` in bytes of JSON: events are stored for ever. The schema has the same bound
/// (`0009_brakes.sql`).
pub const EVENT_DATA_BYTES: usize = 2_048;
/// Maximum length of a name in an event, in bytes: fits most names, and the ids beside it identify the object.
const NAME_BYTES: usize = 128;
/// Maximum length of any other text in bytes: fits every email.
const TEXT_BYTES: usize = 254;

/// Builder of an event's `data`, whose fields are of bounded size.
#[derive(Default, Debug)]
pub struct EventData {
    plain: Map<String, Value>,
    personal: Vec<PersonalField>,
}

/// A field with a personal value, and whom it is about; None: the actor, who chose it.
#[derive(Debug)]
struct PersonalField {
    name: String,
    value: String,
    subject: Option<DataSubject>,
}

/// Truncates a text to a number of bytes, at a character boundary and with an ellipsis.
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

impl EventData {
    /// No data.
    pub fn none() -> Self {
        EventData::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.plain.insert(name.to_owned(), Value::String(cut(&value.to_string(), TEXT_BYTES)));
        self
    }

    /// Adds a name or label that the actor chose, as a personal value of theirs.
    #[must_use]
    pub fn with_name(mut self, field: &str, name: &Name) -> Self {
        self.personal.push(PersonalField { name: field.to_owned(), value: cut(name.as_str(), NAME_BYTES), subject: None });
        self
    }

    /// Adds an email, as a personal value of whoever has it.
    #[must_use]
    pub fn with_email(mut self, field: &str, email: &Email) -> Self {
        let subject = Some(DataSubject::Email(email.clone()));
        self.personal.push(PersonalField { name: field.to_owned(), value: cut(email.as_str(), TEXT_BYTES), subject });
        self
    }

    /// Adds a list of texts; a long list is replaced by its length and hash, see [`EVENT_DATA_BYTES`].
    #[must_use]
    pub fn with_list<T: ToString>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let list = values.into_iter().map(|v| Value::String(v.to_string())).collect();
        self.plain.insert(name.to_owned(), Value::Array(list));
        self
    }

    /// Adds a text, or `null` for None.
    #[must_use]
    pub fn with_option(mut self, name: &str, value: Option<impl ToString>) -> Self {
        let value = value.map_or(Value::Null, |v| Value::String(v.to_string()));
        self.plain.insert(name.to_owned(), value);
        self
    }
}

/// The data within [`EVENT_DATA_BYTES`]: while it is too large, the longest list is replaced by its length and the SHA-256 of
/// its compact JSON, by which a holder of the list can prove it.
fn bounded(mut data: Map<String, Value>) -> Map<String, Value> {
    while Value::from(data.clone()).to_string().len() > EVENT_DATA_BYTES {
        let long = |(_, value): &(&String, &mut Value)| value.as_array().map(|list| Value::from(list.clone()).to_string().len());
        let lists = data.iter_mut().filter(|field| long(field).is_some());
        let Some((_, longest)) = lists.max_by_key(|field| long(field)) else { break };
        let count = longest.as_array().map(Vec::len);
        let hash = HEXLOWER.encode(&Sha256::digest(longest.to_string()));
        *longest = serde_json::json!({ "count": count, "sha256": hash });
    }
    data
}

#[cfg(test)]
mod tests;
