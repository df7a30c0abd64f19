//! AuthZEN: questions about an account, and what the decision point says about itself.

use crate::answer::{Answer, Failure};
use crate::exchange::Exchange;
use rolecall_app::accounts::account_id;
use rolecall_app::{AppError, authzen};
use rolecall_core::authzen::{Found, page};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_wire::access::answer::{
    AccessDecision, AccessDecisions, AccessPage, ActionSearchResponse, AuthZenConfiguration, EntitySearchResponse, FoundAction, FoundEntity,
};
use rolecall_wire::access::evaluation::{self, Evaluations};
use rolecall_wire::access::search::{self, Read, Tokens};
use rolecall_wire::problem::ProblemCode;
use serde_json::Value;

/// Metadata changes with a deployment only.
const CACHE: &str = "public, max-age=300";

/// The account that the request names: in its path, or for a session in a header.
fn named(x: &Exchange) -> Option<AccountId> {
    let path = Some(x.inbound.param("account")).filter(|text| !text.is_empty());
    path.or(x.inbound.account.as_deref()).map(account_id)
}

/// What is wrong with a question is told in AuthZEN's way.
fn refused(error: AppError) -> Failure {
    match error {
        AppError::Invalid(errors) => rolecall_wire::access::refused(errors).into(),
        error => error.into(),
    }
}

async fn answered(x: &Exchange, read: fn(&Value) -> Result<Evaluations, Vec<FieldError>>) -> Result<Answer, Failure> {
    let read = read(x.body.as_ref().unwrap_or(&Value::Null));
    let single = read.as_ref().is_ok_and(|read| read.single);
    let input = read.map(|read| (read.asked, read.semantic));
    let verdicts = authzen::evaluate(&x.app(), &x.call, named(x), input).await.map_err(refused)?;
    match verdicts.first() {
        Some(verdict) if single => x.ok(&AccessDecision::from(verdict)),
        _ => x.ok(&AccessDecisions { evaluations: verdicts.iter().map(AccessDecision::from).collect() }),
    }
}

/// `POST /access/v1/evaluation`.
pub async fn evaluate(x: &Exchange) -> Result<Answer, Failure> {
    answered(x, evaluation::one).await
}

/// `POST /access/v1/evaluations`.
pub async fn evaluate_batch(x: &Exchange) -> Result<Answer, Failure> {
    answered(x, evaluation::many).await
}

/// What an answer says of its page; nothing where everything is in it and nobody asked for pages.
struct Paging {
    request: String,
    limit: u32,
    wanted: bool,
}

impl Paging {
    /// Takes a request apart: what the use case needs, and what the answer's page needs.
    fn split<S>(read: Result<Read<S>, Vec<FieldError>>) -> (authzen::Input<S>, Paging) {
        match read {
            Ok(read) => {
                let paging = Paging { request: read.request, limit: read.wish.limit, wanted: read.paged };
                (Ok((read.search, read.wish)), paging)
            }
            Err(errors) => (Err(errors), Paging { request: String::new(), limit: 0, wanted: false }),
        }
    }

    fn page(&self, tokens: Tokens<'_>, found: &Found) -> Option<AccessPage> {
        let next = found.next.as_ref().map(|next| page::seal(tokens.keys, tokens.kind, &self.request, found.account, self.limit, next));
        let said = self.wanted || next.is_some();
        said.then(|| AccessPage { next_token: next.unwrap_or_default(), count: found.names.len() })
    }
}

fn tokens<'x>(x: &'x Exchange, kind: &'static str) -> Tokens<'x> {
    Tokens { keys: &x.deployment.keys, kind }
}

fn entities(kind: &str, names: Vec<String>) -> Vec<FoundEntity> {
    names.into_iter().map(|id| FoundEntity { kind: kind.to_owned(), id }).collect()
}

/// `POST /access/v1/search/subject`.
pub async fn search_subjects(x: &Exchange) -> Result<Answer, Failure> {
    let tokens = tokens(x, "access.subject");
    let (input, paging) = Paging::split(search::subjects(x.body.as_ref().unwrap_or(&Value::Null), tokens));
    let kind = input.as_ref().map(|(search, _)| search.kind.clone()).unwrap_or_default();
    let found = authzen::subjects(&x.app(), &x.call, named(x), input).await.map_err(refused)?;
    x.ok(&EntitySearchResponse { page: paging.page(tokens, &found), results: entities(&kind, found.names) })
}

/// `POST /access/v1/search/resource`.
pub async fn search_resources(x: &Exchange) -> Result<Answer, Failure> {
    let tokens = tokens(x, "access.resource");
    let (input, paging) = Paging::split(search::resources(x.body.as_ref().unwrap_or(&Value::Null), tokens));
    let kind = input.as_ref().map(|(search, _)| search.kind.clone()).unwrap_or_default();
    let found = authzen::resources(&x.app(), &x.call, named(x), input).await.map_err(refused)?;
    x.ok(&EntitySearchResponse { page: paging.page(tokens, &found), results: entities(&kind, found.names) })
}

/// `POST /access/v1/search/action`.
pub async fn search_actions(x: &Exchange) -> Result<Answer, Failure> {
    let tokens = tokens(x, "access.action");
    let (input, paging) = Paging::split(search::actions(x.body.as_ref().unwrap_or(&Value::Null), tokens));
    let found = authzen::actions(&x.app(), &x.call, named(x), input).await.map_err(refused)?;
    let page = paging.page(tokens, &found);
    x.ok(&ActionSearchResponse { page, results: found.names.into_iter().map(|name| FoundAction { name }).collect() })
}

/// `GET /.well-known/authzen-configuration`, also of an account. Which accounts exist is nobody's to know here.
pub fn describe(x: &Exchange) -> Result<Answer, Failure> {
    let account = Some(x.inbound.param("account")).filter(|text| !text.is_empty());
    if account.is_some_and(|text| AccountId::parse(text).is_none()) {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(x.ok(&AuthZenConfiguration::new(&x.deployment.origin, account))?.cached(CACHE))
}
