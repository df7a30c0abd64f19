//! AuthZEN on stored membership: the table of roles, keys, rules over roles, searches that say what evaluations say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::{AppError, api_keys, attribute_policies, authzen, members};
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::page::{LIMIT_MAX, PageRequest};
use rolecall_core::authzen::{ActionSearch, Entity, EvaluationItem, Reason, ResourceSearch, Semantic, SubjectSearch};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::IfMatch;
use rolecall_core::transaction::denial::Denial;
use serde_json::{Value, json};
use std::rc::Rc;
use support::authzen::{action, ask, decisions, entity, may, query};
use support::{Person, World, block_on, denial, fresh};

fn put(world: &World, by: &Person, account: AccountId, document: Value, if_match: Option<i64>) -> Result<AttributePolicyWrite, AppError> {
    let mut request = world.request(Some(by));
    request.ctx.if_match = if_match.map(|version| IfMatch::Versions(vec![version]));
    block_on(attribute_policies::put(&world.app(), &request, account, Ok(document), |_| None)).map(fresh)
}

fn config(config: Value) -> Value {
    json!({ "version": 1, "rules": config })
}

#[test]
fn the_table_of_roles_comes_out_by_action_and_by_code_in_one_batch_of_one_trip() {
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
        let mut asked: Vec<EvaluationItem> = vec![query(&format!("user:{}", member.id), code, &resource)];
        // An action that only this permission of the resource lists.
        let shared = |name: &str| {
            let same = world.config.policy.permissions().iter().filter(|other| other.resource == permission.resource);
            same.filter(|other| other.actions.iter().any(|action| action == name)).count() > 1
        };
        let own = permission.actions.iter().filter(|name| !shared(name));
        asked.extend(own.map(|name| query(&format!("user:{}", member.email), name, &resource)));
        assert!(asked.len() > 1, "{code}");
        world.store.db.batches.set(0);
        let answers = decisions(&world, &world.request(Some(&people[0])), Some(team), asked).unwrap();
        assert_eq!(world.store.db.batches.get(), 1);
        for answer in answers {
            assert_eq!(Value::from(answer.allowed), cell["allowed"], "{role} {code}: {:?}", answer.reason);
        }
    }
}

#[test]
fn members_go_by_id_and_email_and_strangers_by_nothing() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let stranger = world.person("eve@example.com");
    let asks = |subject: String| may(&world, &people[0], team, &subject, "create", "pod:1");
    assert!(asks(format!("user:{}", people[1].id)));
    assert!(asks(format!("user:{}", people[1].email)));
    assert!(asks(format!("user:{}", people[1].email.to_uppercase())), "an email in another case is the same mailbox");
    for subject in [
        format!("user:{}", stranger.id),
        format!("user:{}", stranger.email),
        "user:alice".to_owned(),
        "user:".to_owned(),
        format!("person:{}", people[1].id),
        format!("api_key:{}", people[1].id),
        "user:' OR 1=1 --@x.y".to_owned(),
    ] {
        assert!(!asks(subject.clone()), "{subject}");
    }
}

#[test]
fn an_account_that_is_not_the_callers_answers_nothing_and_the_account_as_resource_is_this_one() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let stranger = world.person("eve@example.com");
    let request = world.request(Some(&stranger));
    let asked = || vec![query(&format!("user:{}", people[1].id), "create", "pod:1")];
    assert_eq!(denial(decisions(&world, &request, Some(team), asked())), Denial::AccountNotFound);
    // In her own account nobody else is anybody.
    assert!(!decisions(&world, &request, None, asked()).unwrap()[0].allowed);
    assert_eq!(denial(decisions(&world, &world.request(None), Some(team), asked())), Denial::SessionMissing);
    let admin = format!("user:{}", people[0].id);
    assert!(may(&world, &people[0], team, &admin, "update", &format!("team:{team}")));
    assert!(may(&world, &people[0], team, &admin, "pods.manage", &format!("account:{team}")));
    assert!(!may(&world, &people[0], team, &admin, "update", &format!("team:{}", stranger.account)));
    let own = team.to_string();
    let hex = own.trim_start_matches("acct_");
    let (head, tail) = hex.split_at(8);
    let dashed = format!("acct_{head}-{tail}");
    for id in ["", "acme", "*", hex, &dashed, &own.to_uppercase(), &own.replace("acct_", "ACCT_"), &format!("{own} "), &format!(" {own}")] {
        for (name, kind) in [("update", "team"), ("read", "team"), ("team.manage", "team"), ("pods.manage", "account")] {
            let decision = ask(&world, &people[0], team, &admin, name, &format!("{kind}:{id}"));
            assert!(!decision.allowed, "{name} {kind}:{id:?}");
            assert_eq!(decision.reason, Some(Reason::NothingAllows { permission: None, granted_by: Vec::new() }), "{name} {kind}:{id:?}");
        }
    }
    assert!(!may(&world, &people[0], team, &admin, "pods.manage", "cluster:1"), "a code is for its own type of resource");
}

