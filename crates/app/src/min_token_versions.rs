//! Copying the floors of permission tokens from the database to where gateways read them, after the change and its answer.
//!
//! The copy is a hint: a late, old or lost one costs nothing but time, since no token lives longer than it says itself.

use crate::error::Fault;
use crate::ports::{MinTokenVersionStore, TokenVersionCache};
use rolecall_core::domain::id::AccountId;

/// Writes of one floor at most before it is left to the clock.
const WRITES_MAX: u32 = 3;
/// Accounts that one run of the clock sees to.
const ACCOUNTS_MAX: u32 = 50;

/// Shelves an account's floor as it is now.
///
/// Two at once may write in the wrong order, the lower floor last. So each looks at the database again after its own
/// write, and writes again where the floor has grown: whoever writes last has then seen every floor that was written.
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
    outcome.and_then(|()| Err(Fault::new("a token floor grew faster than it could be shelved")))
}

/// Shelves what is due still; stops where the shelf fails, since it will fail for the next as well.
pub async fn publish_due<S: MinTokenVersionStore>(store: &S, cache: &impl TokenVersionCache) -> Result<(), Fault> {
    for account in store.min_token_versions_due(ACCOUNTS_MAX).await? {
        publish(store, cache, account).await?;
    }
    Ok(())
}
