//! Role codes and the custom roles of a team.

use super::name::Name;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use core::fmt;

/// The role that every owner has (owner-is-admin).
pub const OWNER_ROLE: &str = "admin";

/// A role's code: lower-case letters, digits and hyphens, beginning with a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleCode(String);

impl RoleCode {
    /// Longest code in characters: it stands in paths, tokens, sentences and the heads of a table.
    pub const MAX: usize = 40;

    /// Reads a code; errors point at `pointer`.
    pub fn parse(text: &str, pointer: &str) -> Result<RoleCode, FieldError> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if first && rest && text.len() <= Self::MAX {
            return Ok(RoleCode(text.to_owned()));
        }
        let detail = "A role code is 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.";
        Err(FieldError::new(pointer, "value-invalid", detail))
    }

    /// A code from a row or the policy, valid when written.
    pub fn restore(text: &str) -> RoleCode {
        RoleCode(text.to_owned())
    }

    /// The owner's role.
    pub fn owner() -> RoleCode {
        RoleCode(OWNER_ROLE.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RoleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role that a team made for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomRole {
    /// Whose role.
    pub account: AccountId,
    /// Unique in the account, and no built-in role's code.
    pub code: RoleCode,
    /// Shown title.
    pub title: Name,
    /// Permission codes in the policy's order; codes that the policy no longer knows grant nothing.
    pub permissions: Vec<String>,
}
