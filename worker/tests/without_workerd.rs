//! The whole Worker without workerd: requests in, responses out, over SQLite in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod driver;

use driver::people::{Browser, PASSWORD, request, text, with_bearer};
use driver::{Driver, environment};
use rolecall_worker::io::{Need, TIMEOUT, TOO_LARGE};
use rolecall_worker::tasks::{OutgoingBody, Step};
use serde_json::{Value, json};

#[test]
fn a_team_from_the_first_sign_up_to_a_checked_permission_and_its_log() {
    let driver = Driver::new();
    let (ann, bob) = (driver.sign_up("ann"), driver.sign_up("bob"));
    let team = ann.convert("Acme");
    let token = ann.invite(&team, &bob.email, "dev");
    let preview = Browser::new(&driver).get(&format!("/v1/invitations/{token}")).json();
    assert_eq!(text(&preview, "/account/name"), "Acme");
    let accepted = bob.browser.ask("POST", &format!("/v1/invitations/{token}/accept"), None);
    assert_eq!((accepted.status, text(&accepted.json(), "/account/id")), (200, team.clone()));
    let checked =
        bob.browser.post(&format!("/v1/accounts/{team}/checks"), &json!({ "permissions": ["pods.manage", "team.manage"] })).json();
    assert_eq!((&checked["results"][0]["allowed"], &checked["results"][1]["allowed"]), (&json!(true), &json!(false)));
    let refused = bob.browser.ask("PATCH", &format!("/v1/accounts/{team}"), Some(&json!({ "name": "Mine" })));
    assert_eq!((refused.status, text(&refused.json(), "/code")), (403, "permission-missing".to_owned()));

    let log = ann.browser.get(&format!("/v1/accounts/{team}/audit-log")).json();
    let events = log["items"].as_array().unwrap();
    assert!(events.iter().all(|event| event["hash"].is_string()), "the deferred job has sealed the log");
    assert_eq!(driver.worker.borrow().waiting(), 0, "nothing is left of any request");
}

#[test]
fn the_gateway_forwards_a_token_without_asking_for_anything_before() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let team = ann.convert("Acme");
    let token = text(&ann.browser.ask("POST", &format!("/v1/accounts/{team}/tokens"), None).json(), "/token");
    let with_token = |path: &str| driver.start(with_bearer("GET", path, &token));
    let mut call = with_token("/api/pods");
    assert!(matches!(&call.step, Step::Need(Need::KvGet { .. })), "the minimum token version");
    driver.advance(&mut call);
    let Step::Need(Need::Forward(forward)) = &call.step else { panic!("the request is forwarded") };
    let names: Vec<&str> = forward.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"rolecall-identity") && !names.contains(&"authorization") && !names.contains(&"cookie"), "{names:?}");
    let (answer, _) = driver.run(call).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));

    // The value is cached: the next decision needs nothing at all.
    assert!(matches!(with_token("/api/pods").step, Step::Need(Need::Forward(_))));
    assert!(matches!(with_token("/api/nothing-here").step, Step::Response(_)), "a refusal ends at once");

    for (failure, status, code) in
        [(TIMEOUT, 504, "upstream-timeout"), (TOO_LARGE, 413, "body-too-large"), ("connection lost", 502, "upstream-failed")]
    {
        let mut call = with_token("/api/pods");
        driver.resume(&mut call, Err(failure.to_owned()));
        let (answer, _) = driver.run(call).unwrap();
        assert_eq!((answer.status, text(&answer.json(), "/code").as_str()), (status, code));
    }
}

