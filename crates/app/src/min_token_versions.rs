//! Publication of minimum token versions: from the database to the cache that gateways read, after the response of the change.
//!
//! The cache can be late, outdated or empty: until then a gateway accepts older tokens, at the longest until they expire.

use crate::error::Fault;
use crate::ports::{MinTokenVersionStore, TokenVersionCache};
use rolecall_core::domain::id::AccountId;

/// Maximum number of writes per account before the scheduled handler has to retry.
const WRITES_MAX: u32 = 3;
/// Maximum number of accounts per run of [`publish_due`].
const ACCOUNTS_MAX: u32 = 50;

/// Writes the minimum token version of an account to the cache.
///
/// Concurrent runs can write in the wrong order, the lower version last. Each run therefore reads the database again after its
/// write, and repeats the write if the version has grown: the last writer has then read every version that was written.
///
/// # Errors
///
/// A fault of the store or of the cache, or if the version grew during each of 3 writes. The account remains due.
pub async fn publish<S: MinTokenVersionStore>(store: &S, cache: &impl TokenVersionCache, account: AccountId) -> Result<(), Fault> {
    let mut min_version = store.min_token_version(account).await?;
    let mut outcome = Ok(());
    for write in 0..WRITES_MAX {
        if write > 0 {
            cache.pause().await;
        }
        outcome = cache.put(account, min_version).await;
        if outcome.is_err() {
            continue;
        }
        let now = store.mark_cached(account, min_version).await?;
        if now == min_version {
            return Ok(());
        }
        min_version = now;
    }
    outcome.and_then(|()| Err(Fault::new("a minimum token version grew faster than it could be published")))
}

/// Publishes the versions of accounts that are due, at most 50. Stops at the first fault, which the next account would meet too.
///
/// # Errors
///
/// Those of [`publish`].
pub async fn publish_due<S: MinTokenVersionStore>(store: &S, cache: &impl TokenVersionCache) -> Result<(), Fault> {
    for account in store.min_token_versions_due(ACCOUNTS_MAX).await? {
        publish(store, cache, account).await?;
    }
    Ok(())
}
