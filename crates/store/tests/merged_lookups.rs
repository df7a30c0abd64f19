//! The statements that stand for several wants at once say what the wants say one by one, and seek as they do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{Load, Store};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::stored_secret::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use support::{World, block_on};

fn member_lookups(account: &AccountRef) -> Vec<Lookup> {
    vec![Lookup::Account(account.clone()), Lookup::Member(account.clone(), UserRef::Caller), Lookup::Roles(account.clone())]
}

fn through(id: InvitationId) -> Vec<Lookup> {
    let account = || AccountRef::OfInvitation(id);
    vec![Lookup::Invitation(id), Lookup::Account(account()), Lookup::Roles(account()), Lookup::Member(account(), UserRef::Inviter(id))]
}

/// A team with custom roles, a member, a key of the owner and one of nobody's, an invitation; and a stranger.
struct Stage {
    world: World,
    credentials: Vec<Option<Credential>>,
    accounts: Vec<AccountId>,
    invitations: Vec<InvitationId>,
}

fn stage() -> Stage {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let stranger = world.person("stranger@example.com");
    let owner = &people[0];
    for (code, title) in [("zeta", "Zeta"), ("alpha", "It's \"quoted\""), ("empty", "Nothing")] {
        let permissions = if code == "empty" { "[]" } else { "[\"pods.connect\",\"team.access\"]" };
        let title = title.replace('\'', "''");
        world.sql(&format!("INSERT INTO role VALUES ('{team}', '{code}', '{title}', '{permissions}')")).unwrap();
    }
    let secret = ApiKeySecret::from_random([7; 32]).hash(&world.keys);
    world
        .sql(&format!(
            "INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) \
             VALUES ('key_00000000000000000000000000000007', '{team}', 'ci', '{}', '[\"pods.connect\"]', '[]', '{}', 1)",
            secret.to_hex(),
            owner.id
        ))
        .unwrap();
    let invitation = world.invite(owner, team, "guest@example.com", "alpha").unwrap();
    let unknown = || ApiKeySecret::from_random([9; 32]).hash(&world.keys);
    let session = |hash: &SecretHash| Some(Credential::Session(hash.clone()));
    let credentials = vec![
        session(&owner.session),
        session(&people[1].session),
        session(&stranger.session),
        session(&unknown()),
        Some(Credential::ApiKey(secret)),
        Some(Credential::ApiKey(unknown())),
        Some(Credential::Token(owner.id)),
        None,
    ];
    let accounts = vec![team, stranger.account, AccountId::from_bits(1)];
    Stage { credentials, accounts, invitations: vec![invitation.id, InvitationId::from_bits(1)], world }
}

impl Stage {
    fn told(&self, credential: &Option<Credential>, lookups: Vec<Lookup>) -> (String, usize) {
        let load = Load { credential: credential.clone(), replay: None, lookups };
        let before = self.world.store.db.statements.get();
        let (snapshot, _) = block_on(self.world.store.load(&load)).unwrap();
        (format!("{snapshot:#?}"), self.world.store.db.statements.get() - before)
    }

    /// The same wants backwards are no beginning that the store knows.
    fn assert_same(&self, credential: &Option<Credential>, lookups: &[Lookup], merged: bool) {
        let (together, few) = self.told(credential, lookups.to_vec());
        let (apart, many) = self.told(credential, lookups.iter().rev().cloned().collect());
        assert_eq!(together, apart, "{credential:?} {lookups:?}");
        assert_eq!(few < many, merged, "{few} statements and {many}: {credential:?} {lookups:?}");
    }
}

#[test]
fn whoever_steps_into_an_account_is_known_as_by_single_statements() {
    let stage = stage();
    for credential in &stage.credentials {
        for account in &stage.accounts {
            stage.assert_same(credential, &member_lookups(&AccountRef::Id(*account)), matches!(credential, Some(Credential::Session(_))));
        }
        let merged = matches!(credential, Some(Credential::Session(_) | Credential::ApiKey(_)));
        stage.assert_same(credential, &member_lookups(&AccountRef::ActiveOf(UserRef::Caller)), merged);
    }
}

#[test]
fn an_invitation_is_known_as_by_single_statements() {
    let stage = stage();
    for credential in &stage.credentials {
        for id in &stage.invitations {
            stage.assert_same(credential, &through(*id), true);
        }
    }
}

#[test]
fn a_guest_is_known_as_by_single_statements() {
    let stage = stage();
    for credential in &stage.credentials {
        for id in &stage.invitations {
            let mut lookups = through(*id);
            lookups.push(Lookup::Member(AccountRef::OfInvitation(*id), UserRef::Caller));
            stage.assert_same(credential, &lookups, true);
        }
    }
}

#[test]
fn whether_an_email_can_be_invited_is_known_as_by_single_statements() {
    let stage = stage();
    let since = Timestamp::from_millis(0);
    for address in ["guest@example.com", "dev-0@example.com", "stranger@example.com", "nobody@example.com"] {
        let email = || Email::parse(address).unwrap();
        for account in &stage.accounts {
            let mut lookups = member_lookups(&AccountRef::Id(*account));
            lookups.extend([Lookup::MemberByEmail(*account, email()), Lookup::PendingInvitation(*account, email())]);
            stage.assert_same(&stage.credentials[0], &lookups, true);
            lookups.insert(4, Lookup::InvitationMails(*account, Addressee::Email(email()), since));
            stage.assert_same(&stage.credentials[0], &lookups, true);
        }
    }
}

#[test]
fn wants_about_different_things_are_never_merged() {
    let stage = stage();
    let (owner, team, other) = (&stage.credentials[0], stage.accounts[0], stage.accounts[1]);
    let (team, other) = (AccountRef::Id(team), AccountRef::Id(other));
    let [account, member, roles] = &member_lookups(&team)[..] else { panic!("three wants") };
    let elsewhere = member_lookups(&other);
    stage.assert_same(owner, &[account.clone(), elsewhere[1].clone(), roles.clone()], false);
    stage.assert_same(owner, &[account.clone(), member.clone(), elsewhere[2].clone()], false);
    stage.assert_same(owner, &[account.clone(), Lookup::Member(team, UserRef::Id(UserId::from_bits(1))), roles.clone()], false);
    let email = |text: &str| Email::parse(text).unwrap();
    let (guest, dev) = (email("guest@example.com"), email("dev-0@example.com"));
    stage.assert_same(owner, &[Lookup::MemberByEmail(stage.accounts[0], guest), Lookup::PendingInvitation(stage.accounts[0], dev)], false);
    let mut mixed = through(stage.invitations[0]);
    mixed[3] = Lookup::Member(AccountRef::OfInvitation(stage.invitations[0]), UserRef::Inviter(stage.invitations[1]));
    stage.assert_same(owner, &mixed, false);
}
