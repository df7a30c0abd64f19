//! The fake store: a team in memory, a script of failures, and a log of what was asked of it.

use super::snapshot_slots::copy_slots;
use crate::error::Fault;
use crate::ports::{CommitError, DeniedAttempt, IdempotencyRecord, Load, PriorResponse, PriorResponses, Store};
use core::cell::RefCell;
use rolecall_core::testing::Team;
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::Snapshot;
use rolecall_core::transaction::snapshot_values::ResolvedCredential;
use std::collections::{BTreeMap, VecDeque};

/// A change that another request makes to the fake store.
type ConcurrentChange = Box<dyn FnOnce(&mut State)>;

/// Result of a commit by the script; a commit beyond the script succeeds.
enum Step {
    /// The commit is stale: a concurrent change comes first, and nothing of this one is written.
    Stale(ConcurrentChange),
    /// The store fails, and nothing is written.
    Fault,
    /// Everything is written, and the reply is lost.
    LostReply,
}

/// The contents of the fake store.
pub(crate) struct State {
    pub(crate) team: Team,
    pub(crate) records: BTreeMap<(String, String), PriorResponse>,
}

/// A store in memory that follows a script.
pub(crate) struct FakeStore {
    state: RefCell<State>,
    script: RefCell<VecDeque<Step>>,
    failing_load: Option<usize>,
    denials_fail: bool,
    loads: RefCell<Vec<Load>>,
    commit_attempts: RefCell<Vec<ChangeSet>>,
    commits: RefCell<Vec<(ChangeSet, Option<IdempotencyRecord>)>>,
    denials: RefCell<Vec<DeniedAttempt>>,
}

impl FakeStore {
    /// A store of one team, in which everything succeeds.
    pub(crate) fn new(team: Team) -> Self {
        FakeStore {
            state: RefCell::new(State { team, records: BTreeMap::new() }),
            script: RefCell::default(),
            failing_load: None,
            denials_fail: false,
            loads: RefCell::default(),
            commit_attempts: RefCell::default(),
            commits: RefCell::default(),
            denials: RefCell::default(),
        }
    }

    fn then(self, step: Step) -> Self {
        self.script.borrow_mut().push_back(step);
        self
    }

    /// Lets the next `count` commits be stale, though nothing changes.
    pub(crate) fn with_stale_commits(self, count: usize) -> Self {
        (0..count).fold(self, |store, _| store.with_concurrent_change(|_| {}))
    }

    /// Lets the next commit be stale because of a concurrent change.
    pub(crate) fn with_concurrent_change(self, change: impl FnOnce(&mut State) + 'static) -> Self {
        self.then(Step::Stale(Box::new(change)))
    }

    /// Lets the next commit fail without effect.
    pub(crate) fn commit_fails(self) -> Self {
        self.then(Step::Fault)
    }

    /// Lets the next commit take effect and fail.
    pub(crate) fn reply_is_lost(self) -> Self {
        self.then(Step::LostReply)
    }

    /// Lets a load fail; 0 is the first.
    pub(crate) fn load_fails(self, index: usize) -> Self {
        FakeStore { failing_load: Some(index), ..self }
    }

    /// Lets recording of denials fail.
    pub(crate) fn denials_fail(self) -> Self {
        FakeStore { denials_fail: true, ..self }
    }

    /// Stores a response under the idempotency key `key-1` of a principal.
    pub(crate) fn prior_response(self, principal: impl ToString, fingerprint: &str, body: &str) -> Self {
        self.state.borrow_mut().insert_response(principal, fingerprint, body);
        self
    }

    /// Replaces the credential of the following requests.
    pub(crate) fn sign_in_as(&self, caller: &str) {
        let mut state = self.state.borrow_mut();
        state.team = state.team.clone().as_caller(caller);
    }

    /// The loads so far.
    pub(crate) fn recorded_loads(&self) -> Vec<Load> {
        self.loads.borrow().clone()
    }

