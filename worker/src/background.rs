//! Background work. After a response: publish minimum token versions to KV, seal the audit log, deliver mail. On schedule: the
//! same for whatever is still pending, and the deletion of expired rows.

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

/// Delay before mail is delivered, so that concurrent changes share one delivery. It does not delay a response.
const MAIL_DELAY: Duration = Duration::from_millis(100);
/// Delay before events are sealed: a page of the log seals what it needs itself, and fewer rounds cost fewer writes.
const SEAL_DELAY: Duration = Duration::from_secs(1);
/// Time in seconds after which a claimed task counts as aborted together with its request.
const CLAIM_SECONDS: i64 = 25;
/// Maximum number of sealing rounds that one request runs on behalf of others. With [`SEAL_DELAY`] they take about half of the
/// time that the platform permits after a response.
const SEAL_ROUNDS_MAX: u32 = 12;

/// Task that one request of an isolate runs on behalf of concurrent ones.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    /// Sealing the audit log of an account.
    Seal(AccountId),
    /// Delivering the outbox.
    Mail,
}

thread_local! {
    /// Claimed tasks of this isolate, with the time of the claim and whether the task was requested again since. They contain
    /// no data of a request.
    static CLAIMED: RefCell<BTreeMap<Task, (Timestamp, bool)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Claims a task and waits for the delay. Returns false if another request has claimed it, and marks it as requested again.
async fn claim(task: Task, delay: Duration) -> bool {
    let claimed_at = now();
    let is_claimed = CLAIMED.with_borrow_mut(|claimed| match claimed.get_mut(&task) {
        Some((since, requested_again)) if claimed_at < since.plus_seconds(CLAIM_SECONDS) => {
            *requested_again = true;
            false
        }
        _ => {
            claimed.insert(task, (claimed_at, false));
            true
        }
    });
    if is_claimed {
        Delay::from(delay).await;
    }
    is_claimed
}

/// Returns whether the task was requested again since the last call, and resets the mark.
fn take_requested_again(task: Task) -> bool {
    CLAIMED.with_borrow_mut(|claimed| claimed.get_mut(&task).is_some_and(|(_, requested_again)| core::mem::take(requested_again)))
}

fn release(task: Task) {
    CLAIMED.with_borrow_mut(|claimed| claimed.remove(&task));
}

/// Runs the deferred work of a request after its response.
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
            Ok(database) => run_deferred(&config.store(D1::new(database)), &config, &env, &deferred, now).await,
            Err(error) => log_failure("background", &Err(Fault::new(error))),
        }
    });
}

/// Runs all tasks concurrently, so that a slow one does not delay the others.
async fn run_deferred(store: &SqlStore<D1>, config: &Config, env: &Env, deferred: &DeferredWork, now: Timestamp) {
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
    for account in accounts.iter().filter(|_| config.min_token_versions) {
        log_failure("min-token-version", &min_token_versions::publish(store, &cache(config, env), *account).await);
    }
}

async fn record_last_use(store: &SqlStore<D1>, deferred: &DeferredWork, now: Timestamp) {
    if let Some(used) = deferred.last_use {
        log_failure("last-use", &store.record_last_use(used, now).await);
    }
}

/// Delivers pending mail. The claim is released before the delivery, so that a slow mail service does not delay the mail of
/// later requests.
async fn mail(store: &SqlStore<D1>, config: &Config, env: &Env, deferred: &DeferredWork) {
    if deferred.mail && claim(Task::Mail, MAIL_DELAY).await {
        release(Task::Mail);
        log_failure("mail", &deliver(store, config, env).await);
    }
}

/// Seals the audit log of an account. Only one request per isolate does so at a time, and repeats it if
/// another one requests it meanwhile.
async fn seal(store: &SqlStore<D1>, account: AccountId) {
    let task = Task::Seal(account);
    if !claim(task, SEAL_DELAY).await {
        return;
    }
    for _ in 0..SEAL_ROUNDS_MAX {
        // Reset before unsealed events are read: a request during the read must cause another round.
        let _ = take_requested_again(task);
        log_failure("seal", &audit_log::seal(store, account).await);
        if !take_requested_again(task) {
            break;
        }
        Delay::from(SEAL_DELAY).await;
    }
    release(task);
}

fn cache<'a>(config: &'a Config, env: &'a Env) -> KvTokenVersions<'a> {
    KvTokenVersions { env, keys: &config.keys }
}

async fn deliver(store: &SqlStore<D1>, config: &Config, env: &Env) -> Result<(), Fault> {
    delivery::deliver(store, &MailSender { config, env }, now).await.map(|_| ())
}

/// Handler of scheduled events: publishes due minimum token versions, delivers due mail, seals pending events, and deletes
/// expired rows.
pub async fn scheduled(env: Env) {
    let (config, database) = match (Config::of(&env), env.d1("DB")) {
        (Ok(config), Ok(database)) => (config, database),
        (Err(fault), _) => return log_failure("background", &Err(Fault::new(fault))),
        (_, Err(error)) => return log_failure("background", &Err(Fault::new(error))),
    };
    let (store, now) = (config.store(D1::new(database)), now());
    if config.min_token_versions {
        log_failure("min-token-version", &min_token_versions::publish_due(&store, &cache(&config, &env)).await);
    }
    log_failure("mail", &deliver(&store, &config, &env).await);
    log_failure("seal", &audit_log::seal_pending(&store).await);
    log_failure("purge", &store.purge(now).await);
}

/// Logs a failure. The scheduled handler retries.
fn log_failure(task: &str, outcome: &Result<(), Fault>) {
    if let Err(fault) = outcome {
        console_error!("{}", serde_json::json!({ "level": "error", "message": fault.to_string(), "task": task }));
    }
}
