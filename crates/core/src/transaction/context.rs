//! When, for which request and by which dice a decision is made: everything that is not the view or the command.

use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, EventId, ID_RANDOM_BYTES};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::{Data, NewEvent, Resource};
use core::cell::Cell;
use sha2::{Digest, Sha256};

/// The circumstances of one request. The same moment gives the same decision for the same view.
#[derive(Debug)]
pub struct DecisionContext {
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

impl DecisionContext {
    /// `seed` must come from a cryptographic source and be fresh for each request.
    pub fn new(now: Timestamp, request_id: String, if_match: Option<IfMatch>, seed: [u8; 32]) -> Self {
        DecisionContext { now, request_id, if_match, epoch: RestoreEpoch::FIRST, seed, drawn: Cell::new(0), begun: Cell::new(None) }
    }

    /// The same in a deployment whose database was restored.
    #[must_use]
    pub fn in_epoch(self, epoch: RestoreEpoch) -> Self {
        DecisionContext { epoch, ..self }
    }

    /// Begins the same dice again, for deciding once more on a newer view. What was drawn before the first
    /// decision stays drawn: a secret made there must not come up again in an id.
    pub fn rewind_rng(&self) {
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
        let id = EventId::new(self.now, self.id_bytes());
        NewEvent::new(id, self.now, self.request_id.clone(), account, actor, action, resource, data)
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
}
