//! What use cases are given: the application's parts, and the one request at hand.

use crate::hashing::HashQueue;
use crate::ports::Used;
use core::cell::{Cell, RefCell};
use rolecall_core::email::Email;
use rolecall_core::id::AccountId;
use rolecall_core::moment::Moment;
use rolecall_core::password::Pepper;
use rolecall_core::principal::Credential;
use rolecall_core::rules::Rules;
use rolecall_core::secret::Keyring;

/// The parts that live longer than a request.
#[derive(Debug)]
pub struct App<'a, S> {
    /// Where everything is kept.
    pub store: &'a S,
    /// The policy and what Rolecall asks of it.
    pub rules: &'a Rules,
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
pub struct After {
    /// Accounts whose log has new events to seal.
    pub seal: Vec<AccountId>,
    /// Accounts in which rights may have been withdrawn.
    pub floors: Vec<AccountId>,
    /// Whether a mail waits in the outbox.
    pub mail: bool,
    /// A session or key whose last use is to be written.
    pub touch: Option<Used>,
}

/// One request.
#[derive(Debug)]
pub struct Call {
    /// When, which, by which dice.
    pub moment: Moment,
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
    /// What is left to do after the answer.
    pub after: RefCell<After>,
    /// Who it is, for the log: an id, or for who is not known yet the tag of the email that they gave.
    pub who: RefCell<Option<String>>,
    /// How often the change was decided; above 1 a fact was lost in between.
    pub tries: Cell<u32>,
}

impl Call {
    /// A request that nothing has been done for.
    pub fn new(
        moment: Moment,
        credential: Option<Credential>,
        idempotency: Option<Idempotency>,
        network: String,
        user_agent: String,
    ) -> Self {
        Call {
            moment,
            credential,
            idempotency,
            network,
            user_agent,
            device: None,
            after: RefCell::default(),
            who: RefCell::default(),
            tries: Cell::new(0),
        }
    }

    /// The same with the token of a device that is known from earlier.
    #[must_use]
    pub fn from_device(self, device: Option<String>) -> Self {
        Call { device, ..self }
    }

    /// Remembers an email for the log, as a tag that tells it from others and not what it is.
    pub(crate) fn comes_as(&self, keys: &Keyring, email: &Email) {
        let mac = keys.mac(keys.current(), "log-email", &[email.as_str().as_bytes()]).unwrap_or_default();
        let tag = mac.first_chunk().copied().map_or(0, u64::from_be_bytes);
        *self.who.borrow_mut() = Some(format!("email:{tag:016x}"));
    }

    /// Whose idempotency keys these are while nobody is signed in.
    pub fn anonymous_principal(&self) -> String {
        format!("network:{}", self.network)
    }
}
