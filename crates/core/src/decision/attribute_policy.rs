//! The attribute policy of an account, which is read, replaced and deleted as a whole.
//!
//! The revision of a policy is the version that the account gets by the same change, so that no revision is used twice.

use super::{changed, unchanged};
use crate::authz::member::{AuthenticatedMember, authenticate_member};
use crate::authz::policy_config::PolicyConfig;
use crate::authzen::parse_policy;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::transaction::audit_event::{EventData, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use data_encoding::HEXLOWER;
use rolecall_attribute_policy::RuleSet;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Output of [`put`].
#[derive(Clone, PartialEq, Debug)]
pub struct AttributePolicyWrite {
    /// The stored policy.
    pub policy: AttributePolicy,
    /// Whether the account had no policy before.
    pub created: bool,
}

/// Authenticates a member with `team.manage`, and checks `If-Match` against the revision of the policy.
fn require_team_manage<'v>(
    snapshot: &'v TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<(AuthenticatedMember, Option<&'v AttributePolicy>), DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    caller.require(snapshot, config, config.team_manage)?;
    let current = snapshot.attribute_policy(id)?;
    match &ctx.if_match {
        Some(demanded) if !demanded.admits(current.map(|current| current.revision)) => Err(Denial::PreconditionFailed.into()),
        _ => Ok((caller, current)),
    }
}

/// Event data about a policy: its size, and the hash of the document as evidence of what was written.
fn about(rules: &RuleSet, document: &str, revision: i64) -> EventData {
    let [subjects, resources, count] = rules.size();
    let data = EventData::none().with("revision", revision).with("sha256", HEXLOWER.encode(&Sha256::digest(document)));
    data.with("subjects", subjects).with("resources", resources).with("rules", count)
}

/// Reads the policy (`team.manage`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], [`Denial::PreconditionFailed`],
/// [`Denial::AttributePolicyNotFound`], in this order.
pub fn get(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AttributePolicy, DecisionError> {
    let (_, current) = require_team_manage(snapshot, config, ctx, id)?;
    Ok(current.cloned().ok_or(Denial::AttributePolicyNotFound)?)
}

/// Creates or replaces the policy (`team.manage`). The same document again changes nothing.
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], [`Denial::PreconditionFailed`], then every
/// violation of the policy language as an invalid field, in this order.
pub fn put(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    document: Result<&Value, Vec<FieldError>>,
) -> Result<Decision<AttributePolicyWrite>, DecisionError> {
    let (caller, current) = require_team_manage(snapshot, config, ctx, id)?;
    let document = document.map_err(DecisionError::Invalid)?;
    let rules = parse_policy(document).map_err(DecisionError::Invalid)?;
    let document = document.to_string();
    if let Some(current) = current.filter(|current| current.document == document) {
        return Ok(unchanged(snapshot, AttributePolicyWrite { policy: current.clone(), created: false }));
    }
    snapshot.require_version(&caller.account);
    let revision = caller.account.version + 1;
    let data = about(&rules, &document, revision);
    let event = ctx.event(id, &caller.user, "attribute-policy.update", Resource::new("attribute_policy", id), data);
    let policy = AttributePolicy { account: id, document, rules, revision, updated_by: caller.user.id, updated_at: ctx.now };
    let written = AttributePolicyWrite { policy: policy.clone(), created: current.is_none() };
    Ok(changed(snapshot, vec![Effect::PutAttributePolicy(policy)], vec![event], written))
}

/// Deletes the policy (`team.manage`). Without a policy it succeeds and changes nothing.
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], [`Denial::PreconditionFailed`], in this order.
pub fn delete(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<Decision<()>, DecisionError> {
    let (caller, current) = require_team_manage(snapshot, config, ctx, id)?;
    let Some(current) = current else { return Ok(unchanged(snapshot, ())) };
    let data = about(&current.rules, &current.document, current.revision);
    let event = ctx.event(id, &caller.user, "attribute-policy.delete", Resource::new("attribute_policy", id), data);
    Ok(changed(snapshot, vec![Effect::DropAttributePolicy(id)], vec![event], ()))
}

#[cfg(test)]
mod tests;