#[test]
fn an_export_is_written_in_chunks_and_aborted_when_a_page_cannot_be_read() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let team = ann.convert("Acme");
    for number in 0..600 {
        ann.browser.ask("PATCH", &format!("/v1/accounts/{team}"), Some(&json!({ "name": format!("Acme {number}") })));
    }
    let events = driver.count(&format!("SELECT COUNT(*) FROM audit_event WHERE account = '{team}'"));
    let mut request = ann.browser.request("GET", &format!("/v1/accounts/{team}/audit-log"), None);
    request.headers.retain(|(name, _)| name != "accept");
    request.headers.push(("accept".to_owned(), "application/x-ndjson".to_owned()));
    let export = driver.send(request.clone());
    assert_eq!(export.header("content-type"), Some("application/x-ndjson; charset=utf-8"));
    assert_eq!(i64::try_from(export.body.lines().count()).unwrap(), events);
    assert!(export.body.lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|event| event["hash"].is_string())));

    let mut call = driver.start(request);
    while call.waits() {
        driver.advance(&mut call);
    }
    let Step::Response(response) = call.step else { panic!("a response") };
    let OutgoingBody::Stream(id) = response.body else { panic!("a stream") };
    let mut stream = driver.started(id);
    assert!(matches!(stream.step, Step::Need(Need::Chunk { .. })), "the first page was read before the response");
    driver.advance(&mut stream);
    assert!(matches!(stream.step, Step::Need(Need::Database { .. })), "the second one when the client takes it");
    driver.resume(&mut stream, Err("connection lost".to_owned()));
    assert!(matches!(stream.step, Step::End(Err(()))), "the body is aborted, not ended");
    assert_eq!(driver.worker.borrow().waiting(), 0);
}

#[test]
fn a_length_beside_transfer_encoding_is_no_length() {
    let driver = Driver::new();
    let lengths = |more: &[(&str, &str)]| {
        let mut request = request("POST", "/v1/signup", Some(&json!({})));
        request.headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        match driver.start(request).step {
            Step::Need(Need::Body { max }) => max,
            _ => panic!("the body is read"),
        }
    };
    assert_eq!(lengths(&[]), None, "the platform enforces Content-Length");
    assert_eq!(lengths(&[("transfer-encoding", "chunked")]), Some(65_536), "else the bytes are counted");
}

#[test]
fn what_a_rate_limiter_says_is_yes_no_or_a_failure() {
    let mut limited = environment();
    limited.vars.remove("RATE_LIMITS");
    let driver = Driver::with(&limited);
    for (said, status) in [("true", 401), ("false", 429), ("", 500), ("1", 500), ("undefined", 500), ("yes", 500)] {
        let mut call = driver.start(request("GET", "/v1/me", None));
        assert!(matches!(&call.step, Step::Need(Need::RateLimit { binding: "LIMIT_API", .. })));
        driver.resume(&mut call, Ok(said.as_bytes().to_vec()));
        assert_eq!(driver.run(call).unwrap().0.status, status, "{said}");
    }
}

#[test]
fn a_failure_of_the_platform_is_a_problem_and_its_cause_is_logged_only() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    for broken in ["", "null", "7", "[]", "{}", "[null]", r#"[{"results":null}]"#, "\u{1}"] {
        let mut call = ann.browser.start("GET", "/v1/me", None);
        driver.resume(&mut call, Ok(broken.as_bytes().to_vec()));
        let (answer, _) = driver.run(call).unwrap();
        assert_eq!((answer.status, text(&answer.json(), "/code").as_str()), (503, "store-unavailable"), "{broken}");
    }
    let mut call = ann.browser.start("GET", "/v1/me", None);
    driver.resume(&mut call, Err("disk on fire".to_owned()));
    let (answer, _) = driver.run(call).unwrap();
    assert_eq!(answer.status, 503);
    assert!(!answer.body.contains("disk on fire"));
    assert!(driver.log.borrow().iter().any(|line| line.contains("disk on fire")));
}

#[test]
fn an_invalid_configuration_answers_nothing_but_failures() {
    let mut broken = environment();
    broken.vars.remove("LINK_KEYS");
    let driver = Driver::with(&broken);
    for path in ["/v1/me", "/healthz", "/v1/policy", "/", "/api/pods"] {
        let answer = driver.send(request("GET", path, None));
        assert_eq!((answer.status, text(&answer.json(), "/code").as_str()), (500, "internal"), "{path}");
    }
    assert!(driver.log.borrow().iter().any(|line| line.contains("LINK_KEYS")));
}

