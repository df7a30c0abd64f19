use super::*;
use crate::domain::identity::Proof;
use crate::domain::invitation::InvitationState;
use crate::domain::provider_identity::{IssuerSubject, PROVIDER_IDENTITIES_MAX};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

mod exchange;
mod methods;

const ISSUER: &str = "https://idp.example";

fn person(subject: &str) -> IssuerSubject {
    IssuerSubject { issuer: ISSUER.to_owned(), subject: subject.to_owned() }
}

/// Subject `s1` with the proven mailbox of a name.
fn told(who: &str) -> ToldPerson {
    ToldPerson { person: person("s1"), email: Some(email(who)), email_proven: true, name: None }
}

fn unproven(who: &str) -> ToldPerson {
    ToldPerson { email_proven: false, ..told(who) }
}

fn nameless() -> ToldPerson {
    ToldPerson { email: None, ..told("zoe") }
}

/// Subject `s1` as an identity of a user.
fn identity(who: &str) -> ProviderIdentity {
    let told_email = Some(email("old"));
    ProviderIdentity {
        id: IdentityId::from_bits(50),
        user: user_id(who),
        person: person("s1"),
        told_email,
        epoch: RestoreEpoch::FIRST,
        created_at: NOW.plus_seconds(-60),
    }
}

/// Ann's team with Bob, an invitation for Eve, and nobody named Zoe. Subject `s1` is this identity, or nobody's.
fn team(identity: Option<ProviderIdentity>) -> Team {
    Team::new().owner("ann").member("bob", "dev").invitation("eve", "dev").unknown_email("zoe").adjust(move |loaded| {
        loaded.provider_identities.insert(person("s1"), identity.clone());
    })
}

fn browser() -> NewSession {
    NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true }
}

fn claims(proof: bool) -> InvitationLinkClaims {
    InvitationLinkClaims { invitation: invitation_id("eve"), version: 1, proof }
}

fn attempt(
    team: &Team,
    ctx: &DecisionContext,
    told: &ToldPerson,
    link: Option<InvitationLinkClaims>,
) -> Result<Decision<ProviderSignedIn>, DecisionError> {
    sign_in(&team.snapshot(), &config(), ctx, ProviderSignIn { told, link, browser: &browser() })
}

fn user_of(decided: &Decision<ProviderSignedIn>) -> &UserWithAccount {
    match &decided.output {
        ProviderSignedIn::SignedIn(joined) => joined,
        other => panic!("{other:?}"),
    }
}

fn person_is(who: Option<UserId>) -> Precondition {
    Precondition::FactIs(Fact::UserOfPerson(person("s1")), who.into())
}

/// Ways of a user to sign in: a mailbox, and this many providers.
fn with_providers(team: Team, who: &str, count: i64) -> Team {
    let who = user_id(who);
    team.adjust(move |loaded| {
        let id = |n: i64| IdentityId::from_bits(100 + u128::try_from(n).unwrap());
        let providers = (0..count).map(|n| SignInMethod { id: id(n), ..sign_in_method(IdentityKind::Provider) });
        loaded.sign_in_methods.insert(who, providers.chain([sign_in_method(IdentityKind::Email)]).collect());
    })
}

#[test]
fn a_known_person_signs_in_and_the_told_address_is_kept() {
    let team = team(Some(identity("ann"))).as_caller("bob");
    // The mailbox of another user, or of nobody, does not matter for a person who is connected.
    for told in [told("bob"), unproven("bob"), nameless()] {
        let decided = attempt(&team, &ctx(), &told, None).unwrap();
        assert_eq!(user_of(&decided).user.id, user_id("ann"));
        assert_eq!(user_of(&decided).account.role.as_str(), "admin");
        let [used, Effect::EndSession(ended), Effect::InsertSession(session)] = decided.change.effects.as_slice() else {
            panic!("{:?}", decided.change.effects)
        };
        assert_eq!(*used, Effect::UseProvider(user_id("ann"), IdentityId::from_bits(50), told.email.clone(), NOW));
        assert_eq!(*ended, session_id("bob"));
        assert_eq!((session.user, &session.token), (user_id("ann"), &secret_hash("new")));
        assert_eq!(session.authentication, Authentication::by(AuthMethod::Federated, NOW));
        assert_eq!(event_names(&decided.change), [""; 0]);
        assert_rests_on(&decided.change, &[person_is(Some(user_id("ann")))]);
    }
}

