//! The expressions that resolve a lookup key to an account or a user.

/// The id of the account that the key `?1` identifies. An invitation's id or an API key's hash identifies its account; a session's
/// hash or an email for the active account of the user; any other key is the id of an account.
macro_rules! account_id_of_ref {
    () => {
        "coalesce((SELECT account FROM invitation WHERE id = ?1), \
          (SELECT u.active_account FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1), \
          (SELECT account FROM api_key WHERE secret = ?1), \
          (SELECT active_account FROM user WHERE email = ?1), ?1)"
    };
}
pub(crate) use account_id_of_ref;

/// The id of the user that the key `?2` identifies: the user of a session's hash or of an email, the creator of an API key's hash, the
/// inviter of an invitation's id. Any other key is the id of a user.
macro_rules! user_id_of_ref {
    () => {
        "coalesce((SELECT user FROM session WHERE token = ?2), (SELECT created_by FROM api_key WHERE secret = ?2), \
          (SELECT invited_by FROM invitation WHERE id = ?2), (SELECT id FROM user WHERE email = ?2), ?2)"
    };
}
pub(crate) use user_id_of_ref;
