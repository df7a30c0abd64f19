//! Request, configuration and store of one handler call.

use crate::config::Config;
use crate::http::error::HandlerError;
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse, outcome_response};
use crate::io::{Io, Level};
use crate::need_database::NeedDatabase;
use rolecall_app::{AppState, Outcome, RequestContext, principals, profile};
use rolecall_core::credential::cursor;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Page;
use rolecall_store::SqlStore;
use rolecall_wire::decode::{self, FromJson};
use rolecall_wire::http::query::Query;
use rolecall_wire::route::Route;
use serde::Serialize;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Request with everything that its handler can use.
///
/// Its parts are reference-counted, because an export reads from a clone after the handler has returned.
#[derive(Clone)]
pub struct HandlerContext {
    /// Configuration of the deployment.
    pub config: Rc<Config>,
    /// Store on the database, one per request.
    pub store: Rc<SqlStore<NeedDatabase>>,
    /// Request as use cases see it.
    pub request: Rc<RequestContext>,
    /// Request line and headers.
    pub incoming: Rc<IncomingRequest>,
    /// Connection to the driver.
    pub io: Io,
    /// Matched route.
    pub route: &'static Route,
    /// Parsed body; `None` if it is absent.
    pub body: Option<Value>,
    query: Result<Query, Vec<FieldError>>,
}

impl HandlerContext {
    /// Creates the context of a request whose body has been parsed.
    pub fn new(
        config: Rc<Config>,
        store: Rc<SqlStore<NeedDatabase>>,
        request: Rc<RequestContext>,
        incoming: Rc<IncomingRequest>,
        io: Io,
        route: &'static Route,
        body: Option<Value>,
    ) -> Self {
        // A route without parameters ignores the query.
        let query = if route.parameters.is_empty() { Ok(Query::default()) } else { Query::read(route, &incoming.query) };
        HandlerContext { config, store, request, incoming, io, route, body, query }
    }

