//! API keys of an account: a part of their creator's rights, and never more than the creator holds at use.

use super::members::excerpt;
use super::roles::parse_permissions;
use super::{change, nothing};
use crate::authz::member::{Insider, authorise};
use crate::authz::policy_config::Rules;
use crate::domain::api_key::ApiKey;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::domain::name::Name;
use crate::domain::stored_secret::SecretHash;
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::Resource;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::View;

/// Most resources that a key can be limited to: all are loaded and compared at each use of it.
pub const RESOURCES_MAX: usize = 100;
/// Longest `type:id` in bytes: room for a UUID, a path or a URN as an id, and a full list stays at 20 kB a key.
pub const RESOURCE_MAX: usize = 200;
/// The longest life of a key in seconds: ten years; whoever wants longer wants none at all.
pub const LIFETIME_MAX_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey<'a> {
    /// Name as sent.
    pub name: &'a str,
    /// Permission codes as sent, at least one.
    pub permissions: &'a [String],
    /// `type:id` limits as sent; empty for none.
    pub resources: &'a [String],
    /// Whole seconds from 1; None: until revoked.
    pub expires_in: Option<i64>,
    /// What the secret hashes to.
    pub secret: SecretHash,
}

fn parse_resources(resources: &[String]) -> Result<Vec<String>, Vec<FieldError>> {
    if resources.len() > RESOURCES_MAX {
        return Err(vec![FieldError::new("/resources", "too-long", format!("A key is limited to at most {RESOURCES_MAX} resources."))]);
    }
    let faulty = resources.iter().enumerate().filter(|(_, text)| !is_resource(text));
    let errors: Vec<FieldError> = faulty
        .map(|(index, text)| {
            FieldError::new(&format!("/resources/{index}"), "value-invalid", format!("`{}` is no `type:id`.", excerpt(text)))
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

/// Makes a key (`team.manage`, no-escalation).
pub fn create(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    input: Result<NewApiKey<'_>, Vec<FieldError>>,
) -> Result<Decided<ApiKey>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.team_manage)?;
    let input = input.map_err(Stop::Invalid)?;
    let (name, set, resources) =
        (Name::parse(input.name, "/name"), parse_permissions(rules, input.permissions), parse_resources(input.resources));
    let mut errors: Vec<FieldError> = name.as_ref().err().cloned().into_iter().collect();
    errors.extend(set.as_ref().err().cloned().unwrap_or_default());
    if input.permissions.is_empty() {
        errors.push(FieldError::new("/permissions", "too-short", "A key needs at least one permission."));
    }
    errors.extend(resources.as_ref().err().cloned().unwrap_or_default());
    if input.expires_in.is_some_and(|s| !(1..=LIFETIME_MAX_SECONDS).contains(&s)) {
        errors.push(FieldError::new("/expires_in", "out-of-range", "This is a whole number of seconds, from 1 to ten years, or null."));
    }
    let (name, set, resources) = match (name, set, resources) {
        (Ok(name), Ok(set), Ok(resources)) if errors.is_empty() => (name, set, resources),
        _ => return Err(Stop::Invalid(errors)),
    };
    insider.may_grant(view, rules, set)?;
    let full = view.room_for_api_key(&insider.account, moment.now)?;
    let key = ApiKey {
        id: ApiKeyId::new(moment.now, moment.id_bytes()),
        account: id,
        name,
        secret: input.secret,
        permissions: rules.policy.codes(set).into_iter().map(str::to_owned).collect(),
        resources,
        created_by: insider.user.id,
        created_at: moment.now,
        expires_at: input.expires_in.map(|s| moment.now.plus_seconds(s)),
        last_used_at: None,
        revoked_at: None,
    };
    let data = Data::none()
        .with_name("name", &key.name)
        .with_list("permissions", &key.permissions)
        .with_list("resources", &key.resources)
        .with_option("expires_at", key.expires_at);
    let event = moment.event(id, &insider.user, "api-key.create", Resource::new("api_key", key.id), data);
    let mut effects = if full { vec![Effect::EndExpiredApiKey(id, moment.now)] } else { Vec::new() };
    effects.push(Effect::InsertApiKey(key.clone()));
    Ok(change(view, effects, vec![event], key))
}

fn own_key(view: &View, insider: &Insider, key: ApiKeyId) -> Result<ApiKey, Stop> {
    let found = view.api_key(key)?.filter(|key| key.account == insider.account.id);
    Ok(found.ok_or(Denial::ApiKeyNotFound)?)
}

/// Ends a key (`team.manage`). Ended before: nothing changes.
pub fn revoke(view: &View, rules: &Rules, moment: &Moment, id: AccountId, key: ApiKeyId) -> Result<Decided<()>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.team_manage)?;
    let key = own_key(view, &insider, key)?;
    if key.revoked_at.is_some() {
        return Ok(nothing(view, ()));
    }
    let event =
        moment.event(id, &insider.user, "api-key.revoke", Resource::new("api_key", key.id), Data::none().with_name("name", &key.name));
    Ok(change(view, vec![Effect::RevokeApiKey(key.id, moment.now)], vec![event], ()))
}
