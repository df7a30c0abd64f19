//! Searches: every subject, resource or action of which an evaluation would say yes, a page at a time.
//!
//! What can be found: members and API keys of the account, what its attribute policy lists, actions that a policy
//! names, and the account itself. Resources that live elsewhere are not Rolecall's to know.

use super::desk::{Desk, Standing};
use super::page::{Position, SCAN, Wish};
use super::{ACCOUNT_TYPES, API_KEY, Action, Entity, USER};
use crate::denial::{FieldError, Stop};
use crate::id::AccountId;
use crate::moment::Moment;
use crate::rules::Rules;
use crate::view::View;
use rolecall_attribute_policy::Attributes;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Which subjects of a type may do this?
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectSearch {
    /// The type that is looked for.
    pub kind: String,
    /// What the request says of every subject.
    pub properties: Attributes,
    /// The action.
    pub action: Rc<Action>,
    /// The resource.
    pub resource: Rc<Entity>,
    /// The circumstances.
    pub context: Rc<Attributes>,
}

/// On which resources of a type may the subject do this?
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceSearch {
    /// The subject.
    pub subject: Rc<Entity>,
    /// The action.
    pub action: Rc<Action>,
    /// The type that is looked for.
    pub kind: String,
    /// What the request says of every resource.
    pub properties: Attributes,
    /// The circumstances.
    pub context: Rc<Attributes>,
}

/// What may the subject do to the resource?
#[derive(Clone, PartialEq, Debug)]
pub struct ActionSearch {
    /// The subject.
    pub subject: Rc<Entity>,
    /// The resource.
    pub resource: Rc<Entity>,
    /// The circumstances.
    pub context: Rc<Attributes>,
}

/// A page of what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The account that was searched.
    pub account: AccountId,
    /// Ids of subjects or resources, names of actions.
    pub names: Vec<String>,
    /// Where the next page begins; None: there is none.
    pub next: Option<Position>,
}

type Input<'s, S> = Result<(&'s S, &'s Wish), Vec<FieldError>>;

/// Opens the account, then the request: a token of another account's page is no token here.
fn begin<'v, 's, S>(
    view: &'v View,
    rules: &'v Rules,
    moment: &Moment,
    named: Option<AccountId>,
    input: Input<'s, S>,
) -> Result<(Desk<'v>, &'s S, Collector), Stop> {
    let desk = Desk::open(view, rules, moment, named)?;
    let (search, wish) = input.map_err(Stop::Invalid)?;
    if wish.of.is_some_and(|account| account != desk.account.id) {
        return Err(FieldError::new("/page/token", "value-invalid", "This is no token of this search.").into());
    }
    let collector = Collector { limit: usize::try_from(wish.limit).unwrap_or(usize::MAX), names: Vec::new(), last: wish.after.clone() };
    Ok((desk, search, collector))
}

/// Takes what is found in order, up to the limit.
struct Collector {
    limit: usize,
    names: Vec<String>,
    last: Position,
}

impl Collector {
    /// Whether there was room. Without room the next page begins after the last that was looked at before.
    fn take(&mut self, found: bool, name: &str, at: Position) -> bool {
        if found && self.names.len() >= self.limit {
            return false;
        }
        if found {
            self.names.push(name.to_owned());
        }
        self.last = at;
        true
    }

    fn page(self, desk: &Desk<'_>, more: bool) -> Found {
        Found { account: desk.account.id, names: self.names, next: more.then_some(self.last) }
    }

    /// The id after which named candidates go on; None when they are through.
    fn named_after(&self) -> Option<String> {
        match &self.last {
            Position::Named(id) => Some(id.clone()),
            Position::Kept(_) => None,
        }
    }
}

