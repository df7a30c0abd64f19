use super::*;
use crate::credential::recovery_code::RECOVERY_RANDOM_BYTES;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::identity::IdentityKind;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::testing::*;
use crate::transaction::fact::Fact;
use crate::transaction::precondition::Precondition;
use crate::transaction::snapshot_values::ResolvedCredential;

/// Ann, who has no second factor yet.
fn team() -> Team {
    let counters = CounterKeys::for_totp(user_id("ann"));
    Team::new().owner("ann").as_caller("ann").attempts(&counters.backoff, None).attempts(&counters.cap, None)
}

/// Ann with an app that waits for its first code.
fn begun_team() -> Team {
    team().adjust(|loaded| {
        let waiting = Totp { last_step: None, ..totp("ann") };
        loaded.second_factors.values_mut().for_each(|factors| factors.totp = Some(waiting.clone()));
    })
}

/// Ann with a confirmed app, in a session of two factors.
fn enrolled() -> Team {
    let authentication = Authentication::with_second_factor(&[AuthMethod::Password], &[AuthMethod::OneTimeCode], NOW);
    let session = Session { authentication, ..session("ann") };
    let team = Team::new().owner("ann").second_factors("ann");
    team.credential(ResolvedCredential::Session(Some((session, user("ann")))))
}

fn begin_in(team: &Team) -> Result<Decision<NewTotp>, DecisionError> {
    begin(&team.snapshot(), &config(), &ctx(), &keyring())
}

fn confirm_in(team: &Team, code: &str) -> Result<Decision<Result<Session, Denial>>, DecisionError> {
    confirm(&team.snapshot(), &config(), &ctx(), &keyring(), Ok(code), &secret_hash("new"))
}

fn codes(_: &User) -> [RecoveryCode; RECOVERY_CODES] {
    RecoveryCode::set_from_random([9; RECOVERY_RANDOM_BYTES])
}

fn is_mail(effect: Option<&Effect>, kind: &MailKind) -> bool {
    matches!(effect, Some(Effect::InsertMail(mail)) if mail.kind == *kind && mail.to == email("ann"))
}

#[test]
fn an_app_is_set_up_encrypted_and_unconfirmed() {
    let decided = begin_in(&team()).unwrap();
    let [Effect::InsertTotp(stored)] = decided.change.effects.as_slice() else { panic!("{:?}", decided.change.effects) };
    assert_eq!((stored.user, stored.last_step, stored.id), (user_id("ann"), None, decided.output.id));
    assert_eq!(TotpSecret::decrypt(&keyring(), user_id("ann"), &stored.secret), Some(decided.output.secret));
    assert_rests_on(&decided.change, &[Precondition::FactIs(Fact::ConfirmedTotp(user_id("ann")), None::<IdentityId>.into())]);
    let again = begin_in(&begun_team()).unwrap();
    assert_eq!(again.change.effects.first(), Some(&Effect::DeleteIdentity(user_id("ann"), totp("ann").id)));
    assert_eq!(denied(begin_in(&enrolled())), Denial::TotpExists);
    assert_requires_fresh(&team(), |snapshot, ctx| begin(snapshot, &config(), ctx, &keyring()));
    assert_needs_session(&team(), |snapshot, ctx| begin(snapshot, &config(), ctx, &keyring()));
}

#[test]
fn a_replay_finds_the_secret_until_the_app_is_confirmed_or_replaced() {
    let find = |team: &Team, id| begun(&team.snapshot(), &config(), &ctx(), &keyring(), id);
    let id = Some(totp("ann").id);
    assert_eq!(find(&begun_team(), id).unwrap().secret, totp_secret());
    assert_eq!(denied(find(&begun_team(), Some(IdentityId::from_bits(1)))), Denial::TotpNotFound);
    assert_eq!(denied(find(&begun_team(), None)), Denial::TotpNotFound);
    assert_eq!(denied(find(&team(), id)), Denial::TotpNotFound);
    assert_eq!(denied(find(&enrolled(), id)), Denial::TotpExists);
    assert_requires_fresh(&begun_team(), |snapshot, ctx| begun(snapshot, &config(), ctx, &keyring(), id));
}

