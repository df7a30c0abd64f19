//! Evaluations: one question or many, answered in order.

use super::desk::Desk;
use super::{Asked, Because, Query, Semantic, Verdict};
use crate::authz::policy_config::Rules;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::tracked_snapshot::View;

/// Answers questions about an account (`team.access`), in order, until the semantic ends it: the last answer is
/// then the one that did. A question that is not complete is answered no.
pub fn evaluate(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    named: Option<AccountId>,
    input: Result<(&[Asked], Semantic), Vec<FieldError>>,
) -> Result<Vec<Verdict>, Stop> {
    let desk = Desk::open(view, rules, moment, named)?;
    let (asked, semantic) = input.map_err(Stop::Invalid)?;
    let mut verdicts = Vec::with_capacity(asked.len());
    for one in asked {
        let verdict = match &one.query {
            Ok(query) => answer(&desk, query, one.explain)?,
            Err(errors) => Verdict { allowed: false, because: one.explain.then(|| Because::Incomplete(errors.clone())) },
        };
        let ended = semantic.ends_at(verdict.allowed);
        verdicts.push(verdict);
        if ended {
            break;
        }
    }
    Ok(verdicts)
}

fn answer(desk: &Desk<'_>, query: &Query, explain: bool) -> Result<Verdict, Stop> {
    let standing = desk.standing(&query.subject)?;
    desk.decide(&standing, &query.subject, &query.action, &query.resource, &query.context, explain)
}
