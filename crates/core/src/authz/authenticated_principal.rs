//! Authentication and authorisation of a principal: a user or an API key in an account.
//!
//! The gateway and AuthZEN begin with [`authenticate_principal`]; the routes under `/v1`, which accept sessions alone, with
//! [`authenticate_member`](crate::authz::member::authenticate_member).

use crate::authz::member::{effective_permissions, granting_roles, permission_set_from_codes};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::Account;
use crate::domain::api_key::API_KEY_ROLE;
use crate::domain::id::AccountId;
use crate::domain::principal::Principal;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::{Denial, MissingPermission};
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::{PermissionId, PermissionSet};

/// A principal in an account with its effective permissions.
#[derive(Clone, PartialEq, Debug)]
pub struct AuthenticatedPrincipal {
    /// The user or the API key.
    pub principal: Principal,
    /// The account of the request.
    pub account: Account,
    /// The user's role; [`API_KEY_ROLE`] for an API key, which has none.
    pub role: String,
    /// Effective permissions. Of an API key that is limited to resources they hold for these only: see
    /// [`AuthenticatedPrincipal::may`].
    pub rights: PermissionSet,
}

/// Authenticates the principal of the request's credential in an account.
///
/// `named` is the account that the request names; None means [`Principal::default_account`]. An API key holds its
/// permissions ∩ those that its creator holds now: none, once the creator has left.
///
/// # Errors
///
/// In this order: [`Denial::SessionMissing`], [`Denial::SessionExpired`], [`Denial::ApiKeyInvalid`] or
/// [`Denial::TokenInvalid`] by the kind of credential; [`Denial::AccountNotFound`] if there is no such account, the user is no
/// member of it, or the API key belongs to another account.
pub fn authenticate_principal(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    named: Option<AccountId>,
) -> Result<AuthenticatedPrincipal, DecisionError> {
    let principal = snapshot.principal(ctx.now)?;
    let id = named.unwrap_or(principal.default_account());
    if let Principal::ApiKey(key) = &principal
        && key.account != id
    {
        return Err(Denial::AccountNotFound.into());
    }
    let account = snapshot.account(id)?.ok_or(Denial::AccountNotFound)?;
    let held = effective_permissions(snapshot, config, &account, principal.user())?;
    let (role, rights) = match (&principal, held) {
        (Principal::User(_), None) => return Err(Denial::AccountNotFound.into()),
        (Principal::User(_), Some((role, rights))) => (role.as_str().to_owned(), rights),
        (Principal::ApiKey(key), held) => {
            let held = held.map_or(PermissionSet::EMPTY, |(_, rights)| rights);
            (API_KEY_ROLE.to_owned(), permission_set_from_codes(config, &key.permissions).intersection(held))
        }
    };
    Ok(AuthenticatedPrincipal { principal, account, role, rights })
}

impl AuthenticatedPrincipal {
    /// Whether the permission may be used on a resource of its type, or, with None, on the whole collection.
    ///
    /// An API key that is limited to resources reaches these and nothing else: no other resource, no collection.
    pub fn may(&self, config: &PolicyConfig, permission: PermissionId, resource: Option<&str>) -> bool {
        let reached = match &self.principal {
            Principal::User(_) => true,
            Principal::ApiKey(key) => key.reaches(resource_type(config, permission), resource),
        };
        reached && self.rights.contains(permission)
    }

    /// Checks [`AuthenticatedPrincipal::may`].
    ///
    /// # Errors
    ///
    /// [`Denial::PermissionMissing`] with the permission's code and the roles that grant the permission.
    pub fn require(
        &self,
        snapshot: &TrackedSnapshot,
        config: &PolicyConfig,
        permission: PermissionId,
        resource: Option<&str>,
    ) -> Result<(), DecisionError> {
        if self.may(config, permission, resource) {
            return Ok(());
        }
        let refusal = MissingPermission {
            permission: config.policy.code(permission).to_owned(),
            role: self.role.clone(),
            granted_by: granting_roles(snapshot, config, self.account.id, permission)?,
        };
        Err(Denial::PermissionMissing(refusal).into())
    }
}

