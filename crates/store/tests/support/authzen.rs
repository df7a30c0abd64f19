//! AuthZEN evaluations in short notation.

use super::{Person, World, block_on, fresh_output};
use rolecall_app::{AppError, RequestContext, attribute_policies, authzen};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::{Action, Decision, Entity, EvaluationItem, Query, Semantic};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::context::IfMatch;
use serde_json::Value;
use std::rc::Rc;

pub fn entity(kind: &str, id: &str) -> Rc<Entity> {
    Rc::new(Entity { kind: kind.to_owned(), id: id.to_owned(), properties: Attributes::new() })
}

pub fn action(name: &str) -> Rc<Action> {
    Rc::new(Action { name: name.to_owned(), properties: Attributes::new() })
}

/// An evaluation item from `type:id`, an action's name and `type:id`, as `user:usr_…`, `pods.manage`, `pod:1`.
pub fn evaluation_item(subject: &str, name: &str, resource: &str) -> EvaluationItem {
    let [subject, resource] = [subject, resource].map(|text| text.split_once(':').map(|(kind, id)| entity(kind, id)).unwrap());
    EvaluationItem { query: Ok(Query { subject, action: action(name), resource, context: Rc::default() }), explain: true }
}

pub fn decisions(
    world: &World,
    request: &RequestContext,
    named: Option<AccountId>,
    items: Vec<EvaluationItem>,
) -> Result<Vec<Decision>, AppError> {
    block_on(authzen::evaluate(&world.app(), request, named, Ok((items, Semantic::ExecuteAll))))
}

/// Evaluates one item as a person in an account.
pub fn evaluate(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> Decision {
    decisions(world, &world.request(Some(by)), Some(account), vec![evaluation_item(subject, name, resource)]).unwrap().remove(0)
}

pub fn is_allowed(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> bool {
    evaluate(world, by, account, subject, name, resource).allowed
}

/// Writes the attribute policy of an account.
pub fn put_policy(
    world: &World,
    by: &Person,
    account: AccountId,
    document: Value,
    if_match: Option<i64>,
) -> Result<AttributePolicyWrite, AppError> {
    let mut request = world.request(Some(by));
    request.ctx.if_match = if_match.map(|version| IfMatch::Versions(vec![version]));
    block_on(attribute_policies::put(&world.app(), &request, account, Ok(document), |_| None)).map(fresh_output)
}
