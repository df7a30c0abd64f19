//! Accounts and memberships.

use super::name::Name;
use super::role::RoleCode;
use crate::domain::activity_counts::WindowedCount;
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;

/// Upper bound of members per account, so that member lists, exports and the deletion of a team stay bounded.
pub const MEMBERS_MAX: i64 = 20_000;
/// Upper bound of pending invitations per account, against invitation spam. Expired invitations do not count.
pub const PENDING_INVITATIONS_MAX: i64 = 20_000;
/// Upper bound of custom roles per team. Every decision loads all of them.
pub const CUSTOM_ROLES_MAX: i64 = 64;
/// Upper bound of active API keys per account; revoked and expired keys do not count. The bound allows one key per service
/// of a large product and keeps the list short enough for a person to review.
pub const API_KEYS_MAX: i64 = 200;

/// Kind of an account: one person's or a team's.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AccountKind {
    /// Exactly one member, the owner, who has every permission.
    Personal,
    /// Any number of members up to [`MEMBERS_MAX`], with roles, invitations and custom roles.
    Team,
}

impl AccountKind {
    /// Name of the kind in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountKind::Personal => "personal",
            AccountKind::Team => "team",
        }
    }

    /// Parses the output of [`AccountKind::as_str`]; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "personal" => Some(AccountKind::Personal),
            "team" => Some(AccountKind::Team),
            _ => None,
        }
    }
}

/// Tenant that owns resources and is billed. Converting a personal account to a team keeps its id.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the account resource of the HTTP contract")]
pub struct Account {
    pub id: AccountId,
    pub kind: AccountKind,
    pub name: Name,
    /// Owner. INVARIANT (owner-is-admin): the owner is always a member with the role `admin`.
    pub owner: UserId,
    /// Version number, incremented by every change of the account; part of tokens, snapshots and ETags.
    pub version: i64,
    pub created_at: Timestamp,
    /// Number of members.
    pub members: i64,
    /// Number of invitations whose stored state is pending, expired ones included.
    pub pending_invitations: i64,
    /// Number of custom roles.
    pub custom_roles: i64,
    /// Number of API keys that are not revoked, expired ones included.
    pub api_keys: i64,
    /// Changes of the account within the current quota window.
    pub changes: WindowedCount,
}

impl Account {
    /// A new personal account: its owner is its only member.
    pub fn personal(id: AccountId, owner: UserId, name: Name, version: i64, created_at: Timestamp) -> Self {
        Account {
            id,
            kind: AccountKind::Personal,
            name,
            owner,
            version,
            created_at,
            members: 1,
            pending_invitations: 0,
            custom_roles: 0,
            api_keys: 0,
            changes: WindowedCount::default(),
        }
    }
}

/// A field of an account with its new value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountChange {
    /// The display name.
    Name(Name),
    /// The kind.
    Kind(AccountKind),
    /// The owner, who is an admin already.
    Owner(UserId),
}

impl AccountChange {
    /// Sets the field.
    pub fn apply_to(self, account: &mut Account) {
        match self {
            AccountChange::Name(name) => account.name = name,
            AccountChange::Kind(kind) => account.kind = kind,
            AccountChange::Owner(owner) => account.owner = owner,
        }
    }

    /// Whether the change can revoke permissions, so that the account's permission tokens are checked against the database.
    pub fn revokes_rights(&self) -> bool {
        match self {
            AccountChange::Kind(_) | AccountChange::Owner(_) => true,
            AccountChange::Name(_) => false,
        }
    }
}

/// Membership of a user in an account, with one role.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the member resource of the HTTP contract")]
pub struct Membership {
    pub account: AccountId,
    pub user: UserId,
    pub role: RoleCode,
    pub joined_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip_and_other_names_are_rejected() {
        for kind in [AccountKind::Personal, AccountKind::Team] {
            assert_eq!(AccountKind::parse(kind.as_str()), Some(kind));
        }
        for text in ["", "Team", "team ", "teams"] {
            assert_eq!(AccountKind::parse(text), None, "{text:?}");
        }
    }
}
