use super::*;
use crate::testing::*;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Lookup;
use serde_json::json;

fn entity(kind: &str, id: &str) -> Rc<Entity> {
    Rc::new(Entity { kind: kind.to_owned(), id: id.to_owned(), properties: Attributes::new() })
}

fn action(name: &str) -> Rc<Action> {
    Rc::new(Action { name: name.to_owned(), properties: Attributes::new() })
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").member("bill", "billing").api_key("ci", "ann", &["pods.manage"]).as_caller("ann")
}

/// A policy that lists Eve and two pods, lets Eve read pods, and denies Bob everything.
fn with_policy() -> Team {
    let document = json!({
        "version": 1,
        "subjects": [{ "type": "user", "id": "eve@example.com" }, { "type": "user", "id": "bob@example.com" }],
        "resources": [{ "type": "pod", "id": "p1" }, { "type": "pod", "id": "p2" }],
        "rules": [
            { "id": "eve", "effect": "allow", "subjects": [{ "type": "user", "id": "eve@example.com" }], "actions": ["read", "dance"] },
            { "id": "bob", "effect": "deny", "subjects": [{ "type": "user", "id": "bob@example.com" }] },
        ],
    });
    team().stranger("eve").attribute_policy(&document)
}

fn subject_search(kind: &str) -> SubjectSearch {
    let (action, resource) = (action("read"), entity("pod", "p1"));
    SubjectSearch { kind: kind.to_owned(), properties: Attributes::new(), action, resource, context: Rc::default() }
}

