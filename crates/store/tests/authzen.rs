//! AuthZEN on stored members: roles, API keys, rules combined with roles, and writes of the policy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::{AppError, api_keys, attribute_policies, authzen, members};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::page::PageRequest;
use rolecall_core::authzen::{EvaluationItem, Reason, Semantic, SubjectSearch};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::IfMatch;
use rolecall_core::transaction::denial::Denial;
use serde_json::{Value, json};
use std::rc::Rc;
use support::authzen::{action, decisions, entity, evaluate, evaluation_item, is_allowed, put_policy};
use support::{World, block_on, denial, fresh_output};

fn policy_of(rules: Value) -> Value {
    json!({ "version": 1, "rules": rules })
}

#[test]
fn the_role_table_is_evaluated_by_action_and_by_code_in_one_round_trip() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "billing", "dev", "admin"]);
    let cells: Value = serde_json::from_str(include_str!("../../../tests/vectors/cells.json")).unwrap();
    let cells = cells.as_array().or_else(|| cells["cases"].as_array()).unwrap();
    assert_eq!(cells.len(), 56);
    for cell in cells {
        let (role, code) = (cell["role"].as_str().unwrap(), cell["permission"].as_str().unwrap());
        let member = &people[["basic", "billing", "dev", "admin"].iter().position(|known| *known == role).unwrap() + 1];
        let permission = world.config.policy.permissions().iter().find(|permission| permission.code == code).unwrap();
        let id = if permission.resource == "team" { team.to_string() } else { "anything".to_owned() };
        let resource = format!("{}:{id}", permission.resource);
        let mut items: Vec<EvaluationItem> = vec![evaluation_item(&format!("user:{}", member.id), code, &resource)];
        // Actions that only this permission of the resource type lists.
        let shared = |name: &str| {
            let same = world.config.policy.permissions().iter().filter(|other| other.resource == permission.resource);
            same.filter(|other| other.actions.iter().any(|action| action == name)).count() > 1
        };
        let own = permission.actions.iter().filter(|name| !shared(name));
        items.extend(own.map(|name| evaluation_item(&format!("user:{}", member.email), name, &resource)));
        assert!(items.len() > 1, "{code}");
        world.store.db.batches.set(0);
        let decisions = decisions(&world, &world.request(Some(&people[0])), Some(team), items).unwrap();
        assert_eq!(world.store.db.batches.get(), 1);
        for decision in decisions {
            assert_eq!(Value::from(decision.allowed), cell["allowed"], "{role} {code}: {:?}", decision.reason);
        }
    }
}

#[test]
fn members_are_identified_by_id_or_email_and_non_members_by_neither() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let stranger = world.person("eve@example.com");
    let allowed = |subject: String| is_allowed(&world, &people[0], team, &subject, "create", "pod:1");
    assert!(allowed(format!("user:{}", people[1].id)));
    assert!(allowed(format!("user:{}", people[1].email)));
    assert!(allowed(format!("user:{}", people[1].email.to_uppercase())), "emails are case-insensitive");
    for subject in [
        format!("user:{}", stranger.id),
        format!("user:{}", stranger.email),
        "user:alice".to_owned(),
        "user:".to_owned(),
        format!("person:{}", people[1].id),
        format!("api_key:{}", people[1].id),
        "user:' OR 1=1 --@x.y".to_owned(),
    ] {
        assert!(!allowed(subject.clone()), "{subject}");
    }
}

