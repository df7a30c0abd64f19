use super::*;
use crate::credential::lockout::{Attempts, FAILURES_MAX, FREE_FAILURES};
use crate::credential::password::Pepper;
use crate::credential::password::tests::HASH_COUNT;
use crate::domain::authentication::Authentication;
use crate::domain::id::{AccountId, UserId};
use crate::domain::identity::{Proof, StoredPassword};
use crate::domain::name::Name;
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::testing::*;
use crate::transaction::lookup::Snapshot;
use crate::transaction::precondition::Precondition;
use std::cell::RefCell;
use std::sync::OnceLock;

const RIGHT: &str = "seven quiet lanterns";
const WRONG: &str = "not this one at all";
const NETWORK: &str = "192.0.2.1";

/// Ann's password, hashed once for all tests.
fn stored() -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| password::hash(RIGHT, [3; 16], None)).clone()
}

fn counters() -> CounterKeys {
    CounterKeys::for_email(&email("ann"), NETWORK)
}

/// Ann's team, with so many failures in each counter.
fn team(backoff: Option<u32>, cap: Option<u32>) -> Team {
    let failed = |count: Option<u32>| count.map(|failures| Attempts { failures, last_failure: NOW.plus_seconds(-1) });
    Team::new().owner("ann").password("ann", stored()).attempts(&counters().backoff, failed(backoff)).attempts(&counters().cap, failed(cap))
}

type SignInDecision = Result<Decision<Result<SignedIn, Denial>>, DecisionError>;

fn attempt_by(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    password: &str,
    device: Option<&str>,
    pepper: Option<&Pepper>,
) -> SignInDecision {
    let input = SignIn {
        email: &email("ann"),
        typed: TypedPassword { password, pepper, verification_cache: &RefCell::default() },
        keys: &keyring(),
        device,
        network: NETWORK,
        browser: &NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true },
    };
    sign_in(snapshot, ctx, &input)
}

fn attempt(team: &Team, password: &str) -> SignInDecision {
    attempt_by(&team.snapshot(), &ctx(), password, None, None)
}

#[test]
fn the_right_password_starts_a_session_in_the_active_account() {
    let decided = attempt(&team(None, None), RIGHT).unwrap();
    let signed_in = decided.output.unwrap();
    assert_eq!((signed_in.joined.user.id, signed_in.joined.account.role.as_str()), (user_id("ann"), "admin"));
    let [used, Effect::InsertSession(session)] = decided.change.effects.as_slice() else { panic!("{:?}", decided.change.effects) };
    assert_eq!((session.user, &session.token, session.created_at), (user_id("ann"), &secret_hash("new"), NOW));
    assert_eq!(session.authentication, Authentication::by(AuthMethod::Password, NOW));
    assert_eq!(*used, Effect::UseIdentity(user_id("ann"), IdentityKind::Password, NOW));
    assert_rests_on(
        &decided.change,
        &[
            Precondition::PasswordIs(email("ann"), Some(stored())),
            Precondition::FailuresAtMost(counters().backoff, 0),
            Precondition::FailuresAtMost(counters().cap, FAILURES_MAX - 1),
        ],
    );
}

#[test]
fn success_clears_the_failures_and_replaces_the_session_of_the_browser() {
    let decided = attempt(&team(Some(FREE_FAILURES - 1), Some(7)).as_caller("ann"), RIGHT).unwrap();
    let effects = decided.change.effects;
    let [backoff, cap] = counters().both();
    assert_eq!((&effects[..2], effects.len()), ([Effect::ClearFailures(backoff), Effect::ClearFailures(cap)].as_slice(), 5));
    assert_eq!(effects[3], Effect::EndSession(session_id("ann")));
    assert!(decided.change.preconditions.contains(&Precondition::FailuresAtMost(counters().backoff, FREE_FAILURES - 1)));
}

#[test]
fn a_wrong_password_is_counted_in_both_counters() {
    let decided = attempt(&team(Some(1), None), WRONG).unwrap();
    assert_eq!(decided.output, Err(Denial::CredentialsInvalid));
    assert_eq!(decided.change.effects, counters().both().map(|key| Effect::CountFailure(key, NOW)));
    assert_rests_on(&decided.change, &[Precondition::FailuresAtMost(counters().backoff, 1)]);
}

