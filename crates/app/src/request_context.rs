//! What use cases are given: the application's parts, and the one request at hand.

use crate::error::Fault;
use crate::hashing::HashQueue;
use crate::ports::LastUse;
use core::cell::{Cell, RefCell};
use core::fmt;
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::password::Pepper;
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::DecisionContext;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// The parts that live longer than a request.
#[derive(Debug)]
pub struct App<'a, S> {
    /// Where everything is kept.
    pub store: &'a S,
    /// The policy and what Rolecall asks of it.
    pub config: &'a PolicyConfig,
    /// Keys behind links, cursors and hashes.
    pub keys: &'a Keyring,
    /// Secret part of password hashes, where the deployment has one.
    pub pepper: Option<&'a Pepper>,
    /// Where password hashes wait for their turn.
    pub hashes: &'a HashQueue,
}

/// The caller's wish that sending a request again changes nothing again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// What identifies the request: method, path and body, hashed.
    pub fingerprint: String,
}

/// What is left to do once the answer is on its way.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeferredWork {
    /// Accounts whose log has new events to seal.
    pub seal: Vec<AccountId>,
    /// Accounts in which rights may have been withdrawn.
    pub min_token_versions: Vec<AccountId>,
    /// Whether a mail waits in the outbox.
    pub mail: bool,
    /// A session or key whose last use is to be written.
    pub last_use: Option<LastUse>,
}

/// Says whether somebody who has just been recognised may go on now, or has asked too often.
type AllowCaller = dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<bool, Fault>>>>;

/// Counts requests by who sends them: a user from whatever networks and sessions, an API key. Asked once in a request, as soon
/// as the first load has told who it is, and before anything is decided for them.
#[derive(Clone, Default)]
pub struct CallerRateLimit(Option<Rc<AllowCaller>>);

impl CallerRateLimit {
    /// Seconds after which somebody who asked too often may ask again.
    pub const PERIOD_SECONDS: u64 = 60;

    /// One that asks this.
    pub fn new(allow: impl Fn(String) -> Pin<Box<dyn Future<Output = Result<bool, Fault>>>> + 'static) -> Self {
        CallerRateLimit(Some(Rc::new(allow)))
    }

    /// Whether this caller may go on.
    pub(crate) async fn allows(&self, log_subject: String) -> Result<bool, Fault> {
        match &self.0 {
            Some(allow) => allow(log_subject).await,
            None => Ok(true),
        }
    }
}

impl fmt::Debug for CallerRateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "CallerRateLimit(on)" } else { "CallerRateLimit(off)" })
    }
}

/// One request.
#[derive(Debug)]
pub struct RequestContext {
    /// When, which, by which dice.
    pub ctx: DecisionContext,
    /// What the caller shows; every use case of `/v1` takes sessions only.
    pub credential: Option<Credential>,
    /// Whether and how the request is to be replayed.
    pub idempotency: Option<Idempotency>,
    /// The network that the request comes from, for brakes and for the keys of callers who are not signed in.
    pub network: String,
    /// The browser's own words.
    pub user_agent: String,
    /// The presented token of a known device.
    pub device: Option<String>,
    /// Counts who sends it.
    pub caller_rate_limit: RefCell<CallerRateLimit>,
    /// What is left to do after the answer.
    pub deferred: RefCell<DeferredWork>,
    /// Who it is, for the log: an id, or for who is not known yet the tag of the email that they gave.
    pub log_subject: RefCell<Option<String>>,
    /// How often the change was decided; above 1 a fact was lost in between.
    pub tries: Cell<u32>,
}

impl RequestContext {
    /// A request that nothing has been done for.
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
            caller_rate_limit: RefCell::default(),
            deferred: RefCell::default(),
            log_subject: RefCell::default(),
            tries: Cell::new(0),
        }
    }

    /// The same with the token of a device that is known from earlier.
    #[must_use]
    pub fn with_device_cookie(self, device: Option<String>) -> Self {
        RequestContext { device, ..self }
    }

    /// The same, counted by who sends it.
    #[must_use]
    pub fn with_rate_limit(self, caller_rate_limit: CallerRateLimit) -> Self {
        RequestContext { caller_rate_limit: RefCell::new(caller_rate_limit), ..self }
    }

    /// Remembers an email for the log, as a tag that tells it from others and not what it is.
    pub(crate) fn identify_by_email(&self, keys: &Keyring, email: &Email) {
        let mac = keys.mac(keys.current(), "log-email", &[email.as_str().as_bytes()]).unwrap_or_default();
        let tag = mac.first_chunk().copied().map_or(0, u64::from_be_bytes);
        *self.log_subject.borrow_mut() = Some(format!("email:{tag:016x}"));
    }

    /// Whose idempotency keys these are while nobody is signed in.
    pub fn anonymous_principal(&self) -> String {
        format!("network:{}", self.network)
    }
}