#[test]
fn only_members_evaluate_in_an_account_and_only_that_account_is_its_resource() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let stranger = world.person("eve@example.com");
    let request = world.request(Some(&stranger));
    let items = || vec![evaluation_item(&format!("user:{}", people[1].id), "create", "pod:1")];
    assert_eq!(denial(decisions(&world, &request, Some(team), items())), Denial::AccountNotFound);
    // In the caller's own account the subject is not a member.
    assert!(!decisions(&world, &request, None, items()).unwrap()[0].allowed);
    assert_eq!(denial(decisions(&world, &world.request(None), Some(team), items())), Denial::SessionMissing);
    let admin = format!("user:{}", people[0].id);
    assert!(is_allowed(&world, &people[0], team, &admin, "update", &format!("team:{team}")));
    assert!(is_allowed(&world, &people[0], team, &admin, "pods.manage", &format!("account:{team}")));
    assert!(!is_allowed(&world, &people[0], team, &admin, "update", &format!("team:{}", stranger.account)));
    let own = team.to_string();
    let hex = own.trim_start_matches("acct_");
    let (head, tail) = hex.split_at(8);
    let dashed = format!("acct_{head}-{tail}");
    for id in ["", "acme", "*", hex, &dashed, &own.to_uppercase(), &own.replace("acct_", "ACCT_"), &format!("{own} "), &format!(" {own}")] {
        for (name, kind) in [("update", "team"), ("read", "team"), ("team.manage", "team"), ("pods.manage", "account")] {
            let decision = evaluate(&world, &people[0], team, &admin, name, &format!("{kind}:{id}"));
            assert!(!decision.allowed, "{name} {kind}:{id:?}");
            assert_eq!(decision.reason, Some(Reason::NothingAllows { permission: None, granted_by: Vec::new() }), "{name} {kind}:{id:?}");
        }
    }
    assert!(
        !is_allowed(&world, &people[0], team, &admin, "pods.manage", "cluster:1"),
        "a permission code applies to its own resource type only"
    );
}

#[test]
fn the_owner_of_a_personal_account_has_all_permissions_in_it() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    assert!(is_allowed(&world, &ann, ann.account, &format!("user:{}", ann.email), "create", "cluster:1"));
}

#[test]
fn an_api_key_as_subject_has_its_current_permissions() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let make = |resources: &[&str]| {
        let request = world.request(Some(&people[1]));
        let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
        let input = api_keys::NewApiKey {
            name: "ci".to_owned(),
            permissions: vec!["pods.manage".to_owned(), "clusters.manage".to_owned()],
            resources: resources.iter().map(|text| (*text).to_owned()).collect(),
            expires_in: None,
        };
        fresh_output(block_on(api_keys::create(&world.app(), &request, team, Ok(input), &secret, |_| None)).unwrap()).id
    };
    let (free, limited) = (make(&[]), make(&["pod:7"]));
    let allowed = |key, name: &str, resource: &str| is_allowed(&world, &people[0], team, &format!("api_key:{key}"), name, resource);
    assert!(allowed(free, "start", "pod:1") && allowed(free, "start", "cluster:1") && !allowed(free, "read", "billing:1"));
    assert!(allowed(limited, "start", "pod:7") && !allowed(limited, "start", "pod:1") && !allowed(limited, "start", "cluster:7"));

    let search = |name: &str| {
        let search = SubjectSearch {
            kind: "api_key".into(),
            properties: Attributes::new(),
            action: action(name),
            resource: entity("pod", "1"),
            context: Rc::default(),
        };
        block_on(authzen::subjects(&world.app(), &world.request(Some(&people[0])), Some(team), Ok((search, PageRequest::first(10)))))
            .unwrap()
            .names
    };
    assert_eq!(search("start"), [free.to_string()]);
    let request = world.request(Some(&people[0]));
    block_on(members::change_role(&world.app(), &request, team, Some(people[1].id), Ok("dev".to_owned()), |_| None)).unwrap();
    assert!(allowed(free, "start", "pod:1") && !allowed(free, "start", "cluster:1"), "a key has no permission that its creator has lost");
    block_on(api_keys::revoke(&world.app(), &world.request(Some(&people[0])), team, Some(free), |()| None)).unwrap();
    assert!(!allowed(free, "start", "pod:1") && search("start").is_empty());
    let stranger = world.person("eve@example.com");
    assert!(
        !is_allowed(&world, &stranger, stranger.account, &format!("api_key:{limited}"), "start", "pod:7"),
        "a key of another account has no permissions"
    );
}

