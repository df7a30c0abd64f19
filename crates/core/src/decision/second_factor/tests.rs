use super::*;
use crate::credential::lockout::{Attempts, FAILURES_MAX, FREE_FAILURES};
use crate::credential::password::password_change_id;
use crate::domain::authentication::AssuranceLevel;
use crate::domain::id::IdentityId;
use crate::domain::passkey::ChallengeId;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::second_factor::SecondFactor;
use crate::domain::secret_hashes::PasswordHash;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn stored() -> PasswordHash {
    PasswordHash::restore("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned())
}

fn pending() -> PendingSignIn {
    PendingSignIn {
        user: user_id("ann"),
        totp: totp("ann").id,
        password: Some(password_change_id(&stored())),
        methods: vec![AuthMethod::Password],
        at: NOW.plus_seconds(-10),
        id: ChallengeId::from_bytes([4; 16]),
        usable: SecondFactor::ALL.to_vec(),
    }
}

/// Ann with both second factors, whose sign-in was not finished before.
fn team() -> Team {
    Team::new().owner("ann").password("ann", stored()).second_factors("ann").adjust(|loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(pending().id), false.into());
    })
}

fn browser() -> NewSession {
    NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true }
}

type Finished = Result<Decision<Result<SignedIn, Denial>>, DecisionError>;

fn attempt(team: &Team, typed: TypedSecondFactor<'_>) -> Finished {
    attempt_with(team, Some(&pending()), typed)
}

fn attempt_with(team: &Team, pending: Option<&PendingSignIn>, typed: TypedSecondFactor<'_>) -> Finished {
    finish(&team.snapshot(), &ctx(), &keyring(), pending, SecondFactorProof::Typed(typed), &browser())
}

fn right() -> String {
    totp_secret().code_at(NOW)
}

fn wrong() -> &'static str {
    let around = [-30, 0, 30].map(|seconds| totp_secret().code_at(NOW.plus_seconds(seconds)));
    ["000000", "000001", "000002", "000003"].into_iter().find(|code| !around.contains(&(*code).to_owned())).unwrap()
}

fn counters() -> [CounterKeys; 2] {
    [CounterKeys::for_totp(user_id("ann")), CounterKeys::for_recovery_codes(user_id("ann"))]
}

#[test]
fn the_right_code_of_the_app_starts_a_session_of_two_factors_and_is_used() {
    let decided = attempt(&team(), TypedSecondFactor::Totp(&right())).unwrap();
    let signed_in = decided.output.unwrap();
    assert_eq!((signed_in.joined.user.id, signed_in.password), (user_id("ann"), Some(stored())));
    let [Effect::UseTotp(used), spent, Effect::InsertSession(session)] = decided.change.effects.as_slice() else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((used.id, used.step, &used.secret, used.at), (totp("ann").id, NOW.seconds() / 30, &None, NOW));
    assert_eq!(*spent, Effect::SpendChallenge(pending().id, pending().expires_at()));
    let methods = vec![AuthMethod::Password, AuthMethod::OneTimeCode, AuthMethod::MultiFactor];
    assert_eq!(session.authentication, Authentication { level: AssuranceLevel::Two, methods, at: NOW });
    assert_rests_on(
        &decided.change,
        &[
            Precondition::TotpStepIs(user_id("ann"), totp("ann").id, totp("ann").last_step),
            Precondition::FactIs(Fact::ConfirmedTotp(user_id("ann")), Some(totp("ann").id).into()),
            Precondition::FactIs(Fact::ChallengeSpent(pending().id), false.into()),
            Precondition::PasswordIs(email("ann"), Some(stored())),
            Precondition::FailuresAtMost(counters()[0].backoff.clone(), 0),
        ],
    );
}

#[test]
fn a_code_is_not_accepted_again_nor_is_one_of_before() {
    let used = team().adjust(|loaded| {
        let step = Some(NOW.seconds() / 30);
        loaded.second_factors.values_mut().filter_map(|factors| factors.totp.as_mut()).for_each(|totp| totp.last_step = step);
    });
    for seconds in [-30, 0] {
        let code = totp_secret().code_at(NOW.plus_seconds(seconds));
        assert_eq!(attempt(&used, TypedSecondFactor::Totp(&code)).unwrap().output, Err(Denial::CodeInvalid), "{seconds}");
    }
    let next = totp_secret().code_at(NOW.plus_seconds(30));
    assert!(attempt(&used, TypedSecondFactor::Totp(&next)).unwrap().output.is_ok());
}

