//! Calls of other Workers, without workerd: every method with every kind of credential, and how each is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod driver;

use driver::people::{Person, text};
use driver::{Driver, POLICY, environment};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// A team with its owner ann, the developer bob, and a key of bob's rights.
struct Team<'d> {
    driver: &'d Driver,
    ann: Person<'d>,
    bob: Person<'d>,
    team: String,
}

impl<'d> Team<'d> {
    fn new(driver: &'d Driver) -> Self {
        let (ann, bob) = (driver.sign_up("ann"), driver.sign_up("bob"));
        let team = ann.convert("Acme");
        ann.hire(&team, &bob, "dev");
        Team { driver, ann, bob, team }
    }

    /// Another Worker gets the value of the cookie from the request that it received.
    fn session(&self, person: &Person<'_>) -> Value {
        json!({ "session": person.browser.cookie.borrow().clone().unwrap() })
    }

    fn token(&self, person: &Person<'_>, account: &str) -> String {
        text(&person.browser.ask("POST", &format!("/v1/accounts/{account}/tokens"), None).json(), "/token")
    }

    fn key(&self, input: &Value) -> (String, Value) {
        let made = self.ann.browser.post(&format!("/v1/accounts/{}/api-keys", self.team), input).json();
        (text(&made, "/id"), json!({ "apiKey": text(&made, "/secret") }))
    }

    /// A credential of each kind that holds `pods.manage`, but not `team.manage`.
    fn credentials(&self) -> [Value; 3] {
        let (_, key) = self.key(&json!({ "name": "ci", "permissions": ["team.access", "pods.manage"] }));
        [json!({ "token": self.token(&self.bob, &self.team) }), key, self.session(&self.bob)]
    }

    fn check(&self, credential: &Value, account: &str, permissions: &[&str]) -> Value {
        self.driver.invoke("check", &json!([merged(credential, json!({ "account": account, "permissions": permissions }))]))
    }

    fn evaluate(&self, caller: &Value, subject: &str, action: &str) -> Value {
        let request = json!({
            "subject": { "type": "user", "id": subject }, "action": { "name": action }, "resource": { "type": "pod", "id": "p1" },
        });
        self.driver.invoke("evaluate", &json!([request, caller]))
    }
}

fn merged(one: &Value, other: Value) -> Value {
    let mut all = one.as_object().cloned().unwrap();
    all.extend(other.as_object().cloned().unwrap());
    Value::Object(all)
}

fn with_account(credential: &Value, account: &str) -> Value {
    merged(credential, json!({ "account": account }))
}

/// Status and code of a refusal. It has no other field than its problem.
fn refusal(answer: &Value) -> (u64, String) {
    assert_eq!(answer["ok"], json!(false), "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    (answer["problem"]["status"].as_u64().unwrap(), text(answer, "/problem/code"))
}

fn refused_as(answer: &Value, status: u64, code: &str) {
    assert_eq!(refusal(answer), (status, code.to_owned()), "{answer}");
}

#[test]
fn every_credential_checks_and_evaluates_by_what_its_principal_holds() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    for credential in world.credentials() {
        let yes = world.check(&credential, &world.team, &["pods.manage"]);
        let expected =
            json!({ "ok": true, "allowed": true, "results": [{ "permission": "pods.manage", "allowed": true, "reason": "granted" }] });
        assert_eq!(yes, expected, "{credential}");
        let mixed = world.check(&credential, &world.team, &["pods.manage", "team.manage"]);
        assert_eq!((&mixed["ok"], &mixed["allowed"]), (&json!(true), &json!(false)));
        assert_eq!((&mixed["results"][0]["allowed"], &mixed["results"][1]["allowed"]), (&json!(true), &json!(false)));
        let none = world.check(&credential, &world.team, &[]);
        assert_eq!((&none["ok"], &none["allowed"]), (&json!(true), &json!(false)), "all of nothing is not a yes");
        refused_as(&world.check(&credential, &world.team, &["pods.fly"]), 422, "fields-invalid");

        let caller = with_account(&credential, &world.team);
        assert_eq!(world.evaluate(&caller, "bob@example.com", "start"), json!({ "ok": true, "decision": true }));
        assert_eq!(world.evaluate(&caller, "eve@example.com", "start"), json!({ "ok": true, "decision": false }));
    }
    let explained = driver.invoke(
        "check",
        &json!([merged(&world.session(&world.bob), json!({ "account": world.team, "permissions": ["team.manage"], "explain": true }))]),
    );
    assert_eq!((&explained["results"][0]["role"], &explained["results"][0]["granted_by"]), (&json!("dev"), &json!(["admin"])));
    assert_eq!(driver.worker.borrow().waiting(), 0, "nothing is left of any call");
}

