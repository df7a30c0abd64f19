//! The columns of each table as loads select them, with names that stay distinct in joins, and the expressions that resolve a
//! lookup key to an account or a user.

/// The id of the account that the key `?1` identifies. An invitation's id or an API key's hash identifies its account; a session's
/// hash or an email for the active account of the user; any other key is the id of an account.
macro_rules! account_key {
    () => {
        "coalesce((SELECT account FROM invitation WHERE id = ?1), \
          (SELECT u.active_account FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1), \
          (SELECT account FROM api_key WHERE secret = ?1), \
          (SELECT active_account FROM user WHERE email = ?1), ?1)"
    };
}

pub(crate) use account_key;

/// The id of the user that the key `?2` identifies: the user of a session's hash or of an email, the creator of an API key's hash, the
/// inviter of an invitation's id. Any other key is the id of a user.
macro_rules! user_key {
    () => {
        "coalesce((SELECT user FROM session WHERE token = ?2), (SELECT created_by FROM api_key WHERE secret = ?2), \
          (SELECT invited_by FROM invitation WHERE id = ?2), (SELECT id FROM user WHERE email = ?2), ?2)"
    };
}

macro_rules! account_columns {
    () => {
        "a.id AS account_id, a.kind, a.name AS account_name, a.owner, a.version, a.created_at AS account_created_at, a.members, a.pending_invitations, a.custom_roles, a.api_keys, a.hour AS account_hour, a.hour_changes AS account_changes"
    };
}
pub(crate) use account_columns;

macro_rules! user_columns {
    () => {
        "u.id AS user_id, u.email AS user_email, u.name AS user_name, u.active_account, u.created_at AS user_created_at"
    };
}
pub(crate) use user_columns;

/// The columns of a user with the counters of the user's quotas.
macro_rules! caller_columns {
    () => {
        concat!(
            $crate::columns::user_columns!(),
            ", u.hour AS user_hour, u.hour_changes, u.hour_invitations, u.day AS user_day, u.day_teams"
        )
    };
}
pub(crate) use caller_columns;

macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.user AS session_user, s.token, s.user_agent, s.created_at AS session_created_at, s.last_seen_at"
    };
}
pub(crate) use session_columns;

macro_rules! invitation_columns {
    () => {
        $crate::columns::invitation_columns!("")
    };
    // With the alias of the joined table and its dot.
    ($of:literal) => {
        concat!(
            $of,
            "id, ",
            $of,
            "account, ",
            $of,
            "email, ",
            $of,
            "role, ",
            $of,
            "state, ",
            $of,
            "link_version, ",
            $of,
            "lifetime, ",
            $of,
            "expires_at, ",
            $of,
            "invited_by, ",
            $of,
            "created_at, ",
            $of,
            "closed_by"
        )
    };
}
pub(crate) use invitation_columns;

macro_rules! api_key_columns {
    () => {
        $crate::columns::api_key_columns!("")
    };
    // With the alias of the joined table and its dot.
    ($of:literal) => {
        concat!(
            $of,
            "id, ",
            $of,
            "account, ",
            $of,
            "name, ",
            $of,
            "secret, ",
            $of,
            "permissions, ",
            $of,
            "resources, ",
            $of,
            "created_by, ",
            $of,
            "created_at, ",
            $of,
            "expires_at, ",
            $of,
            "last_used_at, ",
            $of,
            "revoked_at"
        )
    };
}
pub(crate) use api_key_columns;
pub(crate) use user_key;
