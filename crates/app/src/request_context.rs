//! Context of one request, as use cases get it.

use crate::error::Fault;
use crate::hash_queue::Pause;
use crate::ports::UsedCredential;
use core::cell::{Cell, RefCell};
use core::fmt;
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::DecisionContext;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Idempotency key of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// Value of the header `Idempotency-Key`.
    pub key: String,
    /// Hash of method, path and body: a stored response is replayed to an equal request only.
    pub fingerprint: String,
}

/// Work that follows the response.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeferredWork {
    /// Accounts with new audit events to seal; may have duplicates.
    pub seal: Vec<AccountId>,
    /// Accounts in which rights may have been revoked, whose minimum token version is to be published.
    pub min_token_versions: Vec<AccountId>,
    /// Whether a mail was added to the outbox.
    pub mail: bool,
    /// Session or API key whose last use is to be written.
    pub last_use: Option<UsedCredential>,
}

/// Counts a request of this caller, and returns whether it is within the rate limit.
type AllowCaller = dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<bool, Fault>>>>;

/// Rate limit per caller: a user across networks and sessions, or an API key. It is checked once per request, after the first load
/// has resolved the credential and before the decision. The default has no limit.
#[derive(Clone, Default)]
pub struct CallerRateLimiter(Option<Rc<AllowCaller>>);

impl CallerRateLimiter {
    /// `Retry-After` of a refused request in seconds.
    pub const PERIOD_SECONDS: u64 = 60;

    /// A rate limit by a function of the caller: `user:` or `key:` and the id. It returns whether the request is allowed.
    pub fn new(allow: impl Fn(String) -> Pin<Box<dyn Future<Output = Result<bool, Fault>>>> + 'static) -> Self {
        CallerRateLimiter(Some(Rc::new(allow)))
    }

    /// Counts a request of this caller, and returns whether it is allowed.
    pub(crate) async fn allows(&self, caller: String) -> Result<bool, Fault> {
        match &self.0 {
            Some(allow) => allow(caller).await,
            None => Ok(true),
        }
    }
}

impl fmt::Debug for CallerRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "CallerRateLimiter(on)" } else { "CallerRateLimiter(off)" })
    }
}

/// Context of one request.
#[derive(Debug)]
pub struct RequestContext {
    /// Inputs of the decision: clock, request id, `If-Match`, random bytes.
    pub ctx: DecisionContext,
    /// Credential of the request. Use cases of `/v1` accept sessions only.
    pub credential: Option<Credential>,
    /// Idempotency key, if the request has one.
    pub idempotency: Option<Idempotency>,
    /// Client network, for rate limits and for the idempotency keys of anonymous callers.
    pub network: String,
    /// Value of the header `User-Agent`.
    pub user_agent: String,
    /// Device cookie of the browser.
    pub device: Option<String>,
    /// Rate limit of the caller; taken by its first check.
    pub caller_rate_limiter: RefCell<CallerRateLimiter>,
    /// How the request yields to the event loop before it computes a password hash.
    pub pause: Pause,
    /// Work that follows the response.
    pub deferred: RefCell<DeferredWork>,
    /// Subject of log lines: the id of the user or API key, or a tag of the email of a sign-in.
    pub log_subject: RefCell<Option<String>>,
    /// What the idempotency records of an anonymous request are bound to beside its network: a mark of the cookie that a short code came with.
    pub idempotency_binding: RefCell<String>,
    /// Number of decisions that led to a commit: above 1, commits were stale.
    pub tries: Cell<u32>,
}

impl RequestContext {
    /// A request without device cookie and without a rate limit.
    pub fn new(
        ctx: DecisionContext,
        credential: Option<Credential>,
        idempotency: Option<Idempotency>,
        network: String,
        user_agent: String,
    ) -> Self {
        RequestContext {
            ctx,
            credential,
            idempotency,
            network,
            user_agent,
            device: None,
            caller_rate_limiter: RefCell::default(),
            pause: Pause::default(),
            deferred: RefCell::default(),
            log_subject: RefCell::default(),
            idempotency_binding: RefCell::default(),
            tries: Cell::new(0),
        }
    }

    /// Sets the device cookie.
    #[must_use]
    pub fn with_device_cookie(self, device: Option<String>) -> Self {
        RequestContext { device, ..self }
    }

    /// Sets the rate limit per caller.
    #[must_use]
    pub fn with_rate_limit(self, caller_rate_limiter: CallerRateLimiter) -> Self {
        RequestContext { caller_rate_limiter: RefCell::new(caller_rate_limiter), ..self }
    }

    /// Sets how the request yields to the event loop.
    #[must_use]
    pub fn with_pause(self, pause: Pause) -> Self {
        RequestContext { pause, ..self }
    }

    /// Sets the log subject to a keyed hash of an email, so that the log distinguishes emails without containing them.
    pub(crate) fn set_log_subject_by_email(&self, keys: &Keyring, email: &Email) {
        let mac = keys.mac(keys.current(), "log-email", &[email.as_str().as_bytes()]).unwrap_or_default();
        let tag = mac.first_chunk().copied().map_or(0, u64::from_be_bytes);
        *self.log_subject.borrow_mut() = Some(format!("email:{tag:016x}"));
    }

    /// Binds the idempotency keys of this request to a cookie that it was sent with, of which `mark` tells nothing. Where a body holds no more
    /// than a short code, its retry must prove the cookie too: otherwise whoever learns the key could guess the code without being counted.
    pub(crate) fn bind_idempotency(&self, mark: &str) {
        mark.clone_into(&mut self.idempotency_binding.borrow_mut());
    }

    /// Owner of the idempotency keys of requests without a valid credential: `network:` and the client network, and what they are bound to.
    pub fn anonymous_idempotency_owner(&self) -> String {
        let binding = self.idempotency_binding.borrow();
        let separator = if binding.is_empty() { "" } else { "|" };
        format!("network:{}{separator}{binding}", self.network)
    }
}
