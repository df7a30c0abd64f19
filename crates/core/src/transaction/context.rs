//! Request-scoped inputs of a decision: clock, request id, `If-Match`, restore epoch, random bytes.

use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, EventId, ID_RANDOM_BYTES};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::{EventData, NewEvent, Resource};
use core::cell::Cell;
use sha2::{Digest, Sha256};

/// Request-scoped inputs of a decision. The same context, snapshot and command give the same decision.
#[derive(Debug)]
pub struct DecisionContext {
    /// Time of the request.
    pub now: Timestamp,
    /// Request id of responses, logs and audit events.
    pub request_id: String,
    /// Parsed `If-Match` header.
    pub if_match: Option<IfMatch>,
    /// Restore epoch of the deployment.
    pub epoch: RestoreEpoch,
    seed: [u8; 32],
    drawn: Cell<u64>,
    begun: Cell<Option<u64>>,
}

/// Condition of an `If-Match` header (RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IfMatch {
    /// `*`: any current version.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Whether the condition holds for the current version; None: there is none.
    pub fn admits(&self, version: Option<i64>) -> bool {
        match (self, version) {
            (_, None) => false,
            (IfMatch::Any, Some(_)) => true,
            (IfMatch::Versions(versions), Some(version)) => versions.contains(&version),
        }
    }
}

impl DecisionContext {
    /// A context in the first restore epoch. `seed` must come from a cryptographic source and be fresh for each request.
    pub fn new(now: Timestamp, request_id: String, if_match: Option<IfMatch>, seed: [u8; 32]) -> Self {
        DecisionContext { now, request_id, if_match, epoch: RestoreEpoch::FIRST, seed, drawn: Cell::new(0), begun: Cell::new(None) }
    }

    /// Sets the restore epoch of the deployment.
    #[must_use]
    pub fn with_epoch(self, epoch: RestoreEpoch) -> Self {
        DecisionContext { epoch, ..self }
    }

    /// Rewinds the random bytes to the first call, so that a repeated decision on a newer snapshot draws the same. Bytes drawn
    /// before the first call are not repeated: a secret made of them must not recur in an id.
    pub fn rewind_rng(&self) {
        let begun = self.begun.get().unwrap_or(self.drawn.get());
        self.begun.set(Some(begun));
        self.drawn.set(begun);
    }

    /// 32 unpredictable bytes: SHA-256 of the seed and a counter.
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

    /// An audit event of this request by a user.
    pub fn event(&self, account: AccountId, actor: &User, action: &'static str, resource: Resource, data: EventData) -> NewEvent {
        self.event_by(account, Actor::User(actor.id, actor.name.clone()), action, resource, data)
    }

    /// An audit event of this request by any actor.
    pub fn event_by(&self, account: AccountId, actor: Actor, action: &'static str, resource: Resource, data: EventData) -> NewEvent {
        let id = EventId::new(self.now, self.id_bytes());
        NewEvent::new(id, self.now, self.request_id.clone(), account, actor, action, resource, data, || self.salt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciding_again_draws_the_same_and_never_what_was_drawn_before_the_first_decision() {
        let ctx = DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [7; 32]);
        let secret = ctx.random();
        let decide = || [ctx.random(), ctx.random()];
        ctx.rewind_rng();
        let first = decide();
        ctx.rewind_rng();
        assert_eq!(decide(), first);
        assert!(!first.contains(&secret));
        ctx.random();
        ctx.rewind_rng();
        assert_eq!(decide(), first, "what a decision drew on top of that is drawn again too");
    }

    #[test]
    fn if_match_admits_a_named_version_or_any_and_nothing_that_is_absent() {
        let named = IfMatch::Versions(vec![1, 3]);
        assert_eq!([Some(1), Some(2), Some(3), None].map(|version| named.admits(version)), [true, false, true, false]);
        assert_eq!([Some(2), None].map(|version| IfMatch::Any.admits(version)), [true, false]);
        assert!(!IfMatch::Versions(Vec::new()).admits(Some(1)));
    }

    #[test]
    fn each_draw_differs_and_depends_on_the_seed() {
        let drawn = |seed: u8| {
            let ctx = DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [seed; 32]);
            [ctx.id_bytes().to_vec(), ctx.id_bytes().to_vec(), ctx.salt().to_vec()]
        };
        assert_eq!(drawn(1), drawn(1));
        let [first, second, salt] = drawn(1);
        assert!(first != second && !salt.starts_with(&second));
        assert!(drawn(1).iter().zip(&drawn(2)).all(|(one, other)| one != other));
    }

    #[test]
    fn the_restore_epoch_changes_nothing_else() {
        let ctx = DecisionContext::new(Timestamp::from_millis(5), "r".to_owned(), Some(IfMatch::Any), [1; 32]);
        let first = ctx.random();
        ctx.rewind_rng();
        let restored = ctx.with_epoch(RestoreEpoch::restore(2));
        assert_eq!((restored.now.millis(), restored.if_match.clone(), restored.epoch.number()), (5, Some(IfMatch::Any), 2));
        assert_ne!(restored.random(), first, "the draws go on");
    }
}
