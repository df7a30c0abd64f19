//! Each precondition on its own: a change commits while its precondition is true and is stale when it is false.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{CommitError, Load, Store};
use rolecall_core::authz::quotas::ACCOUNT_CHANGES;
use rolecall_core::domain::account::{AccountChange, AccountKind};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, ApiKeyId, EmailCodeId, IdentityId, InvitationId, ResetId, SessionId, SignupId, UserId};
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::name::Name;
use rolecall_core::domain::passkey::{ChallengeId, CredentialId};
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::secret_hashes::{PasswordHash, SecretHash};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::change::{ChangeSet, Effect};
use rolecall_core::transaction::fact::{Fact, FactValue};
use rolecall_core::transaction::lookup::Lookup;
use rolecall_core::transaction::precondition::Precondition;
use support::{World, block_on};

fn variant(precondition: &Precondition) -> &'static str {
    // Exhaustive, so that a new variant does not compile until it is named here; the count below then demands its cases.
    match precondition {
        Precondition::FactIs(..) => "fact-is",
        Precondition::SessionLive(..) => "session-live",
        Precondition::SessionTokenIs(..) => "session-token-is",
        Precondition::AccountIs(..) => "account-is",
        Precondition::AccountVersionIs(..) => "account-version-is",
        Precondition::MemberHasRole(..) => "member-has-role",
        Precondition::RoleGrants(..) => "role-grants",
        Precondition::MembersBelowCap(..) => "members-below",
        Precondition::PendingInvitationsBelowCap(..) => "invitations-below",
        Precondition::CustomRolesBelowCap(..) => "roles-below",
        Precondition::ApiKeysBelowCap(..) => "keys-below",
        Precondition::ChangesBelow(..) => "changes-below",
        Precondition::TeamsBelow(..) => "teams-below",
        Precondition::InvitationIs(..) => "invitation-is",
        Precondition::InvitationMailsBelow(..) => "invitation-mails-below",
        Precondition::SignupsBelow(..) => "signups-below",
        Precondition::ResetsBelow(..) => "resets-below",
        Precondition::EmailCodesBelow(..) => "email-codes-below",
        Precondition::EmailCodeIs(..) => "email-code-is",
        Precondition::FailuresAtMost(..) => "failures-at-most",
        Precondition::EmailIs(..) => "email-is",
        Precondition::SignupOpen(..) => "signup-open",
        Precondition::ResetOpen(..) => "reset-open",
        Precondition::PasswordIs(..) => "password-is",
        Precondition::ApiKeyRevoked(..) => "key-revoked",
        Precondition::AttributePolicyIs(..) => "attribute-policy-is",
        Precondition::PasskeyCountIs(..) => "passkey-count-is",
        Precondition::PasskeysBelowCap(..) => "passkeys-below",
        Precondition::TotpStepIs(..) => "totp-step-is",
        Precondition::RecoveryCodesLeft(..) => "recovery-codes-left",
        Precondition::OtherSignInMethod(..) => "other-sign-in-method",
    }
}
const VARIANTS: usize = 31;

/// The clock hour and the day in which some quotas are used up.
const HOUR: i64 = 9;
const DAY: i64 = 4;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A world with one row of each kind, and for each variant a precondition that is true in it and some that are false.
/// A fact that has one value and not another.
fn is<T: Into<FactValue>>(fact: Fact, value: T, another: T) -> (Precondition, Vec<Precondition>) {
    (Precondition::FactIs(fact.clone(), value.into()), vec![Precondition::FactIs(fact, another.into())])
}