#[test]
fn rules_combine_with_roles_and_a_deny_rule_wins() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev", "basic"]);
    let [owner, dev, basic] = [0, 1, 2].map(|index| format!("user:{}", people[index].id));
    put_policy(
        &world,
        &people[0],
        team,
        policy_of(json!([
            { "id": "no-pods-for-one", "effect": "deny", "subjects": [{ "type": "user", "id": people[1].email }], "resources": [{ "type": "pod" }] },
            { "id": "basics-start", "effect": "allow", "actions": ["start"], "when": [{ "attribute": "member.role", "equals": "basic" }] },
        ])),
        None,
    )
    .unwrap();
    let allowed = |subject: &str, name: &str| evaluate(&world, &people[0], team, subject, name, "pod:1");
    assert_eq!(allowed(&dev, "start").reason, Some(Reason::RuleDenies("no-pods-for-one".into())));
    assert_eq!(allowed(&basic, "start").reason, Some(Reason::RuleAllows("basics-start".into())));
    assert_eq!(allowed(&owner, "start").reason, Some(Reason::Role { role: "admin".into(), permission: "pods.manage".into() }));
    let nothing = Reason::NothingAllows { permission: Some("pods.manage".into()), granted_by: vec!["dev".into(), "admin".into()] };
    assert_eq!(allowed(&basic, "stop").reason, Some(nothing));
    assert_eq!(allowed("user:alice", "dance").reason, Some(Reason::NothingAllows { permission: None, granted_by: vec![] }));
    assert!(is_allowed(&world, &people[0], team, &dev, "create", "volume:1"));
    let other = world.person("eve@example.com");
    assert!(
        is_allowed(&world, &other, other.account, &format!("user:{}", other.id), "start", "pod:1"),
        "the rules apply to their own account only"
    );
}

#[test]
fn a_batch_stops_according_to_its_semantic() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic"]);
    let subject = format!("user:{}", people[1].id);
    let items = || ["connect", "start", "read"].map(|name| evaluation_item(&subject, name, "pod:1")).to_vec();
    let decisions = |semantic, items| {
        let request = world.request(Some(&people[0]));
        let decisions = block_on(authzen::evaluate(&world.app(), &request, Some(team), Ok((items, semantic)))).unwrap();
        decisions.iter().map(|decision| decision.allowed).collect::<Vec<_>>()
    };
    assert_eq!(decisions(Semantic::ExecuteAll, items()), [true, false, true]);
    assert_eq!(decisions(Semantic::DenyOnFirstDeny, items()), [true, false]);
    assert_eq!(decisions(Semantic::PermitOnFirstPermit, items()), [true]);
    let mut broken = items();
    broken[0].query = Err(Vec::new());
    assert_eq!(decisions(Semantic::ExecuteAll, broken.clone()), [false, false, true]);
    assert_eq!(decisions(Semantic::DenyOnFirstDeny, broken.clone()), [false]);
    assert_eq!(decisions(Semantic::PermitOnFirstPermit, broken), [false, false, true]);
}

#[test]
fn each_write_of_the_policy_increments_its_revision_and_records_an_event() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let get = || block_on(attribute_policies::get(&world.app(), &world.request(Some(&people[0])), team));
    let delete = |if_match: Option<i64>| {
        let mut request = world.request(Some(&people[0]));
        request.ctx.if_match = if_match.map(|version| IfMatch::Versions(vec![version]));
        block_on(attribute_policies::delete(&world.app(), &request, team, |()| None)).map(fresh_output)
    };
    assert_eq!(denial(get()), Denial::AttributePolicyNotFound);
    assert_eq!(denial(put_policy(&world, &people[0], team, policy_of(json!([])), Some(3))), Denial::PreconditionFailed);
    let first = put_policy(&world, &people[0], team, policy_of(json!([])), None).unwrap();
    assert!(first.created);
    assert_eq!(get().unwrap(), first.policy);
    let events = "SELECT count(*) FROM audit_event WHERE action LIKE 'attribute-policy.%' AND outcome = 'done'";
    let again = put_policy(&world, &people[0], team, policy_of(json!([])), Some(first.policy.revision)).unwrap();
    assert_eq!((again.created, again.policy.revision, world.count(events)), (false, first.policy.revision, 1));
    let second =
        put_policy(&world, &people[0], team, policy_of(json!([{ "id": "x", "effect": "deny" }])), Some(first.policy.revision)).unwrap();
    assert!(second.policy.revision > first.policy.revision && !second.created);
    assert_eq!(denial(delete(Some(first.policy.revision))), Denial::PreconditionFailed);
    delete(Some(second.policy.revision)).unwrap();
    delete(None).unwrap();
    assert_eq!(world.count(events), 3);
    let third = put_policy(&world, &people[0], team, policy_of(json!([])), None).unwrap();
    assert!(third.created && third.policy.revision > second.policy.revision, "a revision is never reused, even after a deletion");
    let denied = put_policy(&world, &people[1], team, json!("nonsense"), None);
    assert!(matches!(denial(denied), Denial::PermissionMissing(refusal) if refusal.permission == "team.manage"));
    assert_eq!(world.count("SELECT count(*) FROM audit_event WHERE action = 'attribute-policy.update' AND outcome = 'denied'"), 1);
    assert_eq!(denial(put_policy(&world, &world.person("eve@example.com"), team, policy_of(json!([])), None)), Denial::AccountNotFound);
    world.assert_invariants();
}

