//! Lookups of the caller: the credential, prior responses under the idempotency key, memberships and sessions.

use super::resolve_ref::{account_id_of_ref, user_id_of_ref};
use super::{Entry, account_ref, all, first, secret, user_ref};
use crate::database::Row;
use crate::rows::{api_key_columns, caller_columns, session_columns, user_columns};
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_app::ports::{Load, PriorResponse};
use rolecall_core::domain::id::{AccountId, SessionId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::lookup::{AccountRef, UserRef};
use rolecall_core::transaction::snapshot_values::ResolvedCredential;

/// The owner of the credential. Without a credential the statement still runs and finds no row, so that every load has it at the same
/// position.
pub(super) fn credential(load: &Load) -> Entry<'_> {
    const SESSION: &str =
        concat!("SELECT ", session_columns!(), ", ", caller_columns!(), " FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1");
    const API_KEY: &str = concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE secret = ?1");
    const USER: &str = concat!("SELECT ", user_columns!(), " FROM user u WHERE u.id = ?1");
    let sql = match &load.credential {
        None | Some(Credential::Session(_)) => SESSION,
        Some(Credential::ApiKey(_)) => API_KEY,
        Some(Credential::Token(_)) => USER,
    };
    Entry::new(statement!(sql, secret(load)), |snapshot, found| {
        snapshot.credential = match &load.credential {
            None => ResolvedCredential::None,
            Some(Credential::Session(_)) => ResolvedCredential::Session(first(found, |row| Ok((rows::session(row)?, rows::user(row)?)))?),
            Some(Credential::ApiKey(_)) => ResolvedCredential::ApiKey(first(found, rows::api_key)?),
            Some(Credential::Token(_)) => ResolvedCredential::Token(first(found, rows::user)?),
        };
        Ok(())
    })
}

/// The responses stored under an idempotency key, for the owner of the credential and for the principal `anonymous`.
pub(super) fn prior_responses<'l>(load: &Load, key: &str, anonymous: &str) -> Entry<'l> {
    const SQL: &str = "SELECT principal, fingerprint, kind, body FROM idempotency WHERE key = ?1 AND principal IN (coalesce((SELECT user FROM session WHERE token = ?2), (SELECT id FROM api_key WHERE secret = ?2), ?3), ?3)";
    let response = |row: &Row| {
        let text = |column: &str| row.text(column).map(str::to_owned);
        Ok::<_, Fault>((text("principal")?, PriorResponse { fingerprint: text("fingerprint")?, kind: text("kind")?, body: text("body")? }))
    };
    Entry {
        statement: statement!(SQL, key, secret(load), anonymous),
        read: Box::new(move |loaded, found| {
            loaded.prior_responses = all(found, response)?;
            Ok(())
        }),
    }
}

pub(super) fn membership<'l>(load: &Load, account: AccountRef, user: &UserRef) -> Entry<'l> {
    const BY_ID: &str = concat!(
        "SELECT k.a AS key_account, k.u AS key_user, m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at FROM (SELECT ?1 AS a, ",
        user_id_of_ref!(),
        " AS u) k LEFT JOIN member m ON m.account = k.a AND m.user = k.u"
    );
    const BY_REF: &str = concat!(
        "SELECT k.a AS key_account, k.u AS key_user, m.account AS member_account, m.user AS member_user, m.role AS member_role, m.joined_at FROM (SELECT ",
        account_id_of_ref!(),
        " AS a, ",
        user_id_of_ref!(),
        " AS u) k LEFT JOIN member m ON m.account = k.a AND m.user = k.u"
    );
    let sql = if matches!(account, AccountRef::Id(_)) { BY_ID } else { BY_REF };
    Entry::new(statement!(sql, account_ref(load, &account), user_ref(load, user)), |snapshot, found| {
        let Some(row) = found.first() else { return Ok(()) };
        let key = (row.opt_text("key_account").and_then(AccountId::parse), row.opt_text("key_user").and_then(UserId::parse));
        if let (Some(account), Some(user)) = key {
            let member = row.opt_text("member_role").map(|_| rows::membership(row)).transpose()?;
            snapshot.members.insert((account, user), member);
        }
        Ok(())
    })
}

pub(super) fn session<'l>(load: &Load, id: SessionId) -> Entry<'l> {
    const SQL: &str =
        concat!("SELECT ", session_columns!(), " FROM session s WHERE s.id = ?1 AND s.user = (SELECT user FROM session WHERE token = ?2)");
    Entry::new(statement!(SQL, id.to_string(), secret(load)), move |snapshot, found| {
        snapshot.caller_sessions.insert(id, first(found, rows::session)?);
        Ok(())
    })
}
