//! Use cases of the signed-in person.

use crate::call::{App, Call};
use crate::engine::{Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::profile::{self, Me, ProfileEdit};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::lookup::{AccountRef, UserRef, Want};

/// `GET /v1/me`.
pub async fn get<S: Store>(app: &App<'_, S>, call: &Call) -> Result<Me, AppError> {
    query(app, call, vec![Want::CallerMemberships], None, profile::me).await
}

/// `PATCH /v1/me`: name, active account, or both.
pub async fn update<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    input: Result<(Option<String>, Option<String>), Vec<FieldError>>,
    render: impl Fn(&Me) -> Option<Recorded>,
) -> Result<Done<Me>, AppError> {
    let mut wants = vec![Want::CallerMemberships];
    let active = input.as_ref().ok().and_then(|(_, active)| AccountId::parse(active.as_deref()?));
    wants.extend(active.map(|id| Want::Member(AccountRef::Id(id), UserRef::Caller)));
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|(name, active)| ProfileEdit { name: name.as_deref(), active_account: active.as_deref() });
        profile::update(view, moment, input)
    };
    mutate(app, call, wants, None, decide, render).await
}
