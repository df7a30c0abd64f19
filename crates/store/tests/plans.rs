//! Query plans: every statement of a request seeks in an index; none scans a table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{Load, MaintenanceStore, Store};
use rolecall_core::domain::audit::AuditFilter;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::passkey::CredentialId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::provider_identity::IssuerSubject;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::change::{ChangeSet, Effect};
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, AuthzenLookup, CodeAddressee, Lookup, Page, UserRef};
use rolecall_core::transaction::precondition::Precondition;
use rolecall_store::database::Rows;
use rolecall_store::native::InMemorySqlite;
use rolecall_store::{Database, DbError, SqlStore, Statement, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;
use support::block_on;

/// Collects SQLite's query plan of each statement before running it.
struct Planner {
    native: InMemorySqlite,
    scans: RefCell<Vec<String>>,
    plans: RefCell<Vec<String>>,
}

impl Database for Planner {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        for statement in &statements {
            let mut sql = statement.sql.to_owned();
            for (index, value) in statement.params.iter().enumerate().rev() {
                let literal = match value {
                    Value::Null => "NULL".to_owned(),
                    Value::Integer(n) => n.to_string(),
                    Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
                };
                sql = sql.replace(&format!("?{}", index + 1), &literal);
            }
            for row in self.native.rows(&format!("EXPLAIN QUERY PLAN {sql}"))? {
                let Some((_, Value::Text(detail))) = row.0.into_iter().find(|(name, _)| name == "detail") else { continue };
                self.plans.borrow_mut().push(detail.clone());
                // `k` is the alias of a subquery with one row of keys; the only table with that alias is `api_key`.
                let harmless = ["VIRTUAL TABLE", "CONSTANT ROW", "SUBQUERY", "(subquery", "json_each"];
                let keys = detail.starts_with("SCAN k") && !sql.contains("api_key k");
                if detail.starts_with("SCAN") && !keys && !harmless.iter().any(|word| detail.contains(word))
                    || detail.contains("TEMP B-TREE")
                {
                    self.scans.borrow_mut().push(format!("{detail}: {sql}"));
                }
            }
        }
        self.native.batch(statements).await
    }
}

fn person() -> IssuerSubject {
    IssuerSubject { issuer: "https://idp.example".to_owned(), subject: "ann".to_owned() }
}

fn every_lookup() -> Vec<Lookup> {
    let email = Email::parse("ann@example.com").unwrap();
    let (account, user, invitation) = (AccountId::from_bits(1), UserId::from_bits(2), InvitationId::from_bits(3));
    let page = || Page { after: None, limit: 50 };
    let now = Timestamp::from_millis(1);
    let mut lookups = vec![
        Lookup::CallerIn(AccountRef::Id(account)),
        Lookup::CallerIn(AccountRef::ActiveOf(UserRef::Caller)),
        Lookup::CallerAndInvitation(invitation),
        Lookup::InvitationWithInviter(invitation),
        Lookup::InviteeByEmail(account, email.clone(), None),
        Lookup::InviteeByEmail(account, email.clone(), Some(now)),
        Lookup::User(UserRef::Email(email.clone())),
        Lookup::Account(AccountRef::Id(account)),
        Lookup::ExpiredApiKey(account, now),
        Lookup::ExpiredInvitation(account, now),
        Lookup::Account(AccountRef::OfInvitation(invitation)),
        Lookup::Account(AccountRef::ActiveOf(UserRef::Caller)),
        Lookup::Member(AccountRef::Id(account), UserRef::Caller),
        Lookup::Member(AccountRef::OfInvitation(invitation), UserRef::Inviter(invitation)),
        Lookup::Roles(AccountRef::Id(account)),
        Lookup::Roles(AccountRef::OfInvitation(invitation)),
        Lookup::User(UserRef::Id(user)),
        Lookup::Credential(email.clone()),
        Lookup::CallerPassword,
        Lookup::OpenEmailCode(CodeAddressee::Caller, SecretHash::from_bytes([1; 32])),
        Lookup::OpenEmailCode(CodeAddressee::Email(email.clone()), SecretHash::from_bytes([1; 32])),
        Lookup::EmailCodesSince(email.clone(), "192.0.2.1".to_owned(), Timestamp::from_millis(2), Timestamp::from_millis(1)),
        Lookup::SignInMethods(UserRef::Caller),
        Lookup::SecondFactors(UserRef::Caller),
        Lookup::SecondFactors(UserRef::Email(email.clone())),
        Lookup::UserWithSecondFactors(user),
        Lookup::SecondFactorAttempts(UserRef::Caller),
        Lookup::Passkey(CredentialId::restore("Bw".to_owned())),
        Lookup::CallerPasskeys,
        Lookup::ProviderIdentity(person()),
        Lookup::Invitation(invitation),
        Lookup::InvitationMails(account, Addressee::Email(email.clone()), now),
        Lookup::InvitationMails(account, Addressee::Of(invitation), now),
        Lookup::TeamContents(account),
        Lookup::PendingSignup(SignupId::from_bits(4)),
        Lookup::SignupsSince(email.clone(), now),
        Lookup::PasswordReset(ResetId::from_bits(5)),
        Lookup::ResetsSince(email, now),
        Lookup::Attempts("x".to_owned()),
        Lookup::CallerSession(SessionId::from_bits(6)),
        Lookup::ApiKey(ApiKeyId::from_bits(7)),
        Lookup::AttributePolicy(AccountRef::Id(account)),
        Lookup::AttributePolicy(AccountRef::ActiveOf(UserRef::Caller)),
        Lookup::Authzen(AccountRef::Id(account), AuthzenLookup::Members(vec![user.to_string(), "ann@example.com".to_owned()])),
        Lookup::Authzen(AccountRef::ActiveOf(UserRef::Caller), AuthzenLookup::Keys(vec![ApiKeyId::from_bits(7)])),
        Lookup::Authzen(AccountRef::ActiveOf(UserRef::Caller), AuthzenLookup::NextMembers(String::new(), 160)),
        Lookup::Authzen(AccountRef::Id(account), AuthzenLookup::NextKeys(String::new(), 160)),
        Lookup::CallerMemberships,
        Lookup::CallerMembershipPage(page()),
        Lookup::CallerSessionPage(now, page()),
        Lookup::MemberPage(account, page()),
        Lookup::ApiKeyPage(account, page()),
    ];
    lookups.extend(Fact::samples().into_iter().map(Lookup::Fact));
    for state in [None, Some(InvitationState::Pending), Some(InvitationState::Revoked)] {
        lookups.push(Lookup::InvitationPage(account, state, now, page()));
    }
    let text = || Some("x".to_owned());
    lookups.push(Lookup::Unsealed(account, 100));
    for ascending in [false, true] {
        lookups.extend(
            [
                AuditFilter { ascending, ..AuditFilter::default() },
                AuditFilter { ascending, actor: text(), ..AuditFilter::default() },
                AuditFilter { ascending, action: text(), ..AuditFilter::default() },
                AuditFilter { ascending, resource_type: text(), ..AuditFilter::default() },
                AuditFilter { ascending, resource_id: text(), actor: text(), ..AuditFilter::default() },
            ]
            .map(|filter| Lookup::AuditPage(account, filter, page())),
        );
    }
    lookups
}