#[test]
fn a_secret_under_an_earlier_key_is_encrypted_anew() {
    use crate::credential::secret::Keyring;
    let rotated =
        Keyring::parse("k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
    let code = right();
    let proof = SecondFactorProof::Typed(TypedSecondFactor::Totp(&code));
    let decided = finish(&team().snapshot(), &ctx(), &rotated, Some(&pending()), proof, &browser()).unwrap();
    let Some(Effect::UseTotp(used)) = decided.change.effects.first() else { panic!("{:?}", decided.change.effects) };
    let secret = used.secret.as_ref().unwrap();
    assert_eq!((secret.kid(), TotpSecret::decrypt(&rotated, user_id("ann"), secret)), ("k2", Some(totp_secret())));
}

#[test]
fn a_wrong_code_is_counted_by_user_and_leaves_the_sign_in_waiting() {
    let [totp, recovery] = counters();
    for (typed, counters) in [(TypedSecondFactor::Totp(wrong()), totp), (TypedSecondFactor::RecoveryCode("zzzzz-zzzzz"), recovery)] {
        let decided = attempt(&team(), typed).unwrap();
        assert_eq!(decided.output, Err(Denial::CodeInvalid));
        assert_eq!(decided.change.effects, counters.both().map(|key| Effect::CountFailure(key, NOW)));
        assert_rests_on(&decided.change, &[Precondition::FailuresAtMost(counters.backoff, 0)]);
    }
    for typed in [TypedSecondFactor::Totp("12345"), TypedSecondFactor::RecoveryCode("no code")] {
        let decided = attempt(&team(), typed).unwrap();
        assert_eq!((decided.output, decided.change.effects), (Err(Denial::CodeInvalid), vec![]), "a mistake is no guess");
    }
}

#[test]
fn during_a_lockout_not_even_the_right_code_counts_and_a_recovery_code_ends_that_of_the_app() {
    let failed = |failures| Some(Attempts { failures, last_failure: NOW });
    let [totp, recovery] = counters();
    let locked = team().attempts(&totp.backoff, failed(FREE_FAILURES));
    assert!(matches!(denied(attempt(&locked, TypedSecondFactor::Totp(&right()))), Denial::TooManyAttempts { .. }));
    let capped = locked.attempts(&totp.cap, failed(FAILURES_MAX));
    let code = recovery_codes()[3].reveal();
    let decided = attempt(&capped, TypedSecondFactor::RecoveryCode(&code)).unwrap();
    assert!(decided.output.is_ok());
    for key in totp.both() {
        assert!(decided.change.effects.contains(&Effect::ClearFailures(key)));
    }
    let recovery_locked = team().attempts(&recovery.backoff, failed(FREE_FAILURES));
    assert!(matches!(denied(attempt(&recovery_locked, TypedSecondFactor::RecoveryCode(&code))), Denial::TooManyAttempts { .. }));
    assert!(attempt(&recovery_locked, TypedSecondFactor::Totp(&right())).unwrap().output.is_ok(), "counted apart");
}

#[test]
fn a_recovery_code_is_used_up_and_its_user_told() {
    let code = recovery_codes()[3].reveal().to_uppercase();
    let decided = attempt(&team(), TypedSecondFactor::RecoveryCode(&code)).unwrap();
    let left = decided.change.effects.iter().find_map(|effect| match effect {
        Effect::UseRecoveryCode(left, NOW) => Some(left),
        _ => None,
    });
    let mut expected = stored_recovery_codes("ann");
    expected.hashes.remove(3);
    assert_eq!(left, Some(&expected));
    let is_notice =
        |effect: &Effect| matches!(effect, Effect::InsertMail(mail) if mail.kind == MailKind::RecoveryCodeUsed { remaining: 9 });
    assert!(decided.change.effects.iter().any(is_notice));
    let Some(Effect::InsertSession(session)) = decided.change.effects.last() else { panic!("{:?}", decided.change.effects) };
    assert_eq!(session.authentication.amr(), ["pwd", "rc", "mfa"]);
    assert_rests_on(&decided.change, &[Precondition::RecoveryCodesLeft(user_id("ann"), IdentityId::from_bits(71), 10)]);
    let restored = finish(
        &team().snapshot(),
        &ctx().with_epoch(RestoreEpoch::restore(1)),
        &keyring(),
        Some(&pending()),
        SecondFactorProof::Typed(TypedSecondFactor::RecoveryCode(&code)),
        &browser(),
    );
    assert_eq!(restored.unwrap().output, Err(Denial::CodeInvalid), "void after a restore");
}

#[test]
fn a_sign_in_that_does_not_wait_or_is_void_has_expired() {
    let code = right();
    let typed = TypedSecondFactor::Totp(&code);
    assert_eq!(denied(attempt_with(&team(), None, typed)), Denial::SecondFactorExpired);
    let spent = team().adjust(|loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(pending().id), true.into());
    });
    assert_eq!(denied(attempt(&spent, typed)), Denial::SecondFactorExpired);
    let other_password = PasswordHash::restore(stored().as_str().replace("$AAAAAAAA", "$BBBBBBBB"));
    assert_eq!(denied(attempt(&team().password("ann", other_password), typed)), Denial::SecondFactorExpired);
    for pending in [PendingSignIn { totp: IdentityId::from_bits(1), ..pending() }, PendingSignIn { password: None, ..pending() }] {
        assert_eq!(denied(attempt_with(&team(), Some(&pending), typed)), Denial::SecondFactorExpired);
    }
    let removed = team().adjust(|loaded| loaded.second_factors.values_mut().for_each(|factors| factors.totp = None));
    assert_eq!(denied(attempt(&removed, typed)), Denial::SecondFactorExpired);
    let gone = team().adjust(|loaded| loaded.users.values_mut().for_each(|user| *user = None));
    assert_eq!(denied(attempt(&gone, typed)), Denial::SecondFactorExpired);
}

