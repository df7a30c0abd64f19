//! Members of an account.

use crate::answer::{Answer, Failure, nothing, recorded};
use crate::exchange::Exchange;
use rolecall_app::members::{self, position, user_id};
use rolecall_app::{Done, Recorded};
use rolecall_core::decision::Planned;
use rolecall_core::decision::members::MemberAnswer;
use rolecall_wire::dto::{DryRunResponse, MemberListResponse, MemberResponse, UpdateMemberRequest};

/// `GET …/members`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let found = members::list(&x.app(), &x.call, x.account(), x.page()).await?;
    x.raise()?;
    let (items, next) = x.cut(found, position);
    x.ok(&MemberListResponse::page(items.iter().map(MemberResponse::from).collect(), next))
}

/// `PATCH …/members/{user}`.
pub async fn update(x: &Exchange) -> Result<Answer, Failure> {
    let role = x.input::<UpdateMemberRequest>().map(|request| request.role);
    let user = user_id(x.inbound.param("user"));
    let done =
        members::change_role(&x.app(), &x.call, x.account(), user, role, |member| recorded("", &MemberResponse::from(member))).await?;
    x.changed(done, |member: &MemberAnswer| MemberResponse::from(member))
}

/// `DELETE …/members/{user}`. A query that cannot be read removes nobody: the caller is judged by a dry run, then told.
pub async fn remove(x: &Exchange) -> Result<Answer, Failure> {
    let dry_run = x.query().flag("dry_run") || x.raise().is_err();
    let done = members::remove(&x.app(), &x.call, x.account(), user_id(x.inbound.param("user")), dry_run, removed).await?;
    x.raise()?;
    match done {
        Done::Fresh(Planned::DryRun(changes)) => {
            Answer::json(x.route.status_with("DryRunResponse"), &DryRunResponse::from(changes.as_slice()))
        }
        Done::Fresh(Planned::Done(())) => x.gone(Done::Fresh(())),
        Done::Replayed(recorded) => x.gone(Done::Replayed(recorded)),
    }
}

/// A dry run is not kept, since it holds only for the moment.
fn removed(answer: &Planned<()>) -> Option<Recorded> {
    match answer {
        Planned::Done(()) => nothing(answer),
        Planned::DryRun(_) => None,
    }
}
