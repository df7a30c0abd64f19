//! Accounts and who belongs to them.

use super::name::Name;
use super::role::RoleCode;
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::usage::WindowedCount;

/// Most members of one account: a bound for lists, exports and Delete Team.
pub const MEMBERS_MAX: i64 = 20_000;
/// Most invitations that may wait at once: a bound against invitation spam. Expired ones make room.
pub const PENDING_INVITATIONS_MAX: i64 = 20_000;
/// Most custom roles of a team: all are loaded with each decision, so they stay few.
pub const CUSTOM_ROLES_MAX: i64 = 64;
/// Most API keys of an account that are not revoked; expired ones make room: one for each service that a large product has, and few enough that a
/// person can look through them for one that nobody needs any more.
pub const API_KEYS_MAX: i64 = 200;

/// Whether an account is one person's or a team's.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AccountKind {
    /// One member, its owner, who holds everything in it.
    Personal,
    /// Members with roles, invitations, custom roles.
    Team,
}

impl AccountKind {
    /// The word on the wire and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountKind::Personal => "personal",
            AccountKind::Team => "team",
        }
    }

    /// The kind that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "personal" => Some(AccountKind::Personal),
            "team" => Some(AccountKind::Team),
            _ => None,
        }
    }
}

/// What owns resources and is billed. Its id never changes when its kind does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Personal or team.
    pub kind: AccountKind,
    /// Shown name.
    pub name: Name,
    /// INVARIANT (owner-is-admin): always a member with the role `admin`.
    pub owner: UserId,
    /// Raised by every change of the account; stamps tokens, snapshots and ETags.
    pub version: i64,
    /// When it came to be.
    pub created_at: Timestamp,
    /// Members now.
    pub members: i64,
    /// Invitations whose stored state is pending.
    pub pending_invitations: i64,
    /// Custom roles now.
    pub custom_roles: i64,
    /// API keys that are not revoked.
    pub api_keys: i64,
    /// Changes of late.
    pub changes: WindowedCount,
}

/// A user's place in an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// The account.
    pub account: AccountId,
    /// The member.
    pub user: UserId,
    /// What they may do.
    pub role: RoleCode,
    /// Since when.
    pub joined_at: Timestamp,
}