#[test]
fn while_locked_out_nothing_is_hashed_and_not_even_the_right_password_counts() {
    stored();
    for (backoff, cap, retry_after) in [(Some(FREE_FAILURES), None, 29), (None, Some(FAILURES_MAX), 3600)] {
        let before = HASH_COUNT.get();
        assert_eq!(denied(attempt(&team(backoff, cap), RIGHT)), Denial::TooManyAttempts { retry_after });
        assert_eq!(HASH_COUNT.get(), before);
    }
    let late = attempt_by(&team(Some(FREE_FAILURES), Some(FAILURES_MAX - 1)).snapshot(), &ctx_at(NOW.plus_seconds(29)), RIGHT, None, None);
    assert!(late.unwrap().output.is_ok(), "after the pause");
}

#[test]
fn a_known_device_is_counted_by_itself() {
    let token = device_cookie::encode(&keyring(), &email("ann"), &stored(), [9; 16]);
    let device = CounterKeys::for_device(u128::from_be_bytes([9; 16]));
    let locked = team(Some(50), Some(FAILURES_MAX)).attempts(&device.backoff, None).attempts(&device.cap, None);
    let decided = attempt_by(&locked.snapshot(), &ctx(), WRONG, Some(&token), None).unwrap();
    assert_eq!(decided.change.effects, device.both().map(|key| Effect::CountFailure(key, NOW)));
    let forged = device_cookie::encode(&keyring(), &email("bob"), &stored(), [9; 16]);
    assert!(matches!(denied(attempt_by(&locked.snapshot(), &ctx(), RIGHT, Some(&forged), None)), Denial::TooManyAttempts { .. }));
}

#[test]
fn a_hash_without_the_pepper_of_now_is_replaced_and_keeps_its_salt() {
    let pepper = Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let decided = attempt_by(&team(None, None).snapshot(), &ctx(), RIGHT, None, Some(&pepper)).unwrap();
    let [Effect::SetIdentity(identity), Effect::UseIdentity(..), Effect::InsertSession(_)] = decided.change.effects.as_slice() else {
        panic!("no rehash")
    };
    let Proof::Password(hash) = &identity.proof else { panic!("{identity:?}") };
    assert_eq!(identity.user, user_id("ann"));
    assert_ne!(*hash, stored());
    assert_eq!(password::password_change_id(hash), password::password_change_id(&stored()));
    assert_eq!(decided.output.unwrap().password, Some(stored()), "of the same generation, so the cookie is bound to either");
}

#[test]
fn a_verification_is_not_repeated_for_the_same_hash() {
    let cache = RefCell::new(Some((Some(stored()), Verification::Right)));
    let before = HASH_COUNT.get();
    let (ann, keys) = (email("ann"), keyring());
    let input = SignIn {
        email: &ann,
        typed: TypedPassword { password: WRONG, pepper: None, verification_cache: &cache },
        keys: &keys,
        device: None,
        network: NETWORK,
        browser: &NewSession { token: secret_hash("new"), user_agent: String::new(), passkeys: true },
    };
    let snapshot = team(None, None);
    assert!(sign_in(&snapshot.snapshot(), &ctx(), &input).unwrap().output.is_ok(), "as it was judged before");
    assert_eq!(HASH_COUNT.get(), before);
    let changed = snapshot.password("ann", PasswordHash::restore("another".to_owned()));
    assert!(sign_in(&changed.snapshot(), &ctx(), &input).unwrap().output.is_err(), "another hash is judged anew");
}

#[test]
fn signing_in_reads_the_credential_the_failures_and_the_active_account() {
    stored();
    let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| attempt_by(snapshot, ctx, RIGHT, None, None);
    assert_eq!(slots_needed(&team(None, None), decide), ["accounts", "members", "credentials", "second_factors", "attempts"]);
    let homeless = team(None, None).adjust(|loaded| loaded.members.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(attempt(&homeless, RIGHT)), Denial::AccountNotFound);
}