#[test]
fn the_answers_are_those_of_the_routes() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let permissions = json!({ "permissions": ["pods.manage", "team.manage", "audit.read"], "explain": true });
    let asked = world.bob.browser.post(&format!("/v1/accounts/{}/checks", world.team), &permissions).json();
    let called = driver.invoke("check", &json!([merged(&with_account(&world.session(&world.bob), &world.team), permissions)]));
    assert_eq!(called["results"], asked["results"]);

    let request = json!({
        "subject": { "type": "user", "id": "bob@example.com" }, "action": { "name": "start" }, "resource": { "type": "pod", "id": "p1" },
        "context": { "explain": true },
    });
    let asked = world.bob.browser.post(&format!("/access/v1/accounts/{}/evaluation", world.team), &request);
    let asked = if asked.status == 200 { asked } else { world.bob.browser.post("/access/v1/evaluation", &request) };
    assert_eq!(asked.status, 200, "{asked:?}");
    let mut called = driver.invoke("evaluate", &json!([request, with_account(&world.session(&world.bob), &world.team)]));
    assert_eq!(called.as_object_mut().unwrap().remove("ok"), Some(json!(true)));
    assert_eq!(called, asked.json());
}

#[test]
fn the_binding_alone_and_a_malformed_credential_open_nothing() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let api_key = text(&world.key(&json!({ "name": "ci", "permissions": ["team.access"] })).1, "/apiKey");
    let token = world.token(&world.bob, &world.team);
    for (credential, code) in [
        (json!({}), "session-missing"),
        (json!({ "session": "" }), "session-missing"),
        (json!({ "session": token }), "session-missing"),
        (json!({ "session": "A".repeat(43) }), "session-missing"),
        (json!({ "apiKey": "" }), "api-key-invalid"),
        (json!({ "apiKey": format!("{api_key}x") }), "api-key-invalid"),
        (json!({ "apiKey": token }), "api-key-invalid"),
        (json!({ "token": "" }), "token-invalid"),
        (json!({ "token": "a.b.c" }), "token-invalid"),
        (json!({ "token": api_key }), "token-invalid"),
        (json!({ "token": format!("{token}A") }), "token-invalid"),
    ] {
        for account in [world.team.as_str(), "acct_none", ""] {
            refused_as(&world.check(&credential, account, &["pods.manage"]), 401, code);
            refused_as(&world.evaluate(&with_account(&credential, account), "bob@example.com", "start"), 401, code);
        }
        refused_as(&world.evaluate(&credential, "bob@example.com", "start"), 401, code);
    }
    for token in ["", "a.b.c", &api_key, &format!("{token}A"), &"x".repeat(40_000)] {
        refused_as(&driver.invoke("verify", &json!([token])), 401, "token-invalid");
    }
    assert_eq!(driver.count("SELECT COUNT(*) FROM audit_event WHERE outcome = 'denied'"), 0);
}

#[test]
fn another_account_is_not_found_whether_it_exists_or_not() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let strangers = driver.sign_up("eve");
    let nobodys = format!("{}0000", world.team.get(..world.team.len() - 4).unwrap());
    for credential in world.credentials() {
        for account in [strangers.home.as_str(), &nobodys, "acct_none", "", "usr_1"] {
            refused_as(&world.check(&credential, account, &["pods.manage"]), 404, "account-not-found");
            refused_as(&world.check(&credential, account, &["pods.fly"]), 404, "account-not-found");
            refused_as(&world.evaluate(&with_account(&credential, account), "bob@example.com", "start"), 404, "account-not-found");
        }
    }
    // Bob is a member of his own account, but neither this token nor the key of the team is for it.
    let [token, key, session] = world.credentials();
    for credential in [token, key] {
        refused_as(&world.check(&credential, &world.bob.home, &["pods.manage"]), 404, "account-not-found");
    }
    assert_eq!(world.check(&session, &world.bob.home, &["team.manage"])["allowed"], json!(true));
}

