//! How a change is committed: load a consistent view, decide purely, commit with the facts that were read.
//!
//! INVARIANT (facts-hold): a change commits only if every fact that its decision read still holds. When one
//! was lost, everything is rolled back and the decision is made again on what is true now.

use crate::error::AppError;
use crate::hashing::HashPermit;
use crate::ports::{CommitError, DeniedAttempt, IdempotencyRecord, LastUse, Load, PriorResponse, Store};
use crate::request_context::{App, CallerRateLimit, RequestContext};
use rolecall_core::authz::quotas;
use rolecall_core::domain::audit::Actor;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::{Data, EventOutcome, NewEvent, Resource};
use rolecall_core::transaction::change::{Decision, Effect};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::decision_error::DecisionError;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Lookup;
use rolecall_core::transaction::snapshot::ResolvedCredential;
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

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
pub struct StoredResponse {
    /// Tells the forms of answer of one route apart.
    pub kind: String,
    /// The body, without secrets; at most [`STORED_BODY_MAX`]. What can be longer, or is cheap to read again, is no part of
    /// it: the replay says how it is now.
    pub body: String,
}

/// Most bytes of a kept answer's body; stands in the schema too (`0010_replays.sql`). With its key, fingerprint and principal
/// a record takes 2.5 kB at most, and most take a fifth of that. A day later it is deleted.
pub const STORED_BODY_MAX: usize = 2_048;

/// The result of a mutation, rendered once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome<T> {
    /// The change was committed now.
    Fresh {
        /// The decision's output.
        output: T,
        /// The output as a response; None where it is not one that is stored, as of a dry run.
        response: Option<StoredResponse>,
    },
    /// The change was committed before under the same idempotency key, with this response.
    Replayed(StoredResponse),
}

impl<T> Outcome<T> {
    /// The response, fresh or replayed.
    ///
    /// # Errors
    /// The output, where it was rendered to no stored response.
    pub fn into_response(self) -> Result<StoredResponse, T> {
        match self {
            Outcome::Fresh { response: Some(response), .. } | Outcome::Replayed(response) => Ok(response),
            Outcome::Fresh { output, response: None } => Err(output),
        }
    }

    /// The outcome with another form of the output.
    pub(crate) fn map<U>(self, form: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Outcome::Fresh { output, response } => Outcome::Fresh { output: form(output), response },
            Outcome::Replayed(response) => Outcome::Replayed(response),
        }
    }
}

/// What a caller tries, for the audit log of the account if they may not.
#[derive(Clone, Debug)]
pub struct AuditedAction {
    /// Where; None: in the account that the caller acts in.
    pub account: Option<AccountId>,
    /// The action's word.
    pub action: &'static str,
    /// On what.
    pub resource: Resource,
    /// The id of the single thing, where the resource is a kind of request.
    pub target: Option<String>,
}

impl AuditedAction {
    /// An attempt on something in an account.
    pub fn new(account: AccountId, action: &'static str, resource: Resource) -> Self {
        AuditedAction { account: Some(account), ..AuditedAction::at_home(action, resource) }
    }

    /// An attempt in the account that the caller acts in, which only loading tells.
    pub fn at_home(action: &'static str, resource: Resource) -> Self {
        AuditedAction { account: None, action, resource, target: None }
    }
}

/// Loads and answers; nothing is written but a denied attempt.
pub async fn query<S: Store, T>(
    app: &App<'_, S>,
    request: &RequestContext,
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>,
) -> Result<T, AppError> {
    let mut load = Load { credential: request.credential.clone(), replay: None, lookups };
    for _ in 0..LOADS_MAX {
        let (snapshot, _) = app.store.load(&load).await?;
        check_caller_rate(request, &snapshot.credential).await?;
        note_last_used(request, &snapshot.credential);
        let snapshot = TrackedSnapshot::new(snapshot);
        match decide(&snapshot, &request.ctx) {
            Ok(answer) => return Ok(answer),
            Err(DecisionError::NotLoaded(lookup)) => load.lookups.push(*lookup),
            Err(DecisionError::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(DecisionError::Denied(denial)) => return Err(audit_denial(app, request, &snapshot, audited.as_ref(), denial).await),
        }
    }
    Err(AppError::Fault(crate::Fault::new("a decision asked for more and more")))
}

/// Loads, decides and commits, again where a fact was lost; under an idempotency key, once.
pub async fn execute<S: Store, T>(
    app: &App<'_, S>,
    request: &RequestContext,
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    commit(app, request, (IdempotencyScope::Caller, None), lookups, audited, decide, render).await
}

/// The same for requests that anybody may send and that start, end or replace the caller's own session. Who the caller is
/// can have changed by the time that they send such a request again, so its idempotency key is the network's, whatever
/// session comes along. With a permit, the decision computes a password hash: it waits for its turn.
pub async fn execute_unauthenticated<S: Store, T>(
    app: &App<'_, S>,
    request: &RequestContext,
    permit: Option<HashPermit<'_>>,
    lookups: Vec<Lookup>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    commit(app, request, (IdempotencyScope::Network, permit), lookups, None, decide, render).await
}

/// Whose a request's idempotency key is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum IdempotencyScope {
    /// The caller's; the network's where nobody is signed in.
    Caller,
    /// The network's.
    Network,
}