#[test]
fn the_owner_of_a_personal_account_holds_everything_in_it() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    assert!(may(&world, &ann, ann.account, &format!("user:{}", ann.email), "create", "cluster:1"));
}

#[test]
fn an_api_key_as_subject_may_what_it_may_now() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let make = |resources: &[&str]| {
        let request = world.request(Some(&people[1]));
        let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
        let input = api_keys::ApiKeyInput {
            name: "ci".to_owned(),
            permissions: vec!["pods.manage".to_owned(), "clusters.manage".to_owned()],
            resources: resources.iter().map(|text| (*text).to_owned()).collect(),
            expires_in: None,
        };
        fresh(block_on(api_keys::create(&world.app(), &request, team, Ok(input), &secret, |_| None)).unwrap()).id
    };
    let (free, limited) = (make(&[]), make(&["pod:7"]));
    let asks = |key, name: &str, resource: &str| may(&world, &people[0], team, &format!("api_key:{key}"), name, resource);
    assert!(asks(free, "start", "pod:1") && asks(free, "start", "cluster:1") && !asks(free, "read", "billing:1"));
    assert!(asks(limited, "start", "pod:7") && !asks(limited, "start", "pod:1") && !asks(limited, "start", "cluster:7"));

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
    assert!(asks(free, "start", "pod:1") && !asks(free, "start", "cluster:1"), "what its creator lost, the key lost");
    block_on(api_keys::revoke(&world.app(), &world.request(Some(&people[0])), team, Some(free), |()| None)).unwrap();
    assert!(!asks(free, "start", "pod:1") && search("start").is_empty());
    let stranger = world.person("eve@example.com");
    assert!(!may(&world, &stranger, stranger.account, &format!("api_key:{limited}"), "start", "pod:7"), "another account's key is nobody");
}

#[test]
fn rules_and_roles_combine_and_a_rule_that_denies_wins() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev", "basic"]);
    let [owner, dev, basic] = [0, 1, 2].map(|index| format!("user:{}", people[index].id));
    put(
        &world,
        &people[0],
        team,
        config(json!([
            { "id": "no-pods-for-one", "effect": "deny", "subjects": [{ "type": "user", "id": people[1].email }], "resources": [{ "type": "pod" }] },
            { "id": "basics-start", "effect": "allow", "actions": ["start"], "when": [{ "attribute": "member.role", "equals": "basic" }] },
        ])),
        None,
    )
    .unwrap();
    let asks = |subject: &str, name: &str| ask(&world, &people[0], team, subject, name, "pod:1");
    assert_eq!(asks(&dev, "start").reason, Some(Reason::RuleDenies("no-pods-for-one".into())));
    assert_eq!(asks(&basic, "start").reason, Some(Reason::RuleAllows("basics-start".into())));
    assert_eq!(asks(&owner, "start").reason, Some(Reason::Role { role: "admin".into(), permission: "pods.manage".into() }));
    let nothing = Reason::NothingAllows { permission: Some("pods.manage".into()), granted_by: vec!["dev".into(), "admin".into()] };
    assert_eq!(asks(&basic, "stop").reason, Some(nothing));
    assert_eq!(asks("user:alice", "dance").reason, Some(Reason::NothingAllows { permission: None, granted_by: vec![] }));
    assert!(may(&world, &people[0], team, &dev, "create", "volume:1"));
    let other = world.person("eve@example.com");
    assert!(may(&world, &other, other.account, &format!("user:{}", other.id), "start", "pod:1"), "another account has no such rules");
}

