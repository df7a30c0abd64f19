//! Abuse of another user's email, link or permission, on the production statements.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::session_start::WithSession;
use rolecall_app::signups::{NewSignup, NewVerification};
use rolecall_app::{
    AppError, Outcome, RequestContext, StoredResponse, accounts, invitations, joining, members, password_resets, roles, sessions, signups,
};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::lockout::FAILURES_MAX;
use rolecall_core::decision::invitations::MAILS_PER_ADDRESS;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::password_resets::MAILS_MAX;
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{PASSWORD, World, block_on, denial, fresh_output, interleave};

const WRONG: &str = "seven loud lanterns drift";
const OWN: &str = "a password that only I know";
const BROWSER_KEY: &str = "a-key-of-one-browser";

fn render_user(joined: &UserWithAccount) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: joined.user.id.to_string() })
}

fn sign_in(world: &World, request: &RequestContext, password: &str) -> Result<WithSession<UserWithAccount>, AppError> {
    block_on(sessions::sign_in(&world.app(), request, "ann@example.com", password, render_user))
}

fn request_sign_up(world: &World, browser_key: Option<&str>) -> String {
    let browser_key = browser_key.map(str::to_owned);
    let input = NewSignup { email: "ann@example.com".into(), password: Some(PASSWORD.into()), name: None, invitation: None, browser_key };
    block_on(signups::sign_up(&world.app(), &world.request(None), input, |_| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::VerifyEmail { signup } = mail.kind else { panic!("{:?}", mail.kind) };
    LinkToken::issue(&world.keys, Purpose::VerifyEmail, signup.bits(), 1)
}

fn redeem(world: &World, token: &str, browser_key: Option<&str>, password: Option<&str>) -> Result<(), AppError> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let input = NewVerification { token: token.to_owned(), browser_key: text(browser_key), password: text(password), name: None };
    block_on(signups::verify_email(&world.app(), &world.request(None), &input, |_| None)).map(drop)
}

#[test]
fn a_password_from_a_sign_up_in_another_browser_never_signs_in() {
    let world = World::new();
    let planted = request_sign_up(&world, None);
    assert_eq!(redeem(&world, &planted, Some(BROWSER_KEY), None), Err(AppError::Denied(Denial::VerificationElsewhere)));
    assert!(matches!(redeem(&world, &planted, Some(BROWSER_KEY), Some("too short")), Err(AppError::Invalid(_))));
    redeem(&world, &planted, Some(BROWSER_KEY), Some(OWN)).unwrap();
    assert_eq!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::CredentialsInvalid)));
    assert!(sign_in(&world, &world.request(None), OWN).is_ok());
}

#[test]
fn the_signing_up_browser_and_a_client_without_a_browser_key_need_no_second_password() {
    for key in [Some(BROWSER_KEY), None] {
        let world = World::new();
        let token = request_sign_up(&world, Some(BROWSER_KEY));
        assert!(redeem(&world, &token, Some("another-key-altogether"), None).is_err());
        redeem(&world, &token, key, None).unwrap();
        assert!(sign_in(&world, &world.request(None), PASSWORD).is_ok());
    }
}

#[test]
fn a_failed_sign_in_retried_with_its_idempotency_key_counts_once_with_the_same_response() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let failures = || world.count("SELECT coalesce(max(failures), 0) FROM attempt");
    let invalid = Some(AppError::Denied(Denial::CredentialsInvalid));
    let retry = |password| sign_in(&world, &world.request_with(None, Some(("key", password))), password);
    for _ in 0..3 {
        assert_eq!(retry(WRONG).err(), invalid);
        assert_eq!(failures(), 1);
    }
    // Also during a lockout caused by other failures: the retry returns the stored response and is not another guess.
    while !matches!(sign_in(&world, &world.request(None), WRONG).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))) {}
    let counted = failures();
    assert_eq!(retry(WRONG).err(), invalid);
    assert_eq!(failures(), counted);
    assert_eq!(
        retry(PASSWORD).err(),
        Some(AppError::Denied(Denial::IdempotencyKeyReused)),
        "another password needs another idempotency key"
    );
    assert_eq!(world.text("SELECT kind || body FROM idempotency"), "failed", "nothing from the request is stored");
}