/// Searches subjects (`team.access`).
pub fn subjects(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    named: Option<AccountId>,
    input: Input<'_, SubjectSearch>,
) -> Result<Found, Stop> {
    let (desk, search, mut to) = begin(view, rules, moment, named, input)?;
    let mut subject = Entity { kind: search.kind.clone(), id: String::new(), properties: search.properties.clone() };
    let mut allowed = |id: &str, standing: &Standing| -> Result<bool, Stop> {
        subject.id = id.to_owned();
        let verdict = desk.decide(standing, &subject, &search.action, &search.resource, &search.context, false)?;
        Ok(verdict.allowed)
    };
    if let Some(after) = to.named_after() {
        let candidates = desk.policy.into_iter().flat_map(|policy| policy.subjects_of(&search.kind)).filter(|id| *id > after.as_str());
        let bare = |id: &str| Entity { kind: search.kind.clone(), id: id.to_owned(), properties: Attributes::new() };
        let candidates: Vec<Entity> = candidates.map(bare).collect();
        desk.known().demand(desk.account.id, &candidates)?;
        for candidate in &candidates {
            let (id, standing) = (&candidate.id, desk.standing(candidate)?);
            // Whom the account keeps comes later, under their own id.
            let found = !standing.is_stored() && allowed(id, &standing)?;
            if !to.take(found, id, Position::Named(id.clone())) {
                return Ok(to.page(&desk, true));
            }
        }
    }
    let after = match &to.last {
        Position::Named(_) => "",
        Position::Kept(id) => id.as_str(),
    };
    let kept = kept(&desk, &search.kind, after)?;
    for (id, standing) in &kept {
        let found = allowed(id, standing)?;
        if !to.take(found, id, Position::Kept(id.clone())) {
            return Ok(to.page(&desk, true));
        }
    }
    let more = kept.len() >= usize::try_from(SCAN).unwrap_or(usize::MAX);
    Ok(to.page(&desk, more))
}

/// Subjects of a type that the account itself keeps, after an id and in order.
fn kept(desk: &Desk<'_>, kind: &str, after: &str) -> Result<Vec<(String, Standing)>, Stop> {
    match kind {
        USER => {
            let members = desk.known().members_after(desk.account.id, after)?.iter();
            members.map(|member| Ok((member.user.to_string(), desk.member(member)?))).collect()
        }
        API_KEY => {
            let keys = desk.known().keys_after(desk.account.id, after)?.iter();
            keys.map(|key| Ok((key.key.id.to_string(), desk.key(key)?))).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// Walks named candidates in order.
fn walk(
    desk: &Desk<'_>,
    mut to: Collector,
    candidates: BTreeSet<&str>,
    mut allowed: impl FnMut(&str) -> Result<bool, Stop>,
) -> Result<Found, Stop> {
    let Some(after) = to.named_after() else { return Ok(to.page(desk, false)) };
    for id in candidates.into_iter().filter(|id| *id > after.as_str()) {
        if !to.take(allowed(id)?, id, Position::Named(id.to_owned())) {
            return Ok(to.page(desk, true));
        }
    }
    Ok(to.page(desk, false))
}

/// Searches resources (`team.access`): those that the attribute policy lists, and the account itself.
pub fn resources(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    named: Option<AccountId>,
    input: Input<'_, ResourceSearch>,
) -> Result<Found, Stop> {
    let (desk, search, to) = begin(view, rules, moment, named, input)?;
    let standing = desk.standing(&search.subject)?;
    let own = desk.account.id.to_string();
    let mut candidates: BTreeSet<&str> = desk.policy.into_iter().flat_map(|policy| policy.resources_of(&search.kind)).collect();
    if ACCOUNT_TYPES.contains(&search.kind.as_str()) {
        candidates.insert(&own);
    }
    let mut resource = Entity { kind: search.kind.clone(), id: String::new(), properties: search.properties.clone() };
    walk(&desk, to, candidates, |id| {
        resource.id = id.to_owned();
        Ok(desk.decide(&standing, &search.subject, &search.action, &resource, &search.context, false)?.allowed)
    })
}

/// Searches actions (`team.access`): those that the policy has for the type of resource, and those that rules name.
pub fn actions(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    named: Option<AccountId>,
    input: Input<'_, ActionSearch>,
) -> Result<Found, Stop> {
    let (desk, search, to) = begin(view, rules, moment, named, input)?;
    let standing = desk.standing(&search.subject)?;
    let of_type = rules.policy.permissions().iter().filter(|permission| permission.resource == search.resource.kind);
    let mut candidates: BTreeSet<&str> = of_type.flat_map(|permission| &permission.actions).map(String::as_str).collect();
    candidates.extend(desk.policy.into_iter().flat_map(|policy| policy.actions()));
    let mut action = Action { name: String::new(), properties: Attributes::new() };
    walk(&desk, to, candidates, |name| {
        action.name = name.to_owned();
        Ok(desk.decide(&standing, &search.subject, &action, &search.resource, &search.context, false)?.allowed)
    })
}