    /// Dependencies of the use cases.
    pub fn app(&self) -> AppState<'_, SqlStore<NeedDatabase>> {
        self.config.app(&self.store)
    }

    /// Logs a warning about the request: its id, the client network, and more members.
    pub fn warn(&self, message: &str, more: &[(&str, &str)]) {
        let own = [("level", "warn"), ("message", message), ("request_id", &self.incoming.request_id), ("network", &self.incoming.network)];
        let line: Map<String, Value> = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        self.io.log(Level::Warn, Value::Object(line).to_string());
    }

    /// Account id in the path.
    ///
    /// # Errors
    /// 401 without a session. 404 if the text is not an account id, the same as for an account of other users.
    pub async fn account(&self) -> Result<AccountId, HandlerError> {
        if let Some(account) = AccountId::parse(self.incoming.param("account")) {
            return Ok(account);
        }
        self.with_session(Err(Denial::AccountNotFound)).await
    }

    /// What a route for signed-in users needs of the request or the deployment: only they are told what is wrong with it.
    ///
    /// # Errors
    /// 401 without a session, then the error of `found`.
    pub async fn with_session<T, E: Into<HandlerError>>(&self, found: Result<T, E>) -> Result<T, HandlerError> {
        if found.is_err() {
            profile::require_session(&self.app(), &self.request).await?;
        }
        found.map_err(Into::into)
    }

    /// Account id in the path or in `Rolecall-Account`, on routes that also accept API keys; `None` if neither is present.
    ///
    /// # Errors
    /// 401 without a valid credential. 404 if the text is not an account id.
    pub async fn named_account(&self) -> Result<Option<AccountId>, HandlerError> {
        let in_path = Some(self.incoming.param("account")).filter(|text| !text.is_empty());
        let Some(text) = in_path.or(self.incoming.account.as_deref()) else { return Ok(None) };
        if let Some(account) = AccountId::parse(text) {
            return Ok(Some(account));
        }
        principals::require_principal(&self.app(), &self.request).await?;
        Err(Denial::AccountNotFound.into())
    }

    /// Decodes the body. Use cases take the `Result`, so that they return its errors only after authorization.
    ///
    /// # Errors
    /// One error for each invalid field.
    pub fn input<T: FromJson>(&self) -> Result<T, Vec<FieldError>> {
        let absent = if self.route.body_optional { Value::Object(Map::new()) } else { Value::Null };
        decode::decode(self.body.clone().unwrap_or(absent))
    }

    /// Query parameters; empty if any of them is invalid, see [`HandlerContext::validate_query`].
    pub fn query(&self) -> Query {
        self.query.clone().unwrap_or_default()
    }

    /// Query parameters for use cases that return the errors themselves.
    ///
    /// # Errors
    /// One error for each invalid parameter.
    pub fn checked_query(&self) -> Result<Query, Vec<FieldError>> {
        self.query.clone()
    }

    /// Validates the query and its cursor. Called after the use case, so that only authorized callers receive the errors.
    ///
    /// # Errors
    /// `fields-invalid` with one error for each invalid parameter, or with the error of the cursor.
    pub fn validate_query(&self) -> Result<(), HandlerError> {
        match (&self.query, self.position()) {
            (Err(errors), _) => Err(errors.clone().into()),
            (Ok(_), Err(error)) => Err(vec![error].into()),
            (Ok(_), Ok(_)) => Ok(()),
        }
    }

    /// Decodes the cursor to the position after which the page starts. A cursor is bound to one route and one account.
    fn position(&self) -> Result<Option<String>, FieldError> {
        let query = self.query();
        let Some(text) = query.text("cursor") else { return Ok(None) };
        let invalid = || FieldError::new("?cursor", "value-invalid", "The cursor is not valid for this list.");
        cursor::decode(&self.config.keys, &self.route.operation.id(), self.incoming.param("account"), text).map(Some).ok_or_else(invalid)
    }

    fn limit(&self) -> u32 {
        self.query().count("limit").unwrap_or(Page::LIMIT_DEFAULT).clamp(1, Page::LIMIT_MAX)
    }

    /// Requested page. Its limit is one more than the page size, to detect whether another page follows.
    pub fn page(&self) -> Page {
        Page { after: self.position().ok().flatten(), limit: self.limit() + 1 }
    }

    /// Requested page of a complete list, and the next cursor. `items` must be in ascending order of `position`.
    pub fn paginate_complete_list<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        if let Ok(Some(after)) = self.position() {
            items.retain(|item| position(item) > after);
        }
        self.paginate(items, position)
    }

    /// Truncates loaded items to the page size. Returns the next cursor, or `None` on the last page.
    pub fn paginate<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more).map(position);
        let next = last.map(|last| cursor::encode(&self.config.keys, &self.route.operation.id(), self.incoming.param("account"), &last));
        (items, next)
    }

    /// Response with the route's success status and the DTO as JSON.
    ///
    /// # Errors
    /// [`HandlerError::Fault`] if serialization fails.
    pub fn ok(&self, dto: &impl Serialize) -> Result<HandlerResponse, HandlerError> {
        HandlerResponse::json(self.status(), dto)
    }

    /// Response of a mutation, fresh or replayed, with the stored JSON body.
    ///
    /// # Errors
    /// [`HandlerError::Fault`] if the outcome has no response.
    pub fn outcome<T>(&self, outcome: Outcome<T>) -> Result<HandlerResponse, HandlerError> {
        Ok(HandlerResponse::new(self.status(), Body::Json(outcome_response(outcome)?.body)))
    }

    /// Response of a mutation, fresh or replayed, without a body.
    ///
    /// # Errors
    /// [`HandlerError::Fault`] if the outcome has no response.
    pub fn no_content<T>(&self, outcome: Outcome<T>) -> Result<HandlerResponse, HandlerError> {
        let _no_body = outcome_response(outcome)?;
        Ok(HandlerResponse::new(self.status(), Body::Empty))
    }

    /// Default success status of the route.
    pub fn status(&self) -> u16 {
        self.route.status()
    }
}
