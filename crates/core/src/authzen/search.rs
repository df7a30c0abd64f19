//! Subject, resource and action searches (AuthZEN section 8): the candidates that an evaluation would allow, page by page.
//!
//! Candidates are members and API keys of the account, entities that its attribute policy lists, actions that the policy or a
//! rule names, and the account itself. Resources of the application are unknown to Rolecall.

use super::evaluator::{Evaluator, SubjectRights};
use super::model::{ACCOUNT_TYPES, API_KEY_SUBJECT_TYPE, Action, Entity, USER_SUBJECT_TYPE, subject_api_key_id, subject_id_or_email};
use super::page::{Cursor, PageRequest};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_attribute_policy::Attributes;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Search for the subjects of a type that may perform an action on a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectSearch {
    /// Subject type.
    pub kind: String,
    /// Properties of every candidate.
    pub properties: Attributes,
    /// The action.
    pub action: Rc<Action>,
    /// The resource.
    pub resource: Rc<Entity>,
    /// Context of the request.
    pub context: Rc<Attributes>,
}

/// Search for the resources of a type on which a subject may perform an action.
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceSearch {
    /// The subject.
    pub subject: Rc<Entity>,
    /// The action.
    pub action: Rc<Action>,
    /// Resource type.
    pub kind: String,
    /// Properties of every candidate.
    pub properties: Attributes,
    /// Context of the request.
    pub context: Rc<Attributes>,
}

/// Search for the actions that a subject may perform on a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct ActionSearch {
    /// The subject.
    pub subject: Rc<Entity>,
    /// The resource.
    pub resource: Rc<Entity>,
    /// Context of the request.
    pub context: Rc<Attributes>,
}

/// A page of results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SearchResults {
    /// Searched account.
    pub account: AccountId,
    /// Ids of subjects or resources, names of actions.
    pub names: Vec<String>,
    /// Start of the next page; None after the last.
    pub next: Option<Cursor>,
}

type Input<'s, S> = Result<(&'s S, &'s PageRequest), Vec<FieldError>>;

/// Authorises the caller, then validates the request: a page token of another account is invalid.
fn begin<'v, 's, S>(
    snapshot: &'v TrackedSnapshot,
    config: &'v PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
    input: Input<'s, S>,
) -> Result<(Evaluator<'v>, &'s S, Collector), DecisionError> {
    let evaluator = Evaluator::open(snapshot, config, ctx, named)?;
    let (search, page_request) = input.map_err(DecisionError::Invalid)?;
    if page_request.of.is_some_and(|account| account != evaluator.account.id) {
        return Err(FieldError::new("/page/token", "value-invalid", "The token is not valid for this search.").into());
    }
    let collector = Collector {
        limit: usize::try_from(page_request.limit).unwrap_or(usize::MAX),
        scan_limit: page_request.scan_limit(),
        names: Vec::new(),
        last: page_request.after.clone(),
    };
    Ok((evaluator, search, collector))
}

/// Collects results in order, up to the limit.
struct Collector {
    limit: usize,
    /// Most stored subjects that are scanned.
    scan_limit: u32,
    names: Vec<String>,
    last: Cursor,
}

impl Collector {
    /// Adds a candidate; false if the page is full. The next page then begins after the last candidate that was added or skipped.
    fn take(&mut self, found: bool, name: &str, at: Cursor) -> bool {
        if found && self.names.len() >= self.limit {
            return false;
        }
        if found {
            self.names.push(name.to_owned());
        }
        self.last = at;
        true
    }

    fn page(self, evaluator: &Evaluator<'_>, more: bool) -> SearchResults {
        SearchResults { account: evaluator.account.id, names: self.names, next: more.then_some(self.last) }
    }

    /// Id after which named candidates continue; None once stored ones have begun.
    fn named_after(&self) -> Option<String> {
        match &self.last {
            Cursor::Named(id) => Some(id.clone()),
            Cursor::Stored(_) => None,
        }
    }
}

