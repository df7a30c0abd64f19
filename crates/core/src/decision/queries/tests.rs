use super::*;
use crate::domain::id::EventId;
use crate::testing::*;
use crate::transaction::lookup::Page;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new()
        .owner("ann")
        .member("bob", "dev")
        .custom_role("ops", &["pods.manage", "team.access"])
        .invitation("eve", "dev")
        .api_key("ci", "ann", &[])
        .as_caller("ann")
}

fn lookup() -> Lookup {
    Lookup::MemberPage(acme(), Page { after: None, limit: 50 })
}

#[test]
fn each_query_needs_its_permission_and_its_page() {
    macro_rules! query {
        ($permission:literal, $slots:expr, $query:expr) => {
            let query = $query;
            assert_requires_permission(&team(), $permission, &query);
            assert_eq!(slots_needed(&team(), &query), $slots);
        };
    }
    query!("team.access", ["accounts", "members"], |s: &_, c: &_| account(s, &config(), c, acme()));
    query!("team.access", ["accounts", "members", "member_page"], |s: &_, c: &_| members(s, &config(), c, acme(), &lookup()));
    query!("members.invite", ["accounts", "members", "invitation_page"], |s: &_, c: &_| invitations(s, &config(), c, acme(), &lookup()));
    query!("members.invite", ["accounts", "members"], |s: &_, c: &_| may_invite(s, &config(), c, acme()));
    query!("team.manage", ["accounts", "members", "api_key_page"], |s: &_, c: &_| api_keys(s, &config(), c, acme(), &lookup()));
    query!("team.manage", ["accounts", "members", "api_keys"], |s: &_, c: &_| api_key(s, &config(), c, acme(), Some(api_key_id("ci"))));
    query!("audit.read", ["accounts", "members", "audit_page", "unsealed"], |s: &_, c: &_| {
        audit_log(s, &config(), c, acme(), &lookup(), &lookup())
    });
    query!("team.access", ["accounts", "members", "roles"], |s: &_, c: &_| roles(s, &config(), c, acme()));
    query!("team.access", ["accounts", "members", "roles"], |s: &_, c: &_| role(s, &config(), c, acme(), "ops"));
}

#[test]
fn a_query_takes_no_if_match() {
    assert!(account(&team().snapshot(), &config(), &ctx_if_match(&[STALE_VERSION]), acme()).is_ok());
}

#[test]
fn invalid_fields_are_told_to_who_may_read_the_log_and_to_nobody_else() {
    let decide = |snapshot: &_, ctx: &_| {
        reject_audit_query::<()>(snapshot, &config(), ctx, acme(), vec![FieldError::new("?from", "value-invalid", "")])
    };
    assert_requires_permission(&team(), "audit.read", decide);
    assert_eq!(invalid(decide(&team().snapshot(), &ctx())), ["?from value-invalid"]);
}

#[test]
fn an_api_key_is_found_in_its_own_account_only_ended_or_not() {
    let find = |team: &Team, key| api_key(&team.snapshot(), &config(), &ctx(), acme(), key);
    assert_eq!(denied(find(&team(), None)), Denial::ApiKeyNotFound);
    let foreign = team().edit_api_key("ci", |key| key.account = account_id("other"));
    assert_eq!(denied(find(&foreign, Some(api_key_id("ci")))), Denial::ApiKeyNotFound);
    assert!(find(&team().edit_api_key("ci", |key| key.revoked_at = Some(NOW)), Some(api_key_id("ci"))).is_ok());
}

#[test]
fn roles_are_listed_built_in_first_and_an_older_custom_role_in_place_of_the_built_in() {
    let listed = |team: &Team| -> Vec<(String, bool)> {
        let roles = roles(&team.snapshot(), &config(), &ctx(), acme()).unwrap();
        roles.into_iter().map(|role| (role.code, role.built_in)).collect()
    };
    let expected = [("basic", true), ("billing", true), ("dev", true), ("admin", true), ("ops", false)];
    assert_eq!(listed(&team()), expected.map(|(code, built_in)| (code.to_owned(), built_in)));
    let overridden = listed(&team().custom_role("dev", &[]));
    assert_eq!(overridden.iter().filter(|(code, _)| code == "dev").collect::<Vec<_>>(), [&("dev".to_owned(), false)]);
    let found = role(&team().snapshot(), &config(), &ctx(), acme(), "ops").unwrap();
    assert_eq!(found.permissions, codes(&["team.access", "pods.manage"]));
    assert_eq!(denied(role(&team().snapshot(), &config(), &ctx(), acme(), "dev")), Denial::RoleNotFound, "built-in");
}

#[test]
fn the_sessions_are_the_callers() {
    assert_needs_session(&team(), |snapshot, ctx| sessions(snapshot, ctx, &lookup()));
    assert_eq!(slots_needed(&team(), |snapshot, ctx| sessions(snapshot, ctx, &lookup())), ["caller_session_page"]);
    let (current, all) = sessions(&team().snapshot(), &ctx(), &lookup()).unwrap();
    assert_eq!((current, all), (session("ann"), vec![session("ann")]));
}

