//! What nobody waits for: after an answer, token floors into KV, sealing the audit log, delivering mail; by the clock,
//! whatever was left undone, and deleting what has run out.

use crate::clock::now;
use crate::config::Config;
use crate::d1::D1;
use crate::mail::delivery::MailSender;
use crate::token_version_kv::KvTokenVersions;
use core::time::Duration;
use futures_util::future::{join_all, join4};
use rolecall_app::ports::MaintenanceStore;
use rolecall_app::request_context::DeferredWork;
use rolecall_app::{Fault, RequestContext, audit_log, delivery, min_token_versions};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use rolecall_store::SqlStore;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use worker::{Context, Delay, Env, console_error};

/// How long a request that has left something to do waits for others that leave the same, so that a crowd of changes
/// costs one sealing and one look into the outbox. In milliseconds; nobody waits for it.
const GATHER: Duration = Duration::from_millis(100);
/// Work that has not come to its end after so long was cut off with its request. In seconds.
const WORK_SECONDS: i64 = 25;
/// Rounds that one request goes for others before it leaves the rest to the next: half of what the platform grants
/// after an answer.
const ROUNDS: u32 = 100;

/// What is done by one request for all that come by meanwhile.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// Sealing an account's log.
    Seal(AccountId),
    /// Looking into the outbox.
    Mail,
}

thread_local! {
    /// Work that this isolate has taken on: since when, and whether more came meanwhile. Nothing of any request.
    static TAKEN: RefCell<BTreeMap<Work, (Timestamp, bool)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Takes work on, after a while in which others may come by; false where another request has it, which now knows of more.
async fn take(work: Work) -> bool {
    let begun = now();
    let mine = TAKEN.with_borrow_mut(|taken| match taken.get_mut(&work) {
        Some((since, more)) if begun < since.plus_seconds(WORK_SECONDS) => {
            *more = true;
            false
        }
        _ => {
            taken.insert(work, (begun, false));
            true
        }
    });
    if mine {
        Delay::from(GATHER).await;
    }
    mine
}

/// Whether more came meanwhile, which is forgotten with the question.
fn more(work: Work) -> bool {
    TAKEN.with_borrow_mut(|taken| taken.get_mut(&work).is_some_and(|(_, more)| core::mem::take(more)))
}

fn leave(work: Work) {
    TAKEN.with_borrow_mut(|taken| taken.remove(&work));
}

/// Sees to what a request left to do, once its answer is out.
pub fn defer(context: &Context, env: &Env, config: &Rc<Config>, request: &RequestContext) {
    let mut deferred = request.deferred.take();
    if deferred == DeferredWork::default() {
        return;
    }
    for accounts in [&mut deferred.seal, &mut deferred.min_token_versions] {
        accounts.sort_unstable();
        accounts.dedup();
    }
    let (env, config, now) = (env.clone(), config.clone(), request.ctx.now);
    context.wait_until(async move {
        match env.d1("DB") {
            Ok(database) => settle(&config.store(D1::new(database)), &config, &env, &deferred, now).await,
            Err(error) => note("upkeep", &Err(Fault::new(error))),
        }
    });
}

/// All side by side: what has to wait keeps nothing else waiting.
async fn settle(store: &SqlStore<D1>, config: &Config, env: &Env, deferred: &DeferredWork, now: Timestamp) {
    let sealing = join_all(deferred.seal.iter().map(|account| seal(store, *account)));
    join4(
        publish_token_versions(store, config, env, &deferred.min_token_versions),
        sealing,
        mail(store, config, env, deferred),
        record_last_use(store, deferred, now),
    )
    .await;
}

async fn publish_token_versions(store: &SqlStore<D1>, config: &Config, env: &Env, accounts: &[AccountId]) {
    for account in accounts.iter().filter(|_| config.token_floor) {
        note("floor", &min_token_versions::publish(store, &cache(config, env), *account).await);
    }
}

async fn record_last_use(store: &SqlStore<D1>, deferred: &DeferredWork, now: Timestamp) {
    if let Some(used) = deferred.last_use {
        note("touch", &store.record_last_use(used, now).await);
    }
}

/// Delivers what waits. Whoever comes once a delivery has begun begins another: a slow mail service slows one round, not all.
async fn mail(store: &SqlStore<D1>, config: &Config, env: &Env, deferred: &DeferredWork) {
    if deferred.mail && take(Work::Mail).await {
        leave(Work::Mail);
        note("mail", &deliver(store, config, env, now()).await);
    }
}

/// Seals a log, one at a time for an account: who comes while it goes on leaves word, and it goes round once more.
async fn seal(store: &SqlStore<D1>, account: AccountId) {
    let work = Work::Seal(account);
    if !take(work).await {
        return;
    }
    for _ in 0..ROUNDS {
        // Before the look at what is unsealed: who comes after it is in the next round.
        let _ = more(work);
        note("seal", &audit_log::seal(store, account).await);
        if !more(work) {
            break;
        }
        Delay::from(GATHER).await;
    }
    leave(work);
}

fn cache<'a>(config: &'a Config, env: &'a Env) -> KvTokenVersions<'a> {
    KvTokenVersions { env, keys: &config.keys }
}

async fn deliver(store: &SqlStore<D1>, config: &Config, env: &Env, now: Timestamp) -> Result<(), Fault> {
    delivery::deliver(store, &MailSender { config, env }, now).await.map(|_| ())
}

/// By the clock: floors and mail that are due, events without a hash, rows that have run out.
pub async fn scheduled(env: Env) {
    let (config, database) = match (Config::of(&env), env.d1("DB")) {
        (Ok(config), Ok(database)) => (config, database),
        (Err(fault), _) => return note("upkeep", &Err(Fault::new(fault))),
        (_, Err(error)) => return note("upkeep", &Err(Fault::new(error))),
    };
    let (store, now) = (config.store(D1::new(database)), now());
    if config.token_floor {
        note("floor", &min_token_versions::publish_due(&store, &cache(&config, &env)).await);
    }
    note("mail", &deliver(&store, &config, &env, now).await);
    note("seal", &audit_log::seal_pending(&store).await);
    note("purge", &store.purge(now).await);
}

/// Nobody hears of these failures but the log; the clock tries again.
fn note(what: &str, outcome: &Result<(), Fault>) {
    if let Err(fault) = outcome {
        console_error!("{}", serde_json::json!({ "level": "error", "message": fault.to_string(), "task": what }));
    }
}
