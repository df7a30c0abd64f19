//! Ports of the use cases: traits that `store` and `worker` implement.
//!
//! All methods are asynchronous I/O. After a [`Fault`] of a write, whether it took effect is unknown.

use crate::error::Fault;
use rolecall_core::credential::oidc::issuer_token::{PendingSignature, SignatureResult};
use rolecall_core::credential::webauthn::PendingAssertion;
use rolecall_core::domain::audit::{Event, Seal};
use rolecall_core::domain::id::{AccountId, ApiKeyId, MailId, SessionId};
use rolecall_core::domain::mail::Mail;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::audit_event::NewEvent;
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::{Lookup, Snapshot};

/// Data to be loaded in one round trip as a consistent snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Load {
    /// Credential of the request.
    pub credential: Option<Credential>,
    /// Idempotency key whose prior responses are loaded, with the anonymous principal (`network:…`); None: no prior response.
    pub replay: Option<(String, String)>,
    /// Lookups of the decision.
    pub lookups: Vec<Lookup>,
}

/// A response that was stored under an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriorResponse {
    /// Fingerprint of the request that the response belongs to.
    pub fingerprint: String,
    /// Form of the response, see `StoredResponse::kind`.
    pub kind: String,
    /// Body of the response, without secrets.
    pub body: String,
}

/// Prior responses under one idempotency key, each with the principal of its record: the owner of the credential, or the anonymous
/// principal. At most two.
pub type PriorResponses = Vec<(String, PriorResponse)>;

/// A response to be stored under an idempotency key, in the transaction of the change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRecord {
    /// Owner of the key: the id of a user or an API key, or `network:` and the client network.
    pub principal: String,
    /// Idempotency key of the request.
    pub key: String,
    /// Response to be replayed.
    pub response: PriorResponse,
    /// Time of the request, from which the record expires.
    pub at: Timestamp,
}

/// Error of a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitError {
    /// A precondition or a constraint of the schema does not hold: nothing was written. The decision must be repeated.
    Stale,
    /// The store failed; the change may have been committed.
    Fault(Fault),
}

impl core::fmt::Display for CommitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            CommitError::Stale => f.write_str("a precondition no longer holds"),
            CommitError::Fault(fault) => write!(f, "the store failed: {fault}"),
        }
    }
}

impl core::error::Error for CommitError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            CommitError::Stale => None,
            CommitError::Fault(fault) => Some(fault),
        }
    }
}

/// A denial to be recorded, unless an equal one of the same actor was recorded since `since`.
#[derive(Clone, PartialEq, Debug)]
pub struct DeniedAttempt {
    /// Event of the denied action.
    pub attempt: NewEvent,
    /// Event that is recorded instead, once, if the limits are reached.
    pub limit: NewEvent,
    /// Start of the window.
    pub since: Timestamp,
    /// Maximum number of different denials per actor in the window, besides the first of each action.
    pub max: i64,
    /// Maximum number of different denials per account in the window, besides the first of each actor and action.
    pub account_max: i64,
}

/// Loads snapshots for decisions and commits their changes.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Store {
    /// Loads everything in one transaction and one round trip.
    ///
    /// # Errors
    ///
    /// A fault of the store; a load changes nothing.
    async fn load(&self, load: &Load) -> Result<(Snapshot, PriorResponses), Fault>;
    /// Commits effects, events and record in one transaction and one round trip, or nothing if a precondition does not hold.
    ///
    /// # Errors
    ///
    /// [`CommitError`].
    async fn commit(&self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError>;
    /// Records a denial within its limits.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn record_denial(&self, denied: &DeniedAttempt) -> Result<(), Fault>;
}

/// Seals the audit log.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait SealStore {
    /// The first events of an account without a hash, in order and at most `limit`, and the hash before them.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn unsealed(&self, account: AccountId, limit: u32) -> Result<(String, Vec<Event>), Fault>;
    /// Writes the hashes of events that have none.
    ///
    /// # Errors
    ///
    /// A fault of the store; the call can be repeated.
    async fn seal(&self, account: AccountId, seals: &[Seal]) -> Result<(), Fault>;
    /// Accounts that have events without a hash, at most `limit`.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn unsealed_accounts(&self, limit: u32) -> Result<Vec<AccountId>, Fault>;
}

