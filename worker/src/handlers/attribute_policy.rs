//! The attribute policy of an account. Its `ETag` is its own revision.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, stored_empty};
use rolecall_app::{Outcome, StoredResponse, attribute_policies};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::attribute_policy::AttributePolicy;
use rolecall_wire::http::etag;

const CREATED: u16 = 201;
/// The kind of a stored response where there was no policy before.
const FIRST: &str = "first";

/// Whether a policy was created. The document can be larger than a stored response may be: a replay reads it again.
fn to_stored(written: &AttributePolicyWrite) -> Option<StoredResponse> {
    let kind = if written.created { FIRST } else { "" };
    Some(StoredResponse { kind: kind.to_owned(), body: String::new() })
}

fn document_response(status: u16, policy: AttributePolicy) -> HandlerResponse {
    HandlerResponse::new(status, Body::Json(policy.document)).with("etag", etag::of_version(policy.revision))
}

/// `GET …/attribute-policy`: the document.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    Ok(document_response(ctx.status(), attribute_policies::get(&ctx.app(), &ctx.request, ctx.account().await?).await?))
}

/// `PUT …/attribute-policy`: the document as it is stored.
pub async fn put(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let document = Ok(ctx.body.clone().unwrap_or_default());
    let account = ctx.account().await?;
    let outcome = attribute_policies::put(&ctx.app(), &ctx.request, account, document, to_stored).await?;
    let (created, policy) = match outcome {
        Outcome::Fresh { output: written, .. } => (written.created, written.policy),
        Outcome::Replayed(stored) => (stored.kind == FIRST, attribute_policies::get(&ctx.app(), &ctx.request, account).await?),
    };
    Ok(document_response(if created { CREATED } else { ctx.status() }, policy))
}

/// `DELETE …/attribute-policy`.
pub async fn delete(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome = attribute_policies::delete(&ctx.app(), &ctx.request, ctx.account().await?, stored_empty).await?;
    ctx.no_content(outcome)
}
