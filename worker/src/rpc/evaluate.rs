//! `evaluate`: an AuthZEN evaluation, with the authorization of `POST /access/v1/evaluation`.

use super::CallContext;
use super::caller::identify;
use crate::http::error::HandlerError;
use crate::http::response::to_json;
use rolecall_app::{AppError, authzen};
use rolecall_core::domain::field_error::FieldError;
use rolecall_wire::authzen::evaluation::Evaluations;
use rolecall_wire::authzen::malformed_request;
use rolecall_wire::service_call::{Caller, EvaluateResult};

/// A token identifies its user, in its account; the database decides what they may ask.
pub async fn evaluate(
    context: &mut CallContext<'_>,
    caller: Caller,
    request: Result<Evaluations, Vec<FieldError>>,
) -> Result<String, HandlerError> {
    let identified = identify(context, caller).await?;
    let input = request.map(|read| (read.asked, read.semantic));
    let decisions = authzen::evaluate(&context.app(), &context.request, identified.account, input).await.map_err(|error| match error {
        AppError::Invalid(errors) => malformed_request(errors).into(),
        error => HandlerError::from(error),
    })?;
    let decision = decisions.first().ok_or_else(|| HandlerError::Fault("an evaluation has no decision".to_owned()))?;
    to_json(&EvaluateResult::from(decision))
}
