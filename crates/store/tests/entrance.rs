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
use rolecall_core::transaction::lookup::{AccountRef, Addressee, UserRef, Want};
use support::{World, block_on};

fn inside(account: &AccountRef) -> Vec<Want> {
    vec![Want::Account(account.clone()), Want::Member(account.clone(), UserRef::Caller), Want::Roles(account.clone())]
}

fn through(id: InvitationId) -> Vec<Want> {
    let account = || AccountRef::OfInvitation(id);
    vec![Want::Invitation(id), Want::Account(account()), Want::Roles(account()), Want::Member(account(), UserRef::Inviter(id))]
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
    fn told(&self, credential: &Option<Credential>, wants: Vec<Want>) -> (String, usize) {
        let load = Load { credential: credential.clone(), replay: None, wants };
        let before = self.world.store.db.statements.get();
        let (snapshot, _) = block_on(self.world.store.load(&load)).unwrap();
        (format!("{snapshot:#?}"), self.world.store.db.statements.get() - before)
    }

    /// The same wants backwards are no beginning that the store knows.
    fn assert_same(&self, credential: &Option<Credential>, wants: &[Want], merged: bool) {
        let (together, few) = self.told(credential, wants.to_vec());
        let (apart, many) = self.told(credential, wants.iter().rev().cloned().collect());
        assert_eq!(together, apart, "{credential:?} {wants:?}");
        assert_eq!(few < many, merged, "{few} statements and {many}: {credential:?} {wants:?}");
    }
}

#[test]
fn whoever_steps_into_an_account_is_known_as_by_single_statements() {
    let stage = stage();
    for credential in &stage.credentials {
        for account in &stage.accounts {
            stage.assert_same(credential, &inside(&AccountRef::Id(*account)), matches!(credential, Some(Credential::Session(_))));
        }
        let merged = matches!(credential, Some(Credential::Session(_) | Credential::ApiKey(_)));
        stage.assert_same(credential, &inside(&AccountRef::ActiveOf(UserRef::Caller)), merged);
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
            let mut wants = through(*id);
            wants.push(Want::Member(AccountRef::OfInvitation(*id), UserRef::Caller));
            stage.assert_same(credential, &wants, true);
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
            let mut wants = inside(&AccountRef::Id(*account));
            wants.extend([Want::MemberByEmail(*account, email()), Want::PendingInvitation(*account, email())]);
            stage.assert_same(&stage.credentials[0], &wants, true);
            wants.insert(4, Want::InvitationMails(*account, Addressee::Email(email()), since));
            stage.assert_same(&stage.credentials[0], &wants, true);
        }
    }
}

#[test]
fn wants_about_different_things_are_never_merged() {
    let stage = stage();
    let (owner, team, other) = (&stage.credentials[0], stage.accounts[0], stage.accounts[1]);
    let (team, other) = (AccountRef::Id(team), AccountRef::Id(other));
    let [account, member, roles] = &inside(&team)[..] else { panic!("three wants") };
    let elsewhere = inside(&other);
    stage.assert_same(owner, &[account.clone(), elsewhere[1].clone(), roles.clone()], false);
    stage.assert_same(owner, &[account.clone(), member.clone(), elsewhere[2].clone()], false);
    stage.assert_same(owner, &[account.clone(), Want::Member(team, UserRef::Id(UserId::from_bits(1))), roles.clone()], false);
    let email = |text: &str| Email::parse(text).unwrap();
    let (guest, dev) = (email("guest@example.com"), email("dev-0@example.com"));
    stage.assert_same(owner, &[Want::MemberByEmail(stage.accounts[0], guest), Want::PendingInvitation(stage.accounts[0], dev)], false);
    let mut mixed = through(stage.invitations[0]);
    mixed[3] = Want::Member(AccountRef::OfInvitation(stage.invitations[0]), UserRef::Inviter(stage.invitations[1]));
    stage.assert_same(owner, &mixed, false);
}
