//! What most requests begin with, as one row each: the caller stepping into an account, somebody looking at an
//! invitation, and whether an email can be invited. Each says what the wants that it stands for say one by one in
//! `load`, for a quarter of the cost: a statement of a batch costs more than a join on a key.

use crate::columns::{account_columns, api_key_columns, caller_columns, invitation_columns, session_columns};
use crate::load::named;
use crate::rows::{self, json_texts};
use crate::{Row, Statement, Value, statement};
use rolecall_app::Fault;
use rolecall_app::ports::Load;
use rolecall_core::domain::account::Membership;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::role::{CustomRole, RoleCode};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use rolecall_core::transaction::snapshot::{InvitationMails, ResolvedCredential, Snapshot};

/// The account's custom roles as JSON, `[[code, title, permissions], …]`; empty where there is no account.
macro_rules! roles {
    () => {
        "(SELECT json_group_array(json_array(code, title, permissions)) FROM (SELECT code, title, permissions FROM role WHERE account = a.id ORDER BY code)) AS roles"
    };
}

/// An account, somebody's place in it, its custom roles.
macro_rules! inside {
    () => {
        concat!(account_columns!(), ", m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at, ", roles!())
    };
}

/// A caller by session in the account with this id.
macro_rules! by_session {
    ($account:literal) => {
        concat!(
            "SELECT ",
            session_columns!(),
            ", ",
            caller_columns!(),
            ", ",
            inside!(),
            " FROM (SELECT ?1 AS token) k LEFT JOIN session s ON s.token = k.token LEFT JOIN user u ON u.id = s.user",
            " LEFT JOIN account a ON a.id = ",
            $account,
            " LEFT JOIN member m ON m.account = a.id AND m.user = u.id"
        )
    };
}
const SESSION_IN: &str = by_session!("?2");
const SESSION_AT_HOME: &str = by_session!("u.active_account");
/// An API key in its own account, with the place in it of whoever made the key.
const KEY_AT_HOME: &str = concat!(
    "SELECT ",
    api_key_columns!("c."),
    ", ",
    inside!(),
    " FROM (SELECT ?1 AS secret) k LEFT JOIN api_key c ON c.secret = k.secret",
    " LEFT JOIN account a ON a.id = c.account LEFT JOIN member m ON m.account = a.id AND m.user = c.created_by"
);
/// Joined to `k.id`: an invitation with its account and the place in it of who sent the invitation.
macro_rules! through_invitation {
    () => {
        " LEFT JOIN invitation i ON i.id = k.id LEFT JOIN account a ON a.id = i.account LEFT JOIN member m ON m.account = a.id AND m.user = i.invited_by"
    };
}
const INVITATION: &str = concat!("SELECT ", invitation_columns!("i."), ", ", inside!(), " FROM (SELECT ?1 AS id) k", through_invitation!());
/// The same with the caller, and the caller's place in the account.
const GUEST: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    caller_columns!(),
    ", ",
    invitation_columns!("i."),
    ", ",
    inside!(),
    ", g.role AS guest_role, g.joined_at AS guest_joined_at FROM (SELECT ?1 AS token, ?2 AS id) k",
    " LEFT JOIN session s ON s.token = k.token LEFT JOIN user u ON u.id = s.user",
    through_invitation!(),
    " LEFT JOIN member g ON g.account = a.id AND g.user = u.id"
);
/// Whether whoever has an email is a member, and the invitation that waits for it.
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

/// The account that these wants let the caller step into, and the wants that are left. None where they begin
/// otherwise, or the credential is of a kind that is rare here.
pub(crate) fn caller(load: &Load) -> Option<(&AccountRef, &[Lookup])> {
    let [Lookup::Account(account), Lookup::Member(second, UserRef::Caller), Lookup::Roles(third), rest @ ..] = load.lookups.as_slice()
    else {
        return None;
    };
    let known = matches!(
        (&load.credential, account),
        (Some(Credential::Session(_)), AccountRef::Id(_))
            | (Some(Credential::Session(_) | Credential::ApiKey(_)), AccountRef::ActiveOf(UserRef::Caller))
    );
    (known && account == second && account == third).then_some((account, rest))
}

/// The invitation that these wants look at, and the wants that are left.
pub(crate) fn invitation(lookups: &[Lookup]) -> Option<(InvitationId, &[Lookup])> {
    let [
        Lookup::Invitation(id),
        Lookup::Account(first),
        Lookup::Roles(second),
        Lookup::Member(third, UserRef::Inviter(inviter)),
        rest @ ..,
    ] = lookups
    else {
        return None;
    };
    let account = AccountRef::OfInvitation(*id);
    (inviter == id && [first, second, third].into_iter().all(|other| *other == account)).then_some((*id, rest))
}

/// The same where the caller comes by session and is asked about in the invitation's account.
pub(crate) fn guest(load: &Load) -> Option<(InvitationId, &[Lookup])> {
    let (id, [Lookup::Member(AccountRef::OfInvitation(other), UserRef::Caller), rest @ ..]) = invitation(&load.lookups)? else {
        return None;
    };
    (matches!(&load.credential, Some(Credential::Session(_))) && *other == id).then_some((id, rest))
}

/// Whether an email can be invited: account, email, and since when mails count, where they do.
pub(crate) type Invitee<'l> = (AccountId, &'l Email, Option<Timestamp>);

