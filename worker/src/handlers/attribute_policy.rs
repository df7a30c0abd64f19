//! Attribute policy of an account. Its `ETag` is its revision.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, stored_empty};
use rolecall_app::{Outcome, StoredResponse, attribute_policies};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::attribute_policy::AttributePolicy;
use rolecall_wire::http::etag;

const CREATED: u16 = 201;
/// Kind of a stored response if the request created the policy.
const KIND_CREATED: &str = "first";

/// Stored response whose kind tells whether the policy was created. It has no body, because a document can exceed the size
/// limit of stored responses; a replay reads the current document.
fn to_stored(written: &AttributePolicyWrite) -> Option<StoredResponse> {
    let kind = if written.created { KIND_CREATED } else { "" };
    Some(StoredResponse { kind: kind.to_owned(), body: String::new() })
}

fn document_response(status: u16, policy: AttributePolicy) -> HandlerResponse {
    HandlerResponse::new(status, Body::Json(policy.document)).with("etag", etag::of_version(policy.revision))
}

/// `GET …/attribute-policy`: returns the document.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    Ok(document_response(ctx.status(), attribute_policies::get(&ctx.app(), &ctx.request, ctx.account().await?).await?))
}

/// `PUT …/attribute-policy`: returns the stored document.
pub async fn put(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let document = Ok(ctx.body.clone().unwrap_or_default());
    let account = ctx.account().await?;
    let outcome = attribute_policies::put(&ctx.app(), &ctx.request, account, document, to_stored).await?;
    let (created, policy) = match outcome {
        Outcome::Fresh { output: written, .. } => (written.created, written.policy),
        Outcome::Replayed(stored) => (stored.kind == KIND_CREATED, attribute_policies::get(&ctx.app(), &ctx.request, account).await?),
    };
    Ok(document_response(if created { CREATED } else { ctx.status() }, policy))
}

/// `DELETE …/attribute-policy`.
pub async fn delete(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = attribute_policies::delete(&ctx.app(), &ctx.request, ctx.account().await?, stored_empty).await?;
    ctx.no_content(outcome)
}
