//! Attribute policy of an account, as stored.

use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use rolecall_attribute_policy::RuleSet;

/// Attribute policy of an account. An account has at most one, and an update replaces it as a whole.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the attribute policy resource of the HTTP contract")]
pub struct AttributePolicy {
    pub account: AccountId,
    /// JSON text, as returned by the API.
    pub document: String,
    /// Rules parsed from `document`.
    pub rules: RuleSet,
    /// Account version that the last update resulted in; the ETag of the policy.
    pub revision: i64,
    pub updated_by: UserId,
    pub updated_at: Timestamp,
}
