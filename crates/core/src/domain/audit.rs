//! The audit log as it is read: numbered events, each carrying the hash of the one before.
//!
//! INVARIANT (audit-chain): per account, events are append-only, numbered from 1 without gaps, and
//! `hash = SHA-256(canonical JSON of the event without hash)`, where the event holds `prev_hash`.

use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, EventId, InvitationId, UserId};
use crate::domain::name::Name;
use crate::domain::time::Timestamp;
use serde_json::{Map, Value, json};

pub use rolecall_audit::GENESIS;

/// An event as stored. Hashes are None until it is sealed.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the audit event of the HTTP contract")]
pub struct Event {
    pub id: EventId,
    pub account: AccountId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor_type: String,
    pub actor_id: String,
    pub actor_name: String,
    pub action: String,
    pub resource_type: String,
    pub resource_id: String,
    pub outcome: String,
    pub data: Map<String, Value>,
    pub request_id: String,
    pub prev_hash: Option<String>,
    pub hash: Option<String>,
}

/// Who did it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person, with the name they had.
    User(UserId, Name),
    /// An API key, with the name it has.
    ApiKey(ApiKeyId, Name),
    /// Who was invited, by the proof in their mail, without an account of their own.
    Invitee(InvitationId, Email),
}

/// The hashes that an event gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// The event's number in its account.
    pub seq: i64,
    /// The hash of the event before, or 64 zeros.
    pub prev_hash: String,
    /// The event's own hash.
    pub hash: String,
}

impl Event {
    /// The event as JSON with this `prev_hash`, without `hash`: what is hashed.
    fn unsealed(&self, prev_hash: &str) -> Map<String, Value> {
        let value = json!({
            "id": self.id.to_string(),
            "seq": self.seq,
            "at": self.at.to_string(),
            "actor": { "type": self.actor_type, "id": self.actor_id, "name": self.actor_name },
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

    /// The hashes of this event when it follows `prev_hash`: they depend on nothing else, so sealing can be repeated.
    pub fn seal(&self, prev_hash: &str) -> Seal {
        let canonical = Value::Object(self.unsealed(prev_hash)).to_string();
        Seal { seq: self.seq, prev_hash: prev_hash.to_owned(), hash: rolecall_audit::hash_event(&canonical) }
    }

    /// The whole event as canonical JSON, as exports and pages show it; hashes are null until sealed.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = self.unsealed("");
        map.insert("prev_hash".to_owned(), json!(self.prev_hash));
        map.insert("hash".to_owned(), json!(self.hash));
        map
    }
}

/// Seals a run of events that follow each other, given the hash before the first.
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

/// Gives a page's events the hashes that sealing will store, where the run of unsealed events reaches them.
/// False: the page has an event beyond the run.
pub fn fill(page: &mut [Event], prev_hash: &str, unsealed: &[Event]) -> bool {
    let seals = seal_run(prev_hash, unsealed);
    for event in page.iter_mut().filter(|event| event.hash.is_none()) {
        if let Some(seal) = seals.iter().find(|seal| seal.seq == event.seq) {
            event.prev_hash = Some(seal.prev_hash.clone());
            event.hash = Some(seal.hash.clone());
        }
    }
    page.iter().all(|event| event.hash.is_some())
}

/// What of a log is asked for; all that is given must match.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// The actor's id.
    pub actor: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// The resource's type.
    pub resource_type: Option<String>,
    /// The resource's id.
    pub resource_id: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Oldest first, for exports.
    pub ascending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64) -> Event {
        let mut data = Map::new();
        data.insert("role".to_owned(), json!("dev"));
        data.insert("a\"b".to_owned(), json!(["\u{1}", "é", "\u{7f}", "/"]));
        Event {
            id: EventId::from_bits(u128::try_from(seq).unwrap()),
            account: AccountId::from_bits(1),
            seq,
            at: Timestamp::from_millis(1_790_000_000_000 + seq),
            actor_type: "user".to_owned(),
            actor_id: "usr_1".to_owned(),
            actor_name: "Ann \u{1f600} <&>".to_owned(),
            action: "invitation.create".to_owned(),
            resource_type: "invitation".to_owned(),
            resource_id: "inv_1".to_owned(),
            outcome: "done".to_owned(),
            data,
            request_id: "r".to_owned(),
            prev_hash: None,
            hash: None,
        }
    }

    #[test]
    fn what_is_exported_is_what_the_verifier_accepts() {
        let mut events: Vec<Event> = (1..=3).map(event).collect();
        let seals = seal_run(rolecall_audit::GENESIS, &events);
        for (event, seal) in events.iter_mut().zip(&seals) {
            event.prev_hash = Some(seal.prev_hash.clone());
            event.hash = Some(seal.hash.clone());
        }
        let lines: Vec<String> = events.iter().map(|e| Value::Object(e.to_json()).to_string()).collect();
        for line in &lines {
            assert_eq!(rolecall_audit::canonical(line).as_deref(), Ok(line.as_str()));
        }
        assert_eq!(rolecall_audit::verify(&lines.join("\n")), Ok(3));
        let altered = lines.join("\n").replacen("dev", "admin", 1);
        assert!(rolecall_audit::verify(&altered).is_err());
    }
}