/// Reads the minimum version of an account's permission tokens, and which accounts are due to be published.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait MinTokenVersionStore {
    /// Minimum token version of an account; the lowest version of the restore epoch (0 in the first) if no right was ever
    /// revoked in it, or if there is no such account.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn min_token_version(&self, account: AccountId) -> Result<i64, Fault>;
    /// Marks this version as published, if it is still the present one, and returns the present version, which may be higher.
    ///
    /// # Errors
    ///
    /// A fault of the store; the call can be repeated.
    async fn mark_cached(&self, account: AccountId, min_version: i64) -> Result<i64, Fault>;
    /// Accounts whose version is to be published, at most `limit`, those that have been due longest first.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn min_token_versions_due(&self, limit: u32) -> Result<Vec<AccountId>, Fault>;
}

/// Cache from which gateways read minimum token versions: eventually consistent, and possibly incomplete.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait TokenVersionCache {
    /// Writes the version of an account, whatever the cache holds.
    ///
    /// # Errors
    ///
    /// A fault of the cache.
    async fn put(&self, account: AccountId, min_version: i64) -> Result<(), Fault>;
    /// Waits for the minimum interval between two writes of one key.
    async fn pause(&self);
}

/// Verifies RSA signatures, which no crate of ours does.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait RsaVerifier {
    /// Whether the signature of an assertion is one of its key over its message (RSASSA-PKCS1-v1_5 with SHA-256).
    ///
    /// # Errors
    ///
    /// A fault of the platform.
    async fn verify(&self, assertion: &PendingAssertion) -> Result<bool, Fault>;
}

/// A request to another service: POST with a form, or GET without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboundRequest {
    /// Absolute URL.
    pub url: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Form of a POST.
    pub form: Option<String>,
    /// Maximum number of bytes of the response; a longer one is a fault.
    pub max: usize,
}

/// A response of another service. A redirect is not followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboundResponse {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl OutboundResponse {
    /// Whether the other service failed, by the class of the status (RFC 9110 section 15.6).
    pub fn is_server_error(&self) -> bool {
        self.status / 100 == 5
    }
}

/// Sign-in providers and trusted issuers over the network.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait IssuerNetwork {
    /// Sends a request and reads the response, within a few seconds.
    ///
    /// # Errors
    ///
    /// A fault of the network or of the other service, also for a response that is too long or too slow.
    async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, Fault>;
    /// Verifies the signature of a token.
    ///
    /// # Errors
    ///
    /// A fault of the platform.
    async fn verify(&self, token: &PendingSignature) -> Result<SignatureResult, Fault>;
}

/// A claimed item of a delivery queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimedItem<I, T> {
    /// Id of the item.
    pub id: I,
    /// Content to be sent.
    pub item: T,
    /// Number of failed attempts before this one.
    pub attempts: i64,
}

/// A queue of items for delivery at least once.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait DeliveryQueue {
    /// Id of an item.
    type Id: Copy;
    /// Content of an item.
    type Item;
    /// Claims items that are due at `now`, at most `limit`. They are not due again before `until`.
    ///
    /// # Errors
    ///
    /// A fault of the queue.
    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<ClaimedItem<Self::Id, Self::Item>>, Fault>;
    /// Marks items as delivered at `now`, so that they are never due again.
    ///
    /// # Errors
    ///
    /// A fault of the queue.
    async fn mark_delivered(&self, ids: &[Self::Id], now: Timestamp) -> Result<(), Fault>;
    /// Counts a failed attempt. The item is due again at `next`; None: it is given up. `reason` is for the log.
    ///
    /// # Errors
    ///
    /// A fault of the queue.
    async fn record_failure(&self, id: Self::Id, next: Option<Timestamp>, reason: &str) -> Result<(), Fault>;
}

/// The outbox of mails.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait OutboxStore: DeliveryQueue<Id = MailId, Item = Mail> {
    /// The newest mails, to one address or to all, at most `limit`: for the development outbox.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn recent(&self, to: Option<&str>, limit: u32) -> Result<Vec<Mail>, Fault>;
}

/// Credential whose time of last use is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum UsedCredential {
    /// A session.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// Maintenance that runs after the response or in the scheduled handler.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait MaintenanceStore {
    /// Writes the time of last use; an earlier time than the stored one is ignored.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn record_last_use(&self, used: UsedCredential, now: Timestamp) -> Result<(), Fault>;
    /// Deletes expired rows (sessions, sign-ups, resets, idempotency records, delivered mails, counters of failed sign-ins, ended API
    /// keys), and ends invitations and API keys that expired long ago.
    ///
    /// # Errors
    ///
    /// A fault of the store; the next call continues.
    async fn purge(&self, now: Timestamp) -> Result<(), Fault>;
    /// Checks that the store is reachable.
    ///
    /// # Errors
    ///
    /// A fault of the store.
    async fn ping(&self) -> Result<(), Fault>;
}
