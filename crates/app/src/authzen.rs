//! Use cases of AuthZEN: evaluations in one round trip, searches in one or two.

use crate::call::{App, Call};
use crate::engine::{Attempt, query};
use crate::error::AppError;
use crate::ports::Store;
use crate::principals::{place, wants};
use rolecall_core::authzen::page::{Position, Wish};
use rolecall_core::authzen::{
    self, API_KEY, ActionSearch, Asked, Entity, Found, ResourceSearch, Semantic, SubjectSearch, USER, Verdict, key_name, member_name,
};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::AccessWant;
use rolecall_core::transaction::lookup::Want;

/// A search and the page of it that is wanted, or what is wrong with the request.
pub type Input<S> = Result<(S, Wish), Vec<FieldError>>;

/// What every question needs: who asks, and the attribute policy of the account.
fn common(call: &Call, named: Option<AccountId>) -> Vec<Want> {
    let mut list = wants(call, named);
    list.push(Want::AttributePolicy(place(call, named)));
    list
}

/// The members and keys that questions are about.
fn of_subjects<'s>(call: &Call, named: Option<AccountId>, subjects: impl Iterator<Item = &'s Entity>) -> Vec<Want> {
    let (mut members, mut keys) = (Vec::new(), Vec::new());
    for subject in subjects {
        members.extend(member_name(subject));
        keys.extend(key_name(subject));
    }
    members.sort_unstable();
    members.dedup();
    keys.sort_unstable();
    keys.dedup();
    let members = (!members.is_empty()).then_some(AccessWant::Members(members));
    let keys = (!keys.is_empty()).then_some(AccessWant::Keys(keys));
    members.into_iter().chain(keys).map(|want| Want::Access(place(call, named), want)).collect()
}

fn attempt(named: Option<AccountId>, action: &'static str) -> Option<Attempt> {
    let attempt = Attempt::at_home(action, Resource::new("access", "v1"));
    Some(Attempt { account: named, ..attempt })
}

/// `POST /access/v1/evaluation` and `…/evaluations`: answers in order, fewer than questions where the semantic ended it.
pub async fn evaluate<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    named: Option<AccountId>,
    input: Result<(Vec<Asked>, Semantic), Vec<FieldError>>,
) -> Result<Vec<Verdict>, AppError> {
    let mut list = common(call, named);
    let asked = input.iter().flat_map(|(asked, _)| asked).filter_map(|one| one.query.as_ref().ok());
    list.extend(of_subjects(call, named, asked.map(|query| query.subject.as_ref())));
    query(app, call, list, attempt(named, "access.evaluate"), |view, moment| {
        let input = input.as_ref().map(|(asked, semantic)| (asked.as_slice(), *semantic)).map_err(Clone::clone);
        authzen::evaluate(view, app.rules, moment, named, input)
    })
    .await
}

/// `POST /access/v1/search/subject`.
pub async fn subjects<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    named: Option<AccountId>,
    input: Input<SubjectSearch>,
) -> Result<Found, AppError> {
    let mut list = common(call, named);
    if let Ok((search, wish)) = &input {
        let after = match &wish.after {
            Position::Named(_) => String::new(),
            Position::Kept(id) => id.clone(),
        };
        let kept = match search.kind.as_str() {
            USER => Some(AccessWant::MembersAfter(after)),
            API_KEY => Some(AccessWant::KeysAfter(after)),
            _ => None,
        };
        list.extend(kept.map(|want| Want::Access(place(call, named), want)));
    }
    query(app, call, list, attempt(named, "access.search"), |view, moment| {
        authzen::subjects(view, app.rules, moment, named, borrowed(&input))
    })
    .await
}

/// `POST /access/v1/search/resource`.
pub async fn resources<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    named: Option<AccountId>,
    input: Input<ResourceSearch>,
) -> Result<Found, AppError> {
    let mut list = common(call, named);
    list.extend(of_subjects(call, named, input.iter().map(|(search, _)| search.subject.as_ref())));
    query(app, call, list, attempt(named, "access.search"), |view, moment| {
        authzen::resources(view, app.rules, moment, named, borrowed(&input))
    })
    .await
}

/// `POST /access/v1/search/action`.
pub async fn actions<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    named: Option<AccountId>,
    input: Input<ActionSearch>,
) -> Result<Found, AppError> {
    let mut list = common(call, named);
    list.extend(of_subjects(call, named, input.iter().map(|(search, _)| search.subject.as_ref())));
    query(app, call, list, attempt(named, "access.search"), |view, moment| {
        authzen::actions(view, app.rules, moment, named, borrowed(&input))
    })
    .await
}

fn borrowed<S>(input: &Input<S>) -> Result<(&S, &Wish), Vec<FieldError>> {
    input.as_ref().map(|(search, wish)| (search, wish)).map_err(Clone::clone)
}
