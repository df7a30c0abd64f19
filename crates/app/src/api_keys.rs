//! Use cases of API keys.

use crate::accounts::member_lookups;
use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::transaction::{AuditedAction, Outcome, StoredResponse, by_ref, execute, query};
use rolecall_core::decision::api_keys;
pub use rolecall_core::decision::api_keys::NewApiKey;
use rolecall_core::decision::queries;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, ApiKeyId};
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Lookup, Page, UserRef};

/// `POST …/api-keys`: creates an API key. `secret` is the hash of its new secret.
///
/// # Errors
///
/// Those of [`api_keys::create`] and [`execute`].
pub async fn create<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<NewApiKey, Vec<FieldError>>,
    secret: &SecretHash,
    render: impl Fn(&ApiKey) -> Option<StoredResponse>,
) -> Result<Outcome<ApiKey>, AppError> {
    let audited = Some(AuditedAction::new(account, "api-key.create", Resource::new("account", account)));
    let mut lookups = member_lookups(account);
    lookups.push(Lookup::SignInMethods(UserRef::Caller));
    let decide = |snapshot: &_, ctx: &_| api_keys::create(snapshot, app.config, ctx, account, by_ref(&input), secret);
    execute(app, request, lookups, audited, decide, render).await
}

/// `GET …/api-keys`: lists a page of the API keys that are not revoked, newest first. The sort key of an item is its id.
///
/// # Errors
///
/// Those of [`queries::api_keys`] and [`query`].
pub async fn list<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    page: Page,
) -> Result<Vec<ApiKey>, AppError> {
    let lookup = Lookup::ApiKeyPage(account, page);
    let mut lookups = member_lookups(account);
    lookups.push(lookup.clone());
    let audited = Some(AuditedAction::new(account, "api-key.list", Resource::new("account", account)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::api_keys(snapshot, app.config, ctx, account, &lookup)).await
}

/// Reads one API key: for the replay of its creation.
///
/// # Errors
///
/// Those of [`queries::api_key`] and [`query`].
pub async fn get<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    key: Option<ApiKeyId>,
) -> Result<ApiKey, AppError> {
    let mut lookups = member_lookups(account);
    lookups.extend(key.map(Lookup::ApiKey));
    let audited = Some(AuditedAction::new(account, "api-key.read", Resource::of("api_key", key)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::api_key(snapshot, app.config, ctx, account, key)).await
}

/// `DELETE …/api-keys/{id}`: revokes an API key. None is an id that does not parse.
///
/// # Errors
///
/// Those of [`api_keys::revoke`] and [`execute`].
pub async fn revoke<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    account: AccountId,
    key: Option<ApiKeyId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let mut lookups = member_lookups(account);
    lookups.extend(key.map(Lookup::ApiKey));
    let audited = Some(AuditedAction::new(account, "api-key.revoke", Resource::of("api_key", key)));
    let decide = |snapshot: &_, ctx: &_| api_keys::revoke(snapshot, app.config, ctx, account, key);
    execute(app, request, lookups, audited, decide, render).await
}
