//! Passkeys over HTTP: whole ceremonies, without workerd.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod driver;

use data_encoding::BASE64URL_NOPAD;
use driver::people::{Browser, PASSWORD, Person, text};
use driver::{Answer, Driver, ORIGIN, environment};
use rolecall_core::credential::webauthn::software_authenticator::SoftwareAuthenticator;
use serde_json::{Value, json};

const RP_ID: &str = "localhost";
const REGISTRATION: &str = "/v1/passkeys/registration-options";
const AUTHENTICATION: &str = "/v1/passkeys/authentication-options";
const COOKIE: &str = "__Host-rolecall_passkey";

/// A browser that keeps the cookie of passkeys too.
struct Page<'b, 'd> {
    browser: &'b Browser<'d>,
    key: std::cell::RefCell<Option<String>>,
}

impl<'b, 'd> Page<'b, 'd> {
    fn of(browser: &'b Browser<'d>) -> Self {
        Page { browser, key: std::cell::RefCell::default() }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>, more: &[(&str, &str)]) -> Answer {
        let mut request = self.browser.request(method, path, body);
        if let Some(key) = &*self.key.borrow() {
            // One `Cookie` header, as browsers send it.
            let session = request.headers.iter().position(|(name, _)| name == "cookie").map(|at| request.headers.remove(at).1);
            let cookies: Vec<String> = session.into_iter().chain([format!("{COOKIE}={key}")]).collect();
            request.headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        request.headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let answer = self.browser.driver.send(request);
        for (name, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (cookie, rest) = value.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap().to_owned();
            match cookie {
                COOKIE => *self.key.borrow_mut() = Some(value),
                "__Host-rolecall_session" => *self.browser.cookie.borrow_mut() = Some(value),
                _ => panic!("{name}: {cookie}"),
            }
        }
        answer
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body), &[])
    }

    fn options(&self, path: &str) -> Value {
        let answer = self.send("POST", path, None, &[]);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The body of a registration.
    fn create(&self, authenticator: &mut SoftwareAuthenticator) -> Value {
        let options = self.options(REGISTRATION);
        authenticator.user_handle = Some(bytes(&options, "/user/id"));
        let made = authenticator.register(&bytes(&options, "/challenge"), ORIGIN);
        json!({ "passkey": {
            "id": encoded(&made.id), "rawId": encoded(&made.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&made.client_data), "attestationObject": encoded(&made.attestation_object),
                "transports": ["internal"], "publicKeyAlgorithm": -7,
            },
        } })
    }

    fn register(&self, authenticator: &mut SoftwareAuthenticator) -> String {
        let answer = self.post("/v1/passkeys", &self.create(authenticator));
        assert_eq!(answer.status, 201, "{answer:?}");
        text(&answer.json(), "/id")
    }

    /// The body of a sign-in or a re-authentication.
    fn get_at(&self, authenticator: &mut SoftwareAuthenticator, origin: &str) -> Value {
        let options = self.options(AUTHENTICATION);
        let made = authenticator.authenticate(&bytes(&options, "/challenge"), origin);
        json!({ "passkey": {
            "id": encoded(&made.id), "rawId": encoded(&made.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&made.client_data), "authenticatorData": encoded(&made.authenticator_data),
                "signature": encoded(&made.signature), "userHandle": made.user_handle.as_deref().map(encoded),
            },
        } })
    }

    fn get(&self, authenticator: &mut SoftwareAuthenticator) -> Value {
        self.get_at(authenticator, ORIGIN)
    }

    /// Makes the session one of two factors.
    fn reauthenticate(&self, authenticator: &mut SoftwareAuthenticator) {
        let answer = self.post("/v1/sessions/current/reauthentication", &self.get(authenticator));
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn sign_in(&self, authenticator: &mut SoftwareAuthenticator) -> Answer {
        self.post("/v1/sessions", &self.get(authenticator))
    }
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn bytes(value: &Value, pointer: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text(value, pointer).as_bytes()).unwrap()
}

fn authenticator() -> SoftwareAuthenticator {
    SoftwareAuthenticator { sign_count: 1, ..SoftwareAuthenticator::es256([7; 32], RP_ID) }
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/code"))
}

fn invalid() -> (u16, String) {
    (401, "passkey-invalid".to_owned())
}

/// A person with a passkey of this authenticator.
fn enrolled<'d>(driver: &'d Driver, name: &str, authenticator: &mut SoftwareAuthenticator) -> (Person<'d>, String) {
    let person = driver.sign_up(name);
    let id = Page::of(&person.browser).register(authenticator);
    (person, id)
}

