//! Assertions on results of decisions.

use super::{STALE_VERSION, Team, ctx, ctx_if_match};
use crate::domain::authentication::FRESH_SECONDS;
use crate::domain::identity::IdentityKind;
use crate::domain::personal_value::{disclosed, placeholder_digest};
use crate::domain::session::SESSION_IDLE_SECONDS;
use crate::testing::{NOW, config, ctx_at, session, user};
use crate::transaction::audit_event::NewEvent;
use crate::transaction::change::ChangeSet;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::{Lookup, Snapshot};
use crate::transaction::precondition::Precondition;
use crate::transaction::snapshot_values::ResolvedCredential;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use core::fmt::Debug;

/// The denial of a result.
///
/// # Panics
///
/// If the result is anything else.
pub fn denied<T: Debug>(result: Result<T, DecisionError>) -> Denial {
    match result {
        Err(DecisionError::Denied(denial)) => denial,
        other => panic!("no denial: {other:?}"),
    }
}

/// The invalid fields of a result, each as `pointer code`.
///
/// # Panics
///
/// If the result is anything else.
pub fn invalid<T: Debug>(result: Result<T, DecisionError>) -> Vec<String> {
    match result {
        Err(DecisionError::Invalid(errors)) => errors.into_iter().map(|error| format!("{} {}", error.pointer, error.code)).collect(),
        other => panic!("no invalid fields: {other:?}"),
    }
}

/// The lookup that a result asks for.
///
/// # Panics
///
/// If the result is anything else.
pub fn not_loaded<T: Debug>(result: Result<T, DecisionError>) -> Lookup {
    match result {
        Err(DecisionError::NotLoaded(lookup)) => *lookup,
        other => panic!("nothing is asked for: {other:?}"),
    }
}

/// The actions of a change's audit events, in order.
pub fn event_names(change: &ChangeSet) -> Vec<&'static str> {
    change.events.iter().map(|event| event.action).collect()
}

/// The `data` of a change's only audit event, as JSON, with its personal values.
///
/// # Panics
///
/// If the change does not have exactly one event.
pub fn event_data(change: &ChangeSet) -> serde_json::Value {
    match change.events.as_slice() {
        [event] => disclosed_data(event),
        events => panic!("{} events", events.len()),
    }
}

/// The `data` of an event, with its personal values in their places.
pub fn disclosed_data(event: &NewEvent) -> serde_json::Value {
    let disclosures: Vec<_> = event.disclosures.iter().map(|(_, disclosure)| disclosure.clone()).collect();
    let mut data = event.data.clone();
    for value in data.values_mut() {
        if let Some(digest) = placeholder_digest(value) {
            *value = disclosed(digest, &disclosures).into();
        }
    }
    data.into()
}

/// Asserts that the decision asks a session whose authentication is five minutes old for another, with the ways to do so.
///
/// # Panics
///
/// If it does not.
pub fn assert_requires_fresh<T: Debug>(team: &Team, decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>) {
    let at = |seconds: i64| decide(&team.snapshot(), &ctx_at(NOW.plus_seconds(FRESH_SECONDS + seconds)));
    let methods = vec![IdentityKind::Password, IdentityKind::Email];
    assert_eq!(denied(at(1)), Denial::ReauthenticationRequired { methods });
    let fresh = at(0);
    assert!(!matches!(fresh, Err(DecisionError::Denied(Denial::ReauthenticationRequired { .. }))), "{fresh:?}");
}

/// Asserts that a change commits only while each of these holds.
///
/// # Panics
///
/// If one was not recorded.
pub fn assert_rests_on(change: &ChangeSet, preconditions: &[Precondition]) {
    for precondition in preconditions {
        assert!(change.preconditions.contains(precondition), "{precondition:?} is not among {:#?}", change.preconditions);
    }
}

/// The slots of the snapshot without which the decision asks for a lookup instead.
///
/// # Panics
///
/// If the decision comes out differently without one of the other slots: it would decide on missing data.
pub fn slots_needed<T: PartialEq + Debug>(
    team: &Team,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>,
) -> Vec<&'static str> {
    let whole = decide(&team.snapshot(), &ctx());
    assert!(!matches!(whole, Err(DecisionError::NotLoaded(_))), "the fixture lacks {whole:?}");
    let needed = Snapshot::SLOT_CLEARERS.iter().filter(|(slot, clear)| {
        let mut loaded = team.load();
        clear(&mut loaded);
        let result = decide(&TrackedSnapshot::new(loaded), &ctx());
        let stopped = matches!(result, Err(DecisionError::NotLoaded(_)));
        assert!(stopped || result == whole, "without `{slot}` it decides {result:?}");
        stopped
    });
    needed.map(|(slot, _)| *slot).collect()
}

