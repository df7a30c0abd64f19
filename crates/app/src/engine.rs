//! How a change is committed: load a consistent view, decide purely, commit with the facts that were read.
//!
//! INVARIANT (facts-hold): a change commits only if every fact that its decision read still holds. When one
//! was lost, everything is rolled back and the decision is made again on what is true now.

use crate::call::{App, Call, Turnstile};
use crate::error::AppError;
use crate::hashing::HashPermit;
use crate::ports::{CommitError, Denied, Load, Record, Replay, Store, Used};
use rolecall_core::authz::quotas;
use rolecall_core::domain::audit::Actor;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Data;
use rolecall_core::transaction::audit_event::{NewEvent, Outcome, Resource};
use rolecall_core::transaction::change::{Decided, Effect};
use rolecall_core::transaction::context::Moment;
use rolecall_core::transaction::decision_error::Stop;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Want;
use rolecall_core::transaction::snapshot::Presented;
use rolecall_core::transaction::tracked_snapshot::View;

/// Decisions made at most for one request. Each loss means that somebody else's change got through,
/// so this many losses in a row is a crowd on one row, and the caller had better come back.
const TRIES_MAX: u32 = 12;
/// Parts loaded one after the other at most, where a decision asks for what its use case did not foresee.
const LOADS_MAX: usize = 6;
/// A refused attempt is recorded once in this many seconds for the same actor, action and resource.
const DENIAL_QUIET_SECONDS: i64 = 60;
/// Refused attempts of one actor that are told apart in that time: more than a page causes that asks for what its user may
/// not see, and few enough that nobody floods a log. One event then says that there were more.
const DENIALS_MAX: i64 = 20;
/// The same for an account: its keys are many actors.
const ACCOUNT_DENIALS_MAX: i64 = 100;
/// The action of that event.
const DENIALS_LIMIT: &str = "denials.limit";
/// Longest id in a refused attempt, in characters: as long as what a policy's rule can name.
const TARGET_SHOWN: usize = 200;

/// An answer in the form in which it is kept and replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Tells the forms of answer of one route apart.
    pub kind: String,
    /// The body, without secrets; at most [`RECORD_BODY_BYTES`]. What can be longer, or is cheap to read again, is no part of
    /// it: the replay says how it is now.
    pub body: String,
}

/// Most bytes of a kept answer's body; stands in the schema too (`0010_replays.sql`). With its key, fingerprint and principal
/// a record takes 2.5 kB at most, and most take a fifth of that. A day later it is deleted.
pub const RECORD_BODY_BYTES: usize = 2_048;

/// How a change ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Done<T> {
    /// It was made now.
    Fresh(T),
    /// It was made before under the same idempotency key; this was the answer.
    Replayed(Recorded),
}

/// What a caller tries, for the audit log of the account if they may not.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where; None: in the account that the caller acts in.
    pub account: Option<AccountId>,
    /// The action's word.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
    /// The id of the single thing, where the resource is a kind of request.
    pub target: Option<String>,
}

impl Attempt {
    /// An attempt on something in an account.
    pub fn new(account: AccountId, action: &'static str, resource: Resource) -> Self {
        Attempt { account: Some(account), ..Attempt::at_home(action, resource) }
    }

    /// An attempt in the account that the caller acts in, which only loading tells.
    pub fn at_home(action: &'static str, resource: Resource) -> Self {
        Attempt { account: None, action, resource, target: None }
    }
}

/// Loads and answers; nothing is written but a denied attempt.
pub async fn query<S: Store, T>(
    app: &App<'_, S>,
    call: &Call,
    wants: Vec<Want>,
    attempt: Option<Attempt>,
    decide: impl Fn(&View, &Moment) -> Result<T, Stop>,
) -> Result<T, AppError> {
    let mut load = Load { credential: call.credential.clone(), replay: None, wants };
    for _ in 0..LOADS_MAX {
        let (snapshot, _) = app.store.load(&load).await?;
        admit(call, &snapshot.presented).await?;
        note_touch(call, &snapshot.presented);
        let view = View::new(snapshot);
        match decide(&view, &call.moment) {
            Ok(answer) => return Ok(answer),
            Err(Stop::Missing(want)) => load.wants.push(*want),
            Err(Stop::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(Stop::Denied(denial)) => return Err(refuse(app, call, &view, attempt.as_ref(), denial).await),
        }
    }
    Err(AppError::Fault(crate::Fault::new("a decision asked for more and more")))
}

/// Loads, decides and commits, again where a fact was lost; under an idempotency key, once.
pub async fn mutate<S: Store, T>(
    app: &App<'_, S>,
    call: &Call,
    wants: Vec<Want>,
    attempt: Option<Attempt>,
    decide: impl Fn(&View, &Moment) -> Result<Decided<T>, Stop>,
    render: impl Fn(&T) -> Option<Recorded>,
) -> Result<Done<T>, AppError> {
    commit(app, call, (Keys::OfCaller, None), wants, attempt, decide, render).await
}

/// The same for requests that anybody may send and that start, end or replace the caller's own session. Who the caller is
/// can have changed by the time that they send such a request again, so its idempotency key is the network's, whatever
/// session comes along. With a permit, the decision computes a password hash: it waits for its turn.
pub async fn mutate_publicly<S: Store, T>(
    app: &App<'_, S>,
    call: &Call,
    permit: Option<HashPermit<'_>>,
    wants: Vec<Want>,
    decide: impl Fn(&View, &Moment) -> Result<Decided<T>, Stop>,
    render: impl Fn(&T) -> Option<Recorded>,
) -> Result<Done<T>, AppError> {
    commit(app, call, (Keys::OfNetwork, permit), wants, None, decide, render).await
}

/// Whose a request's idempotency key is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Keys {
    /// The caller's; the network's where nobody is signed in.
    OfCaller,
    /// The network's.
    OfNetwork,
}

