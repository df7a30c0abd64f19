//! A merged lookup fills the same fields as the single lookups that it replaces, with fewer statements.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{Load, Store};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use support::{World, block_on};

fn caller_parts(account: &AccountRef) -> Vec<Lookup> {
    vec![Lookup::Account(account.clone()), Lookup::Member(account.clone(), UserRef::Caller), Lookup::Roles(account.clone())]
}

fn invitation_parts(id: InvitationId) -> Vec<Lookup> {
    let account = || AccountRef::OfInvitation(id);
    vec![Lookup::Invitation(id), Lookup::Account(account()), Lookup::Roles(account()), Lookup::Member(account(), UserRef::Inviter(id))]
}

/// A team with custom roles, a member, an API key and an invitation; a user outside of the team; known and unknown credentials.
struct Fixture {
    world: World,
    credentials: Vec<Option<Credential>>,
    accounts: Vec<AccountId>,
    invitations: Vec<InvitationId>,
}

fn fixture() -> Fixture {
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
    Fixture { credentials, accounts, invitations: vec![invitation.id, InvitationId::from_bits(1)], world }
}

impl Fixture {
    fn load(&self, credential: &Option<Credential>, lookups: Vec<Lookup>) -> (String, usize) {
        let load = Load { credential: credential.clone(), replay: None, lookups };
        let before = self.world.store.db.statements.get();
        let (snapshot, _) = block_on(self.world.store.load(&load)).unwrap();
        (format!("{snapshot:#?}"), self.world.store.db.statements.get() - before)
    }

    /// The pending invitation of an address, which the merged lookup loads with its id.
    fn pending(&self, account: AccountId, address: &str) -> Option<InvitationId> {
        let pending = format!("account = '{account}' AND email = '{address}' AND state = 'pending'");
        let found = self.world.count(&format!("SELECT count(*) FROM invitation WHERE {pending}")) == 1;
        found.then(|| InvitationId::parse(&self.world.text(&format!("SELECT id FROM invitation WHERE {pending}")))).flatten()
    }

    fn assert_same(&self, credential: &Option<Credential>, merged: &[Lookup], parts: &[Lookup], fewer: bool) {
        let (from_merged, few) = self.load(credential, merged.to_vec());
        let (from_parts, many) = self.load(credential, parts.to_vec());
        assert_eq!(from_merged, from_parts, "{credential:?} {merged:?}");
        assert_eq!(few < many, fewer, "{few} merged and {many} single statements: {credential:?} {merged:?}");
    }
}

#[test]
fn the_caller_in_an_account_equals_the_single_lookups() {
    let fixture = fixture();
    for credential in &fixture.credentials {
        for account in fixture.accounts.iter().map(|id| AccountRef::Id(*id)) {
            let fewer = matches!(credential, Some(Credential::Session(_)));
            fixture.assert_same(credential, &[Lookup::CallerIn(account.clone())], &caller_parts(&account), fewer);
        }
        let active = AccountRef::ActiveOf(UserRef::Caller);
        let fewer = matches!(credential, Some(Credential::Session(_) | Credential::ApiKey(_)));
        fixture.assert_same(credential, &[Lookup::CallerIn(active.clone())], &caller_parts(&active), fewer);
    }
}

#[test]
fn an_invitation_with_its_inviter_equals_the_single_lookups() {
    let fixture = fixture();
    for credential in &fixture.credentials {
        for id in &fixture.invitations {
            fixture.assert_same(credential, &[Lookup::InvitationWithInviter(*id)], &invitation_parts(*id), true);
        }
    }
}

#[test]
fn the_caller_with_an_invitation_equals_the_single_lookups() {
    let fixture = fixture();
    for credential in &fixture.credentials {
        for id in &fixture.invitations {
            let mut parts = invitation_parts(*id);
            parts.push(Lookup::Member(AccountRef::OfInvitation(*id), UserRef::Caller));
            fixture.assert_same(credential, &[Lookup::CallerAndInvitation(*id)], &parts, true);
        }
    }
}

#[test]
fn the_invitee_by_email_equals_the_single_lookups() {
    let fixture = fixture();
    let since = Timestamp::from_millis(0);
    for address in ["guest@example.com", "dev-0@example.com", "stranger@example.com", "nobody@example.com"] {
        let email = || Email::parse(address).unwrap();
        for account in &fixture.accounts {
            let mut parts = [Fact::EmailIsMember(*account, email()), Fact::PendingInvitation(*account, email())].map(Lookup::Fact).to_vec();
            parts.extend(fixture.pending(*account, address).map(Lookup::Invitation));
            fixture.assert_same(&fixture.credentials[0], &[Lookup::InviteeByEmail(*account, email(), None)], &parts, true);
            parts.push(Lookup::InvitationMails(*account, Addressee::Email(email()), since));
            fixture.assert_same(&fixture.credentials[0], &[Lookup::InviteeByEmail(*account, email(), Some(since))], &parts, true);
        }
    }
}

#[test]
fn a_merged_lookup_after_another_lookup_is_split_into_single_lookups() {
    let fixture = fixture();
    let account = AccountRef::Id(fixture.accounts[0]);
    for credential in &fixture.credentials {
        let own = Lookup::CallerMemberships;
        let parts: Vec<Lookup> = core::iter::once(own.clone()).chain(caller_parts(&account)).collect();
        fixture.assert_same(credential, &[own, Lookup::CallerIn(account.clone())], &parts, false);
    }
}
