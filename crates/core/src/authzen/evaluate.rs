//! Access evaluations, single and batched (AuthZEN sections 6 and 7).

use super::evaluator::Evaluator;
use super::model::{Decision, EvaluationItem, Query, Reason, Semantic};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Evaluates items about an account in order (`team.access`), until the semantic ends the batch; the last decision is then the
/// one that ended it. An incomplete item is denied.
///
/// # Errors
///
/// Those of [`authenticate_principal`](crate::authz::authenticated_principal::authenticate_principal), then `PermissionMissing`, then invalid
/// fields of the request; an invalid field at the document root if the evaluation takes too many comparisons.
///
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use rolecall_attribute_policy::Attributes;
/// use rolecall_core::authzen::{Action, Entity, EvaluationItem, Query, Semantic, evaluate};
/// use rolecall_core::testing::{Team, config, ctx};
/// use std::rc::Rc;
///
/// let team = Team::new().owner("ann").member("bob", "dev").as_caller("ann");
/// let entity = |kind: &str, id: &str| Rc::new(Entity { kind: kind.into(), id: id.into(), properties: Attributes::new() });
/// let item = |action: &str| {
///     let action = Rc::new(Action { name: action.into(), properties: Attributes::new() });
///     let (subject, resource) = (entity("user", "bob@example.com"), entity("pod", "p1"));
///     EvaluationItem { query: Ok(Query { subject, action, resource, context: Rc::default() }), explain: false }
/// };
/// let items = [item("start"), item("dance")];
/// let decisions = evaluate(&team.snapshot(), &config(), &ctx(), None, Ok((&items, Semantic::ExecuteAll))).unwrap();
/// assert_eq!(decisions.iter().map(|decision| decision.allowed).collect::<Vec<_>>(), [true, false]);
/// ```
pub fn evaluate(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
    input: Result<(&[EvaluationItem], Semantic), Vec<FieldError>>,
) -> Result<Vec<Decision>, DecisionError> {
    let evaluator = Evaluator::open(snapshot, config, ctx, named)?;
    let (items, semantic) = input.map_err(DecisionError::Invalid)?;
    let mut decisions = Vec::with_capacity(items.len());
    for item in items {
        let decision = match &item.query {
            Ok(query) => evaluate_query(&evaluator, query, item.explain)?,
            Err(errors) => Decision { allowed: false, reason: item.explain.then(|| Reason::Incomplete(errors.clone())) },
        };
        let ended = semantic.ends_at(decision.allowed);
        decisions.push(decision);
        if ended {
            break;
        }
    }
    Ok(decisions)
}

fn evaluate_query(evaluator: &Evaluator<'_>, query: &Query, explain: bool) -> Result<Decision, DecisionError> {
    let subject_rights = evaluator.subject_rights(&query.subject)?;
    evaluator.evaluate(&subject_rights, &query.subject, &query.action, &query.resource, &query.context, explain)
}

#[cfg(test)]
mod tests;