#[test]
fn one_of_the_callers_sessions_is_ended() {
    let team = Team::new().owner("ann").as_caller("ann");
    let decided = end(&team.snapshot(), &ctx(), Some(session_id("ann"))).unwrap();
    assert_eq!(decided.change.effects, [Effect::EndSession(session_id("ann"))]);
    assert_needs_session(&team, |snapshot, ctx| end(snapshot, ctx, None));
    assert_eq!(denied(end(&team.snapshot(), &ctx(), None)), Denial::SessionNotFound);
    let others = team.clone().adjust(|loaded| loaded.caller_sessions.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(end(&others.snapshot(), &ctx(), Some(session_id("ann")))), Denial::SessionNotFound);
    assert_eq!(slots_needed(&team, |snapshot, ctx| end(snapshot, ctx, Some(session_id("ann")))), ["caller_sessions"]);
}

#[test]
fn signing_out_ends_the_session_if_there_is_one_and_rests_on_nothing() {
    let team = Team::new().owner("ann").as_caller("ann");
    let decided = sign_out(&team.snapshot(), &ctx()).unwrap();
    assert_eq!((decided.change.effects, decided.change.preconditions), (vec![Effect::EndSession(session_id("ann"))], vec![]));
    assert!(sign_out(&Team::new().snapshot(), &ctx()).unwrap().change.is_empty());
}

#[test]
fn after_a_restore_every_failure_says_what_to_do() {
    assert_eq!(sign_in_denial(RestoreEpoch::FIRST), Denial::CredentialsInvalid);
    assert_eq!(sign_in_denial(RestoreEpoch::restore(1)), Denial::CredentialsOutdated);
}

#[test]
fn an_unknown_email_takes_as_many_hashes_as_a_wrong_password() {
    let ctx = DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]);
    let email = Email::parse("ann@example.com").unwrap();
    let user = User {
        id: UserId::new(ctx.now, ctx.id_bytes()),
        email: email.clone(),
        name: Name::parse("Ann", "/name").unwrap(),
        active_account: AccountId::new(ctx.now, ctx.id_bytes()),
        created_at: ctx.now,
        recent: crate::domain::activity_counts::RecentActivity::default(),
    };
    let hash = password::hash("seven quiet lanterns", ctx.salt(), None);
    let stored = StoredPassword { hash, epoch: RestoreEpoch::FIRST };
    let browser = NewSession { token: SecretHash::from_hex(&"ab".repeat(32)).unwrap(), user_agent: String::new(), passkeys: true };
    let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
    let restored = || DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]).with_epoch(RestoreEpoch::restore(1));
    let hashes = |credential: Option<_>, password: &str, ctx: &DecisionContext, sign_in_denial: &Denial| {
        let mut snapshot = Snapshot::default();
        snapshot.attempts.extend(CounterKeys::for_email(&email, "192.0.2.1").both().map(|key| (key, None)));
        snapshot.credentials.insert(email.clone(), credential);
        let input = SignIn {
            email: &email,
            typed: TypedPassword { password, pepper: None, verification_cache: &RefCell::default() },
            keys: &keys,
            device: None,
            network: "192.0.2.1",
            browser: &browser,
        };
        let before = HASH_COUNT.get();
        let decided = sign_in(&TrackedSnapshot::new(snapshot), ctx, &input).unwrap();
        assert_eq!(decided.output.as_ref().err(), Some(sign_in_denial));
        (HASH_COUNT.get() - before, decided.change.effects)
    };
    let known = Some((user, stored));
    let first = [hashes(known.clone(), WRONG, &ctx, &Denial::CredentialsInvalid), hashes(None, WRONG, &ctx, &Denial::CredentialsInvalid)];
    assert_eq!(first.each_ref().map(|(count, _)| *count), [1, 1]);
    // After a restore the password of before is as wrong as any other, and nothing tells which it was.
    let outdated = &Denial::CredentialsOutdated;
    let right = hashes(known.clone(), "seven quiet lanterns", &restored(), outdated);
    let wrong = hashes(known, WRONG, &restored(), outdated);
    let unknown = hashes(None, WRONG, &restored(), outdated);
    assert_eq!(right.0, 1);
    assert!(right == wrong && wrong == unknown);
}
