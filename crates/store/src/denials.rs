//! Denied attempts in the audit log. A period has one event per actor, action, resource and data, up to a limit per actor and a
//! limit per account; beyond a limit, one further event states that more attempts were denied. The first denial of each action by
//! an actor is always recorded, so that repeated denials of one action cannot suppress those of another.

use crate::audit_log;
use crate::database::Statement;
use rolecall_app::ports::DeniedAttempt;

macro_rules! append {
    ($condition:expr) => {
        concat!(
            "INSERT INTO audit_append (account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures) \
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 WHERE ",
            $condition
        )
    };
}
/// The actor's denied attempts within the period.
macro_rules! recent {
    () => {
        "FROM audit_event INDEXED BY audit_denied_by_actor WHERE account = ?1 AND actor_id = ?5 AND outcome = 'denied' AND at > ?14"
    };
}
const ATTEMPT: &str = append!(concat!(
    "NOT EXISTS (SELECT 1 ",
    recent!(),
    " AND action = ?7 AND resource_type = ?8 AND resource_id = ?9 AND data = ?11) AND (NOT EXISTS (SELECT 1 ",
    recent!(),
    " AND action = ?7) OR (SELECT count(*) ",
    recent!(),
    " AND action <> ?16) < ?15 AND (SELECT count(*) FROM audit_event INDEXED BY audit_denied_by_time \
        WHERE account = ?1 AND outcome = 'denied' AND at > ?14) < ?17)"
));
/// Records that a limit is reached, unless the period already has such an event. Runs after [`ATTEMPT`]: if the attempt has no event
/// then, a limit suppressed it.
const LIMIT: &str = append!(concat!(
    "NOT EXISTS (SELECT 1 ",
    recent!(),
    " AND (action = ?7 OR action = ?15 AND resource_type = ?16 AND resource_id = ?17 AND data = ?18))"
));

/// The statements that record a denied attempt.
pub(crate) fn insert(denied: &DeniedAttempt) -> Vec<Statement> {
    let (attempt, limit) = (audit_log::values(&denied.attempt), audit_log::values(&denied.limit));
    let same: Vec<_> = [6, 7, 8, 10].into_iter().filter_map(|index: usize| attempt.get(index).cloned()).collect();
    let since = || crate::database::Value::from(denied.since.millis());
    let first = attempt.into_iter().chain([since(), denied.max.into(), denied.limit.action.into(), denied.account_max.into()]);
    let second = limit.into_iter().chain([since()]).chain(same);
    vec![Statement::new(ATTEMPT, first), Statement::new(LIMIT, second)]
}
