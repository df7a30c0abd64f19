//! The attribute policy of an account. Its `ETag` is its own revision.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse, nothing};
use rolecall_app::{Outcome, StoredResponse, attribute_policies};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::attribute_policy::AttributePolicy;
use rolecall_wire::http::etag;

const CREATED: u16 = 201;
/// The kind of a record, where there was no policy before.
const FIRST: &str = "first";

/// A record for replays is small, whatever the document is: the document itself is read again, with its tag of now.
fn kept(written: &AttributePolicyWrite) -> Option<StoredResponse> {
    let kind = if written.created { FIRST } else { "" };
    Some(StoredResponse { kind: kind.to_owned(), body: String::new() })
}

fn shown(status: u16, policy: AttributePolicy) -> HandlerResponse {
    HandlerResponse::new(status, Body::Json(policy.document)).with("etag", etag::of_version(policy.revision))
}

/// `GET …/attribute-policy`: the document.
pub async fn get(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    Ok(shown(ctx.status(), attribute_policies::get(&ctx.app(), &ctx.request, ctx.account()).await?))
}

/// `PUT …/attribute-policy`: the document as it is kept.
pub async fn put(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let document = Ok(ctx.body.clone().unwrap_or_default());
    let done = attribute_policies::put(&ctx.app(), &ctx.request, ctx.account(), document, kept).await?;
    let (created, policy) = match done {
        Outcome::Fresh(written) => (written.created, written.policy),
        Outcome::Replayed(recorded) => (recorded.kind == FIRST, attribute_policies::get(&ctx.app(), &ctx.request, ctx.account()).await?),
    };
    Ok(shown(if created { CREATED } else { ctx.status() }, policy))
}

/// `DELETE …/attribute-policy`.
pub async fn delete(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let done = attribute_policies::delete(&ctx.app(), &ctx.request, ctx.account(), nothing).await?;
    ctx.no_content(done)
}
