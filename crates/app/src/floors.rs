//! Copying the floors of permission tokens from the database to where gateways read them, after the change and its answer.
//!
//! The copy is a hint: a late, old or lost one costs nothing but time, since no token lives longer than it says itself.

use crate::error::Fault;
use crate::ports::{FloorShelf, FloorStore};
use rolecall_core::domain::id::AccountId;

/// Writes of one floor at most before it is left to the clock.
const WRITES_MAX: u32 = 3;
/// Accounts that one run of the clock sees to.
const ACCOUNTS_MAX: u32 = 50;

/// Shelves an account's floor as it is now.
///
/// Two at once may write in the wrong order, the lower floor last. So each looks at the database again after its own
/// write, and writes again where the floor has grown: whoever writes last has then seen every floor that was written.
pub async fn raise<S: FloorStore>(store: &S, shelf: &impl FloorShelf, account: AccountId) -> Result<(), Fault> {
    let mut floor = store.floor(account).await?;
    let mut outcome = Ok(());
    for write in 0..WRITES_MAX {
        if write > 0 {
            shelf.pause().await;
        }
        outcome = shelf.put(account, floor).await;
        if outcome.is_err() {
            continue;
        }
        let now = store.shelved(account, floor).await?;
        if now == floor {
            return Ok(());
        }
        floor = now;
    }
    outcome.and_then(|()| Err(Fault::new("a token floor grew faster than it could be shelved")))
}

/// Shelves what is due still; stops where the shelf fails, since it will fail for the next as well.
pub async fn raise_leftovers<S: FloorStore>(store: &S, shelf: &impl FloorShelf) -> Result<(), Fault> {
    for account in store.floors_due(ACCOUNTS_MAX).await? {
        raise(store, shelf, account).await?;
    }
    Ok(())
}