fn find_subjects(team: &Team, kind: &str, page: &PageRequest) -> Result<SearchResults, DecisionError> {
    subjects(&team.snapshot(), &config(), &ctx(), None, Ok((&subject_search(kind), page)))
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[test]
fn subjects_are_members_whose_role_allows() {
    let found = find_subjects(&team(), "user", &PageRequest::first(50)).unwrap();
    assert_eq!(found.names, sorted(vec![user_id("ann").to_string(), user_id("bob").to_string()]));
    assert_eq!((found.next, found.account), (None, account_id("acme")));
    let mut keys = subject_search("api_key");
    keys.action = action("start");
    let found = subjects(&team().snapshot(), &config(), &ctx(), None, Ok((&keys, &PageRequest::first(50)))).unwrap();
    assert_eq!(found.names, [api_key_id("ci").to_string()]);
    assert!(find_subjects(&team(), "robot", &PageRequest::first(50)).unwrap().names.is_empty());
}

#[test]
fn subjects_that_the_policy_lists_come_first_and_rules_count() {
    let found = find_subjects(&with_policy(), "user", &PageRequest::first(50)).unwrap();
    assert_eq!(found.names, ["eve@example.com".to_owned(), user_id("ann").to_string()], "Bob is denied, and listed once at most");
}

#[test]
fn a_member_that_the_policy_lists_is_found_once_under_the_id() {
    let document = json!({ "version": 1, "subjects": [{ "type": "user", "id": "ann@example.com" }] });
    let found = find_subjects(&team().attribute_policy(&document), "user", &PageRequest::first(50)).unwrap();
    assert_eq!(found.names, sorted(vec![user_id("ann").to_string(), user_id("bob").to_string()]));
}

#[test]
fn pages_go_on_where_they_ended() {
    let first = find_subjects(&with_policy(), "user", &PageRequest::first(1)).unwrap();
    assert_eq!(first.names, ["eve@example.com"]);
    let next = PageRequest { limit: 50, after: first.next.unwrap(), of: Some(account_id("acme")) };
    let second = find_subjects(&with_policy(), "user", &next).unwrap();
    assert_eq!((second.names, second.next), (vec![user_id("ann").to_string()], None));
    let none = find_subjects(&with_policy(), "user", &PageRequest::first(0)).unwrap();
    assert!(none.names.is_empty() && none.next.is_some());
}

#[test]
fn a_page_that_looked_at_as_many_members_as_it_may_has_a_next_one_even_if_it_found_none() {
    let with = |count: u32| {
        team().adjust(move |loaded| {
            let all = loaded.authzen.next_members.take().unwrap();
            let bill = all.into_iter().find(|member| member.user == user_id("bill")).unwrap();
            loaded.authzen.next_members = Some((0..count).map(|_| bill.clone()).collect());
        })
    };
    for request in [PageRequest::first(0), PageRequest::first(1), PageRequest::first(50), PageRequest::first(200)] {
        let page =
            |count| find_subjects(&with(count), "user", &PageRequest { after: Cursor::Stored(String::new()), ..request.clone() }).unwrap();
        let full = page(request.scan_limit());
        assert_eq!((full.names, full.next), (vec![], Some(Cursor::Stored(user_id("bill").to_string()))));
        assert_eq!(page(request.scan_limit() - 1).next, None);
    }
}

#[test]
fn a_page_looks_at_members_in_proportion_to_its_results() {
    assert_eq!(
        [0, 1, 10, 62, 63, 200, u32::MAX].map(|limit| PageRequest::first(limit).scan_limit()),
        [16, 16, 160, 992, 1_000, 1_000, 1_000]
    );
}

#[test]
fn resources_are_those_that_the_policy_lists_and_the_account_itself() {
    let find = |team: &Team, kind: &str, action_name: &str| {
        let search = ResourceSearch {
            subject: entity("user", "ann@example.com"),
            action: action(action_name),
            kind: kind.to_owned(),
            properties: Attributes::new(),
            context: Rc::default(),
        };
        resources(&team.snapshot(), &config(), &ctx(), None, Ok((&search, &PageRequest::first(50)))).unwrap().names
    };
    assert_eq!(find(&with_policy(), "pod", "read"), ["p1", "p2"]);
    assert_eq!(find(&team(), "team", "read"), [account_id("acme").to_string()]);
    assert!(find(&team(), "pod", "read").is_empty() && find(&with_policy(), "pod", "dance").is_empty());
}

#[test]
fn actions_are_those_of_the_type_and_those_that_rules_name() {
    let find = |subject: &str, limit: u32| {
        let search = ActionSearch { subject: entity("user", subject), resource: entity("pod", "p1"), context: Rc::default() };
        actions(&with_policy().snapshot(), &config(), &ctx(), None, Ok((&search, &PageRequest::first(limit)))).unwrap()
    };
    assert_eq!(find("ann@example.com", 50).names, ["connect", "create", "delete", "list", "read", "start", "stop"]);
    assert_eq!(find("eve@example.com", 50).names, ["dance", "read"]);
    assert!(find("bob@example.com", 50).names.is_empty());
    let page = find("ann@example.com", 2);
    assert_eq!((page.names, page.next), (codes(&["connect", "create"]), Some(Cursor::Named("dance".to_owned()))));
}

#[test]
fn a_search_checks_the_permission_the_request_and_the_account_of_its_token() {
    let decide = |team: &Team, input| subjects(&team.snapshot(), &config(), &ctx(), None, input).map(|found| found.names);
    let search = subject_search("user");
    let limited = team().custom_role("none", &[]).member("nia", "none").as_caller("nia");
    let faulty = || Err(vec![FieldError::new("/subject", "required", "")]);
    assert!(matches!(denied(decide(&limited, faulty())), Denial::PermissionMissing(_)));
    assert_eq!(invalid(decide(&team(), faulty())), ["/subject required"]);
    let foreign = PageRequest { of: Some(account_id("other")), ..PageRequest::first(1) };
    assert_eq!(invalid(decide(&team(), Ok((&search, &foreign)))), ["/page/token value-invalid"]);
}

#[test]
fn candidates_and_the_next_members_are_asked_for_where_they_were_not_loaded() {
    let decide = |snapshot: &_, ctx: &_| {
        subjects(snapshot, &config(), ctx, None, Ok((&subject_search("user"), &PageRequest::first(50)))).map(|found| found.names)
    };
    assert_eq!(slots_needed(&with_policy(), decide), ["accounts", "members", "roles", "attribute_policies", "authzen"]);
    let without_eve = with_policy().adjust(|loaded| {
        loaded.authzen.members.remove("eve@example.com");
    });
    assert!(matches!(not_loaded(find_subjects(&without_eve, "user", &PageRequest::first(9))), Lookup::Authzen(..)));
}
