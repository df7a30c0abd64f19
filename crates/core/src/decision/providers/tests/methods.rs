//! Connecting, re-authentication, and removal of ways to sign in.

use super::*;
use crate::credential::oidc::return_to::ReturnTo;
use crate::domain::authentication::FRESH_SECONDS;
use crate::domain::sign_in_config::SignInConfig;

fn link(told: ToldPerson, starter: Option<UserId>) -> ProviderLink {
    let return_to = ReturnTo::parse("/settings/security").unwrap();
    ProviderLink { told, starter, return_to, expires_at: NOW.plus_seconds(600) }
}

fn connect_as(team: &Team, ctx: &DecisionContext, link: Option<&ProviderLink>) -> Result<Decision<SignInMethod>, DecisionError> {
    connect(&team.snapshot(), &config(), ctx, link)
}

#[test]
fn a_person_is_connected_with_the_caller_whatever_mailbox_was_told() {
    for told in [told("bob"), unproven("zoe"), nameless()] {
        for starter in [None, Some(user_id("ann"))] {
            let decided = connect_as(&team(None).as_caller("ann"), &ctx(), Some(&link(told.clone(), starter))).unwrap();
            let [Effect::InsertProviderIdentity(identity)] = decided.change.effects.as_slice() else { panic!("{:?}", decided.change) };
            assert_eq!((identity.user, &identity.person, &identity.told_email), (user_id("ann"), &person("s1"), &told.email));
            assert_eq!((decided.output.id, decided.output.kind), (identity.id, IdentityKind::Provider));
            assert_eq!(decided.output.told_by, Some((ISSUER.to_owned(), told.email.clone())));
            assert_rests_on(&decided.change, &[person_is(None), Precondition::SessionLive(session_id("ann"))]);
        }
    }
}

#[test]
fn connecting_asks_for_a_fresh_session_before_anything_about_the_link() {
    let (taken, own) = (link(told("zoe"), Some(user_id("bob"))), link(told("zoe"), None));
    for link in [None, Some(&taken), Some(&own)] {
        let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| connect(snapshot, &config(), ctx, link);
        assert_requires_fresh(&team(Some(identity("bob"))).as_caller("ann"), decide);
        assert_needs_session(&team(Some(identity("bob"))), decide);
    }
}

#[test]
fn nobody_waits_without_a_link_or_with_one_that_another_user_started() {
    let of_bob = link(told("zoe"), Some(user_id("bob")));
    for (link, identity) in [(None, None), (Some(&of_bob), None), (Some(&of_bob), Some(identity("ann")))] {
        assert_eq!(denied(connect_as(&team(identity).as_caller("ann"), &ctx(), link)), Denial::ProviderLinkNotFound);
    }
}

#[test]
fn a_person_is_one_users_and_connecting_again_changes_nothing() {
    let link = link(told("zoe"), None);
    let of_bob = team(Some(identity("bob"))).as_caller("ann");
    assert_eq!(denied(connect_as(&of_bob, &ctx(), Some(&link))), Denial::IdentityTaken);
    let restored = ctx().with_epoch(RestoreEpoch::restore(1));
    assert_eq!(denied(connect_as(&of_bob, &restored, Some(&link))), Denial::IdentityTaken, "also after a restore");
    // The cap counts new identities alone.
    let own = with_providers(team(Some(identity("ann"))).as_caller("ann"), "ann", PROVIDER_IDENTITIES_MAX);
    let again = connect_as(&own, &ctx(), Some(&link)).unwrap();
    assert!(again.change.is_empty());
    assert_eq!((again.output.id, again.output.created_at), (IdentityId::from_bits(50), NOW.plus_seconds(-60)));
    assert_rests_on(&again.change, &[person_is(Some(user_id("ann")))]);
    let reconnected = connect_as(&own, &restored, Some(&link)).unwrap();
    assert_eq!(reconnected.change.effects, [Effect::ReconnectProvider(user_id("ann"), IdentityId::from_bits(50))]);
    assert_eq!((reconnected.output.id, reconnected.output.epoch), (IdentityId::from_bits(50), RestoreEpoch::restore(1)));
}

#[test]
fn a_user_connects_at_most_twenty_persons() {
    let link = link(told("zoe"), None);
    let result = |count| connect_as(&with_providers(team(None), "ann", count).as_caller("ann"), &ctx(), Some(&link));
    assert!(result(PROVIDER_IDENTITIES_MAX - 1).is_ok());
    assert_eq!(denied(result(PROVIDER_IDENTITIES_MAX)), Denial::LimitReached("identities of providers"));
}

