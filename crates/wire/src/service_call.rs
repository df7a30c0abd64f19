//! Calls of other Workers through a service binding: the method and its arguments as JSON, and the JSON of results.
//!
//! A call is one JSON object `{"method": "check", "arguments": […]}`. It is bounded as the body of an HTTP request is.

use crate::authzen::evaluation::{self, Evaluations};
use crate::authzen::response::EvaluationDecision;
use crate::decode::{self, Fields, FromField, FromJson, Secret};
use crate::dto::CheckResponse;
use crate::json::{self, BODY_MAX};
use crate::problem::{Problem, ProblemCode};
use rolecall_core::authzen::Decision;
use rolecall_core::credential::permission_token::Claims;
use rolecall_core::decision::queries::{PermissionCheck, PermissionsToCheck};
use rolecall_core::domain::field_error::FieldError;
use serde::Serialize;
use serde_json::{Value, json};

/// A credential as received. It is not verified yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallCredential {
    /// Permission token.
    Token(Secret),
    /// Secret of an API key.
    ApiKey(Secret),
    /// Value of the session cookie.
    Session(Secret),
}

/// On whose behalf a call is made, and the account that it names. Both may be absent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Caller {
    /// The credential.
    pub credential: Option<CallCredential>,
    /// Text of the account id.
    pub account: Option<String>,
}

/// How old the permissions of an answer may be.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum CallFreshness {
    /// As old as a valid permission token.
    #[default]
    Token,
    /// Read from the database.
    Live,
}

/// A parsed call.
#[derive(Clone, Debug)]
pub enum ServiceCall {
    /// `check`: which of these permissions does the caller hold?
    Check {
        /// The caller; it names an account.
        caller: Caller,
        /// Permission codes.
        input: PermissionsToCheck,
        /// Id of a resource.
        resource: Option<String>,
        /// Freshness.
        freshness: CallFreshness,
    },
    /// `evaluate`: an AuthZEN evaluation. Its errors are returned after the caller is authorised.
    Evaluate {
        /// The caller, who is not the subject.
        caller: Caller,
        /// The evaluation.
        request: Result<Evaluations, Vec<FieldError>>,
    },
    /// `verify`: the claims of a permission token.
    Verify {
        /// The token.
        token: Secret,
    },
}

impl ServiceCall {
    /// Name of the method.
    pub fn method(&self) -> &'static str {
        match self {
            ServiceCall::Check { .. } => "check",
            ServiceCall::Evaluate { .. } => "evaluate",
            ServiceCall::Verify { .. } => "verify",
        }
    }

    /// Parses a call.
    ///
    /// # Errors
    ///
    /// `body-too-large`; `body-malformed` if it is not JSON or nested too deep; `request-malformed` for an unknown method;
    /// `fields-invalid` with every invalid field.
    pub fn parse(bytes: &[u8]) -> Result<Self, Box<Problem>> {
        if bytes.len() > BODY_MAX {
            let detail = format!("The arguments must have at most {BODY_MAX} bytes as JSON.");
            return Err(Problem::new(ProblemCode::BodyTooLarge).detail(detail).into());
        }
        let malformed =
            |_| Box::new(Problem::new(ProblemCode::BodyMalformed).detail("The arguments are not JSON, or are nested too deep."));
        let mut call = json::parse(bytes).map_err(malformed)?;
        let mut arguments = match call.get_mut("arguments").map(Value::take) {
            Some(Value::Array(arguments)) => arguments.into_iter(),
            _ => Vec::new().into_iter(),
        };
        let (first, second) = (arguments.next().unwrap_or_default(), arguments.next());
        match call.get("method").and_then(Value::as_str) {
            Some("check") => decode::decode::<CheckArguments>(first).and_then(CheckArguments::call),
            Some("evaluate") => {
                let credentials = second.map_or(Ok(CallerArguments::default()), decode::decode::<CallerArguments>);
                credentials
                    .and_then(CallerArguments::caller)
                    .map(|caller| ServiceCall::Evaluate { caller, request: evaluation::parse(&first) })
            }
            Some("verify") => match first {
                Value::String(token) => Ok(ServiceCall::Verify { token: Secret::from(token) }),
                _ => Err(vec![FieldError::new("", "type-wrong", "The token must be a string.")]),
            },
            _ => return Err(Problem::new(ProblemCode::RequestMalformed).detail("The service has no such method.").into()),
        }
        .map_err(|errors| Problem::invalid(errors).into())
    }
}

/// Second argument of `evaluate`.
#[derive(Debug, Default)]
struct CallerArguments {
    token: Option<Secret>,
    api_key: Option<Secret>,
    session: Option<Secret>,
    account: Option<String>,
}

