//! Minimum token versions in KV (`core::credential::min_token_version`): read by the gateway to check a token, written after changes.
//!
//! INVARIANT (kv-never-allows): no value in KV, and no failure of KV, turns a denial into a permission. If the minimum version is
//! above a token's version, the database decides. If it is stale, missing, late or forged, the token is valid until it expires.

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

/// Name of the KV binding.
const BINDING: &str = "KV";
/// Time in seconds for which a location caches a read; the minimum that KV accepts.
const EDGE_CACHE_SECONDS: u64 = 30;
/// Timeout of a read. A cached read takes a few milliseconds; one from the central store takes longer than this.
const READ_TIMEOUT: Duration = Duration::from_millis(50);
/// Delay between writes of the same key; KV accepts one per second.
const WRITE_INTERVAL: Duration = Duration::from_millis(1100);

/// Time in milliseconds for which an isolate caches a read.
const CACHE_MS: i64 = 1000;
/// Maximum number of accounts in an isolate's cache.
const CACHE_ENTRIES_MAX: usize = 1024;

thread_local! {
    /// Minimum token versions with the time of the read. They contain no data of a request.
    static CACHE: RefCell<BTreeMap<AccountId, (Timestamp, Option<i64>)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Minimum token version of an account, at most [`CACHE_MS`] and KV's propagation delay old; `None` if KV has none or does not
/// respond in time.
pub async fn read(env: &Env, context: &Context, config: &Config, account: AccountId, now: Timestamp) -> Option<i64> {
    let cached = CACHE.with_borrow(|cache| cache.get(&account).copied());
    if let Some((_, version)) = cached.filter(|(at, _)| now.millis() - at.millis() < CACHE_MS) {
        return version;
    }
    let version = fetch(env, context, config, account).await;
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHE_ENTRIES_MAX {
            cache.clear();
        }
        cache.insert(account, (now, version));
    });
    version
}

async fn fetch(env: &Env, context: &Context, config: &Config, account: AccountId) -> Option<i64> {
    let store = env.kv(BINDING).map_err(|error| log_failure(&error.to_string())).ok()?;
    let reading = store.get(&min_token_version::key(account)).cache_ttl(EDGE_CACHE_SECONDS);
    match select(Box::pin(reading.text()), pin!(Delay::from(READ_TIMEOUT))).await {
        Either::Left((Ok(value), _)) => min_token_version::decode(&config.keys, account, &value?),
        Either::Left((Err(error), _)) => {
            log_failure(&error.to_string());
            None
        }
        Either::Right(((), reading)) => {
            // Completes the read after the response, so that the location has it cached for the next request.
            context.wait_until(async move { drop(reading.await) });
            None
        }
    }
}

/// Logs a failed read. The request continues, but revocations take effect only when tokens expire.
fn log_failure(cause: &str) {
    console_warn!("{}", serde_json::json!({ "level": "warn", "message": format!("a minimum token version cannot be read: {cause}") }));
}

/// [`TokenVersionCache`] in KV.
pub struct KvTokenVersions<'a> {
    /// Bindings of the Worker.
    pub env: &'a Env,
    /// Keys that authenticate a value and bind it to its account.
    pub keys: &'a Keyring,
}

impl TokenVersionCache for KvTokenVersions<'_> {
    async fn put(&self, account: AccountId, version: i64) -> Result<(), Fault> {
        let store = self.env.kv(BINDING).map_err(Fault::new)?;
        let put =
            store.put(&min_token_version::key(account), min_token_version::encode(self.keys, account, version)).map_err(Fault::new)?;
        put.expiration_ttl(MIN_TOKEN_VERSION_TTL_SECONDS.unsigned_abs()).execute().await.map_err(Fault::new)
    }

    async fn pause(&self) {
        Delay::from(WRITE_INTERVAL).await;
    }
}
