//! Merged lookups: what most requests need first, read as one row. These are the caller in an account, an invitation with its
//! inviter, and whether an email can be invited. Each fills the same fields of the snapshot as the single lookups that it replaces,
//! at about a quarter of their cost, because a further statement in a batch costs more than a join on a key.

use super::{Entry, account, caller, secret};
use crate::database::{Row, Value};
use crate::rows::{self, parse_json_rows};
use crate::rows::{account_columns, api_key_columns, caller_columns, invitation_columns, session_columns};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::Load;
use rolecall_core::domain::account::Membership;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::role::{CustomRole, RoleCode};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::fact::{Fact, FactValue};
use rolecall_core::transaction::lookup::{AccountRef, Lookup, Snapshot, UserRef};
use rolecall_core::transaction::snapshot_values::{InvitationMails, ResolvedCredential};

/// The account's custom roles as JSON, `[[code, title, permissions], …]`; an empty array if there is no account.
macro_rules! roles {
    () => {
        "(SELECT json_group_array(json_array(code, title, permissions)) FROM (SELECT code, title, permissions FROM role WHERE account = a.id ORDER BY code)) AS roles"
    };
}

/// The columns of an account, of one membership in it, and of its custom roles.
macro_rules! account_and_member {
    () => {
        concat!(account_columns!(), ", m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at, ", roles!())
    };
}

/// The user of a session and the user's membership in the account that the expression identifies.
macro_rules! by_session {
    ($account:literal) => {
        concat!(
            "SELECT ",
            session_columns!(),
            ", ",
            caller_columns!(),
            ", ",
            account_and_member!(),
            " FROM (SELECT ?1 AS token) k LEFT JOIN session s ON s.token = k.token LEFT JOIN user u ON u.id = s.user",
            " LEFT JOIN account a ON a.id = ",
            $account,
            " LEFT JOIN member m ON m.account = a.id AND m.user = u.id"
        )
    };
}
const SESSION_IN: &str = by_session!("?2");
const SESSION_IN_ACTIVE: &str = by_session!("u.active_account");
/// An API key in its own account, with the membership of the key's creator.
const API_KEY_IN_OWN: &str = concat!(
    "SELECT ",
    api_key_columns!("c."),
    ", ",
    account_and_member!(),
    " FROM (SELECT ?1 AS secret) k LEFT JOIN api_key c ON c.secret = k.secret",
    " LEFT JOIN account a ON a.id = c.account LEFT JOIN member m ON m.account = a.id AND m.user = c.created_by"
);
/// Joined to `k.id`: an invitation, its account, and the membership of its inviter.
macro_rules! invitation_and_inviter {
    () => {
        " LEFT JOIN invitation i ON i.id = k.id LEFT JOIN account a ON a.id = i.account LEFT JOIN member m ON m.account = a.id AND m.user = i.invited_by"
    };
}
const INVITATION: &str =
    concat!("SELECT ", invitation_columns!("i."), ", ", account_and_member!(), " FROM (SELECT ?1 AS id) k", invitation_and_inviter!());
/// Like [`INVITATION`], with the caller and the caller's membership in the account.
const CALLER_AND_INVITATION: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    caller_columns!(),
    ", ",
    invitation_columns!("i."),
    ", ",
    account_and_member!(),
    ", g.role AS caller_member_role, g.joined_at AS caller_member_joined_at FROM (SELECT ?1 AS token, ?2 AS id) k",
    " LEFT JOIN session s ON s.token = k.token LEFT JOIN user u ON u.id = s.user",
    invitation_and_inviter!(),
    " LEFT JOIN member g ON g.account = a.id AND g.user = u.id"
);
/// Whether the user with the email is a member, and the pending invitation of the email.
macro_rules! invitee {
    ($more:expr) => {
        concat!(
            "SELECT EXISTS (SELECT 1 FROM member m JOIN user u ON u.id = m.user WHERE m.account = ?1 AND u.email = ?2) AS member, ",
            $more, invitation_columns!("i."),
            " FROM (SELECT ?1 AS account, ?2 AS email) k LEFT JOIN invitation i ON i.account = k.account AND i.email = k.email AND i.state = 'pending'"
        )
    };
}
const INVITEE: &str = invitee!("");
const INVITEE_AND_MAILS: &str = invitee!(
    "(SELECT count(*) FROM mail WHERE recipient = ?2 AND kind = 'invitation' AND created_at > ?3) AS to_address, \
    (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = ?1 AND at > ?3 AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') AS from_account, "
);

/// Whether the lookup resolves the credential in its own statement. Permission tokens, and API keys used for an account other than
/// their own, are rare and use single lookups.
pub(super) fn resolves_credential(load: &Load, lookup: &Lookup) -> bool {
    matches!(
        (lookup, &load.credential),
        (Lookup::CallerIn(AccountRef::Id(_) | AccountRef::ActiveOf(UserRef::Caller)), Some(Credential::Session(_)))
            | (Lookup::CallerIn(AccountRef::ActiveOf(UserRef::Caller)), Some(Credential::ApiKey(_)))
            | (Lookup::CallerAndInvitation(_), Some(Credential::Session(_)))
    )
}

