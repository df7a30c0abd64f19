//! An account's attribute policy as it is kept.

use crate::id::{AccountId, UserId};
use crate::time::Timestamp;
use rolecall_attribute_policy::AttributePolicy;

/// The attribute policy of an account. There is at most one, and it changes as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct AccountPolicy {
    /// Whose.
    pub account: AccountId,
    /// The JSON text, as it is answered.
    pub document: String,
    /// What the text says.
    pub policy: AttributePolicy,
    /// The account's version that this text made; its ETag.
    pub revision: i64,
    /// Who wrote it last.
    pub updated_by: UserId,
    /// When.
    pub updated_at: Timestamp,
}
