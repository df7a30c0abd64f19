//! An account's attribute policy as it is kept.

use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use rolecall_attribute_policy::RuleSet;

/// The attribute policy of an account. There is at most one, and it changes as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributePolicy {
    /// Whose.
    pub account: AccountId,
    /// The JSON text, as it is answered.
    pub document: String,
    /// What the text says.
    pub rules: RuleSet,
    /// The account's version that this text made; its ETag.
    pub revision: i64,
    /// Who wrote it last.
    pub updated_by: UserId,
    /// When.
    pub updated_at: Timestamp,
}
