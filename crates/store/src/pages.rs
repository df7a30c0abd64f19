//! Lists, a page at a time: each seeks to its place in an index and reads no more rows than it answers.

use crate::columns::{account_columns, api_key_columns, invitation_columns, session_columns, user_columns};
use crate::{Statement, statement};
use rolecall_core::decision::profile::OWN_MEMBERSHIPS_MAX;
use rolecall_core::domain::account::AccountKind;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::session::{SESSION_IDLE_SECONDS, SESSION_SECONDS};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::Page;

/// A stretch of the session's user's accounts: personal ones, then teams, each in order of ids. Two stretches, since an
/// order over both kinds would sort all of them for every page; who reads puts them together and cuts.
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
/// With the account that they act in, wherever it stands in that order.
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

/// Sorts after every id.
const LAST: &str = "~";

/// A page of the caller's memberships; the position is the kind and id of the last item seen.
pub(crate) fn memberships(session: String, page: &Page) -> Statement {
    let (personal, team) = match page.after.as_deref().and_then(|after| after.split_once('/')) {
        None => ("", ""),
        Some((kind, id)) if kind == AccountKind::Personal.as_str() => (id, ""),
        Some((_, id)) => (LAST, id),
    };
    statement!(MEMBERSHIPS, session, personal, team, i64::from(page.limit))
}

/// The first memberships, at most so many of each kind, and the one that the caller acts in.
pub(crate) fn own_memberships(session: String) -> Statement {
    statement!(MEMBERSHIPS_AND_ACTIVE, session, "", "", i64::from(OWN_MEMBERSHIPS_MAX) + 1)
}

/// Live sessions, newest first.
pub(crate) fn sessions(session: String, now: Timestamp, page: &Page) -> Statement {
    let since = |seconds: i64| now.plus_seconds(-seconds).millis();
    let after = page.after.as_deref().unwrap_or(LAST);
    statement!(SESSIONS, session, after, i64::from(page.limit), since(SESSION_SECONDS), since(SESSION_IDLE_SECONDS))
}

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