fn cases() -> (World, AccountId, Vec<(Precondition, Vec<Precondition>)>) {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let (owner, member) = (people[0].id, people[1].id);
    let pending = world.invite(&people[0], team, "o'guest@example.com", "dev").unwrap();
    let passkey = IdentityId::from_bits(11);
    let (totp, recovery) = (IdentityId::from_bits(12), IdentityId::from_bits(13));
    let (key, revoked, signup, closed, reset) =
        (ApiKeyId::from_bits(7), ApiKeyId::from_bits(8), SignupId::from_bits(3), SignupId::from_bits(4), ResetId::from_bits(5));
    for sql in [
        format!(
            "BEGIN; INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('{}', 'personal', 'n', '{member}', 1, 1); INSERT INTO member VALUES ('{0}', '{member}', 'admin', 1); COMMIT",
            AccountId::from_bits(9)
        ),
        format!("INSERT INTO role VALUES ('{team}', 'ops', 'Ops', '[\"team.access\"]')"),
        format!("INSERT INTO api_key VALUES ('{key}', '{team}', 'a', '{key}', '[]', '[]', '{owner}', 1, NULL, NULL, NULL, 0)"),
        format!("INSERT INTO api_key VALUES ('{revoked}', '{team}', 'b', '{revoked}', '[]', '[]', '{owner}', 1, NULL, NULL, 2, 0)"),
        format!(
            "INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('{signup}', 'new@example.com', 'n', 'p', 1, 100)"
        ),
        format!(
            "INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('{closed}', 'new@example.com', 'n', 'p', 0, 100)"
        ),
        format!(
            "INSERT INTO identity (user, id, kind, proof, epoch, created_at, credential, sign_count, backup_eligible, backed_up, transports, aaguid, user_verified, label) \
             VALUES ('{owner}', '{passkey}', 'passkey', 'AQ', 0, 1, 'AQ', 5, 0, 0, '[]', 'a', 1, 'l')"
        ),
        format!(
            "INSERT INTO identity (user, id, kind, proof, epoch, created_at, last_step) VALUES ('{owner}', '{totp}', 'totp', 'k1.AA', 0, 1, 7)"
        ),
        format!("INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('{member}', '{totp}', 'totp', 'k1.AA', 0, 1)"),
        format!(
            "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('{owner}', '{recovery}', 'recovery', '[\"a\",\"b\"]', 0, 1)"
        ),
        "INSERT INTO spent_challenge VALUES ('BwcHBwcHBwcHBwcHBwcHBw', 1)".to_owned(),
        format!("INSERT INTO reset VALUES ('{reset}', 'dev-0@example.com', '{member}', 1, 100)"),
        "INSERT INTO attempt VALUES ('far:x', 3, 1)".to_owned(),
        format!("INSERT INTO attribute_policy VALUES ('{team}', '{{}}', 6, '{owner}', 1)"),
    ] {
        world.sql(&sql).unwrap();
    }
    // One person with as many passkeys as the cap allows, and one with the mailbox and a password of an earlier epoch alone.
    let (full, lone) = (world.person("full-of-keys@example.com").id, world.person("lone@example.com").id);
    for n in 0..20 {
        let columns = "user, id, kind, proof, epoch, created_at, credential, sign_count, backup_eligible, backed_up, transports, aaguid, user_verified, label";
        let id = IdentityId::from_bits(200 + n);
        world
            .sql(&format!(
                "INSERT INTO identity ({columns}) VALUES ('{full}', '{id}', 'passkey', 'AQ', 0, 1, 'full{n}', 0, 0, 0, '[]', 'a', 1, 'l')"
            ))
            .unwrap();
    }
    world.sql(&format!("UPDATE identity SET epoch = 7 WHERE user = '{lone}' AND kind = 'password'")).unwrap();
    // Second factors are no way in.
    for (kind, proof) in [("totp", "k1.AA"), ("recovery", "[]")] {
        world
            .sql(&format!(
                "INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('{lone}', '{kind}', '{kind}', '{proof}', 0, 1)"
            ))
            .unwrap();
    }
    let mailbox = IdentityId::parse(&text(&world, &format!("SELECT id FROM identity WHERE user = '{lone}' AND kind = 'email'"))).unwrap();
    let session = SessionId::parse(&text(&world, &format!("SELECT id FROM session WHERE user = '{owner}'"))).unwrap();
    let password = PasswordHash::restore(text(&world, &format!("SELECT proof FROM identity WHERE user = '{owner}' AND kind = 'password'")));
    let version = world.count(&format!("SELECT version FROM account WHERE id = '{team}'"));
    let (guest, stranger, missing) = (email("o'guest@example.com"), email("nobody@example.com"), AccountId::from_bits(1));
    let (code, used_code) = (EmailCodeId::from_bits(21), EmailCodeId::from_bits(22));
    world
        .sql(&format!(
            "INSERT INTO email_code VALUES ('{code}', 'owner@example.com', '{owner}', 'b', '192.0.2.1', 2, 1, 1), \
             ('{used_code}', 'owner@example.com', '{owner}', 'b', '192.0.2.1', 0, 0, 1)"
        ))
        .unwrap();
    let (later, dev, ops) = (Timestamp::from_millis(i64::from(u32::MAX)), RoleCode::restore("dev"), RoleCode::restore("ops"));
    let grants = |codes: &[&str]| Some(codes.iter().map(|code| (*code).to_owned()).collect());
    let now = world.request(None).ctx.now;
    let cases = vec![
        (
            Precondition::SessionTokenIs(session, people[0].session.clone()),
            vec![
                Precondition::SessionTokenIs(session, SecretHash::from_bytes([1; 32])),
                Precondition::SessionTokenIs(SessionId::from_bits(1), people[0].session.clone()),
            ],
        ),
        (
            Precondition::PasskeyCountIs(owner, passkey, 5),
            vec![
                Precondition::PasskeyCountIs(owner, passkey, 4),
                Precondition::PasskeyCountIs(owner, IdentityId::from_bits(12), 5),
                Precondition::PasskeyCountIs(member, passkey, 5),
            ],
        ),
        (Precondition::PasskeysBelowCap(owner), vec![Precondition::PasskeysBelowCap(full)]),
        (
            Precondition::OtherSignInMethod(owner, passkey),
            vec![Precondition::OtherSignInMethod(UserId::from_bits(1), passkey), Precondition::OtherSignInMethod(lone, mailbox)],
        ),
        (
            Precondition::TotpStepIs(owner, totp, Some(7)),
            vec![
                Precondition::TotpStepIs(owner, totp, Some(6)),
                Precondition::TotpStepIs(owner, totp, None),
                Precondition::TotpStepIs(owner, recovery, None),
                Precondition::TotpStepIs(UserId::from_bits(1), totp, None),
            ],
        ),
        (Precondition::TotpStepIs(member, totp, None), vec![Precondition::TotpStepIs(member, totp, Some(7))]),
        (
            Precondition::RecoveryCodesLeft(owner, recovery, 2),
            vec![
                Precondition::RecoveryCodesLeft(owner, recovery, 1),
                Precondition::RecoveryCodesLeft(owner, totp, 2),
                Precondition::RecoveryCodesLeft(member, recovery, 2),
            ],
        ),
        is(Fact::ConfirmedTotp(owner), Some(totp), None),
        is(Fact::ConfirmedTotp(member), None, Some(totp)),
        is(Fact::ChallengeSpent(ChallengeId::from_bytes([7; 16])), true, false),
        is(Fact::ChallengeSpent(ChallengeId::from_bytes([8; 16])), false, true),
        is(Fact::PasskeyExists(CredentialId::restore("AQ".to_owned())), true, false),
        is(Fact::PasskeyExists(CredentialId::restore("Ag".to_owned())), false, true),
        (Precondition::SessionLive(session), vec![Precondition::SessionLive(SessionId::from_bits(1))]),
        (
            Precondition::AccountIs(team, AccountKind::Team, owner),
            vec![
                Precondition::AccountIs(team, AccountKind::Personal, owner),
                Precondition::AccountIs(team, AccountKind::Team, member),
                Precondition::AccountIs(missing, AccountKind::Team, owner),
            ],
        ),
        (
            Precondition::AccountVersionIs(team, version),
            vec![Precondition::AccountVersionIs(team, version + 1), Precondition::AccountVersionIs(missing, version)],
        ),
        (
            Precondition::MemberHasRole(team, member, Some(dev.clone())),
            vec![Precondition::MemberHasRole(team, member, Some(ops.clone())), Precondition::MemberHasRole(team, member, None)],
        ),
        (
            Precondition::MemberHasRole(team, UserId::from_bits(1), None),
            vec![Precondition::MemberHasRole(team, UserId::from_bits(1), Some(dev.clone()))],
        ),
        (
            Precondition::RoleGrants(team, ops.clone(), grants(&["team.access"])),
            vec![
                Precondition::RoleGrants(team, ops.clone(), grants(&["team.manage"])),
                Precondition::RoleGrants(team, ops.clone(), grants(&[])),
                Precondition::RoleGrants(team, ops.clone(), None),
            ],
        ),
        (
            Precondition::RoleGrants(team, RoleCode::restore("gone"), None),
            vec![Precondition::RoleGrants(team, RoleCode::restore("gone"), grants(&[]))],
        ),
        is(Fact::RoleInUse(team, ops, now), false, true),
        is(Fact::RoleInUse(team, dev, now), true, false),
        (Precondition::MembersBelowCap(team), vec![Precondition::MembersBelowCap(missing)]),
        (Precondition::PendingInvitationsBelowCap(team, now), vec![Precondition::PendingInvitationsBelowCap(missing, now)]),
        (Precondition::CustomRolesBelowCap(team), vec![Precondition::CustomRolesBelowCap(missing)]),
        (Precondition::ApiKeysBelowCap(team, now), vec![Precondition::ApiKeysBelowCap(missing, now)]),
        is(Fact::KeysMadeBy(team, owner, now), vec![key], Vec::new()),
        is(Fact::KeysMadeBy(team, owner, now), vec![key], vec![key, revoked]),
        is(Fact::KeysMadeBy(team, member, now), Vec::new(), vec![key]),
        (
            Precondition::ChangesBelow(team, ACCOUNT_CHANGES, Some(owner), HOUR),
            vec![
                Precondition::ChangesBelow(missing, ACCOUNT_CHANGES, Some(owner), HOUR),
                Precondition::ChangesBelow(team, ACCOUNT_CHANGES, Some(member), HOUR),
            ],
        ),
        (
            Precondition::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR + 1),
            vec![
                Precondition::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR),
                Precondition::ChangesBelow(people[1].account, ACCOUNT_CHANGES, None, HOUR - 1),
            ],
        ),
        (Precondition::ChangesBelow(team, ACCOUNT_CHANGES, Some(member), HOUR + 1), vec![]),
        (
            Precondition::TeamsBelow(owner, DAY),
            vec![Precondition::TeamsBelow(member, DAY), Precondition::TeamsBelow(UserId::from_bits(1), DAY)],
        ),
        (Precondition::TeamsBelow(member, DAY + 1), vec![]),
        (
            Precondition::InvitationIs(pending.id, InvitationState::Pending, 1),
            vec![
                Precondition::InvitationIs(pending.id, InvitationState::Revoked, 1),
                Precondition::InvitationIs(pending.id, InvitationState::Pending, 2),
                Precondition::InvitationIs(InvitationId::from_bits(1), InvitationState::Pending, 1),
            ],
        ),
        is(Fact::PendingInvitation(team, guest.clone()), Some(pending.id), None),
        is(Fact::PendingInvitation(team, guest.clone()), Some(pending.id), Some(InvitationId::from_bits(1))),
        is(Fact::PendingInvitation(team, stranger.clone()), None, Some(pending.id)),
        is(Fact::EmailIsMember(team, email("dev-0@example.com")), true, false),
        is(Fact::EmailIsMember(team, stranger.clone()), false, true),
        // The mail quotas: `use_up_mail_quotas` reaches each of them for one address.
        (
            Precondition::InvitationMailsBelow(team, guest.clone(), Timestamp::from_millis(0), owner, HOUR),
            vec![
                Precondition::InvitationMailsBelow(team, email("full@example.com"), Timestamp::from_millis(0), owner, HOUR),
                Precondition::InvitationMailsBelow(team, guest, Timestamp::from_millis(0), member, HOUR),
            ],
        ),
        (
            Precondition::SignupsBelow(email("new@example.com"), Timestamp::from_millis(99)),
            vec![Precondition::SignupsBelow(email("full@example.com"), Timestamp::from_millis(99))],
        ),
        (Precondition::SignupsBelow(email("full@example.com"), later), vec![]),
        (
            Precondition::ResetsBelow(email("dev-0@example.com"), Timestamp::from_millis(99)),
            vec![Precondition::ResetsBelow(email("full@example.com"), Timestamp::from_millis(99))],
        ),
        // `use_up_mail_quotas` has five codes of one network for one address, and thirty of another network for another.
        (
            codes_below("near", "192.0.2.2", 99, 99),
            vec![codes_below("near", "192.0.2.1", 99, 99), codes_below("full", "192.0.2.1", 99, 99)],
        ),
        (codes_below("near", "192.0.2.1", 100, 99), vec![]),
        (codes_below("full", "192.0.2.1", 99, 100), vec![]),
        (
            Precondition::EmailCodeIs(code, 2),
            vec![
                Precondition::EmailCodeIs(code, 1),
                Precondition::EmailCodeIs(used_code, 0),
                Precondition::EmailCodeIs(EmailCodeId::from_bits(1), 0),
            ],
        ),
        (Precondition::FailuresAtMost("far:x".to_owned(), 3), vec![Precondition::FailuresAtMost("far:x".to_owned(), 2)]),
        (Precondition::FailuresAtMost("none".to_owned(), 0), vec![]),
        (
            Precondition::EmailIs(email("owner@example.com"), Some(owner)),
            vec![Precondition::EmailIs(email("owner@example.com"), None), Precondition::EmailIs(email("owner@example.com"), Some(member))],
        ),
        (Precondition::EmailIs(stranger.clone(), None), vec![Precondition::EmailIs(stranger.clone(), Some(owner))]),
        is(Fact::OwnerHasAnother(team), false, true),
        is(Fact::OwnerHasAnother(people[1].account), true, false),
        (Precondition::SignupOpen(signup), vec![Precondition::SignupOpen(closed), Precondition::SignupOpen(SignupId::from_bits(1))]),
        (Precondition::ResetOpen(reset), vec![Precondition::ResetOpen(ResetId::from_bits(1))]),
        (
            Precondition::PasswordIs(email("owner@example.com"), Some(password.clone())),
            vec![
                Precondition::PasswordIs(email("owner@example.com"), Some(PasswordHash::restore("another".to_owned()))),
                Precondition::PasswordIs(email("owner@example.com"), None),
                Precondition::PasswordIs(stranger.clone(), Some(password)),
            ],
        ),
        (Precondition::PasswordIs(stranger.clone(), None), Vec::new()),
        (
            Precondition::ApiKeyRevoked(key, false),
            vec![Precondition::ApiKeyRevoked(key, true), Precondition::ApiKeyRevoked(ApiKeyId::from_bits(1), false)],
        ),
        (Precondition::ApiKeyRevoked(revoked, true), vec![Precondition::ApiKeyRevoked(revoked, false)]),
        (
            Precondition::AttributePolicyIs(team, Some(6)),
            vec![Precondition::AttributePolicyIs(team, None), Precondition::AttributePolicyIs(team, Some(5))],
        ),
        (Precondition::AttributePolicyIs(missing, None), vec![Precondition::AttributePolicyIs(missing, Some(6))]),
    ];
    use_up_mail_quotas(&world, owner);
    let full_hour = format!("hour = {HOUR}, hour_changes = 99999");
    world
        .sql(&format!("UPDATE user SET {full_hour}, hour_invitations = 99999, day = {DAY}, day_teams = 99999 WHERE id = '{member}'"))
        .unwrap();
    world.sql(&format!("UPDATE user SET hour = {HOUR}, hour_changes = 1, day = {DAY}, day_teams = 1 WHERE id = '{owner}'")).unwrap();
    world.sql(&format!("UPDATE account SET hour = {HOUR}, hour_changes = 1 WHERE id = '{team}'")).unwrap();
    world.sql(&format!("UPDATE account SET {full_hour} WHERE id = '{}'", people[1].account)).unwrap();
    (world, team, cases)
}