#[test]
fn a_hundred_failures_lock_out_unknown_devices_but_not_a_known_one() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let device = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let now = world.now.get();
    world.sql(&format!("INSERT INTO attempt VALUES ('email:ann@example.com', {FAILURES_MAX}, {now})")).unwrap();
    let known = || world.request(None).with_device_cookie(Some(device.clone()));
    assert!(matches!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let again = sign_in(&world, &known(), PASSWORD).unwrap();
    assert_eq!(again.device, None, "a known device gets no new cookie");
    assert!(sign_in(&world, &world.request(None), PASSWORD).is_err(), "its success does not lift the lockout of unknown devices");
    // Failures on a known device count for that device alone and lock only it out.
    for _ in 0..5 {
        assert_eq!(sign_in(&world, &known(), WRONG).err(), Some(AppError::Denied(Denial::CredentialsInvalid)));
    }
    assert!(matches!(sign_in(&world, &known(), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    assert_eq!(world.count("SELECT failures FROM attempt WHERE scope = 'email:ann@example.com'"), i64::from(FAILURES_MAX));
}

/// Sends guesses concurrently, the correct one last, each of which loads a count of zero failures. Returns the error of each.
fn guess_concurrently(guarded: bool, count: u8) -> Vec<Option<AppError>> {
    let world = World::new();
    world.sign_up("ann@example.com");
    world.store.db.without_preconditions.set(!guarded);
    let calls: Vec<RequestContext> = (0..count).map(|_| world.request(None)).collect();
    type Run<'w> = Pin<Box<dyn Future<Output = Result<WithSession<UserWithAccount>, AppError>> + 'w>>;
    let app = world.app();
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (index, request) in calls.iter().enumerate() {
        let password = if index + 1 == usize::from(count) { PASSWORD } else { WRONG };
        runs.push(Box::pin(sessions::sign_in(&app, request, "ann@example.com", password, render_user)));
    }
    let choices: Vec<u8> = (0..count).chain(0..count).chain([0; 200]).collect();
    interleave(runs, &choices).into_iter().map(Result::err).collect()
}

#[test]
fn concurrent_guesses_count_like_sequential_ones() {
    let wrong = Some(AppError::Denied(Denial::CredentialsInvalid));
    let ended = guess_concurrently(true, 8);
    assert_eq!(ended.iter().filter(|end| **end == wrong).count(), 5, "{ended:?}");
    let rate_limited = |end: &Option<AppError>| matches!(end, Some(AppError::Denied(Denial::TooManyAttempts { .. })));
    assert_eq!(
        ended.iter().filter(|end| rate_limited(end)).count(),
        3,
        "the correct guess is indistinguishable from the others: {ended:?}"
    );
    let unguarded = guess_concurrently(false, 8);
    assert_eq!(unguarded.last(), Some(&None), "without the precondition the eighth guess is checked");
    assert_eq!(unguarded.iter().filter(|end| **end == wrong).count(), 7);
}

#[test]
fn repeated_sign_ups_cannot_block_an_email() {
    let world = World::new();
    let mut newest = String::new();
    for _ in 0..12 {
        newest = request_sign_up(&world, None);
        world.now.set(world.now.get() + 60_000);
    }
    assert_eq!(world.count("SELECT count(*) FROM signup"), 5);
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'verify-email'"), 5);
    redeem(&world, &newest, Some(BROWSER_KEY), Some(OWN)).unwrap();
    assert_eq!(world.count("SELECT count(*) FROM user WHERE name = 'ann'"), 1);
}

#[test]
fn a_replayed_sign_in_is_rejected_once_its_session_has_ended() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let request = || world.request_with(None, Some(("key-1", "sign-in")));
    let first = sign_in(&world, &request(), PASSWORD).unwrap();
    let again = sign_in(&world, &request(), PASSWORD).unwrap();
    assert!(matches!(again.outcome, Outcome::Replayed(_)) && again.token == first.token);
    world.sql("DELETE FROM session").unwrap();
    assert_eq!(sign_in(&world, &request(), PASSWORD).err(), Some(AppError::Denied(Denial::SessionExpired)));
    // After the stored response is deleted, the same request starts another session.
    world.sql("DELETE FROM idempotency").unwrap();
    assert!(sign_in(&world, &request(), PASSWORD).unwrap().token != first.token);
}

#[test]
fn when_the_reset_quota_is_used_up_the_newest_link_works_and_lifts_the_lockout() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let request_reset =
        || block_on(password_resets::request(&world.app(), &world.request(None), "ann@example.com", |()| None)).map(drop).unwrap();
    for _ in 0..=2 * MAILS_MAX {
        request_reset();
    }
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'reset-password'"), MAILS_MAX);
    world.now.set(world.now.get() + 29 * 60_000);
    request_reset();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    for _ in 0..5 {
        sign_in(&world, &world.request(None), WRONG).err().unwrap();
    }
    assert!(matches!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let (done, device) = block_on(password_resets::complete(&world.app(), &world.request(None), &token, OWN, |()| None)).unwrap();
    fresh_output(done);
    assert!(device.is_some() && sign_in(&world, &world.request(None), OWN).is_ok());
}

fn reset(world: &World, request: &RequestContext, password: &str) -> Option<String> {
    block_on(password_resets::request(&world.app(), &world.request(None), "ann@example.com", |()| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    let (done, device) = block_on(password_resets::complete(&world.app(), request, &token, password, |()| None)).unwrap();
    fresh_output(done);
    device
}

#[test]
fn a_reset_lifts_the_lockout_of_the_known_device_that_completes_it() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let mut device = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let on_device = |device: &str| world.request(None).with_device_cookie(Some(device.to_owned()));
    for _ in 0..5 {
        sign_in(&world, &on_device(&device), WRONG).err().unwrap();
    }
    assert!(matches!(sign_in(&world, &on_device(&device), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let old = device;
    device = reset(&world, &on_device(&old), OWN).expect("the device is known under the new password");
    assert!(
        sign_in(&world, &on_device(&old), OWN).unwrap().device.is_some(),
        "the old cookie is that of an unknown device, which is not locked out"
    );
    assert_eq!(sign_in(&world, &on_device(&device), OWN).unwrap().device, None);
}

#[test]
fn a_new_password_makes_known_devices_unknown_and_rehashing_does_not() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let collected = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let on_device = || world.request(None).with_device_cookie(Some(collected.clone()));
    // The hash has outdated parameters: the next sign-in rehashes the password, and the device remains known.
    let pepper = rolecall_core::credential::password::Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let app = rolecall_app::AppState { pepper: Some(&pepper), ..world.app() };
    let peppered = |request: &RequestContext| block_on(sessions::sign_in(&app, request, "ann@example.com", PASSWORD, render_user));
    let before = world.text("SELECT proof FROM identity");
    assert_eq!(peppered(&on_device()).unwrap().device, None);
    assert_ne!(world.text("SELECT proof FROM identity"), before, "the password is rehashed");
    assert_eq!(peppered(&on_device()).unwrap().device, None, "rehashing does not change the password generation");

    reset(&world, &world.request(None), OWN);
    world.sql(&format!("INSERT INTO attempt VALUES ('email:ann@example.com', {FAILURES_MAX}, {})", world.now.get())).unwrap();
    assert!(matches!(sign_in(&world, &on_device(), WRONG).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
}

#[test]
fn the_invitation_mails_to_an_address_are_limited_per_hour() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let invitation = world.invite(&people[0], team, "eve@example.com", "basic").unwrap();
    let resend = || {
        let request = world.request(Some(&people[0]));
        block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).map(fresh_output)
    };
    for _ in 1..MAILS_PER_ADDRESS {
        resend().unwrap();
    }
    assert_eq!(denial(resend()), Denial::TooManyMails { retry_after: 3600 });
    let other = world.person("other@example.com");
    let theirs = world.team(&other);
    assert_eq!(denial(world.invite(&other, theirs, "eve@example.com", "basic")), Denial::TooManyMails { retry_after: 3600 });
    world.invite(&people[0], team, "bob@example.com", "basic").unwrap();
    world.now.set(world.now.get() + 3_600_000);
    resend().unwrap();
}

#[test]
fn resending_an_invitation_makes_the_sender_its_inviter() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let (owner, admin, eve) = (&people[0], &people[1], world.person("eve@example.com"));
    let mut invitation = world.invite(admin, team, "eve@example.com", "dev").unwrap();
    let request = world.request(Some(owner));
    block_on(members::change_role(&world.app(), &request, team, Some(admin.id), Ok("basic".to_owned()), |_| None)).map(drop).unwrap();
    assert_eq!(denial(block_on(world.accept(&eve, &world.link(&invitation)))), Denial::InviterLacksPermission);
    let request = world.request(Some(owner));
    invitation = fresh_output(block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).unwrap());
    assert_eq!(invitation.invited_by, owner.id);
    block_on(world.accept(&eve, &world.link(&invitation))).unwrap();
    world.assert_invariants();
}

#[test]
fn the_preview_of_an_ended_invitation_shows_a_teams_name_but_never_a_personal_accounts() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let links = ["bob@example.com", "eve@example.com"].map(|email| {
        let invitation = world.invite(&people[0], team, email, "dev").unwrap();
        (world.link(&invitation), invitation)
    });
    let request = world.request(Some(&people[0]));
    block_on(invitations::revoke(&world.app(), &request, team, Some(links[0].1.id), |()| None)).map(drop).unwrap();
    let preview = |link: &str| block_on(joining::preview(&world.app(), &world.request(None), link, None)).unwrap();
    assert_eq!(links.each_ref().map(|(link, _)| preview(link).team), ["Acme", "Acme"], "a revoked and a pending invitation");
    block_on(accounts::delete_team(&world.app(), &world.request(Some(&people[0])), team, false, |_| None)).map(drop).unwrap();
    for (link, _) in &links {
        let preview = preview(link);
        assert_eq!((preview.team.as_str(), preview.state), ("", InvitationState::Revoked));
    }
}

#[test]
fn the_preview_of_an_ended_invitation_does_not_reveal_a_later_role_with_its_code() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let owner = &people[0];
    let make = |title: &str, permission: &str| {
        let input = roles::NewRole { code: "ops".to_owned(), title: title.to_owned(), permissions: vec![permission.to_owned()] };
        block_on(roles::create(&world.app(), &world.request(Some(owner)), team, Ok(input), |_| None)).map(drop).unwrap();
    };
    make("Operations", "team.access");
    let ended = ["revoked@example.com", "accepted@example.com", "declined@example.com", "expired@example.com"]
        .map(|email| world.invite(owner, team, email, "ops").unwrap());
    let preview = |index: usize| {
        let preview = block_on(joining::preview(&world.app(), &world.request(None), &world.link(&ended[index]), None)).unwrap();
        (preview.state, preview.role_title, preview.permissions)
    };
    let pending = (InvitationState::Pending, "Operations".to_owned(), vec!["team.access".to_owned()]);
    assert_eq!([0, 1, 2, 3].map(preview), [pending.clone(), pending.clone(), pending.clone(), pending]);

    let [accepter, decliner] = ["accepted@example.com", "declined@example.com"].map(|email| world.person(email));
    block_on(invitations::revoke(&world.app(), &world.request(Some(owner)), team, Some(ended[0].id), |()| None)).map(drop).unwrap();
    block_on(world.accept(&accepter, &world.link(&ended[1]))).unwrap();
    block_on(joining::decline(&world.app(), &world.request(Some(&decliner)), &world.link(&ended[2]), None, |()| None)).map(drop).unwrap();
    block_on(members::remove(&world.app(), &world.request(Some(owner)), team, Some(accepter.id), false, |_| None)).map(drop).unwrap();
    world.sql(&format!("UPDATE invitation SET expires_at = 1 WHERE id = '{}'", ended[3].id)).unwrap();
    block_on(roles::delete(&world.app(), &world.request(Some(owner)), team, "ops", |()| None)).map(drop).unwrap();
    make("Secret project", "billing.manage");
    for (index, state) in
        [InvitationState::Revoked, InvitationState::Accepted, InvitationState::Declined, InvitationState::Expired].into_iter().enumerate()
    {
        assert_eq!(preview(index), (state, "ops".to_owned(), Vec::new()));
    }
}

#[test]
fn a_replayed_invitation_returns_its_link_only_while_the_caller_may_invite() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let invite = || {
        let input = invitations::NewInvitation {
            email: "eve@example.com".to_owned(),
            role: "basic".to_owned(),
            lifetime: rolecall_core::decision::invitations::Lifetime::Default,
        };
        let request = world.request_with(Some(&people[1]), Some(("key-1", "invite")));
        let render = |_: &_| Some(StoredResponse { kind: String::new(), body: "{}".to_owned() });
        block_on(invitations::create(&world.app(), &request, team, Ok(input), render))
    };
    assert!(matches!(invite(), Ok(Outcome::Fresh { output: _, .. })));
    assert!(matches!(invite(), Ok(Outcome::Replayed(_))));
    let request = world.request(Some(&people[0]));
    block_on(members::change_role(&world.app(), &request, team, Some(people[1].id), Ok("basic".to_owned()), |_| None)).map(drop).unwrap();
    assert!(matches!(invite().err(), Some(AppError::Denied(Denial::PermissionMissing(_)))));
}

#[test]
fn an_expired_invitation_does_not_prevent_the_deletion_of_its_role() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let owner = &people[0];
    let input = roles::NewRole { code: "ops".to_owned(), title: "Operations".to_owned(), permissions: vec!["team.access".to_owned()] };
    block_on(roles::create(&world.app(), &world.request(Some(owner)), team, Ok(input), |_| None)).map(drop).unwrap();
    let invitation = world.invite(owner, team, "eve@example.com", "ops").unwrap();
    let delete = || block_on(roles::delete(&world.app(), &world.request(Some(owner)), team, "ops", |()| None)).map(fresh_output);
    assert_eq!(denial(delete()), Denial::RoleInUse);
    world.now.set(world.now.get() + 8 * 24 * 3_600_000);
    world.sql("UPDATE session SET last_seen_at = last_seen_at + 691200000").unwrap();
    delete().unwrap();
    let request = world.request(Some(owner));
    let again = block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).map(fresh_output);
    assert_eq!(denial(again), Denial::InvitationExpired);
    world.assert_invariants();
}
