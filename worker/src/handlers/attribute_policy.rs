//! The attribute policy of an account. Its `ETag` is its own revision.

use crate::answer::{Answer, Body, Failure, nothing};
use crate::exchange::Exchange;
use rolecall_app::{Done, Recorded, attribute_policies};
use rolecall_core::decision::attribute_policy::Written;
use rolecall_core::domain::attribute_policy::AccountPolicy;
use rolecall_wire::http::etag;

const CREATED: u16 = 201;
/// The kind of a record, where there was no policy before.
const FIRST: &str = "first";

/// A record for replays is small, whatever the document is: the document itself is read again, with its tag of now.
fn kept(written: &Written) -> Option<Recorded> {
    let kind = if written.created { FIRST } else { "" };
    Some(Recorded { kind: kind.to_owned(), body: String::new() })
}

fn shown(status: u16, policy: AccountPolicy) -> Answer {
    Answer::new(status, Body::Json(policy.document)).with("etag", etag::of_version(policy.revision))
}

/// `GET …/attribute-policy`: the document.
pub async fn get(x: &Exchange) -> Result<Answer, Failure> {
    Ok(shown(x.status(), attribute_policies::get(&x.app(), &x.call, x.account()).await?))
}

/// `PUT …/attribute-policy`: the document as it is kept.
pub async fn put(x: &Exchange) -> Result<Answer, Failure> {
    let document = Ok(x.body.clone().unwrap_or_default());
    let done = attribute_policies::put(&x.app(), &x.call, x.account(), document, kept).await?;
    let (created, policy) = match done {
        Done::Fresh(written) => (written.created, written.policy),
        Done::Replayed(recorded) => (recorded.kind == FIRST, attribute_policies::get(&x.app(), &x.call, x.account()).await?),
    };
    Ok(shown(if created { CREATED } else { x.status() }, policy))
}

/// `DELETE …/attribute-policy`.
pub async fn delete(x: &Exchange) -> Result<Answer, Failure> {
    let done = attribute_policies::delete(&x.app(), &x.call, x.account(), nothing).await?;
    x.gone(done)
}
