//! What a decision wants, as constant statements of one batch, and their rows as a snapshot.
//!
//! A want may name an account or a user that only the database can resolve (the caller, an invitation's
//! team, the owner of an email). One bound key then serves: hashes, ids and emails cannot be mistaken for each other.

use crate::columns::{
    account_columns, account_key, api_key_columns, caller_columns, invitation_columns, session_columns, user_columns, user_key,
};
use crate::database::Rows;
use crate::entrance::Invitee;
use crate::{Row, Statement, entrance, pages, rows, statement};
use rolecall_app::Fault;
use rolecall_app::ports::{Load, PriorResponse, PriorResponses};
use rolecall_core::domain::id::{AccountId, ApiKeyId, InvitationId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use rolecall_core::transaction::snapshot::{InvitationMails, ResolvedCredential, Snapshot, TeamContents};

const SESSION: &str =
    concat!("SELECT ", session_columns!(), ", ", caller_columns!(), " FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1");
const REPLAY: &str = "SELECT principal, fingerprint, kind, body FROM idempotency WHERE key = ?1 AND principal IN (coalesce((SELECT user FROM session WHERE token = ?2), (SELECT id FROM api_key WHERE secret = ?2), ?3), ?3)";
const ACCOUNT: &str = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.id = ?1");
const ACCOUNT_OF: &str = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.id = ", account_key!());
const MEMBER: &str = concat!(
    "SELECT k.a AS key_account, k.u AS key_user, m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at FROM (SELECT ?1 AS a, ",
    user_key!(),
    " AS u) k LEFT JOIN member m ON m.account = k.a AND m.user = k.u"
);
const MEMBER_OF: &str = concat!(
    "SELECT k.a AS key_account, k.u AS key_user, m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at FROM (SELECT ",
    account_key!(),
    " AS a, ",
    user_key!(),
    " AS u) k LEFT JOIN member m ON m.account = k.a AND m.user = k.u"
);
const ROLES: &str = "SELECT ?1 AS key_account, account, code, title, permissions FROM role WHERE account = ?1 ORDER BY code";
const ROLES_OF: &str = concat!(
    "SELECT k.a AS key_account, r.account, r.code, r.title, r.permissions FROM (SELECT ",
    account_key!(),
    " AS a) k LEFT JOIN role r ON r.account = k.a"
);
const USER: &str = concat!(
    "SELECT k.u AS key_user, ",
    user_columns!(),
    " FROM (SELECT ",
    user_key!(),
    " AS u, ?1 AS unused) k LEFT JOIN user u ON u.id = k.u"
);
const CREDENTIAL: &str = concat!("SELECT ", user_columns!(), ", u.password, u.password_epoch FROM user u WHERE u.email = ?1");
const INVITATION: &str = concat!("SELECT ", invitation_columns!(), " FROM invitation WHERE id = ?1");
const PENDING: &str = concat!("SELECT ", invitation_columns!(), " FROM invitation WHERE account = ?1 AND email = ?2 AND state = 'pending'");
const ROLE_USE: &str = "SELECT EXISTS (SELECT 1 FROM member WHERE account = ?1 AND role = ?2) OR EXISTS (SELECT 1 FROM invitation WHERE account = ?1 AND role = ?2 AND state = 'pending' AND (expires_at IS NULL OR expires_at > ?3)) AS used";
const MEMBER_BY_EMAIL: &str =
    "SELECT EXISTS (SELECT 1 FROM member m JOIN user u ON u.id = m.user WHERE m.account = ?1 AND u.email = ?2) AS member";
const INVITATION_MAILS: &str = "SELECT (SELECT count(*) FROM mail WHERE recipient = coalesce((SELECT email FROM invitation WHERE id = ?2), ?2) AND kind = 'invitation' AND created_at > ?3) AS to_address, \
    (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = ?1 AND at > ?3 AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') AS from_account";
const OWNS_ANOTHER: &str = concat!(
    "SELECT k.u AS key_user, EXISTS (SELECT 1 FROM account WHERE owner = k.u AND id <> ?1) AS owns FROM (SELECT ",
    user_key!(),
    " AS u) k"
);
const CONTENTS: &str = "SELECT 'member' AS kind, m.user AS id FROM member m JOIN account a ON a.id = m.account WHERE m.account = ?1 AND m.user <> a.owner \
    UNION ALL SELECT 'invitation', id FROM invitation WHERE account = ?1 AND state = 'pending' \
    UNION ALL SELECT 'role', code FROM role WHERE account = ?1 \
    UNION ALL SELECT 'api_key', k.id FROM api_key k JOIN account a ON a.id = k.account WHERE k.account = ?1 AND k.created_by <> a.owner AND k.revoked_at IS NULL";
const KEYS_MADE_BY: &str = "SELECT id FROM api_key WHERE account = ?1 AND revoked_at IS NULL AND created_by = ?2 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY id";
const EXPIRED_API_KEY: &str =
    "SELECT EXISTS (SELECT 1 FROM api_key WHERE account = ?1 AND revoked_at IS NULL AND expires_at <= ?2) AS found";
const EXPIRED_INVITATION: &str =
    "SELECT EXISTS (SELECT 1 FROM invitation WHERE account = ?1 AND state = 'pending' AND expires_at <= ?2) AS found";
const SIGNUP: &str = "SELECT s.id, s.email, s.name, s.password, s.open, s.created_at, s.browser, u.id AS email_user FROM signup s LEFT JOIN user u ON u.email = s.email WHERE s.id = ?1";
const SIGNUPS_SINCE: &str = "SELECT count(*) AS n FROM signup WHERE email = ?1 AND created_at > ?2";
const RESET: &str = concat!(
    "SELECT r.id, r.email, r.user, r.open, r.created_at, ",
    user_columns!(),
    " FROM reset r LEFT JOIN user u ON u.id = r.user WHERE r.id = ?1"
);
const RESETS_SINCE: &str = "SELECT count(*) AS n FROM reset WHERE email = ?1 AND created_at > ?2";
const ATTEMPTS: &str = "SELECT failures, last_failure FROM attempt WHERE scope = ?1";
const CALLER_SESSION: &str =
    concat!("SELECT ", session_columns!(), " FROM session s WHERE s.id = ?1 AND s.user = (SELECT user FROM session WHERE token = ?2)");
const API_KEY: &str = concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE id = ?1");
const CALLER_KEY: &str = concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE secret = ?1");
const CALLER_USER: &str = concat!("SELECT ", user_columns!(), " FROM user u WHERE u.id = ?1");
const ATTRIBUTE_POLICY: &str = concat!(
    "SELECT k.a AS key_account, p.account AS policy_account, p.document, p.revision, p.updated_by, p.updated_at FROM (SELECT ",
    account_key!(),
    " AS a) k LEFT JOIN attribute_policy p ON p.account = k.a"
);

/// What stands for the caller before anybody knows who that is.
fn credential(load: &Load) -> String {
    match &load.credential {
        None => String::new(),
        Some(Credential::Session(hash) | Credential::ApiKey(hash)) => hash.to_hex(),
        Some(Credential::Token(user)) => user.to_string(),
    }
}

fn user_value(load: &Load, user: &UserRef) -> String {
    match user {
        UserRef::Id(id) => id.to_string(),
        UserRef::Caller => credential(load),
        UserRef::Inviter(id) => id.to_string(),
        UserRef::Email(email) => email.as_str().to_owned(),
    }
}

fn account_value(load: &Load, account: &AccountRef) -> String {
    match account {
        AccountRef::Id(id) => id.to_string(),
        AccountRef::OfInvitation(id) => id.to_string(),
        AccountRef::ActiveOf(user) => user_value(load, user),
    }
}

/// One statement of a load's batch, and what it answers.
enum Step<'l> {
    /// Whose the credential is.
    Whose,
    /// The same, with the account that the caller steps into.
    Caller(&'l AccountRef),
    /// The same, with the invitation that the caller follows.
    Guest(InvitationId),
    /// The earlier answers.
    PriorResponse(&'l str, &'l str),
    /// An invitation with all that it rests on.
    Invitation(InvitationId),
    /// Whether an email can be invited.
    Invitee(Invitee<'l>),
    /// A want by itself.
    Lookup(&'l Lookup),
}

/// The batch that answers a load: whose the credential is, earlier answers, then each want in order.
fn steps(load: &Load) -> Vec<Step<'_>> {
    let mut steps = Vec::with_capacity(load.lookups.len() + 2);
    let (first, mut lookups) = match (entrance::caller(load), entrance::guest(load)) {
        (Some((account, rest)), _) => (Step::Caller(account), rest),
        (_, Some((id, rest))) => (Step::Guest(id), rest),
        _ => (Step::Whose, load.lookups.as_slice()),
    };
    steps.push(first);
    steps.extend(load.replay.as_ref().map(|(key, anonymous)| Step::PriorResponse(key, anonymous)));
    if let Some((id, rest)) = entrance::invitation(lookups) {
        steps.push(Step::Invitation(id));
        lookups = rest;
    }
    if let Some((invitee, rest)) = entrance::invitee(lookups) {
        steps.push(Step::Invitee(invitee));
        lookups = rest;
    }
    steps.extend(lookups.iter().map(Step::Lookup));
    steps
}

/// The statements of a load.
pub(crate) fn plan(load: &Load) -> Vec<Statement> {
    let statement = |step| match step {
        Step::Whose => {
            let whose = match &load.credential {
                None | Some(Credential::Session(_)) => SESSION,
                Some(Credential::ApiKey(_)) => CALLER_KEY,
                Some(Credential::Token(_)) => CALLER_USER,
            };
            statement!(whose, credential(load))
        }
        Step::Caller(account) => entrance::of_caller(load.credential.as_ref(), credential(load), account),
        Step::PriorResponse(key, anonymous) => statement!(REPLAY, key, credential(load), anonymous),
        Step::Guest(id) => entrance::of_guest(credential(load), id),
        Step::Invitation(id) => entrance::of_invitation(id),
        Step::Invitee(invitee) => entrance::of_invitee(invitee),
        Step::Lookup(lookup) => statement_for(load, lookup),
    };
    steps(load).into_iter().map(statement).collect()
}

fn statement_for(load: &Load, lookup: &Lookup) -> Statement {
    match lookup {
        Lookup::Account(AccountRef::Id(id)) => statement!(ACCOUNT, id.to_string()),
        Lookup::Account(account) => statement!(ACCOUNT_OF, account_value(load, account)),
        Lookup::Member(AccountRef::Id(id), user) => statement!(MEMBER, id.to_string(), user_value(load, user)),
        Lookup::Member(account, user) => statement!(MEMBER_OF, account_value(load, account), user_value(load, user)),
        Lookup::Roles(AccountRef::Id(id)) => statement!(ROLES, id.to_string()),
        Lookup::Roles(account) => statement!(ROLES_OF, account_value(load, account)),
        Lookup::User(user) => statement!(USER, "", user_value(load, user)),
        Lookup::Credential(email) => statement!(CREDENTIAL, email.as_str()),
        Lookup::Invitation(id) => statement!(INVITATION, id.to_string()),
        Lookup::PendingInvitation(account, email) => statement!(PENDING, account.to_string(), email.as_str()),
        Lookup::RoleUse(account, code, now) => statement!(ROLE_USE, account.to_string(), code.as_str(), now.millis()),
        Lookup::MemberByEmail(account, email) => statement!(MEMBER_BY_EMAIL, account.to_string(), email.as_str()),
        Lookup::InvitationMails(account, addressee, since) => {
            let addressee = match addressee {
                Addressee::Email(email) => email.as_str().to_owned(),
                Addressee::Of(invitation) => invitation.to_string(),
            };
            statement!(INVITATION_MAILS, account.to_string(), addressee, since.millis())
        }
        Lookup::OwnsAnother(user, account) => statement!(OWNS_ANOTHER, account.to_string(), user_value(load, user)),
        Lookup::TeamContents(account) => statement!(CONTENTS, account.to_string()),
        Lookup::KeysMadeBy(account, user, now) => statement!(KEYS_MADE_BY, account.to_string(), user.to_string(), now.millis()),
        Lookup::ExpiredApiKey(account, now) => statement!(EXPIRED_API_KEY, account.to_string(), now.millis()),
        Lookup::ExpiredInvitation(account, now) => statement!(EXPIRED_INVITATION, account.to_string(), now.millis()),
        Lookup::PendingSignup(id) => statement!(SIGNUP, id.to_string()),
        Lookup::SignupsSince(email, since) => statement!(SIGNUPS_SINCE, email.as_str(), since.millis()),
        Lookup::Reset(id) => statement!(RESET, id.to_string()),
        Lookup::ResetsSince(email, since) => statement!(RESETS_SINCE, email.as_str(), since.millis()),
        Lookup::Attempts(scope) => statement!(ATTEMPTS, scope.as_str()),
        Lookup::CallerSession(id) => statement!(CALLER_SESSION, id.to_string(), credential(load)),
        Lookup::ApiKey(id) => statement!(API_KEY, id.to_string()),
        Lookup::AttributePolicy(account) => statement!(ATTRIBUTE_POLICY, account_value(load, account)),
        Lookup::Authzen(account, lookup) => crate::authzen::plan(account_value(load, account), lookup),
        Lookup::CallerMemberships => pages::own_memberships(credential(load)),
        Lookup::CallerMembershipPage(page) => pages::memberships(credential(load), page),
        Lookup::CallerSessionPage(now, page) => pages::sessions(credential(load), *now, page),
        Lookup::MemberPage(account, page) => pages::members(*account, page),
        Lookup::InvitationPage(account, state, now, page) => pages::invitations(*account, *state, *now, page),
        Lookup::ApiKeyPage(account, page) => pages::api_keys(*account, page),
        Lookup::AuditPage(account, filter, page) => crate::audit_log::page(*account, filter, page),
        Lookup::Unsealed(account, limit) => crate::audit_log::unsealed(*account, *limit),
    }
}

/// The rows of [`plan`] as a snapshot and the earlier answers.
pub(crate) fn read(load: &Load, sets: Vec<Rows>) -> Result<(Snapshot, PriorResponses), Fault> {
    let mut sets = sets.into_iter();
    let mut next = || sets.next().ok_or_else(|| Fault::new("a batch answered fewer results than statements"));
    let mut snapshot = Snapshot::default();
    let mut replay = PriorResponses::new();
    for step in steps(load) {
        let set = next()?;
        let only = || set.first().ok_or_else(|| Fault::new("a statement that answers one row answered none"));
        match step {
            Step::Whose => snapshot.credential = resolved_credential(load, &set)?,
            Step::Caller(account) => entrance::read_caller(&mut snapshot, load, account, only()?)?,
            Step::PriorResponse(..) => replay = all(&set, prior_response)?,
            Step::Guest(id) => entrance::read_guest(&mut snapshot, id, only()?)?,
            Step::Invitation(id) => entrance::read_invitation(&mut snapshot, id, only()?)?,
            Step::Invitee(invitee) => entrance::read_invitee(&mut snapshot, invitee, only()?)?,
            Step::Lookup(lookup) => apply_rows(&mut snapshot, lookup, &set)?,
        }
    }
    Ok((snapshot, replay))
}

fn resolved_credential(load: &Load, whose: &Rows) -> Result<ResolvedCredential, Fault> {
    Ok(match &load.credential {
        None => ResolvedCredential::None,
        Some(Credential::Session(_)) => ResolvedCredential::Session(first(whose, |row| Ok((rows::session(row)?, rows::user(row)?)))?),
        Some(Credential::ApiKey(_)) => ResolvedCredential::ApiKey(first(whose, rows::api_key)?),
        Some(Credential::Token(_)) => ResolvedCredential::Token(first(whose, rows::user)?),
    })
}

fn prior_response(row: &Row) -> Result<(String, PriorResponse), Fault> {
    let text = |column: &str| row.text(column).map(str::to_owned);
    Ok((text("principal")?, PriorResponse { fingerprint: text("fingerprint")?, kind: text("kind")?, body: text("body")? }))
}

fn first<T>(rows: &Rows, read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    rows.first().map(read).transpose()
}

fn all<T>(rows: &Rows, read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}

fn apply_rows(to: &mut Snapshot, lookup: &Lookup, set: &Rows) -> Result<(), Fault> {
    match lookup {
        Lookup::Account(account) => {
            let found = first(set, rows::account)?;
            if let Some(id) = found.as_ref().map(|a| a.id).or(named(account)) {
                to.accounts.insert(id, found);
            }
        }
        Lookup::Member(..) => {
            if let Some(row) = set.first() {
                let key = (row.opt_text("key_account").and_then(AccountId::parse), row.opt_text("key_user").and_then(UserId::parse));
                if let (Some(account), Some(user)) = key {
                    let member = row.opt_text("member_role").map(|_| rows::membership(row)).transpose()?;
                    to.members.insert((account, user), member);
                }
            }
        }
        Lookup::Roles(account) => {
            let id = set.first().and_then(|row| row.opt_text("key_account")).and_then(AccountId::parse).or(named(account));
            if let Some(id) = id {
                let roles = set.iter().filter(|row| row.opt_text("code").is_some()).map(rows::role).collect::<Result<_, _>>()?;
                to.roles.insert(id, roles);
            }
        }
        Lookup::User(user) => {
            let Some(row) = set.first() else { return Ok(()) };
            let found = row.opt_text("user_id").map(|_| rows::user(row)).transpose()?;
            if let UserRef::Email(email) = user {
                to.emails.insert(email.clone(), found.as_ref().map(|u| u.id));
            }
            if let Some(id) = row.opt_text("key_user").and_then(UserId::parse) {
                to.users.insert(id, found);
            }
        }
        Lookup::Credential(email) => {
            let found = first(set, |row| Ok((rows::user(row)?, rows::stored_password(row)?)))?;
            to.credentials.insert(email.clone(), found);
        }
        Lookup::Invitation(id) => {
            to.invitations.insert(*id, first(set, rows::invitation)?);
        }
        Lookup::PendingInvitation(account, email) => {
            let found = first(set, rows::invitation)?;
            to.pending.insert((*account, email.clone()), found.as_ref().map(|i| i.id));
            if let Some(found) = found {
                to.invitations.insert(found.id, Some(found));
            }
        }
        Lookup::MemberByEmail(account, email) => {
            let member = first(set, |row| row.integer("member"))? == Some(1);
            to.email_members.insert((*account, email.clone()), member);
        }
        Lookup::InvitationMails(account, ..) => {
            let read =
                |row: &Row| Ok(InvitationMails { to_address: row.integer("to_address")?, from_account: row.integer("from_account")? });
            to.invitation_mails.insert(*account, first(set, read)?.unwrap_or_default());
        }
        Lookup::RoleUse(account, code, _) => {
            let used = first(set, |row| row.integer("used"))? == Some(1);
            to.role_used.insert((*account, code.clone()), used);
        }
        Lookup::OwnsAnother(_, account) => {
            if let Some(row) = set.first()
                && let Some(user) = row.opt_text("key_user").and_then(UserId::parse)
            {
                to.owns_another.insert((user, *account), row.integer("owns")? == 1);
            }
        }
        Lookup::TeamContents(account) => {
            to.contents.insert(*account, team_contents(set)?);
        }
        Lookup::KeysMadeBy(account, user, _) => {
            to.keys_made_by.insert((*account, *user), all(set, |row| row.parse("id", ApiKeyId::parse))?);
        }
        Lookup::ExpiredApiKey(account, _) => {
            to.expired_api_keys.insert(*account, first(set, |row| row.integer("found"))? == Some(1));
        }
        Lookup::ExpiredInvitation(account, _) => {
            to.expired_invitations.insert(*account, first(set, |row| row.integer("found"))? == Some(1));
        }
        Lookup::PendingSignup(id) => {
            let found = first(set, rows::signup)?;
            if let (Some(signup), Some(row)) = (&found, set.first()) {
                to.emails.insert(signup.email.clone(), row.opt_text("email_user").and_then(UserId::parse));
            }
            to.signups.insert(*id, found);
        }
        Lookup::SignupsSince(email, _) => {
            to.signups_since.insert(email.clone(), first(set, |row| row.integer("n"))?.unwrap_or_default());
        }
        Lookup::Reset(id) => {
            if let Some(row) = set.first().filter(|row| row.opt_text("user_id").is_some()) {
                let user = rows::user(row)?;
                to.users.insert(user.id, Some(user));
            }
            to.resets.insert(*id, first(set, rows::reset)?);
        }
        Lookup::ResetsSince(email, _) => {
            to.resets_since.insert(email.clone(), first(set, |row| row.integer("n"))?.unwrap_or_default());
        }
        Lookup::Attempts(scope) => {
            to.attempts.insert(scope.clone(), first(set, rows::attempts)?);
        }
        Lookup::CallerSession(id) => {
            to.caller_sessions.insert(*id, first(set, rows::session)?);
        }
        Lookup::ApiKey(id) => {
            to.api_keys.insert(*id, first(set, rows::api_key)?);
        }
        Lookup::AttributePolicy(_) => {
            if let Some(row) = set.first()
                && let Some(id) = row.opt_text("key_account").and_then(AccountId::parse)
            {
                let policy = row.opt_text("policy_account").map(|_| rows::attribute_policy(row)).transpose()?;
                to.attribute_policies.insert(id, policy);
            }
        }
        Lookup::Authzen(_, lookup) => crate::authzen::apply_rows(&mut to.authzen, lookup, set)?,
        Lookup::CallerMemberships | Lookup::CallerMembershipPage(_) => {
            let list = all(set, |row| Ok((rows::account(row)?, rolecall_core::domain::role::RoleCode::restore(row.text("member_role")?))))?;
            to.caller_memberships = Some(list);
        }
        Lookup::CallerSessionPage(..) => to.caller_session_page = Some(all(set, rows::session)?),
        Lookup::MemberPage(..) => to.member_page = Some(all(set, |row| Ok((rows::membership(row)?, rows::user(row)?)))?),
        Lookup::InvitationPage(..) => to.invitation_page = Some(all(set, rows::invitation)?),
        Lookup::ApiKeyPage(..) => to.api_key_page = Some(all(set, rows::api_key)?),
        Lookup::AuditPage(..) => to.audit_page = Some(all(set, rows::event)?),
        Lookup::Unsealed(..) => to.unsealed = Some(crate::audit_log::read_unsealed(set)?),
    }
    Ok(())
}

/// The id of an account that a want names itself.
pub(crate) fn named(account: &AccountRef) -> Option<AccountId> {
    match account {
        AccountRef::Id(id) => Some(*id),
        AccountRef::OfInvitation(_) | AccountRef::ActiveOf(_) => None,
    }
}

fn team_contents(set: &Rows) -> Result<TeamContents, Fault> {
    let mut found = TeamContents::default();
    for row in set {
        match row.text("kind")? {
            "member" => found.members.push(row.parse("id", UserId::parse)?),
            "invitation" => found.invitations.push(row.parse("id", InvitationId::parse)?),
            "role" => found.roles.push(rolecall_core::domain::role::RoleCode::restore(row.text("id")?)),
            _ => found.api_keys.push(row.parse("id", ApiKeyId::parse)?),
        }
    }
    Ok(found)
}
