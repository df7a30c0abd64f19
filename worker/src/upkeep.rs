//! What nobody waits for: after an answer, token floors into KV, sealing the audit log, delivering mail; by the clock,
//! whatever was left undone, and deleting what has run out.

use crate::bindings::Deployment;
use crate::d1::D1;
use crate::floor::Shelf;
use crate::mail::delivery::Post;
use crate::serve::now;
use core::time::Duration;
use futures_util::future::{join_all, join4};
use rolecall_app::call::After;
use rolecall_app::ports::UpkeepStore;
use rolecall_app::{Call, Fault, audit_log, floors, outbox};
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
pub fn after(context: &Context, env: &Env, deployment: &Rc<Deployment>, call: &Call) {
    let mut after = call.after.take();
    if after == After::default() {
        return;
    }
    for accounts in [&mut after.seal, &mut after.floors] {
        accounts.sort_unstable();
        accounts.dedup();
    }
    let (env, deployment, now) = (env.clone(), deployment.clone(), call.moment.now);
    context.wait_until(async move {
        match env.d1("DB") {
            Ok(database) => settle(&deployment.store(D1::new(database)), &deployment, &env, &after, now).await,
            Err(error) => note("upkeep", &Err(Fault::new(error))),
        }
    });
}

/// All side by side: what has to wait keeps nothing else waiting.
async fn settle(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, after: &After, now: Timestamp) {
    let sealing = join_all(after.seal.iter().map(|account| seal(store, *account)));
    join4(raise(store, deployment, env, &after.floors), sealing, mail(store, deployment, env, after), touch(store, after, now)).await;
}

async fn raise(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, accounts: &[AccountId]) {
    for account in accounts.iter().filter(|_| deployment.token_floor) {
        note("floor", &floors::raise(store, &shelf(deployment, env), *account).await);
    }
}

async fn touch(store: &SqlStore<D1>, after: &After, now: Timestamp) {
    if let Some(used) = after.touch {
        note("touch", &store.touch(used, now).await);
    }
}

/// Delivers what waits. Whoever comes once a delivery has begun begins another: a slow mail service slows one round, not all.
async fn mail(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, after: &After) {
    if after.mail && take(Work::Mail).await {
        leave(Work::Mail);
        note("mail", &deliver(store, deployment, env, now()).await);
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

fn shelf<'a>(deployment: &'a Deployment, env: &'a Env) -> Shelf<'a> {
    Shelf { env, keys: &deployment.keys }
}

async fn deliver(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, now: Timestamp) -> Result<(), Fault> {
    outbox::deliver(store, &Post { deployment, env }, now).await.map(|_| ())
}

/// By the clock: floors and mail that are due, events without a hash, rows that have run out.
pub async fn scheduled(env: Env) {
    let (deployment, database) = match (Deployment::of(&env), env.d1("DB")) {
        (Ok(deployment), Ok(database)) => (deployment, database),
        (Err(fault), _) => return note("upkeep", &Err(Fault::new(fault))),
        (_, Err(error)) => return note("upkeep", &Err(Fault::new(error))),
    };
    let (store, now) = (deployment.store(D1::new(database)), now());
    if deployment.token_floor {
        note("floor", &floors::raise_leftovers(&store, &shelf(&deployment, &env)).await);
    }
    note("mail", &deliver(&store, &deployment, &env, now).await);
    note("seal", &audit_log::seal_leftovers(&store).await);
    note("purge", &store.purge(now).await);
}

/// Nobody hears of these failures but the log; the clock tries again.
fn note(what: &str, outcome: &Result<(), Fault>) {
    if let Err(fault) = outcome {
        console_error!("{}", serde_json::json!({ "level": "error", "message": fault.to_string(), "task": what }));
    }
}
