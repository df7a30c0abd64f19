//! Token floors in KV (`core::floor`): read by the gateway beside a token's own words, written after changes.
//!
//! INVARIANT (kv-never-allows): what KV says, or fails to say, never turns a no into a yes. A floor above a token sends
//! the question to the database; a floor that is old, lost, late or forged leaves the token the life that it has.

use crate::config::Config;
use core::pin::pin;
use core::time::Duration;
use futures_util::future::{Either, select};
use rolecall_app::Fault;
use rolecall_app::ports::TokenVersionCache;
use rolecall_core::credential::min_token_version::{self, MIN_TOKEN_VERSION_TTL_SECONDS};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use worker::{Context, Delay, Env, console_warn};

/// The binding's name.
const BINDING: &str = "KV";
/// For how long a location may answer with what it read before, in seconds: the least that KV takes.
const CACHE_SECONDS: u64 = 30;
/// How long a request waits for KV: enough for a read that the location has at hand, which takes a few milliseconds,
/// and less than one from afar.
const WAIT: Duration = Duration::from_millis(50);
/// KV takes one write a second for a key.
const PAUSE: Duration = Duration::from_millis(1100);

/// How long an isolate goes by what it read: KV is asked once a second for an account, not with each request. In milliseconds.
const KEPT_MS: i64 = 1000;
/// Accounts that an isolate keeps a floor of.
const KEPT_MAX: usize = 1024;

thread_local! {
    /// Floors as they were read, and when. Nothing of any request.
    static KEPT: RefCell<BTreeMap<AccountId, (Timestamp, Option<i64>)>> = const { RefCell::new(BTreeMap::new()) };
}

/// The floor of an account as KV tells it near here, up to a second old; None where it tells none in time.
pub async fn read(env: &Env, context: &Context, config: &Config, account: AccountId, now: Timestamp) -> Option<i64> {
    let kept = KEPT.with_borrow(|kept| kept.get(&account).copied());
    if let Some((_, floor)) = kept.filter(|(at, _)| now.millis() - at.millis() < KEPT_MS) {
        return floor;
    }
    let floor = ask(env, context, config, account).await;
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(account, (now, floor));
    });
    floor
}

async fn ask(env: &Env, context: &Context, config: &Config, account: AccountId) -> Option<i64> {
    let store = env.kv(BINDING).map_err(|error| note(&error.to_string())).ok()?;
    let reading = store.get(&min_token_version::key(account)).cache_ttl(CACHE_SECONDS);
    match select(Box::pin(reading.text()), pin!(Delay::from(WAIT))).await {
        Either::Left((Ok(value), _)) => min_token_version::decode(&config.keys, account, &value?),
        Either::Left((Err(error), _)) => {
            note(&error.to_string());
            None
        }
        Either::Right(((), reading)) => {
            // Read to its end behind the answer, it is at hand here for the next request.
            context.wait_until(async move { drop(reading.await) });
            None
        }
    }
}

/// Nobody is refused for it, but whoever runs the deployment should know that floors do not work.
fn note(cause: &str) {
    console_warn!("{}", serde_json::json!({ "level": "warn", "message": format!("a token floor cannot be read: {cause}") }));
}

/// KV as the place for floors.
pub struct KvTokenVersions<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// Keys that bind a value to its account.
    pub keys: &'a Keyring,
}

impl TokenVersionCache for KvTokenVersions<'_> {
    async fn put(&self, account: AccountId, floor: i64) -> Result<(), Fault> {
        let store = self.env.kv(BINDING).map_err(Fault::new)?;
        let put = store.put(&min_token_version::key(account), min_token_version::encode(self.keys, account, floor)).map_err(Fault::new)?;
        put.expiration_ttl(MIN_TOKEN_VERSION_TTL_SECONDS.unsigned_abs()).execute().await.map_err(Fault::new)
    }

    async fn pause(&self) {
        Delay::from(PAUSE).await;
    }
}
