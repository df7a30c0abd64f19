//! Where API keys count as well as sessions: what to load for a principal, and stepping into an account as one.
//!
//! A handler that needs no more calls [`acting`]. A use case that loads more in the same batch puts [`wants`]
//! before its own, asks about the account by [`place`], and calls `core::principal::act` in its decision.

use crate::call::{App, Call};
use crate::engine::{Attempt, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::id::AccountId;
use rolecall_core::principal::{Acting, Credential, act};
use rolecall_core::view::{AccountRef, UserRef, Want};

/// The account that a request is about, as far as it is known before loading: the one that it names, else the one
/// that the caller acts in. A key is looked for in its own account, whatever the request names: it has no other.
pub fn place(call: &Call, named: Option<AccountId>) -> AccountRef {
    match (&call.credential, named) {
        (Some(Credential::ApiKey(_)), _) | (_, None) => AccountRef::ActiveOf(UserRef::Caller),
        (_, Some(id)) => AccountRef::Id(id),
    }
}

/// What `core::principal::act` reads, in one batch: the account, the place in it of whoever bounds the
/// principal's rights, its custom roles. The credential itself is always loaded.
pub fn wants(call: &Call, named: Option<AccountId>) -> Vec<Want> {
    let account = place(call, named);
    vec![Want::Account(account.clone()), Want::Member(account.clone(), UserRef::Caller), Want::Roles(account)]
}

/// The principal in the account that the request names, or in its own, with what it holds there now.
/// One round trip. Fails with 401 without a valid credential and with 404 where the account is not the principal's to know.
pub async fn acting<S: Store>(app: &App<'_, S>, call: &Call, named: Option<AccountId>) -> Result<Acting, AppError> {
    query(app, call, wants(call, named), None::<Attempt>, |view, moment| act(view, app.rules, moment, named)).await
}
