//! When, for which request and by which dice a decision is made: everything that is not the view or the command.

use crate::change::{Actor, NewEvent, Outcome, Resource};
use crate::epoch::RestoreEpoch;
use crate::id::{AccountId, EventId, ID_RANDOM_BYTES};
use crate::model::name::Name;
use crate::model::user::User;
use crate::time::Timestamp;
use core::cell::Cell;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The circumstances of one request. The same moment gives the same decision for the same view.
#[derive(Debug)]
pub struct Moment {
    /// Now, for the whole request.
    pub now: Timestamp,
    /// Names the request in answers, logs and audit events.
    pub request_id: String,
    /// The version that the caller demands (`If-Match`).
    pub if_match: Option<IfMatch>,
    /// The deployment's restore epoch.
    pub epoch: RestoreEpoch,
    seed: [u8; 32],
    drawn: Cell<u64>,
    begun: Cell<Option<u64>>,
}

/// What `If-Match` demands (RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IfMatch {
    /// `*`: that there is something.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Whether a change may be made to what has this version now; None: to what is not there.
    pub fn admits(&self, version: Option<i64>) -> bool {
        match (self, version) {
            (_, None) => false,
            (IfMatch::Any, Some(_)) => true,
            (IfMatch::Versions(versions), Some(version)) => versions.contains(&version),
        }
    }
}

impl Moment {
    /// `seed` must come from a cryptographic source and be fresh for each request.
    pub fn new(now: Timestamp, request_id: String, if_match: Option<IfMatch>, seed: [u8; 32]) -> Self {
        Moment { now, request_id, if_match, epoch: RestoreEpoch::FIRST, seed, drawn: Cell::new(0), begun: Cell::new(None) }
    }

    /// The same in a deployment whose database was restored.
    #[must_use]
    pub fn in_epoch(self, epoch: RestoreEpoch) -> Self {
        Moment { epoch, ..self }
    }

    /// Begins the same dice again, for deciding once more on a newer view. What was drawn before the first
    /// decision stays drawn: a secret made there must not come up again in an id.
    pub fn restart(&self) {
        let begun = self.begun.get().unwrap_or(self.drawn.get());
        self.begun.set(Some(begun));
        self.drawn.set(begun);
    }

    /// 32 bytes that nobody can foresee: SHA-256 of the seed and a counter.
    pub fn random(&self) -> [u8; 32] {
        let count = self.drawn.get();
        self.drawn.set(count + 1);
        let mut hasher = Sha256::new();
        hasher.update(self.seed);
        hasher.update(count.to_be_bytes());
        hasher.finalize().into()
    }

    /// Random bytes for one id.
    pub fn id_bytes(&self) -> [u8; ID_RANDOM_BYTES] {
        let mut bytes = [0; ID_RANDOM_BYTES];
        bytes.iter_mut().zip(self.random()).for_each(|(to, from)| *to = from);
        bytes
    }

    /// Random bytes for one salt.
    pub fn salt(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(self.random()).for_each(|(to, from)| *to = from);
        bytes
    }

    /// An event of this moment by a user.
    pub fn event(&self, account: AccountId, actor: &User, action: &'static str, resource: Resource, data: Data) -> NewEvent {
        self.event_by(account, Actor::User(actor.id, actor.name.clone()), action, resource, data)
    }

    /// An event of this moment by whomever. It is kept for ever, so all in it is small: see [`Data`].
    pub fn event_by(&self, account: AccountId, actor: Actor, action: &'static str, resource: Resource, data: Data) -> NewEvent {
        let actor = match actor {
            Actor::User(id, name) => Actor::User(id, Name::restore(cut(name.as_str(), NAME_BYTES))),
            Actor::ApiKey(id, name) => Actor::ApiKey(id, Name::restore(cut(name.as_str(), NAME_BYTES))),
            Actor::Invitee(..) => actor,
        };
        NewEvent {
            id: EventId::new(self.now, self.id_bytes()),
            account,
            at: self.now,
            actor,
            action,
            resource,
            outcome: Outcome::Done,
            data: data.bounded(),
            request_id: self.request_id.clone(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciding_again_draws_the_same_and_never_what_was_drawn_before_the_first_decision() {
        let moment = Moment::new(Timestamp::from_millis(0), "r".to_owned(), None, [7; 32]);
        let secret = moment.random();
        let decide = || [moment.random(), moment.random()];
        moment.restart();
        let first = decide();
        moment.restart();
        assert_eq!(decide(), first);
        assert!(!first.contains(&secret));
        moment.random();
        moment.restart();
        assert_eq!(decide(), first, "what a decision drew on top of that is drawn again too");
    }
}
