//! Second factors on the production statements: each code and each sign-in that waits counts once, however many requests come at once, and
//! no way to sign in passes by a second factor.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::{AppError, Outcome, StoredResponse, email_codes, providers, second_factor, sign_in_methods, totp};
use rolecall_core::credential::one_time_code::OneTimeCode;
use rolecall_core::credential::pending_sign_in::PendingSignIn;
use rolecall_core::credential::totp::TotpSecret;
use rolecall_core::decision::second_factor::TypedSecondFactor;
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{Person, World, block_on, denial, interleave};

const EMAIL: &str = "ann@example.com";
const BROWSER: &str = "the key of Ann's browser";

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

/// Ann with an authenticator app and recovery codes, in a session of two factors.
struct Enrolled {
    world: World,
    ann: Person,
    secret: TotpSecret,
    codes: Vec<String>,
}

impl Enrolled {
    fn new() -> Self {
        let world = World::new();
        let ann = world.person(EMAIL);
        let secret = begin(&world, &ann);
        let ann = confirm(&world, &ann, &secret).unwrap();
        let codes = recovery_codes(&world, &ann, None);
        // The code that confirmed the app is used.
        world.now.set(world.now.get() + 30_000);
        Enrolled { world, ann, secret, codes }
    }

    fn code(&self) -> String {
        self.secret.code_at(Timestamp::from_millis(self.world.now.get()))
    }

    fn count(&self, sql: &str) -> i64 {
        self.world.count(&format!("SELECT count(*) FROM {sql}"))
    }

    /// Sessions of two factors beside that of the enrolment.
    fn sessions(&self) -> i64 {
        self.count("session WHERE aal = 2") - 1
    }

    fn finish<'w>(&'w self, cookie: &'w str, typed: TypedSecondFactor<'w>) -> Run<'w> {
        Box::pin(async move {
            let request = self.world.request(None);
            second_factor::finish(&self.world.app(), &request, Some(cookie), typed, |_| None).await.map(drop)
        })
    }
}

fn begin(world: &World, person: &Person) -> TotpSecret {
    block_on(totp::begin(&world.app(), &world.request(Some(person)))).unwrap().secret
}

async fn confirm_with(world: &World, person: &Person, code: String) -> Result<Person, AppError> {
    let confirmed = totp::confirm(&world.app(), &world.request(Some(person)), Ok(code), |_| None).await?;
    Ok(Person { session: confirmed.token.hash(&world.keys), ..person.clone() })
}

fn confirm(world: &World, person: &Person, secret: &TotpSecret) -> Result<Person, AppError> {
    block_on(confirm_with(world, person, secret.code_at(Timestamp::from_millis(world.now.get()))))
}

fn recovery_codes(world: &World, person: &Person, key: Option<(&str, &str)>) -> Vec<String> {
    let codes = block_on(totp::create_recovery_codes(&world.app(), &world.request_with(Some(person), key))).unwrap();
    codes.iter().map(rolecall_core::credential::recovery_code::RecoveryCode::reveal).collect()
}

/// A code by mail for Ann's browser.
fn mailed(world: &World) -> String {
    block_on(email_codes::request(&world.app(), &world.request(None), EMAIL, BROWSER, |()| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some(EMAIL), 1)).unwrap().pop().unwrap();
    let MailKind::SignInCode { code } = mail.kind else { panic!("{:?}", mail.kind) };
    OneTimeCode::derive(&world.keys, code.bits(), &mail.to).reveal()
}

fn sign_in<'w>(world: &'w World, code: &'w str, key: Option<(&'w str, &'w str)>) -> Run<'w> {
    Box::pin(async move {
        let request = world.request_with(None, key);
        let render = |_: &_| Some(StoredResponse { kind: String::new(), body: String::new() });
        email_codes::sign_in(&world.app(), &request, EMAIL, code, Some(BROWSER), render).await.map(drop)
    })
}

/// The sign-in that waits, as its error says.
fn pending(result: Result<(), AppError>) -> PendingSignIn {
    match denial(result) {
        Denial::SecondFactorRequired(pending) => *pending,
        other => panic!("{other:?}"),
    }
}

/// The cookie of a sign-in by mail that waits for the second factor.
fn cookie(world: &World) -> String {
    pending(block_on(sign_in(world, &mailed(world), None))).encode(&world.keys)
}

