//! What somebody may try with another person's email, link or right, on the real statements.

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
use rolecall_core::decision::joining::Joined;
use rolecall_core::decision::password_resets::MAILS_MAX;
use rolecall_core::domain::invitation::InvitationState;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{PASSWORD, World, block_on, denial, fresh, together};

const WRONG: &str = "seven loud lanterns drift";
const OWN: &str = "a password that only I know";
const KEY: &str = "a-key-of-one-browser";

fn kept(joined: &Joined) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: joined.user.id.to_string() })
}

fn sign_in(world: &World, request: &RequestContext, password: &str) -> Result<WithSession<Joined>, AppError> {
    block_on(sessions::sign_in(&world.app(), request, "ann@example.com", password, kept))
}

fn ask(world: &World, browser_key: Option<&str>) -> String {
    let browser_key = browser_key.map(str::to_owned);
    let input = NewSignup { email: "ann@example.com".into(), password: PASSWORD.into(), name: None, invitation: None, browser_key };
    block_on(signups::sign_up(&world.app(), &world.request(None), input, |_| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::VerifyEmail { signup } = mail.kind else { panic!("{:?}", mail.kind) };
    LinkToken::issue(&world.keys, Purpose::VerifyEmail, signup.bits(), 1)
}

fn redeem(world: &World, token: &str, browser_key: Option<&str>, password: Option<&str>) -> Result<(), AppError> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let input = NewVerification { token: token.to_owned(), browser_key: text(browser_key), password: text(password) };
    block_on(signups::verify_email(&world.app(), &world.request(None), &input, |_| None)).map(drop)
}

#[test]
fn a_password_that_somebody_else_signed_up_with_never_opens_the_account() {
    let world = World::new();
    let planted = ask(&world, None);
    assert_eq!(redeem(&world, &planted, Some(KEY), None), Err(AppError::Denied(Denial::VerificationElsewhere)));
    assert!(matches!(redeem(&world, &planted, Some(KEY), Some("too short")), Err(AppError::Invalid(_))));
    redeem(&world, &planted, Some(KEY), Some(OWN)).unwrap();
    assert_eq!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::CredentialsInvalid)));
    assert!(sign_in(&world, &world.request(None), OWN).is_ok());
}

#[test]
fn the_browser_that_signed_up_and_a_caller_without_browsers_need_no_second_password() {
    for key in [Some(KEY), None] {
        let world = World::new();
        let token = ask(&world, Some(KEY));
        assert!(redeem(&world, &token, Some("another-key-altogether"), None).is_err());
        redeem(&world, &token, key, None).unwrap();
        assert!(sign_in(&world, &world.request(None), PASSWORD).is_ok());
    }
}

#[test]
fn a_failed_sign_in_that_is_sent_again_under_its_key_counts_once_and_is_answered_the_same() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let failures = || world.count("SELECT coalesce(max(failures), 0) FROM attempt");
    let invalid = Some(AppError::Denied(Denial::CredentialsInvalid));
    let retry = |password| sign_in(&world, &world.call_with(None, Some(("key", password))), password);
    for _ in 0..3 {
        assert_eq!(retry(WRONG).err(), invalid);
        assert_eq!(failures(), 1);
    }
    // Also while the pause of later failures lasts: it is the answer of before, not another guess.
    while !matches!(sign_in(&world, &world.request(None), WRONG).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))) {}
    let counted = failures();
    assert_eq!(retry(WRONG).err(), invalid);
    assert_eq!(failures(), counted);
    assert_eq!(retry(PASSWORD).err(), Some(AppError::Denied(Denial::IdempotencyKeyReused)), "another guess needs another key");
    assert_eq!(world.text("SELECT kind || body FROM idempotency"), "failed", "nothing of the request is kept");
}

