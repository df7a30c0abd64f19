//! One request with all that its handler may use.

use crate::config::Config;
use crate::d1::D1;
use crate::http::error::HandlerError;
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse, rendered};
use rolecall_app::{App, Outcome, RequestContext, principals, profile};
use rolecall_core::credential::cursor;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Page;
use rolecall_store::SqlStore;
use rolecall_wire::decode::{self, FromJson};
use rolecall_wire::http::query::Query;
use rolecall_wire::routes::Route;
use serde::Serialize;
use serde_json::{Map, Value};
use std::rc::Rc;

/// A request on its way through a handler.
///
/// Its parts are shared, not borrowed: an export goes on after the handler has answered.
pub struct HandlerContext {
    /// The deployment.
    pub config: Rc<Config>,
    /// The database of this request.
    pub store: Rc<SqlStore<D1>>,
    /// What use cases know of the request.
    pub request: Rc<RequestContext>,
    /// Everything around the body.
    pub incoming: Rc<IncomingRequest>,
    /// The route.
    pub route: &'static Route,
    /// The body, where there is one.
    pub body: Option<Value>,
    query: Result<Query, Vec<FieldError>>,
}

impl HandlerContext {
    /// A request whose body has been read as JSON.
    pub fn new(
        config: Rc<Config>,
        store: Rc<SqlStore<D1>>,
        request: Rc<RequestContext>,
        incoming: Rc<IncomingRequest>,
        route: &'static Route,
        body: Option<Value>,
    ) -> Self {
        // A route that takes no parameters does not look at any.
        let query = if route.parameters.is_empty() { Ok(Query::default()) } else { Query::read(route, &incoming.query) };
        HandlerContext { config, store, request, incoming, route, body, query }
    }

    /// The same request once more, for what goes on after the handler.
    pub fn share(&self) -> HandlerContext {
        HandlerContext {
            config: self.config.clone(),
            store: self.store.clone(),
            request: self.request.clone(),
            incoming: self.incoming.clone(),
            route: self.route,
            body: None,
            query: self.query.clone(),
        }
    }

    /// For use cases.
    pub fn app(&self) -> App<'_, SqlStore<D1>> {
        self.config.app(&self.store)
    }

    /// The account in the path.
    ///
    /// # Errors
    /// 401 without a session; 404 where the text is no account id, so that it cannot be told from an account of others.
    pub async fn account(&self) -> Result<AccountId, HandlerError> {
        if let Some(account) = AccountId::parse(self.incoming.param("account")) {
            return Ok(account);
        }
        profile::require_session(&self.app(), &self.request).await?;
        Err(Denial::AccountNotFound.into())
    }

    /// The account that a request names by its path or by `Rolecall-Account`, on routes that take API keys too; None where it
    /// names none.
    ///
    /// # Errors
    /// 401 without a valid credential; 404 where the text is no account id.
    pub async fn named_account(&self) -> Result<Option<AccountId>, HandlerError> {
        let in_path = Some(self.incoming.param("account")).filter(|text| !text.is_empty());
        let Some(text) = in_path.or(self.incoming.account.as_deref()) else { return Ok(None) };
        if let Some(account) = AccountId::parse(text) {
            return Ok(Some(account));
        }
        principals::require_principal(&self.app(), &self.request).await?;
        Err(Denial::AccountNotFound.into())
    }

    /// The body as a request, or all that is wrong with its shape. The use case raises it once the caller is known to be allowed.
    pub fn input<T: FromJson>(&self) -> Result<T, Vec<FieldError>> {
        let absent = if self.route.body_optional { Value::Object(Map::new()) } else { Value::Null };
        decode::decode(self.body.clone().unwrap_or(absent))
    }

    /// The parameters of the query; none where they are faulty, see [`HandlerContext::validate_query`].
    pub fn query(&self) -> Query {
        self.query.clone().unwrap_or_default()
    }

    /// The parameters, or all that is wrong with them, for use cases that raise it themselves.
    pub fn checked_query(&self) -> Result<Query, Vec<FieldError>> {
        self.query.clone()
    }

    /// Raises what is wrong with the query. Called after the use case, which has asked whether the caller may.
    pub fn validate_query(&self) -> Result<(), HandlerError> {
        match (&self.query, self.position()) {
            (Err(errors), _) => Err(errors.clone().into()),
            (Ok(_), Err(error)) => Err(vec![error].into()),
            (Ok(_), Ok(_)) => Ok(()),
        }
    }

    /// Where a list is to go on. A cursor opens only the list that it was made for.
    fn position(&self) -> Result<Option<String>, FieldError> {
        let query = self.query();
        let Some(text) = query.text("cursor") else { return Ok(None) };
        let fault = || FieldError::new("?cursor", "value-invalid", "This is no cursor of this list.");
        cursor::decode(&self.config.keys, &self.route.operation.id(), self.incoming.param("account"), text).map(Some).ok_or_else(fault)
    }

    fn limit(&self) -> u32 {
        self.query().count("limit").unwrap_or(Page::DEFAULT).clamp(1, Page::MAX)
    }

    /// The page that is asked for, with one item more, which says whether there is another page.
    pub fn page(&self) -> Page {
        Page { after: self.position().ok().flatten(), limit: self.limit() + 1 }
    }

    /// The page of a list that was loaded whole; `position` grows from item to item.
    pub fn paginate_all<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        if let Ok(Some(after)) = self.position() {
            items.retain(|item| position(item) > after);
        }
        self.paginate(items, position)
    }

    /// Cuts a page to size, and says where the next one begins.
    pub fn paginate<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more).map(position);
        let next = last.map(|last| cursor::encode(&self.config.keys, &self.route.operation.id(), self.incoming.param("account"), &last));
        (items, next)
    }

    /// A success with this DTO.
    pub fn ok(&self, dto: &impl Serialize) -> Result<HandlerResponse, HandlerError> {
        HandlerResponse::json(self.status(), dto)
    }

    /// The success of a mutation, fresh or replayed.
    pub fn outcome<T>(&self, outcome: Outcome<T>) -> Result<HandlerResponse, HandlerError> {
        Ok(HandlerResponse::new(self.status(), Body::Json(rendered(outcome)?.body)))
    }

    /// The success of a mutation that returns no body.
    pub fn no_content<T>(&self, outcome: Outcome<T>) -> Result<HandlerResponse, HandlerError> {
        let _no_body = rendered(outcome)?;
        Ok(HandlerResponse::new(self.status(), Body::Empty))
    }

    /// The status of the route's first success.
    pub fn status(&self) -> u16 {
        self.route.status()
    }
}