impl CallerArguments {
    /// # Errors
    ///
    /// More than one credential: which of them was meant is unknown.
    fn caller(self) -> Result<Caller, Vec<FieldError>> {
        let token = self.token.map(|token| ("/token", CallCredential::Token(token)));
        let api_key = self.api_key.map(|secret| ("/apiKey", CallCredential::ApiKey(secret)));
        let session = self.session.map(|session| ("/session", CallCredential::Session(session)));
        let mut given = [token, api_key, session].into_iter().flatten();
        let credential = given.next().map(|(_, credential)| credential);
        let detail = "A call has one credential: `token`, `apiKey` or `session`.";
        let more: Vec<_> = given.map(|(pointer, _)| FieldError::new(pointer, "value-invalid", detail)).collect();
        if more.is_empty() { Ok(Caller { credential, account: self.account }) } else { Err(more) }
    }
}

/// Decodes the credential's fields; the account is decoded by the caller, since `check` requires it.
fn credentials(fields: &mut Fields) -> Option<CallerArguments> {
    let (token, api_key, session) = (fields.take("token"), fields.take("apiKey"), fields.take("session"));
    Some(CallerArguments { token: token?, api_key: api_key?, session: session?, account: None })
}

impl FromJson for CallerArguments {
    const FIELDS: &'static [&'static str] = &["token", "apiKey", "session", "account"];
    fn read(fields: &mut Fields) -> Option<Self> {
        let (arguments, account) = (credentials(fields), fields.take("account"));
        Some(CallerArguments { account: account?, ..arguments? })
    }
}

/// Argument of `check`.
#[derive(Debug)]
struct CheckArguments {
    caller: CallerArguments,
    input: PermissionsToCheck,
    resource: Option<String>,
    freshness: CallFreshness,
}

impl CheckArguments {
    fn call(self) -> Result<ServiceCall, Vec<FieldError>> {
        let CheckArguments { caller, input, resource, freshness } = self;
        Ok(ServiceCall::Check { caller: caller.caller()?, input, resource, freshness })
    }
}

impl FromJson for CheckArguments {
    const FIELDS: &'static [&'static str] = &["token", "apiKey", "session", "account", "permissions", "explain", "resource", "freshness"];
    fn read(fields: &mut Fields) -> Option<Self> {
        let (caller, account) = (credentials(fields), fields.take::<String>("account"));
        let (permissions, explain) = (fields.take("permissions"), fields.take::<Option<bool>>("explain"));
        let (resource, freshness) = (fields.take("resource"), fields.take::<Option<CallFreshness>>("freshness"));
        Some(CheckArguments {
            caller: CallerArguments { account: Some(account?), ..caller? },
            input: PermissionsToCheck { permissions: permissions?, explain: explain?.unwrap_or_default() },
            resource: resource?,
            freshness: freshness?.unwrap_or_default(),
        })
    }
}

impl FromField for CallFreshness {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value.as_ref().and_then(Value::as_str) {
            Some("token") => Some(CallFreshness::Token),
            Some("live") => Some(CallFreshness::Live),
            _ => {
                errors.push(FieldError::new(at, "value-invalid", "The value must be `token` or `live`."));
                None
            }
        }
    }
}

/// Result of `check`.
#[derive(Clone, Debug, Serialize)]
pub struct CheckResult {
    ok: bool,
    allowed: bool,
    results: Vec<CheckResponse>,
}

impl From<&[PermissionCheck]> for CheckResult {
    fn from(checks: &[PermissionCheck]) -> Self {
        // No permissions are no permission: a list that is empty by mistake must not allow everything.
        let allowed = !checks.is_empty() && checks.iter().all(|check| check.allowed);
        CheckResult { ok: true, allowed, results: checks.iter().map(CheckResponse::from).collect() }
    }
}

/// Result of `evaluate`.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluateResult {
    ok: bool,
    decision: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
}

impl From<&Decision> for EvaluateResult {
    fn from(decision: &Decision) -> Self {
        let EvaluationDecision { decision, context } = decision.into();
        EvaluateResult { ok: true, decision, context }
    }
}

/// Result of `verify`.
pub fn verify_result(claims: &Claims) -> Value {
    json!({ "ok": true, "claims": claims.to_json() })
}

/// Result of a call that was refused or failed, with its problem document. It has no field of an answer. The seconds of `Retry-After`,
/// which have no header here, are in `problem.retry_after`.
pub fn refusal(problem: &Problem, origin: &str, request_id: &str) -> Value {
    let mut document = problem.document(origin, request_id);
    if let (Value::Object(members), Some(seconds)) = (&mut document, problem.retry_after()) {
        members.insert("retry_after".to_owned(), seconds.into());
    }
    json!({ "ok": false, "problem": document })
}

#[cfg(test)]
mod tests;
