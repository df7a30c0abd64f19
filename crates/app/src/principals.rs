//! Lookups of a principal, for routes that accept API keys as well as sessions.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::query;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// Reference to the account of a request: the named account, or the default account of the principal if `named` is None. For an
/// API key always the account of the key, so that no other account is loaded.
pub fn account_ref(request: &RequestContext, named: Option<AccountId>) -> AccountRef {
    match (&request.credential, named) {
        (Some(Credential::ApiKey(_)), _) | (_, None) => AccountRef::ActiveOf(UserRef::Caller),
        (_, Some(id)) => AccountRef::Id(id),
    }
}

/// Lookups of [`authenticate_principal`](rolecall_core::authz::authenticated_principal::authenticate_principal): the credential, the account, the
/// custom roles, and the membership of the user whose permissions bound those of the principal.
pub fn principal_lookups(request: &RequestContext, named: Option<AccountId>) -> Vec<Lookup> {
    vec![Lookup::CallerIn(account_ref(request, named))]
}

/// Requires a valid session or API key: for a request whose account id does not parse.
///
/// # Errors
///
/// Those of [`TrackedSnapshot::principal`](rolecall_core::transaction::tracked_snapshot::TrackedSnapshot::principal) and [`query`].
pub async fn require_principal<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<(), AppError> {
    query(app, request, Vec::new(), None, |snapshot, ctx| snapshot.principal(ctx.now).map(drop)).await
}