#[test]
fn a_hundred_failures_lock_out_strangers_and_not_the_device_that_is_known() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let device = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let now = world.now.get();
    world.sql(&format!("INSERT INTO attempt VALUES ('email:ann@example.com', {FAILURES_MAX}, {now})")).unwrap();
    let known = || world.request(None).with_device_cookie(Some(device.clone()));
    assert!(matches!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let again = sign_in(&world, &known(), PASSWORD).unwrap();
    assert_eq!(again.device, None, "it is known already");
    assert!(sign_in(&world, &world.request(None), PASSWORD).is_err(), "its success opens nothing to strangers");
    // What is tried on the device counts for the device alone, and is slowed down there.
    for _ in 0..5 {
        assert_eq!(sign_in(&world, &known(), WRONG).err(), Some(AppError::Denied(Denial::CredentialsInvalid)));
    }
    assert!(matches!(sign_in(&world, &known(), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    assert_eq!(world.count("SELECT failures FROM attempt WHERE scope = 'email:ann@example.com'"), i64::from(FAILURES_MAX));
}

/// Sends guesses at once, the right one last, each having read that nobody failed before; answers how each ended.
fn burst(guarded: bool, count: u8) -> Vec<Option<AppError>> {
    let world = World::new();
    world.sign_up("ann@example.com");
    world.store.db.without_facts.set(!guarded);
    let calls: Vec<RequestContext> = (0..count).map(|_| world.request(None)).collect();
    type Run<'w> = Pin<Box<dyn Future<Output = Result<WithSession<Joined>, AppError>> + 'w>>;
    let app = world.app();
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (index, request) in calls.iter().enumerate() {
        let password = if index + 1 == usize::from(count) { PASSWORD } else { WRONG };
        runs.push(Box::pin(sessions::sign_in(&app, request, "ann@example.com", password, kept)));
    }
    let choices: Vec<u8> = (0..count).chain(0..count).chain([0; 200]).collect();
    together(runs, &choices).into_iter().map(Result::err).collect()
}

#[test]
fn guesses_sent_all_at_once_count_as_if_they_had_come_one_by_one() {
    let wrong = Some(AppError::Denied(Denial::CredentialsInvalid));
    let ended = burst(true, 8);
    assert_eq!(ended.iter().filter(|end| **end == wrong).count(), 5, "{ended:?}");
    let braked = |end: &Option<AppError>| matches!(end, Some(AppError::Denied(Denial::TooManyAttempts { .. })));
    assert_eq!(ended.iter().filter(|end| braked(end)).count(), 3, "nothing tells the right one from the others: {ended:?}");
    let unguarded = burst(false, 8);
    assert_eq!(unguarded.last(), Some(&None), "without the guard the eighth guess is as good as the first");
    assert_eq!(unguarded.iter().filter(|end| **end == wrong).count(), 7);
}

#[test]
fn nobody_can_keep_an_email_from_signing_up() {
    let world = World::new();
    let mut newest = String::new();
    for _ in 0..12 {
        newest = ask(&world, None);
        world.now.set(world.now.get() + 60_000);
    }
    assert_eq!(world.count("SELECT count(*) FROM signup"), 5);
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'verify-email'"), 5);
    redeem(&world, &newest, Some(KEY), Some(OWN)).unwrap();
    assert_eq!(world.count("SELECT count(*) FROM user WHERE name = 'ann'"), 1);
}

#[test]
fn an_old_answer_is_no_sign_in_once_its_session_has_ended() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let request = || world.call_with(None, Some(("key-1", "sign-in")));
    let first = sign_in(&world, &request(), PASSWORD).unwrap();
    let again = sign_in(&world, &request(), PASSWORD).unwrap();
    assert!(matches!(again.outcome, Outcome::Replayed(_)) && again.token == first.token);
    world.sql("DELETE FROM session").unwrap();
    assert_eq!(sign_in(&world, &request(), PASSWORD).err(), Some(AppError::Denied(Denial::SessionExpired)));
    // Long after, when the answer is forgotten, the same request starts another session.
    world.sql("DELETE FROM idempotency").unwrap();
    assert!(sign_in(&world, &request(), PASSWORD).unwrap().token != first.token);
}

#[test]
fn while_resets_are_braked_the_newest_link_works_and_lifts_the_locks() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let ask = || block_on(password_resets::request(&world.app(), &world.request(None), "ann@example.com", |()| None)).map(drop).unwrap();
    for _ in 0..=2 * MAILS_MAX {
        ask();
    }
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'reset-password'"), MAILS_MAX);
    world.now.set(world.now.get() + 29 * 60_000);
    ask();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    for _ in 0..5 {
        sign_in(&world, &world.request(None), WRONG).err().unwrap();
    }
    assert!(matches!(sign_in(&world, &world.request(None), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let (done, device) = block_on(password_resets::complete(&world.app(), &world.request(None), &token, OWN, |()| None)).unwrap();
    fresh(done);
    assert!(device.is_some() && sign_in(&world, &world.request(None), OWN).is_ok());
}

fn reset(world: &World, request: &RequestContext, password: &str) -> Option<String> {
    block_on(password_resets::request(&world.app(), &world.request(None), "ann@example.com", |()| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some("ann@example.com"), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    let (done, device) = block_on(password_resets::complete(&world.app(), request, &token, password, |()| None)).unwrap();
    fresh(done);
    device
}

#[test]
fn a_reset_lifts_the_lock_of_the_known_browser_that_it_is_made_in() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let mut device = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let in_it = |device: &str| world.request(None).with_device_cookie(Some(device.to_owned()));
    for _ in 0..5 {
        sign_in(&world, &in_it(&device), WRONG).err().unwrap();
    }
    assert!(matches!(sign_in(&world, &in_it(&device), PASSWORD).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
    let old = device;
    device = reset(&world, &in_it(&old), OWN).expect("it is known by the new password");
    assert!(sign_in(&world, &in_it(&old), OWN).unwrap().device.is_some(), "a stranger once more, whom nobody locked out");
    assert_eq!(sign_in(&world, &in_it(&device), OWN).unwrap().device, None);
}

#[test]
fn devices_that_were_known_by_an_old_password_are_strangers_and_those_of_a_rehashed_one_are_not() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let collected = sign_in(&world, &world.request(None), PASSWORD).unwrap().device.expect("a device");
    let in_it = || world.request(None).with_device_cookie(Some(collected.clone()));
    // Parameters of before: the next sign-in hashes anew, and the browser stays known.
    let pepper = rolecall_core::credential::password::Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let app = rolecall_app::App { pepper: Some(&pepper), ..world.app() };
    let peppered = |request: &RequestContext| block_on(sessions::sign_in(&app, request, "ann@example.com", PASSWORD, kept));
    let before = world.text("SELECT password FROM user");
    assert_eq!(peppered(&in_it()).unwrap().device, None);
    assert_ne!(world.text("SELECT password FROM user"), before, "it was hashed anew");
    assert_eq!(peppered(&in_it()).unwrap().device, None, "and is the same choice of a password");

    reset(&world, &world.request(None), OWN);
    world.sql(&format!("INSERT INTO attempt VALUES ('email:ann@example.com', {FAILURES_MAX}, {})", world.now.get())).unwrap();
    assert!(matches!(sign_in(&world, &in_it(), WRONG).err(), Some(AppError::Denied(Denial::TooManyAttempts { .. }))));
}

#[test]
fn a_mailbox_gets_so_many_invitations_an_hour() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let invitation = world.invite(&people[0], team, "eve@example.com", "basic").unwrap();
    let resend = || {
        let request = world.request(Some(&people[0]));
        block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).map(fresh)
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
fn who_sends_an_invitation_again_vouches_for_it() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let (owner, admin, eve) = (&people[0], &people[1], world.person("eve@example.com"));
    let mut invitation = world.invite(admin, team, "eve@example.com", "dev").unwrap();
    let request = world.request(Some(owner));
    block_on(members::change_role(&world.app(), &request, team, Some(admin.id), Ok("basic".to_owned()), |_| None)).map(drop).unwrap();
    assert_eq!(denial(block_on(world.accept(&eve, &world.link(&invitation)))), Denial::InviterLacksPermission);
    let request = world.request(Some(owner));
    invitation = fresh(block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).unwrap());
    assert_eq!(invitation.invited_by, owner.id);
    block_on(world.accept(&eve, &world.link(&invitation))).unwrap();
    world.assert_invariants();
}

#[test]
fn an_old_link_shows_the_team_while_it_is_one_and_nobodys_private_name_after() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let links = ["bob@example.com", "eve@example.com"].map(|email| {
        let invitation = world.invite(&people[0], team, email, "dev").unwrap();
        (world.link(&invitation), invitation)
    });
    let request = world.request(Some(&people[0]));
    block_on(invitations::revoke(&world.app(), &request, team, Some(links[0].1.id), |()| None)).map(drop).unwrap();
    let authorize_read = |link: &str| block_on(joining::preview(&world.app(), &world.request(None), link, None)).unwrap();
    assert_eq!(links.each_ref().map(|(link, _)| authorize_read(link).team), ["Acme", "Acme"], "revoked or pending");
    block_on(accounts::delete_team(&world.app(), &world.request(Some(&people[0])), team, false, |_| None)).map(drop).unwrap();
    for (link, _) in &links {
        let preview = authorize_read(link);
        assert_eq!((preview.team.as_str(), preview.state), ("", InvitationState::Revoked));
    }
}

#[test]
fn the_link_of_an_ended_invitation_says_nothing_of_a_role_that_was_made_since() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let owner = &people[0];
    let make = |title: &str, permission: &str| {
        let input = roles::RoleInput { code: "ops".to_owned(), title: title.to_owned(), permissions: vec![permission.to_owned()] };
        block_on(roles::create(&world.app(), &world.request(Some(owner)), team, Ok(input), |_| None)).map(drop).unwrap();
    };
    make("Operations", "team.access");
    let ended = ["revoked@example.com", "accepted@example.com", "declined@example.com", "expired@example.com"]
        .map(|email| world.invite(owner, team, email, "ops").unwrap());
    let authorize_read = |index: usize| {
        let preview = block_on(joining::preview(&world.app(), &world.request(None), &world.link(&ended[index]), None)).unwrap();
        (preview.state, preview.role_title, preview.permissions)
    };
    let pending = (InvitationState::Pending, "Operations".to_owned(), vec!["team.access".to_owned()]);
    assert_eq!([0, 1, 2, 3].map(authorize_read), [pending.clone(), pending.clone(), pending.clone(), pending]);

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
        assert_eq!(authorize_read(index), (state, "ops".to_owned(), Vec::new()));
    }
}

#[test]
fn a_link_is_handed_out_again_to_who_may_invite_now() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let invite = || {
        let input = invitations::NewInvitation {
            email: "eve@example.com".to_owned(),
            role: "basic".to_owned(),
            lifetime: rolecall_core::decision::invitations::Lifetime::Default,
        };
        let request = world.call_with(Some(&people[1]), Some(("key-1", "invite")));
        let keep = |_: &_| Some(StoredResponse { kind: String::new(), body: "{}".to_owned() });
        block_on(invitations::create(&world.app(), &request, team, Ok(input), keep))
    };
    assert!(matches!(invite(), Ok(Outcome::Fresh { output: _, .. })));
    assert!(matches!(invite(), Ok(Outcome::Replayed(_))));
    let request = world.request(Some(&people[0]));
    block_on(members::change_role(&world.app(), &request, team, Some(people[1].id), Ok("basic".to_owned()), |_| None)).map(drop).unwrap();
    assert!(matches!(invite().err(), Some(AppError::Denied(Denial::PermissionMissing(_)))));
}

#[test]
fn an_expired_invitation_does_not_hold_on_to_its_role() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let owner = &people[0];
    let input = roles::RoleInput { code: "ops".to_owned(), title: "Operations".to_owned(), permissions: vec!["team.access".to_owned()] };
    block_on(roles::create(&world.app(), &world.request(Some(owner)), team, Ok(input), |_| None)).map(drop).unwrap();
    let invitation = world.invite(owner, team, "eve@example.com", "ops").unwrap();
    let delete = || block_on(roles::delete(&world.app(), &world.request(Some(owner)), team, "ops", |()| None)).map(fresh);
    assert_eq!(denial(delete()), Denial::RoleInUse);
    world.now.set(world.now.get() + 8 * 24 * 3_600_000);
    world.sql("UPDATE session SET last_seen_at = last_seen_at + 691200000").unwrap();
    delete().unwrap();
    let request = world.request(Some(owner));
    let again = block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None)).map(fresh);
    assert_eq!(denial(again), Denial::InvitationExpired);
    world.assert_invariants();
}
