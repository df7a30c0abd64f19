//! Role codes and custom roles of a team.

use super::name::Name;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use core::fmt;

/// Role code of every owner (owner-is-admin).
pub const OWNER_ROLE: &str = "admin";

/// Code of a role: lower-case ASCII letters, digits and hyphens, beginning with a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleCode(String);

impl RoleCode {
    /// Maximum length in characters: codes are part of paths, tokens and table headings.
    pub const MAX: usize = 40;

    /// Parses a code of at most [`RoleCode::MAX`] characters.
    ///
    /// # Errors
    /// [`FieldError`] at `pointer` with the code `value-invalid`.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::role::RoleCode;
    ///
    /// assert_eq!(RoleCode::parse("on-call-2", "/role")?.as_str(), "on-call-2");
    /// assert_eq!(RoleCode::parse("On call", "/role").unwrap_err().code, "value-invalid");
    /// # Ok::<(), rolecall_core::domain::field_error::FieldError>(())
    /// ```
    pub fn parse(text: &str, pointer: &str) -> Result<RoleCode, FieldError> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if first && rest && text.len() <= Self::MAX {
            return Ok(RoleCode(text.to_owned()));
        }
        let detail = "A role code is 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.";
        Err(FieldError::new(pointer, "value-invalid", detail))
    }

    /// Reconstructs a code from the database or the policy, where only valid codes are stored.
    pub fn restore(text: &str) -> RoleCode {
        RoleCode(text.to_owned())
    }

    /// Code of the owner's role.
    pub fn owner() -> RoleCode {
        RoleCode(OWNER_ROLE.to_owned())
    }

    /// Text of the code.
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

/// Role defined by a team.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the role resource of the HTTP contract")]
pub struct CustomRole {
    pub account: AccountId,
    /// Code, unique within the account and different from the codes of the built-in roles.
    pub code: RoleCode,
    pub title: Name,
    /// Permission codes in the order of the policy. A code that is no longer in the policy grants nothing.
    pub permissions: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_has_1_to_40_characters() {
        for (length, valid) in [(0, false), (1, true), (RoleCode::MAX, true), (RoleCode::MAX + 1, false)] {
            assert_eq!(RoleCode::parse(&"a".repeat(length), "/role").is_ok(), valid, "{length}");
        }
    }

    #[test]
    fn a_code_begins_with_a_lower_case_letter() {
        for text in ["1a", "-a", "A", "a_b", "a.b", "a b", "ä", "a\n"] {
            let error = RoleCode::parse(text, "/role").unwrap_err();
            assert_eq!((error.pointer.as_str(), error.code), ("/role", "value-invalid"), "{text:?}");
        }
        assert!(RoleCode::parse(OWNER_ROLE, "").is_ok());
    }

    proptest! {
        #[test]
        fn a_code_is_displayed_as_the_text_it_was_parsed_from(text in "[a-z][a-z0-9-]{0,39}") {
            prop_assert_eq!(RoleCode::parse(&text, "").unwrap().to_string(), text);
        }
    }
}
