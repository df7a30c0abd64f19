//! Who is signed in.

use crate::answer::{Answer, Failure, nothing};
use crate::exchange::Exchange;
use rolecall_app::{Done, profile};
use rolecall_wire::dto::{MeResponse, UpdateMeRequest};

/// `GET /v1/me`.
pub async fn get(x: &Exchange) -> Result<Answer, Failure> {
    let me = profile::get(&x.app(), &x.call).await?;
    x.ok(&MeResponse::from(&me))
}

/// `PATCH /v1/me`. All memberships of a person are too much to be kept for a replay: it says how they are now.
pub async fn update(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<UpdateMeRequest>().map(|request| (request.name, request.active_account));
    match profile::update(&x.app(), &x.call, input, nothing).await? {
        Done::Fresh(me) => x.ok(&MeResponse::from(&me)),
        Done::Replayed(_) => get(x).await,
    }
}