#[test]
fn what_has_expired_is_refused() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let token = world.token(&world.bob, &world.team);
    let (_, key) = world.key(&json!({ "name": "ci", "permissions": ["team.access", "pods.manage"], "expires_in": 3600 }));
    let cases = [(json!({ "token": token }), "token-invalid"), (key, "api-key-invalid"), (world.session(&world.bob), "session-expired")];
    let expiry = driver.invoke("verify", &json!([token]))["claims"]["exp"].as_i64().unwrap() * 1000;
    driver.now.set(expiry - 1);
    assert_eq!(driver.invoke("verify", &json!([token]))["ok"], json!(true), "until the last millisecond");
    driver.now.set(expiry);
    refused_as(&driver.invoke("verify", &json!([token])), 401, "token-invalid");
    driver.now.set(driver.now.get() + 31 * 24 * HOUR);
    for (credential, code) in cases {
        refused_as(&world.check(&credential, &world.team, &["pods.manage"]), 401, code);
        refused_as(&world.evaluate(&credential, "bob@example.com", "start"), 401, code);
    }
}

#[test]
fn what_was_revoked_is_refused() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let (id, key) = world.key(&json!({ "name": "ci", "permissions": ["team.access", "pods.manage"] }));
    let session = world.session(&world.bob);
    let revoked = world.ann.browser.ask("DELETE", &format!("/v1/accounts/{}/api-keys/{id}", world.team), None);
    assert_eq!(revoked.status, 204);
    refused_as(&world.check(&key, &world.team, &["pods.manage"]), 401, "api-key-invalid");
    refused_as(&world.evaluate(&key, "bob@example.com", "start"), 401, "api-key-invalid");
    world.bob.browser.ask("DELETE", "/v1/sessions/current", None);
    let (_, code) = refusal(&world.check(&session, &world.team, &["pods.manage"]));
    assert!(code.starts_with("session-"), "{code}");
    assert_eq!(refusal(&world.evaluate(&session, "bob@example.com", "start")).1, code);
}

#[test]
fn a_token_is_superseded_as_soon_as_kv_says_so_and_the_database_decides_about_it() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let token = world.token(&world.bob, &world.team);
    let credential = json!({ "token": token });
    let claims = driver.invoke("verify", &json!([token]));
    assert_eq!((&claims["ok"], &claims["claims"]["sub"]), (&json!(true), &json!(world.bob.id)));
    assert_eq!((&claims["claims"]["account"], &claims["claims"]["role"]), (&json!(world.team), &json!("dev")));
    assert_eq!(claims["claims"]["exp"].as_i64().unwrap() - claims["claims"]["iat"].as_i64().unwrap(), 120);
    assert!(claims["claims"]["permissions"].as_array().unwrap().contains(&json!("pods.manage")));

    let demoted =
        world.ann.browser.ask("PATCH", &format!("/v1/accounts/{}/members/{}", world.team, world.bob.id), Some(&json!({ "role": "basic" })));
    assert_eq!(demoted.status, 200, "{demoted:?}");
    // The isolate keeps what it has read from KV for a second.
    driver.now.set(driver.now.get() + 1_000);
    let refused = driver.invoke("verify", &json!([token]));
    refused_as(&refused, 401, "token-invalid");
    assert!(text(&refused, "/problem/detail").contains("revoked"));
    assert_eq!(world.check(&credential, &world.team, &["pods.manage"])["allowed"], json!(false), "what bob holds now");
    assert_eq!(world.check(&credential, &world.team, &["pods.connect"])["allowed"], json!(true), "what bob still holds");

    driver.kv.borrow_mut().clear();
    driver.now.set(driver.now.get() + 1_000);
    assert_eq!(world.check(&credential, &world.team, &["pods.manage"])["allowed"], json!(true), "KV is late: bounded by the token's life");
    let live = merged(&credential, json!({ "account": world.team, "permissions": ["pods.manage"], "freshness": "live" }));
    assert_eq!(driver.invoke("check", &json!([live]))["allowed"], json!(false), "live asks the database whatever KV says");

    world.ann.browser.ask("DELETE", &format!("/v1/accounts/{}/members/{}", world.team, world.bob.id), None);
    driver.now.set(driver.now.get() + 1_000);
    refused_as(&world.check(&credential, &world.team, &["pods.manage"]), 404, "account-not-found");
    refused_as(&world.evaluate(&credential, "bob@example.com", "start"), 404, "account-not-found");
}

