//! Each fact by itself: a change that relies on it commits while it holds, and is stale when it does not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{CommitError, Store};
use rolecall_core::authz::quotas::ACCOUNT_CHANGES;
use rolecall_core::domain::account::AccountKind;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::name::Name;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::stored_secret::PasswordHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::change::{ChangeSet, Effect};
use rolecall_core::transaction::precondition::Fact;
use support::{World, block_on};

fn mark(fact: &Fact) -> &'static str {
    // Every kind of fact has its cases below: a new one does not compile here until it has a name.
    match fact {
        Fact::SessionLive(..) => "session-live",
        Fact::AccountIs(..) => "account-is",
        Fact::AccountVersionIs(..) => "account-version-is",
        Fact::MemberHasRole(..) => "member-has-role",
        Fact::RoleGrants(..) => "role-grants",
        Fact::RoleUnused(..) => "role-unused",
        Fact::MembersBelowCap(..) => "members-below",
        Fact::PendingInvitationsBelowCap(..) => "invitations-below",
        Fact::CustomRolesBelowCap(..) => "roles-below",
        Fact::ApiKeysBelowCap(..) => "keys-below",
        Fact::KeysMadeByAre(..) => "keys-made-by-are",
        Fact::ChangesBelow(..) => "changes-below",
        Fact::TeamsBelow(..) => "teams-below",
        Fact::InvitationIs(..) => "invitation-is",
        Fact::PendingInvitationIs(..) => "pending-is",
        Fact::EmailIsMember(..) => "email-is-member",
        Fact::InvitationMailsBelow(..) => "invitation-mails-below",
        Fact::SignupsBelow(..) => "signups-below",
        Fact::ResetsBelow(..) => "resets-below",
        Fact::FailuresAtMost(..) => "failures-at-most",
        Fact::EmailIs(..) => "email-is",
        Fact::OwnsAnother(..) => "owns-another",
        Fact::SignupOpen(..) => "signup-open",
        Fact::ResetOpen(..) => "reset-open",
        Fact::PasswordIs(..) => "password-is",
        Fact::ApiKeyRevoked(..) => "key-revoked",
        Fact::AttributePolicyIs(..) => "attribute-policy-is",
    }
}
const KINDS: usize = 27;

