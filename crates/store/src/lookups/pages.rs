//! Lookups of list pages (keyset pagination): each seeks in an index and reads only the rows that it returns.

use super::{Entry, all};
use crate::database::Rows;
use crate::rows::{account_columns, api_key_columns, invitation_columns, session_columns, user_columns};
use crate::{audit_log, rows, statement};
use rolecall_app::Fault;
use rolecall_core::decision::profile::OWN_MEMBERSHIPS_MAX;
use rolecall_core::domain::account::AccountKind;
use rolecall_core::domain::audit::AuditFilter;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::session::{SESSION_IDLE_SECONDS, SESSION_SECONDS};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::{Page, Snapshot};

/// The accounts of the session's user: up to `?4` personal accounts and up to `?4` teams, each ordered by id. One query over both
/// kinds would sort all accounts for every page; the use case merges the two lists and truncates the result.
macro_rules! memberships {
    ($more:expr) => {
        concat!(
            "SELECT * FROM (SELECT ",
            account_columns!(),
            ", m.role AS member_role FROM session s CROSS JOIN account a ON a.owner = s.user AND a.kind = 'personal' CROSS JOIN member m \
            ON m.account = a.id AND m.user = s.user WHERE s.token = ?1 AND a.id > ?2 ORDER BY a.id LIMIT ?4)",
            " UNION ALL SELECT * FROM (SELECT ",
            account_columns!(),
            ", m.role AS member_role FROM session s CROSS JOIN member m ON m.user = s.user CROSS JOIN account a ON a.id = m.account AND a.kind = 'team' \
            WHERE s.token = ?1 AND m.account > ?3 ORDER BY m.account LIMIT ?4)",
            $more
        )
    };
}
const MEMBERSHIPS: &str = memberships!("");
/// Like [`MEMBERSHIPS`], with the user's active account as a further row.
const MEMBERSHIPS_AND_ACTIVE: &str = memberships!(concat!(
    " UNION ALL SELECT ",
    account_columns!(),
    ", m.role AS member_role FROM session s CROSS JOIN user u ON u.id = s.user CROSS JOIN account a ON a.id = u.active_account \
    CROSS JOIN member m ON m.account = a.id AND m.user = u.id WHERE s.token = ?1"
));
const SESSIONS: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM session s WHERE s.user = (SELECT user FROM session WHERE token = ?1) AND s.id < ?2 AND s.created_at > ?4 AND s.last_seen_at > ?5 \
    ORDER BY s.id DESC LIMIT ?3"
);
const MEMBERS: &str = concat!(
    "SELECT m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at, ",
    user_columns!(),
    " FROM member m JOIN user u ON u.id = m.user WHERE m.account = ?1 AND (m.joined_at, m.user) > (?2, ?3) ORDER BY m.joined_at, m.user LIMIT ?4"
);
const INVITATIONS: &str =
    concat!("SELECT ", invitation_columns!(), " FROM invitation WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
const INVITATIONS_OF_STATE: &str =
    concat!("SELECT ", invitation_columns!(), " FROM invitation WHERE account = ?1 AND state = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?3");
const INVITATIONS_PENDING: &str = concat!(
    "SELECT ",
    invitation_columns!(),
    " FROM invitation WHERE account = ?1 AND state = 'pending' AND id < ?2 AND (expires_at IS NULL OR expires_at > ?4) ORDER BY id DESC LIMIT ?3"
);
const INVITATIONS_EXPIRED: &str = concat!(
    "SELECT ",
    invitation_columns!(),
    " FROM invitation WHERE account = ?1 AND state IN ('pending', 'expired') AND id < ?2 AND expires_at <= ?4 ORDER BY id DESC LIMIT ?3"
);
const API_KEYS: &str =
    concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE account = ?1 AND revoked_at IS NULL AND id < ?2 ORDER BY id DESC LIMIT ?3");

/// A position after every id.
const LAST: &str = "~";

/// A page of the caller's memberships. The position is `kind/id` of the last item of the page before.
pub(super) fn memberships<'l>(session: String, page: &Page) -> Entry<'l> {
    let (personal, team) = match page.after.as_deref().and_then(|after| after.split_once('/')) {
        None => ("", ""),
        Some((kind, id)) if kind == AccountKind::Personal.as_str() => (id, ""),
        Some((_, id)) => (LAST, id),
    };
    Entry::new(statement!(MEMBERSHIPS, session, personal, team, i64::from(page.limit)), read_memberships)
}

/// The caller's first memberships, at most [`OWN_MEMBERSHIPS_MAX`] + 1 of each kind, and the membership in the active account. The
/// extra one shows whether there are more.
pub(super) fn own_memberships<'l>(session: String) -> Entry<'l> {
    Entry::new(statement!(MEMBERSHIPS_AND_ACTIVE, session, "", "", i64::from(OWN_MEMBERSHIPS_MAX) + 1), read_memberships)
}

fn read_memberships(snapshot: &mut Snapshot, found: &Rows) -> Result<(), Fault> {
    snapshot.caller_memberships = Some(all(found, |row| Ok((rows::account(row)?, RoleCode::restore(row.text("member_role")?))))?);
    Ok(())
}

/// A page of the sessions of the caller that have not expired, newest first.
pub(super) fn sessions<'l>(session: String, now: Timestamp, page: &Page) -> Entry<'l> {
    let since = |seconds: i64| now.plus_seconds(-seconds).millis();
    let after = page.after.as_deref().unwrap_or(LAST);
    let statement = statement!(SESSIONS, session, after, i64::from(page.limit), since(SESSION_SECONDS), since(SESSION_IDLE_SECONDS));
    Entry::new(statement, |snapshot, found| {
        snapshot.caller_session_page = Some(all(found, rows::session)?);
        Ok(())
    })
}

pub(super) fn members<'l>(account: AccountId, page: &Page) -> Entry<'l> {
    let after = page.after.as_deref().and_then(|after| after.split_once('/'));
    let (at, user) = after.unwrap_or(("-1", ""));
    let statement = statement!(MEMBERS, account.to_string(), at.parse::<i64>().unwrap_or(-1), user, i64::from(page.limit));
    Entry::new(statement, |snapshot, found| {
        snapshot.member_page = Some(all(found, |row| Ok((rows::membership(row)?, rows::user(row)?)))?);
        Ok(())
    })
}

pub(super) fn invitations<'l>(account: AccountId, state: Option<InvitationState>, now: Timestamp, page: &Page) -> Entry<'l> {
    let (account, after, limit) = (account.to_string(), page.after.as_deref().unwrap_or(LAST), i64::from(page.limit));
    let statement = match state {
        None => statement!(INVITATIONS, account, after, limit),
        Some(InvitationState::Pending) => statement!(INVITATIONS_PENDING, account, after, limit, now.millis()),
        Some(InvitationState::Expired) => statement!(INVITATIONS_EXPIRED, account, after, limit, now.millis()),
        Some(state) => statement!(INVITATIONS_OF_STATE, account, after, limit, state.as_str()),
    };
    Entry::new(statement, |snapshot, found| {
        snapshot.invitation_page = Some(all(found, rows::invitation)?);
        Ok(())
    })
}

pub(super) fn api_keys<'l>(account: AccountId, page: &Page) -> Entry<'l> {
    let statement = statement!(API_KEYS, account.to_string(), page.after.as_deref().unwrap_or(LAST), i64::from(page.limit));
    Entry::new(statement, |snapshot, found| {
        snapshot.api_key_page = Some(all(found, rows::api_key)?);
        Ok(())
    })
}

pub(super) fn audit_log<'l>(account: AccountId, filter: &AuditFilter, page: &Page) -> Entry<'l> {
    Entry::new(audit_log::page_statement(account, filter, page), |snapshot, found| {
        snapshot.audit_page = Some(all(found, rows::event)?);
        Ok(())
    })
}

pub(super) fn unsealed<'l>(account: AccountId, limit: u32) -> Entry<'l> {
    Entry::new(audit_log::unsealed(account, limit), |snapshot, found| {
        snapshot.unsealed = Some(audit_log::read_unsealed(found)?);
        Ok(())
    })
}