#[test]
fn finishing_reads_the_user_their_factors_and_counters_and_whether_it_is_spent() {
    let code = right();
    let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        let proof = SecondFactorProof::Typed(TypedSecondFactor::Totp(&code));
        finish(snapshot, ctx, &keyring(), Some(&pending()), proof, &browser())
    };
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "users", "second_factors", "facts", "attempts"]);
}

#[test]
fn a_re_authentication_joins_the_first_factor_of_the_session() {
    let counters = CounterKeys::for_session(&secret_hash("ann"));
    let team = counters.both().iter().fold(team().as_caller("ann"), |team, scope| team.attempts(scope, None));
    let again = |snapshot: &_, ctx: &_, typed| reauthenticate(snapshot, ctx, &keyring(), (typed, &counters), &secret_hash("new"));
    let renew = |typed| again(&team.snapshot(), &ctx(), typed).unwrap();
    let code = right();
    let decided = renew(TypedSecondFactor::Totp(&code));
    let session = decided.output.unwrap();
    assert_eq!((session.authentication.amr().join(" "), session.authentication.level), ("pwd otp mfa".to_owned(), AssuranceLevel::Two));
    assert_eq!(session.token, secret_hash("new"));
    assert_eq!(decided.change.effects.last(), Some(&Effect::RenewSession(session)));
    assert_rests_on(&decided.change, &[Precondition::SessionTokenIs(session_id("ann"), secret_hash("ann"))]);
    let recovery = recovery_codes()[0].reveal();
    let by_code = renew(TypedSecondFactor::RecoveryCode(&recovery)).output.unwrap();
    assert_eq!(by_code.authentication.amr().join(" "), "pwd rc mfa");
    let failed = renew(TypedSecondFactor::Totp(wrong()));
    let counted: Vec<Effect> = counters.both().map(|scope| Effect::CountFailure(scope, NOW)).to_vec();
    assert_eq!(
        (failed.output, failed.change.effects),
        (Err(Denial::CodeInvalid), counted),
        "by session: the user is locked out of no other"
    );
    assert_needs_session(&team, |snapshot, ctx| again(snapshot, ctx, TypedSecondFactor::Totp(&code)));
    let without = Team::new().owner("ann").as_caller("ann");
    let refused = again(&without.snapshot(), &ctx(), TypedSecondFactor::Totp(&code)).unwrap();
    assert_eq!((refused.output, refused.change.effects), (Err(Denial::CodeInvalid), vec![]));
}