/// The email that these wants ask about, and the wants that are left.
pub(crate) fn invitee(lookups: &[Lookup]) -> Option<(Invitee<'_>, &[Lookup])> {
    let [Lookup::MemberByEmail(account, email), rest @ ..] = lookups else { return None };
    let (since, rest) = match rest {
        [Lookup::InvitationMails(other, Addressee::Email(to), since), rest @ ..] if other == account && to == email => (Some(*since), rest),
        rest => (None, rest),
    };
    let [Lookup::PendingInvitation(other, to), rest @ ..] = rest else { return None };
    (other == account && to == email).then_some(((*account, email, since), rest))
}

/// The statement for [`caller`].
pub(crate) fn of_caller(credential: Option<&Credential>, secret: String, account: &AccountRef) -> Statement {
    match (credential, account) {
        (Some(Credential::ApiKey(_)), _) => statement!(KEY_AT_HOME, secret),
        (_, AccountRef::Id(id)) => statement!(SESSION_IN, secret, id.to_string()),
        _ => statement!(SESSION_AT_HOME, secret),
    }
}

/// The statement for [`invitation`].
pub(crate) fn of_invitation(id: InvitationId) -> Statement {
    statement!(INVITATION, id.to_string())
}

/// The statement for [`guest`].
pub(crate) fn of_guest(secret: String, id: InvitationId) -> Statement {
    statement!(GUEST, secret, id.to_string())
}

/// The statement for [`invitee`].
pub(crate) fn of_invitee((account, email, since): Invitee<'_>) -> Statement {
    match since {
        Some(since) => statement!(INVITEE_AND_MAILS, account.to_string(), email.as_str(), since.millis()),
        None => statement!(INVITEE, account.to_string(), email.as_str()),
    }
}

/// Fills in what the row of [`of_caller`] says. Where nobody is behind the credential, that is known, and the rest may not be.
pub(crate) fn read_caller(to: &mut Snapshot, load: &Load, account: &AccountRef, row: &Row) -> Result<(), Fault> {
    let user = if let Some(Credential::ApiKey(_)) = &load.credential {
        let key = row.opt_text("id").map(|_| rows::api_key(row)).transpose()?;
        let maker = key.as_ref().map(|key| key.created_by);
        to.credential = ResolvedCredential::ApiKey(key);
        maker
    } else {
        read_session(to, row)?
    };
    read_account(to, row, named(account), user)
}

/// Fills in what the row of [`of_invitation`] says.
pub(crate) fn read_invitation(to: &mut Snapshot, id: InvitationId, row: &Row) -> Result<(), Fault> {
    let invitation = row.opt_text("id").map(|_| rows::invitation(row)).transpose()?;
    let (account, inviter) = invitation.as_ref().map(|i| (i.account, i.invited_by)).unzip();
    to.invitations.insert(id, invitation);
    read_account(to, row, account, inviter)
}

/// Fills in what the row of [`of_guest`] says.
pub(crate) fn read_guest(to: &mut Snapshot, id: InvitationId, row: &Row) -> Result<(), Fault> {
    let guest = read_session(to, row)?;
    read_invitation(to, id, row)?;
    if let (Some(account), Some(user)) = (row.opt_text("account_id").and_then(AccountId::parse), guest) {
        let role = row.opt_text("guest_role").map(RoleCode::restore);
        let member =
            role.map(|role| Ok::<_, Fault>(Membership { account, user, role, joined_at: row.time("guest_joined_at")? })).transpose()?;
        to.members.insert((account, user), member);
    }
    Ok(())
}

/// Fills in what the row of [`of_invitee`] says.
pub(crate) fn read_invitee(to: &mut Snapshot, (account, email, since): Invitee<'_>, row: &Row) -> Result<(), Fault> {
    to.email_members.insert((account, email.clone()), row.integer("member")? == 1);
    if since.is_some() {
        let mails = InvitationMails { to_address: row.integer("to_address")?, from_account: row.integer("from_account")? };
        to.invitation_mails.insert(account, mails);
    }
    let pending = row.opt_text("id").map(|_| rows::invitation(row)).transpose()?;
    to.pending.insert((account, email.clone()), pending.as_ref().map(|invitation| invitation.id));
    to.invitations.extend(pending.map(|invitation| (invitation.id, Some(invitation))));
    Ok(())
}

/// Who is behind the session of a row, if anybody.
fn read_session(to: &mut Snapshot, row: &Row) -> Result<Option<UserId>, Fault> {
    let session = row.opt_text("session_id").map(|_| Ok::<_, Fault>((rows::session(row)?, rows::user(row)?))).transpose()?;
    let user = session.as_ref().map(|(_, user)| user.id);
    to.credential = ResolvedCredential::Session(session);
    Ok(user)
}

fn read_account(to: &mut Snapshot, row: &Row, named: Option<AccountId>, user: Option<UserId>) -> Result<(), Fault> {
    let found = row.opt_text("account_id").map(|_| rows::account(row)).transpose()?;
    let Some(id) = found.as_ref().map(|account| account.id).or(named) else { return Ok(()) };
    to.accounts.insert(id, found);
    to.roles.insert(id, roles(id, row.text("roles")?)?);
    if let Some(user) = user {
        let member = row.opt_text("member_role").map(|_| rows::membership(row)).transpose()?;
        to.members.insert((id, user), member);
    }
    Ok(())
}

fn roles(account: AccountId, json: &str) -> Result<Vec<CustomRole>, Fault> {
    let names = ["account", "code", "title", "permissions"].map(str::to_owned);
    let row = |texts: Vec<String>| {
        let values = core::iter::once(account.to_string()).chain(texts).map(Value::Text);
        rows::role(&Row(names.iter().cloned().zip(values).collect()))
    };
    json_texts(json)?.into_iter().map(row).collect()
}