fn schedules() -> impl Iterator<Item = Vec<u8>> {
    (0..40_u32)
        .map(|seed| (0..32_u32).map(|step| (seed.wrapping_mul(2_654_435_761).wrapping_add(step * 40_503) >> 13).to_le_bytes()[0]).collect())
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Guards {
    All,
    /// The schema alone.
    Schema,
    None,
}

fn set_guards(world: &World, guards: Guards) {
    world.store.db.without_preconditions.set(guards != Guards::All);
    if guards == Guards::None {
        for trigger in ["identity_step_once", "identity_recovery_once"] {
            world.sql(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        world.sql("DROP TABLE spent_challenge; CREATE TABLE spent_challenge (id TEXT, expires_at INTEGER)").unwrap();
    }
}

/// Sessions after two sign-ins that wait got the same code at once.
fn one_code_twice(guards: Guards, is_recovery: bool, choices: &[u8]) -> i64 {
    let ann = Enrolled::new();
    let cookies = [cookie(&ann.world), cookie(&ann.world)];
    set_guards(&ann.world, guards);
    let code = ann.code();
    let typed = if is_recovery { TypedSecondFactor::RecoveryCode(&ann.codes[4]) } else { TypedSecondFactor::Totp(&code) };
    interleave(cookies.iter().map(|cookie| ann.finish(cookie, typed)).collect(), choices);
    ann.world.assert_invariants();
    ann.sessions()
}

#[test]
fn a_code_of_the_app_that_arrives_twice_at_once_starts_one_session() {
    assert!(schedules().any(|choices| one_code_twice(Guards::None, false, &choices) == 2), "without guards both succeed in some order");
    for choices in schedules() {
        assert_eq!(one_code_twice(Guards::All, false, &choices), 1, "{choices:?}");
        assert_eq!(one_code_twice(Guards::Schema, false, &choices), 1, "{choices:?}");
    }
}

#[test]
fn a_recovery_code_that_arrives_twice_at_once_starts_one_session() {
    assert!(schedules().any(|choices| one_code_twice(Guards::None, true, &choices) == 2), "without guards both succeed in some order");
    for choices in schedules() {
        assert_eq!(one_code_twice(Guards::All, true, &choices), 1, "{choices:?}");
        assert_eq!(one_code_twice(Guards::Schema, true, &choices), 1, "{choices:?}");
    }
}

/// Sessions after one sign-in that waits got two right codes at once.
fn one_cookie_twice(guards: Guards, choices: &[u8]) -> i64 {
    let ann = Enrolled::new();
    let cookie = cookie(&ann.world);
    set_guards(&ann.world, guards);
    let code = ann.code();
    let runs =
        vec![ann.finish(&cookie, TypedSecondFactor::Totp(&code)), ann.finish(&cookie, TypedSecondFactor::RecoveryCode(&ann.codes[0]))];
    let results = interleave(runs, choices);
    for refused in results.into_iter().filter(Result::is_err) {
        assert_eq!(denial(refused), Denial::SecondFactorExpired);
    }
    ann.sessions()
}

#[test]
fn a_sign_in_that_waits_is_finished_once() {
    assert!(schedules().any(|choices| one_cookie_twice(Guards::None, &choices) == 2), "without guards two sessions start in some order");
    for choices in schedules() {
        assert_eq!(one_cookie_twice(Guards::All, &choices), 1, "{choices:?}");
        assert_eq!(one_cookie_twice(Guards::Schema, &choices), 1, "{choices:?}");
    }
}

/// Whether a sign-in that had been read before the app was confirmed started a session of one factor after it.
fn passes_by(guarded: bool) -> bool {
    let world = World::new();
    let ann = world.person(EMAIL);
    let secret = begin(&world, &ann);
    let (mailed, code) = (mailed(&world), secret.code_at(Timestamp::from_millis(world.now.get())));
    world.store.db.without_preconditions.set(!guarded);
    let confirmation: Run<'_> = Box::pin(async { confirm_with(&world, &ann, code).await.map(drop) });
    // The sign-in loads, the confirmation loads and commits, the sign-in commits.
    let order: Vec<u8> = [0, 0].into_iter().chain([1; 6]).chain([0; 40]).collect();
    let results = interleave(vec![sign_in(&world, &mailed, None), confirmation], &order);
    assert_eq!(results[1], Ok(()));
    results[0].is_ok()
}

#[test]
fn a_sign_in_does_not_pass_by_an_app_that_is_confirmed_meanwhile() {
    assert!(passes_by(false), "without the precondition it does");
    assert!(!passes_by(true));
}

#[test]
fn forty_guesses_at_once_are_five_tries() {
    let ann = Enrolled::new();
    let cookie = cookie(&ann.world);
    let right = [-30, 0, 30].map(|seconds| ann.secret.code_at(Timestamp::from_millis(ann.world.now.get()).plus_seconds(seconds)));
    let wrong = (0..10).map(|n| format!("00000{n}")).find(|code| !right.contains(code)).unwrap();
    let runs = (0..40).map(|_| ann.finish(&cookie, TypedSecondFactor::Totp(&wrong))).collect();
    let results = interleave(runs, &[3, 1, 4, 1, 5, 9, 2, 6]);
    let counted = results.iter().filter(|result| **result == Err(Denial::CodeInvalid.into())).count();
    let locked = results.iter().filter(|result| matches!(result, Err(AppError::Denied(Denial::TooManyAttempts { .. })))).count();
    assert!(counted == 5 && locked <= 35, "{counted} {locked}");
    assert_eq!(ann.world.count(&format!("SELECT failures FROM attempt WHERE scope = 'totp:{}'", ann.ann.id)), 5);
    let code = ann.code();
    assert!(matches!(denial(block_on(ann.finish(&cookie, TypedSecondFactor::Totp(&code)))), Denial::TooManyAttempts { .. }));
    block_on(ann.finish(&cookie, TypedSecondFactor::RecoveryCode(&ann.codes[0]))).unwrap();
    assert_eq!(ann.count("attempt"), 0, "a recovery code ends the lockout of the app");
}

#[test]
fn both_factors_start_a_session_and_each_code_works_once() {
    let ann = Enrolled::new();
    assert_eq!(ann.count("identity WHERE kind IN ('totp', 'recovery')"), 2);
    let first = cookie(&ann.world);
    assert_eq!(ann.count("session"), 1, "the first factor starts none");
    let code = ann.code();
    block_on(ann.finish(&first, TypedSecondFactor::Totp(&code))).unwrap();
    assert_eq!(ann.count("session WHERE amr = '[\"otp\",\"mfa\"]' AND aal = 2"), 1);
    assert_eq!(denial(block_on(ann.finish(&first, TypedSecondFactor::RecoveryCode(&ann.codes[0])))), Denial::SecondFactorExpired);
    let second = cookie(&ann.world);
    assert_eq!(denial(block_on(ann.finish(&second, TypedSecondFactor::Totp(&code)))), Denial::CodeInvalid);
    block_on(ann.finish(&second, TypedSecondFactor::RecoveryCode(&ann.codes[0]))).unwrap();
    let third = cookie(&ann.world);
    assert_eq!(denial(block_on(ann.finish(&third, TypedSecondFactor::RecoveryCode(&ann.codes[0])))), Denial::CodeInvalid);
    let left = "SELECT json_array_length(proof) FROM identity WHERE kind = 'recovery'";
    assert_eq!(ann.world.count(left), 9);
    ann.world.now.set(ann.world.now.get() + 601_000);
    let code = ann.code();
    assert_eq!(denial(block_on(ann.finish(&third, TypedSecondFactor::Totp(&code)))), Denial::SecondFactorExpired, "after ten minutes");
    ann.world.assert_invariants();
}

#[test]
fn another_password_voids_a_sign_in_that_waits() {
    let ann = Enrolled::new();
    let cookie = cookie(&ann.world);
    ann.world.sql("UPDATE identity SET proof = replace(proof, '$AAAA', '$BBBB') WHERE kind = 'password'").unwrap();
    let code = ann.code();
    assert_eq!(denial(block_on(ann.finish(&cookie, TypedSecondFactor::Totp(&code)))), Denial::SecondFactorExpired);
    assert_eq!(denial(block_on(ann.finish("forged", TypedSecondFactor::Totp(&code)))), Denial::SecondFactorExpired);
}

#[test]
fn after_a_restore_the_app_is_still_asked_for_and_recovery_codes_are_void() {
    let Enrolled { world, ann, secret, codes } = Enrolled::new();
    let before = cookie(&world);
    let restored = Enrolled { world: world.restored(), ann, secret, codes };
    let code = restored.code();
    assert_eq!(denial(block_on(restored.finish(&before, TypedSecondFactor::Totp(&code)))), Denial::SecondFactorExpired);
    let cookie = cookie(&restored.world);
    assert_eq!(denial(block_on(restored.finish(&cookie, TypedSecondFactor::RecoveryCode(&restored.codes[0])))), Denial::CodeInvalid);
    block_on(restored.finish(&cookie, TypedSecondFactor::Totp(&code))).unwrap();
}

#[test]
fn an_app_that_was_not_confirmed_is_replaced_and_asks_for_nothing() {
    let world = World::new();
    let ann = world.person(EMAIL);
    let (first, second) = (begin(&world, &ann), begin(&world, &ann));
    assert_ne!(first, second);
    assert_eq!(block_on(sign_in(&world, &mailed(&world), None)), Ok(()));
    assert_eq!(denial(confirm(&world, &ann, &first)), Denial::CodeInvalid);
    let listed = |person: &Person| block_on(sign_in_methods::list(&world.app(), &world.request(Some(person)))).unwrap().len();
    assert_eq!(listed(&ann), 2, "not listed");
    let ann = confirm(&world, &ann, &second).unwrap();
    assert_eq!(listed(&ann), 3);
    assert_eq!(denial(block_on(totp::begin(&world.app(), &world.request(Some(&ann))))), Denial::TotpExists);
}

#[test]
fn an_app_goes_with_its_codes_by_either_route_and_sign_ins_pass_again() {
    for by_id in [false, true] {
        let ann = Enrolled::new();
        let (app, request) = (ann.world.app(), ann.world.request(Some(&ann.ann)));
        if by_id {
            let id = ann.world.text("SELECT id FROM identity WHERE kind = 'totp'");
            block_on(providers::remove_method(&app, &request, IdentityId::parse(&id), |()| None)).map(drop).unwrap();
        } else {
            block_on(totp::remove(&app, &request, |()| None)).map(drop).unwrap();
        }
        assert_eq!(ann.count("identity WHERE kind IN ('totp', 'recovery')"), 0);
        assert_eq!(block_on(sign_in(&ann.world, &mailed(&ann.world), None)), Ok(()));
    }
    let ann = Enrolled::new();
    let id = IdentityId::parse(&ann.world.text("SELECT id FROM identity WHERE kind = 'recovery'"));
    block_on(providers::remove_method(&ann.world.app(), &ann.world.request(Some(&ann.ann)), id, |()| None)).map(drop).unwrap();
    assert_eq!((ann.count("identity WHERE kind = 'recovery'"), ann.count("identity WHERE kind = 'totp'")), (0, 1));
}

#[test]
fn a_retry_under_its_key_gets_the_same_cookie_secret_and_codes() {
    let world = World::new();
    let ann = world.person(EMAIL);
    let secret = |key| block_on(totp::begin(&world.app(), &world.request_with(Some(&ann), Some((key, "print"))))).unwrap().secret;
    assert_eq!(secret("one"), secret("one"));
    let ann = confirm(&world, &ann, &secret("one")).unwrap();
    let codes = recovery_codes(&world, &ann, Some(("two", "print")));
    assert_eq!(codes, recovery_codes(&world, &ann, Some(("two", "print"))));
    assert_ne!(codes, recovery_codes(&world, &ann, Some(("three", "print"))));
    let code = mailed(&world);
    let first = pending(block_on(sign_in(&world, &code, Some(("four", "print")))));
    let again = pending(block_on(sign_in(&world, &code, Some(("four", "print")))));
    assert_eq!(first.encode(&world.keys), again.encode(&world.keys));
    let stored = world.text("SELECT group_concat(kind || body) FROM idempotency");
    for shown in codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]) {
        assert!(!stored.contains(&shown));
    }
    assert_eq!(world.count("SELECT count(*) FROM session WHERE aal = 1"), 0);
}

#[test]
fn the_schema_takes_no_step_again_and_no_recovery_code_back() {
    let ann = Enrolled::new();
    let step = ann.world.count("SELECT last_step FROM identity WHERE kind = 'totp'");
    for step in [step.to_string(), (step - 1).to_string(), "NULL".to_owned()] {
        assert!(ann.world.sql(&format!("UPDATE identity SET last_step = {step} WHERE kind = 'totp'")).is_err(), "{step}");
    }
    assert!(ann.world.sql("UPDATE identity SET proof = json_insert(proof, '$[#]', 'x') WHERE kind = 'recovery'").is_err());
    assert!(ann.world.sql("UPDATE identity SET proof = json_set(proof, '$[0]', 'x') WHERE kind = 'recovery'").is_err());
    assert!(ann.world.sql("UPDATE identity SET proof = json_remove(proof, '$[0]') WHERE kind = 'recovery'").is_ok());
}

/// The output of a replay is not needed here, but that there is one is.
#[test]
fn a_removal_is_replayed() {
    let ann = Enrolled::new();
    let remove = || {
        let request = ann.world.request_with(Some(&ann.ann), Some(("key", "print")));
        block_on(totp::remove(&ann.world.app(), &request, |()| Some(StoredResponse { kind: "done".to_owned(), body: String::new() })))
    };
    assert!(matches!(remove(), Ok(Outcome::Fresh { .. })));
    assert!(matches!(remove(), Ok(Outcome::Replayed(_))));
}
