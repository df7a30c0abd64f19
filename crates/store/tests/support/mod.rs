//! Test support: the use cases on the production statements and SQLite in memory, with a settable current time and a deterministic
//! seed.
//!
//! Tests act through use cases. [`interleave`] runs several concurrently and decides, batch by batch, which one proceeds.

#![allow(dead_code, reason = "each test file uses some of it")]

pub mod authzen;
pub mod providers;
pub mod recording_sender;

use rolecall_app::hash_queue::HashQueue;
use rolecall_app::issuer_directory::IssuerDirectory;
use rolecall_app::ports::OutboxStore;
use rolecall_app::signups::{NewSignup, NewVerification};
use rolecall_app::{AppError, AppState, Idempotency, Outcome, RequestContext, accounts, invitations, joining, signups};
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::decision::Planned;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::domain::invitation::Invitation;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::denial::Denial;
use rolecall_policy::Policy;
use rolecall_store::database::Rows;
use rolecall_store::native::InMemorySqlite;
use rolecall_store::{Database, DbError, SqlStore, Statement, Value};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub const POLICY: &str = include_str!("../../../../policy/default.json");
pub const PASSWORD: &str = "seven quiet lanterns drift";

/// SQLite in memory that yields before every batch, counts batches and statements, and can skip the precondition checks.
pub struct Db {
    pub native: InMemorySqlite,
    /// Removes the precondition checks from every batch, to show that a race fails without them.
    pub without_preconditions: Cell<bool>,
    pub batches: Cell<u32>,
    pub statements: Cell<usize>,
}

impl Database for Db {
    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        YieldOnce(false).await;
        self.batches.set(self.batches.get() + 1);
        self.statements.set(self.statements.get() + statements.len());
        if self.without_preconditions.get() {
            statements.retain(|statement| !statement.sql.starts_with("INSERT INTO fact"));
        }
        self.native.batch(statements).await
    }
}

struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Runs futures concurrently and returns their results in order. At each step the next of `choices`, modulo the number of unfinished
/// futures, selects the one to poll; `choices` repeat.
pub fn interleave<'f, T>(futures: Vec<Pin<Box<dyn Future<Output = T> + 'f>>>, choices: &[u8]) -> Vec<T> {
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut running: Vec<(usize, _)> = futures.into_iter().enumerate().collect();
    let mut choices = choices.iter().copied().cycle();
    let mut context = Context::from_waker(Waker::noop());
    while !running.is_empty() {
        let next = usize::from(choices.next().unwrap_or(0)) % running.len();
        let (index, future) = &mut running[next];
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            results[*index] = Some(value);
            drop(running.remove(next));
        }
    }
    results.into_iter().map(Option::unwrap).collect()
}

pub struct World {
    pub store: SqlStore<Db>,
    pub config: PolicyConfig,
    pub keys: Keyring,
    pub now: Cell<i64>,
    pub epoch: RestoreEpoch,
    seed_counter: Cell<u64>,
    hashes: HashQueue,
    issuers: IssuerDirectory,
    /// A password hash shared by all users that [`World::person`] inserts.
    hash: RefCell<Option<String>>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub account: AccountId,
    pub session: SecretHash,
}

impl World {
    pub fn new() -> Self {
        let db = Db {
            native: InMemorySqlite::new().unwrap(),
            without_preconditions: Cell::new(false),
            batches: Cell::new(0),
            statements: Cell::new(0),
        };
        World {
            store: SqlStore::new(db),
            config: PolicyConfig::new(Policy::parse(POLICY).unwrap(), "Rolecall").unwrap(),
            keys: Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap(),
            now: Cell::new(1_790_000_000_000),
            epoch: RestoreEpoch::FIRST,
            seed_counter: Cell::new(0),
            hashes: HashQueue::default(),
            issuers: IssuerDirectory::new(false),
            hash: RefCell::default(),
        }
    }

    /// The same database in the next restore epoch, as after a point-in-time restore.
    pub fn restored(self) -> Self {
        let epoch = RestoreEpoch::restore(self.epoch.number() + 1);
        let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", &epoch.to_string()).unwrap();
        World { store: self.store.with_epoch(epoch), keys, epoch, ..self }
    }

