//! Lookups of an account and its custom roles, API keys, attribute policy and, for a team, contents.

use super::resolve_ref::account_id_of_ref;
use super::{Entry, account_ref, first, id_of};
use crate::database::Rows;
use crate::rows::{account_columns, api_key_columns};
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_app::ports::Load;
use rolecall_core::domain::id::{AccountId, ApiKeyId, InvitationId, UserId};
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::AccountRef;
use rolecall_core::transaction::snapshot_values::TeamContents;

pub(super) fn account<'l>(load: &Load, account: &'l AccountRef) -> Entry<'l> {
    const BY_ID: &str = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.id = ?1");
    const BY_REF: &str = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.id = ", account_id_of_ref!());
    let sql = if id_of(account).is_some() { BY_ID } else { BY_REF };
    Entry::new(statement!(sql, account_ref(load, account)), |snapshot, found| {
        let found = first(found, rows::account)?;
        if let Some(id) = found.as_ref().map(|account| account.id).or(id_of(account)) {
            snapshot.accounts.insert(id, found);
        }
        Ok(())
    })
}

pub(super) fn roles<'l>(load: &Load, account: &'l AccountRef) -> Entry<'l> {
    const BY_ID: &str = "SELECT ?1 AS key_account, account, code, title, permissions FROM role WHERE account = ?1 ORDER BY code";
    const BY_REF: &str = concat!(
        "SELECT k.a AS key_account, r.account, r.code, r.title, r.permissions FROM (SELECT ",
        account_id_of_ref!(),
        " AS a) k LEFT JOIN role r ON r.account = k.a"
    );
    let sql = if id_of(account).is_some() { BY_ID } else { BY_REF };
    Entry::new(statement!(sql, account_ref(load, account)), |snapshot, found| {
        let id = found.first().and_then(|row| row.opt_text("key_account")).and_then(AccountId::parse).or(id_of(account));
        if let Some(id) = id {
            let roles = found.iter().filter(|row| row.opt_text("code").is_some()).map(rows::role).collect::<Result<_, _>>()?;
            snapshot.roles.insert(id, roles);
        }
        Ok(())
    })
}

pub(super) fn team_contents<'l>(account: AccountId) -> Entry<'l> {
    const SQL: &str = "SELECT 'member' AS kind, m.user AS id FROM member m JOIN account a ON a.id = m.account WHERE m.account = ?1 AND m.user <> a.owner \
        UNION ALL SELECT 'invitation', id FROM invitation WHERE account = ?1 AND state = 'pending' \
        UNION ALL SELECT 'role', code FROM role WHERE account = ?1 \
        UNION ALL SELECT 'api_key', k.id FROM api_key k JOIN account a ON a.id = k.account WHERE k.account = ?1 AND k.created_by <> a.owner AND k.revoked_at IS NULL";
    Entry::new(statement!(SQL, account.to_string()), move |snapshot, found| {
        snapshot.contents.insert(account, read_contents(found)?);
        Ok(())
    })
}

fn read_contents(found: &Rows) -> Result<TeamContents, Fault> {
    let mut contents = TeamContents::default();
    for row in found {
        match row.text("kind")? {
            "member" => contents.members.push(row.parse("id", UserId::parse)?),
            "invitation" => contents.invitations.push(row.parse("id", InvitationId::parse)?),
            "role" => contents.roles.push(RoleCode::restore(row.text("id")?)),
            _ => contents.api_keys.push(row.parse("id", ApiKeyId::parse)?),
        }
    }
    Ok(contents)
}

pub(super) fn expired_api_key<'l>(account: AccountId, now: Timestamp) -> Entry<'l> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM api_key WHERE account = ?1 AND revoked_at IS NULL AND expires_at <= ?2) AS found";
    Entry::new(statement!(SQL, account.to_string(), now.millis()), move |snapshot, found| {
        snapshot.expired_api_keys.insert(account, first(found, |row| row.integer("found"))? == Some(1));
        Ok(())
    })
}

pub(super) fn api_key<'l>(id: ApiKeyId) -> Entry<'l> {
    const SQL: &str = concat!("SELECT ", api_key_columns!(), " FROM api_key WHERE id = ?1");
    Entry::new(statement!(SQL, id.to_string()), move |snapshot, found| {
        snapshot.api_keys.insert(id, first(found, rows::api_key)?);
        Ok(())
    })
}

pub(super) fn attribute_policy<'l>(load: &Load, account: &AccountRef) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT k.a AS key_account, p.account AS policy_account, p.document, p.revision, p.updated_by, p.updated_at FROM (SELECT ",
        account_id_of_ref!(),
        " AS a) k LEFT JOIN attribute_policy p ON p.account = k.a"
    );
    Entry::new(statement!(SQL, account_ref(load, account)), |snapshot, found| {
        if let Some(row) = found.first()
            && let Some(id) = row.opt_text("key_account").and_then(AccountId::parse)
        {
            let policy = row.opt_text("policy_account").map(|_| rows::attribute_policy(row)).transpose()?;
            snapshot.attribute_policies.insert(id, policy);
        }
        Ok(())
    })
}
