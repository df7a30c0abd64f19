//! Lists, a page at a time: each seeks to its place in an index and reads no more rows than it answers.

use crate::columns::{account_columns, api_key_columns, invitation_columns, session_columns, user_columns};
use crate::{Statement, statement};
use rolecall_core::id::AccountId;
use rolecall_core::model::invitation::InvitationState;
use rolecall_core::time::Timestamp;
use rolecall_core::view::Page;

pub(crate) const MEMBERSHIPS: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", m.role AS member_role FROM session s JOIN member m ON m.user = s.user JOIN account a ON a.id = m.account WHERE s.token = ?1 ORDER BY a.kind, a.id LIMIT 1000"
);
pub(crate) const SESSIONS: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM session s WHERE s.user = (SELECT user FROM session WHERE token = ?1) ORDER BY s.id DESC LIMIT 1000"
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

/// Sorts after every id.
const LAST: &str = "~";

pub(crate) fn members(account: AccountId, page: &Page) -> Statement {
    let after = page.after.as_deref().and_then(|after| after.split_once('/'));
    let (at, user) = after.unwrap_or(("-1", ""));
    statement!(MEMBERS, account.to_string(), at.parse::<i64>().unwrap_or(-1), user, i64::from(page.limit))
}

pub(crate) fn invitations(account: AccountId, state: Option<InvitationState>, now: Timestamp, page: &Page) -> Statement {
    let (account, after, limit) = (account.to_string(), page.after.as_deref().unwrap_or(LAST), i64::from(page.limit));
    match state {
        None => statement!(INVITATIONS, account, after, limit),
        Some(InvitationState::Pending) => statement!(INVITATIONS_PENDING, account, after, limit, now.millis()),
        Some(InvitationState::Expired) => statement!(INVITATIONS_EXPIRED, account, after, limit, now.millis()),
        Some(state) => statement!(INVITATIONS_OF_STATE, account, after, limit, state.as_str()),
    }
}

pub(crate) fn api_keys(account: AccountId, page: &Page) -> Statement {
    statement!(API_KEYS, account.to_string(), page.after.as_deref().unwrap_or(LAST), i64::from(page.limit))
}