#[test]
fn a_known_person_whose_active_account_is_gone_signs_in_nowhere() {
    let gone = team(Some(identity("ann"))).adjust(|loaded| {
        loaded.members.insert((account_id("acme"), user_id("ann")), None);
    });
    assert_eq!(denied(attempt(&gone, &ctx(), &told("ann"), None)), Denial::AccountNotFound);
}

#[test]
fn an_identity_of_an_earlier_restore_epoch_counts_again_by_the_proven_mailbox_of_its_user_alone() {
    let restored = ctx().with_epoch(RestoreEpoch::restore(1));
    for told in [told("zoe"), told("bob"), unproven("ann")] {
        let decided = attempt(&team(Some(identity("ann"))).as_caller("ann"), &restored, &told, None).unwrap();
        assert_eq!((decided.output, decided.change.is_empty()), (ProviderSignedIn::Unconnected, true));
    }
    let decided = attempt(&team(Some(identity("ann"))), &restored, &told("ann"), None).unwrap();
    let reconnected = Effect::ReconnectProvider(user_id("ann"), IdentityId::from_bits(50));
    assert_eq!(decided.change.effects.first(), Some(&reconnected));
    assert!(matches!(decided.output, ProviderSignedIn::SignedIn(joined) if joined.user.id == user_id("ann")));
}

#[test]
fn whose_mailbox_is_anothers_unproven_or_untold_stays_unconnected() {
    for (what, told) in [
        ("the mailbox of a user", told("bob")),
        ("an unproven mailbox of nobody", unproven("zoe")),
        ("an unproven mailbox of a user", unproven("bob")),
        ("no mailbox", nameless()),
    ] {
        for link in [None, Some(claims(true))] {
            let decided = attempt(&team(None).as_caller("ann"), &ctx(), &told, link).unwrap();
            assert_eq!((&decided.output, decided.change.is_empty()), (&ProviderSignedIn::Unconnected, true), "{what}");
            assert_rests_on(&decided.change, &[person_is(None)]);
        }
    }
    let taken = attempt(&team(None), &ctx(), &told("bob"), None).unwrap();
    assert_rests_on(&taken.change, &[Precondition::EmailIs(email("bob"), Some(user_id("bob")))]);
}

/// The one identity of a provider that a change inserts.
fn connected(effects: &[Effect]) -> &ProviderIdentity {
    let mut inserted = effects.iter().filter_map(|effect| match effect {
        Effect::InsertProviderIdentity(identity) => Some(identity),
        _ => None,
    });
    let (only, more) = (inserted.next(), inserted.next());
    assert_eq!(more, None);
    only.unwrap()
}

#[test]
fn a_proven_mailbox_of_nobody_becomes_a_user_in_one_change() {
    let named = ToldPerson { name: Some(name("Zoe Zhang")), ..told("zoe") };
    for (told, called) in [(named, "Zoe Zhang"), (told("zoe"), "zoe")] {
        let decided = attempt(&team(None).as_caller("ann"), &ctx(), &told, None).unwrap();
        let joined = user_of(&decided);
        assert_eq!((joined.user.name.as_str(), &joined.user.email), (called, &email("zoe")));
        let [
            Effect::InsertUser(user),
            Effect::SetIdentity(mailbox),
            Effect::InsertAccount(account),
            Effect::InsertMember(owner),
            Effect::CloseSignups(closed),
            Effect::InsertProviderIdentity(identity),
            Effect::EndSession(ended),
            Effect::InsertSession(session),
        ] = decided.change.effects.as_slice()
        else {
            panic!("{:?}", decided.change.effects)
        };
        assert_eq!((user, mailbox.user, &mailbox.proof), (&joined.user, user.id, &Proof::Email));
        assert_eq!((account.owner, account.id, owner.account, owner.user), (user.id, user.active_account, account.id, user.id));
        assert_eq!((closed, *ended, session.user), (&email("zoe"), session_id("ann"), user.id));
        assert_eq!(session.authentication.methods, [AuthMethod::Federated]);
        assert_eq!((identity.user, &identity.person, &identity.told_email), (user.id, &person("s1"), &Some(email("zoe"))));
        assert_eq!((identity.epoch, identity.created_at), (RestoreEpoch::FIRST, NOW));
        assert_ne!(identity.id, mailbox.id);
        assert_eq!(event_names(&decided.change), ["account.create"]);
        assert_rests_on(&decided.change, &[person_is(None), Precondition::EmailIs(email("zoe"), None)]);
    }
}