/// Inserts as many mails, sign-ups and resets for one address as the quotas allow.
fn codes_below(who: &str, network: &str, near: i64, far: i64) -> Precondition {
    let at = Timestamp::from_millis;
    Precondition::EmailCodesBelow(email(&format!("{who}@example.com")), network.to_owned(), at(near), at(far))
}

fn use_up_mail_quotas(world: &World, user: UserId) {
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
    for n in 0..35 {
        let (who, network) = if n < 5 { ("near", "192.0.2.1") } else { ("full", "192.0.2.2") };
        world
            .sql(&format!("INSERT INTO email_code VALUES ('full{n}', '{who}@example.com', '{user}', 'b', '{network}', 0, 0, 100)"))
            .unwrap();
    }
}

fn text(world: &World, sql: &str) -> String {
    match &world.store.db.native.rows(sql).unwrap()[0].0[0].1 {
        rolecall_store::Value::Text(text) => text.clone(),
        other => panic!("{other:?} is not a text"),
    }
}

fn commit(world: &World, team: AccountId, preconditions: Vec<Precondition>, name: &str) -> Result<(), CommitError> {
    let effects = vec![Effect::UpdateAccount(team, AccountChange::Name(Name::restore(name.to_owned())))];
    block_on(world.store.commit(&ChangeSet { preconditions, effects, events: Vec::new() }, None))
}

