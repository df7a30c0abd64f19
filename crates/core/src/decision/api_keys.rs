//! API keys of an account. A key holds at most the permissions that its creator holds when it is used.

use super::members::excerpt;
use super::roles::parse_permissions;
use super::{changed, unchanged};
use crate::authz::freshness::require_fresh;
use crate::authz::member::{AuthenticatedMember, require_permission};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::api_key::ApiKey;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::domain::name::Name;
use crate::domain::secret_hashes::SecretHash;
use crate::transaction::audit_event::{EventData, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Maximum number of resources that a key is limited to: all are loaded and compared at each use.
pub const RESOURCES_MAX: usize = 100;
/// Maximum length of a `type:id` in bytes: fits a UUID, a path or a URN as the id, and bounds a full list to 20 kB.
pub const RESOURCE_MAX: usize = 200;
/// Maximum lifetime of a key in seconds: ten years. A longer one can only be unlimited.
pub const LIFETIME_MAX_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;

/// Input of [`create`].
#[derive(Clone, Debug, Default)]
pub struct NewApiKey {
    /// Name as received.
    pub name: String,
    /// Permission codes as received; at least one is required.
    pub permissions: Vec<String>,
    /// Resource limits `type:id` as received; empty for none.
    pub resources: Vec<String>,
    /// Lifetime in seconds from 1; None: until revoked.
    pub expires_in: Option<i64>,
}

fn parse_resources(resources: &[String]) -> Result<Vec<String>, Vec<FieldError>> {
    if resources.len() > RESOURCES_MAX {
        return Err(vec![FieldError::new("/resources", "too-long", format!("The list must have at most {RESOURCES_MAX} resources."))]);
    }
    let faulty = resources.iter().enumerate().filter(|(_, text)| !is_resource(text));
    let errors: Vec<FieldError> = faulty
        .map(|(index, text)| {
            FieldError::new(&format!("/resources/{index}"), "value-invalid", format!("`{}` is not of the form `type:id`.", excerpt(text)))
        })
        .collect();
    if errors.is_empty() { Ok(resources.to_vec()) } else { Err(errors) }
}

fn is_resource(text: &str) -> bool {
    let parts = text.split_once(':').is_some_and(|(kind, id)| {
        !kind.is_empty() && !id.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-')
    });
    parts && text.len() <= RESOURCE_MAX && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Creates an API key (`team.manage`). `secret` is the hash of its new secret.
///
/// INVARIANT (no-escalation): the caller holds every permission of the key. At the cap of keys an expired one is ended.
///
/// # Errors
///
/// Those of [`require_permission`] and [`require_fresh`], then invalid fields, all at once: `/name`, `/permissions`,
/// `/resources`, `/expires_in`; then [`Denial::PermissionEscalation`], [`Denial::LimitReached`].
pub fn create(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&NewApiKey, Vec<FieldError>>,
    secret: &SecretHash,
) -> Result<Decision<ApiKey>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.team_manage)?;
    require_fresh(snapshot, config, ctx, &caller.session)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let (name, set, resources) =
        (Name::parse(&input.name, "/name"), parse_permissions(config, &input.permissions), parse_resources(&input.resources));
    let mut errors: Vec<FieldError> = name.as_ref().err().cloned().into_iter().collect();
    errors.extend(set.as_ref().err().cloned().unwrap_or_default());
    if input.permissions.is_empty() {
        errors.push(FieldError::new("/permissions", "too-short", "The list must have at least one permission."));
    }
    errors.extend(resources.as_ref().err().cloned().unwrap_or_default());
    if input.expires_in.is_some_and(|s| !(1..=LIFETIME_MAX_SECONDS).contains(&s)) {
        errors.push(FieldError::new(
            "/expires_in",
            "out-of-range",
            "The value must be an integer number of seconds from 1 to 315,360,000 (ten years), or null.",
        ));
    }
    let (name, set, resources) = match (name, set, resources) {
        (Ok(name), Ok(set), Ok(resources)) if errors.is_empty() => (name, set, resources),
        _ => return Err(DecisionError::Invalid(errors)),
    };
    caller.check_can_grant(snapshot, config, set)?;
    let full = snapshot.check_api_key_cap(&caller.account, ctx.now)?;
    let key = ApiKey {
        id: ApiKeyId::new(ctx.now, ctx.id_bytes()),
        account: id,
        name,
        secret: secret.clone(),
        permissions: config.policy.codes(set).into_iter().map(str::to_owned).collect(),
        resources,
        created_by: caller.user.id,
        created_at: ctx.now,
        expires_at: input.expires_in.map(|s| ctx.now.plus_seconds(s)),
        last_used_at: None,
        revoked_at: None,
    };
    let data = EventData::none()
        .with_name("name", &key.name)
        .with_list("permissions", &key.permissions)
        .with_list("resources", &key.resources)
        .with_option("expires_at", key.expires_at);
    let event = ctx.event(id, &caller.user, "api-key.create", Resource::new("api_key", key.id), data);
    let mut effects = if full { vec![Effect::EndExpiredApiKey(id, ctx.now)] } else { Vec::new() };
    effects.push(Effect::InsertApiKey(key.clone()));
    Ok(changed(snapshot, effects, vec![event], key))
}

fn find_api_key(snapshot: &TrackedSnapshot, caller: &AuthenticatedMember, key: Option<ApiKeyId>) -> Result<ApiKey, DecisionError> {
    let found = key.map(|key| snapshot.api_key(key)).transpose()?.flatten().filter(|key| key.account == caller.account.id);
    Ok(found.ok_or(Denial::ApiKeyNotFound)?)
}

/// Revokes an API key (`team.manage`). Revoking it again changes nothing.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::ApiKeyNotFound`].
pub fn revoke(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    key: Option<ApiKeyId>,
) -> Result<Decision<()>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.team_manage)?;
    let key = find_api_key(snapshot, &caller, key)?;
    if key.revoked_at.is_some() {
        return Ok(unchanged(snapshot, ()));
    }
    let event =
        ctx.event(id, &caller.user, "api-key.revoke", Resource::new("api_key", key.id), EventData::none().with_name("name", &key.name));
    Ok(changed(snapshot, vec![Effect::RevokeApiKey(key.id, ctx.now)], vec![event], ()))
}

#[cfg(test)]
mod tests;
