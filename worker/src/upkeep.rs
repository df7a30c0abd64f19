//! What nobody waits for: after an answer, token floors into KV, sealing the audit log, delivering mail; by the clock,
//! whatever was left undone, and deleting what has run out.

use crate::bindings::Deployment;
use crate::d1::D1;
use crate::floor::Shelf;
use crate::mail::delivery::Post;
use crate::serve::now;
use futures_util::future::join;
use rolecall_app::call::After;
use rolecall_app::ports::UpkeepStore;
use rolecall_app::{Call, Fault, audit_log, floors, outbox};
use rolecall_core::id::AccountId;
use rolecall_core::time::Timestamp;
use rolecall_store::SqlStore;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use worker::{Context, Env, console_error};

/// A sealing that has not come to its end after so long was cut off with its request. In seconds.
const SEALING_SECONDS: i64 = 20;
/// Rounds that one request goes for others before it leaves the rest to the next.
const SEALING_ROUNDS: u32 = 16;

thread_local! {
    /// Accounts whose logs this isolate is sealing: since when, and whether more events came meanwhile. Nothing of any request.
    static SEALING: RefCell<BTreeMap<AccountId, (Timestamp, bool)>> = const { RefCell::new(BTreeMap::new()) };
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
            Ok(database) => settle(&SqlStore::new(D1::new(database)), &deployment, &env, &after, now).await,
            Err(error) => note("upkeep", &Err(Fault::new(error))),
        }
    });
}

async fn settle(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, after: &After, now: Timestamp) {
    // A floor that has to be written again waits in between, and nothing else has to wait with it.
    join(raise(store, deployment, env, &after.floors), finish(store, deployment, env, after, now)).await;
}

async fn raise(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, accounts: &[AccountId]) {
    for account in accounts.iter().filter(|_| deployment.token_floor) {
        note("floor", &floors::raise(store, &shelf(deployment, env), *account).await);
    }
}

async fn finish(store: &SqlStore<D1>, deployment: &Deployment, env: &Env, after: &After, now: Timestamp) {
    for account in &after.seal {
        seal(store, *account).await;
    }
    if after.mail {
        note("mail", &deliver(store, deployment, env, now).await);
    }
    if let Some(used) = after.touch {
        note("touch", &store.touch(used, now).await);
    }
}

/// Seals a log, one at a time for an account: who comes while it goes on leaves word, and it goes round once more.
/// So a crowd of changes in one account costs some sealings and not one each.
async fn seal(store: &SqlStore<D1>, account: AccountId) {
    let begun = now();
    let mine = SEALING.with_borrow_mut(|sealing| match sealing.get_mut(&account) {
        Some((since, more)) if begun < since.plus_seconds(SEALING_SECONDS) => {
            *more = true;
            false
        }
        _ => {
            sealing.insert(account, (begun, false));
            true
        }
    });
    if !mine {
        return;
    }
    for round in 1..=SEALING_ROUNDS {
        note("seal", &audit_log::seal(store, account).await);
        let again = SEALING.with_borrow_mut(|sealing| match sealing.get_mut(&account) {
            Some((_, more)) if round < SEALING_ROUNDS => core::mem::take(more),
            _ => false,
        });
        if !again {
            break;
        }
    }
    SEALING.with_borrow_mut(|sealing| sealing.remove(&account));
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
    let (store, now) = (SqlStore::new(D1::new(database)), now());
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
