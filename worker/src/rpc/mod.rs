//! Calls of other Workers through a service binding, in place of HTTP: parse, authenticate, one use case, the result as JSON.
//!
//! In scope: the order of these steps, the log. Out of scope: the form of calls and results (`wire::service_call`), the meaning of
//! credentials and permissions (`core`). There is no rate limit and no check of an origin: the caller is a Worker of the deployer.
//!
//! INVARIANT (binding-is-no-right): a call without a credential learns nothing; the binding itself grants nothing.

mod caller;
mod check;
mod evaluate;
mod verify;

use crate::background;
use crate::http::dispatch::RequestEntropy;
use crate::http::error::{HandlerError, is_logged_refusal, problem_of};
use crate::io::{Io, Level};
use crate::isolate::Isolate;
use crate::need_database::NeedDatabase;
use rolecall_app::{AppState, RequestContext};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_store::SqlStore;
use rolecall_wire::service_call::{ServiceCall, refusal};
use std::rc::Rc;

/// A call with what its steps can use.
struct CallContext<'a> {
    isolate: &'a Isolate,
    io: &'a Io,
    store: SqlStore<NeedDatabase>,
    request: RequestContext,
}

impl CallContext<'_> {
    /// Dependencies of the use cases.
    fn app(&self) -> AppState<'_, SqlStore<NeedDatabase>> {
        self.isolate.config.app(&self.store)
    }
}

/// Answers a call. Every failure is a result with a problem document. With an invalid configuration, every call fails.
pub async fn answer(call: Vec<u8>, isolate: Result<Rc<Isolate>, String>, io: Io, (seed, id): RequestEntropy) -> String {
    let request_id = uuid::Builder::from_random_bytes(id).into_uuid().to_string();
    let log = |level: Level, message: &str, method: &str, subject: Option<String>| {
        let line = serde_json::json!({
            "level": level.as_str(), "message": message, "request_id": request_id, "method": "rpc", "route": method, "subject": subject,
        });
        io.log(level, line.to_string());
    };
    let isolate = match isolate {
        Ok(isolate) => isolate,
        Err(fault) => {
            log(Level::Error, &fault, "none", None);
            return refusal(&problem_of(HandlerError::Fault(fault), false).0, "", &request_id).to_string();
        }
    };
    let origin = &isolate.config.origin;
    let call = match ServiceCall::parse(&call) {
        Ok(call) => call,
        Err(problem) => return refusal(&problem, origin, &request_id).to_string(),
    };
    let method = call.method();
    let decision_context = DecisionContext::new(io.now(), request_id.clone(), None, seed).with_epoch(isolate.config.epoch);
    let request = RequestContext::new(decision_context, None, None, String::new(), String::new());
    let store = isolate.config.store(NeedDatabase::new(io.clone()));
    let mut context = CallContext { isolate: &isolate, io: &io, store, request };
    let result = handle(&mut context, call).await;
    background::start(&isolate.config, &context.request, &io);
    match result {
        Ok(result) => result,
        Err(failure) => {
            let (problem, cause) = problem_of(failure, context.store.db.failed());
            let subject = context.request.log_subject.borrow().clone();
            if let Some(cause) = cause {
                log(Level::Error, &cause, method, subject);
            } else if is_logged_refusal(problem.code()) {
                log(Level::Warn, problem.code().as_str(), method, subject);
            }
            refusal(&problem, origin, &request_id).to_string()
        }
    }
}

async fn handle(context: &mut CallContext<'_>, call: ServiceCall) -> Result<String, HandlerError> {
    match call {
        ServiceCall::Check { caller, input, resource, freshness } => {
            check::check(context, caller, &input, resource.as_deref(), freshness).await
        }
        ServiceCall::Evaluate { caller, request } => evaluate::evaluate(context, caller, request).await,
        ServiceCall::Verify { token } => verify::verify(context, token.reveal()).await,
    }
}