#[test]
fn a_token_of_another_policy_identifies_and_grants_nothing_by_itself() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let token = world.token(&world.bob, &world.team);
    let mut edited = environment();
    edited.policy = POLICY.replacen("\"version\"", " \"version\"", 1);
    assert_ne!(edited.policy, POLICY);
    *driver.worker.borrow_mut() = rolecall_worker::tasks::Worker::new(&edited);
    let refused = driver.invoke("verify", &json!([token]));
    refused_as(&refused, 401, "token-invalid");
    assert!(text(&refused, "/problem/detail").contains("policy"));
    let call = json!({ "method": "check", "arguments": [{ "token": token, "account": world.team, "permissions": ["pods.manage"] }] });
    let (answer, needs) = driver.run_call(driver.start_call(call.to_string().as_bytes()));
    assert_eq!((&answer["allowed"], needs), (&json!(true), vec!["database".to_owned()]));
}

#[test]
fn a_call_costs_what_its_route_does_and_counts_nothing() {
    let mut limited = environment();
    limited.vars.remove("RATE_LIMITS");
    let driver = Driver::with(&environment());
    let world = Team::new(&driver);
    let [token, key, session] = world.credentials();
    *driver.worker.borrow_mut() = rolecall_worker::tasks::Worker::new(&limited);
    let needs = |method: &str, arguments: Value| {
        driver.run_call(driver.start_call(json!({ "method": method, "arguments": arguments }).to_string().as_bytes())).1
    };
    let check = |credential: &Value| json!([merged(credential, json!({ "account": world.team, "permissions": ["pods.manage"] }))]);
    assert_eq!(needs("check", check(&token)), ["kv-get"]);
    assert_eq!(needs("check", check(&token)), [""; 0], "the minimum token version is cached");
    assert_eq!(needs("verify", json!([token["token"]])), [""; 0]);
    assert_eq!(needs("check", check(&key)), ["database"]);
    assert_eq!(needs("check", check(&session)), ["database"]);
    let request = json!({ "subject": { "type": "user", "id": world.bob.id }, "action": { "name": "start" }, "resource": { "type": "pod", "id": "1" } });
    assert_eq!(needs("evaluate", json!([request, session])), ["database"]);
}

#[test]
fn uses_and_denials_are_recorded_as_those_of_requests_are() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let (_, key) = world.key(&json!({ "name": "ci", "permissions": ["pods.manage"] }));
    assert_eq!(driver.count("SELECT COUNT(*) FROM api_key WHERE last_used_at IS NOT NULL"), 0);
    assert_eq!(world.check(&key, &world.team, &["pods.manage"])["allowed"], json!(true));
    assert_eq!(driver.count("SELECT COUNT(*) FROM api_key WHERE last_used_at IS NOT NULL"), 1);
    driver.now.set(driver.now.get() + 2 * HOUR);
    let seen = || driver.count(&format!("SELECT MAX(last_seen_at) FROM session WHERE user = '{}'", world.bob.id));
    let before = seen();
    world.check(&world.session(&world.bob), &world.team, &["pods.manage"]);
    assert!(seen() > before, "the session was used");

    // The key lacks `team.access`, without which nobody evaluates.
    refused_as(&world.evaluate(&key, "bob@example.com", "start"), 403, "permission-missing");
    let log = world.ann.browser.get(&format!("/v1/accounts/{}/audit-log", world.team)).json();
    let denied = &log["items"][0];
    assert_eq!((&denied["action"], &denied["outcome"]), (&json!("access.evaluate"), &json!("denied")), "{log}");
    assert!(denied["hash"].is_string());
    let logged = driver.log.borrow().iter().any(|line| line.contains("\"permission-missing\"") && line.contains("\"method\":\"rpc\""));
    assert!(logged, "{:?}", driver.log.borrow());
    let secret = text(&key, "/apiKey");
    assert!(driver.log.borrow().iter().all(|line| !line.contains(&secret)));
}