#[test]
fn the_first_code_confirms_the_app_and_renews_the_session_with_two_factors() {
    let decided = confirm_in(&begun_team(), &totp_secret().code_at(NOW)).unwrap();
    let session = decided.output.unwrap();
    assert_eq!((session.authentication.amr().join(" "), &session.token), ("pwd otp mfa".to_owned(), &secret_hash("new")));
    let [Effect::UseTotp(used), renewed, mail] = decided.change.effects.as_slice() else { panic!("{:?}", decided.change.effects) };
    assert_eq!((used.id, used.step), (totp("ann").id, NOW.seconds() / 30));
    assert_eq!(*renewed, Effect::RenewSession(session));
    assert!(is_mail(Some(mail), &MailKind::TotpAdded));
    let unconfirmed = Precondition::TotpStepIs(user_id("ann"), totp("ann").id, None);
    assert_rests_on(&decided.change, &[unconfirmed, Precondition::SessionTokenIs(session_id("ann"), secret_hash("ann"))]);
    assert_requires_fresh(&begun_team(), |snapshot, ctx| confirm(snapshot, &config(), ctx, &keyring(), Ok("000000"), &secret_hash("new")));
}

#[test]
fn a_wrong_first_code_is_counted() {
    let stale = totp_secret().code_at(NOW.plus_seconds(-600));
    let decided = confirm_in(&begun_team(), &stale).unwrap();
    assert_eq!(decided.output, Err(Denial::CodeInvalid));
    let counters = CounterKeys::for_totp(user_id("ann"));
    assert_eq!(decided.change.effects, counters.both().map(|key| Effect::CountFailure(key, NOW)));
    assert_eq!(denied(confirm_in(&team(), &stale)), Denial::TotpNotFound);
    assert_eq!(denied(confirm_in(&enrolled(), &stale)), Denial::TotpExists);
}

#[test]
fn an_app_goes_with_its_recovery_codes_and_its_counters() {
    let decided = remove(&enrolled().snapshot(), &config(), &ctx()).unwrap();
    let effects = &decided.change.effects;
    assert_eq!(effects.first(), Some(&Effect::DeleteSecondFactors(user_id("ann"))));
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::ClearFailures(_))).count(), 4);
    assert!(is_mail(effects.last(), &MailKind::TotpRemoved));
    let unconfirmed = remove(&begun_team().snapshot(), &config(), &ctx()).unwrap();
    assert_eq!(unconfirmed.change.effects, [Effect::DeleteSecondFactors(user_id("ann"))]);
    assert_eq!(denied(remove(&team().snapshot(), &config(), &ctx())), Denial::TotpNotFound);
}

#[test]
fn one_factor_alone_removes_no_second() {
    let team = Team::new().owner("ann").second_factors("ann").as_caller("ann");
    let methods = vec![IdentityKind::Totp, IdentityKind::Recovery];
    assert_eq!(denied(remove(&team.snapshot(), &config(), &ctx())), Denial::ReauthenticationRequired { methods: methods.clone() });
    let create = create_recovery_codes(&team.snapshot(), &config(), &ctx(), &keyring(), codes);
    assert_eq!(denied(create), Denial::ReauthenticationRequired { methods });
}

#[test]
fn recovery_codes_replace_those_of_before() {
    let decided = create_recovery_codes(&enrolled().snapshot(), &config(), &ctx(), &keyring(), codes).unwrap();
    let [Effect::ReplaceRecoveryCodes(stored), mail] = decided.change.effects.as_slice() else { panic!("{:?}", decided.change.effects) };
    assert_eq!((stored.remaining(), stored.epoch, stored.user), (10, RestoreEpoch::FIRST, user_id("ann")));
    assert!(decided.output.iter().all(|code| code.find(&keyring(), user_id("ann"), &stored.hashes).is_some()));
    assert!(is_mail(Some(mail), &MailKind::RecoveryCodesCreated));
    for team in [team(), begun_team()] {
        let refused = create_recovery_codes(&team.snapshot(), &config(), &ctx(), &keyring(), codes);
        assert_eq!(denied(refused), Denial::TotpNotFound);
    }
}