impl IdempotencyScope {
    /// The principal under which an answer is kept and found. A session or key that has ended is nobody's: it opens
    /// nothing, not even an old answer.
    fn principal(self, request: &RequestContext, credential: &ResolvedCredential) -> String {
        let now = request.ctx.now;
        match credential {
            ResolvedCredential::Session(Some((session, user))) if self == IdempotencyScope::Caller && session.is_live(now) => {
                user.id.to_string()
            }
            ResolvedCredential::ApiKey(Some(key)) if self == IdempotencyScope::Caller && key.is_live(now) => key.id.to_string(),
            _ => request.anonymous_principal(),
        }
    }
}

async fn commit<S: Store, T>(
    app: &App<'_, S>,
    request: &RequestContext,
    (scope, permit): (IdempotencyScope, Option<HashPermit<'_>>),
    lookups: Vec<Lookup>,
    audited: Option<AuditedAction>,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<T>, DecisionError>,
    render: impl Fn(&T) -> Option<StoredResponse>,
) -> Result<Outcome<T>, AppError> {
    let replay = request.idempotency.as_ref().map(|idempotency| (idempotency.key.clone(), request.anonymous_principal()));
    let mut load = Load { credential: request.credential.clone(), replay, lookups };
    let mut loads = 0;
    while request.tries.get() < TRIES_MAX {
        let (snapshot, earlier) = app.store.load(&load).await?;
        check_caller_rate(request, &snapshot.credential).await?;
        note_last_used(request, &snapshot.credential);
        let principal = scope.principal(request, &snapshot.credential);
        let earlier = earlier.into_iter().find(|(whose, _)| *whose == principal);
        if let (Some((_, earlier)), Some(idempotency)) = (earlier, &request.idempotency) {
            return prior_outcome(earlier, &idempotency.fingerprint);
        }
        if let Some(permit) = &permit {
            permit.wait_turn().await;
        }
        let snapshot = TrackedSnapshot::new(snapshot);
        request.ctx.rewind_rng();
        let mut decision = match decide(&snapshot, &request.ctx) {
            Ok(decision) => decision,
            Err(DecisionError::NotLoaded(lookup)) if loads < LOADS_MAX => {
                loads += 1;
                load.lookups.push(*lookup);
                continue;
            }
            Err(DecisionError::NotLoaded(_)) => return Err(AppError::Fault(crate::Fault::new("a decision asked for more and more"))),
            Err(DecisionError::Invalid(errors)) => return Err(AppError::Invalid(errors)),
            Err(DecisionError::Denied(denial)) => return Err(audit_denial(app, request, &snapshot, audited.as_ref(), denial).await),
        };
        request.tries.set(request.tries.get() + 1);
        let response = render(&decision.output);
        // Without a signed-in caller, a request that changes nothing is not stored: sent again it changes nothing again.
        let stores = !decision.change.is_empty() || principal != request.anonymous_principal();
        let record = request.idempotency.as_ref().filter(|_| stores).zip(response.as_ref()).map(|(idempotency, response)| {
            let response =
                PriorResponse { fingerprint: idempotency.fingerprint.clone(), kind: response.kind.clone(), body: response.body.clone() };
            IdempotencyRecord { principal, key: idempotency.key.clone(), response, at: request.ctx.now }
        });
        quotas::check_change_quota(&snapshot, app.config, &request.ctx, &mut decision.change)?;
        if record.as_ref().is_some_and(|record| record.response.body.len() > STORED_BODY_MAX) {
            return Err(AppError::Fault(crate::Fault::new("an answer is too large to be kept")));
        }
        if decision.change.is_empty() && record.is_none() {
            return Ok(Outcome::Fresh { output: decision.output, response });
        }
        let outcome = app.store.commit(&decision.change, record.as_ref()).await;
        if !matches!(outcome, Err(CommitError::Stale)) {
            // Also where only the answer was lost: it may have been committed all the same.
            let accounts = decision.change.events.iter().map(|event| event.account);
            request.deferred.borrow_mut().min_token_versions.extend(accounts.filter(|account| decision.change.revokes_rights_in(*account)));
        }
        match outcome {
            Ok(()) => {
                let mut after = request.deferred.borrow_mut();
                after.seal.extend(decision.change.events.iter().map(|event| event.account));
                after.mail |=
                    decision.change.effects.iter().any(|effect| matches!(effect, Effect::InsertMail(_) | Effect::InsertMailToUser(_)));
                return Ok(Outcome::Fresh { output: decision.output, response });
            }
            Err(CommitError::Stale) => {}
            Err(CommitError::Fault(fault)) => return Err(AppError::Fault(fault)),
        }
    }
    Err(Denial::Conflict.into())
}

fn prior_outcome<T>(earlier: PriorResponse, fingerprint: &str) -> Result<Outcome<T>, AppError> {
    if earlier.fingerprint == fingerprint {
        return Ok(Outcome::Replayed(StoredResponse { kind: earlier.kind, body: earlier.body }));
    }
    Err(Denial::IdempotencyKeyReused.into())
}

/// Refuses whoever is signed in and asks too often, from wherever; once in a request.
async fn check_caller_rate(request: &RequestContext, credential: &ResolvedCredential) -> Result<(), AppError> {
    let log_subject = match credential {
        ResolvedCredential::Session(Some((session, user))) if session.is_live(request.ctx.now) => format!("user:{}", user.id),
        ResolvedCredential::ApiKey(Some(key)) if key.is_live(request.ctx.now) => format!("key:{}", key.id),
        ResolvedCredential::Token(Some(user)) => format!("user:{}", user.id),
        _ => return Ok(()),
    };
    let caller_rate_limit = request.caller_rate_limit.take();
    if caller_rate_limit.allows(log_subject).await? {
        Ok(())
    } else {
        Err(Denial::TooManyAttempts { retry_after: CallerRateLimit::PERIOD_SECONDS }.into())
    }
}

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
        ResolvedCredential::Session(Some((session, _))) if session.is_live(now) && session.last_use_is_due(now) => {
            LastUse::Session(session.id)
        }
        ResolvedCredential::ApiKey(Some(key)) if key.is_live(now) && key.last_use_is_due(now) => LastUse::ApiKey(key.id),
        _ => return,
    };
    request.deferred.borrow_mut().last_use = Some(used);
}