/// The hour and the day in which some have done all that one may.
const HOUR: i64 = 9;
const DAY: i64 = 4;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A world with one of everything, and for each kind of fact one that holds in it and some that do not.
fn cases() -> (World, AccountId, Vec<(Fact, Vec<Fact>)>) {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let (owner, member) = (people[0].id, people[1].id);
    let pending = world.invite(&people[0], team, "o'guest@example.com", "dev").unwrap();
    let (key, revoked, signup, closed, reset) =
        (ApiKeyId::from_bits(7), ApiKeyId::from_bits(8), SignupId::from_bits(3), SignupId::from_bits(4), ResetId::from_bits(5));
    for sql in [
        format!("INSERT INTO role VALUES ('{team}', 'ops', 'Ops', '[\"team.access\"]')"),
        format!("INSERT INTO api_key VALUES ('{key}', '{team}', 'a', '{key}', '[]', '[]', '{owner}', 1, NULL, NULL, NULL, 0)"),
        format!("INSERT INTO api_key VALUES ('{revoked}', '{team}', 'b', '{revoked}', '[]', '[]', '{owner}', 1, NULL, NULL, 2, 0)"),
        format!(
            "INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('{signup}', 'new@example.com', 'n', 'p', 1, 100)"
        ),
        format!(
            "INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('{closed}', 'new@example.com', 'n', 'p', 0, 100)"
        ),
        format!("INSERT INTO reset VALUES ('{reset}', 'dev-0@example.com', '{member}', 1, 100)"),
        "INSERT INTO attempt VALUES ('far:x', 3, 1)".to_owned(),
        format!("INSERT INTO attribute_policy VALUES ('{team}', '{{}}', 6, '{owner}', 1)"),
    ] {
        world.sql(&sql).unwrap();
    }
    let session = SessionId::parse(&text(&world, &format!("SELECT id FROM session WHERE user = '{owner}'"))).unwrap();
    let password = PasswordHash::restore(text(&world, &format!("SELECT password FROM user WHERE id = '{owner}'")));
    let version = world.count(&format!("SELECT version FROM account WHERE id = '{team}'"));
    let (guest, stranger, nobody) = (email("o'guest@example.com"), email("nobody@example.com"), AccountId::from_bits(1));
    let (later, dev, ops) = (Timestamp::from_millis(i64::from(u32::MAX)), RoleCode::restore("dev"), RoleCode::restore("ops"));
    let grants = |codes: &[&str]| Some(codes.iter().map(|code| (*code).to_owned()).collect());
    let now = world.call(None).moment.now;
    let cases = vec![
        (Fact::SessionLive(session), vec![Fact::SessionLive(SessionId::from_bits(1))]),
        (
            Fact::AccountIs(team, AccountKind::Team, owner),
            vec![
                Fact::AccountIs(team, AccountKind::Personal, owner),
                Fact::AccountIs(team, AccountKind::Team, member),
                Fact::AccountIs(nobody, AccountKind::Team, owner),
            ],
        ),
        (Fact::AccountVersionIs(team, version), vec![Fact::AccountVersionIs(team, version + 1), Fact::AccountVersionIs(nobody, version)]),
        (
            Fact::MemberHasRole(team, member, Some(dev.clone())),
            vec![Fact::MemberHasRole(team, member, Some(ops.clone())), Fact::MemberHasRole(team, member, None)],
        ),
        (Fact::MemberHasRole(team, UserId::from_bits(1), None), vec![Fact::MemberHasRole(team, UserId::from_bits(1), Some(dev.clone()))]),
        (
            Fact::RoleGrants(team, ops.clone(), grants(&["team.access"])),
            vec![
                Fact::RoleGrants(team, ops.clone(), grants(&["team.manage"])),
                Fact::RoleGrants(team, ops.clone(), grants(&[])),
                Fact::RoleGrants(team, ops.clone(), None),
            ],
        ),
        (Fact::RoleGrants(team, RoleCode::restore("gone"), None), vec![Fact::RoleGrants(team, RoleCode::restore("gone"), grants(&[]))]),
        (Fact::RoleUnused(team, ops, now), vec![Fact::RoleUnused(team, dev, now)]),
        (Fact::MembersBelowCap(team), vec![Fact::MembersBelowCap(nobody)]),
        (Fact::PendingInvitationsBelowCap(team, now), vec![Fact::PendingInvitationsBelowCap(nobody, now)]),
        (Fact::CustomRolesBelowCap(team), vec![Fact::CustomRolesBelowCap(nobody)]),
        (Fact::ApiKeysBelowCap(team, now), vec![Fact::ApiKeysBelowCap(nobody, now)]),
        (
            Fact::KeysMadeByAre(team, owner, now, vec![key]),
            vec![
                Fact::KeysMadeByAre(team, owner, now, Vec::new()),
                Fact::KeysMadeByAre(team, owner, now, vec![key, revoked]),
                Fact::KeysMadeByAre(team, member, now, vec![key]),
            ],
        ),
        (Fact::KeysMadeByAre(team, member, now, Vec::new()), vec![]),
        (
            Fact::ChangesBelow(team, ACCOUNT_CHANGES, Some(owner), HOUR),
            vec![
                Fact::ChangesBelow(nobody, ACCOUNT_CHANGES, Some(owner), HOUR),
                Fact::ChangesBelow(team, ACCOUNT_CHANGES, Some(member), HOUR),
            ],
        ),
        (
            Fact::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR + 1),
            vec![
                Fact::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR),
                Fact::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR - 1),
            ],
        ),
        (Fact::ChangesBelow(team, ACCOUNT_CHANGES, Some(member), HOUR + 1), vec![]),
        (Fact::TeamsBelow(owner, DAY), vec![Fact::TeamsBelow(member, DAY), Fact::TeamsBelow(UserId::from_bits(1), DAY)]),
        (Fact::TeamsBelow(member, DAY + 1), vec![]),
        (
            Fact::InvitationIs(pending.id, InvitationState::Pending, 1),
            vec![
                Fact::InvitationIs(pending.id, InvitationState::Revoked, 1),
                Fact::InvitationIs(pending.id, InvitationState::Pending, 2),
                Fact::InvitationIs(InvitationId::from_bits(1), InvitationState::Pending, 1),
            ],
        ),
        (
            Fact::PendingInvitationIs(team, guest.clone(), Some(pending.id)),
            vec![
                Fact::PendingInvitationIs(team, guest.clone(), None),
                Fact::PendingInvitationIs(team, guest.clone(), Some(InvitationId::from_bits(1))),
            ],
        ),
        (
            Fact::PendingInvitationIs(team, stranger.clone(), None),
            vec![Fact::PendingInvitationIs(team, stranger.clone(), Some(pending.id))],
        ),
        (Fact::EmailIsMember(team, email("dev-0@example.com"), true), vec![Fact::EmailIsMember(team, email("dev-0@example.com"), false)]),
        (Fact::EmailIsMember(team, stranger.clone(), false), vec![Fact::EmailIsMember(team, stranger.clone(), true)]),
        // The brakes: each table is filled to its bound for one address, see `full`.
        (
            Fact::InvitationMailsBelow(team, guest.clone(), Timestamp::from_millis(0), owner, HOUR),
            vec![
                Fact::InvitationMailsBelow(team, email("full@example.com"), Timestamp::from_millis(0), owner, HOUR),
                Fact::InvitationMailsBelow(team, guest, Timestamp::from_millis(0), member, HOUR),
            ],
        ),
        (
            Fact::SignupsBelow(email("new@example.com"), Timestamp::from_millis(99)),
            vec![Fact::SignupsBelow(email("full@example.com"), Timestamp::from_millis(99))],
        ),
        (Fact::SignupsBelow(email("full@example.com"), later), vec![]),
        (
            Fact::ResetsBelow(email("dev-0@example.com"), Timestamp::from_millis(99)),
            vec![Fact::ResetsBelow(email("full@example.com"), Timestamp::from_millis(99))],
        ),
        (Fact::FailuresAtMost("far:x".to_owned(), 3), vec![Fact::FailuresAtMost("far:x".to_owned(), 2)]),
        (Fact::FailuresAtMost("none".to_owned(), 0), vec![]),
        (
            Fact::EmailIs(email("owner@example.com"), Some(owner)),
            vec![Fact::EmailIs(email("owner@example.com"), None), Fact::EmailIs(email("owner@example.com"), Some(member))],
        ),
        (Fact::EmailIs(stranger.clone(), None), vec![Fact::EmailIs(stranger, Some(owner))]),
        (Fact::OwnsAnother(owner, team, false), vec![Fact::OwnsAnother(owner, team, true)]),
        (Fact::OwnsAnother(member, team, true), vec![Fact::OwnsAnother(member, team, false)]),
        (Fact::SignupOpen(signup), vec![Fact::SignupOpen(closed), Fact::SignupOpen(SignupId::from_bits(1))]),
        (Fact::ResetOpen(reset), vec![Fact::ResetOpen(ResetId::from_bits(1))]),
        (
            Fact::PasswordIs(owner, password.clone()),
            vec![Fact::PasswordIs(owner, PasswordHash::restore("another".to_owned())), Fact::PasswordIs(UserId::from_bits(1), password)],
        ),
        (Fact::ApiKeyRevoked(key, false), vec![Fact::ApiKeyRevoked(key, true), Fact::ApiKeyRevoked(ApiKeyId::from_bits(1), false)]),
        (Fact::ApiKeyRevoked(revoked, true), vec![Fact::ApiKeyRevoked(revoked, false)]),
        (Fact::AttributePolicyIs(team, Some(6)), vec![Fact::AttributePolicyIs(team, None), Fact::AttributePolicyIs(team, Some(5))]),
        (Fact::AttributePolicyIs(nobody, None), vec![Fact::AttributePolicyIs(nobody, Some(6))]),
    ];
    full(&world, owner);
    let full_hour = format!("hour = {HOUR}, hour_changes = 99999");
    world
        .sql(&format!("UPDATE user SET {full_hour}, hour_invitations = 99999, day = {DAY}, day_teams = 99999 WHERE id = '{member}'"))
        .unwrap();
    world.sql(&format!("UPDATE user SET hour = {HOUR}, hour_changes = 1, day = {DAY}, day_teams = 1 WHERE id = '{owner}'")).unwrap();
    world.sql(&format!("UPDATE account SET hour = {HOUR}, hour_changes = 1 WHERE id = '{team}'")).unwrap();
    world.sql(&format!("UPDATE account SET {full_hour} WHERE id = '{}'", people[1].account)).unwrap();
    (world, team, cases)
}

