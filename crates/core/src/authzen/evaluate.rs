//! Evaluations: one question or many, answered in order.

use super::evaluator::Evaluator;
use super::model::{Decision, EvaluationItem, Query, Reason, Semantic};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Answers questions about an account (`team.access`), in order, until the semantic ends it: the last answer is
/// then the one that did. A question that is not complete is answered no.
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
            Ok(query) => answer(&evaluator, query, item.explain)?,
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

fn answer(evaluator: &Evaluator<'_>, query: &Query, explain: bool) -> Result<Decision, DecisionError> {
    let subject_rights = evaluator.subject_rights(&query.subject)?;
    evaluator.evaluate(&subject_rights, &query.subject, &query.action, &query.resource, &query.context, explain)
}
