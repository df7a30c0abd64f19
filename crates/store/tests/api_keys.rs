//! Authentication by API key: one batch, rejection of revoked and expired keys, and the recorded last use.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::api_keys::{self, NewApiKey};
use rolecall_app::ports::{MaintenanceStore, UsedCredential};
use rolecall_app::transaction::{AuditedAction, query};
use rolecall_app::{AppError, RequestContext, members, principals};
use rolecall_core::authz::authenticated_principal::{AuthenticatedPrincipal, authenticate_principal};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::denial::Denial;
use support::{Person, World, block_on, denial, fresh_output};

struct CreatedKey {
    key: ApiKey,
    secret: SecretHash,
}

fn create_key(world: &World, by: &Person, account: AccountId, permissions: &[&str], expires_in: Option<i64>) -> CreatedKey {
    let request = world.request(Some(by));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let input = NewApiKey {
        name: "ci".to_owned(),
        permissions: permissions.iter().map(|code| (*code).to_owned()).collect(),
        resources: Vec::new(),
        expires_in,
    };
    let key = fresh_output(block_on(api_keys::create(&world.app(), &request, account, Ok(input), &secret, |_| None)).unwrap());
    CreatedKey { key, secret }
}

fn request_by(world: &World, credential: Credential) -> RequestContext {
    let mut request = world.request(None);
    request.credential = Some(credential);
    request
}

/// Authenticates the principal in the named account, or in its default account, with its current permissions.
fn authenticate(world: &World, request: &RequestContext, named: Option<AccountId>) -> Result<AuthenticatedPrincipal, AppError> {
    block_on(query(&world.app(), request, principals::principal_lookups(request, named), None, |snapshot, ctx| {
        authenticate_principal(snapshot, &world.config, ctx, named)
    }))
}

fn authenticate_with(world: &World, credential: Credential, named: Option<AccountId>) -> Result<AuthenticatedPrincipal, AppError> {
    authenticate(world, &request_by(world, credential), named)
}

fn codes(world: &World, principal: &AuthenticatedPrincipal) -> Vec<String> {
    world.config.policy.codes(principal.rights).into_iter().map(str::to_owned).collect()
}

#[test]
fn one_batch_loads_the_key_its_account_and_the_current_permissions_of_its_creator() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let created = create_key(&world, &people[1], team, &["pods.connect", "clusters.manage"], None);
    let use_it = |named| authenticate_with(&world, Credential::ApiKey(created.secret.clone()), named);

    world.store.db.batches.set(0);
    let principal = use_it(None).unwrap();
    assert_eq!(world.store.db.batches.get(), 1);
    assert_eq!((principal.account.id, principal.principal.id(), principal.role.as_str()), (team, created.key.id.to_string(), "api_key"));
    assert_eq!(codes(&world, &principal), ["pods.connect", "clusters.manage"]);
    assert!(use_it(Some(team)).is_ok());
    assert_eq!(denial(use_it(Some(people[1].account))), Denial::AccountNotFound);

    let request = world.request(Some(&people[0]));
    block_on(members::change_role(&world.app(), &request, team, Some(people[1].id), Ok("dev".to_owned()), |_| None)).unwrap();
    assert_eq!(codes(&world, &use_it(None).unwrap()), ["pods.connect"], "a key has no permission that its creator has lost");

    let request = world.request(Some(&people[0]));
    block_on(members::remove(&world.app(), &request, team, Some(people[1].id), false, |_| None)).unwrap();
    assert_eq!(denial(use_it(None)), Denial::ApiKeyInvalid, "a key is revoked when its creator leaves");
}

