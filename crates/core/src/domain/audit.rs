//! Audit log: numbered events, each with the hash of its predecessor.
//!
//! INVARIANT (audit-chain): per account, events are append-only, numbered from 1 without gaps, and
//! `hash = SHA-256(canonical JSON of the event without hash and disclosures)`, where the event holds `prev_hash`. Personal values
//! are not in the hashed event, so that they can be erased.

use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, EventId, InvitationId, UserId};
use crate::domain::name::Name;
use crate::domain::personal_value::{DataSubject, Disclosure, disclosed, placeholder, placeholder_digest};
use crate::domain::time::Timestamp;
use serde_json::{Map, Value, json};

pub use rolecall_audit::GENESIS;

/// Audit event as stored. `prev_hash` and `hash` are None until the event is sealed.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the audit event of the HTTP contract")]
pub struct Event {
    pub id: EventId,
    pub account: AccountId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor_type: String,
    pub actor_id: String,
    /// Digest of the disclosure of the actor's name.
    pub actor_name: String,
    pub action: String,
    pub resource_type: String,
    pub resource_id: String,
    pub outcome: String,
    /// Details, with digests in the place of personal values.
    pub data: Map<String, Value>,
    /// Disclosures of the personal values that have not been erased, sorted by path.
    pub disclosures: Vec<Disclosure>,
    pub request_id: String,
    pub prev_hash: Option<String>,
    pub hash: Option<String>,
}

/// Actor of an audit event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// User, with the name at the time of the event.
    User(UserId, Name),
    /// API key, with the name at the time of the event and the user who created it.
    ApiKey(ApiKeyId, Name, UserId),
    /// Invited person without a user account, identified by the proof in the invitation mail.
    Invitee(InvitationId, Email),
}

impl Actor {
    /// Person with whom the actor's name is erased.
    pub fn subject(&self) -> DataSubject {
        match self {
            Actor::User(user, _) | Actor::ApiKey(.., user) => DataSubject::User(*user),
            Actor::Invitee(_, email) => DataSubject::Email(email.clone()),
        }
    }

    /// Name at the time of the event; the email of an invitee.
    pub fn name(&self) -> &str {
        match self {
            Actor::User(_, name) | Actor::ApiKey(_, name, _) => name.as_str(),
            Actor::Invitee(_, email) => email.as_str(),
        }
    }
}

/// Hashes that seal an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// Number of the event within its account, from 1.
    pub seq: i64,
    /// Hash of the preceding event, or [`GENESIS`] for the first.
    pub prev_hash: String,
    /// Hash of the event: lower-case hex of SHA-256.
    pub hash: String,
}

impl Event {
    /// JSON of the event with the given `prev_hash`, without `hash` and `disclosures`: the input of the hash function.
    fn hash_input(&self, prev_hash: &str) -> Map<String, Value> {
        let value = json!({
            "v": rolecall_audit::VERSION,
            "id": self.id.to_string(),
            "seq": self.seq,
            "at": self.at.to_string(),
            "actor": { "type": self.actor_type, "id": self.actor_id, "name": placeholder(&self.actor_name) },
            "action": self.action,
            "resource": { "type": self.resource_type, "id": self.resource_id },
            "outcome": self.outcome,
            "data": self.data,
            "request_id": self.request_id,
            "prev_hash": prev_hash,
        });
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// Computes the hashes of the event as successor of `prev_hash`. The result is deterministic, so sealing is idempotent.
    pub fn seal(&self, prev_hash: &str) -> Seal {
        let canonical = Value::Object(self.hash_input(prev_hash)).to_string();
        Seal { seq: self.seq, prev_hash: prev_hash.to_owned(), hash: rolecall_audit::hash_event(&canonical) }
    }

    /// JSON object of the event in a form that can be verified: the hashed members, the hashes, and `disclosures` of the personal
    /// values that have not been erased. Hashes are null until the event is sealed.
    pub fn to_verifiable_json(&self) -> Map<String, Value> {
        let mut map = self.with_hashes();
        let texts: Vec<&str> = self.disclosures.iter().map(|disclosure| disclosure.text.as_str()).collect();
        map.insert("disclosures".to_owned(), json!(texts));
        map
    }

    /// JSON object of the event for readers: personal values in their places, null where they have been erased, and in `erased`
    /// the paths of these. Hashes are null until the event is sealed.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = self.with_hashes();
        let mut erased = Vec::new();
        for parent in ["actor", "data"] {
            let fields = map.get_mut(parent).and_then(Value::as_object_mut);
            for (name, value) in fields.into_iter().flatten() {
                if let Some(digest) = placeholder_digest(value) {
                    let found = disclosed(digest, &self.disclosures);
                    if found.is_none() {
                        erased.push(format!("{parent}.{name}"));
                    }
                    *value = found.into();
                }
            }
        }
        map.insert("erased".to_owned(), json!(erased));
        map
    }