#[test]
fn of_two_concurrent_writes_to_one_revision_one_succeeds() {
    for choices in [[0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0]] {
        let world = World::new();
        let (team, people) = world.team_with(&["admin"]);
        let revision = put_policy(&world, &people[0], team, policy_of(json!([])), None).unwrap().policy.revision;
        let write = |by: usize| {
            let mut request = world.request(Some(&people[by]));
            request.ctx.if_match = Some(IfMatch::Versions(vec![revision]));
            let document = policy_of(json!([{ "id": format!("by-{by}"), "effect": "deny" }]));
            let world = &world;
            Box::pin(async move { attribute_policies::put(&world.app(), &request, team, Ok(document), |_| None).await.map(fresh_output) })
                as std::pin::Pin<Box<dyn Future<Output = Result<AttributePolicyWrite, AppError>> + '_>>
        };
        let results = support::interleave(vec![write(0), write(1)], &choices);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{choices:?}");
        assert!(results.into_iter().filter(Result::is_err).all(|result| denial(result) == Denial::PreconditionFailed));
    }
}

#[test]
fn the_schema_enforces_one_policy_per_account_its_size_and_increasing_revisions() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    put_policy(&world, &people[0], team, policy_of(json!([])), None).unwrap();
    let by = people[0].id;
    for sql in [
        "UPDATE attribute_policy SET revision = revision".to_owned(),
        "UPDATE attribute_policy SET revision = 1".to_owned(),
        format!("REPLACE INTO attribute_policy VALUES ('{team}', '{{}}', 1, '{by}', 1)"),
        format!("UPDATE attribute_policy SET account = '{team}x', revision = 99"),
        "UPDATE attribute_policy SET document = '[]', revision = 99".to_owned(),
        "UPDATE attribute_policy SET document = json_object('x', hex(zeroblob(40000))), revision = 99".to_owned(),
        format!("INSERT INTO attribute_policy VALUES ('acct_nobody', '{{}}', 1, '{by}', 1)"),
    ] {
        assert!(world.sql(&sql).is_err(), "{sql}");
    }
}

#[test]
fn an_api_key_without_team_access_is_denied_and_the_denial_recorded() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let request = world.request(Some(&people[0]));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let input = api_keys::NewApiKey { name: "ci".into(), permissions: vec!["pods.connect".into()], resources: vec![], expires_in: None };
    block_on(api_keys::create(&world.app(), &request, team, Ok(input), &secret, |_| None)).unwrap();
    let mut request = world.request(None);
    request.credential = Some(Credential::ApiKey(secret));
    let denied = decisions(&world, &request, None, vec![evaluation_item("user:x", "read", "pod:1")]);
    assert!(matches!(denial(denied), Denial::PermissionMissing(refusal) if refusal.permission == "team.access"));
    assert_eq!(
        world.count("SELECT count(*) FROM audit_event WHERE action = 'access.evaluate' AND outcome = 'denied' AND actor_type = 'api_key'"),
        1
    );
}
