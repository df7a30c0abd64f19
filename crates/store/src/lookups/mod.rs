//! Loading: converts the lookups of a decision to one batch of constant statements, and the rows to a snapshot.
//!
//! Each lookup is one function with its SQL, its parameters and the reader of its rows. A lookup may refer to an account or a user
//! that only the database can resolve: the caller, the account of an invitation, the user of an email. Such a reference is bound as
//! one key. Hashes, ids and emails have different formats, so a key of one kind never matches another.

mod account;
mod authzen;
mod caller;
mod invitation;
mod merged;
mod pages;
mod passkey;
mod person;
mod provider;
mod resolve_ref;
mod second_factor;

use crate::database::{Row, Rows, Statement};
use crate::{preconditions, rows};
use rolecall_app::Fault;
use rolecall_app::ports::{Load, PriorResponses};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Snapshot, UserRef};

/// The result of a load.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) prior_responses: PriorResponses,
}

/// One statement of a load and the reader of its rows.
struct Entry<'l> {
    statement: Statement,
    read: Reader<'l>,
}

type Reader<'l> = Box<dyn FnOnce(&mut Loaded, &Rows) -> Result<(), Fault> + 'l>;

impl<'l> Entry<'l> {
    fn new(statement: Statement, read: impl FnOnce(&mut Snapshot, &Rows) -> Result<(), Fault> + 'l) -> Self {
        Entry { statement, read: Box::new(move |loaded, rows| read(&mut loaded.snapshot, rows)) }
    }

    /// An entry whose statement returns exactly one row.
    fn of_row(statement: Statement, read: impl FnOnce(&mut Snapshot, &Row) -> Result<(), Fault> + 'l) -> Self {
        Entry::new(statement, move |snapshot, rows| {
            read(snapshot, rows.first().ok_or_else(|| Fault::new("a statement that returns one row returned none"))?)
        })
    }
}

/// The statements of a load, and the function that converts their rows, one set per statement, to the result.
pub(crate) fn plan(load: &Load) -> (Vec<Statement>, impl FnOnce(Vec<Rows>) -> Result<Loaded, Fault> + '_) {
    let (statements, readers): (Vec<Statement>, Vec<Reader<'_>>) =
        entries(load).into_iter().map(|entry| (entry.statement, entry.read)).unzip();
    let read = move |sets: Vec<Rows>| {
        if sets.len() != readers.len() {
            return Err(Fault::new("a batch did not return one result per statement"));
        }
        let mut loaded = Loaded::default();
        readers.into_iter().zip(&sets).try_for_each(|(read, rows)| read(&mut loaded, rows))?;
        Ok(loaded)
    };
    (statements, read)
}

/// The entries of a load: the credential, unless the first lookup resolves it; the prior responses; the lookups in order.
fn entries(load: &Load) -> Vec<Entry<'_>> {
    let mut entries = Vec::with_capacity(load.lookups.len() + 2);
    let (first, rest) = match load.lookups.split_first() {
        Some((lookup, rest)) if merged::resolves_credential(load, lookup) => (merged::with_credential(load, lookup), rest),
        _ => (caller::credential(load), load.lookups.as_slice()),
    };
    entries.push(first);
    entries.extend(load.replay.as_ref().map(|(key, anonymous)| caller::prior_responses(load, key, anonymous)));
    for lookup in rest {
        push(&mut entries, load, lookup);
    }
    entries
}

