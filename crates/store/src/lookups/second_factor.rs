//! Lookups of second factors.

use super::resolve_ref::user_id_of_ref;
use super::{Entry, passkey, user_ref};
use crate::rows::{account_columns, second_factors_column, user_columns};
use crate::{rows, statement};
use rolecall_app::ports::Load;
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::domain::id::UserId;
use rolecall_core::transaction::lookup::UserRef;

/// The second factors of a user.
pub(super) fn of_user<'l>(load: &Load, user: &UserRef) -> Entry<'l> {
    const SQL: &str =
        concat!("SELECT k.u AS key_user, ", second_factors_column!("k.u"), " FROM (SELECT ", user_id_of_ref!(), " AS u, ?1 AS unused) k");
    Entry::new(statement!(SQL, "", user_ref(load, user)), |snapshot, found| {
        let Some(row) = found.first() else { return Ok(()) };
        let Some(user) = row.opt_text("key_user").and_then(UserId::parse) else { return Ok(()) };
        snapshot.second_factors.insert(user, rows::second_factors(row, user)?);
        Ok(())
    })
}

/// Failed codes of a user: of their authenticator app, and recovery codes.
pub(super) fn attempts<'l>(load: &Load, user: &UserRef) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT k.u AS key_user, t.scope, t.failures, t.last_failure FROM (SELECT ",
        user_id_of_ref!(),
        " AS u, ?1 AS unused) k LEFT JOIN attempt t ON t.scope IN ('totp:' || k.u, 'totp-cap:' || k.u, 'recovery:' || k.u, 'recovery-cap:' || k.u)"
    );
    Entry::new(statement!(SQL, "", user_ref(load, user)), |snapshot, found| {
        let Some(user) = found.first().and_then(|row| row.opt_text("key_user")).and_then(UserId::parse) else { return Ok(()) };
        for counters in [CounterKeys::for_totp(user), CounterKeys::for_recovery_codes(user)] {
            snapshot.attempts.extend(counters.both().map(|scope| (scope, None)));
        }
        for row in found.iter().filter(|row| row.opt_text("scope").is_some()) {
            snapshot.attempts.insert(row.text("scope")?.to_owned(), Some(rows::attempts(row)?));
        }
        Ok(())
    })
}

/// A user with what the end of their sign-in needs: second factors, active account, and their membership of it.
pub(super) fn user<'l>(id: UserId) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", ",
        account_columns!(),
        ", m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at, ",
        second_factors_column!("u.id"),
        " FROM user u LEFT JOIN account a ON a.id = u.active_account LEFT JOIN member m ON m.account = a.id AND m.user = u.id WHERE u.id = ?1"
    );
    Entry::new(statement!(SQL, id.to_string()), move |snapshot, found| match found.first() {
        Some(row) => passkey::read_user(snapshot, row),
        None => {
            snapshot.users.insert(id, None);
            Ok(())
        }
    })
}
