//! Who is signed in.

use crate::answer::{Answer, Failure, recorded};
use crate::exchange::Exchange;
use rolecall_app::profile;
use rolecall_core::decision::profile::Me;
use rolecall_wire::dto::{MeResponse, UpdateMeRequest};

/// `GET /v1/me`.
pub async fn get(x: &Exchange) -> Result<Answer, Failure> {
    let me = profile::get(&x.app(), &x.call).await?;
    x.ok(&MeResponse::from(&me))
}

/// `PATCH /v1/me`.
pub async fn update(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<UpdateMeRequest>().map(|request| (request.name, request.active_account));
    let done = profile::update(&x.app(), &x.call, input, |me| recorded("", &MeResponse::from(me))).await?;
    x.changed(done, |me: &Me| MeResponse::from(me))
}
