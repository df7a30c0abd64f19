//! A merged lookup fills the same slots as the single lookups that it stands for, with fewer statements.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{Load, Store};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::stored_secret::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use support::{World, block_on};

fn caller_parts(account: &AccountRef) -> Vec<Lookup> {
    vec![Lookup::Account(account.clone()), Lookup::Member(account.clone(), UserRef::Caller), Lookup::Roles(account.clone())]
}

fn invitation_parts(id: InvitationId) -> Vec<Lookup> {
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
    fn load(&self, credential: &Option<Credential>, lookups: Vec<Lookup>) -> (String, usize) {
        let load = Load { credential: credential.clone(), replay: None, lookups };
        let before = self.world.store.db.statements.get();
        let (snapshot, _) = block_on(self.world.store.load(&load)).unwrap();
        (format!("{snapshot:#?}"), self.world.store.db.statements.get() - before)
    }

    fn assert_same(&self, credential: &Option<Credential>, merged: &[Lookup], parts: &[Lookup], fewer: bool) {
        let (together, few) = self.load(credential, merged.to_vec());
        let (apart, many) = self.load(credential, parts.to_vec());
        assert_eq!(together, apart, "{credential:?} {merged:?}");
        assert_eq!(few < many, fewer, "{few} statements and {many}: {credential:?} {merged:?}");
    }
}

#[test]
fn the_caller_in_an_account_is_loaded_as_by_single_lookups() {
    let stage = stage();
    for credential in &stage.credentials {
        for account in stage.accounts.iter().map(|id| AccountRef::Id(*id)) {
            let fewer = matches!(credential, Some(Credential::Session(_)));
            stage.assert_same(credential, &[Lookup::CallerIn(account.clone())], &caller_parts(&account), fewer);
        }
        let active = AccountRef::ActiveOf(UserRef::Caller);
        let fewer = matches!(credential, Some(Credential::Session(_) | Credential::ApiKey(_)));
        stage.assert_same(credential, &[Lookup::CallerIn(active.clone())], &caller_parts(&active), fewer);
    }
}

#[test]
fn an_invitation_with_its_inviter_is_loaded_as_by_single_lookups() {
    let stage = stage();
    for credential in &stage.credentials {
        for id in &stage.invitations {
            stage.assert_same(credential, &[Lookup::InvitationWithInviter(*id)], &invitation_parts(*id), true);
        }
    }
}

#[test]
fn the_caller_and_an_invitation_are_loaded_as_by_single_lookups() {
    let stage = stage();
    for credential in &stage.credentials {
        for id in &stage.invitations {
            let mut parts = invitation_parts(*id);
            parts.push(Lookup::Member(AccountRef::OfInvitation(*id), UserRef::Caller));
            stage.assert_same(credential, &[Lookup::CallerAndInvitation(*id)], &parts, true);
        }
    }
}

#[test]
fn whether_an_email_can_be_invited_is_loaded_as_by_single_lookups() {
    let stage = stage();
    let since = Timestamp::from_millis(0);
    for address in ["guest@example.com", "dev-0@example.com", "stranger@example.com", "nobody@example.com"] {
        let email = || Email::parse(address).unwrap();
        for account in &stage.accounts {
            let mut parts = vec![Lookup::MemberByEmail(*account, email()), Lookup::PendingInvitation(*account, email())];
            stage.assert_same(&stage.credentials[0], &[Lookup::InviteeByEmail(*account, email(), None)], &parts, true);
            parts.push(Lookup::InvitationMails(*account, Addressee::Email(email()), since));
            stage.assert_same(&stage.credentials[0], &[Lookup::InviteeByEmail(*account, email(), Some(since))], &parts, true);
        }
    }
}

#[test]
fn a_merged_lookup_behind_others_is_loaded_too() {
    let stage = stage();
    let account = AccountRef::Id(stage.accounts[0]);
    for credential in &stage.credentials {
        let own = Lookup::CallerMemberships;
        let parts: Vec<Lookup> = core::iter::once(own.clone()).chain(caller_parts(&account)).collect();
        stage.assert_same(credential, &[own, Lookup::CallerIn(account.clone())], &parts, false);
    }
}