    fn with_hashes(&self) -> Map<String, Value> {
        let mut map = self.hash_input("");
        map.insert("prev_hash".to_owned(), json!(self.prev_hash));
        map.insert("hash".to_owned(), json!(self.hash));
        map
    }
}

/// Computes the hashes of consecutive events; `prev_hash` is the hash of the event before the first.
pub fn seal_run(prev_hash: &str, events: &[Event]) -> Vec<Seal> {
    let mut prev = prev_hash.to_owned();
    let mut seals = Vec::with_capacity(events.len());
    for event in events {
        let seal = event.seal(&prev);
        prev.clone_from(&seal.hash);
        seals.push(seal);
    }
    seals
}

/// Sets the missing hashes of a page of events, as sealing will store them. `unsealed` are the consecutive unsealed events of the
/// account, the first of which follows `prev_hash`.
///
/// Returns false where the page holds an unsealed event that is not in `unsealed`.
pub fn set_missing_hashes(page: &mut [Event], prev_hash: &str, unsealed: &[Event]) -> bool {
    let seals = seal_run(prev_hash, unsealed);
    for event in page.iter_mut().filter(|event| event.hash.is_none()) {
        if let Some(seal) = seals.iter().find(|seal| seal.seq == event.seq) {
            event.prev_hash = Some(seal.prev_hash.clone());
            event.hash = Some(seal.hash.clone());
        }
    }
    page.iter().all(|event| event.hash.is_some())
}

