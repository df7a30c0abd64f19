//! Sign-in by tokens of trusted issuers.

use super::*;

fn token(told: ToldPerson) -> VerifiedIssuerToken {
    VerifiedIssuerToken { told, id: ChallengeId::from_bytes([9; 16]), expires_at: NOW.plus_seconds(300) }
}

fn spent(team: Team, is_spent: bool) -> Team {
    team.adjust(move |loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(ChallengeId::from_bytes([9; 16])), is_spent.into());
    })
}

/// The exchange of a token that was not used before.
fn attempt(team: Team, ctx: &DecisionContext, told: ToldPerson) -> Result<Decision<UserWithAccount>, DecisionError> {
    let decided = exchange(&spent(team, false).snapshot(), &config(), ctx, &token(told), &browser())?;
    Ok(Decision { change: decided.change, output: decided.output? })
}

/// Asserts that a change spends the token before it starts the session, and rests on its being unspent.
fn assert_spends_with_the_session(decided: &Decision<UserWithAccount>) {
    let [.., Effect::SpendChallenge(id, expires_at), Effect::EndSession(ended), Effect::InsertSession(session)] =
        decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((id, *expires_at), (&ChallengeId::from_bytes([9; 16]), NOW.plus_seconds(300)));
    assert_eq!((*ended, session.user), (session_id("bob"), decided.output.user.id));
    assert_eq!(session.authentication, Authentication::by(AuthMethod::Federated, NOW));
    let unspent = Precondition::FactIs(Fact::ChallengeSpent(id.clone()), false.into());
    assert_rests_on(&decided.change, &[unspent]);
}

#[test]
fn a_token_that_was_used_before_signs_nobody_in() {
    for identity in [None, Some(identity("ann"))] {
        let team = spent(team(identity), true);
        let result = exchange(&team.snapshot(), &config(), &ctx(), &token(told("zoe")), &browser());
        assert_eq!(denied(result), Denial::IssuerTokenInvalid);
    }
}

#[test]
fn a_token_is_spent_with_the_session_of_a_known_person() {
    let decided = attempt(team(Some(identity("ann"))).as_caller("bob"), &ctx(), unproven("zoe")).unwrap();
    assert_eq!(decided.output.user.id, user_id("ann"));
    let used = Effect::UseProvider(user_id("ann"), IdentityId::from_bits(50), Some(email("zoe")), NOW);
    assert_eq!(decided.change.effects.first(), Some(&used));
    assert_rests_on(&decided.change, &[person_is(Some(user_id("ann")))]);
    assert_spends_with_the_session(&decided);
}

#[test]
fn a_proven_mailbox_of_nobody_becomes_a_user() {
    let named = ToldPerson { name: Some(name("Zoe Zhang")), ..told("zoe") };
    let decided = attempt(team(None).as_caller("bob"), &ctx(), named).unwrap();
    assert_eq!((decided.output.user.name.as_str(), &decided.output.user.email), ("Zoe Zhang", &email("zoe")));
    assert_eq!(connected(&decided.change.effects).user, decided.output.user.id);
    assert_rests_on(&decided.change, &[person_is(None), Precondition::EmailIs(email("zoe"), None)]);
    assert_spends_with_the_session(&decided);
}

#[test]
fn the_proven_mailbox_of_a_user_connects_the_person_with_that_user() {
    let decided = attempt(team(None).as_caller("bob"), &ctx(), told("ann")).unwrap();
    assert_eq!((decided.output.user.id, decided.output.account.role.as_str()), (user_id("ann"), "admin"));
    let identity = connected(&decided.change.effects);
    assert_eq!((identity.user, &identity.person, &identity.told_email), (user_id("ann"), &person("s1"), &Some(email("ann"))));
    assert!(!decided.change.effects.iter().any(|effect| matches!(effect, Effect::InsertUser(_))));
    assert_rests_on(&decided.change, &[person_is(None), Precondition::EmailIs(email("ann"), Some(user_id("ann")))]);
    assert_spends_with_the_session(&decided);
}

#[test]
fn without_a_proven_mailbox_nobody_is_connected() {
    for told in [unproven("ann"), unproven("zoe"), nameless()] {
        assert_eq!(denied(attempt(team(None).as_caller("ann"), &ctx(), told)), Denial::IdentityUnconnected);
    }
}

#[test]
fn after_a_restore_the_proven_mailbox_of_its_user_connects_an_identity_again() {
    let restored = ctx().with_epoch(RestoreEpoch::restore(1));
    for told in [told("zoe"), unproven("ann"), nameless()] {
        assert_eq!(denied(attempt(team(Some(identity("ann"))), &restored, told)), Denial::IdentityUnconnected);
    }
    let decided = attempt(team(Some(identity("ann"))).as_caller("bob"), &restored, told("ann")).unwrap();
    let reconnected = Effect::ReconnectProvider(user_id("ann"), IdentityId::from_bits(50));
    assert_eq!((decided.change.effects.first(), decided.output.user.id), (Some(&reconnected), user_id("ann")));
    assert_rests_on(&decided.change, &[person_is(Some(user_id("ann"))), Precondition::EmailIs(email("ann"), Some(user_id("ann")))]);
    assert_spends_with_the_session(&decided);
}

#[test]
fn a_user_has_at_most_twenty_identities_of_providers() {
    let result = |count| attempt(with_providers(team(None), "ann", count), &ctx(), told("ann"));
    assert!(result(PROVIDER_IDENTITIES_MAX - 1).is_ok());
    assert_eq!(denied(result(PROVIDER_IDENTITIES_MAX)), Denial::LimitReached("identities of providers"));
}