fn check(team: &Team, permissions: &[&str], explain: bool) -> Result<Vec<PermissionCheck>, DecisionError> {
    let input = PermissionsToCheck { permissions: codes(permissions), explain };
    check_permissions(&team.snapshot(), &config(), &ctx(), acme(), Ok(&input))
}

#[test]
fn checks_answer_each_permission_in_the_order_asked() {
    let bob = team().as_caller("bob");
    let answers = check(&bob, &["audit.read", "pods.manage"], true).unwrap();
    let allowed: Vec<bool> = answers.iter().map(|answer| answer.allowed).collect();
    assert_eq!((allowed, answers[0].role.as_str()), (vec![false, true], "dev"));
    assert_eq!(answers[1].granted_by, Some(codes(&["dev", "admin", "ops"])));
    assert_eq!(check(&bob, &["pods.manage"], false).unwrap()[0].granted_by, None);
}

#[test]
fn claims_answer_checks_with_yes_alone_and_only_under_the_policy_of_now() {
    let claims = crate::testing::claims(&["pods.manage", "pods.connect"]);
    let ask = |hash: &str, permissions: &[&str], explain: bool| {
        check_permissions_by_token(hash, &claims, &PermissionsToCheck { permissions: codes(permissions), explain })
    };
    let answers = ask("hash", &["pods.connect", "pods.manage"], false).unwrap();
    assert!(answers.iter().all(|answer| answer.allowed && answer.granted_by.is_none() && answer.role == claims.role));
    assert_eq!(answers[0].permission, "pods.connect");
    for (hash, permissions, explain) in [
        ("hash", &["pods.connect", "team.manage"][..], false),
        ("hash", &["pods"][..], false),
        ("another", &["pods.connect"][..], false),
        ("hash", &["pods.connect"][..], true),
        ("hash", &[][..], false),
        ("hash", &["pods.connect"; CHECKS_MAX + 1][..], false),
    ] {
        assert_eq!(ask(hash, permissions, explain), None, "{hash} {permissions:?} {explain}");
    }
}

#[test]
fn checks_are_every_members_and_refuse_unknown_and_too_many_codes() {
    let unknown = PermissionsToCheck { permissions: codes(&["pods.fly"]), explain: true };
    assert_members_only(&team(), |snapshot, ctx| check_permissions(snapshot, &config(), ctx, acme(), Ok(&unknown)));
    assert_eq!(invalid(check(&team(), &["pods.manage", "pods.fly"], false)), ["/permissions/1 permission-unknown"]);
    assert!(check(&team(), &vec!["pods.manage"; CHECKS_MAX], false).is_ok());
    assert_eq!(invalid(check(&team(), &vec!["pods.manage"; CHECKS_MAX + 1], false)), ["/permissions too-long"]);
    let powerless = team().custom_role("none", &[]).member("nia", "none").as_caller("nia");
    assert!(!check(&powerless, &["team.access"], false).unwrap()[0].allowed);
}

#[test]
fn rights_are_every_members_own() {
    assert_members_only(&team(), |snapshot, ctx| rights(snapshot, &config(), ctx, acme()));
    let held = rights(&team().member("olga", "ops").as_caller("olga").snapshot(), &config(), &ctx(), acme()).unwrap();
    assert_eq!((held.user, held.role.as_str(), held.permissions), (user_id("olga"), "ops", codes(&["team.access", "pods.manage"])));
}

fn event(seq: i64, hash: Option<&str>) -> Event {
    Event {
        id: EventId::from_bits(u128::try_from(seq).unwrap()),
        account: acme(),
        seq,
        at: NOW,
        actor_type: "user".to_owned(),
        actor_id: "usr_1".to_owned(),
        actor_name: "d".to_owned(),
        action: "account.update".to_owned(),
        resource_type: "account".to_owned(),
        resource_id: "acct_1".to_owned(),
        outcome: "done".to_owned(),
        data: serde_json::Map::new(),
        disclosures: Vec::new(),
        request_id: "r".to_owned(),
        prev_hash: hash.map(str::to_owned),
        hash: hash.map(str::to_owned),
    }
}

#[test]
fn an_audit_page_gets_the_hashes_that_its_events_will_have() {
    let page = |events: Vec<Event>, run: Vec<Event>| {
        let team = team().adjust(move |loaded| {
            loaded.audit_page = Some(events.clone());
            loaded.unsealed = Some((crate::domain::audit::GENESIS.to_owned(), run.clone()));
        });
        let page = audit_log(&team.snapshot(), &config(), &ctx(), acme(), &lookup(), &lookup()).unwrap();
        (page.fresh, page.whole, page.events.iter().filter(|event| event.hash.is_some()).count())
    };
    assert_eq!(page(vec![event(1, Some("ab"))], vec![]), (false, true, 1), "all sealed");
    assert_eq!(page(vec![event(1, None)], vec![event(1, None)]), (true, true, 1));
    assert_eq!(page(vec![event(2, None), event(1, None)], vec![event(1, None)]), (true, false, 1), "beyond the run");
}