#[test]
fn a_batch_ends_where_its_semantic_says() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic"]);
    let subject = format!("user:{}", people[1].id);
    let items = || ["connect", "start", "read"].map(|name| query(&subject, name, "pod:1")).to_vec();
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

/// A policy that knows members, a stranger by email and people of its own, and resources.
fn mixed(world: &World, people: &[Person]) -> Value {
    let eve = world.person("eve@example.com");
    json!({
        "version": 1,
        "subjects": [
            { "type": "user", "id": "alice", "attributes": { "team": "red" } },
            { "type": "user", "id": "zoe", "attributes": { "team": "blue" } },
            { "type": "user", "id": people[1].email, "attributes": { "team": "red" } },
            { "type": "user", "id": people[2].id.to_string(), "attributes": { "team": "red" } },
            { "type": "user", "id": eve.email, "attributes": { "team": "red" } },
            { "type": "robot", "id": "r2", "attributes": { "team": "red" } },
        ],
        "resources": (0..7).map(|n| json!({ "type": "paint", "id": format!("p{n}"), "attributes": { "team": if n % 2 == 0 { "red" } else { "blue" } } })).collect::<Vec<_>>(),
        "rules": [
            { "id": "own-colour", "effect": "allow", "actions": ["use", "mix"], "resources": [{ "type": "paint" }], "when": [{ "attribute": "subject.team", "equals": { "attribute": "resource.team" } }] },
            { "id": "never-p4", "effect": "deny", "resources": [{ "type": "paint", "id": "p4" }] },
        ],
    })
}

/// All pages of a search of subjects, with the trips of the first.
fn all_subjects(
    world: &World,
    by: &Person,
    team: AccountId,
    kind: &str,
    name: &str,
    resource: &Rc<Entity>,
    limit: u32,
) -> (Vec<String>, u32) {
    let (mut found, mut page_request, mut trips) = (Vec::new(), PageRequest::first(limit), 0);
    loop {
        world.store.db.batches.set(0);
        let search = SubjectSearch {
            kind: kind.into(),
            properties: Attributes::new(),
            action: action(name),
            resource: resource.clone(),
            context: Rc::default(),
        };
        let page = block_on(authzen::subjects(&world.app(), &world.request(Some(by)), Some(team), Ok((search, page_request)))).unwrap();
        trips = trips.max(world.store.db.batches.get());
        assert!(page.names.len() <= usize::try_from(limit).unwrap());
        found.extend(page.names);
        match page.next {
            Some(after) => page_request = PageRequest { limit, after, of: Some(page.account) },
            None => return (found, trips),
        }
    }
}

