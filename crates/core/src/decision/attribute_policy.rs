//! The attribute policy of an account: written, read and dropped as a whole by who manages the team.
//!
//! Its revision is the account's version that the change makes, so that a revision never comes twice.

use super::{change, nothing};
use crate::access::{Insider, enter};
use crate::authzen::parse_policy;
use crate::change::{Decided, Effect, Resource};
use crate::denial::{Denial, FieldError, Stop};
use crate::id::AccountId;
use crate::model::attribute_policy::AccountPolicy;
use crate::moment::{Data, Moment};
use crate::rules::Rules;
use crate::view::View;
use data_encoding::HEXLOWER;
use rolecall_attribute_policy::AttributePolicy;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a write answers.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    /// The policy as it is now.
    pub policy: AccountPolicy,
    /// Whether there was none before.
    pub created: bool,
}

/// Steps into the account (`team.manage`), and holds `If-Match` against the policy's revision.
fn manager<'v>(view: &'v View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<(Insider, Option<&'v AccountPolicy>), Stop> {
    let insider = enter(view, rules, moment, id)?;
    insider.require(view, rules, rules.team_manage)?;
    let current = view.attribute_policy(id)?;
    match &moment.if_match {
        Some(demanded) if !demanded.admits(current.map(|current| current.revision)) => Err(Denial::PreconditionFailed.into()),
        _ => Ok((insider, current)),
    }
}

/// What the audit log keeps of a policy: how large it is, and the hash of the document, which proves what was written.
fn about(policy: &AttributePolicy, document: &str, revision: i64) -> Data {
    let [subjects, resources, rules] = policy.size();
    let data = Data::none().with("revision", revision).with("sha256", HEXLOWER.encode(&Sha256::digest(document)));
    data.with("subjects", subjects).with("resources", resources).with("rules", rules)
}

/// Reads the policy (`team.manage`).
pub fn get(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<AccountPolicy, Stop> {
    let (_, current) = manager(view, rules, moment, id)?;
    Ok(current.cloned().ok_or(Denial::AttributePolicyNotFound)?)
}

/// Writes the policy, whole (`team.manage`). The same document again changes nothing.
pub fn put(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    document: Result<&Value, Vec<FieldError>>,
) -> Result<Decided<Written>, Stop> {
    let (insider, current) = manager(view, rules, moment, id)?;
    let document = document.map_err(Stop::Invalid)?;
    let policy = parse_policy(document).map_err(Stop::Invalid)?;
    let document = document.to_string();
    if let Some(current) = current.filter(|current| current.document == document) {
        return Ok(nothing(view, Written { policy: current.clone(), created: false }));
    }
    view.hold_version(&insider.account);
    let revision = insider.account.version + 1;
    let data = about(&policy, &document, revision);
    let event = moment.event(id, &insider.user, "attribute-policy.update", Resource::new("attribute_policy", id), data);
    let policy = AccountPolicy { account: id, document, policy, revision, updated_by: insider.user.id, updated_at: moment.now };
    let written = Written { policy: policy.clone(), created: current.is_none() };
    Ok(change(view, vec![Effect::PutAttributePolicy(policy)], vec![event], written))
}

/// Drops the policy (`team.manage`). There is none: nothing changes.
pub fn delete(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<Decided<()>, Stop> {
    let (insider, current) = manager(view, rules, moment, id)?;
    let Some(current) = current else { return Ok(nothing(view, ())) };
    let data = about(&current.policy, &current.document, current.revision);
    let event = moment.event(id, &insider.user, "attribute-policy.delete", Resource::new("attribute_policy", id), data);
    Ok(change(view, vec![Effect::DropAttributePolicy(id)], vec![event], ()))
}
