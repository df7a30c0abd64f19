use super::*;
use crate::domain::authentication::FRESH_SECONDS;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::sign_in_config::SignInConfig;
use crate::testing::*;

#[test]
fn a_recent_authentication_suffices_and_loads_nothing() {
    let team = Team::new().owner("ann").as_caller("ann").adjust(|loaded| loaded.sign_in_methods.clear());
    let require = |seconds: i64| require_fresh(&team.snapshot(), &config(), &ctx_at(NOW.plus_seconds(seconds)), &session("ann"));
    assert_eq!(require(0), Ok(()));
    assert_eq!(require(FRESH_SECONDS), Ok(()));
    assert!(matches!(require(FRESH_SECONDS + 1), Err(DecisionError::NotLoaded(_))));
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
