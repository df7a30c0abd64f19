//! The commit protocol: load a consistent snapshot, decide purely, commit with the preconditions of the decision.
//!
//! INVARIANT (preconditions-hold): a change commits only if everything that its decision read still holds. Otherwise the commit
//! is stale and writes nothing, and the decision is repeated on a newly loaded snapshot.

mod denials;

pub use denials::AuditedAction;

use crate::app_state::AppState;
use crate::error::{AppError, Fault};
use crate::hash_queue::HashPermit;
use crate::ports::{CommitError, IdempotencyRecord, Load, PriorResponse, Store, UsedCredential};
use crate::request_context::{CallerRateLimiter, RequestContext};
use denials::audit_denial;
use rolecall_core::authz::member::authenticate_member;
use rolecall_core::authz::quotas;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::change::{Decision, Effect};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::decision_error::DecisionError;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, Snapshot};
use rolecall_core::transaction::snapshot_values::ResolvedCredential;
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// Maximum number of decisions per request. Each stale commit means that another change was committed, so this many in a row
/// are a hot row: the request ends in [`Denial::Conflict`], and the client may retry it.
const TRIES_MAX: u32 = 12;
/// Maximum number of round trips that a request adds because a decision needed data that its use case did not load.
const EXTRA_LOADS_MAX: usize = 6;

/// The input of a request by reference, or its invalid fields: a decision is repeated, and returns the fields only after it has
/// checked the caller's permission.
pub(crate) fn by_ref<T>(input: &Result<T, Vec<FieldError>>) -> Result<&T, Vec<FieldError>> {
    input.as_ref().map_err(Clone::clone)
}

/// A response in the form that is stored in an idempotency record and replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredResponse {
    /// Form of the response, where a route has several.
    pub kind: String,
    /// Body without secrets, at most [`STORED_BODY_MAX`] bytes. Data that can be longer, or that is cheap to read, is left out:
    /// a replay reads its present state.
    pub body: String,
}

/// Maximum size of the body of a stored response in bytes. The schema has the same limit (`0010_replays.sql`). With its key,
/// fingerprint and principal a record takes at most 2.5 kB. It is deleted after a day.
pub const STORED_BODY_MAX: usize = 2_048;

/// The result of a mutation, with its response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome<T> {
    /// The change was committed now.
    Fresh {
        /// The decision's output.
        output: T,
        /// The output as a stored response; None if it is not stored, as the output of a dry run.
        response: Option<StoredResponse>,
    },
    /// The change was committed before under the same idempotency key, with this response.
    Replayed(StoredResponse),
}

impl<T> Outcome<T> {
    /// The response, fresh or replayed.
    ///
    /// # Errors
    ///
    /// The output, if it has no stored response.
    pub fn into_response(self) -> Result<StoredResponse, T> {
        match self {
            Outcome::Fresh { response: Some(response), .. } | Outcome::Replayed(response) => Ok(response),
            Outcome::Fresh { output, response: None } => Err(output),
        }
    }

    /// Maps the output of a fresh outcome.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Outcome::Fresh { output, response } => Outcome::Fresh { output: f(output), response },
            Outcome::Replayed(response) => Outcome::Replayed(response),
        }
    }
}

/// Runs a query: loads `lookups` in one round trip and decides, without a commit. A decision that needs further data causes
/// another round trip. A denial is recorded if `audited` is given: see [`execute`].
///
/// # Errors
///
/// [`AppError::Denied`] and [`AppError::Invalid`] of the decision; [`Denial::TooManyAttempts`] if the caller exceeds the rate
/// limit; [`AppError::Fault`] of the store, or if more than 6 further round trips are needed.
pub async fn query<S: Store, T>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>,
) -> Result<T, AppError> {
    let mut output = None;
    let mut keep = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        output = Some(decide(snapshot, ctx)?);
        Ok(())
    };
    read(app, request, lookups, audited, &mut keep).await?;
    output.ok_or_else(no_output)
}

/// A decision whose output its caller keeps, so that the protocol is compiled once, and not again for each type of output.
pub(crate) type Decide<'a, T> = dyn FnMut(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError> + 'a;