#[test]
fn a_passkey_is_registered_signs_in_and_re_authenticates() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let page = Page::of(&ann.browser);
    let options = page.options(REGISTRATION);
    assert_eq!(options["rp"], json!({ "id": RP_ID, "name": "Rolecall" }));
    assert_eq!((text(&options, "/user/name"), text(&options, "/user/displayName")), (ann.email.clone(), "ann".to_owned()));
    assert_eq!(
        options["pubKeyCredParams"].as_array().unwrap().iter().map(|param| param["alg"].as_i64().unwrap()).collect::<Vec<_>>(),
        [-8, -7, -257]
    );
    assert_eq!(
        (&options["attestation"], &options["timeout"], &options["excludeCredentials"]),
        (&json!("none"), &json!(300_000), &json!([]))
    );
    let selection = json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred" });
    assert_eq!(options["authenticatorSelection"], selection);

    let mut authenticator = authenticator();
    let id = page.register(&mut authenticator);
    let refused = page.send("POST", REGISTRATION, None, &[]);
    assert_eq!(
        (code(&refused), &refused.json()["methods"]),
        ((401, "reauthentication-required".to_owned()), &json!(["passkey"])),
        "two factors"
    );
    page.reauthenticate(&mut authenticator);
    let exclude = &page.options(REGISTRATION)["excludeCredentials"];
    assert_eq!(exclude, &json!([{ "type": "public-key", "id": encoded(&authenticator.id), "transports": ["internal"] }]));

    let (elsewhere, key) = (Browser::new(&driver), Page::of(&ann.browser));
    let there = Page::of(&elsewhere);
    let request = there.options(AUTHENTICATION);
    assert_eq!(
        (&request["rpId"], &request["allowCredentials"], &request["userVerification"]),
        (&json!(RP_ID), &json!([]), &json!("preferred"))
    );
    let signed_in = there.sign_in(&mut authenticator);
    assert_eq!((signed_in.status, text(&signed_in.json(), "/user/id")), (201, ann.id.clone()));
    assert_eq!(signed_in.header("rolecall-d1-round-trips"), Some("2"));
    let session = elsewhere.get("/v1/sessions").json()["items"][0].clone();
    assert_eq!((&session["aal"], &session["amr"]), (&json!(2), &json!(["swk", "user", "mfa"])));
    let methods = elsewhere.get("/v1/me/sign-in-methods").json();
    let method = methods["items"].as_array().unwrap().iter().find(|method| method["kind"] == "passkey").unwrap().clone();
    assert_eq!(text(&method, "/id"), id);
    assert!(method["last_used_at"].is_string());

    driver.now.set(driver.now.get() + 301_000);
    let stale = key.send("DELETE", &format!("/v1/passkeys/{id}"), None, &[]);
    assert_eq!(code(&stale), (401, "reauthentication-required".to_owned()));
    assert_eq!(stale.json()["methods"], json!(["passkey"]));
    let old = ann.browser.cookie.borrow().clone();
    let renewed = key.post("/v1/sessions/current/reauthentication", &key.get(&mut authenticator));
    assert_eq!((renewed.status, &renewed.json()["aal"]), (200, &json!(2)), "{renewed:?}");
    assert_ne!(*ann.browser.cookie.borrow(), old, "the session has a new token");
    let renamed = key.send("PATCH", &format!("/v1/passkeys/{id}"), Some(&json!({ "label": "Laptop" })), &[]);
    assert_eq!((renamed.status, text(&renamed.json(), "/label")), (200, "Laptop".to_owned()));
    assert_eq!(text(&ann.browser.get("/v1/passkeys").json(), "/items/0/label"), "Laptop");
    assert_eq!(key.send("DELETE", &format!("/v1/passkeys/{id}"), None, &[]).status, 204);
    assert_eq!(code(&there.sign_in(&mut authenticator)), invalid());
    assert_eq!(code(&key.send("DELETE", &format!("/v1/passkeys/{id}"), None, &[])), (404, "passkey-not-found".to_owned()));
}