/// Resource type of a permission.
fn resource_type(config: &PolicyConfig, permission: PermissionId) -> &str {
    config.policy.permissions().get(usize::from(permission.index())).map_or("", |permission| permission.resource.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_key::ApiKey;
    use crate::domain::session::Session;
    use crate::domain::time::Timestamp;
    use crate::domain::user::User;
    use crate::testing::{NOW, Team, account_id, codes, config, ctx, secret_hash, session, user};
    use crate::transaction::snapshot_values::ResolvedCredential;

    fn team() -> AccountId {
        account_id("acme")
    }

    fn ann() -> User {
        user("ann")
    }

    fn key(permissions: &[&str], resources: &[&str]) -> ApiKey {
        ApiKey {
            id: crate::testing::api_key_id("ci"),
            account: team(),
            name: crate::testing::name("ci"),
            secret: secret_hash("ci"),
            permissions: codes(permissions),
            resources: codes(resources),
            created_by: ann().id,
            created_at: NOW,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        }
    }

    /// A team in which Ann has a role, or is no member, and a request with this credential.
    fn snapshot(credential: ResolvedCredential, role: Option<&str>) -> TrackedSnapshot {
        let team = Team::new().owner("olga").custom_role("on-call", &["pods.manage"]).stranger("ann").credential(credential);
        role.map_or(team.clone(), |role| team.member("ann", role)).snapshot()
    }

    fn step(credential: ResolvedCredential, role: Option<&str>, named: Option<AccountId>) -> Result<AuthenticatedPrincipal, DecisionError> {
        authenticate_principal(&snapshot(credential, role), &config(), &ctx(), named)
    }

    fn held(authorized: &AuthenticatedPrincipal) -> Vec<String> {
        config().policy.codes(authorized.rights).into_iter().map(str::to_owned).collect()
    }

    fn by_key(key: ApiKey) -> ResolvedCredential {
        ResolvedCredential::ApiKey(Some(key))
    }

    #[test]
    fn a_key_holds_its_set_as_far_as_its_creator_holds_it_now() {
        let wide = || key(&["pods.connect", "pods.manage", "billing.view"], &[]);
        for (role, rights) in [
            (Some("admin"), vec!["pods.connect", "pods.manage", "billing.view"]),
            (Some("dev"), vec!["pods.connect", "pods.manage"]),
            (Some("billing"), vec!["billing.view"]),
            (Some("on-call"), vec!["pods.manage"]),
            (Some("no-such-role"), vec![]),
            (None, vec![]),
        ] {
            let authorized = step(by_key(wide()), role, None).unwrap();
            assert_eq!((held(&authorized), authorized.role.as_str()), (codes(&rights), "api_key"), "{role:?}");
        }
        let gone = key(&["pods.fly"], &[]);
        assert!(held(&step(by_key(gone), Some("admin"), None).unwrap()).is_empty(), "what the policy no longer knows");
    }

    #[test]
    fn a_key_that_is_unknown_revoked_or_over_opens_nothing() {
        let revoked = ApiKey { revoked_at: Some(NOW), ..key(&["team.access"], &[]) };
        let over = ApiKey { expires_at: Some(NOW), ..key(&["team.access"], &[]) };
        for credential in [ResolvedCredential::ApiKey(None), by_key(revoked), by_key(over)] {
            assert_eq!(step(credential, Some("admin"), None), Err(Denial::ApiKeyInvalid.into()));
        }
        let ends = ApiKey { expires_at: Some(NOW.plus_seconds(1)), ..key(&["team.access"], &[]) };
        assert!(step(by_key(ends), Some("admin"), None).is_ok());
    }

    #[test]
    fn a_key_knows_no_account_but_its_own() {
        assert!(step(by_key(key(&["team.access"], &[])), Some("admin"), Some(team())).is_ok());
        let other = step(by_key(key(&["team.access"], &[])), Some("admin"), Some(AccountId::from_bits(7)));
        assert_eq!(other, Err(Denial::AccountNotFound.into()));
    }

    #[test]
    fn people_hold_what_their_role_grants_and_strangers_find_nothing() {
        let seen_at = |seen: Timestamp| {
            let session = Session { created_at: seen, last_seen_at: seen, ..session("ann") };
            ResolvedCredential::Session(Some((session, ann())))
        };
        for credential in [seen_at(NOW), ResolvedCredential::Token(Some(ann()))] {
            let authorized = step(credential.clone(), Some("billing"), Some(team())).unwrap();
            assert_eq!((authorized.role.as_str(), authorized.principal.id()), ("billing", ann().id.to_string()));
            assert_eq!(held(&authorized), ["team.access", "billing.view", "billing.manage"]);
            assert_eq!(step(credential, None, Some(team())), Err(Denial::AccountNotFound.into()));
        }
        assert_eq!(step(ResolvedCredential::None, Some("admin"), None), Err(Denial::SessionMissing.into()));
        assert_eq!(step(ResolvedCredential::Session(None), Some("admin"), None), Err(Denial::SessionMissing.into()));
        assert_eq!(step(seen_at(Timestamp::from_millis(0)), Some("admin"), None), Err(Denial::SessionExpired.into()));
        assert_eq!(step(ResolvedCredential::Token(None), Some("admin"), Some(team())), Err(Denial::TokenInvalid.into()));
    }

    #[test]
    fn a_limited_key_reaches_what_it_names_and_nothing_else() {
        let config = config();
        let permission = |code: &str| config.policy.permission(code).unwrap();
        let limited = step(by_key(key(&["pods.manage", "billing.view"], &["pod:abc", "cluster:abc"])), Some("admin"), None).unwrap();
        for (code, resource, allowed) in [
            ("pods.manage", Some("abc"), true),
            ("pods.manage", Some("abcd"), false),
            ("pods.manage", Some("ABC"), false),
            ("pods.manage", Some(""), false),
            ("pods.manage", None, false),
            ("billing.view", None, false),
            ("billing.view", Some("abc"), false),
            ("clusters.manage", Some("abc"), false),
        ] {
            assert_eq!(limited.may(&config, permission(code), resource), allowed, "{code} {resource:?}");
        }
        let free = step(by_key(key(&["pods.manage"], &[])), Some("admin"), None).unwrap();
        assert!(free.may(&config, permission("pods.manage"), None) && free.may(&config, permission("pods.manage"), Some("abc")));
    }

    #[test]
    fn a_refusal_names_the_permission_and_who_could_help() {
        let config = config();
        let seen = snapshot(by_key(key(&["pods.connect"], &[])), Some("dev"));
        let authorized = authenticate_principal(&seen, &config, &ctx(), None).unwrap();
        let refused = authorized.require(&seen, &config, config.policy.permission("pods.manage").unwrap(), None);
        let refusal = MissingPermission {
            permission: "pods.manage".to_owned(),
            role: API_KEY_ROLE.to_owned(),
            granted_by: codes(&["dev", "admin", "on-call"]),
        };
        assert_eq!(refused, Err(Denial::PermissionMissing(refusal).into()));
    }
}