/// Asserts the first checks of a command or query of an account, in their order: session (401), membership (404), permission
/// (403). `If-Match` names a stale version in each, which must not be noticed before.
///
/// # Panics
///
/// If one of them comes out differently.
pub fn assert_requires_permission<T: Debug>(
    team: &Team,
    permission: &str,
    decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>,
) {
    assert_members_only(team, &decide);
    let config = config();
    let others: Vec<&str> =
        config.policy.permissions().iter().map(|known| known.code.as_str()).filter(|code| *code != permission).collect();
    let limited = team.clone().custom_role("all-but-one", &others).member("mallory", "all-but-one").as_caller("mallory");
    match denied(decide(&limited.snapshot(), &ctx_if_match(&[STALE_VERSION]))) {
        Denial::PermissionMissing(refusal) => {
            assert_eq!((refusal.permission.as_str(), refusal.role.as_str()), (permission, "all-but-one"));
            assert!(!refusal.granted_by.contains(&"all-but-one".to_owned()));
        }
        other => panic!("without `{permission}`: {other:?}"),
    }
}

/// Like [`assert_requires_permission`] for what the owner alone may do.
///
/// # Panics
///
/// If one of the checks comes out differently.
pub fn assert_requires_owner<T: Debug>(team: &Team, decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>) {
    assert_members_only(team, &decide);
    let admin = team.clone().member("mallory", "admin").as_caller("mallory");
    assert_eq!(denied(decide(&admin.snapshot(), &ctx_if_match(&[STALE_VERSION]))), Denial::OwnerOnly);
}

/// Asserts that nobody but members with a live session gets further than 401 or 404.
///
/// # Panics
///
/// If somebody does.
pub fn assert_members_only<T: Debug>(team: &Team, decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>) {
    let stale = || ctx_if_match(&[STALE_VERSION]);
    assert_needs_session(team, &decide);
    let stranger = team.clone().stranger("zoe").as_caller("zoe");
    assert_eq!(denied(decide(&stranger.snapshot(), &stale())), Denial::AccountNotFound);
    let absent = team.clone().stranger("zoe").as_caller("zoe").adjust(|loaded| loaded.accounts.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(decide(&absent.snapshot(), &stale())), Denial::AccountNotFound);
}

/// Asserts that only a live session gets further than 401.
///
/// # Panics
///
/// If something else does.
pub fn assert_needs_session<T: Debug>(team: &Team, decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>) {
    let keyed = ResolvedCredential::ApiKey(None);
    let token = ResolvedCredential::Token(Some(user("ann")));
    for credential in [ResolvedCredential::None, ResolvedCredential::Session(None), keyed, token] {
        let result = decide(&team.clone().credential(credential).snapshot(), &ctx_if_match(&[STALE_VERSION]));
        assert_eq!(denied(result), Denial::SessionMissing);
    }
    let idle = team.clone().credential(ResolvedCredential::Session(Some((session("ann"), user("ann")))));
    assert_eq!(denied(decide(&idle.snapshot(), &ctx_at(NOW.plus_seconds(SESSION_IDLE_SECONDS)))), Denial::SessionExpired);
}

/// Asserts that a stale `If-Match` is refused (412), that the version of the account is accepted, and that the change then
/// rests on that version.
///
/// # Panics
///
/// If one of them comes out differently.
pub fn assert_checks_if_match<T: Debug>(team: &Team, decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<T, DecisionError>) {
    assert_eq!(denied(decide(&team.snapshot(), &ctx_if_match(&[STALE_VERSION]))), Denial::PreconditionFailed);
    let accepted = decide(&team.snapshot(), &ctx_if_match(&[STALE_VERSION, super::VERSION]));
    assert!(!matches!(accepted, Err(DecisionError::Denied(Denial::PreconditionFailed))), "{accepted:?}");
}
