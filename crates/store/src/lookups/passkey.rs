//! Lookups of passkeys.

use super::{Entry, all, secret};
use crate::database::Row;
use crate::rows::passkey_columns;
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_app::ports::Load;
use rolecall_core::domain::passkey::CredentialId;
use rolecall_core::transaction::lookup::Snapshot;

/// The columns that [`read_user`] reads, and the tables that they are of: an identity with its user, their second factors, their active
/// account and their membership of it.
macro_rules! user_of_identity {
    () => {
        concat!(
            $crate::rows::user_columns!(),
            ", ",
            $crate::rows::account_columns!(),
            ", m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at, ",
            $crate::rows::second_factors_column!("u.id"),
            " FROM identity i JOIN user u ON u.id = i.user LEFT JOIN account a ON a.id = u.active_account \
            LEFT JOIN member m ON m.account = a.id AND m.user = u.id"
        )
    };
}
pub(super) use user_of_identity;

/// A passkey with what a sign-in by it needs: its user, their active account and their membership of it.
pub(super) fn passkey(credential: &CredentialId) -> Entry<'_> {
    const SQL: &str = concat!("SELECT ", passkey_columns!(), ", ", user_of_identity!(), " WHERE i.credential = ?1");
    Entry::new(statement!(SQL, credential.as_str()), |snapshot, found| {
        let Some(row) = found.first() else {
            snapshot.passkeys.insert(credential.clone(), None);
            return Ok(());
        };
        read_user(snapshot, row)?;
        snapshot.passkeys.insert(credential.clone(), Some(rows::passkey(row)?));
        Ok(())
    })
}

/// Reads a user with their second factors, their active account and their membership of it.
pub(super) fn read_user(snapshot: &mut Snapshot, row: &Row) -> Result<(), Fault> {
    let user = rows::user(row)?;
    let account = row.opt_text("account_id").map(|_| rows::account(row)).transpose()?;
    let member = row.opt_text("member_role").map(|_| rows::membership(row)).transpose()?;
    snapshot.second_factors.insert(user.id, rows::second_factors(row, user.id)?);
    snapshot.members.insert((user.active_account, user.id), member);
    snapshot.accounts.insert(user.active_account, account);
    snapshot.users.insert(user.id, Some(user));
    Ok(())
}

/// The passkeys of the session's user, oldest first.
pub(super) fn of_caller<'l>(load: &Load) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT ",
        passkey_columns!(),
        " FROM identity i WHERE i.user = (SELECT user FROM session WHERE token = ?1) AND i.kind = 'passkey' ORDER BY i.id"
    );
    Entry::new(statement!(SQL, secret(load)), |snapshot, found| {
        snapshot.caller_passkeys = Some(all(found, rows::passkey)?);
        Ok(())
    })
}