/// Lookups that resolve the credential if they come first.
fn with_credential() -> [Lookup; 3] {
    let account = AccountRef::Id(AccountId::from_bits(1));
    let active = AccountRef::ActiveOf(UserRef::Caller);
    [Lookup::CallerIn(account), Lookup::CallerIn(active), Lookup::CallerAndInvitation(InvitationId::from_bits(3))]
}

#[test]
fn the_list_contains_every_lookup() {
    let listed: BTreeSet<&str> = every_lookup().iter().map(Lookup::name).collect();
    let all: BTreeSet<&str> = Lookup::NAMES.iter().copied().collect();
    assert_eq!(listed, all, "the query plan of each lookup must be checked");
}

#[test]
fn each_filter_of_the_audit_log_uses_its_index() {
    let planner = Planner { native: InMemorySqlite::new().unwrap(), scans: RefCell::default(), plans: RefCell::default() };
    let given = |bits: u32, bit: u32| (bits & bit != 0).then(|| "x".to_owned());
    for bits in 0..16_u32 {
        for ascending in [false, true] {
            let filter = AuditFilter {
                resource_id: given(bits, 8),
                actor: given(bits, 4),
                action: given(bits, 2),
                resource_type: given(bits, 1),
                from: (bits % 3 == 0).then(|| Timestamp::from_millis(1)),
                ascending,
                ..AuditFilter::default()
            };
            let index = match bits {
                8.. => "audit_by_resource (account=? AND resource_id=? AND seq>? AND seq<?)",
                6.. => "audit_by_actor_action (account=? AND actor_id=? AND action=? AND seq>? AND seq<?)",
                4.. => "audit_by_actor (account=? AND actor_id=? AND seq>? AND seq<?)",
                2.. => "audit_by_action (account=? AND action=? AND seq>? AND seq<?)",
                1 => "audit_by_type (account=? AND resource_type=? AND seq>? AND seq<?)",
                0 => "PRIMARY KEY (account=? AND seq>? AND seq<?)",
            };
            let page = Page { after: None, limit: 50 };
            let load = Load { credential: None, replay: None, lookups: vec![Lookup::AuditPage(AccountId::from_bits(1), filter, page)] };
            planner.plans.borrow_mut().clear();
            let store = SqlStore::new(&planner);
            support::block_on(store.load(&load)).unwrap();
            let plans = planner.plans.borrow();
            let log: Vec<&String> = plans.iter().filter(|detail| detail.contains("audit_event") || detail.contains("TEMP")).collect();
            let unsealed = "audit_unsealed (account=? AND seq>? AND seq<?)";
            let expected: &[&str] = if bits == 0 { &[index] } else { &[index, unsealed] };
            let as_expected = log.len() == expected.len() && log.iter().zip(expected).all(|(detail, index)| detail.ends_with(index));
            assert!(as_expected, "{bits:04b}: {log:?}, not {expected:?}");
        }
    }
}

