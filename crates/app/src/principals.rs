//! Where API keys count as well as sessions: what to load for a principal.
//!
//! A use case puts [`lookups`] before its own, asks about the account by [`account_ref`], and steps into it with
//! `core::principal::authenticate_principal` in its decision.

use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::query;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// The account that a request is about, as far as it is known before loading: the one that it names, else the one
/// that the caller acts in. A key is looked for in its own account, whatever the request names: it has no other.
pub fn account_ref(request: &RequestContext, named: Option<AccountId>) -> AccountRef {
    match (&request.credential, named) {
        (Some(Credential::ApiKey(_)), _) | (_, None) => AccountRef::ActiveOf(UserRef::Caller),
        (_, Some(id)) => AccountRef::Id(id),
    }
}

/// What `core::principal::authenticate_principal` reads, in one batch: the account, the place in it of whoever bounds the
/// principal's rights, its custom roles. The credential itself is always loaded.
pub fn principal_lookups(request: &RequestContext, named: Option<AccountId>) -> Vec<Lookup> {
    let account = account_ref(request, named);
    vec![Lookup::Account(account.clone()), Lookup::Member(account.clone(), UserRef::Caller), Lookup::Roles(account)]
}

/// Requires a valid credential, and nothing else: for a request whose account cannot exist.
pub async fn require_principal<S: Store>(app: &App<'_, S>, request: &RequestContext) -> Result<(), AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.principal(ctx.now).map(drop)).await
}
