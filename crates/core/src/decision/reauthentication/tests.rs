use super::*;
use crate::credential::lockout::{Attempts, FREE_FAILURES};
use crate::credential::password;
use crate::domain::authentication::AssuranceLevel;
use crate::domain::identity::StoredPassword;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::session::SESSION_IDLE_SECONDS;
use crate::testing::*;
use crate::transaction::precondition::Precondition;
use std::cell::RefCell;
use std::sync::OnceLock;

const RIGHT: &str = "seven quiet lanterns";
const WRONG: &str = "not this one at all";

fn stored() -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| password::hash(RIGHT, [3; 16], None)).clone()
}

fn counters() -> CounterKeys {
    CounterKeys::for_session(&secret_hash("ann"))
}

fn team(failures: Option<u32>) -> Team {
    let failed = failures.map(|failures| Attempts { failures, last_failure: NOW });
    let team = Team::new().owner("ann").password("ann", stored()).as_caller("ann");
    team.attempts(&counters().backoff, failed).attempts(&counters().cap, failed)
}

fn attempt(team: &Team, password: &str, ctx: &DecisionContext) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    let typed = TypedPassword { password, pepper: None, verification_cache: &RefCell::default() };
    by_password(&team.snapshot(), ctx, typed, counters(), &secret_hash("new"))
}

#[test]
fn the_right_password_gives_the_session_a_new_time_and_a_new_token() {
    let later = NOW.plus_seconds(3_600);
    let decided = attempt(&team(Some(2)), RIGHT, &ctx_at(later)).unwrap();
    let renewed = decided.output.unwrap();
    assert_eq!((renewed.id, &renewed.token, renewed.created_at), (session_id("ann"), &secret_hash("new"), NOW));
    assert_eq!(renewed.authentication, Authentication { level: AssuranceLevel::One, methods: vec![AuthMethod::Password], at: later });
    let [backoff, cap] = counters().both();
    let expected = [
        Effect::ClearFailures(backoff),
        Effect::ClearFailures(cap),
        Effect::UseIdentity(user_id("ann"), IdentityKind::Password, later),
        Effect::RenewSession(renewed),
    ];
    assert_eq!(decided.change.effects, expected);
    let rests_on = [
        Precondition::SessionLive(session_id("ann")),
        Precondition::SessionTokenIs(session_id("ann"), secret_hash("ann")),
        Precondition::PasswordIs(email("ann"), Some(stored())),
        Precondition::FailuresAtMost(counters().backoff, 2),
    ];
    assert_rests_on(&decided.change, &rests_on);
}

#[test]
fn a_wrong_password_is_counted_by_session_and_leaves_the_session_as_it_was() {
    let decided = attempt(&team(None), WRONG, &ctx()).unwrap();
    assert_eq!(decided.output, Err(Denial::CredentialsInvalid));
    assert_eq!(decided.change.effects, counters().both().map(|key| Effect::CountFailure(key, NOW)));
    assert!(matches!(denied(attempt(&team(Some(FREE_FAILURES)), RIGHT, &ctx())), Denial::TooManyAttempts { .. }));
}

#[test]
fn a_user_without_a_password_or_with_one_of_before_a_restore_cannot() {
    let without = team(None).adjust(|loaded| loaded.caller_password = Some(None));
    assert_eq!(attempt(&without, RIGHT, &ctx()).unwrap().output, Err(Denial::CredentialsInvalid));
    let outdated = team(None).adjust(|loaded| {
        loaded.caller_password = Some(Some(StoredPassword { hash: stored(), epoch: RestoreEpoch::restore(1) }));
    });
    assert_eq!(attempt(&outdated, RIGHT, &ctx()).unwrap().output, Err(Denial::CredentialsInvalid));
}

#[test]
fn there_is_nothing_to_renew_without_a_live_session() {
    assert_needs_session(&team(None), |snapshot, ctx| {
        let typed = TypedPassword { password: RIGHT, pepper: None, verification_cache: &RefCell::default() };
        by_password(snapshot, ctx, typed, counters(), &secret_hash("new"))
    });
    let ended = attempt(&team(None), RIGHT, &ctx_at(NOW.plus_seconds(SESSION_IDLE_SECONDS)));
    assert_eq!(denied(ended), Denial::SessionExpired);
}