/// Filter of an audit log query; an event must match every field that is set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Id of the actor.
    pub actor: Option<String>,
    /// Action, for example `member.update`.
    pub action: Option<String>,
    /// Type of the resource.
    pub resource_type: Option<String>,
    /// Id of the resource.
    pub resource_id: Option<String>,
    /// Earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time, exclusive.
    pub to: Option<Timestamp>,
    /// Oldest first, as in exports; otherwise newest first.
    pub ascending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(seq: i64) -> Event {
        let mut data = Map::new();
        let name = Disclosure::new("actor.name", "Ann \u{1f600} <&>", [1; 16]);
        let email = Disclosure::new("data.email", "bob@example.com", [2; 16]);
        data.insert("role".to_owned(), json!("dev"));
        data.insert("email".to_owned(), placeholder(&email.digest()));
        data.insert("a\"b".to_owned(), json!(["\u{1}", "é", "\u{7f}", "/"]));
        Event {
            id: EventId::from_bits(u128::try_from(seq).unwrap()),
            account: AccountId::from_bits(1),
            seq,
            at: Timestamp::from_millis(1_790_000_000_000 + seq),
            actor_type: "user".to_owned(),
            actor_id: "usr_1".to_owned(),
            actor_name: name.digest(),
            action: "invitation.create".to_owned(),
            resource_type: "invitation".to_owned(),
            resource_id: "inv_1".to_owned(),
            outcome: "done".to_owned(),
            data,
            disclosures: vec![name, email],
            request_id: "r".to_owned(),
            prev_hash: None,
            hash: None,
        }
    }

    #[test]
    fn an_exported_log_is_canonical_and_verifies() {
        let mut events: Vec<Event> = (1..=3).map(event).collect();
        let seals = seal_run(rolecall_audit::GENESIS, &events);
        for (event, seal) in events.iter_mut().zip(&seals) {
            event.prev_hash = Some(seal.prev_hash.clone());
            event.hash = Some(seal.hash.clone());
        }
        let lines: Vec<String> = events.iter().map(|e| Value::Object(e.to_verifiable_json()).to_string()).collect();
        for line in &lines {
            assert_eq!(rolecall_audit::canonical(line).as_deref(), Ok(line.as_str()));
        }
        assert_eq!(rolecall_audit::verify(&lines.join("\n")), Ok(3));
        let altered = lines.join("\n").replacen("dev", "admin", 1);
        assert!(rolecall_audit::verify(&altered).is_err());
    }

    #[test]
    fn readers_see_personal_values_in_their_places_and_null_where_they_were_erased() {
        let json = event(1).to_json();
        assert_eq!((&json["actor"]["name"], &json["data"]["email"]), (&json!("Ann \u{1f600} <&>"), &json!("bob@example.com")));
        assert_eq!((&json["erased"], &json["v"], json.get("disclosures")), (&json!([]), &json!(2), None));
        let erased = Event { disclosures: event(1).disclosures.split_off(1), ..event(1) }.to_json();
        assert_eq!((&erased["actor"]["name"], &erased["data"]["email"]), (&Value::Null, &json!("bob@example.com")));
        assert_eq!(erased["erased"], json!(["actor.name"]));
    }

    #[test]
    fn an_erasure_leaves_the_hash_and_the_verifier_names_what_is_gone() {
        let sealed = |event: Event| {
            let seal = event.seal(GENESIS);
            Event { prev_hash: Some(seal.prev_hash), hash: Some(seal.hash), ..event }
        };
        let (whole, erased) = (sealed(event(1)), sealed(Event { disclosures: Vec::new(), ..event(1) }));
        assert_eq!(whole.hash, erased.hash);
        let mut verifier = rolecall_audit::Verifier::default();
        verifier.push(&Value::Object(erased.to_verifiable_json()).to_string()).unwrap();
        let paths: Vec<_> = verifier.erased().iter().map(|value| value.path.as_str()).collect();
        assert_eq!(paths, ["actor.name", "data.email"]);
    }

    #[test]
    fn missing_hashes_are_those_that_sealing_stores() {
        let events: Vec<Event> = (1..=3).map(event).collect();
        let seals = seal_run(GENESIS, &events);
        let mut page = vec![event(3), event(2)];
        assert!(set_missing_hashes(&mut page, GENESIS, &events));
        for event in &page {
            let seal = seals.iter().find(|seal| seal.seq == event.seq).unwrap();
            assert_eq!((event.prev_hash.as_ref(), event.hash.as_ref()), (Some(&seal.prev_hash), Some(&seal.hash)));
        }
    }

    #[test]
    fn a_page_with_an_event_outside_of_the_unsealed_ones_stays_incomplete() {
        let mut page = vec![event(1), event(4)];
        assert!(!set_missing_hashes(&mut page, GENESIS, &[event(1), event(2)]));
        assert!(page[0].hash.is_some() && page[1].hash.is_none());
        assert!(set_missing_hashes(&mut [], GENESIS, &[]));
    }

    #[test]
    fn the_hashes_of_a_sealed_event_do_not_change() {
        let mut page = vec![Event { prev_hash: Some("p".to_owned()), hash: Some("h".to_owned()), ..event(1) }];
        assert!(set_missing_hashes(&mut page, GENESIS, &[event(1)]));
        assert_eq!((page[0].prev_hash.as_deref(), page[0].hash.as_deref()), (Some("p"), Some("h")));
    }

    #[test]
    fn an_unsealed_event_has_null_hashes() {
        let json = event(1).to_json();
        assert_eq!((&json["prev_hash"], &json["hash"]), (&Value::Null, &Value::Null));
    }

    proptest! {
        #[test]
        fn sealing_in_two_runs_equals_sealing_in_one(length in 0_i64..8, at in 0_usize..8) {
            let events: Vec<Event> = (1..=length).map(event).collect();
            let (first, second) = events.split_at(at.min(events.len()));
            let mut seals = seal_run(GENESIS, first);
            let last = seals.last().map_or(GENESIS.to_owned(), |seal| seal.hash.clone());
            seals.extend(seal_run(&last, second));
            prop_assert_eq!(seals, seal_run(GENESIS, &events));
        }
    }
}
