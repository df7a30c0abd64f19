//! Requests that start or end a session, retried with the same idempotency key: one effect and one response, although the retry may
//! present another session than the first request.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::session_start::WithSession;
use rolecall_app::signups::{NewSignup, NewVerification};
use rolecall_app::{AppError, Outcome, RequestContext, StoredResponse, accounts, joining, password_resets, sessions, signups};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::signups::SignedUp;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::transaction::denial::Denial;
use support::{PASSWORD, Person, World, block_on};

fn render_joined(joined: &UserWithAccount) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: joined.user.id.to_string() })
}

fn render_empty((): &()) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: String::new() })
}

/// A request with an idempotency key and this session.
fn request(world: &World, session: Option<&SecretHash>) -> RequestContext {
    let mut request = world.request_with(None, Some(("key-1", "print")));
    request.credential = session.cloned().map(Credential::Session);
    request
}

fn sign_in(world: &World, session: Option<&SecretHash>) -> Result<WithSession<UserWithAccount>, AppError> {
    block_on(sessions::sign_in(&world.app(), &request(world, session), "ann@example.com", PASSWORD, render_joined))
}

fn newest(world: &World, email: &str) -> MailKind {
    block_on(world.store.recent(Some(email), 1)).unwrap().remove(0).kind
}

/// Signs up without verifying; returns the token of the mailed link.
fn pending_signup(world: &World, email: &str) -> String {
    let input = NewSignup { email: email.to_owned(), password: Some(PASSWORD.to_owned()), name: None, invitation: None, browser_key: None };
    block_on(signups::sign_up(&world.app(), &world.request(None), input, |_| None)).map(drop).unwrap();
    let MailKind::VerifyEmail { signup } = newest(world, email) else { panic!("not a verification mail") };
    LinkToken::issue(&world.keys, Purpose::VerifyEmail, signup.bits(), 1)
}

fn verify(world: &World, session: Option<&SecretHash>, token: &str) -> Result<WithSession<UserWithAccount>, AppError> {
    let input = NewVerification { token: token.to_owned(), ..NewVerification::default() };
    block_on(signups::verify_email(&world.app(), &request(world, session), &input, render_joined))
}

/// Signs up and joins with the proof from an invitation mail, which replaces the verification of the email.
fn join(world: &World, session: Option<&SecretHash>, link: &str, proof: &str) -> Result<WithSession<SignedUp>, AppError> {
    let invitation = Some((link.to_owned(), proof.to_owned()));
    let input = NewSignup { email: "bob@example.com".into(), password: Some(PASSWORD.into()), name: None, invitation, browser_key: None };
    let render = |output: &SignedUp| match output {
        SignedUp::Joined(joined) => render_joined(joined),
        SignedUp::VerificationSent => None,
    };
    block_on(signups::sign_up(&world.app(), &request(world, session), input, render))
}

/// Invites Bob; returns the link of the invitation and the proof in its mail.
fn invited(world: &World, owner: &Person) -> (String, String) {
    let team = world.team(owner);
    let invitation = world.invite(owner, team, "bob@example.com", "dev").unwrap();
    (world.link(&invitation), LinkToken::issue(&world.keys, Purpose::InvitationProof, invitation.id.bits(), invitation.link_version))
}

fn live(world: &World, session: &SecretHash) -> bool {
    world.count(&format!("SELECT count(*) FROM session WHERE token = '{}'", session.to_hex())) == 1
}

fn sessions_of(world: &World, email: &str) -> i64 {
    world.count(&format!("SELECT count(*) FROM session s JOIN user u ON u.id = s.user WHERE u.email = '{email}'"))
}

#[test]
fn a_retried_sign_in_starts_one_session_whichever_session_it_presents() {
    let world = World::new();
    let ann = world.sign_up("ann@example.com");
    let first = sign_in(&world, Some(&ann.session)).unwrap();
    assert!(!live(&world, &ann.session), "the new session replaces it");
    // The client presents the previous session if it lost the response, otherwise the new one or none.
    for session in [Some(&ann.session), Some(&first.token.hash(&world.keys)), None] {
        let again = sign_in(&world, session).unwrap();
        assert!(matches!(again.outcome, Outcome::Replayed(_)) && again.token == first.token);
        assert_eq!(sessions_of(&world, "ann@example.com"), 1);
    }
    world.sql("DELETE FROM session").unwrap();
    assert_eq!(sign_in(&world, Some(&ann.session)).err(), Some(AppError::Denied(Denial::SessionExpired)));
}