#[test]
fn a_challenge_is_used_once_by_one_browser_in_one_ceremony() {
    let driver = Driver::new();
    let mut authenticator = authenticator();
    let (ann, _) = enrolled(&driver, "ann", &mut authenticator);
    let (here, elsewhere) = (Browser::new(&driver), Browser::new(&driver));
    let (page, other) = (Page::of(&here), Page::of(&elsewhere));

    let used = page.get(&mut authenticator);
    let of_another_tab = page.get(&mut authenticator);
    assert_eq!(page.post("/v1/sessions", &used).status, 201);
    assert_eq!(code(&page.post("/v1/sessions", &used)), invalid(), "a replay");
    assert_eq!(page.post("/v1/sessions", &of_another_tab).status, 201, "tabs have a challenge each");
    other.options(AUTHENTICATION);
    assert_eq!(code(&other.post("/v1/sessions", &page.get(&mut authenticator))), invalid(), "another browser");
    let without = Browser::new(&driver);
    assert_eq!(code(&Page::of(&without).post("/v1/sessions", &page.get(&mut authenticator))), invalid(), "no cookie");

    let mut second = SoftwareAuthenticator::es256([8; 32], RP_ID);
    let own = Page::of(&ann.browser);
    own.reauthenticate(&mut authenticator);
    let challenge = bytes(&own.options(REGISTRATION), "/challenge");
    let made = authenticator.authenticate(&challenge, ORIGIN);
    let mut swapped = own.get(&mut authenticator);
    swapped["passkey"]["response"]["clientDataJSON"] = json!(encoded(&made.client_data));
    swapped["passkey"]["response"]["authenticatorData"] = json!(encoded(&made.authenticator_data));
    swapped["passkey"]["response"]["signature"] = json!(encoded(&made.signature));
    assert_eq!(code(&own.post("/v1/sessions", &swapped)), invalid(), "a challenge for a registration");
    let body = own.create(&mut second);
    assert_eq!(own.post("/v1/passkeys", &body).status, 201);
    let replayed = own.post("/v1/passkeys", &body);
    assert_eq!((code(&replayed), text(&replayed.json(), "/errors/0/pointer")), ((422, "fields-invalid".to_owned()), "/passkey".to_owned()));

    let late = page.get(&mut authenticator);
    driver.now.set(driver.now.get() + 300_000);
    assert_eq!(code(&page.post("/v1/sessions", &late)), invalid(), "after five minutes");
    assert_eq!(driver.count("SELECT COUNT(*) FROM spent_challenge"), 5, "only ceremonies that succeeded have left a row");
}

#[test]
fn options_store_nothing_and_are_the_same_for_everybody() {
    let driver = Driver::new();
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let answer = page.send("POST", AUTHENTICATION, None, &[]);
        assert_eq!(answer.header("rolecall-d1-round-trips"), Some("0"));
        let mut options = answer.json();
        assert!(seen.insert(text(&options, "/challenge")));
        options["challenge"] = json!("");
        assert_eq!(
            options,
            json!({ "challenge": "", "timeout": 300_000, "rpId": RP_ID, "allowCredentials": [], "userVerification": "preferred" })
        );
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=300"), "{cookie}");
    }
    assert_eq!(driver.count("SELECT COUNT(*) FROM spent_challenge"), 0);
}

#[test]
fn what_does_not_verify_gets_the_answer_of_an_unknown_passkey() {
    let driver = Driver::new();
    let mut right = authenticator();
    let (_ann, _) = enrolled(&driver, "ann", &mut right);
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    let refused = |what: &str, body: &Value| {
        let answer = page.post("/v1/sessions", body);
        let mut problem = answer.json();
        assert_eq!(code(&answer), invalid(), "{what}");
        problem["instance"] = json!("");
        (problem, answer.header("www-authenticate").map(str::to_owned))
    };
    let mut unknown = SoftwareAuthenticator { user_handle: right.user_handle.clone(), ..SoftwareAuthenticator::es256([9; 32], RP_ID) };
    let same = refused("unknown", &page.get(&mut unknown));
    let mut forged = page.get(&mut right);
    forged["passkey"]["response"]["signature"] = page.get(&mut right)["passkey"]["response"]["signature"].clone();
    let mut elsewhere = SoftwareAuthenticator { rp_id: "evil.example".to_owned(), ..right.clone() };
    let mut of_nobody = SoftwareAuthenticator { user_handle: Some(vec![0; 16]), ..right.clone() };
    let mut backup_changed = SoftwareAuthenticator { flags: 0x05, ..right.clone() };
    let mut backup_impossible = SoftwareAuthenticator { flags: 0x15, ..right.clone() };
    for (what, body) in [
        ("a signature of another response", forged),
        ("another origin", page.get_at(&mut right.clone(), "https://evil.example")),
        ("another relying party", page.get(&mut elsewhere)),
        ("another user", page.get(&mut of_nobody)),
        ("backup eligibility changed", page.get(&mut backup_changed)),
        ("backed up without being eligible", page.get(&mut backup_impossible)),
    ] {
        assert_eq!(refused(what, &body), same, "{what}");
    }
    assert_eq!(driver.count("SELECT sign_count FROM identity WHERE kind = 'passkey'"), 1, "nothing was changed");
    assert_eq!(page.sign_in(&mut right).status, 201, "and nobody is locked out");
}