    pub fn app(&self) -> AppState<'_, SqlStore<Db>> {
        AppState { store: &self.store, config: &self.config, keys: &self.keys, pepper: None, hashes: &self.hashes, issuers: &self.issuers }
    }

    pub fn sql(&self, sql: &str) -> Result<(), DbError> {
        self.store.db.native.execute(sql)
    }

    /// The first column of the first row, an integer.
    pub fn count(&self, sql: &str) -> i64 {
        match self.store.db.native.rows(sql).unwrap()[0].0[0].1 {
            Value::Integer(n) => n,
            ref other => panic!("{other:?} is not an integer"),
        }
    }

    /// The first column of the first row, a text.
    pub fn text(&self, sql: &str) -> String {
        match &self.store.db.native.rows(sql).unwrap()[0].0[0].1 {
            Value::Text(text) => text.clone(),
            other => panic!("{other:?} is not a text"),
        }
    }

    pub fn request(&self, person: Option<&Person>) -> RequestContext {
        self.request_with(person, None)
    }

    pub fn request_with(&self, person: Option<&Person>, idempotency: Option<(&str, &str)>) -> RequestContext {
        self.seed_counter.set(self.seed_counter.get() + 1);
        self.now.set(self.now.get() + 1);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed_counter.get().to_be_bytes());
        let ctx = DecisionContext::new(Timestamp::from_millis(self.now.get()), format!("req-{}", self.seed_counter.get()), None, seed)
            .with_epoch(self.epoch);
        let idempotency = idempotency.map(|(key, fingerprint)| Idempotency { key: key.to_owned(), fingerprint: fingerprint.to_owned() });
        let credential = person.map(|p| Credential::Session(p.session.clone()));
        RequestContext::new(ctx, credential, idempotency, "192.0.2.1".to_owned(), "test".to_owned())
    }

    /// Signs up and verifies the email with the mailed link.
    pub fn sign_up(&self, email: &str) -> Person {
        let input =
            NewSignup { email: email.to_owned(), password: Some(PASSWORD.to_owned()), name: None, invitation: None, browser_key: None };
        let request = self.request(None);
        block_on(signups::sign_up(&self.app(), &request, input, |_| None)).map(|_| ()).unwrap();
        let mail = block_on(self.store.recent(Some(email), 1)).unwrap().remove(0);
        let MailKind::VerifyEmail { signup } = mail.kind else { panic!("{:?}", mail.kind) };
        let token = LinkToken::issue(&self.keys, Purpose::VerifyEmail, signup.bits(), 1);
        let input = NewVerification { token, ..NewVerification::default() };
        let request = self.request(None);
        let verified = block_on(signups::verify_email(&self.app(), &request, &input, |_| None)).unwrap_or_else(|e| panic!("{e:?}"));
        let session = verified.token.hash(&self.keys);
        let Outcome::Fresh { output: joined, .. } = verified.outcome else { panic!("unexpected replay") };
        Person { id: joined.user.id, email: email.to_owned(), account: joined.account.account.id, session }
    }

    /// Inserts a user with an account and a session directly, which avoids the deliberately slow argon2.
    pub fn person(&self, email: &str) -> Person {
        let mut hash = self.hash.borrow_mut();
        if hash.is_none() {
            *hash = Some("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
        }
        let ctx = self.request(None).ctx;
        let (user, account) = (UserId::new(ctx.now, ctx.id_bytes()), AccountId::new(ctx.now, ctx.id_bytes()));
        let token = rolecall_core::credential::secret::SessionToken::from_random(ctx.random());
        let session = token.hash(&self.keys);
        let id = rolecall_core::domain::id::SessionId::new(ctx.now, ctx.id_bytes());
        let identity = rolecall_core::domain::id::IdentityId::new(ctx.now, ctx.id_bytes());
        let mailbox = rolecall_core::domain::id::IdentityId::new(ctx.now, ctx.id_bytes());
        let now = ctx.now.millis();
        self.sql(&format!(
            "BEGIN; INSERT INTO user (id, email, name, active_account, created_at) VALUES ('{user}', '{email}', '{email}', '{account}', {now}); \
             INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('{user}', '{identity}', 'password', '{}', {}, {now}); \
             INSERT INTO identity (user, id, kind, proof, epoch, created_at) VALUES ('{user}', '{mailbox}', 'email', '', {}, {now}); \
             INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('{account}', 'personal', '{email}', '{user}', 1, {now}); \
             INSERT INTO member VALUES ('{account}', '{user}', 'admin', {now}); \
             INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, auth_time) VALUES ('{id}', '{user}', '{}', '', {now}, {now}, {now}); COMMIT",
            hash.clone().unwrap(),
            self.epoch,
            self.epoch,
            session.to_hex()
        ))
        .unwrap();
        Person { id: user, email: email.to_owned(), account, session }
    }

    /// Inserts a further session of the user directly.
    pub fn person_session(&self, person: &Person) -> SecretHash {
        let ctx = self.request(None).ctx;
        let session = rolecall_core::credential::secret::SessionToken::from_random(ctx.random()).hash(&self.keys);
        let (id, now) = (rolecall_core::domain::id::SessionId::new(ctx.now, ctx.id_bytes()), ctx.now.millis());
        self.sql(&format!("INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, auth_time) VALUES ('{id}', '{}', '{}', '', {now}, {now}, {now})", person.id, session.to_hex())).unwrap();
        session
    }

    pub fn team(&self, owner: &Person) -> AccountId {
        let request = self.request(Some(owner));
        block_on(accounts::convert(
            &self.app(),
            &request,
            owner.account,
            Ok(accounts::Convert { name: Some("Acme".to_owned()), ..accounts::Convert::default() }),
            |_| None,
        ))
        .unwrap();
        owner.account
    }

    pub fn invite(&self, by: &Person, team: AccountId, email: &str, role: &str) -> Result<Invitation, AppError> {
        let input = invitations::NewInvitation { email: email.to_owned(), role: role.to_owned(), lifetime: Lifetime::Default };
        let request = self.request(Some(by));
        block_on(invitations::create(&self.app(), &request, team, Ok(input), |_| None)).map(fresh_output)
    }

    pub fn link(&self, invitation: &Invitation) -> String {
        LinkToken::issue(&self.keys, Purpose::Invitation, invitation.id.bits(), invitation.link_version)
    }

    pub async fn accept(&self, person: &Person, link: &str) -> Result<UserWithAccount, AppError> {
        let request = self.request(Some(person));
        joining::accept(&self.app(), &request, link, |_| None).await.map(fresh_output)
    }

    /// Creates a team; returns its id and its members: the owner, then one member per given role.
    pub fn team_with(&self, roles: &[&str]) -> (AccountId, Vec<Person>) {
        let owner = self.person("owner@example.com");
        let team = self.team(&owner);
        let mut people = vec![owner];
        for (index, role) in roles.iter().enumerate() {
            let person = self.person(&format!("{role}-{index}@example.com"));
            let invitation = self.invite(&people[0], team, &person.email, role).unwrap();
            block_on(self.accept(&person, &self.link(&invitation))).unwrap();
            people.push(person);
        }
        (team, people)
    }

    /// Asserts the invariants that the tables must satisfy after every transaction.
    pub fn assert_invariants(&self) {
        let assert_none = |invariant: &str, sql: &str| assert_eq!(self.count(sql), 0, "{invariant}");
        assert_none(
            "owner-is-admin",
            "SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.account = a.id AND m.user = a.owner AND m.role = 'admin')",
        );
        assert_none(
            "single-use",
            "SELECT count(*) FROM (SELECT json_extract(data, '$.user') FROM audit_event WHERE action = 'invitation.accept' AND outcome = 'done' GROUP BY resource_id HAVING count(*) > 1)",
        );
        assert_none(
            "no join without acceptance",
            "SELECT count(*) FROM invitation i WHERE i.state IN ('revoked', 'declined') AND EXISTS (SELECT 1 FROM audit_event e WHERE e.resource_id = i.id AND e.action = 'invitation.accept' AND e.outcome = 'done')",
        );
        assert_none(
            "audit-chain: sequence numbers without a gap",
            "SELECT count(*) FROM (SELECT account FROM audit_event GROUP BY account HAVING max(seq) <> count(*))",
        );
        assert_none(
            "a personal account has one member",
            "SELECT count(*) FROM account a WHERE kind = 'personal' AND (SELECT count(*) FROM member WHERE account = a.id) <> 1",
        );
        assert_none(
            "counters equal the rows that they count",
            "SELECT count(*) FROM account a WHERE members <> (SELECT count(*) FROM member WHERE account = a.id) OR pending_invitations <> (SELECT count(*) FROM invitation WHERE account = a.id AND state = 'pending') OR custom_roles <> (SELECT count(*) FROM role WHERE account = a.id) OR api_keys <> (SELECT count(*) FROM api_key WHERE account = a.id AND revoked_at IS NULL)",
        );
        assert_none(
            "the creator of an unrevoked API key is a member",
            "SELECT count(*) FROM api_key k WHERE revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m WHERE m.account = k.account AND m.user = k.created_by)",
        );
        assert_none(
            "a user is a member of the active account",
            "SELECT count(*) FROM user u WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.user = u.id AND m.account = u.active_account)",
        );
        assert_none(
            "every user owns an account",
            "SELECT count(*) FROM user u WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.owner = u.id)",
        );
        assert_none(
            "every user has an identity",
            "SELECT count(*) FROM user u WHERE NOT EXISTS (SELECT 1 FROM identity i WHERE i.user = u.id)",
        );
    }
}

/// The output of an outcome that is not a replay.
pub fn fresh_output<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Fresh { output, .. } => output,
        Outcome::Replayed(recorded) => panic!("unexpected replay: {recorded:?}"),
    }
}

pub fn denial<T: std::fmt::Debug>(result: Result<T, AppError>) -> Denial {
    match result {
        Err(AppError::Denied(denial)) => denial,
        other => panic!("expected a denial, got {other:?}"),
    }
}

pub fn done(planned: Planned<AccountWithRole>) -> AccountWithRole {
    match planned {
        Planned::Done(account) => account,
        Planned::DryRun(changes) => panic!("unexpected dry run: {changes:?}"),
    }
}