#[test]
fn a_person_at_an_issuer_is_found_by_the_index_of_persons() {
    let index = "INDEX identity_one_subject (issuer=? AND subject=?)";
    for lookup in [Lookup::ProviderIdentity(person()), Lookup::Fact(Fact::UserOfPerson(person()))] {
        let planner = Planner { native: InMemorySqlite::new().unwrap(), scans: RefCell::default(), plans: RefCell::default() };
        let load = Load { credential: None, replay: None, lookups: vec![lookup.clone()] };
        block_on(SqlStore::new(&planner).load(&load)).unwrap();
        let plans = planner.plans.borrow();
        assert!(plans.iter().any(|detail| detail.starts_with("SEARCH") && detail.ends_with(index)), "{lookup:?}: {plans:?}");
    }
}

#[test]
fn no_load_scans_a_table() {
    let planner = Planner { native: InMemorySqlite::new().unwrap(), scans: RefCell::default(), plans: RefCell::default() };
    let store = SqlStore::new(planner);
    let hash = || rolecall_core::credential::secret::ApiKeySecret::from_random([1; 32]).hash(&support::World::new().keys);
    for credential in
        [None, Some(Credential::Session(hash())), Some(Credential::ApiKey(hash())), Some(Credential::Token(UserId::from_bits(2)))]
    {
        let replay = Some(("key".to_owned(), "network".to_owned()));
        for lookups in with_credential().map(|lookup| vec![lookup]).into_iter().chain([every_lookup()]) {
            let load = Load { credential: credential.clone(), replay: replay.clone(), lookups };
            support::block_on(store.load(&load)).unwrap();
        }
    }
    let scans = store.db.scans.borrow();
    assert!(scans.is_empty(), "{}", scans.join("\n"));
}

#[test]
fn no_precondition_and_no_maintenance_scans_a_table() {
    let planner = Planner { native: InMemorySqlite::new().unwrap(), scans: RefCell::default(), plans: RefCell::default() };
    let store = SqlStore::new(planner);
    let (account, user, now) = (AccountId::from_bits(1), UserId::from_bits(2), Timestamp::from_millis(i64::from(u32::MAX)));
    let email = Email::parse("ann@example.com").unwrap();
    // All conditions are in one constant statement, so one precondition yields the plans of all of them.
    let preconditions = vec![Precondition::InvitationMailsBelow(account, email, now, user, 1)];
    assert!(block_on(store.commit(&ChangeSet { preconditions, ..ChangeSet::default() }, None)).is_err(), "the account does not exist");
    // The effect that revokes an expired key is not checked: it sorts, but at most two hundred keys.
    let effects = vec![Effect::EndExpiredInvitation(account, now)];
    block_on(store.commit(&ChangeSet { effects, ..ChangeSet::default() }, None)).unwrap();
    block_on(store.purge(now)).unwrap();
    let scans = store.db.scans.borrow();
    assert!(scans.is_empty(), "{}", scans.join("\n"));
}

#[test]
fn recording_a_denial_scans_no_table() {
    use rolecall_app::ports::DeniedAttempt;
    use rolecall_core::domain::audit::Actor;
    use rolecall_core::domain::name::Name;
    use rolecall_core::transaction::audit_event::{EventData, Resource};
    use rolecall_core::transaction::context::DecisionContext;
    let store = SqlStore::new(Planner { native: InMemorySqlite::new().unwrap(), scans: RefCell::default(), plans: RefCell::default() });
    let ctx = DecisionContext::new(Timestamp::from_millis(100_000), "r".to_owned(), None, [1; 32]);
    let actor = Actor::User(UserId::from_bits(2), Name::parse("Ann", "/name").unwrap());
    let account = AccountId::from_bits(1);
    let event = |action| ctx.event_by(account, actor.clone(), action, Resource::new("account", account), EventData::none());
    let denied = DeniedAttempt {
        attempt: event("role.list"),
        limit: event("denials.limit"),
        since: Timestamp::from_millis(1),
        max: 20,
        account_max: 100,
    };
    // Fails because the account does not exist; only the plans matter.
    assert!(support::block_on(store.record_denial(&denied)).is_err());
    let scans = store.db.scans.borrow();
    assert!(scans.is_empty(), "{}", scans.join("\n"));
}