#[test]
fn a_key_that_is_limited_to_resources_holds_its_permissions_on_these() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let (_, key) = world.key(&json!({ "name": "ci", "permissions": ["pods.manage", "volumes.manage"], "resources": ["pod:p1"] }));
    let on = |resource: Option<&str>, permission: &str| {
        let mut argument = merged(&key, json!({ "account": world.team, "permissions": [permission] }));
        if let Some(id) = resource {
            argument["resource"] = json!(id);
        }
        let answer = driver.invoke("check", &json!([argument]));
        assert_eq!(answer["ok"], json!(true), "{answer}");
        answer["allowed"].as_bool().unwrap()
    };
    assert!(on(Some("p1"), "pods.manage"));
    assert!(!on(Some("p2"), "pods.manage"));
    assert!(!on(Some("p1"), "volumes.manage"), "a volume called p1 is another thing");
    assert!(!on(None, "pods.manage"), "not the collection");
}

#[test]
fn malformed_calls_are_problems() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let session = world.session(&world.bob);
    let raw = |bytes: &[u8]| driver.run_call(driver.start_call(bytes)).0;
    for broken in [&b""[..], b"{", b"\xff", b"[[", "[".repeat(40).as_bytes()] {
        refused_as(&raw(broken), 400, "body-malformed");
    }
    for other in [&b"null"[..], b"[]", b"{}", br#"{"method":"fetch","arguments":[{}]}"#, br#"{"method":7}"#] {
        refused_as(&raw(other), 400, "request-malformed");
    }
    refused_as(&raw(&vec![b' '; 65_537]), 413, "body-too-large");
    let long = merged(&with_account(&session, &world.team), json!({ "permissions": ["x".repeat(66_000)] }));
    refused_as(&driver.invoke("check", &json!([long])), 413, "body-too-large");
    for argument in [json!(null), json!(7), json!("x"), json!([]), json!({}), merged(&session, json!({ "account": world.team }))] {
        refused_as(&driver.invoke("check", &json!([argument])), 422, "fields-invalid");
    }
    let two = merged(&with_account(&session, &world.team), json!({ "apiKey": "rc_", "permissions": [] }));
    refused_as(&driver.invoke("check", &json!([two])), 422, "fields-invalid");
    let many = vec!["pods.manage"; 257];
    refused_as(&world.check(&session, &world.team, &many), 422, "fields-invalid");
    for request in [json!(null), json!([]), json!({}), json!({ "subject": 7, "action": {}, "resource": null })] {
        refused_as(&driver.invoke("evaluate", &json!([request, session])), 400, "access-request-malformed");
        refused_as(&driver.invoke("evaluate", &json!([request, {}])), 401, "session-missing");
    }
    for token in [json!(null), json!(7), json!({})] {
        refused_as(&driver.invoke("verify", &json!([token])), 422, "fields-invalid");
    }
    refused_as(&driver.invoke("verify", &json!([])), 422, "fields-invalid");
}

#[test]
fn a_failure_is_a_problem_whose_cause_is_logged_only() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let argument = merged(&with_account(&world.session(&world.bob), &world.team), json!({ "permissions": ["pods.manage"] }));
    let mut call = driver.start_call(json!({ "method": "check", "arguments": [argument] }).to_string().as_bytes());
    driver.resume(&mut call, Err("disk on fire".to_owned()));
    let (answer, _) = driver.run_call(call);
    refused_as(&answer, 503, "store-unavailable");
    assert!(answer["problem"]["retry_after"].as_u64().unwrap() >= 1);
    assert!(!answer.to_string().contains("disk on fire"));
    assert!(driver.log.borrow().iter().any(|line| line.contains("disk on fire")));

    let mut broken = environment();
    broken.vars.remove("LINK_KEYS");
    let driver = Driver::with(&broken);
    refused_as(&driver.invoke("verify", &json!(["a.b.c"])), 500, "internal");
    assert!(driver.log.borrow().iter().any(|line| line.contains("LINK_KEYS")));
}

#[test]
fn calls_and_requests_that_wait_at_once_get_their_own_replies() {
    let driver = Driver::new();
    let world = Team::new(&driver);
    let start = |person: &Person<'_>| {
        let argument = merged(&with_account(&world.session(person), &world.team), json!({ "permissions": ["team.manage"] }));
        driver.start_call(json!({ "method": "check", "arguments": [argument] }).to_string().as_bytes())
    };
    let (of_ann, of_bob) = (start(&world.ann), start(&world.bob));
    let request = world.bob.browser.start("GET", "/v1/me", None);
    assert_eq!(driver.run_call(of_bob).0["allowed"], json!(false));
    assert_eq!(driver.run(request).unwrap().0.json()["user"]["id"], json!(world.bob.id));
    assert_eq!(driver.run_call(of_ann).0["allowed"], json!(true));
}