#[test]
fn a_new_person_joins_the_team_of_an_invitation_to_the_proven_mailbox() {
    // The provider proves the mailbox, so that the proof from the mail is not needed.
    for proof in [false, true] {
        let decided = attempt(&team(None), &ctx(), &told("eve"), Some(claims(proof))).unwrap();
        let joined = user_of(&decided);
        assert_eq!((joined.user.active_account, joined.account.role.as_str()), (account_id("acme"), "dev"));
        assert_eq!(event_names(&decided.change), ["account.create", "invitation.accept"]);
        assert_eq!(connected(&decided.change.effects).user, joined.user.id);
        assert!(decided.change.effects.contains(&Effect::CloseInvitation(
            invitation_id("eve"),
            InvitationState::Accepted,
            Some(joined.user.id),
            NOW
        )));
        assert!(decided.change.effects.contains(&Effect::InsertUser(joined.user.clone())));
        let rests_on = [
            person_is(None),
            Precondition::EmailIs(email("eve"), None),
            Precondition::InvitationIs(invitation_id("eve"), InvitationState::Pending, 1),
        ];
        assert_rests_on(&decided.change, &rests_on);
    }
}

#[test]
fn an_invitation_that_does_not_count_keeps_nobody_from_becoming_a_user() {
    let ended = |state| team(None).edit_invitation("eve", move |invitation| invitation.stored = state);
    let old = InvitationLinkClaims { version: 2, ..claims(true) };
    let expired = team(None).edit_invitation("eve", |invitation| invitation.expires_at = Some(NOW));
    let forged = team(None).adjust(|loaded| loaded.invitations.values_mut().for_each(|slot| *slot = None));
    for (what, team, who, link) in [
        ("to another address", team(None), "zoe", claims(true)),
        ("revoked", ended(InvitationState::Revoked), "eve", claims(true)),
        ("declined", ended(InvitationState::Declined), "eve", claims(true)),
        ("accepted", ended(InvitationState::Accepted), "eve", claims(true)),
        ("expired", expired, "eve", claims(true)),
        ("by a replaced link", team(None), "eve", old),
        ("forged", forged, "eve", claims(true)),
    ] {
        let decided = attempt(&team, &ctx(), &told(who), Some(link)).unwrap();
        let joined = user_of(&decided);
        assert_ne!(joined.user.active_account, account_id("acme"), "{what}");
        assert_eq!(event_names(&decided.change), ["account.create"], "{what}");
        assert!(!decided.change.effects.iter().any(|effect| matches!(effect, Effect::CloseInvitation(..))), "{what}");
        assert_eq!(connected(&decided.change.effects).user, joined.user.id);
    }
}

#[test]
fn a_sign_in_reads_the_person_and_for_a_newcomer_the_mailbox_and_the_invitation() {
    let decide = |told: ToldPerson, link| {
        move |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
            let input = ProviderSignIn { told: &told, link, browser: &browser() };
            sign_in(snapshot, &config(), ctx, input).map(|decided| decided.change.effects.len())
        }
    };
    let known = team(Some(identity("ann")));
    assert_eq!(slots_needed(&known, decide(told("zoe"), None)), ["accounts", "members", "users", "second_factors", "provider_identities"]);
    assert_eq!(slots_needed(&team(None), decide(nameless(), None)), ["provider_identities"]);
    assert_eq!(slots_needed(&team(None), decide(told("zoe"), None)), ["emails", "provider_identities"]);
    let invited = slots_needed(&team(None), decide(told("eve"), Some(claims(false))));
    assert_eq!(invited, ["accounts", "members", "roles", "emails", "provider_identities", "invitations"]);
}
