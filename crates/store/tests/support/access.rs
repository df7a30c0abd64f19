//! AuthZEN questions as short texts.

use super::{Person, World, block_on};
use rolecall_app::{AppError, Call, authzen};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::{Action, Asked, Entity, Query, Semantic, Verdict};
use rolecall_core::id::AccountId;
use std::rc::Rc;

pub fn entity(kind: &str, id: &str) -> Rc<Entity> {
    Rc::new(Entity { kind: kind.to_owned(), id: id.to_owned(), properties: Attributes::new() })
}

pub fn action(name: &str) -> Rc<Action> {
    Rc::new(Action { name: name.to_owned(), properties: Attributes::new() })
}

/// `user:usr_…`, `pods.manage`, `pod:1` as a question.
pub fn query(subject: &str, name: &str, resource: &str) -> Asked {
    let [subject, resource] = [subject, resource].map(|text| text.split_once(':').map(|(kind, id)| entity(kind, id)).unwrap());
    Asked { query: Ok(Query { subject, action: action(name), resource, context: Rc::default() }), explain: true }
}

pub fn verdicts(world: &World, call: &Call, named: Option<AccountId>, asked: Vec<Asked>) -> Result<Vec<Verdict>, AppError> {
    block_on(authzen::evaluate(&world.app(), call, named, Ok((asked, Semantic::ExecuteAll))))
}

/// Asks one question as a person in an account.
pub fn ask(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> Verdict {
    verdicts(world, &world.call(Some(by)), Some(account), vec![query(subject, name, resource)]).unwrap().remove(0)
}

pub fn may(world: &World, by: &Person, account: AccountId, subject: &str, name: &str, resource: &str) -> bool {
    ask(world, by, account, subject, name, resource).allowed
}