/// The denial as the answer; one of somebody inside the account is recorded first.
async fn audit_denial<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    snapshot: &TrackedSnapshot,
    audited: Option<&AuditedAction>,
    denial: Denial,
) -> AppError {
    let (Some(audited), Denial::PermissionMissing(_) | Denial::PermissionEscalation(_) | Denial::OwnerOnly) = (audited, &denial) else {
        return denial.into();
    };
    let Ok(principal) = snapshot.principal(request.ctx.now) else {
        return denial.into();
    };
    let account = audited.account.unwrap_or(principal.default_account());
    let denied = denied(request, account, principal.actor(), audited, &denial);
    match app.store.record_denial(&denied).await {
        Ok(()) => {
            request.deferred.borrow_mut().seal.push(account);
            denial.into()
        }
        // An attempt that cannot be recorded is not answered as if it had been (ASVS 5.0 16.3.2).
        Err(fault) => AppError::Fault(fault),
    }
}

/// The event of a refused attempt, and the one that stands for all beyond the limit.
fn denied(request: &RequestContext, account: AccountId, actor: Actor, audited: &AuditedAction, denial: &Denial) -> DeniedAttempt {
    let data = match denial {
        Denial::PermissionMissing(refusal) | Denial::PermissionEscalation(refusal) => {
            Data::none().with("permission", &refusal.permission).with("role", &refusal.role)
        }
        _ => Data::none(),
    };
    let data = match &audited.target {
        Some(id) => data.with("id", id.chars().take(TARGET_SHOWN).collect::<String>()),
        None => data,
    };
    let event = |actor, action, resource, data| NewEvent {
        outcome: EventOutcome::Denied,
        ..request.ctx.event_by(account, actor, action, resource, data)
    };
    let limits = Data::none().with("limit", DENIALS_MAX).with("seconds", DENIAL_QUIET_SECONDS);
    DeniedAttempt {
        limit: event(actor.clone(), DENIALS_LIMIT, Resource::new("account", account), limits),
        attempt: event(actor, audited.action, audited.resource.clone(), data),
        since: request.ctx.now.plus_seconds(-DENIAL_QUIET_SECONDS),
        max: DENIALS_MAX,
        account_max: ACCOUNT_DENIALS_MAX,
    }
}