async fn read<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: &mut Decide<'_, ()>,
) -> Result<(), AppError> {
    let mut load = Load { credential: request.credential.clone(), replay: None, lookups };
    for _ in 0..=EXTRA_LOADS_MAX {
        let (snapshot, _) = app.store.load(&load).await?;
        check_caller_rate(request, &snapshot.credential).await?;
        note_last_used(request, &snapshot.credential);
        let snapshot = TrackedSnapshot::new(snapshot);
        match decide(&snapshot, &request.ctx) {
            Ok(()) => return Ok(()),
            Err(DecisionError::NotLoaded(lookup)) => load.lookups.push(*lookup),
            Err(DecisionError::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(DecisionError::Denied(denial)) => return Err(audit_denial(app, request, &snapshot, audited.as_ref(), denial).await),
        }
    }
    Err(too_many_loads())
}

pub(crate) fn no_output() -> AppError {
    AppError::Fault(Fault::new("a decision has no output"))
}

fn too_many_loads() -> AppError {
    AppError::Fault(Fault::new("a decision needed too many further lookups"))
}

/// Executes a command: loads `lookups` in one round trip, decides, and commits the change with its preconditions in another.
/// A stale commit is retried with newly loaded data. A change that writes nothing is not committed.
///
/// With an idempotency key, the change commits together with the response that `render` returns; the same request again
/// returns that response and changes nothing. The key belongs to the caller, or to the client network if the request has no
/// valid credential. If `render` returns None, or if nothing was changed for an anonymous caller, no record is stored.
///
/// If `audited` is given, a denial for a missing permission, for an escalation or because the caller is not the owner is
/// recorded in the audit log before it is returned. Other denials are not recorded.
///
/// # Errors
///
/// - [`AppError::Denied`] and [`AppError::Invalid`] of the decision.
/// - [`Denial::TooManyAttempts`] if the caller exceeds the rate limit, [`Denial::TooManyChanges`] if a quota of changes is used
///   up, [`Denial::IdempotencyKeyReused`] if the key was used with another request, [`Denial::Conflict`] after 12 stale commits.
/// - [`AppError::Fault`] of the store, if more than 6 further round trips are needed, if the stored body would exceed
///   [`STORED_BODY_MAX`], or if a denial cannot be recorded. After a fault of the commit the change may have been committed.
pub async fn execute<S: Store, T>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    commit(app, request, (IdempotencyScope::Caller, None), lookups, audited, decide, render).await
}

/// Like [`execute`], with the idempotency key scoped to the client network instead of the caller: for requests that need no
/// authentication and that start, end or replace the caller's session, after which a retry has another credential. Denials are
/// not recorded. With a permit, which a decision that hashes a password needs, each decision waits for its turn to hash.
///
/// # Errors
///
/// Those of [`execute`].
pub async fn execute_unauthenticated<S: Store, T>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    permit: Option<HashPermit<'_>>,
    lookups: Vec<Lookup>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    commit(app, request, (IdempotencyScope::Network, permit), lookups, None, decide, render).await
}

/// Like [`execute_unauthenticated`], with a decision that keeps its output itself and returns its stored response: compiled once for all
/// types of outputs.
///
/// # Errors
///
/// Those of [`execute`].
pub(crate) async fn execute_keeping<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    permit: Option<HashPermit<'_>>,
    lookups: Vec<Lookup>,
    decide: &mut Decide<'_, Decision<Option<StoredResponse>>>,
) -> Result<Outcome<()>, AppError> {
    write(app, request, (IdempotencyScope::Network, permit), lookups, None, decide).await
}

/// Owner of the idempotency key of a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum IdempotencyScope {
    /// The caller; the client network if the request has no valid credential.
    Caller,
    /// The client network.
    Network,
}

