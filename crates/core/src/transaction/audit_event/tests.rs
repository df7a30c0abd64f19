use super::*;
use crate::testing::{NOW, account_id, ctx, disclosed_data, email, name, user, user_id};
use serde_json::json;

fn recorded(data: EventData) -> NewEvent {
    ctx().event(account_id("acme"), &user("ann"), "account.update", Resource::new("account", account_id("acme")), data)
}

fn stored(data: EventData) -> Value {
    recorded(data).data.into()
}

#[test]
fn an_event_says_who_did_what_when_by_which_request() {
    let event = recorded(EventData::none());
    assert_eq!((event.at, event.request_id.as_str(), event.outcome), (NOW, "req-1", EventOutcome::Done));
    assert_eq!((event.actor, event.account), (Actor::User(user_id("ann"), name("ann")), account_id("acme")));
    assert_eq!([EventOutcome::Done, EventOutcome::Denied].map(EventOutcome::as_str), ["done", "denied"]);
    assert_eq!(Resource::of("invitation", None::<&str>).id, "unknown");
    assert_eq!(Resource::of("invitation", Some("inv_1")).id, "inv_1");
}

#[test]
fn fields_are_texts_lists_and_null() {
    let data = EventData::none().with("n", 3).with_list("list", ["a", "b"]).with_option("some", Some(1)).with_option("none", None::<i64>);
    assert_eq!(stored(data), json!({ "n": "3", "list": ["a", "b"], "some": "1", "none": null }));
}

#[test]
fn texts_and_names_are_cut_at_a_character_with_a_sign() {
    let text = |count: usize| stored(EventData::none().with("t", "x".repeat(count)))["t"].as_str().unwrap().to_owned();
    assert_eq!(text(254), "x".repeat(254));
    assert_eq!(text(255), format!("{}…", "x".repeat(251)));
    let named = |text: &str| disclosed_data(&recorded(EventData::none().with_name("n", &name(text))))["n"].as_str().unwrap().to_owned();
    assert_eq!(named(&"é".repeat(64)), "é".repeat(64));
    assert_eq!(named(&"é".repeat(65)), format!("{}…", "é".repeat(62)), "125 bytes would end within a letter");
}

#[test]
fn the_name_of_the_actor_is_cut_too() {
    let long = crate::domain::user::User { name: name(&"x".repeat(200)), ..user("ann") };
    let event = ctx().event(account_id("acme"), &long, "account.update", Resource::new("account", "a"), EventData::none());
    assert_eq!(event.disclosures[0].1.value().unwrap().len(), 128);
}

#[test]
fn personal_values_are_outside_of_the_hashed_event_each_with_its_person_and_a_salt_of_its_own() {
    let data = EventData::none().with_name("from", &name("Acme")).with_name("to", &name("Acme")).with_email("email", &email("bob"));
    let event = recorded(data);
    let hashed = Value::from(event.data.clone()).to_string();
    assert!(!hashed.contains("Acme") && !hashed.contains("bob"), "{hashed}");
    let ann = DataSubject::User(user_id("ann"));
    let stored: Vec<_> =
        event.disclosures.iter().map(|(subject, found)| (subject.clone(), found.path.as_str(), found.value().unwrap())).collect();
    let expected = [
        (ann.clone(), "actor.name", "ann".to_owned()),
        (ann.clone(), "data.from", "Acme".to_owned()),
        (ann, "data.to", "Acme".to_owned()),
        (DataSubject::Email(email("bob")), "data.email", email("bob").as_str().to_owned()),
    ];
    assert_eq!(stored, expected);
    assert_eq!(event.actor_name, event.disclosures[0].1.digest());
    assert_eq!(event.data["email"], placeholder(&event.disclosures[3].1.digest()));
    assert_ne!(event.data["from"], event.data["to"], "equal values cannot be told by their digests");
}

#[test]
fn lists_beyond_the_bound_become_a_count_and_a_hash_the_longest_first() {
    let ids = |count: usize| (0..count).map(|at| format!("usr_{at:032x}")).collect::<Vec<_>>();
    let long = ids(100);
    let data = stored(EventData::none().with_list("long", &long).with_list("short", ids(3)));
    let hash = HEXLOWER.encode(&Sha256::digest(Value::from(long.clone()).to_string()));
    assert_eq!(data["long"], json!({ "count": 100, "sha256": hash }));
    assert_eq!(data["short"], json!(ids(3)), "the bound is met without it");
    let both = stored(EventData::none().with_list("a", ids(100)).with_list("b", ids(99)));
    assert!(both["a"].is_object() && both["b"].is_object());
}

#[test]
fn data_of_exactly_the_bound_stays_whole() {
    let of = |bytes: usize| EventData::none().with_list("l", ["x".repeat(bytes - r#"{"l":[""]}"#.len())]);
    assert_eq!(stored(of(EVENT_DATA_BYTES)).to_string().len(), EVENT_DATA_BYTES);
    assert!(stored(of(EVENT_DATA_BYTES))["l"].is_array());
    assert!(stored(of(EVENT_DATA_BYTES + 1))["l"].is_object());
}
