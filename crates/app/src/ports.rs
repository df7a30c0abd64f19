//! What use cases need from the outside: small ports, each implemented by `store`.

use crate::error::Fault;
use rolecall_core::domain::audit::{Event, Seal};
use rolecall_core::domain::id::{AccountId, ApiKeyId, MailId, SessionId};
use rolecall_core::domain::mail::Mail;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::audit_event::NewEvent;
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::Lookup;
use rolecall_core::transaction::lookup::Snapshot;

/// A consistent picture to be loaded in one round trip.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Load {
    /// What the caller shows.
    pub credential: Option<Credential>,
    /// The key whose earlier answers are looked for, and whose it is if nobody is signed in.
    pub replay: Option<(String, String)>,
    /// What else.
    pub lookups: Vec<Lookup>,
}

/// An answer that was given before under an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriorResponse {
    /// What identified the request.
    pub fingerprint: String,
    /// What kind of answer.
    pub kind: String,
    /// The answer, without secrets.
    pub body: String,
}

/// Earlier answers under one idempotency key, each with whose key it was: the credential's owner's, the network's.
pub type PriorResponses = Vec<(String, PriorResponse)>;

/// An answer to be kept under an idempotency key, in the same batch as its effects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRecord {
    /// Whose key: a user id, an API key's, or a network.
    pub principal: String,
    /// The caller's key.
    pub key: String,
    /// The answer.
    pub response: PriorResponse,
    /// When.
    pub at: Timestamp,
}

/// Why a change was not committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitError {
    /// A fact no longer held, or a constraint of the schema said so: nothing was changed.
    Stale,
    /// Machinery failed; it may have been committed all the same.
    Fault(Fault),
}

/// A refused attempt to be recorded, unless the same actor was refused the same on the same since `since`.
#[derive(Clone, PartialEq, Debug)]
pub struct DeniedAttempt {
    /// The attempt.
    pub attempt: NewEvent,
    /// Recorded once instead, where the actor was refused `max` different attempts since then.
    pub limit: NewEvent,
    /// The beginning of the period.
    pub since: Timestamp,
    /// Attempts of one actor that are told apart in a period, beside the first of each action.
    pub max: i64,
    /// The same for the whole account, whoever tries.
    pub account_max: i64,
}

/// Loading for decisions, and committing what was decided.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Store {
    /// Loads everything in one batch, which is one transaction.
    async fn load(&self, load: &Load) -> Result<(Snapshot, PriorResponses), Fault>;
    /// Commits facts, effects, events and record in one batch, or nothing of it.
    async fn commit(&self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError>;
    /// Records a refused attempt.
    async fn record_denial(&self, denied: &DeniedAttempt) -> Result<(), Fault>;
}

/// Sealing the audit log.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait SealStore {
    /// The first events of an account that have no hash, in order, and the hash before them.
    async fn unsealed(&self, account: AccountId, limit: u32) -> Result<(String, Vec<Event>), Fault>;
    /// Writes hashes where there are none yet.
    async fn seal(&self, account: AccountId, seals: &[Seal]) -> Result<(), Fault>;
    /// Accounts that have events without a hash.
    async fn unsealed_accounts(&self, limit: u32) -> Result<Vec<AccountId>, Fault>;
}

/// The version that an account's permission tokens must have at least, as the database knows it.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait MinTokenVersionStore {
    /// The account's floor; 0 where no right was ever withdrawn.
    async fn min_token_version(&self, account: AccountId) -> Result<i64, Fault>;
    /// Notes that this floor stands on the shelf, and answers the account's floor now, which may be higher.
    async fn mark_cached(&self, account: AccountId, min_version: i64) -> Result<i64, Fault>;
    /// Accounts whose floor is not on the shelf yet, those that have waited longest first.
    async fn min_token_versions_due(&self, limit: u32) -> Result<Vec<AccountId>, Fault>;
}

/// Where gateways all over the world read floors: a copy that may be late, old or lost.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait TokenVersionCache {
    /// Writes an account's floor over whatever stands there.
    async fn put(&self, account: AccountId, min_version: i64) -> Result<(), Fault>;
    /// Waits as long as the shelf wants to be left alone between two writes of one floor.
    async fn pause(&self);
}

/// An item of a delivery queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queued<I, T> {
    /// The item's id.
    pub id: I,
    /// The item.
    pub item: T,
    /// Earlier attempts to deliver it.
    pub attempts: i64,
}

/// A queue of items to be delivered at least once.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait DeliveryQueue {
    /// Identifies an item.
    type Id: Copy;
    /// What is delivered.
    type Item;
    /// Claims due items for one delivery: no other gets them before `until`.
    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Queued<Self::Id, Self::Item>>, Fault>;
    /// Marks items as delivered.
    async fn delivered(&self, ids: &[Self::Id], now: Timestamp) -> Result<(), Fault>;
    /// Returns an item to the queue for `next`; None gives it up.
    async fn undelivered(&self, id: Self::Id, next: Option<Timestamp>, reason: &str) -> Result<(), Fault>;
}

/// The outbox of mails.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait OutboxStore: DeliveryQueue<Id = MailId, Item = Mail> {
    /// The newest mails, to one address or to all, for the development outbox.
    async fn recent(&self, to: Option<&str>, limit: u32) -> Result<Vec<Mail>, Fault>;
}

/// Something whose last use is written down.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LastUse {
    /// A session.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// Upkeep that no answer waits for.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait MaintenanceStore {
    /// Writes the last use of a session or key.
    async fn record_last_use(&self, used: LastUse, now: Timestamp) -> Result<(), Fault>;
    /// Deletes what has run out: sessions, sign-ups, resets, idempotency records, delivered mail, old counts.
    async fn purge(&self, now: Timestamp) -> Result<(), Fault>;
    /// Whether the store answers at all.
    async fn ping(&self) -> Result<(), Fault>;
}
