use super::*;
use crate::domain::account::{API_KEYS_MAX, PENDING_INVITATIONS_MAX};
use crate::domain::session::{SESSION_IDLE_SECONDS, SESSION_SECONDS};
use crate::testing::*;
use crate::transaction::fact::{Fact, FactValue};

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").api_key("ci", "ann", &[]).as_caller("ann")
}

#[test]
fn each_precondition_is_recorded_once_and_taken_once() {
    let snapshot = team().snapshot();
    snapshot.account(acme()).unwrap();
    snapshot.account(acme()).unwrap();
    assert_eq!(snapshot.take_preconditions().len(), 1);
    assert!(snapshot.take_preconditions().is_empty());
}

#[test]
fn what_was_not_loaded_is_asked_for_and_never_taken_for_absent() {
    let nothing = TrackedSnapshot::new(Snapshot::default());
    let (ann, id) = (user_id("ann"), acme());
    assert_eq!(not_loaded(nothing.account(id)), Lookup::Account(AccountRef::Id(id)));
    assert_eq!(not_loaded(nothing.member(id, ann)), Lookup::Member(AccountRef::Id(id), UserRef::Id(ann)));
    assert_eq!(not_loaded(nothing.custom_roles(id)), Lookup::Roles(AccountRef::Id(id)));
    assert_eq!(not_loaded(nothing.user_with_email(&email("ann"))), Lookup::User(UserRef::Email(email("ann"))));
    assert_eq!(not_loaded(nothing.fact(Fact::owner_has_another(id))), Lookup::Fact(Fact::OwnerHasAnother(id)));
    assert!(nothing.take_preconditions().is_empty());
}

#[test]
fn a_session_lives_thirty_days_and_a_week_unused() {
    let seen_at = |seconds: i64| {
        let session = Session { last_seen_at: NOW.plus_seconds(seconds), ..session("ann") };
        team().credential(ResolvedCredential::Session(Some((session, user("ann"))))).snapshot()
    };
    let at = |seconds: i64| NOW.plus_seconds(seconds);
    assert!(seen_at(0).caller(at(SESSION_IDLE_SECONDS - 1)).is_ok());
    assert_eq!(denied(seen_at(0).caller(at(SESSION_IDLE_SECONDS))), Denial::SessionExpired);
    assert!(seen_at(SESSION_SECONDS).caller(at(SESSION_SECONDS - 1)).is_ok());
    assert_eq!(denied(seen_at(SESSION_SECONDS).caller(at(SESSION_SECONDS))), Denial::SessionExpired);
}

#[test]
fn a_principal_is_a_user_by_session_or_token_or_a_live_key_that_must_stay_so() {
    let principal = |team: &Team, now| {
        let snapshot = team.snapshot();
        snapshot.principal(now).map(|principal| (principal.id(), snapshot.take_preconditions()))
    };
    let (ann, key) = (user_id("ann").to_string(), api_key_id("ci"));
    assert_eq!(principal(&team(), NOW), Ok((ann.clone(), vec![Precondition::SessionLive(session_id("ann"))])));
    let token = team().credential(ResolvedCredential::Token(Some(user("ann"))));
    assert_eq!(principal(&token, NOW), Ok((ann, vec![])), "a token is verified by its signature");
    let by_key = team().edit_api_key("ci", |key| key.expires_at = Some(NOW.plus_seconds(1))).as_api_key("ci");
    assert_eq!(principal(&by_key, NOW), Ok((key.to_string(), vec![Precondition::ApiKeyRevoked(key, false)])));
    assert_eq!(denied(principal(&by_key, NOW.plus_seconds(1))), Denial::ApiKeyInvalid);
    assert_eq!(denied(principal(&team().credential(ResolvedCredential::Token(None)), NOW)), Denial::TokenInvalid);
}

#[test]
fn an_absent_role_and_a_present_one_are_both_preconditions() {
    let snapshot = team().custom_role("ops", &["team.access"]).snapshot();
    let (ops, gone) = (RoleCode::restore("ops"), RoleCode::restore("gone"));
    assert!(snapshot.custom_role(acme(), &ops).unwrap().is_some());
    assert!(snapshot.custom_role(acme(), &gone).unwrap().is_none());
    let expected = [Precondition::RoleGrants(acme(), ops, Some(codes(&["team.access"]))), Precondition::RoleGrants(acme(), gone, None)];
    assert_eq!(snapshot.take_preconditions(), expected);
}

#[test]
fn a_fact_is_a_precondition_whatever_its_value() {
    let (ops, on_call) = (RoleCode::restore("ops"), RoleCode::restore("on-call"));
    let snapshot = team().custom_role("ops", &[]).custom_role("on-call", &[]).member("bob", "on-call").snapshot();
    for (role, used) in [(on_call, true), (ops, false)] {
        assert_eq!(snapshot.fact(Fact::role_in_use(acme(), role.clone(), NOW)), Ok(used));
        assert_eq!(snapshot.take_preconditions(), [Precondition::FactIs(Fact::RoleInUse(acme(), role, NOW), used.into())]);
    }
}

#[test]
fn a_fact_of_another_type_is_loaded_again() {
    let fact = Fact::OwnerHasAnother(acme());
    let snapshot = team().adjust(|loaded| {
        loaded.facts.insert(Fact::OwnerHasAnother(acme()), FactValue::Null);
    });
    let snapshot = snapshot.snapshot();
    assert_eq!(not_loaded(snapshot.fact(Fact::owner_has_another(acme()))), Lookup::Fact(fact));
    assert!(snapshot.take_preconditions().is_empty());
}

#[test]
fn a_limit_that_is_reached_is_no_precondition() {
    let snapshot = team().snapshot();
    let precondition = || Precondition::MembersBelowCap(acme());
    assert_eq!(denied(snapshot.check_cap(3, 3, "members", precondition())), Denial::LimitReached("members"));
    assert!(snapshot.take_preconditions().is_empty());
    assert_eq!(snapshot.check_cap(2, 3, "members", precondition()), Ok(()));
    assert_eq!(snapshot.take_preconditions(), [precondition()]);
}

#[test]
fn at_its_cap_an_account_has_room_only_for_what_replaces_something_expired() {
    let at = |api_keys: i64, pending_invitations: i64| {
        team().edit_account(move |account| {
            account.api_keys = api_keys;
            account.pending_invitations = pending_invitations;
        })
    };
    let check = |team: &Team| {
        let snapshot = team.snapshot();
        let account = snapshot.account(acme()).unwrap().unwrap();
        (snapshot.check_api_key_cap(&account, NOW), snapshot.check_invitation_cap(&account, NOW))
    };
    assert_eq!(check(&at(API_KEYS_MAX - 1, PENDING_INVITATIONS_MAX - 1)), (Ok(false), Ok(false)));
    let full = at(API_KEYS_MAX, PENDING_INVITATIONS_MAX);
    let refused = |what| Err(Denial::LimitReached(what).into());
    assert_eq!(check(&full), (refused("API keys"), refused("pending invitations")));
    let expired = full.adjust(|loaded| {
        loaded.expired_api_keys.insert(acme(), true);
        loaded.expired_invitations.insert(acme(), true);
    });
    assert_eq!(check(&expired), (Ok(true), Ok(true)));
    let unknown = expired.adjust(|loaded| {
        loaded.expired_api_keys.clear();
        loaded.expired_invitations.clear();
    });
    let (keys, invitations) = check(&unknown);
    assert_eq!((not_loaded(keys), not_loaded(invitations)), (Lookup::ExpiredApiKey(acme(), NOW), Lookup::ExpiredInvitation(acme(), NOW)));
}