#[test]
fn a_search_finds_exactly_those_of_whom_an_evaluation_says_yes() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "dev", "billing", "dev"]);
    put(&world, &people[0], team, mixed(&world, &people), None).unwrap();
    let candidates: Vec<String> =
        people.iter().map(|person| person.id.to_string()).chain(["alice", "zoe", "eve@example.com", "nobody"].map(str::to_owned)).collect();
    let own = team.to_string();
    for (name, kind, id) in [
        ("use", "paint", "p0"),
        ("use", "paint", "p1"),
        ("mix", "paint", "p4"),
        ("start", "pod", "1"),
        ("read", "team", "x"),
        ("read", "team", &own),
        ("fly", "pod", "1"),
    ] {
        let resource = entity(kind, id);
        let mut expected: Vec<String> = candidates
            .iter()
            .filter(|log_subject| may(&world, &people[0], team, &format!("user:{log_subject}"), name, &format!("{kind}:{id}")))
            .cloned()
            .collect();
        expected.sort();
        for limit in [1, 2, 3, LIMIT_MAX] {
            let (mut found, trips) = all_subjects(&world, &people[0], team, "user", name, &resource, limit);
            assert!(trips <= 2, "{trips} trips");
            found.sort();
            assert_eq!(found, expected, "{name} {kind}:{id} by {limit}");
        }
    }
    assert_eq!(all_subjects(&world, &people[0], team, "robot", "use", &entity("paint", "p2"), 5).0, ["r2"]);
    assert!(all_subjects(&world, &people[0], team, "spaceship", "use", &entity("paint", "p2"), 5).0.is_empty());

    for subject in [entity("user", "alice"), entity("user", &people[1].id.to_string()), entity("user", "nobody"), entity("robot", "r2")] {
        let log_subject = format!("{}:{}", subject.kind, subject.id);
        for (kind, name) in [("paint", "use"), ("paint", "start"), ("team", "read"), ("pod", "start")] {
            let search = ResourceSearch {
                subject: subject.clone(),
                action: action(name),
                kind: kind.into(),
                properties: Attributes::new(),
                context: Rc::default(),
            };
            world.store.db.batches.set(0);
            let found = block_on(authzen::resources(
                &world.app(),
                &world.request(Some(&people[0])),
                Some(team),
                Ok((search, PageRequest::first(LIMIT_MAX))),
            ))
            .unwrap();
            assert_eq!(world.store.db.batches.get(), 1);
            let known = (0..7).map(|n| format!("p{n}")).filter(|_| kind == "paint");
            let known = known.chain((kind == "team").then(|| team.to_string()));
            let expected: Vec<String> =
                known.filter(|id| may(&world, &people[0], team, &log_subject, name, &format!("{kind}:{id}"))).collect();
            assert_eq!(found.names, expected, "{log_subject} {name} {kind}");
        }
        for (kind, id) in [("paint", "p0"), ("paint", "p4"), ("pod", "1"), ("spaceship", "1")] {
            let search = ActionSearch { subject: subject.clone(), resource: entity(kind, id), context: Rc::default() };
            let found = block_on(authzen::actions(
                &world.app(),
                &world.request(Some(&people[0])),
                Some(team),
                Ok((search, PageRequest::first(LIMIT_MAX))),
            ))
            .unwrap();
            let names = ["connect", "create", "delete", "list", "mix", "read", "start", "stop", "use"];
            let expected: Vec<&str> =
                names.into_iter().filter(|name| may(&world, &people[0], team, &log_subject, name, &format!("{kind}:{id}"))).collect();
            assert_eq!(found.names, expected, "{log_subject} {kind}:{id}");
        }
    }
}

#[test]
fn thousands_of_members_are_paged_through_without_a_gap_or_a_repeat() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let mut sql = String::from("BEGIN;");
    for n in 0..2_300_u32 {
        // Users without accounts of their own: the foreign keys look at memberships only.
        let (user, role) = (format!("usr_{n:032x}"), if n % 3 == 0 { "dev" } else { "basic" });
        sql.push_str(&format!(
            "INSERT INTO user (id, email, name, password, active_account, created_at) VALUES ('{user}', 'u{n}@example.com', 'U', 'x', '{team}', 1); INSERT INTO member VALUES ('{team}', '{user}', '{role}', 1);"
        ));
    }
    sql.push_str("COMMIT");
    world.sql(&sql).unwrap();
    let (found, trips) = all_subjects(&world, &people[0], team, "user", "start", &entity("pod", "1"), LIMIT_MAX);
    assert_eq!(trips, 1);
    let mut expected: Vec<String> = (0..2_300_u32).filter(|n| n % 3 == 0).map(|n| format!("usr_{n:032x}")).collect();
    expected.push(people[0].id.to_string());
    assert_eq!(found, expected);
}