#[test]
fn unknown_revoked_and_expired_keys_are_rejected_and_key_and_session_hashes_are_distinct() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let (revoked, brief) =
        (create_key(&world, &people[0], team, &["team.access"], None), create_key(&world, &people[0], team, &["team.access"], Some(1)));
    assert!(authenticate_with(&world, Credential::ApiKey(brief.secret.clone()), None).is_ok());
    world.now.set(world.now.get() + 1_000);
    let request = world.request(Some(&people[0]));
    block_on(api_keys::revoke(&world.app(), &request, team, Some(revoked.key.id), |()| None)).unwrap();
    let unknown = ApiKeySecret::from_random([9; 32]).hash(&world.keys);
    for secret in [&revoked.secret, &brief.secret, &unknown, &people[0].session] {
        assert_eq!(denial(authenticate_with(&world, Credential::ApiKey(secret.clone()), None)), Denial::ApiKeyInvalid);
    }
    let live = create_key(&world, &people[0], team, &["team.access"], None);
    assert_eq!(denial(authenticate_with(&world, Credential::Session(live.secret), None)), Denial::SessionMissing);
}

#[test]
fn users_act_in_the_named_or_active_account_by_session_and_by_token() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let dev = &people[1];
    for (credential, named, account, role) in [
        (Credential::Session(dev.session.clone()), None, team, "dev"),
        (Credential::Session(dev.session.clone()), Some(dev.account), dev.account, "admin"),
        (Credential::Token(dev.id), Some(team), team, "dev"),
    ] {
        world.store.db.batches.set(0);
        let principal = authenticate_with(&world, credential, named).unwrap();
        assert_eq!((principal.account.id, principal.role.as_str(), world.store.db.batches.get()), (account, role, 1));
    }
    let stranger = world.person("eve@example.com");
    for credential in [Credential::Session(stranger.session.clone()), Credential::Token(stranger.id)] {
        assert_eq!(denial(authenticate_with(&world, credential, Some(team))), Denial::AccountNotFound);
    }
}

#[test]
fn the_last_use_is_recorded_at_most_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let created = create_key(&world, &people[0], team, &["team.access"], None);
    let used = || {
        let request = request_by(&world, Credential::ApiKey(created.secret.clone()));
        authenticate(&world, &request, None).unwrap();
        let last_use = request.deferred.borrow().last_use;
        if let Some(used) = last_use {
            block_on(world.store.record_last_use(used, request.ctx.now)).unwrap();
        }
        last_use
    };
    assert_eq!(used(), Some(UsedCredential::ApiKey(created.key.id)));
    assert_eq!(used(), None);
    let first = world.count("SELECT last_used_at FROM api_key");
    world.now.set(world.now.get() + 60_000);
    assert_eq!(used(), Some(UsedCredential::ApiKey(created.key.id)));
    assert!(world.count("SELECT last_used_at FROM api_key") >= first + 60_000);
    block_on(world.store.record_last_use(UsedCredential::ApiKey(created.key.id), Timestamp::from_millis(1))).unwrap();
    assert!(world.count("SELECT last_used_at FROM api_key") >= first + 60_000, "the last use never decreases");
}

#[test]
fn the_denial_of_a_key_is_recorded_under_its_name_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let created = create_key(&world, &people[0], team, &["pods.connect"], None);
    let denied = || {
        let request = request_by(&world, Credential::ApiKey(created.secret.clone()));
        let audited = Some(AuditedAction::in_default_account("gateway.request", Resource::new("route", "POST /api/pods")));
        let manage = world.config.policy.permission("pods.manage").unwrap();
        block_on(query(&world.app(), &request, principals::principal_lookups(&request, None), audited, |snapshot, ctx| {
            authenticate_principal(snapshot, &world.config, ctx, None)?.require(snapshot, &world.config, manage, None)
        }))
    };
    for _ in 0..3 {
        assert!(matches!(denial(denied()), Denial::PermissionMissing(refusal) if refusal.role == "api_key"));
    }
    let id = created.key.id;
    let recorded = format!(
        "SELECT count(*) FROM audit_event WHERE account = '{team}' AND outcome = 'denied' AND actor_type = 'api_key' AND actor_id = '{id}'"
    );
    assert_eq!(world.count(&recorded), 1);
    world.assert_invariants();
}
