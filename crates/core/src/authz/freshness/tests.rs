use super::*;
use crate::domain::authentication::{AuthMethod, Authentication, FRESH_SECONDS};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::sign_in_config::SignInConfig;
use crate::testing::*;

/// A session that proved two factors.
fn of_two_factors() -> Session {
    let authentication = Authentication::with_second_factor(&[AuthMethod::Password], &[AuthMethod::OneTimeCode], NOW);
    Session { authentication, ..session("ann") }
}

/// Ann's team, in which she has a password and these ways.
fn team_with(ways: Vec<SignInMethod>) -> Team {
    Team::new().owner("ann").as_caller("ann").adjust(move |loaded| {
        let mut methods = vec![sign_in_method(IdentityKind::Password)];
        methods.extend(ways.iter().cloned());
        loaded.sign_in_methods.insert(user_id("ann"), methods);
    })
}

#[test]
fn a_recent_authentication_by_two_factors_suffices_and_loads_nothing() {
    let team = Team::new().owner("ann").as_caller("ann").adjust(|loaded| loaded.sign_in_methods.clear());
    let require = |session: Session, seconds: i64| require_fresh(&team.snapshot(), &config(), &ctx_at(NOW.plus_seconds(seconds)), &session);
    assert_eq!(require(of_two_factors(), FRESH_SECONDS), Ok(()));
    assert!(matches!(require(of_two_factors(), FRESH_SECONDS + 1), Err(DecisionError::NotLoaded(_))));
    assert!(matches!(require(session("ann"), 0), Err(DecisionError::NotLoaded(_))), "whether there is a second factor");
}

#[test]
fn as_many_factors_are_asked_for_as_the_user_has() {
    use IdentityKind as K;
    let passkey = |user_verified| SignInMethod { user_verified, ..sign_in_method(K::Passkey) };
    let used_up = SignInMethod { remaining: Some(0), ..sign_in_method(K::Recovery) };
    let of_before = |method: SignInMethod| SignInMethod { epoch: RestoreEpoch::restore(7), ..method };
    for (ways, asked) in [
        (vec![], None),
        (vec![passkey(false)], None),
        (vec![passkey(true)], Some(vec![K::Passkey])),
        (vec![of_before(passkey(true))], None),
        (vec![sign_in_method(K::Totp)], Some(vec![K::Totp])),
        (vec![of_before(sign_in_method(K::Totp)), of_before(sign_in_method(K::Recovery))], Some(vec![K::Totp])),
        (vec![passkey(false), sign_in_method(K::Totp), sign_in_method(K::Recovery)], Some(vec![K::Totp, K::Recovery])),
        (vec![passkey(true), sign_in_method(K::Totp), used_up], Some(vec![K::Passkey, K::Totp])),
    ] {
        let team = team_with(ways);
        let required = require_fresh(&team.snapshot(), &config(), &ctx(), &session("ann"));
        let expected = asked.clone().map_or(Ok(()), |methods| Err(Denial::ReauthenticationRequired { methods }.into()));
        assert_eq!(required, expected);
        assert_eq!(require_fresh(&team.snapshot(), &config(), &ctx(), &of_two_factors()), Ok(()));
        let late = ctx_at(NOW.plus_seconds(FRESH_SECONDS + 1));
        assert!(require_fresh(&team.snapshot(), &config(), &late, &of_two_factors()).is_err());
    }
    let mut without_passkeys = config();
    without_passkeys.sign_in.passkey = false;
    assert_eq!(require_fresh(&team_with(vec![passkey(true)]).snapshot(), &without_passkeys, &ctx(), &session("ann")), Ok(()));
}

#[test]
fn the_refusal_names_the_ways_that_are_valid() {
    let team = Team::new().owner("ann").as_caller("ann");
    let late = NOW.plus_seconds(FRESH_SECONDS + 1);
    let methods = |ctx: &DecisionContext| match denied(require_fresh(&team.snapshot(), &config(), ctx, &session("ann"))) {
        Denial::ReauthenticationRequired { methods } => methods,
        other => panic!("{other:?}"),
    };
    assert_eq!(methods(&ctx_at(late)), [IdentityKind::Password, IdentityKind::Email]);
    let restored = ctx_at(late).with_epoch(RestoreEpoch::restore(1));
    assert_eq!(methods(&restored), [IdentityKind::Email], "a password of before a restore does not count");
}

#[test]
fn a_provider_is_named_if_it_can_authenticate_its_person_anew() {
    let mut config = config();
    let file = r#"{"password":true,"email_code":false,"providers":[
        {"id":"idp","kind":"oidc","title":"IdP","issuer":"https://idp.example","client_id":"c"},
        {"id":"github","kind":"github","title":"GitHub","client_id":"c"}]}"#;
    config.sign_in = SignInConfig::parse(file, false).unwrap();
    let late = ctx_at(NOW.plus_seconds(FRESH_SECONDS + 1));
    for (issuer, is_named) in [("https://idp.example", true), ("https://github.com/login/oauth", false), ("https://other.example", false)] {
        let method = SignInMethod { told_by: Some((issuer.to_owned(), None)), ..sign_in_method(IdentityKind::Provider) };
        let team = Team::new().owner("ann").as_caller("ann").adjust(move |loaded| {
            loaded.sign_in_methods.insert(user_id("ann"), vec![method.clone()]);
        });
        let denial = denied(require_fresh(&team.snapshot(), &config, &late, &session("ann")));
        let methods = if is_named { vec![IdentityKind::Provider] } else { Vec::new() };
        assert_eq!(denial, Denial::ReauthenticationRequired { methods }, "{issuer}");
    }
}