impl IdempotencyScope {
    /// Principal of the idempotency record. An ended session or API key counts as no credential, so that it gives access to
    /// no stored response.
    fn principal(self, request: &RequestContext, credential: &ResolvedCredential) -> String {
        let now = request.ctx.now;
        match credential {
            ResolvedCredential::Session(Some((session, user))) if self == IdempotencyScope::Caller && session.is_live(now) => {
                user.id.to_string()
            }
            ResolvedCredential::ApiKey(Some(key)) if self == IdempotencyScope::Caller && key.is_live(now) => key.id.to_string(),
            _ => request.anonymous_idempotency_owner(),
        }
    }
}

async fn commit<S: Store, T>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    (scope, permit): (IdempotencyScope, Option<HashPermit<'_>>),
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    let mut output = None;
    let mut keep = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        let decision = decide(snapshot, ctx)?;
        let response = render(&decision.output);
        output = Some(decision.output);
        Ok(Decision { change: decision.change, output: response })
    };
    match write(app, request, (scope, permit), lookups, audited, &mut keep).await? {
        Outcome::Replayed(response) => Ok(Outcome::Replayed(response)),
        Outcome::Fresh { response, .. } => Ok(Outcome::Fresh { output: output.ok_or_else(no_output)?, response }),
    }
}

/// [`commit`] with the response as the output of the decision.
async fn write<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    (scope, permit): (IdempotencyScope, Option<HashPermit<'_>>),
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: &mut Decide<'_, Decision<Option<StoredResponse>>>,
) -> Result<Outcome<()>, AppError> {
    let replay = request.idempotency.as_ref().map(|idempotency| (idempotency.key.clone(), request.anonymous_idempotency_owner()));
    let mut load = Load { credential: request.credential.clone(), replay, lookups };
    let mut extra_loads = 0;
    while request.tries.get() < TRIES_MAX {
        let (snapshot, prior) = app.store.load(&load).await?;
        check_caller_rate(request, &snapshot.credential).await?;
        note_last_used(request, &snapshot.credential);
        let principal = scope.principal(request, &snapshot.credential);
        let prior = prior.into_iter().find(|(owner, _)| *owner == principal);
        if let (Some((_, prior)), Some(idempotency)) = (prior, &request.idempotency) {
            let outcome = prior_outcome(prior, &idempotency.fingerprint)?;
            let account = audited.as_ref().and_then(|action| action.account);
            check_replay(app, request, snapshot, account, &outcome)?;
            return Ok(outcome);
        }
        if let Some(permit) = &permit {
            permit.wait_turn().await;
        }
        let snapshot = TrackedSnapshot::new(snapshot);
        request.ctx.rewind_rng();
        let mut decision = match decide(&snapshot, &request.ctx) {
            Ok(decision) => decision,
            Err(DecisionError::NotLoaded(lookup)) if extra_loads < EXTRA_LOADS_MAX => {
                extra_loads += 1;
                load.lookups.push(*lookup);
                continue;
            }
            Err(DecisionError::NotLoaded(_)) => return Err(too_many_loads()),
            Err(DecisionError::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(DecisionError::Denied(denial)) => return Err(audit_denial(app, request, &snapshot, audited.as_ref(), denial).await),
        };
        request.tries.set(request.tries.get() + 1);
        let response = decision.output;
        // An anonymous request that changes nothing is not stored: a retry changes nothing either.
        let stores = !decision.change.is_empty() || principal != request.anonymous_idempotency_owner();
        let record = request.idempotency.as_ref().filter(|_| stores).zip(response.as_ref()).map(|(idempotency, response)| {
            let response =
                PriorResponse { fingerprint: idempotency.fingerprint.clone(), kind: response.kind.clone(), body: response.body.clone() };
            IdempotencyRecord { principal, key: idempotency.key.clone(), response, at: request.ctx.now }
        });
        quotas::check_change_quota(&snapshot, app.config, &request.ctx, &mut decision.change)?;
        if record.as_ref().is_some_and(|record| record.response.body.len() > STORED_BODY_MAX) {
            return Err(AppError::Fault(Fault::new("a response is too large to be stored")));
        }
        if decision.change.is_empty() && record.is_none() {
            return Ok(Outcome::Fresh { output: (), response });
        }
        let outcome = app.store.commit(&decision.change, record.as_ref()).await;
        if !matches!(outcome, Err(CommitError::Stale)) {
            // After a fault too: the change may have been committed, and only the reply was lost.
            let accounts = decision.change.events.iter().map(|event| event.account);
            request.deferred.borrow_mut().min_token_versions.extend(accounts.filter(|account| decision.change.revokes_rights_in(*account)));
        }
        match outcome {
            Ok(()) => {
                let mut deferred = request.deferred.borrow_mut();
                deferred.seal.extend(decision.change.events.iter().map(|event| event.account));
                deferred.mail |=
                    decision.change.effects.iter().any(|effect| matches!(effect, Effect::InsertMail(_) | Effect::InsertMailToUser(_)));
                return Ok(Outcome::Fresh { output: (), response });
            }
            Err(CommitError::Stale) => {}
            Err(CommitError::Fault(fault)) => return Err(AppError::Fault(fault)),
        }
    }
    Err(Denial::Conflict.into())
}

/// Requires for a replay that shows data of an account that the session's user is still a member of it.
fn check_replay<S>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    snapshot: Snapshot,
    account: Option<AccountId>,
    outcome: &Outcome<()>,
) -> Result<(), Denial> {
    let shows_data = matches!(outcome, Outcome::Replayed(response) if !response.body.is_empty());
    let by_session = matches!(snapshot.credential, ResolvedCredential::Session(_));
    let Some(account) = account.filter(|_| shows_data && by_session) else { return Ok(()) };
    match authenticate_member(&TrackedSnapshot::new(snapshot), app.config, &request.ctx, account) {
        Ok(_) => Ok(()),
        Err(DecisionError::Denied(denial)) => Err(denial),
        Err(DecisionError::Invalid(_) | DecisionError::NotLoaded(_)) => Err(Denial::Conflict),
    }
}

