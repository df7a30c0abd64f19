//! Lookups of members and API keys for AuthZEN: by id or email, and in pages ordered by id.

use super::resolve_ref::account_id_of_ref;
use super::{Entry, all};
use crate::database::Row;
use crate::rows::api_key_columns;
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_core::domain::id::UserId;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::transaction::authzen_entities::{ApiKeyWithCreatorRole, LoadedMember};
use rolecall_core::transaction::lookup::AuthzenLookup;

/// Members by id or email, each found in its index. `CROSS JOIN` fixes the join order: the short list of names comes first, so that
/// the members are not scanned.
const MEMBERS: &str = concat!(
    "SELECT n.name, m.user AS member_user, m.role AS member_role, u.email AS user_email FROM (SELECT value AS name, \
    coalesce((SELECT id FROM user WHERE email = value), value) AS id FROM json_each(?2)) n CROSS JOIN member m ON m.account = ",
    account_id_of_ref!(),
    " AND m.user = n.id CROSS JOIN user u ON u.id = m.user"
);
const MEMBERS_AFTER: &str = concat!(
    "SELECT m.user AS member_user, m.role AS member_role, u.email AS user_email FROM member m JOIN user u ON u.id = m.user WHERE m.account = ",
    account_id_of_ref!(),
    " AND m.user > ?2 ORDER BY m.user LIMIT ?3"
);
macro_rules! key_columns {
    () => {
        concat!(api_key_columns!("k."), ", m.role AS creator_role")
    };
}
const KEYS: &str = concat!(
    "SELECT ",
    key_columns!(),
    " FROM json_each(?2) CROSS JOIN api_key k ON k.id = json_each.value AND k.account = ",
    account_id_of_ref!(),
    " LEFT JOIN member m ON m.account = k.account AND m.user = k.created_by"
);
const KEYS_AFTER: &str = concat!(
    "SELECT ",
    key_columns!(),
    " FROM api_key k LEFT JOIN member m ON m.account = k.account AND m.user = k.created_by WHERE k.account = ",
    account_id_of_ref!(),
    " AND k.revoked_at IS NULL AND k.id > ?2 ORDER BY k.id LIMIT ?3"
);

pub(super) fn entities(account: String, lookup: &AuthzenLookup) -> Entry<'_> {
    let statement = match lookup {
        AuthzenLookup::Members(names) => statement!(MEMBERS, account, rows::json_list(names)),
        AuthzenLookup::Keys(ids) => statement!(KEYS, account, rows::json_list(&ids.iter().map(ToString::to_string).collect::<Vec<_>>())),
        AuthzenLookup::NextMembers(id, limit) => statement!(MEMBERS_AFTER, account, id.as_str(), i64::from(*limit)),
        AuthzenLookup::NextKeys(id, limit) => statement!(KEYS_AFTER, account, id.as_str(), i64::from(*limit)),
    };
    Entry::new(statement, move |snapshot, found| {
        let entities = &mut snapshot.authzen;
        match lookup {
            AuthzenLookup::Members(names) => {
                entities.members.extend(names.iter().map(|name| (name.clone(), None)));
                for row in found {
                    entities.members.insert(row.text("name")?.to_owned(), Some(member(row)?));
                }
            }
            AuthzenLookup::Keys(ids) => {
                entities.keys.extend(ids.iter().map(|id| (*id, None)));
                for row in found {
                    let found = key(row)?;
                    entities.keys.insert(found.key.id, Some(found));
                }
            }
            AuthzenLookup::NextMembers(..) => entities.next_members = Some(all(found, member)?),
            AuthzenLookup::NextKeys(..) => entities.next_keys = Some(all(found, key)?),
        }
        Ok(())
    })
}

fn member(row: &Row) -> Result<LoadedMember, Fault> {
    Ok(LoadedMember {
        user: row.parse("member_user", UserId::parse)?,
        email: row.parse("user_email", rows::email)?,
        role: RoleCode::restore(row.text("member_role")?),
    })
}

fn key(row: &Row) -> Result<ApiKeyWithCreatorRole, Fault> {
    Ok(ApiKeyWithCreatorRole { key: rows::api_key(row)?, creator_role: row.opt_text("creator_role").map(RoleCode::restore) })
}