    /// The changes that were to be committed so far, stale and failed ones too.
    pub(crate) fn commit_attempts(&self) -> Vec<ChangeSet> {
        self.commit_attempts.borrow().clone()
    }

    /// The changes that were committed so far, with their records.
    pub(crate) fn commits(&self) -> Vec<(ChangeSet, Option<IdempotencyRecord>)> {
        self.commits.borrow().clone()
    }

    /// The denials that were recorded so far.
    pub(crate) fn denials(&self) -> Vec<DeniedAttempt> {
        self.denials.borrow().clone()
    }
}

impl State {
    /// Stores a response under the idempotency key `key-1` of a principal.
    pub(crate) fn insert_response(&mut self, principal: impl ToString, fingerprint: &str, body: &str) {
        let response = PriorResponse { fingerprint: fingerprint.to_owned(), kind: "ok".to_owned(), body: body.to_owned() };
        self.records.insert((principal.to_string(), "key-1".to_owned()), response);
    }

    /// Writes a change and its record; a second record under one key violates a constraint, as in the schema.
    fn write(&mut self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError> {
        if let Some(record) = record {
            let key = (record.principal.clone(), record.key.clone());
            if self.records.contains_key(&key) {
                return Err(CommitError::Stale);
            }
            self.records.insert(key, record.response.clone());
        }
        self.team.apply(change);
        Ok(())
    }
}

/// The principals under which a load finds responses: the anonymous one, and the owner of the credential.
fn principals(anonymous: &str, credential: &ResolvedCredential) -> Vec<String> {
    let owner = match credential {
        ResolvedCredential::Session(Some((_, user))) | ResolvedCredential::Token(Some(user)) => Some(user.id.to_string()),
        ResolvedCredential::ApiKey(Some(key)) => Some(key.id.to_string()),
        _ => None,
    };
    owner.into_iter().chain([anonymous.to_owned()]).collect()
}

impl Store for FakeStore {
    async fn load(&self, load: &Load) -> Result<(Snapshot, PriorResponses), Fault> {
        let index = self.loads.borrow().len();
        self.loads.borrow_mut().push(load.clone());
        if self.failing_load == Some(index) {
            return Err(Fault::new("the load failed"));
        }
        let state = self.state.borrow();
        let stored = state.team.load();
        let credential = load.credential.as_ref().map_or(ResolvedCredential::None, |_| stored.credential.clone());
        let mut loaded = Snapshot { credential, ..Snapshot::default() };
        for lookup in &load.lookups {
            copy_slots(lookup, &stored, &mut loaded);
        }
        let mut prior = PriorResponses::new();
        if let Some((key, anonymous)) = &load.replay {
            for principal in principals(anonymous, &loaded.credential) {
                let found = state.records.get(&(principal.clone(), key.clone()));
                prior.extend(found.map(|response| (principal, response.clone())));
            }
        }
        Ok((loaded, prior))
    }

    async fn commit(&self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError> {
        self.commit_attempts.borrow_mut().push(change.clone());
        let step = self.script.borrow_mut().pop_front();
        let mut state = self.state.borrow_mut();
        match step {
            Some(Step::Stale(concurrent)) => {
                concurrent(&mut state);
                return Err(CommitError::Stale);
            }
            Some(Step::Fault) => return Err(CommitError::Fault(Fault::new("the commit failed"))),
            Some(Step::LostReply) | None => {}
        }
        state.write(change, record)?;
        self.commits.borrow_mut().push((change.clone(), record.cloned()));
        match step {
            Some(Step::LostReply) => Err(CommitError::Fault(Fault::new("the reply was lost"))),
            _ => Ok(()),
        }
    }

    async fn record_denial(&self, denied: &DeniedAttempt) -> Result<(), Fault> {
        if self.denials_fail {
            return Err(Fault::new("the denial was not recorded"));
        }
        self.denials.borrow_mut().push(denied.clone());
        Ok(())
    }
}