#[test]
fn the_policy_is_written_whole_with_its_revision_and_its_events() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let get = || block_on(attribute_policies::get(&world.app(), &world.request(Some(&people[0])), team));
    let delete = |if_match: Option<i64>| {
        let mut request = world.request(Some(&people[0]));
        request.ctx.if_match = if_match.map(|version| IfMatch::Versions(vec![version]));
        block_on(attribute_policies::delete(&world.app(), &request, team, |()| None)).map(fresh)
    };
    assert_eq!(denial(get()), Denial::AttributePolicyNotFound);
    assert_eq!(denial(put(&world, &people[0], team, config(json!([])), Some(3))), Denial::PreconditionFailed);
    let first = put(&world, &people[0], team, config(json!([])), None).unwrap();
    assert!(first.created);
    assert_eq!(get().unwrap(), first.policy);
    let events = "SELECT count(*) FROM audit_event WHERE action LIKE 'attribute-policy.%' AND outcome = 'done'";
    let again = put(&world, &people[0], team, config(json!([])), Some(first.policy.revision)).unwrap();
    assert_eq!((again.created, again.policy.revision, world.count(events)), (false, first.policy.revision, 1));
    let second = put(&world, &people[0], team, config(json!([{ "id": "x", "effect": "deny" }])), Some(first.policy.revision)).unwrap();
    assert!(second.policy.revision > first.policy.revision && !second.created);
    assert_eq!(denial(delete(Some(first.policy.revision))), Denial::PreconditionFailed);
    delete(Some(second.policy.revision)).unwrap();
    delete(None).unwrap();
    assert_eq!(world.count(events), 3);
    let third = put(&world, &people[0], team, config(json!([])), None).unwrap();
    assert!(third.created && third.policy.revision > second.policy.revision, "a revision never comes twice");
    let refused = put(&world, &people[1], team, json!("nonsense"), None);
    assert!(matches!(denial(refused), Denial::PermissionMissing(refusal) if refusal.permission == "team.manage"));
    assert_eq!(world.count("SELECT count(*) FROM audit_event WHERE action = 'attribute-policy.update' AND outcome = 'denied'"), 1);
    assert_eq!(denial(put(&world, &world.person("eve@example.com"), team, config(json!([])), None)), Denial::AccountNotFound);
    world.assert_invariants();
}

#[test]
fn two_writers_of_one_revision_never_both_win() {
    for choices in [[0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0]] {
        let world = World::new();
        let (team, people) = world.team_with(&["admin"]);
        let revision = put(&world, &people[0], team, config(json!([])), None).unwrap().policy.revision;
        let write = |by: usize| {
            let mut request = world.request(Some(&people[by]));
            request.ctx.if_match = Some(IfMatch::Versions(vec![revision]));
            let document = config(json!([{ "id": format!("by-{by}"), "effect": "deny" }]));
            let world = &world;
            Box::pin(async move { attribute_policies::put(&world.app(), &request, team, Ok(document), |_| None).await.map(fresh) })
                as std::pin::Pin<Box<dyn Future<Output = Result<AttributePolicyWrite, AppError>> + '_>>
        };
        let results = support::together(vec![write(0), write(1)], &choices);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{choices:?}");
        assert!(results.into_iter().filter(Result::is_err).all(|result| denial(result) == Denial::PreconditionFailed));
    }
}

#[test]
fn the_schema_keeps_one_policy_of_bounded_size_with_growing_revisions() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    put(&world, &people[0], team, config(json!([])), None).unwrap();
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
fn a_key_without_team_access_is_refused_and_the_refusal_recorded() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let request = world.request(Some(&people[0]));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let input = api_keys::ApiKeyInput { name: "ci".into(), permissions: vec!["pods.connect".into()], resources: vec![], expires_in: None };
    block_on(api_keys::create(&world.app(), &request, team, Ok(input), &secret, |_| None)).unwrap();
    let mut request = world.request(None);
    request.credential = Some(Credential::ApiKey(secret));
    let refused = decisions(&world, &request, None, vec![query("user:x", "read", "pod:1")]);
    assert!(matches!(denial(refused), Denial::PermissionMissing(refusal) if refusal.permission == "team.access"));
    assert_eq!(
        world.count("SELECT count(*) FROM audit_event WHERE action = 'access.evaluate' AND outcome = 'denied' AND actor_type = 'api_key'"),
        1
    );
}
