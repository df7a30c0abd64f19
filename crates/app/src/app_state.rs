//! What use cases need beside a request: the store and the configuration of the deployment.

use crate::hash_queue::HashQueue;
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
}
