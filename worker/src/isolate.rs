//! What the requests of an isolate share: configuration and caches. It contains no data of a request.

use crate::config::Config;
use core::cell::RefCell;
use rolecall_core::credential::permission_token::VerifiedTokens;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Job that one request of an isolate runs on behalf of concurrent ones.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SharedJob {
    /// Sealing the audit log of an account.
    Seal(AccountId),
    /// Delivering the outbox.
    Mail,
}

/// Claimed jobs, with the time of the claim and whether the job was requested again since.
pub type ClaimedJobs = BTreeMap<SharedJob, (Timestamp, bool)>;

/// State of an isolate.
pub struct Isolate {
    /// Configuration of the deployment.
    pub config: Rc<Config>,
    /// Tokens that were verified, by hash. They cannot be recovered from it.
    pub verified_tokens: RefCell<VerifiedTokens>,
    /// Minimum token versions with the time at which they were read from KV.
    pub token_versions: RefCell<BTreeMap<AccountId, (Timestamp, Option<i64>)>>,
    /// Jobs that a request has claimed.
    pub claimed_jobs: RefCell<ClaimedJobs>,
}

impl Isolate {
    /// The state of a new isolate.
    pub fn new(config: Rc<Config>) -> Self {
        Isolate {
            config,
            verified_tokens: RefCell::new(VerifiedTokens::new()),
            token_versions: RefCell::default(),
            claimed_jobs: RefCell::default(),
        }
    }
}
