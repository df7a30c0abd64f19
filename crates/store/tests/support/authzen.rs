//! AuthZEN questions as short texts.

use super::{Person, World, block_on};
use rolecall_app::{AppError, RequestContext, authzen};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::{Action, Decision, Entity, EvaluationItem, Query, Semantic};
use rolecall_core::domain::id::AccountId;
use std::rc::Rc;

pub fn entity(kind: &str, id: &str) -> Rc<Entity> {
    Rc::new(Entity { kind: kind.to_owned(), id: id.to_owned(), properties: Attributes::new() })
}

pub fn action(name: &str) -> Rc<Action> {
    Rc::new(Action { name: name.to_owned(), properties: Attributes::new() })
}

/// `user:usr_…`, `pods.manage`, `pod:1` as a question.
pub fn query(subject: &str, name: &str, resource: &str) -> EvaluationItem {
    let [subject, resource] = [subject, resource].map(|text| text.split_once(':').map(|(kind, id)| entity(kind, id)).unwrap());
    EvaluationItem { query: Ok(Query { subject, action: action(name), resource, context: Rc::default() }), explain: true }
}

pub fn decisions(
    world: &World,
    request: &RequestContext,
    named: Option<AccountId>,
    asked: Vec<EvaluationItem>,
) -> Result<Vec<Decision>, AppError> {
    block_on(authzen::evaluate(&world.app(), request, named, Ok((asked, Semantic::ExecuteAll))))
}

/// Asks one question as a person in an account.
pub fn ask(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> Decision {
    decisions(world, &world.request(Some(by)), Some(account), vec![query(subject, name, resource)]).unwrap().remove(0)
}

pub fn may(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> bool {
    ask(world, by, account, subject, name, resource).allowed
}
