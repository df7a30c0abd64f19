//! What to load for a principal, on routes that take API keys as well as sessions.

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

/// What `core::authz::principal::authenticate_principal` reads: the credential, the account, the custom roles, and the membership
/// of the user who bounds the principal's permissions.
pub fn principal_lookups(request: &RequestContext, named: Option<AccountId>) -> Vec<Lookup> {
    vec![Lookup::CallerIn(account_ref(request, named))]
}

/// Requires a valid credential, and nothing else: for a request whose account cannot exist.
pub async fn require_principal<S: Store>(app: &App<'_, S>, request: &RequestContext) -> Result<(), AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.principal(ctx.now).map(drop)).await
}
