use super::*;
use crate::domain::account::API_KEYS_MAX;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").api_key("ci", "ann", &["pods.connect"]).as_caller("ann")
}

fn make(team: &Team, permissions: &[&str], resources: &[&str], expires_in: Option<i64>) -> Result<Decision<ApiKey>, DecisionError> {
    let input = NewApiKey { name: "deploy".to_owned(), permissions: codes(permissions), resources: codes(resources), expires_in };
    create(&team.snapshot(), &config(), &ctx(), acme(), Ok(&input), &secret_hash("deploy"))
}

#[test]
fn a_key_is_stored_with_its_creator_its_limits_and_its_end() {
    let decided = make(&team(), &["pods.manage", "pods.connect"], &["pod:abc"], Some(60)).unwrap();
    let key = &decided.output;
    assert_eq!(decided.change.effects, [Effect::InsertApiKey(key.clone())]);
    assert_eq!((key.account, key.created_by, key.expires_at), (acme(), user_id("ann"), Some(NOW.plus_seconds(60))));
    assert_eq!((key.permissions.clone(), key.resources.clone()), (codes(&["pods.connect", "pods.manage"]), codes(&["pod:abc"])));
    assert_eq!(event_names(&decided.change), ["api-key.create"]);
    assert_eq!(event_data(&decided.change)["expires_at"], NOW.plus_seconds(60).to_string());
    assert_rests_on(&decided.change, &[Precondition::ApiKeysBelowCap(acme(), NOW)]);
}

#[test]
fn making_a_key_checks_permission_version_every_field_and_then_the_grant() {
    let decide = |snapshot: &_, ctx: &_| {
        let input = NewApiKey { resources: codes(&["Pod"]), expires_in: Some(0), ..NewApiKey::default() };
        create(snapshot, &config(), ctx, acme(), Ok(&input), &secret_hash("x"))
    };
    assert_requires_permission(&team(), "team.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_requires_fresh(&team(), decide);
    let all = ["/name too-short", "/permissions too-short", "/resources/0 value-invalid", "/expires_in out-of-range"];
    assert_eq!(invalid(decide(&team().snapshot(), &ctx())), all);
    assert_eq!(invalid(make(&team(), &["pods.fly"], &[], None)), ["/permissions/0 permission-unknown"]);
    let limited = team().custom_role("settings", &["team.manage"]).member("sam", "settings").as_caller("sam");
    let full = limited.clone().edit_account(|account| account.api_keys = API_KEYS_MAX);
    assert!(matches!(denied(make(&full, &["pods.connect"], &[], None)), Denial::PermissionEscalation(_)));
    assert_eq!(denied(make(&full, &["team.manage"], &[], None)), Denial::LimitReached("API keys"));
    assert_eq!(make(&limited, &["team.manage"], &[], None).unwrap().output.expires_at, None);
}

#[test]
fn a_lifetime_is_from_one_second_to_ten_years() {
    for (seconds, valid) in [(i64::MIN, false), (0, false), (1, true), (LIFETIME_MAX_SECONDS, true), (LIFETIME_MAX_SECONDS + 1, false)] {
        assert_eq!(make(&team(), &["pods.connect"], &[], Some(seconds)).is_ok(), valid, "{seconds}");
    }
}

#[test]
fn a_resource_is_a_type_and_an_id_of_bounded_length() {
    let longest = format!("pod:{}", "x".repeat(RESOURCE_MAX - 4));
    let too_long = format!("{longest}x");
    for (resource, valid) in [
        ("pod:abc", true),
        ("payment_method:a:b", true),
        ("a-b:/x/y?z", true),
        (longest.as_str(), true),
        (too_long.as_str(), false),
        ("pod", false),
        (":abc", false),
        ("pod:", false),
        ("Pod:abc", false),
        ("pod1:abc", false),
        ("pod:a b", false),
        ("pod:é", false),
    ] {
        assert_eq!(make(&team(), &["pods.connect"], &[resource], None).is_ok(), valid, "{resource}");
    }
    let many = |count: usize| make(&team(), &["pods.connect"], &vec!["pod:abc"; count], None);
    assert!(many(RESOURCES_MAX).is_ok());
    assert_eq!(invalid(many(RESOURCES_MAX + 1)), ["/resources too-long"]);
}

#[test]
fn at_the_cap_an_expired_key_makes_room_and_otherwise_there_is_none() {
    let with = |count: i64| team().edit_account(move |account| account.api_keys = count);
    assert_eq!(make(&with(API_KEYS_MAX - 1), &["pods.connect"], &[], None).unwrap().change.effects.len(), 1);
    assert_eq!(denied(make(&with(API_KEYS_MAX), &["pods.connect"], &[], None)), Denial::LimitReached("API keys"));
    let expired = with(API_KEYS_MAX).edit_api_key("ci", |key| key.expires_at = Some(NOW));
    let decided = make(&expired, &["pods.connect"], &[], None).unwrap();
    assert_eq!(decided.change.effects.first(), Some(&Effect::EndExpiredApiKey(acme(), NOW)), "before the new one");
}

#[test]
fn only_at_the_cap_it_is_asked_whether_a_key_has_expired() {
    let decide = |snapshot: &_, ctx: &_| {
        let input = NewApiKey { name: "deploy".to_owned(), permissions: codes(&["pods.connect"]), ..NewApiKey::default() };
        create(snapshot, &config(), ctx, acme(), Ok(&input), &secret_hash("x"))
    };
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "sign_in_methods"]);
    let full = team().edit_api_key("ci", |key| key.expires_at = Some(NOW)).adjust(|loaded| {
        for account in loaded.accounts.values_mut().flatten() {
            account.api_keys = API_KEYS_MAX;
        }
    });
    assert_eq!(slots_needed(&full, decide), ["accounts", "members", "sign_in_methods", "expired_api_keys"]);
}