#[test]
fn a_retried_verification_succeeds_with_the_session_that_it_started() {
    let world = World::new();
    let eve = world.person("eve@example.com");
    let token = pending_signup(&world, "ann@example.com");
    let first = verify(&world, Some(&eve.session), &token).unwrap();
    assert!(!live(&world, &eve.session), "the replaced session has ended");
    for session in [Some(&eve.session), Some(&first.token.hash(&world.keys)), None] {
        let again = verify(&world, session, &token).unwrap();
        assert!(matches!(again.outcome, Outcome::Replayed(_)) && again.token == first.token);
    }
    assert_eq!((sessions_of(&world, "ann@example.com"), sessions_of(&world, "eve@example.com")), (1, 0));
}

#[test]
fn a_retried_sign_up_that_joins_succeeds_and_ends_the_replaced_session() {
    let world = World::new();
    let (owner, eve) = (world.person("owner@example.com"), world.person("eve@example.com"));
    let (link, proof) = invited(&world, &owner);
    let first = join(&world, Some(&eve.session), &link, &proof).unwrap();
    assert!(matches!(first.outcome, Outcome::Fresh { output: SignedUp::Joined(_), .. }));
    assert!(!live(&world, &eve.session) && live(&world, &owner.session));
    for session in [Some(&eve.session), Some(&first.token.hash(&world.keys)), None] {
        let again = join(&world, session, &link, &proof).unwrap();
        assert!(matches!(again.outcome, Outcome::Replayed(_)) && again.token == first.token);
    }
    assert_eq!(sessions_of(&world, "bob@example.com"), 1);
    world.assert_invariants();
}

#[test]
fn a_retried_password_reset_succeeds_with_the_session_that_it_ended() {
    let world = World::new();
    let ann = world.sign_up("ann@example.com");
    block_on(password_resets::request(&world.app(), &world.request(None), "ann@example.com", |()| None)).map(drop).unwrap();
    let MailKind::ResetPassword { reset } = newest(&world, "ann@example.com") else { panic!("not a reset mail") };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    let complete = |session: Option<&SecretHash>| {
        block_on(password_resets::complete(&world.app(), &request(&world, session), &token, "a password that only I know", render_empty))
    };
    assert!(matches!(complete(Some(&ann.session)), Ok((Outcome::Fresh { output: (), .. }, Some(_)))));
    for session in [Some(&ann.session), None] {
        assert!(matches!(complete(session), Ok((Outcome::Replayed(_), None))));
    }
}

#[test]
fn retried_sign_outs_and_declines_succeed_even_with_an_expired_session() {
    let world = World::new();
    let (owner, bob) = (world.person("owner@example.com"), world.person("bob@example.com"));
    let (link, proof) = invited(&world, &owner);
    let sign_out = |session: &SecretHash| block_on(sessions::sign_out(&world.app(), &request(&world, Some(session)), render_empty));
    assert!(matches!(sign_out(&owner.session), Ok(Outcome::Fresh { output: (), .. })));
    assert!(!live(&world, &owner.session));
    assert!(sign_out(&owner.session).is_ok() && sign_out(&owner.session).is_ok());

    world.sql("UPDATE session SET last_seen_at = 0, created_at = 0; DELETE FROM idempotency").unwrap();
    assert!(sign_out(&bob.session).is_ok() && sign_out(&bob.session).is_ok(), "signing out without a live session succeeds");
    world.sql("DELETE FROM idempotency").unwrap();
    let decline = || block_on(joining::decline(&world.app(), &request(&world, Some(&bob.session)), &link, Some(&proof), render_empty));
    assert!(matches!(decline(), Ok(Outcome::Fresh { output: (), .. })));
    assert!(matches!(decline(), Ok(Outcome::Replayed(_))));
}

#[test]
fn an_expired_session_gets_no_response_not_even_a_stored_one() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let rename = || {
        let render = |output: &AccountWithRole| Some(StoredResponse { kind: String::new(), body: output.account.name.to_string() });
        block_on(accounts::update(
            &world.app(),
            &request(&world, Some(&ann.session)),
            ann.account,
            Ok(accounts::AccountUpdate::named("Acme")),
            render,
        ))
    };
    assert!(matches!(rename(), Ok(Outcome::Fresh { output: _, .. })));
    assert!(matches!(rename(), Ok(Outcome::Replayed(_))));
    world.sql("UPDATE session SET last_seen_at = 0, created_at = 0").unwrap();
    assert_eq!(rename().err(), Some(AppError::Denied(Denial::SessionExpired)));
}

#[test]
fn an_idempotency_key_used_for_another_request_is_rejected_with_any_session() {
    let world = World::new();
    let ann = world.sign_up("ann@example.com");
    let first = sign_in(&world, Some(&ann.session)).unwrap().token.hash(&world.keys);
    let mut other = request(&world, Some(&first));
    other.idempotency.as_mut().unwrap().fingerprint = "another".to_owned();
    let rejected = block_on(sessions::sign_in(&world.app(), &other, "ann@example.com", PASSWORD, render_joined)).err();
    assert_eq!(rejected, Some(AppError::Denied(Denial::IdempotencyKeyReused)));
}
