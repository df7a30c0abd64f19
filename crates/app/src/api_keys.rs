//! Use cases of API keys.

use crate::accounts::inside;
use crate::call::{App, Call};
use crate::engine::{Attempt, Done, Recorded, mutate, query};
use crate::error::AppError;
use crate::ports::Store;
use rolecall_core::decision::api_keys::{self, NewApiKey};
use rolecall_core::decision::reading;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{AccountId, ApiKeyId};
use rolecall_core::domain::stored_secret::SecretHash;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::lookup::{Page, Want};

/// A key id from a path: what cannot be one names no key.
pub fn api_key_id(text: &str) -> ApiKeyId {
    ApiKeyId::parse(text).unwrap_or(ApiKeyId::from_bits(0))
}

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
    call: &Call,
    account: AccountId,
    input: Result<ApiKeyInput, Vec<FieldError>>,
    secret: &SecretHash,
    render: impl Fn(&ApiKey) -> Option<Recorded>,
) -> Result<Done<ApiKey>, AppError> {
    let attempt = Some(Attempt::new(account, "api-key.create", Resource::new("account", account)));
    let decide = |view: &_, moment: &_| {
        let input = input.as_ref().map_err(Clone::clone);
        let input = input.map(|input| NewApiKey {
            name: &input.name,
            permissions: &input.permissions,
            resources: &input.resources,
            expires_in: input.expires_in,
            secret: secret.clone(),
        });
        api_keys::create(view, app.rules, moment, account, input)
    };
    mutate(app, call, inside(account), attempt, decide, render).await
}

/// `GET …/api-keys`: a page, newest first, without revoked ones. The position after an item is its id.
pub async fn list<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId, page: Page) -> Result<Vec<ApiKey>, AppError> {
    let want = Want::ApiKeyPage(account, page);
    let mut wants = inside(account);
    wants.push(want.clone());
    let attempt = Some(Attempt::new(account, "api-key.list", Resource::new("account", account)));
    query(app, call, wants, attempt, |view, moment| reading::api_keys(view, app.rules, moment, account, &want)).await
}

/// One key, for the replay of its creation.
pub async fn get<S: Store>(app: &App<'_, S>, call: &Call, account: AccountId, key: ApiKeyId) -> Result<ApiKey, AppError> {
    let mut wants = inside(account);
    wants.push(Want::ApiKey(key));
    let attempt = Some(Attempt::new(account, "api-key.read", Resource::new("api_key", key)));
    query(app, call, wants, attempt, |view, moment| reading::api_key(view, app.rules, moment, account, key)).await
}

/// `DELETE …/api-keys/{id}`.
pub async fn revoke<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    account: AccountId,
    key: ApiKeyId,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let mut wants = inside(account);
    wants.push(Want::ApiKey(key));
    let attempt = Some(Attempt::new(account, "api-key.revoke", Resource::new("api_key", key)));
    let decide = |view: &_, moment: &_| api_keys::revoke(view, app.rules, moment, account, key);
    mutate(app, call, wants, attempt, decide, render).await
}
