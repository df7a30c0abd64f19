//! Accounts as wholes. An account's `ETag` is its version.

use crate::answer::{Answer, Body, Failure, recorded, settled};
use crate::exchange::Exchange;
use rolecall_app::{Done, Recorded, accounts};
use rolecall_core::decision::Planned;
use rolecall_core::decision::accounts::AccountAnswer;
use rolecall_core::decision::profile::position;
use rolecall_wire::dto::{
    AccountListResponse, AccountResponse, ConvertAccountRequest, DryRunResponse, TransferAccountRequest, UpdateAccountRequest,
};
use rolecall_wire::http::etag;

/// The account for an answer; the kind of the record is its tag.
fn shown(answer: &AccountAnswer) -> Option<Recorded> {
    recorded(etag::of_version(answer.account.version), &AccountResponse::from(answer))
}

/// The account, or what would become of it; a dry run is not kept, since it holds only for the moment.
fn planned(answer: &Planned<AccountAnswer>) -> Option<Recorded> {
    match answer {
        Planned::Done(answer) => shown(answer),
        Planned::DryRun(_) => None,
    }
}

fn tagged(x: &Exchange, recorded: Recorded) -> Answer {
    Answer::new(x.status(), Body::Json(recorded.body)).with("etag", recorded.kind)
}

fn planned_answer(x: &Exchange, done: Done<Planned<AccountAnswer>>) -> Result<Answer, Failure> {
    match done {
        Done::Fresh(Planned::DryRun(changes)) => x.ok(&DryRunResponse::from(changes.as_slice())),
        done => Ok(tagged(x, settled(done, planned)?)),
    }
}

/// `GET /v1/accounts`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let found = accounts::list(&x.app(), &x.call, x.page()).await?;
    x.raise()?;
    let (accounts, next) = x.cut(found, position);
    x.ok(&AccountListResponse::page(accounts.iter().map(AccountResponse::from).collect(), next))
}

/// `GET /v1/accounts/{account}`.
pub async fn get(x: &Exchange) -> Result<Answer, Failure> {
    let account = accounts::get(&x.app(), &x.call, x.account()).await?;
    Ok(tagged(x, settled(Done::Fresh(account), shown)?))
}

/// `PATCH /v1/accounts/{account}`.
pub async fn update(x: &Exchange) -> Result<Answer, Failure> {
    let name = x.input::<UpdateAccountRequest>().map(|request| request.name);
    let done = accounts::rename(&x.app(), &x.call, x.account(), name, shown).await?;
    Ok(tagged(x, settled(done, shown)?))
}

/// `POST /v1/accounts/{account}/convert`.
pub async fn convert(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<ConvertAccountRequest>().map(|request| (request.name, request.dry_run.unwrap_or_default()));
    let done = accounts::convert(&x.app(), &x.call, x.account(), input, planned).await?;
    planned_answer(x, done)
}

/// `DELETE /v1/accounts/{account}/team`. A query that cannot be read deletes nothing: the caller is judged
/// by a dry run, then told.
pub async fn delete_team(x: &Exchange) -> Result<Answer, Failure> {
    let dry_run = x.query().flag("dry_run") || x.raise().is_err();
    let done = accounts::delete_team(&x.app(), &x.call, x.account(), dry_run, planned).await?;
    x.raise()?;
    planned_answer(x, done)
}

/// `POST /v1/accounts/{account}/transfer`.
pub async fn transfer(x: &Exchange) -> Result<Answer, Failure> {
    let to = x.input::<TransferAccountRequest>().map(|request| request.user);
    let done = accounts::transfer(&x.app(), &x.call, x.account(), to, shown).await?;
    Ok(tagged(x, settled(done, shown)?))
}
