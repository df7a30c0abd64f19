//! Use cases of the AuthZEN API: evaluations in one round trip, searches in one or two.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::principals::{account_ref, principal_lookups};
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, by_ref, query};
use rolecall_core::authzen::page::{Cursor, PageRequest};
use rolecall_core::authzen::{
    self, API_KEY_SUBJECT_TYPE, ActionSearch, Decision, Entity, EvaluationItem, ResourceSearch, SearchResults, Semantic, SubjectSearch,
    USER_SUBJECT_TYPE, subject_api_key_id, subject_id_or_email,
};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{AuthzenLookup, Lookup};

/// A search and the requested page of its results, or the invalid fields of the request.
pub type SearchInput<S> = Result<(S, PageRequest), Vec<FieldError>>;

/// Lookups of every evaluation and search: the principal, and the attribute policy of the account.
fn authzen_lookups(request: &RequestContext, named: Option<AccountId>) -> Vec<Lookup> {
    let mut lookups = principal_lookups(request, named);
    lookups.push(Lookup::AttributePolicy(account_ref(request, named)));
    lookups
}

/// Lookups of the members and API keys that are subjects of evaluations.
fn subject_lookups<'s>(request: &RequestContext, named: Option<AccountId>, subjects: impl Iterator<Item = &'s Entity>) -> Vec<Lookup> {
    let (mut members, mut keys) = (Vec::new(), Vec::new());
    for subject in subjects {
        members.extend(subject_id_or_email(subject));
        keys.extend(subject_api_key_id(subject));
    }
    members.sort_unstable();
    members.dedup();
    keys.sort_unstable();
    keys.dedup();
    let members = (!members.is_empty()).then_some(AuthzenLookup::Members(members));
    let keys = (!keys.is_empty()).then_some(AuthzenLookup::Keys(keys));
    members.into_iter().chain(keys).map(|lookup| Lookup::Authzen(account_ref(request, named), lookup)).collect()
}

fn audited(named: Option<AccountId>, action: &'static str) -> Option<AuditedAction> {
    let audited = AuditedAction::in_default_account(action, Resource::new("access", "v1"));
    Some(AuditedAction { account: named, ..audited })
}

/// `POST /access/v1/evaluation` and `…/evaluations`: evaluates requests in order. The result is shorter than the input if the
/// evaluation semantic ends at a decision.
///
/// # Errors
///
/// Those of [`authzen::evaluate`] and [`query`].
pub async fn evaluate<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    named: Option<AccountId>,
    input: Result<(Vec<EvaluationItem>, Semantic), Vec<FieldError>>,
) -> Result<Vec<Decision>, AppError> {
    let mut lookups = authzen_lookups(request, named);
    let valid = input.iter().flat_map(|(items, _)| items).filter_map(|item| item.query.as_ref().ok());
    lookups.extend(subject_lookups(request, named, valid.map(|query| query.subject.as_ref())));
    query(app, request, lookups, audited(named, "access.evaluate"), |snapshot, ctx| {
        let input = by_ref(&input).map(|(items, semantic)| (items.as_slice(), *semantic));
        authzen::evaluate(snapshot, app.config, ctx, named, input)
    })
    .await
}

/// `POST /access/v1/search/subject`: searches subjects that may perform an action on a resource.
///
/// # Errors
///
/// Those of [`authzen::subjects`] and [`query`].
pub async fn subjects<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    named: Option<AccountId>,
    input: SearchInput<SubjectSearch>,
) -> Result<SearchResults, AppError> {
    let mut lookups = authzen_lookups(request, named);
    if let Ok((search, page_request)) = &input {
        let after = match &page_request.after {
            Cursor::Named(_) => String::new(),
            Cursor::Stored(id) => id.clone(),
        };
        let page = match search.kind.as_str() {
            USER_SUBJECT_TYPE => Some(AuthzenLookup::NextMembers(after, page_request.scan_limit())),
            API_KEY_SUBJECT_TYPE => Some(AuthzenLookup::NextKeys(after, page_request.scan_limit())),
            _ => None,
        };
        lookups.extend(page.map(|lookup| Lookup::Authzen(account_ref(request, named), lookup)));
    }
    query(app, request, lookups, audited(named, "access.search"), |snapshot, ctx| {
        authzen::subjects(snapshot, app.config, ctx, named, borrowed(&input))
    })
    .await
}

/// `POST /access/v1/search/resource`: searches resources on which a subject may perform an action.
///
/// # Errors
///
/// Those of [`authzen::resources`] and [`query`].
pub async fn resources<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    named: Option<AccountId>,
    input: SearchInput<ResourceSearch>,
) -> Result<SearchResults, AppError> {
    let mut lookups = authzen_lookups(request, named);
    lookups.extend(subject_lookups(request, named, input.iter().map(|(search, _)| search.subject.as_ref())));
    query(app, request, lookups, audited(named, "access.search"), |snapshot, ctx| {
        authzen::resources(snapshot, app.config, ctx, named, borrowed(&input))
    })
    .await
}

/// `POST /access/v1/search/action`: searches actions that a subject may perform on a resource.
///
/// # Errors
///
/// Those of [`authzen::actions`] and [`query`].
pub async fn actions<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    named: Option<AccountId>,
    input: SearchInput<ActionSearch>,
) -> Result<SearchResults, AppError> {
    let mut lookups = authzen_lookups(request, named);
    lookups.extend(subject_lookups(request, named, input.iter().map(|(search, _)| search.subject.as_ref())));
    query(app, request, lookups, audited(named, "access.search"), |snapshot, ctx| {
        authzen::actions(snapshot, app.config, ctx, named, borrowed(&input))
    })
    .await
}

fn borrowed<S>(input: &SearchInput<S>) -> Result<(&S, &PageRequest), Vec<FieldError>> {
    by_ref(input).map(|(search, page_request)| (search, page_request))
}
