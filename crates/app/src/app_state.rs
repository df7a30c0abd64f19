//! What use cases need beside a request: the store and the configuration of the deployment.

use crate::hash_queue::HashQueue;
use crate::issuer_directory::IssuerDirectory;
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::password::Pepper;
use rolecall_core::credential::secret::Keyring;

/// Dependencies that live longer than a request.
#[derive(Debug)]
pub struct AppState<'a, S> {
    /// Store of all data.
    pub store: &'a S,
    /// Policy of the deployment.
    pub config: &'a PolicyConfig,
    /// Keys of links, cursors and secret hashes.
    pub keys: &'a Keyring,
    /// Secret input of password hashes, if the deployment has one.
    pub pepper: Option<&'a Pepper>,
    /// Queue of password hashes.
    pub hashes: &'a HashQueue,
    /// What is known of sign-in providers and trusted issuers.
    pub issuers: &'a IssuerDirectory,
}

impl<'a, S> AppState<'a, S> {
    /// The same dependencies with another store.
    pub(crate) fn with_store<T>(&self, store: &'a T) -> AppState<'a, T> {
        AppState { store, config: self.config, keys: self.keys, pepper: self.pepper, hashes: self.hashes, issuers: self.issuers }
    }
}