/// Searches subjects (`team.access`).
///
/// # Errors
///
/// Those of [`crate::authz::authenticated_principal::authenticate_principal`], then `PermissionMissing`, then invalid fields.
pub fn subjects(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
    input: Input<'_, SubjectSearch>,
) -> Result<SearchResults, DecisionError> {
    let (evaluator, search, mut to) = begin(snapshot, config, ctx, named, input)?;
    let mut subject = Entity { kind: search.kind.clone(), id: String::new(), properties: search.properties.clone() };
    let mut allowed = |id: &str, subject_rights: &SubjectRights| -> Result<bool, DecisionError> {
        subject.id = id.to_owned();
        let decision = evaluator.evaluate(subject_rights, &subject, &search.action, &search.resource, &search.context, false)?;
        Ok(decision.allowed)
    };
    if let Some(after) = to.named_after() {
        let candidates = evaluator.policy.into_iter().flat_map(|policy| policy.subjects_of(&search.kind)).filter(|id| *id > after.as_str());
        let bare = |id: &str| Entity { kind: search.kind.clone(), id: id.to_owned(), properties: Attributes::new() };
        let candidates: Vec<Entity> = candidates.map(bare).collect();
        let (members, keys) =
            (candidates.iter().filter_map(subject_id_or_email).collect(), candidates.iter().filter_map(subject_api_key_id).collect());
        evaluator.snapshot.require_entities(evaluator.account.id, members, keys)?;
        for candidate in &candidates {
            let (id, subject_rights) = (&candidate.id, evaluator.subject_rights(candidate)?);
            // Members and API keys of the account follow among the stored subjects, under their own id.
            let found = !subject_rights.is_known_to_account() && allowed(id, &subject_rights)?;
            if !to.take(found, id, Cursor::Named(id.clone())) {
                return Ok(to.page(&evaluator, true));
            }
        }
    }
    let after = match &to.last {
        Cursor::Named(_) => "",
        Cursor::Stored(id) => id.as_str(),
    };
    let stored_subjects = stored_subjects(&evaluator, &search.kind, after, to.scan_limit)?;
    for (id, subject_rights) in &stored_subjects {
        let found = allowed(id, subject_rights)?;
        if !to.take(found, id, Cursor::Stored(id.clone())) {
            return Ok(to.page(&evaluator, true));
        }
    }
    let more = stored_subjects.len() >= usize::try_from(to.scan_limit).unwrap_or(usize::MAX);
    Ok(to.page(&evaluator, more))
}

/// At most `limit` members or API keys of the account after an id, in order.
fn stored_subjects(evaluator: &Evaluator<'_>, kind: &str, after: &str, limit: u32) -> Result<Vec<(String, SubjectRights)>, DecisionError> {
    match kind {
        USER_SUBJECT_TYPE => {
            let members = evaluator.snapshot.next_members(evaluator.account.id, after, limit)?.iter();
            members.map(|member| Ok((member.user.to_string(), evaluator.member_rights(member)?))).collect()
        }
        API_KEY_SUBJECT_TYPE => {
            let keys = evaluator.snapshot.next_keys(evaluator.account.id, after, limit)?.iter();
            keys.map(|key| Ok((key.key.id.to_string(), evaluator.key_rights(key)?))).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// Evaluates named candidates in order.
fn walk(
    evaluator: &Evaluator<'_>,
    mut to: Collector,
    candidates: BTreeSet<&str>,
    mut allowed: impl FnMut(&str) -> Result<bool, DecisionError>,
) -> Result<SearchResults, DecisionError> {
    let Some(after) = to.named_after() else { return Ok(to.page(evaluator, false)) };
    for id in candidates.into_iter().filter(|id| *id > after.as_str()) {
        if !to.take(allowed(id)?, id, Cursor::Named(id.to_owned())) {
            return Ok(to.page(evaluator, true));
        }
    }
    Ok(to.page(evaluator, false))
}

/// Searches resources (`team.access`): those that the attribute policy lists, and the account itself.
///
/// # Errors
///
/// Those of [`subjects`].
pub fn resources(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
    input: Input<'_, ResourceSearch>,
) -> Result<SearchResults, DecisionError> {
    let (evaluator, search, to) = begin(snapshot, config, ctx, named, input)?;
    let subject_rights = evaluator.subject_rights(&search.subject)?;
    let own = evaluator.account.id.to_string();
    let mut candidates: BTreeSet<&str> = evaluator.policy.into_iter().flat_map(|policy| policy.resources_of(&search.kind)).collect();
    if ACCOUNT_TYPES.contains(&search.kind.as_str()) {
        candidates.insert(&own);
    }
    let mut resource = Entity { kind: search.kind.clone(), id: String::new(), properties: search.properties.clone() };
    walk(&evaluator, to, candidates, |id| {
        resource.id = id.to_owned();
        Ok(evaluator.evaluate(&subject_rights, &search.subject, &search.action, &resource, &search.context, false)?.allowed)
    })
}

/// Searches actions (`team.access`): those that the policy has for the resource type, and those that rules name.
///
/// # Errors
///
/// Those of [`subjects`].
pub fn actions(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
    input: Input<'_, ActionSearch>,
) -> Result<SearchResults, DecisionError> {
    let (evaluator, search, to) = begin(snapshot, config, ctx, named, input)?;
    let subject_rights = evaluator.subject_rights(&search.subject)?;
    let of_type = config.policy.permissions().iter().filter(|permission| permission.resource == search.resource.kind);
    let mut candidates: BTreeSet<&str> = of_type.flat_map(|permission| &permission.actions).map(String::as_str).collect();
    candidates.extend(evaluator.policy.into_iter().flat_map(|policy| policy.actions()));
    let mut action = Action { name: String::new(), properties: Attributes::new() };
    walk(&evaluator, to, candidates, |name| {
        action.name = name.to_owned();
        Ok(evaluator.evaluate(&subject_rights, &search.subject, &action, &search.resource, &search.context, false)?.allowed)
    })
}

#[cfg(test)]
mod tests;
