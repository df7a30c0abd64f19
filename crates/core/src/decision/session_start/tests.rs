use super::*;
use crate::domain::authentication::AuthMethod;
use crate::domain::id::IdentityId;
use crate::domain::provider_identity::{IssuerSubject, ProviderIdentity};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::second_factor::SecondFactor;
use crate::testing::*;
use crate::transaction::fact::Fact;
use crate::transaction::precondition::Precondition;

fn browser(passkeys: bool) -> NewSession {
    NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys }
}

fn by_password() -> Authentication {
    Authentication::by(AuthMethod::Password, NOW)
}

/// The effects and the result of a start for Ann.
fn start(team: &Team, ctx: &DecisionContext, authentication: Authentication) -> (Vec<Effect>, Result<(), Denial>, Vec<Precondition>) {
    let (snapshot, mut effects) = (team.snapshot(), Vec::new());
    let started = start_session(&snapshot, ctx, &mut effects, user_id("ann"), &browser(true), authentication).unwrap();
    (effects, started, snapshot.take_preconditions())
}

fn confirmed(id: Option<IdentityId>) -> Precondition {
    Precondition::FactIs(Fact::ConfirmedTotp(user_id("ann")), id.into())
}

#[test]
fn a_user_without_a_second_factor_gets_a_session_which_rests_on_that() {
    let (effects, started, preconditions) = start(&Team::new().owner("ann"), &ctx(), by_password());
    let [Effect::InsertSession(session)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((started, session.user, &session.authentication), (Ok(()), user_id("ann"), &by_password()));
    assert_eq!(preconditions, [confirmed(None)]);
    let replacing = Team::new().owner("ann").member("bob", "dev").as_caller("bob");
    assert_eq!(start(&replacing, &ctx(), by_password()).0.first(), Some(&Effect::EndSession(session_id("bob"))));
}

#[test]
fn an_app_that_was_set_up_and_not_confirmed_asks_for_nothing() {
    let team = Team::new().owner("ann").second_factors("ann").adjust(|loaded| {
        loaded.second_factors.values_mut().filter_map(|factors| factors.totp.as_mut()).for_each(|totp| totp.last_step = None);
    });
    assert_eq!(start(&team, &ctx(), by_password()).1, Ok(()));
}

#[test]
fn one_factor_of_a_user_with_two_waits_for_the_second_and_ends_nothing() {
    let team = Team::new().owner("ann").second_factors("ann").as_caller("ann");
    let (effects, started, preconditions) = start(&team, &ctx(), by_password());
    assert_eq!((effects, preconditions), (vec![], vec![confirmed(Some(totp("ann").id))]));
    let Err(Denial::SecondFactorRequired(pending)) = started else { panic!("{started:?}") };
    assert_eq!(
        (pending.user, pending.totp, &pending.methods, pending.at),
        (user_id("ann"), totp("ann").id, &vec![AuthMethod::Password], NOW)
    );
    assert_eq!(pending.usable, [SecondFactor::Totp, SecondFactor::RecoveryCode]);
    let factors = team.load().second_factors.get(&user_id("ann")).unwrap().clone();
    assert!(pending.is_of(&factors));
}

#[test]
fn a_restore_is_no_way_around_the_second_factor() {
    let restored = ctx().with_epoch(RestoreEpoch::restore(1));
    let (effects, started, _) = start(&Team::new().owner("ann").second_factors("ann"), &restored, by_password());
    let Err(Denial::SecondFactorRequired(pending)) = started else { panic!("{started:?}") };
    assert_eq!((effects, pending.usable), (vec![], vec![SecondFactor::Totp]), "recovery codes of before are void");
}

#[test]
fn two_factors_start_a_session_and_load_nothing() {
    let team = Team::new().owner("ann").adjust(|loaded| loaded.second_factors.clear());
    let (effects, started, preconditions) = start(&team, &ctx(), Authentication::by_passkey(true, true, NOW));
    assert!(matches!(effects.as_slice(), [Effect::InsertSession(_)]));
    assert_eq!((started, preconditions), (Ok(()), vec![]));
    let one = start_session(&team.snapshot(), &ctx(), &mut Vec::new(), user_id("ann"), &browser(true), by_password());
    assert!(matches!(one, Err(DecisionError::NotLoaded(_))));
}

#[test]
fn a_user_of_this_very_change_has_no_second_factor() {
    let team = Team::new().owner("ann");
    let mut effects = vec![Effect::InsertUser(user("zoe"))];
    let started = start_session(&team.snapshot(), &ctx(), &mut effects, user_id("zoe"), &browser(true), by_password());
    assert_eq!((started, effects.len()), (Ok(Ok(())), 2));
}

#[test]
fn a_passkey_is_named_where_it_is_offered_and_valid() {
    for (epoch, offered, is_named) in [(0, true, true), (0, false, false), (1, true, false)] {
        let team = Team::new().owner("ann").second_factors("ann").adjust(move |loaded| {
            loaded.second_factors.values_mut().for_each(|factors| factors.passkeys = vec![RestoreEpoch::restore(epoch)]);
        });
        let started = start_session(&team.snapshot(), &ctx(), &mut Vec::new(), user_id("ann"), &browser(offered), by_password()).unwrap();
        let Err(Denial::SecondFactorRequired(pending)) = started else { panic!("{started:?}") };
        assert_eq!(pending.usable.contains(&SecondFactor::Passkey), is_named);
    }
}

#[test]
fn a_key_that_was_the_first_factor_is_not_offered_as_the_second() {
    let team = Team::new().owner("ann").second_factors("ann").adjust(|loaded| {
        loaded.second_factors.values_mut().for_each(|factors| factors.passkeys = vec![RestoreEpoch::FIRST]);
    });
    let usable = |method| match start(&team, &ctx(), Authentication::by(method, NOW)).1 {
        Err(Denial::SecondFactorRequired(pending)) => pending.usable,
        other => panic!("{other:?}"),
    };
    assert_eq!(usable(AuthMethod::Password), SecondFactor::ALL);
    for key in [AuthMethod::SoftwareKey, AuthMethod::HardwareKey] {
        assert_eq!(usable(key), [SecondFactor::Totp, SecondFactor::RecoveryCode]);
    }
}

#[test]
fn one_factor_of_two_connects_no_provider() {
    let team = Team::new().owner("ann").second_factors("ann");
    let person = IssuerSubject { issuer: "https://idp.example".to_owned(), subject: "ann".to_owned() };
    let (id, user) = (IdentityId::from_bits(9), user_id("ann"));
    let identity = ProviderIdentity { id, user, person, told_email: None, epoch: RestoreEpoch::FIRST, created_at: NOW };
    let used = Effect::UseProvider(user, id, None, NOW);
    let connecting = [Effect::InsertProviderIdentity(identity), Effect::ReconnectProvider(user, id)];
    let mut effects = vec![used.clone(), connecting[0].clone(), connecting[1].clone()];
    let federated = Authentication::by(AuthMethod::Federated, NOW);
    let started = start_session(&team.snapshot(), &ctx(), &mut effects, user, &browser(true), federated.clone()).unwrap();
    assert!(matches!(started, Err(Denial::SecondFactorRequired(_))) && effects == [used]);
    let mut effects = connecting.to_vec();
    let without = Team::new().owner("ann");
    start_session(&without.snapshot(), &ctx(), &mut effects, user, &browser(true), federated).unwrap().unwrap();
    assert_eq!(effects.get(..2), Some(connecting.as_slice()));
}
