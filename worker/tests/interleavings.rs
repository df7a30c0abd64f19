//! Concurrent requests in every order in which the platform could reply.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod driver;

use driver::people::Person;
use driver::{Call, Driver};
use serde_json::{Value, json};

/// The next schedule of replies to two requests: which of them is advanced at each step, the first as long as possible. None after
/// the last one.
fn next(taken: &[(usize, bool)]) -> Option<Vec<usize>> {
    let last = taken.iter().rposition(|(choice, free)| *choice == 0 && *free)?;
    Some(taken[..last].iter().map(|(choice, _)| *choice).chain([1]).collect())
}

/// Runs two requests of a fresh world in every schedule, and judges their statuses and the world after each.
fn in_every_schedule(
    prepare: impl Fn(&Driver) -> [Box<dyn Fn(&Driver) -> Call>; 2],
    mut judge: impl FnMut(&Driver, [u16; 2], &[usize]),
) -> usize {
    let (mut schedule, mut count) = (Some(Vec::new()), 0);
    while let Some(prefix) = schedule {
        let driver = Driver::new();
        let requests = prepare(&driver);
        let mut calls = [requests[0](&driver), requests[1](&driver)];
        let mut taken = Vec::new();
        while calls.iter().any(Call::waits) {
            let free = calls.iter().all(Call::waits);
            let forced = usize::from(!calls[0].waits());
            let choice = if free { prefix.get(taken.len()).copied().unwrap_or(0) } else { forced };
            driver.advance(&mut calls[choice]);
            taken.push((choice, free));
        }
        let statuses = calls.map(|call| driver.run(call).expect("a response").0.status);
        let order: Vec<usize> = taken.iter().map(|(choice, _)| *choice).collect();
        judge(&driver, statuses, &order);
        (schedule, count) = (next(&taken), count + 1);
    }
    count
}

/// A request of a person, to be sent later.
fn of(person: &Person<'_>, method: &str, path: &str, body: Option<&Value>) -> Box<dyn Fn(&Driver) -> Call> {
    let request = person.browser.request(method, path, body);
    Box::new(move |driver| driver.start(request.clone()))
}

#[test]
fn an_invitation_is_accepted_once_or_revoked_in_every_schedule() {
    let schedules = in_every_schedule(
        |driver| {
            let (ann, bob) = (driver.sign_up("ann"), driver.sign_up("bob"));
            let team = ann.convert("Acme");
            let token = ann.invite(&team, &bob.email, "dev");
            let id = driver.db.rows("SELECT id FROM invitation").unwrap();
            let rolecall_store::Value::Text(id) = &id[0].0[0].1 else { panic!("an id") };
            [
                of(&bob, "POST", &format!("/v1/invitations/{token}/accept"), None),
                of(&ann, "DELETE", &format!("/v1/accounts/{team}/invitations/{id}"), None),
            ]
        },
        |driver, statuses, order| {
            let members =
                driver.count("SELECT COUNT(*) FROM member JOIN account ON account.id = member.account WHERE account.kind = 'team'");
            match statuses {
                [200, status] => assert!(status >= 400 && members == 2, "{statuses:?} {members} {order:?}"),
                [status, 204] => assert!(status >= 400 && members == 1, "{statuses:?} {members} {order:?}"),
                other => panic!("{other:?} in {order:?}"),
            }
        },
    );
    assert!(schedules >= 6, "{schedules} schedules");
}

#[test]
fn one_invitation_sent_twice_at_once_is_one_membership_in_every_schedule() {
    let schedules = in_every_schedule(
        |driver| {
            let (ann, bob) = (driver.sign_up("ann"), driver.sign_up("bob"));
            let team = ann.convert("Acme");
            let token = ann.invite(&team, &bob.email, "dev");
            let accept = || of(&bob, "POST", &format!("/v1/invitations/{token}/accept"), None);
            [accept(), accept()]
        },
        |driver, statuses, order| {
            let accepted = driver.count("SELECT COUNT(*) FROM audit_event WHERE action = 'invitation.accept'");
            assert_eq!(accepted, 1, "{statuses:?} in {order:?}");
            assert!(statuses.contains(&200), "{statuses:?} in {order:?}");
        },
    );
    assert!(schedules >= 6, "{schedules} schedules");
}

/// Whether, in some schedule, an invitation was accepted although its inviter had lost the permission before.
fn accepted_after_the_inviter_was_demoted(without_preconditions: bool) -> bool {
    let mut seen = false;
    in_every_schedule(
        |driver| {
            let (ann, carol, bob) = (driver.sign_up("ann"), driver.sign_up("carol"), driver.sign_up("bob"));
            let team = ann.convert("Acme");
            ann.hire(&team, &carol, "admin");
            let token = carol.invite(&team, &bob.email, "dev");
            driver.without_preconditions.set(without_preconditions);
            let demote = of(&ann, "PATCH", &format!("/v1/accounts/{team}/members/{}", carol.id), Some(&json!({ "role": "basic" })));
            [of(&bob, "POST", &format!("/v1/invitations/{token}/accept"), None), demote]
        },
        |driver, statuses, order| {
            let seq = |action: &str| {
                driver.count(&format!("SELECT coalesce(max(seq), 0) FROM audit_event WHERE action = '{action}' AND outcome = 'done'"))
            };
            assert!(without_preconditions || statuses[1] == 200, "{statuses:?} in {order:?}");
            seen |= statuses == [200, 200] && seq("invitation.accept") > seq("member.update");
        },
    );
    seen
}

#[test]
fn nobody_joins_by_an_inviter_who_has_lost_the_permission_in_any_schedule() {
    assert!(!accepted_after_the_inviter_was_demoted(false));
    assert!(accepted_after_the_inviter_was_demoted(true), "the race is lost without preconditions");
}
