//! Where API keys count as well as sessions: what to load for a principal.
//!
//! A use case puts [`wants`] before its own, asks about the account by [`place`], and steps into it with
//! `core::principal::act` in its decision.

use crate::call::Call;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::lookup::{AccountRef, UserRef, Want};

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