impl Keys {
    /// The principal under which an answer is kept and found. A session or key that has ended is nobody's: it opens
    /// nothing, not even an old answer.
    fn principal(self, call: &Call, presented: &Presented) -> String {
        let now = call.moment.now;
        match presented {
            Presented::Session(Some((session, user))) if self == Keys::OfCaller && session.is_live(now) => user.id.to_string(),
            Presented::ApiKey(Some(key)) if self == Keys::OfCaller && key.is_live(now) => key.id.to_string(),
            _ => call.anonymous_principal(),
        }
    }
}

async fn commit<S: Store, T>(
    app: &App<'_, S>,
    call: &Call,
    (keys, permit): (Keys, Option<HashPermit<'_>>),
    wants: Vec<Want>,
    attempt: Option<Attempt>,
    decide: impl Fn(&View, &Moment) -> Result<Decided<T>, Stop>,
    render: impl Fn(&T) -> Option<Recorded>,
) -> Result<Done<T>, AppError> {
    let replay = call.idempotency.as_ref().map(|wish| (wish.key.clone(), call.anonymous_principal()));
    let mut load = Load { credential: call.credential.clone(), replay, wants };
    let mut loads = 0;
    while call.tries.get() < TRIES_MAX {
        let (snapshot, earlier) = app.store.load(&load).await?;
        admit(call, &snapshot.presented).await?;
        note_touch(call, &snapshot.presented);
        let principal = keys.principal(call, &snapshot.presented);
        let earlier = earlier.into_iter().find(|(whose, _)| *whose == principal);
        if let (Some((_, earlier)), Some(wish)) = (earlier, &call.idempotency) {
            return replayed(earlier, &wish.fingerprint);
        }
        if let Some(permit) = &permit {
            permit.turn().await;
        }
        let view = View::new(snapshot);
        call.moment.restart();
        let mut decided = match decide(&view, &call.moment) {
            Ok(decided) => decided,
            Err(Stop::Missing(want)) if loads < LOADS_MAX => {
                loads += 1;
                load.wants.push(*want);
                continue;
            }
            Err(Stop::Missing(_)) => return Err(AppError::Fault(crate::Fault::new("a decision asked for more and more"))),
            Err(Stop::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(Stop::Denied(denial)) => return Err(refuse(app, call, &view, attempt.as_ref(), denial).await),
        };
        call.tries.set(call.tries.get() + 1);
        // Where nothing changes for somebody whom nobody knows, nothing is kept either: the same request does nothing again.
        let keeps = !decided.change.is_empty() || principal != call.anonymous_principal();
        let record = call.idempotency.as_ref().filter(|_| keeps).and_then(|wish| {
            let recorded = render(&decided.answer)?;
            let replay = Replay { fingerprint: wish.fingerprint.clone(), kind: recorded.kind, body: recorded.body };
            Some(Record { principal, key: wish.key.clone(), replay, at: call.moment.now })
        });
        quotas::demand(&view, app.rules, &call.moment, &mut decided.change)?;
        if record.as_ref().is_some_and(|record| record.replay.body.len() > RECORD_BODY_BYTES) {
            return Err(AppError::Fault(crate::Fault::new("an answer is too large to be kept")));
        }
        if decided.change.is_empty() && record.is_none() {
            return Ok(Done::Fresh(decided.answer));
        }
        let outcome = app.store.commit(&decided.change, record.as_ref()).await;
        if !matches!(outcome, Err(CommitError::Stale)) {
            // Also where only the answer was lost: it may have been committed all the same.
            let accounts = decided.change.events.iter().map(|event| event.account);
            call.after.borrow_mut().floors.extend(accounts.filter(|account| decided.change.withdraws(*account)));
        }
        match outcome {
            Ok(()) => {
                let mut after = call.after.borrow_mut();
                after.seal.extend(decided.change.events.iter().map(|event| event.account));
                after.mail |=
                    decided.change.effects.iter().any(|effect| matches!(effect, Effect::InsertMail(_) | Effect::InsertMailToUser(_)));
                return Ok(Done::Fresh(decided.answer));
            }
            Err(CommitError::Stale) => {}
            Err(CommitError::Fault(fault)) => return Err(AppError::Fault(fault)),
        }
    }
    Err(Denial::Conflict.into())
}

fn replayed<T>(earlier: Replay, fingerprint: &str) -> Result<Done<T>, AppError> {
    if earlier.fingerprint == fingerprint {
        return Ok(Done::Replayed(Recorded { kind: earlier.kind, body: earlier.body }));
    }
    Err(Denial::IdempotencyKeyReused.into())
}

/// Refuses whoever is signed in and asks too often, from wherever; once in a request.
async fn admit(call: &Call, presented: &Presented) -> Result<(), AppError> {
    let who = match presented {
        Presented::Session(Some((session, user))) if session.is_live(call.moment.now) => format!("user:{}", user.id),
        Presented::ApiKey(Some(key)) if key.is_live(call.moment.now) => format!("key:{}", key.id),
        Presented::Token(Some(user)) => format!("user:{}", user.id),
        _ => return Ok(()),
    };
    let turnstile = call.turnstile.take();
    if turnstile.admits(who).await? { Ok(()) } else { Err(Denial::TooManyAttempts { retry_after: Turnstile::PERIOD_SECONDS }.into()) }
}

fn note_touch(call: &Call, presented: &Presented) {
    let now = call.moment.now;
    let who = match presented {
        Presented::Session(Some((_, user))) | Presented::Token(Some(user)) => Some(user.id.to_string()),
        Presented::ApiKey(Some(key)) => Some(key.id.to_string()),
        _ => None,
    };
    if who.is_some() {
        *call.who.borrow_mut() = who;
    }
    let used = match presented {
        Presented::Session(Some((session, _))) if session.is_live(now) && session.wants_touch(now) => Used::Session(session.id),
        Presented::ApiKey(Some(key)) if key.is_live(now) && key.wants_touch(now) => Used::ApiKey(key.id),
        _ => return,
    };
    call.after.borrow_mut().touch = Some(used);
}

/// The denial as the answer; one of somebody inside the account is recorded first.
async fn refuse<S: Store>(app: &App<'_, S>, call: &Call, view: &View, attempt: Option<&Attempt>, denial: Denial) -> AppError {
    let (Some(attempt), Denial::PermissionMissing(_) | Denial::PermissionEscalation(_) | Denial::OwnerOnly) = (attempt, &denial) else {
        return denial.into();
    };
    let Ok(principal) = view.principal(call.moment.now) else {
        return denial.into();
    };
    let account = attempt.account.unwrap_or(principal.home());
    let denied = denied(call, account, principal.actor(), attempt, &denial);
    match app.store.deny(&denied).await {
        Ok(()) => {
            call.after.borrow_mut().seal.push(account);
            denial.into()
        }
        // An attempt that cannot be recorded is not answered as if it had been (ASVS 5.0 16.3.2).
        Err(fault) => AppError::Fault(fault),
    }
}

/// The event of a refused attempt, and the one that stands for all beyond the limit.
fn denied(call: &Call, account: AccountId, actor: Actor, attempt: &Attempt, denial: &Denial) -> Denied {
    let data = match denial {
        Denial::PermissionMissing(refusal) | Denial::PermissionEscalation(refusal) => {
            Data::none().with("permission", &refusal.permission).with("role", &refusal.role)
        }
        _ => Data::none(),
    };
    let data = match &attempt.target {
        Some(id) => data.with("id", id.chars().take(TARGET_SHOWN).collect::<String>()),
        None => data,
    };
    let event = |actor, action, resource, data| NewEvent {
        outcome: Outcome::Denied,
        ..call.moment.event_by(account, actor, action, resource, data)
    };
    let limits = Data::none().with("limit", DENIALS_MAX).with("seconds", DENIAL_QUIET_SECONDS);
    Denied {
        limit: event(actor.clone(), DENIALS_LIMIT, Resource::new("account", account), limits),
        attempt: event(actor, attempt.action, attempt.resource.clone(), data),
        since: call.moment.now.plus_seconds(-DENIAL_QUIET_SECONDS),
        max: DENIALS_MAX,
        account_max: ACCOUNT_DENIALS_MAX,
    }
}