#[test]
fn a_change_commits_while_its_preconditions_are_true_and_is_rolled_back_when_one_is_false() {
    let (world, team, cases) = cases();
    let mut variants: Vec<&str> = cases.iter().map(|(precondition, _)| variant(precondition)).collect();
    variants.sort_unstable();
    variants.dedup();
    assert_eq!(variants.len(), VARIANTS, "{variants:?}");
    let name = || text(&world, &format!("SELECT name FROM account WHERE id = '{team}'"));
    let all: Vec<Precondition> = cases.iter().map(|(precondition, _)| precondition.clone()).collect();
    for (number, (satisfied, violated)) in cases.into_iter().enumerate() {
        assert!(commit(&world, team, vec![satisfied.clone()], &format!("by {number}")).is_ok(), "{satisfied:?}");
        assert_eq!(name(), format!("by {number}"));
        for precondition in violated {
            assert!(matches!(commit(&world, team, vec![precondition.clone()], "half"), Err(CommitError::Stale)), "{precondition:?}");
            // One false precondition among true ones is enough, at any position.
            let mut many = all.clone();
            many.insert(number, precondition.clone());
            assert!(matches!(commit(&world, team, many, "half"), Err(CommitError::Stale)), "{precondition:?} among true ones");
            assert_eq!(name(), format!("by {number}"));
        }
    }
    assert!(commit(&world, team, all, "all").is_ok());
    assert!(commit(&world, team, Vec::new(), "none").is_ok());
}

#[test]
fn every_fact_has_the_value_that_is_loaded_and_no_other() {
    let world = World::new();
    let (team, _) = world.team_with(&[]);
    for fact in Fact::samples() {
        let load = Load { credential: None, replay: None, lookups: vec![Lookup::Fact(fact.clone())] };
        let value = block_on(world.store.load(&load)).unwrap().0.facts.get(&fact).unwrap().clone();
        let is = |value| commit(&world, team, vec![Precondition::FactIs(fact.clone(), value)], "fact");
        assert!(is(value.clone()).is_ok(), "{fact:?} is {value:?}");
        for another in
            [FactValue::Null, FactValue::Integer(7), FactValue::Text("7".to_owned())].into_iter().filter(|another| *another != value)
        {
            assert!(matches!(is(another.clone()), Err(CommitError::Stale)), "{fact:?} is not {another:?}");
        }
    }
}