fn end(team: &Team, key: Option<ApiKeyId>) -> Result<Decision<()>, DecisionError> {
    revoke(&team.snapshot(), &config(), &ctx(), acme(), key)
}

#[test]
fn a_key_is_revoked_once() {
    let decided = end(&team(), Some(api_key_id("ci"))).unwrap();
    assert_eq!(decided.change.effects, [Effect::RevokeApiKey(api_key_id("ci"), NOW)]);
    assert_eq!(event_names(&decided.change), ["api-key.revoke"]);
    assert_rests_on(&decided.change, &[Precondition::ApiKeyRevoked(api_key_id("ci"), false)]);
    let again = end(&team().edit_api_key("ci", |key| key.revoked_at = Some(NOW)), Some(api_key_id("ci"))).unwrap();
    assert!(again.change.is_empty());
    assert_rests_on(&again.change, &[Precondition::ApiKeyRevoked(api_key_id("ci"), true)]);
}

#[test]
fn revoking_checks_permission_version_and_that_the_key_is_of_this_account() {
    let decide = |snapshot: &_, ctx: &_| revoke(snapshot, &config(), ctx, acme(), None);
    assert_requires_permission(&team(), "team.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(denied(end(&team(), None)), Denial::ApiKeyNotFound);
    let foreign = team().edit_api_key("ci", |key| key.account = account_id("other"));
    assert_eq!(denied(end(&foreign, Some(api_key_id("ci")))), Denial::ApiKeyNotFound);
    let absent = team().adjust(|loaded| loaded.api_keys.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(end(&absent, Some(api_key_id("ci")))), Denial::ApiKeyNotFound);
    let by_id = |snapshot: &_, ctx: &_| revoke(snapshot, &config(), ctx, acme(), Some(api_key_id("ci")));
    assert_eq!(slots_needed(&team(), by_id), ["accounts", "members", "api_keys"]);
}
