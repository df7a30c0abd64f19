//! API keys in use: found in one batch with all that bounds their rights, refused once over, their use written down.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::api_keys::{self, ApiKeyInput};
use rolecall_app::ports::{LastUse, MaintenanceStore};
use rolecall_app::transaction::{AuditedAction, query};
use rolecall_app::{AppError, RequestContext, members, principals};
use rolecall_core::authz::principal::{AuthorizedPrincipal, authenticate_principal};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::stored_secret::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::audit_event::Resource;
use rolecall_core::transaction::denial::Denial;
use support::{Person, World, block_on, denial, fresh};

struct Made {
    key: ApiKey,
    secret: SecretHash,
}

fn make(world: &World, by: &Person, account: AccountId, permissions: &[&str], expires_in: Option<i64>) -> Made {
    let request = world.request(Some(by));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let input = ApiKeyInput {
        name: "ci".to_owned(),
        permissions: permissions.iter().map(|code| (*code).to_owned()).collect(),
        resources: Vec::new(),
        expires_in,
    };
    let key = fresh(block_on(api_keys::create(&world.app(), &request, account, Ok(input), &secret, |_| None)).unwrap());
    Made { key, secret }
}

fn call_by(world: &World, credential: Credential) -> RequestContext {
    let mut request = world.request(None);
    request.credential = Some(credential);
    request
}

/// The principal in the account that it names, or in its own, with what it holds there now.
fn acts(world: &World, request: &RequestContext, named: Option<AccountId>) -> Result<AuthorizedPrincipal, AppError> {
    block_on(query(&world.app(), request, principals::principal_lookups(request, named), None, |snapshot, ctx| {
        authenticate_principal(snapshot, &world.config, ctx, named)
    }))
}

fn acting(world: &World, credential: Credential, named: Option<AccountId>) -> Result<AuthorizedPrincipal, AppError> {
    acts(world, &call_by(world, credential), named)
}

fn codes(world: &World, acting: &AuthorizedPrincipal) -> Vec<String> {
    world.config.policy.codes(acting.rights).into_iter().map(str::to_owned).collect()
}

#[test]
fn one_batch_finds_the_key_its_account_and_what_its_creator_still_holds() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let made = make(&world, &people[1], team, &["pods.connect", "clusters.manage"], None);
    let use_it = |named| acting(&world, Credential::ApiKey(made.secret.clone()), named);

    world.store.db.batches.set(0);
    let acts = use_it(None).unwrap();
    assert_eq!(world.store.db.batches.get(), 1);
    assert_eq!((acts.account.id, acts.principal.id(), acts.role.as_str()), (team, made.key.id.to_string(), "api_key"));
    assert_eq!(codes(&world, &acts), ["pods.connect", "clusters.manage"]);
    assert!(use_it(Some(team)).is_ok());
    assert_eq!(denial(use_it(Some(people[1].account))), Denial::AccountNotFound);

    let request = world.request(Some(&people[0]));
    block_on(members::change_role(&world.app(), &request, team, Some(people[1].id), Ok("dev".to_owned()), |_| None)).unwrap();
    assert_eq!(codes(&world, &use_it(None).unwrap()), ["pods.connect"], "what a demoted creator lost, the key lost");

    let request = world.request(Some(&people[0]));
    block_on(members::remove(&world.app(), &request, team, Some(people[1].id), false, |_| None)).unwrap();
    assert_eq!(denial(use_it(None)), Denial::ApiKeyInvalid, "a creator who left leaves no key");
}

#[test]
fn an_unknown_revoked_or_expired_key_opens_nothing_and_no_hash_is_taken_for_another() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let (revoked, brief) =
        (make(&world, &people[0], team, &["team.access"], None), make(&world, &people[0], team, &["team.access"], Some(1)));
    assert!(acting(&world, Credential::ApiKey(brief.secret.clone()), None).is_ok());
    world.now.set(world.now.get() + 1_000);
    let request = world.request(Some(&people[0]));
    block_on(api_keys::revoke(&world.app(), &request, team, Some(revoked.key.id), |()| None)).unwrap();
    let unknown = ApiKeySecret::from_random([9; 32]).hash(&world.keys);
    for secret in [&revoked.secret, &brief.secret, &unknown, &people[0].session] {
        assert_eq!(denial(acting(&world, Credential::ApiKey(secret.clone()), None)), Denial::ApiKeyInvalid);
    }
    let live = make(&world, &people[0], team, &["team.access"], None);
    assert_eq!(denial(acting(&world, Credential::Session(live.secret), None)), Denial::SessionMissing);
}

#[test]
fn people_act_in_the_account_they_name_or_their_active_one_by_session_and_by_token() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let dev = &people[1];
    for (credential, named, account, role) in [
        (Credential::Session(dev.session.clone()), None, team, "dev"),
        (Credential::Session(dev.session.clone()), Some(dev.account), dev.account, "admin"),
        (Credential::Token(dev.id), Some(team), team, "dev"),
    ] {
        world.store.db.batches.set(0);
        let acts = acting(&world, credential, named).unwrap();
        assert_eq!((acts.account.id, acts.role.as_str(), world.store.db.batches.get()), (account, role, 1));
    }
    let stranger = world.person("eve@example.com");
    for credential in [Credential::Session(stranger.session.clone()), Credential::Token(stranger.id)] {
        assert_eq!(denial(acting(&world, credential, Some(team))), Denial::AccountNotFound);
    }
}

#[test]
fn a_use_is_written_down_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let made = make(&world, &people[0], team, &["team.access"], None);
    let used = || {
        let request = call_by(&world, Credential::ApiKey(made.secret.clone()));
        acts(&world, &request, None).unwrap();
        let touch = request.deferred.borrow().last_use;
        if let Some(used) = touch {
            block_on(world.store.record_last_use(used, request.ctx.now)).unwrap();
        }
        touch
    };
    assert_eq!(used(), Some(LastUse::ApiKey(made.key.id)));
    assert_eq!(used(), None);
    let first = world.count("SELECT last_used_at FROM api_key");
    world.now.set(world.now.get() + 60_000);
    assert_eq!(used(), Some(LastUse::ApiKey(made.key.id)));
    assert!(world.count("SELECT last_used_at FROM api_key") >= first + 60_000);
    block_on(world.store.record_last_use(LastUse::ApiKey(made.key.id), Timestamp::from_millis(1))).unwrap();
    assert!(world.count("SELECT last_used_at FROM api_key") >= first + 60_000, "the clock never goes back");
}

#[test]
fn what_a_key_was_refused_is_recorded_under_its_name_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let made = make(&world, &people[0], team, &["pods.connect"], None);
    let refused = || {
        let request = call_by(&world, Credential::ApiKey(made.secret.clone()));
        let audited = Some(AuditedAction::at_home("gateway.request", Resource::new("route", "POST /api/pods")));
        let manage = world.config.policy.permission("pods.manage").unwrap();
        block_on(query(&world.app(), &request, principals::principal_lookups(&request, None), audited, |snapshot, ctx| {
            authenticate_principal(snapshot, &world.config, ctx, None)?.require(snapshot, &world.config, manage, None)
        }))
    };
    for _ in 0..3 {
        assert!(matches!(denial(refused()), Denial::PermissionMissing(refusal) if refusal.role == "api_key"));
    }
    let id = made.key.id;
    let recorded = format!(
        "SELECT count(*) FROM audit_event WHERE account = '{team}' AND outcome = 'denied' AND actor_type = 'api_key' AND actor_id = '{id}' AND actor_name = 'ci'"
    );
    assert_eq!(world.count(&recorded), 1);
    world.assert_invariants();
}