#[test]
fn a_re_authentication_is_by_an_identity_of_the_caller_who_asked_for_it() {
    let with = |identity, caller, starter, ctx: &DecisionContext| {
        reauthenticate(&team(identity).as_caller(caller).snapshot(), ctx, &told("zoe"), user_id(starter), &secret_hash("new"))
    };
    let later = ctx_at(NOW.plus_seconds(FRESH_SECONDS + 1));
    let decided = with(Some(identity("ann")), "ann", "ann", &later).unwrap();
    assert_eq!((decided.output.id, &decided.output.token), (session_id("ann"), &secret_hash("new")));
    assert_eq!(decided.output.authentication, Authentication::by(AuthMethod::Federated, later.now));
    let used = Effect::UseProvider(user_id("ann"), IdentityId::from_bits(50), Some(email("zoe")), later.now);
    assert_eq!(decided.change.effects, [used, Effect::RenewSession(decided.output.clone())]);
    let rests_on = [
        person_is(Some(user_id("ann"))),
        Precondition::SessionLive(session_id("ann")),
        Precondition::SessionTokenIs(session_id("ann"), secret_hash("ann")),
    ];
    assert_rests_on(&decided.change, &rests_on);
    for (what, identity, caller, starter) in [
        ("a person who is nobody's", None, "ann", "ann"),
        ("another user's", Some(identity("bob")), "ann", "ann"),
        ("asked for by another user", Some(identity("ann")), "ann", "bob"),
        ("another user asked for it and has the identity", Some(identity("bob")), "ann", "bob"),
        ("the session is another user's", Some(identity("ann")), "bob", "ann"),
    ] {
        assert_eq!(denied(with(identity, caller, starter, &later)), Denial::IdentityTaken, "{what}");
    }
    let restored = ctx().with_epoch(RestoreEpoch::restore(1));
    assert_eq!(denied(with(Some(identity("ann")), "ann", "ann", &restored)), Denial::IdentityTaken, "connected before a restore");
    assert_needs_session(&team(Some(identity("ann"))), |snapshot, ctx| {
        reauthenticate(snapshot, ctx, &told("zoe"), user_id("ann"), &secret_hash("new"))
    });
}

/// Ann with a mailbox (1), a password (2), a passkey (3) and a provider (4).
fn ann() -> Team {
    let all = [IdentityKind::Email, IdentityKind::Password, IdentityKind::Passkey, IdentityKind::Provider];
    with_methods(all.into_iter().zip(1..).map(|(kind, id)| method(kind, id)).collect())
}

fn method(kind: IdentityKind, id: u128) -> SignInMethod {
    SignInMethod { id: IdentityId::from_bits(id), ..sign_in_method(kind) }
}

fn with_methods(methods: Vec<SignInMethod>) -> Team {
    team(None).as_caller("ann").adjust(move |loaded| {
        loaded.sign_in_methods.insert(user_id("ann"), methods.clone());
    })
}

fn remove(team: &Team, id: Option<u128>) -> Result<Decision<()>, DecisionError> {
    remove_method(&team.snapshot(), &config(), &ctx(), id.map(IdentityId::from_bits))
}

#[test]
fn everything_but_the_mailbox_is_removed() {
    for id in [2, 3, 4] {
        let removed = remove(&ann(), Some(id)).unwrap();
        let id = IdentityId::from_bits(id);
        assert_eq!(removed.change.effects, [Effect::DeleteIdentity(user_id("ann"), id)]);
        let rests_on = [Precondition::SessionLive(session_id("ann")), Precondition::OtherSignInMethod(user_id("ann"), id)];
        assert_rests_on(&removed.change, &rests_on);
    }
    assert_eq!(denied(remove(&ann(), Some(1))), Denial::LastSignInMethod);
    for id in [None, Some(9)] {
        assert_eq!(denied(remove(&ann(), id)), Denial::SignInMethodNotFound);
    }
}

#[test]
fn the_last_valid_way_to_sign_in_stays() {
    let of_before = SignInMethod { epoch: RestoreEpoch::restore(1), ..method(IdentityKind::Password, 2) };
    let alone = with_methods(vec![method(IdentityKind::Passkey, 4), of_before]);
    assert_eq!(denied(remove(&alone, Some(4))), Denial::LastSignInMethod);
    assert!(remove(&alone, Some(2)).is_ok(), "what is not valid may go");
}

#[test]
fn removal_asks_for_a_fresh_session_before_it_looks_for_the_method() {
    let team = team(None).as_caller("ann");
    for id in [None, Some(IdentityId::from_bits(9)), Some(IdentityId::from_bits(1))] {
        let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| remove_method(snapshot, &config(), ctx, id);
        assert_requires_fresh(&team, decide);
        assert_needs_session(&team, decide);
    }
}

#[test]
fn a_way_that_the_deployment_does_not_offer_does_not_count() {
    let methods = vec![method(IdentityKind::Email, 1), method(IdentityKind::Password, 2), method(IdentityKind::Provider, 4)];
    let remove = |file: &str, id: u128| {
        let mut config = config();
        config.sign_in = SignInConfig::parse(file, false).unwrap();
        remove_method(&with_methods(methods.clone()).snapshot(), &config, &ctx(), Some(IdentityId::from_bits(id)))
            .map(|decided| decided.change.effects.len())
    };
    let provider = r#""providers":[{"id":"idp","kind":"oidc","title":"IdP","issuer":"https://idp.example","client_id":"c"}]"#;
    let passwords = r#"{"password":true,"email_code":false}"#;
    assert_eq!(remove(passwords, 4), Ok(1), "the password remains");
    let alone = format!(r#"{{"password":false,"email_code":false,"passkey":false,{provider}}}"#);
    assert_eq!(denied(remove(&alone, 4)), Denial::LastSignInMethod, "neither the mailbox nor the password signs in");
    let codes = format!(r#"{{"password":false,"email_code":true,{provider}}}"#);
    assert_eq!(remove(&codes, 4), Ok(1), "the mailbox remains");
}
