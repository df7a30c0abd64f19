//! Denials in the audit log: which are recorded, how often, and with what.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::{DeniedAttempt, Store};
use crate::request_context::RequestContext;
use rolecall_core::domain::audit::Actor;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::{EventData, EventOutcome, NewEvent, Resource};
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// Window in which equal denials (actor, action, resource and data) are recorded once, in seconds.
const DENIAL_WINDOW_SECONDS: i64 = 60;
/// Maximum number of different denials that are recorded per actor and window: more than a page causes that requests what its
/// user may not read, and too few to flood the audit log. Beyond it, one event says that there were more.
const DENIALS_MAX: i64 = 20;
/// Maximum number of different denials that are recorded per account and window: an account can have many API keys.
const ACCOUNT_DENIALS_MAX: i64 = 100;
/// Action of the event that is recorded beyond [`DENIALS_MAX`].
const DENIALS_LIMIT: &str = "denials.limit";
/// Maximum length of the target's id in a recorded denial, in characters: that of a resource id in a rule of the policy.
pub(super) const TARGET_CHARS_MAX: usize = 200;

/// An action whose denial is recorded in the audit log of the account.
#[derive(Clone, Debug)]
pub struct AuditedAction {
    /// Account of the action; None: the default account of the principal.
    pub account: Option<AccountId>,
    /// Action, as `resource.verb`.
    pub action: &'static str,
    /// Resource of the action.
    pub resource: Resource,
    /// Id of the requested object, if the resource is a route.
    pub target: Option<String>,
}

impl AuditedAction {
    /// An action on a resource of an account.
    pub fn new(account: AccountId, action: &'static str, resource: Resource) -> Self {
        AuditedAction { account: Some(account), ..AuditedAction::in_default_account(action, resource) }
    }

    /// An action on a resource of the principal's default account, which is known once the credential is loaded.
    pub fn in_default_account(action: &'static str, resource: Resource) -> Self {
        AuditedAction { account: None, action, resource, target: None }
    }
}

/// Records a denial of an authorisation rule in the audit log, and returns it as the error of the request.
pub(super) async fn audit_denial<S: Store>(
    app: &AppState<'_, S>,
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
        // A denial is not returned as such unless it was recorded (ASVS 5.0 16.3.2).
        Err(fault) => AppError::Fault(fault),
    }
}

/// The event of a denial, and the event that is recorded beyond the limits instead.
fn denied(request: &RequestContext, account: AccountId, actor: Actor, audited: &AuditedAction, denial: &Denial) -> DeniedAttempt {
    let data = match denial {
        Denial::PermissionMissing(refusal) | Denial::PermissionEscalation(refusal) => {
            EventData::none().with("permission", &refusal.permission).with("role", &refusal.role)
        }
        _ => EventData::none(),
    };
    let data = match &audited.target {
        Some(id) => data.with("id", id.chars().take(TARGET_CHARS_MAX).collect::<String>()),
        None => data,
    };
    let event = |actor, action, resource, data| NewEvent {
        outcome: EventOutcome::Denied,
        ..request.ctx.event_by(account, actor, action, resource, data)
    };
    let limits = EventData::none().with("limit", DENIALS_MAX).with("seconds", DENIAL_WINDOW_SECONDS);
    DeniedAttempt {
        limit: event(actor.clone(), DENIALS_LIMIT, Resource::new("account", account), limits),
        attempt: event(actor, audited.action, audited.resource.clone(), data),
        since: request.ctx.now.plus_seconds(-DENIAL_WINDOW_SECONDS),
        max: DENIALS_MAX,
        account_max: ACCOUNT_DENIALS_MAX,
    }
}
