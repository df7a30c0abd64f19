//! Use cases of API keys.

use crate::accounts::member_lookups;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::{App, RequestContext};
use crate::transaction::{AuditedAction, Outcome, StoredResponse, execute, query};
use rolecall_core::decision::api_keys::{self, NewApiKey};
use rolecall_core::decision::queries;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, ApiKeyId};
use rolecall_core::domain::stored_secret::SecretHash;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Lookup, Page};

/// A key as asked for.
#[derive(Clone, Debug)]
pub struct ApiKeyInput {
    /// Name as sent.
    pub name: String,
    /// Permission codes as sent.
    pub permissions: Vec<String>,
    /// `type:id` limits as sent.
    pub resources: Vec<String>,
    /// Whole seconds; None: until revoked.
    pub expires_in: Option<i64>,
}

/// `POST …/api-keys`; `secret` is what the freshly made secret hashes to.
pub async fn create<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    input: Result<ApiKeyInput, Vec<FieldError>>,
    secret: &SecretHash,
    render: impl Fn(&ApiKey) -> Option<StoredResponse>,
) -> Result<Outcome<ApiKey>, AppError> {
    let audited = Some(AuditedAction::new(account, "api-key.create", Resource::new("account", account)));
    let decide = |snapshot: &_, ctx: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|input| NewApiKey {
            name: &input.name,
            permissions: &input.permissions,
            resources: &input.resources,
            expires_in: input.expires_in,
            secret: secret.clone(),
        });
        api_keys::create(snapshot, app.config, ctx, account, input)
    };
    execute(app, request, member_lookups(account), audited, decide, render).await
}

/// `GET …/api-keys`: a page, newest first, without revoked ones. The position after an item is its id.
pub async fn list<S: Store>(app: &App<'_, S>, request: &RequestContext, account: AccountId, page: Page) -> Result<Vec<ApiKey>, AppError> {
    let lookup = Lookup::ApiKeyPage(account, page);
    let mut lookups = member_lookups(account);
    lookups.push(lookup.clone());
    let audited = Some(AuditedAction::new(account, "api-key.list", Resource::new("account", account)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::api_keys(snapshot, app.config, ctx, account, &lookup)).await
}

/// One key, for the replay of its creation.
pub async fn get<S: Store>(
    app: &App<'_, S>,
    request: &RequestContext,
    account: AccountId,
    key: Option<ApiKeyId>,
) -> Result<ApiKey, AppError> {
    let mut lookups = member_lookups(account);
    lookups.extend(key.map(Lookup::ApiKey));
    let audited = Some(AuditedAction::new(account, "api-key.read", Resource::of("api_key", key)));
    query(app, request, lookups, audited, |snapshot, ctx| queries::api_key(snapshot, app.config, ctx, account, key)).await
}

/// `DELETE …/api-keys/{id}`.
pub async fn revoke<S: Store>(
    app: &App<'_, S>,
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