#[test]
fn a_cancelled_task_leaves_nothing_and_a_late_reply_reaches_nobody() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let mut calls: Vec<_> = (0..1000).map(|_| ann.browser.start("GET", "/v1/me", None)).collect();
    assert_eq!(driver.worker.borrow().waiting(), 1000);
    for call in &calls {
        driver.worker.borrow_mut().cancel(call.id);
    }
    assert_eq!(driver.worker.borrow().waiting(), 0);
    let late = calls.first_mut().unwrap();
    driver.resume(late, Ok(b"[]".to_vec()));
    assert!(matches!(late.step, Step::End(Err(()))));
    assert_eq!(ann.browser.get("/v1/me").status, 200);
}

#[test]
fn tasks_that_a_driver_abandons_are_dropped_in_time() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let start = |count: usize| (0..count).for_each(|_| drop(ann.browser.start("GET", "/v1/me", None)));
    let seconds = |count: i64| driver.now.set(driver.now.get() + count * 1000);
    // The platform may end a driver without a cancellation.
    start(600);
    seconds(90);
    start(100);
    assert_eq!(driver.worker.borrow().waiting(), 700, "none is given up early");
    seconds(61);
    start(1);
    assert_eq!(driver.worker.borrow().waiting(), 101, "the young ones are left");

    let exporting = || {
        let mut request = ann.browser.request("GET", &format!("/v1/accounts/{}/audit-log", ann.home), None);
        request.headers.push(("accept".to_owned(), "text/csv".to_owned()));
        request.headers.retain(|(name, value)| name != "accept" || value == "text/csv");
        let mut call = driver.start(request);
        while call.waits() {
            driver.advance(&mut call);
        }
        match call.step {
            Step::Response(response) => response.body,
            _ => panic!("a response"),
        }
    };
    let OutgoingBody::Stream(export) = exporting() else { panic!("a stream") };
    seconds(14 * 60);
    start(1);
    assert_eq!(driver.worker.borrow().waiting(), 2, "a slow reader keeps its export");
    assert!(matches!(driver.started(export).step, Step::Need(Need::Chunk { .. })));
}

#[test]
fn mail_is_sent_by_a_job_and_again_by_the_clock_where_that_failed() {
    let transports: [&[(&str, &str)]; 2] = [
        &[("MAIL", "http"), ("MAIL_FROM", "team@example.com"), ("MAIL_API_URL", "https://mail.example/send"), ("MAIL_API_KEY", "s3cret")],
        &[("MAIL", "send_email"), ("MAIL_FROM", "team@example.com")],
    ];
    for vars in transports {
        let mut environment = environment();
        environment.vars.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let driver = Driver::with(&environment);
        driver.mail_status.set(503);
        let signed_up =
            Browser::new(&driver).post("/v1/signup", &json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" }));
        assert_eq!((signed_up.status, driver.sent.borrow().len()), (202, 1), "the response does not depend on the mail");
        assert!(driver.log.borrow().iter().all(|line| !line.contains("s3cret") && !line.contains("#token=")));
        driver.mail_status.set(202);
        driver.tick();
        assert_eq!(driver.sent.borrow().len(), 1, "not before the pause has passed");
        driver.now.set(driver.now.get() + 61_000);
        driver.tick();
        driver.tick();
        assert_eq!(driver.sent.borrow().len(), 2, "again, and no more");
        let sent = driver.sent.borrow();
        assert!(sent.iter().all(|mail| mail.contains("ann@example.com") && mail.contains("team@example.com")), "{sent:?}");
        assert!(vars.len() == 2 || sent[1].contains("idempotency-key") && sent[1].contains("Bearer s3cret"), "{sent:?}");
    }
}

#[test]
fn a_use_of_an_api_key_is_recorded_although_its_client_leaves_before_the_upstream_answers() {
    let driver = Driver::new();
    let ann = driver.sign_up("ann");
    let key =
        ann.browser.post(&format!("/v1/accounts/{}/api-keys", ann.home), &json!({ "name": "ci", "permissions": ["pods.connect"] })).json();
    let mut call = driver.start(with_bearer("GET", "/api/pods", &text(&key, "/secret")));
    while !matches!(call.step, Step::Need(Need::Forward(_))) {
        driver.advance(&mut call);
    }
    driver.worker.borrow_mut().cancel(call.id);
    assert_eq!(call.jobs.len(), 1);
    driver.run_started(call.jobs[0]);
    assert_eq!(driver.count("SELECT COUNT(*) FROM api_key WHERE last_used_at IS NOT NULL"), 1);
}
