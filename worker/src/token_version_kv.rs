//! Minimum token versions in KV (`core::credential::min_token_version`): read by the gateway to check a token, written after changes.
//!
//! INVARIANT (kv-never-allows): no value in KV, and no failure of KV, turns a denial into a permission. If the minimum version is
//! above a token's version, the database decides. If it is stale, missing, late or forged, the token is valid until it expires.

use crate::io::{Io, Level, Need};
use crate::isolate::Isolate;
use core::time::Duration;
use rolecall_app::Fault;
use rolecall_app::ports::TokenVersionCache;
use rolecall_core::credential::min_token_version::{self, MIN_TOKEN_VERSION_TTL_SECONDS};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::id::AccountId;

/// Time in seconds for which a location caches a read; the minimum that KV accepts.
const EDGE_CACHE_SECONDS: u64 = 30;
/// Timeout of a read in milliseconds. A cached read takes a few milliseconds; one from the central store takes longer than this.
const READ_TIMEOUT_MS: u64 = 50;
/// Delay between writes of the same key; KV accepts one per second.
const WRITE_INTERVAL: Duration = Duration::from_millis(1100);

/// Time in milliseconds for which an isolate caches a read.
const CACHE_MS: i64 = 1000;
/// Maximum number of accounts in an isolate's cache.
const CACHE_ENTRIES_MAX: usize = 1024;

/// Minimum token version of an account, at most [`CACHE_MS`] and KV's propagation delay old; `None` if KV has none or does not
/// respond in time.
pub async fn read(isolate: &Isolate, io: &Io, account: AccountId) -> Option<i64> {
    let now = io.now();
    let cached = isolate.token_versions.borrow().get(&account).copied();
    if let Some((_, version)) = cached.filter(|(at, _)| now.millis() - at.millis() < CACHE_MS) {
        return version;
    }
    let version = fetch(&isolate.config.keys, io, account).await;
    let mut cache = isolate.token_versions.borrow_mut();
    if cache.len() >= CACHE_ENTRIES_MAX {
        cache.clear();
    }
    cache.insert(account, (now, version));
    version
}

async fn fetch(keys: &Keyring, io: &Io, account: AccountId) -> Option<i64> {
    let need = Need::KvGet { key: min_token_version::key(account), cache_seconds: EDGE_CACHE_SECONDS, timeout_ms: READ_TIMEOUT_MS };
    let value = io.ask_text(need).await.and_then(|json| serde_json::from_str::<Option<String>>(&json).map_err(|error| error.to_string()));
    match value {
        Ok(value) => min_token_version::decode(keys, account, &value?),
        Err(cause) => {
            // The request continues, but revocations take effect only when tokens expire.
            let message = format!("a minimum token version cannot be read: {cause}");
            io.log(Level::Warn, serde_json::json!({ "level": "warn", "message": message }).to_string());
            None
        }
    }
}

/// [`TokenVersionCache`] in KV.
pub struct KvTokenVersions<'a> {
    /// Connection to the driver.
    pub io: &'a Io,
    /// Keys that authenticate a value and bind it to its account.
    pub keys: &'a Keyring,
}

impl TokenVersionCache for KvTokenVersions<'_> {
    async fn put(&self, account: AccountId, version: i64) -> Result<(), Fault> {
        let need = Need::KvPut {
            key: min_token_version::key(account),
            value: min_token_version::encode(self.keys, account, version),
            ttl_seconds: MIN_TOKEN_VERSION_TTL_SECONDS.unsigned_abs(),
        };
        self.io.ask(need).await.map(|_| ()).map_err(Fault::new)
    }

    async fn pause(&self) {
        self.io.wait(WRITE_INTERVAL).await;
    }
}
