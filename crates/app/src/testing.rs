//! Fixtures for unit tests of use cases: a store in memory, and the application and requests around it.
//!
//! [`FakeStore`] loads from a [`Team`] and applies committed changes to it. It does not evaluate preconditions: a test scripts
//! which commits are stale, and what changed meanwhile. The SQL store is tested in `crates/store`.

mod fake_store;
mod scripted_network;
mod snapshot_slots;

pub(crate) use fake_store::{FakeStore, State};
pub(crate) use scripted_network::ScriptedNetwork;

use crate::app_state::AppState;
use crate::hash_queue::HashQueue;
use crate::issuer_directory::IssuerDirectory;
use crate::request_context::{Idempotency, RequestContext};
use crate::transaction::StoredResponse;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::principal::Credential;
use rolecall_core::testing::{Team, config, ctx, keyring, secret_hash};
use rolecall_core::transaction::context::DecisionContext;

/// The application with a [`FakeStore`].
pub(crate) struct TestApp {
    pub(crate) store: FakeStore,
    pub(crate) config: PolicyConfig,
    keys: Keyring,
    hashes: HashQueue,
    issuers: IssuerDirectory,
}

impl TestApp {
    /// The shipped policy over a store with this script.
    pub(crate) fn new(store: FakeStore) -> Self {
        TestApp { store, config: config(), keys: keyring(), hashes: HashQueue::default(), issuers: IssuerDirectory::new(true) }
    }

    /// The shipped policy over a store of this team, without a script.
    pub(crate) fn of(team: Team) -> Self {
        TestApp::new(FakeStore::new(team))
    }

    pub(crate) fn app(&self) -> AppState<'_, FakeStore> {
        AppState { store: &self.store, config: &self.config, keys: &self.keys, pepper: None, hashes: &self.hashes, issuers: &self.issuers }
    }
}

/// A request with a session, whose user is the caller of the [`Team`].
pub(crate) fn request() -> RequestContext {
    request_in(ctx())
}

/// Like [`request`], with these inputs of the decision.
pub(crate) fn request_in(ctx: DecisionContext) -> RequestContext {
    RequestContext::new(ctx, Some(Credential::Session(secret_hash("session"))), None, "192.0.2.0/24".to_owned(), "Test".to_owned())
}

/// Like [`request`], under the idempotency key `key-1`.
pub(crate) fn keyed_request(fingerprint: &str) -> RequestContext {
    let idempotency = Idempotency { key: "key-1".to_owned(), fingerprint: fingerprint.to_owned() };
    RequestContext { idempotency: Some(idempotency), ..request() }
}

/// Like [`keyed_request`], without a credential.
pub(crate) fn keyed_anonymous_request(fingerprint: &str) -> RequestContext {
    RequestContext { credential: None, ..keyed_request(fingerprint) }
}

/// A response for the record of a request.
pub(crate) fn response(body: &str) -> StoredResponse {
    StoredResponse { kind: "ok".to_owned(), body: body.to_owned() }
}

/// Runs a future that nothing outside of the test wakes.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