/// Brings the tables of the brakes to their bounds for one address.
fn full(world: &World, user: UserId) {
    for n in 0..20 {
        world
            .sql(&format!(
                "INSERT INTO mail (id, recipient, kind, data, created_at) VALUES ('full{n}', 'full@example.com', 'invitation', '{{}}', 100)"
            ))
            .unwrap();
    }
    for n in 0..5 {
        world
            .sql(&format!(
                "INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('full{n}', 'full@example.com', 'n', 'p', 1, 100)"
            ))
            .unwrap();
        world.sql(&format!("INSERT INTO reset VALUES ('full{n}', 'full@example.com', '{user}', 0, 100)")).unwrap();
    }
}

fn text(world: &World, sql: &str) -> String {
    match &world.store.db.native.rows(sql).unwrap()[0].0[0].1 {
        rolecall_store::Value::Text(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}

fn commit(world: &World, team: AccountId, facts: Vec<Fact>, name: &str) -> Result<(), CommitError> {
    let effects = vec![Effect::RenameAccount(team, Name::restore(name.to_owned()))];
    block_on(world.store.commit(&ChangeSet { facts, effects, events: Vec::new() }, None))
}

#[test]
fn each_fact_lets_a_change_through_while_it_holds_and_takes_all_of_it_back_when_it_does_not() {
    let (world, team, cases) = cases();
    let mut kinds: Vec<&str> = cases.iter().map(|(fact, _)| mark(fact)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
    let name = || text(&world, &format!("SELECT name FROM account WHERE id = '{team}'"));
    let all: Vec<Fact> = cases.iter().map(|(fact, _)| fact.clone()).collect();
    for (number, (holds, lost)) in cases.into_iter().enumerate() {
        assert!(commit(&world, team, vec![holds.clone()], &format!("by {number}")).is_ok(), "{holds:?}");
        assert_eq!(name(), format!("by {number}"));
        for fact in lost {
            assert!(matches!(commit(&world, team, vec![fact.clone()], "half"), Err(CommitError::Stale)), "{fact:?}");
            // One lost fact among many that hold is enough, wherever it stands.
            let mut many = all.clone();
            many.insert(number, fact.clone());
            assert!(matches!(commit(&world, team, many, "half"), Err(CommitError::Stale)), "{fact:?} among others");
            assert_eq!(name(), format!("by {number}"));
        }
    }
    assert!(commit(&world, team, all, "all").is_ok());
    assert!(commit(&world, team, Vec::new(), "none").is_ok());
}
