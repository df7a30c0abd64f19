//! AuthZEN: evaluations and searches in an account, and the metadata of the policy decision point.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::HandlerResponse;
use rolecall_app::{AppError, authzen};
use rolecall_core::authzen::{SearchResults, page};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_wire::authzen::evaluation::{self, Evaluations};
use rolecall_wire::authzen::response::{
    ActionSearchResponse, ActionSearchResult, AuthZenConfiguration, EntitySearchResponse, EntitySearchResult, EvaluationDecision,
    EvaluationDecisions, SearchPage,
};
use rolecall_wire::authzen::search::{self, PageTokenKeys, ParsedSearch};
use rolecall_wire::problem::ProblemCode;
use serde_json::Value;

/// `Cache-Control` of the metadata, which changes with a deployment only.
const CACHE: &str = "public, max-age=300";

/// Converts field errors to the problem code of AuthZEN requests.
fn to_authzen_error(error: AppError) -> HandlerError {
    match error {
        AppError::Invalid(errors) => rolecall_wire::authzen::malformed_request(errors).into(),
        error => error.into(),
    }
}

async fn evaluate_with(
    ctx: &HandlerContext,
    read: fn(&Value) -> Result<Evaluations, Vec<FieldError>>,
) -> Result<HandlerResponse, HandlerError> {
    let read = read(ctx.body.as_ref().unwrap_or(&Value::Null));
    let single = read.as_ref().is_ok_and(|read| read.single);
    let input = read.map(|read| (read.asked, read.semantic));
    let decisions = authzen::evaluate(&ctx.app(), &ctx.request, ctx.named_account().await?, input).await.map_err(to_authzen_error)?;
    match decisions.first() {
        Some(decision) if single => ctx.ok(&EvaluationDecision::from(decision)),
        _ => ctx.ok(&EvaluationDecisions { evaluations: decisions.iter().map(EvaluationDecision::from).collect() }),
    }
}

/// `POST /access/v1/evaluation`.
pub async fn evaluate(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    evaluate_with(ctx, evaluation::parse).await
}

/// `POST /access/v1/evaluations`.
pub async fn evaluate_batch(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    evaluate_with(ctx, evaluation::parse_batch).await
}

/// Paging of a search response. The response has no `page` if it is complete and the request has no `page`.
struct Paging {
    request: String,
    limit: u32,
    requested: bool,
}

impl Paging {
    /// Splits a decoded request into the input of the use case and the paging of the response.
    fn split<S>(read: Result<ParsedSearch<S>, Vec<FieldError>>) -> (authzen::SearchInput<S>, Paging) {
        match read {
            Ok(read) => {
                let paging = Paging { request: read.request, limit: read.page_request.limit, requested: read.paged };
                (Ok((read.search, read.page_request)), paging)
            }
            Err(errors) => (Err(errors), Paging { request: String::new(), limit: 0, requested: false }),
        }
    }

    fn page(&self, tokens: PageTokenKeys<'_>, found: &SearchResults) -> Option<SearchPage> {
        let next = found.next.as_ref().map(|next| page::encode(tokens.keys, tokens.kind, &self.request, found.account, self.limit, next));
        let has_page = self.requested || next.is_some();
        has_page.then(|| SearchPage { next_token: next.unwrap_or_default(), count: found.names.len() })
    }
}

fn tokens<'c>(ctx: &'c HandlerContext, kind: &'static str) -> PageTokenKeys<'c> {
    PageTokenKeys { keys: &ctx.config.keys, kind }
}

fn entities(kind: &str, names: Vec<String>) -> Vec<EntitySearchResult> {
    names.into_iter().map(|id| EntitySearchResult { kind: kind.to_owned(), id }).collect()
}

/// `POST /access/v1/search/subject`.
pub async fn search_subjects(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let tokens = tokens(ctx, "access.subject");
    let (input, paging) = Paging::split(search::subjects(ctx.body.as_ref().unwrap_or(&Value::Null), tokens));
    let kind = input.as_ref().map(|(search, _)| search.kind.clone()).unwrap_or_default();
    let found = authzen::subjects(&ctx.app(), &ctx.request, ctx.named_account().await?, input).await.map_err(to_authzen_error)?;
    ctx.ok(&EntitySearchResponse { page: paging.page(tokens, &found), results: entities(&kind, found.names) })
}

/// `POST /access/v1/search/resource`.
pub async fn search_resources(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let tokens = tokens(ctx, "access.resource");
    let (input, paging) = Paging::split(search::resources(ctx.body.as_ref().unwrap_or(&Value::Null), tokens));
    let kind = input.as_ref().map(|(search, _)| search.kind.clone()).unwrap_or_default();
    let found = authzen::resources(&ctx.app(), &ctx.request, ctx.named_account().await?, input).await.map_err(to_authzen_error)?;
    ctx.ok(&EntitySearchResponse { page: paging.page(tokens, &found), results: entities(&kind, found.names) })
}

/// `POST /access/v1/search/action`.
pub async fn search_actions(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let tokens = tokens(ctx, "access.action");
    let (input, paging) = Paging::split(search::actions(ctx.body.as_ref().unwrap_or(&Value::Null), tokens));
    let found = authzen::actions(&ctx.app(), &ctx.request, ctx.named_account().await?, input).await.map_err(to_authzen_error)?;
    let page = paging.page(tokens, &found);
    ctx.ok(&ActionSearchResponse { page, results: found.names.into_iter().map(|name| ActionSearchResult { name }).collect() })
}

/// `GET /.well-known/authzen-configuration`, also for an account. Does not check that the account exists, because the route is
/// public.
pub fn describe(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let account = Some(ctx.incoming.param("account")).filter(|text| !text.is_empty());
    if account.is_some_and(|text| AccountId::parse(text).is_none()) {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(ctx.ok(&AuthZenConfiguration::new(&ctx.config.origin, account))?.with_cache_control(CACHE))
}