/// The entry of a lookup for which [`resolves_credential`] is true.
pub(super) fn with_credential<'l>(load: &'l Load, lookup: &'l Lookup) -> Entry<'l> {
    match (lookup, &load.credential) {
        (Lookup::CallerAndInvitation(id), _) => {
            let statement = statement!(CALLER_AND_INVITATION, secret(load), id.to_string());
            Entry::of_row(statement, |snapshot, row| {
                let user = read_session(snapshot, row)?;
                read_invitation(snapshot, *id, row)?;
                read_caller_member(snapshot, row, user)
            })
        }
        (Lookup::CallerIn(AccountRef::Id(id)), _) => {
            Entry::of_row(statement!(SESSION_IN, secret(load), id.to_string()), |snapshot, row| {
                let user = read_session(snapshot, row)?;
                read_account(snapshot, row, Some(*id), user)
            })
        }
        (_, Some(Credential::ApiKey(_))) => Entry::of_row(statement!(API_KEY_IN_OWN, secret(load)), |snapshot, row| {
            let key = row.opt_text("id").map(|_| rows::api_key(row)).transpose()?;
            let creator = key.as_ref().map(|key| key.created_by);
            snapshot.credential = ResolvedCredential::ApiKey(key);
            read_account(snapshot, row, None, creator)
        }),
        _ => Entry::of_row(statement!(SESSION_IN_ACTIVE, secret(load)), |snapshot, row| {
            let user = read_session(snapshot, row)?;
            read_account(snapshot, row, None, user)
        }),
    }
}

/// [`Lookup::CallerIn`] as single lookups, for a credential that is resolved by a statement of its own.
pub(super) fn caller_in_parts<'l>(load: &'l Load, of: &'l AccountRef) -> [Entry<'l>; 3] {
    [account::account(load, of), caller::membership(load, of.clone(), &UserRef::Caller), account::roles(load, of)]
}

pub(super) fn invitation_with_inviter<'l>(id: InvitationId) -> Entry<'l> {
    Entry::of_row(statement!(INVITATION, id.to_string()), move |snapshot, row| read_invitation(snapshot, id, row))
}

pub(super) fn invitee_by_email(account: AccountId, email: &Email, mails_since: Option<Timestamp>) -> Entry<'_> {
    let statement = match mails_since {
        Some(since) => statement!(INVITEE_AND_MAILS, account.to_string(), email.as_str(), since.millis()),
        None => statement!(INVITEE, account.to_string(), email.as_str()),
    };
    Entry::of_row(statement, move |snapshot, row| {
        snapshot.facts.insert(Fact::EmailIsMember(account, email.clone()), FactValue::Integer(row.integer("member")?));
        if mails_since.is_some() {
            let mails = InvitationMails { to_address: row.integer("to_address")?, from_account: row.integer("from_account")? };
            snapshot.invitation_mails.insert(account, mails);
        }
        let pending = row.opt_text("id").map(|_| rows::invitation(row)).transpose()?;
        let id = pending.as_ref().map(|invitation| invitation.id);
        snapshot.facts.insert(Fact::PendingInvitation(account, email.clone()), id.into());
        snapshot.invitations.extend(pending.map(|invitation| (invitation.id, Some(invitation))));
        Ok(())
    })
}

fn read_invitation(snapshot: &mut Snapshot, id: InvitationId, row: &Row) -> Result<(), Fault> {
    let invitation = row.opt_text("id").map(|_| rows::invitation(row)).transpose()?;
    let (account, inviter) = invitation.as_ref().map(|i| (i.account, i.invited_by)).unzip();
    snapshot.invitations.insert(id, invitation);
    read_account(snapshot, row, account, inviter)
}

/// Reads the caller's membership in the account of an invitation.
fn read_caller_member(snapshot: &mut Snapshot, row: &Row, user: Option<UserId>) -> Result<(), Fault> {
    if let (Some(account), Some(user)) = (row.opt_text("account_id").and_then(AccountId::parse), user) {
        let role = row.opt_text("caller_member_role").map(RoleCode::restore);
        let member = role
            .map(|role| Ok::<_, Fault>(Membership { account, user, role, joined_at: row.time("caller_member_joined_at")? }))
            .transpose()?;
        snapshot.members.insert((account, user), member);
    }
    Ok(())
}

/// Reads the session and returns the id of its user; `None` if there is no such session.
fn read_session(snapshot: &mut Snapshot, row: &Row) -> Result<Option<UserId>, Fault> {
    let session = row.opt_text("session_id").map(|_| Ok::<_, Fault>((rows::session(row)?, rows::user(row)?))).transpose()?;
    let user = session.as_ref().map(|(_, user)| user.id);
    snapshot.credential = ResolvedCredential::Session(session);
    Ok(user)
}

fn read_account(snapshot: &mut Snapshot, row: &Row, named: Option<AccountId>, user: Option<UserId>) -> Result<(), Fault> {
    let found = row.opt_text("account_id").map(|_| rows::account(row)).transpose()?;
    let Some(id) = found.as_ref().map(|account| account.id).or(named) else { return Ok(()) };
    snapshot.accounts.insert(id, found);
    snapshot.roles.insert(id, roles(id, row.text("roles")?)?);
    if let Some(user) = user {
        let member = row.opt_text("member_role").map(|_| rows::membership(row)).transpose()?;
        snapshot.members.insert((id, user), member);
    }
    Ok(())
}

fn roles(account: AccountId, json: &str) -> Result<Vec<CustomRole>, Fault> {
    let names = ["account", "code", "title", "permissions"].map(str::to_owned);
    let row = |texts: Vec<String>| {
        let values = core::iter::once(account.to_string()).chain(texts).map(Value::Text);
        rows::role(&Row(names.iter().cloned().zip(values).collect()))
    };
    parse_json_rows(json)?.into_iter().map(row).collect()
}