fn prior_outcome(prior: PriorResponse, fingerprint: &str) -> Result<Outcome<()>, AppError> {
    if prior.fingerprint == fingerprint {
        return Ok(Outcome::Replayed(StoredResponse { kind: prior.kind, body: prior.body }));
    }
    Err(Denial::IdempotencyKeyReused.into())
}

/// Checks the rate limit of an authenticated caller, across networks and sessions; once per request.
async fn check_caller_rate(request: &RequestContext, credential: &ResolvedCredential) -> Result<(), AppError> {
    let caller = match credential {
        ResolvedCredential::Session(Some((session, user))) if session.is_live(request.ctx.now) => format!("user:{}", user.id),
        ResolvedCredential::ApiKey(Some(key)) if key.is_live(request.ctx.now) => format!("key:{}", key.id),
        ResolvedCredential::Token(Some(user)) => format!("user:{}", user.id),
        _ => return Ok(()),
    };
    let caller_rate_limiter = request.caller_rate_limiter.take();
    if caller_rate_limiter.allows(caller).await? {
        Ok(())
    } else {
        Err(Denial::TooManyAttempts { retry_after: CallerRateLimiter::PERIOD_SECONDS }.into())
    }
}

/// Notes the caller for the log, and the session or API key whose last use is due to be written.
fn note_last_used(request: &RequestContext, credential: &ResolvedCredential) {
    let now = request.ctx.now;
    let log_subject = match credential {
        ResolvedCredential::Session(Some((_, user))) | ResolvedCredential::Token(Some(user)) => Some(user.id.to_string()),
        ResolvedCredential::ApiKey(Some(key)) => Some(key.id.to_string()),
        _ => None,
    };
    if log_subject.is_some() {
        *request.log_subject.borrow_mut() = log_subject;
    }
    let used = match credential {
        ResolvedCredential::Session(Some((session, _))) if session.is_live(now) && session.should_record_last_use(now) => {
            UsedCredential::Session(session.id)
        }
        ResolvedCredential::ApiKey(Some(key)) if key.is_live(now) && key.should_record_last_use(now) => UsedCredential::ApiKey(key.id),
        _ => return,
    };
    request.deferred.borrow_mut().last_use = Some(used);
}

#[cfg(test)]
mod tests;