#[test]
fn a_cloned_authenticator_is_refused_and_logged() {
    let driver = Driver::new();
    let mut original = authenticator();
    let (_ann, id) = enrolled(&driver, "ann", &mut original);
    let mut clone = original.clone();
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    assert_eq!(page.sign_in(&mut original).status, 201);
    let warnings = || driver.log.borrow().iter().filter(|line| line.contains("cloned") && line.contains(&id)).count();
    assert_eq!(warnings(), 0);
    assert_eq!(code(&page.sign_in(&mut clone)), invalid());
    assert_eq!(warnings(), 1);
    assert_eq!(driver.count("SELECT sign_count FROM identity WHERE kind = 'passkey'"), 2);
    let mut without_counter = SoftwareAuthenticator::eddsa([8; 32], RP_ID);
    let (_bob, _) = enrolled(&driver, "bob", &mut without_counter);
    for _ in 0..2 {
        assert_eq!(page.sign_in(&mut without_counter).status, 201, "an authenticator without a counter");
    }
}

#[test]
fn another_users_passkey_neither_re_authenticates_nor_is_theirs_to_change() {
    let driver = Driver::new();
    let mut of_ann = authenticator();
    let (_ann, id) = enrolled(&driver, "ann", &mut of_ann);
    let bob = driver.sign_up("bob");
    let page = Page::of(&bob.browser);
    assert_eq!(code(&page.post("/v1/sessions/current/reauthentication", &page.get(&mut of_ann))), invalid());
    for method in ["PATCH", "DELETE"] {
        let body = (method == "PATCH").then(|| json!({ "label": "Mine" }));
        assert_eq!(code(&page.send(method, &format!("/v1/passkeys/{id}"), body.as_ref(), &[])), (404, "passkey-not-found".to_owned()));
    }
    assert_eq!(code(&page.post("/v1/passkeys", &page.create(&mut of_ann))), (409, "passkey-exists".to_owned()));
    assert_eq!(bob.browser.get("/v1/passkeys").json()["items"], json!([]));
}

#[test]
fn an_rs256_passkey_is_verified_by_the_platform_in_two_round_trips() {
    let driver = Driver::new();
    let mut authenticator = SoftwareAuthenticator { sign_count: 1, ..SoftwareAuthenticator::rs256(RP_ID) };
    let (ann, _) = enrolled(&driver, "ann", &mut authenticator);
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    let mut forged = page.get(&mut authenticator);
    forged["passkey"]["response"]["signature"] = page.get(&mut authenticator)["passkey"]["response"]["signature"].clone();
    assert_eq!(code(&page.post("/v1/sessions", &forged)), invalid());
    let signed_in = page.sign_in(&mut authenticator);
    assert_eq!((signed_in.status, signed_in.header("rolecall-d1-round-trips")), (201, Some("2")), "{signed_in:?}");
    let own = Page::of(&ann.browser);
    assert_eq!(own.post("/v1/sessions/current/reauthentication", &own.get(&mut authenticator)).status, 200);
}

#[test]
fn a_sign_in_that_is_sent_again_with_its_idempotency_key_is_the_same_session() {
    let driver = Driver::new();
    let mut authenticator = authenticator();
    let _ann = enrolled(&driver, "ann", &mut authenticator);
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    let body = page.get(&mut authenticator);
    let key = [("idempotency-key", "once")];
    let first = page.send("POST", "/v1/sessions", Some(&body), &key);
    let cookie = browser.cookie.take();
    let again = page.send("POST", "/v1/sessions", Some(&body), &key);
    assert_eq!((first.status, again.status, first.body == again.body), (201, 201, true));
    assert_eq!(*browser.cookie.borrow(), cookie);
}

#[test]
fn a_sign_in_has_one_proof_and_a_body_that_can_be_read() {
    let driver = Driver::new();
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    let mut with_password = page.get(&mut authenticator());
    with_password["password"] = json!(PASSWORD);
    for (body, pointers) in [
        (json!({}), vec!["/email", "/password"]),
        (json!({ "email": "ann@example.com" }), vec!["/password"]),
        (with_password, vec!["/passkey"]),
        (json!({ "passkey": {} }), vec!["/passkey/id", "/passkey/response"]),
    ] {
        let answer = page.post("/v1/sessions", &body);
        let found: Vec<String> = answer.json()["errors"].as_array().unwrap().iter().map(|error| text(error, "/pointer")).collect();
        assert_eq!((answer.status, found), (422, pointers.into_iter().map(str::to_owned).collect()), "{body}");
    }
}

#[test]
fn a_deployment_whose_origin_cannot_have_passkeys_says_so() {
    let mut environment = environment();
    environment.vars.insert("ORIGIN".to_owned(), "http://127.0.0.1:8787".to_owned());
    let driver = Driver::with(&environment);
    let browser = Browser::new(&driver);
    let page = Page::of(&browser);
    for path in [AUTHENTICATION, REGISTRATION] {
        let answer = page.send("POST", path, None, &[]);
        let expected = if path == AUTHENTICATION { (404, "not-found") } else { (401, "session-missing") };
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{path}");
    }
}