fn push<'l>(entries: &mut Vec<Entry<'l>>, load: &'l Load, lookup: &'l Lookup) {
    let entry = match lookup {
        Lookup::CallerIn(account) => {
            entries.extend(merged::caller_in_parts(load, account));
            return;
        }
        Lookup::CallerAndInvitation(id) => {
            entries.push(merged::invitation_with_inviter(*id));
            caller::membership(load, AccountRef::OfInvitation(*id), &UserRef::Caller)
        }
        Lookup::InvitationWithInviter(id) => merged::invitation_with_inviter(*id),
        Lookup::InviteeByEmail(account, email, mails_since) => merged::invitee_by_email(*account, email, *mails_since),
        Lookup::Account(account) => account::account(load, account),
        Lookup::Member(account, user) => caller::membership(load, account.clone(), user),
        Lookup::Roles(account) => account::roles(load, account),
        Lookup::User(user) => person::user(load, user),
        Lookup::Credential(email) => person::credential(email),
        Lookup::CallerPassword => person::caller_password(load),
        Lookup::SignInMethods(user) => person::sign_in_methods(load, user),
        Lookup::SecondFactors(user) => second_factor::of_user(load, user),
        Lookup::SecondFactorAttempts(user) => second_factor::attempts(load, user),
        Lookup::UserWithSecondFactors(user) => second_factor::user(*user),
        Lookup::Passkey(credential) => passkey::passkey(credential),
        Lookup::CallerPasskeys => passkey::of_caller(load),
        Lookup::ProviderIdentity(person) => provider::identity(person),
        Lookup::Invitation(id) => invitation::invitation(*id),
        Lookup::Fact(fact) => self::fact(fact),
        Lookup::InvitationMails(account, addressee, since) => invitation::mails(*account, addressee, *since),
        Lookup::TeamContents(account) => account::team_contents(*account),
        Lookup::ExpiredApiKey(account, now) => account::expired_api_key(*account, *now),
        Lookup::ExpiredInvitation(account, now) => invitation::expired(*account, *now),
        Lookup::PendingSignup(id) => person::signup(*id),
        Lookup::SignupsSince(email, since) => person::signups_since(email, *since),
        Lookup::OpenEmailCode(addressee, browser) => person::open_email_code(load, addressee, browser),
        Lookup::EmailCodesSince(email, network, near, far) => person::email_codes_since(email, network, *near, *far),
        Lookup::PasswordReset(id) => person::reset(*id),
        Lookup::ResetsSince(email, since) => person::resets_since(email, *since),
        Lookup::Attempts(scope) => person::attempts(scope),
        Lookup::CallerSession(id) => caller::session(load, *id),
        Lookup::ApiKey(id) => account::api_key(*id),
        Lookup::AttributePolicy(account) => account::attribute_policy(load, account),
        Lookup::Authzen(account, lookup) => authzen::entities(account_ref(load, account), lookup),
        Lookup::CallerMemberships => pages::own_memberships(secret(load)),
        Lookup::CallerMembershipPage(page) => pages::memberships(secret(load), page),
        Lookup::CallerSessionPage(now, page) => pages::sessions(secret(load), *now, page),
        Lookup::MemberPage(account, page) => pages::members(*account, page),
        Lookup::InvitationPage(account, state, now, page) => pages::invitations(*account, *state, *now, page),
        Lookup::ApiKeyPage(account, page) => pages::api_keys(*account, page),
        Lookup::AuditPage(account, filter, page) => pages::audit_log(*account, filter, page),
        Lookup::Unsealed(account, limit) => pages::unsealed(*account, *limit),
    };
    entries.push(entry);
}

fn fact(fact: &Fact) -> Entry<'_> {
    Entry::of_row(preconditions::fact_statement(fact), move |snapshot, row| {
        snapshot.facts.insert(fact.clone(), rows::fact_value(row)?);
        Ok(())
    })
}

/// The key that identifies the caller in a statement: the hash of the credential, or the user of a permission token.
fn secret(load: &Load) -> String {
    match &load.credential {
        None => String::new(),
        Some(Credential::Session(hash) | Credential::ApiKey(hash)) => hash.to_hex(),
        Some(Credential::Token(user)) => user.to_string(),
    }
}

fn user_ref(load: &Load, user: &UserRef) -> String {
    match user {
        UserRef::Id(id) => id.to_string(),
        UserRef::Caller => secret(load),
        UserRef::Inviter(id) => id.to_string(),
        UserRef::Email(email) => email.as_str().to_owned(),
    }
}

fn account_ref(load: &Load, account: &AccountRef) -> String {
    match account {
        AccountRef::Id(id) => id.to_string(),
        AccountRef::OfInvitation(id) => id.to_string(),
        AccountRef::ActiveOf(user) => user_ref(load, user),
    }
}

/// The id of the account, if the reference is an id.
fn id_of(account: &AccountRef) -> Option<AccountId> {
    match account {
        AccountRef::Id(id) => Some(*id),
        AccountRef::OfInvitation(_) | AccountRef::ActiveOf(_) => None,
    }
}

fn first<T>(rows: &Rows, read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    rows.first().map(read).transpose()
}

fn all<T>(rows: &Rows, read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}
