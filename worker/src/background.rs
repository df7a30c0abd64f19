//! Background work. After a response: publish minimum token versions to KV, seal the audit log, deliver mail. On schedule: the
//! same for whatever is still pending, and the deletion of expired rows.

use crate::config::Config;
use crate::io::{Io, Job, Level};
use crate::isolate::{ClaimedJobs, Isolate, SharedJob};
use crate::mail::delivery::MailSender;
use crate::need_database::NeedDatabase;
use crate::token_version_kv::KvTokenVersions;
use core::time::Duration;
use rolecall_app::ports::MaintenanceStore;
use rolecall_app::{Fault, RequestContext, audit_log, delivery, min_token_versions};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use rolecall_store::SqlStore;
use std::rc::Rc;

/// Delay before mail is delivered, so that concurrent changes share one delivery. It does not delay a response.
const MAIL_DELAY: Duration = Duration::from_millis(100);
/// Delay before events are sealed: a page of the log seals what it needs itself, and fewer rounds cost fewer writes.
const SEAL_DELAY: Duration = Duration::from_secs(1);
/// Time in seconds after which a claimed job counts as aborted by the platform.
const CLAIM_SECONDS: i64 = 25;
/// Number of claims from which on those of aborted tasks are looked for.
const CLAIMS_SEARCH_MIN: usize = 1024;
/// Maximum number of sealing rounds that one request runs on behalf of others. With [`SEAL_DELAY`] they take about half of the
/// time that the platform permits after a response.
const SEAL_ROUNDS_MAX: u32 = 12;

/// Starts the deferred work of a request as jobs.
pub fn start(config: &Config, request: &RequestContext, io: &Io) {
    let mut deferred = request.deferred.take();
    for accounts in [&mut deferred.seal, &mut deferred.min_token_versions] {
        accounts.sort_unstable();
        accounts.dedup();
    }
    let published = deferred.min_token_versions.into_iter().filter(|_| config.min_token_versions);
    let mut jobs: Vec<Job> = published.map(Job::PublishTokenVersion).collect();
    jobs.extend(deferred.seal.into_iter().map(Job::Seal));
    jobs.extend(deferred.mail.then_some(Job::DeliverMail));
    jobs.extend(deferred.last_use.map(Job::RecordLastUse));
    io.start_jobs(jobs);
}

/// Runs a job. Failures are logged; the scheduled handler retries.
pub async fn run(job: Job, isolate: Rc<Isolate>, io: Io) {
    let store = isolate.config.store(NeedDatabase::new(io.clone()));
    match job {
        Job::PublishTokenVersion(account) => {
            log_failure(&io, "min-token-version", &min_token_versions::publish(&store, &cache(&isolate.config, &io), account).await);
        }
        Job::Seal(account) => seal(&store, &isolate, &io, account).await,
        Job::DeliverMail => mail(&store, &isolate, &io).await,
        Job::RecordLastUse(used) => log_failure(&io, "last-use", &store.record_last_use(used, io.now()).await),
    }
}

/// Claims a task and waits for the delay. Returns false if another request has claimed it, and marks it as requested again.
async fn claim(isolate: &Isolate, io: &Io, task: SharedJob, delay: Duration) -> bool {
    let is_claimed = try_claim(&mut isolate.claimed_jobs.borrow_mut(), task, io.now());
    if is_claimed {
        io.wait(delay).await;
    }
    is_claimed
}

fn try_claim(claimed: &mut ClaimedJobs, task: SharedJob, now: Timestamp) -> bool {
    match claimed.get_mut(&task) {
        Some((since, requested_again)) if now < since.plus_seconds(CLAIM_SECONDS) => {
            *requested_again = true;
            false
        }
        _ => {
            if claimed.len() >= CLAIMS_SEARCH_MIN {
                claimed.retain(|_, (since, _)| now < since.plus_seconds(CLAIM_SECONDS));
            }
            claimed.insert(task, (now, false));
            true
        }
    }
}

/// Returns whether the task was requested again since the last call, and resets the mark.
fn take_requested_again(isolate: &Isolate, task: SharedJob) -> bool {
    isolate.claimed_jobs.borrow_mut().get_mut(&task).is_some_and(|(_, requested_again)| core::mem::take(requested_again))
}

fn release(isolate: &Isolate, task: SharedJob) {
    isolate.claimed_jobs.borrow_mut().remove(&task);
}

/// Delivers pending mail. The claim is released before the delivery, so that a slow mail service does not delay the mail of
/// later requests.
async fn mail(store: &SqlStore<NeedDatabase>, isolate: &Isolate, io: &Io) {
    if claim(isolate, io, SharedJob::Mail, MAIL_DELAY).await {
        release(isolate, SharedJob::Mail);
        log_failure(io, "mail", &deliver(store, &isolate.config, io).await);
    }
}

/// Seals the audit log of an account. Only one request per isolate does so at a time, and repeats it if
/// another one requests it meanwhile.
async fn seal(store: &SqlStore<NeedDatabase>, isolate: &Isolate, io: &Io, account: AccountId) {
    let task = SharedJob::Seal(account);
    if !claim(isolate, io, task, SEAL_DELAY).await {
        return;
    }
    for _ in 0..SEAL_ROUNDS_MAX {
        // Reset before unsealed events are read: a request during the read must cause another round.
        let _ = take_requested_again(isolate, task);
        log_failure(io, "seal", &audit_log::seal(store, account).await);
        if !take_requested_again(isolate, task) {
            break;
        }
        io.wait(SEAL_DELAY).await;
    }
    release(isolate, task);
}

fn cache<'a>(config: &'a Config, io: &'a Io) -> KvTokenVersions<'a> {
    KvTokenVersions { io, keys: &config.keys }
}

async fn deliver(store: &SqlStore<NeedDatabase>, config: &Config, io: &Io) -> Result<(), Fault> {
    delivery::deliver(store, &MailSender { config, io }, || io.now()).await.map(|_| ())
}

/// Handler of scheduled events: publishes due minimum token versions, delivers due mail, seals pending events, and deletes
/// expired rows.
pub async fn scheduled(config: &Config, io: &Io) {
    let store = config.store(NeedDatabase::new(io.clone()));
    let now = io.now();
    if config.min_token_versions {
        log_failure(io, "min-token-version", &min_token_versions::publish_due(&store, &cache(config, io)).await);
    }
    log_failure(io, "mail", &deliver(&store, config, io).await);
    log_failure(io, "seal", &audit_log::seal_pending(&store).await);
    log_failure(io, "purge", &store.purge(now).await);
}

/// Logs a failure. The scheduled handler retries.
pub fn log_failure(io: &Io, task: &str, outcome: &Result<(), Fault>) {
    if let Err(fault) = outcome {
        io.log(Level::Error, serde_json::json!({ "level": "error", "message": fault.to_string(), "task": task }).to_string());
    }
}
