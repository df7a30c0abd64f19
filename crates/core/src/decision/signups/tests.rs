use super::*;
use crate::domain::authentication::Authentication;
use crate::domain::identity::Proof;
use crate::domain::invitation::InvitationState;
use crate::domain::session::SIGNUP_SECONDS;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn hash(text: &str) -> PasswordHash {
    PasswordHash::restore(text.to_owned())
}

fn browser() -> NewSession {
    NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true }
}

fn team() -> Team {
    Team::new().owner("ann").invitation("eve", "dev").unknown_email("zoe")
}

fn input(who: &str, proof: Option<bool>) -> SignupInput {
    SignupInput {
        email: email(who),
        name: None,
        password: Some(hash("chosen")),
        link: proof.map(|proof| InvitationLinkClaims { invitation: invitation_id("eve"), version: 1, proof }),
        browser: browser(),
        browser_key: Some(secret_hash("key")),
    }
}

fn ask(team: &Team, input: &SignupInput) -> Decision<SignedUp> {
    sign_up(&team.snapshot(), &config(), &ctx(), input).unwrap()
}

/// The sign-up and the mail of a change that has nothing else.
fn waiting(decided: &Decision<SignedUp>) -> (&Signup, &Mail) {
    assert_eq!(decided.output, SignedUp::VerificationSent);
    match decided.change.effects.as_slice() {
        [Effect::InsertSignup(signup), Effect::InsertMail(mail)] => (signup, mail),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_free_and_a_taken_email_write_the_same_kinds_of_effect_and_answer_the_same() {
    let free = ask(&team(), &input("zoe", None));
    let (signup, mail) = waiting(&free);
    assert_eq!((signup.open, signup.name.as_str(), &signup.password), (true, "zoe", &Some(hash("chosen"))));
    assert_eq!((&mail.kind, &mail.to), (&MailKind::VerifyEmail { signup: signup.id }, &email("zoe")));
    assert_eq!(signup.browser, Some(secret_hash("key")));
    let taken = ask(&team(), &input("ann", None));
    let (signup, mail) = waiting(&taken);
    assert_eq!((signup.open, &mail.kind), (false, &MailKind::EmailTaken));
    let since = NOW.plus_seconds(-MAILS_WINDOW_SECONDS);
    assert_eq!(free.change.preconditions, [Precondition::SignupsBelow(email("zoe"), since)], "nothing about who has the email");
    assert_eq!(taken.change.preconditions, [Precondition::SignupsBelow(email("ann"), since)]);
}

#[test]
fn five_mails_an_hour_go_to_an_address() {
    let asked = |count: i64| {
        team().adjust(move |loaded| {
            loaded.signups_since.insert(email("zoe"), count);
        })
    };
    assert!(!ask(&asked(MAILS_MAX - 1), &input("zoe", None)).change.is_empty());
    let limited = ask(&asked(MAILS_MAX), &input("zoe", None));
    assert_eq!((limited.change.is_empty(), limited.output), (true, SignedUp::VerificationSent));
}

#[test]
fn the_proof_of_an_invitation_for_the_email_makes_user_member_and_session_at_once() {
    let decided = ask(&team().as_caller("ann"), &SignupInput { name: Some(name("Eve")), ..input("eve", Some(true)) });
    let SignedUp::Joined(joined) = &decided.output else { panic!("{:?}", decided.output) };
    assert_eq!((joined.user.active_account, joined.user.name.as_str(), joined.account.role.as_str()), (account_id("acme"), "Eve", "dev"));
    assert_eq!(event_names(&decided.change), ["account.create", "invitation.accept"]);
    let [
        Effect::InsertUser(user),
        Effect::SetIdentity(mailbox),
        Effect::SetIdentity(identity),
        Effect::InsertAccount(own),
        Effect::InsertMember(owner),
        Effect::CloseSignups(closed),
        Effect::CloseInvitation(_, InvitationState::Accepted, by, _),
        Effect::InsertMember(member),
        Effect::EndSession(ended),
        Effect::InsertSession(session),
    ] = decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((user, closed), (&joined.user, &email("eve")));
    assert_eq!((identity.user, &identity.proof), (user.id, &Proof::Password(hash("chosen"))));
    assert_eq!((mailbox.user, &mailbox.proof), (user.id, &Proof::Email));
    assert_eq!(session.authentication, Authentication::by(AuthMethod::OneTimeCode, NOW));
    assert_eq!((own.owner, owner.account, owner.role.as_str()), (user.id, own.id, "admin"));
    assert_eq!((member.account, member.user, *by), (account_id("acme"), user.id, Some(user.id)));
    assert_eq!((*ended, session.user, &session.token), (session_id("ann"), user.id, &secret_hash("new")));
    let preconditions =
        [Precondition::EmailIs(email("eve"), None), Precondition::InvitationIs(invitation_id("eve"), InvitationState::Pending, 1)];
    assert_rests_on(&decided.change, &preconditions);
}

#[test]
fn a_link_that_proves_nothing_is_ignored() {
    let revoked = || team().edit_invitation("eve", |invitation| invitation.stored = InvitationState::Revoked);
    let no_grant = || team().edit_invitation("eve", |invitation| invitation.role = crate::domain::role::RoleCode::restore("gone"));
    let forged = || team().adjust(|loaded| loaded.invitations.values_mut().for_each(|slot| *slot = None));
    for (what, team, input) in [
        ("without the proof", team(), input("eve", Some(false))),
        ("for another email", team(), input("zoe", Some(true))),
        ("revoked", revoked(), input("eve", Some(true))),
        ("to a role that is gone", no_grant(), input("eve", Some(true))),
        ("forged", forged(), input("eve", Some(true))),
    ] {
        let decided = ask(&team, &input);
        assert!(waiting(&decided).0.open, "{what}");
        assert_eq!(decided.change.preconditions.len(), 1, "{what}: what was read on the way does not bind the change");
    }
    assert!(!waiting(&ask(&team(), &input("ann", Some(true)))).0.open, "an email that is taken");
}

#[test]
fn signing_up_reads_the_email_and_with_a_proof_the_invitation() {
    let decide = |proof| move |snapshot: &TrackedSnapshot, ctx: &DecisionContext| sign_up(snapshot, &config(), ctx, &input("eve", proof));
    assert_eq!(slots_needed(&team(), decide(None)), ["emails", "signups_since"]);
    let needed = slots_needed(&team(), |snapshot, ctx| decide(Some(true))(snapshot, ctx).map(|decided| decided.change.effects.len()));
    assert_eq!(needed, ["accounts", "members", "roles", "emails", "invitations"]);
}

fn verify(team: &Team, redemption: EmailVerificationInput, seconds: i64) -> Result<Decision<SignedIn>, DecisionError> {
    verify_email(&team.snapshot(), &ctx_at(NOW.plus_seconds(seconds)), signup_id("zoe"), redemption, &browser())
}

fn signed_up() -> Team {
    team().signup(signup("zoe"))
}

fn in_browser(key: &str, password: Option<&str>) -> EmailVerificationInput {
    EmailVerificationInput { browser_key: Some(secret_hash(key)), password: password.map(|text| Ok(hash(text))), name: None }
}

#[test]
fn verifying_in_the_same_browser_makes_the_user_of_the_sign_up() {
    for redemption in [in_browser("zoe", None), EmailVerificationInput::default()] {
        let decided = verify(&signed_up(), redemption, 0).unwrap();
        let signed_in = &decided.output;
        assert_eq!((signed_in.joined.user.name.as_str(), &signed_in.password), ("Chosen at sign-up", &signup("zoe").password));
        assert_eq!(signed_in.joined.user.active_account, signed_in.joined.account.account.id);
        assert_eq!(event_names(&decided.change), ["account.create"]);
        assert!(matches!(decided.change.effects.last(), Some(Effect::InsertSession(session)) if session.user == signed_in.joined.user.id));
        assert_rests_on(&decided.change, &[Precondition::SignupOpen(signup_id("zoe")), Precondition::EmailIs(email("zoe"), None)]);
    }
}

#[test]
fn a_name_given_while_verifying_is_the_users_and_the_accounts() {
    for redemption in [in_browser("zoe", None), in_browser("another", Some("own"))] {
        let decided = verify(&signed_up(), EmailVerificationInput { name: Some(name("Zoe Zhang")), ..redemption }, 0).unwrap();
        let joined = decided.output.joined;
        assert_eq!((joined.user.name.as_str(), joined.account.account.name.as_str()), ("Zoe Zhang", "Zoe Zhang"));
    }
}

#[test]
fn verifying_replaces_the_session_of_the_browser() {
    let decided = verify(&signed_up().as_caller("ann"), EmailVerificationInput::default(), 0).unwrap();
    let [.., Effect::EndSession(ended), Effect::InsertSession(_)] = decided.change.effects.as_slice() else {
        panic!("{:?}", decided.change)
    };
    assert_eq!(*ended, session_id("ann"));
    let before = verify(&signed_up(), EmailVerificationInput::default(), 0).unwrap();
    assert!(!before.change.effects.iter().any(|effect| matches!(effect, Effect::EndSession(_))));
    assert!(before.change.effects.contains(&Effect::CloseSignups(email("zoe"))));
}

#[test]
fn in_another_browser_neither_password_nor_name_of_the_sign_up_count() {
    assert_eq!(denied(verify(&signed_up(), in_browser("another", None), 0)), Denial::VerificationElsewhere);
    let chosen = verify(&signed_up(), in_browser("another", Some("own")), 0).unwrap().output;
    assert_eq!((chosen.joined.user.name.as_str(), chosen.password), ("zoe", Some(hash("own"))));
    let keyless = team().signup(Signup { browser: None, ..signup("zoe") });
    assert_eq!(denied(verify(&keyless, in_browser("zoe", None), 0)), Denial::VerificationElsewhere);
    let here = verify(&signed_up(), in_browser("zoe", Some("own")), 0).unwrap().output;
    assert_eq!((here.joined.user.name.as_str(), here.password), ("Chosen at sign-up", Some(hash("own"))));
}

#[test]
fn a_verification_link_works_for_a_day_once_and_for_a_free_email() {
    assert!(verify(&signed_up(), EmailVerificationInput::default(), SIGNUP_SECONDS - 1).is_ok());
    let weak = || EmailVerificationInput {
        password: Some(Err(vec![FieldError::new("/password", "too-short", "")])),
        ..EmailVerificationInput::default()
    };
    assert_eq!(invalid(verify(&signed_up(), weak(), 0)), ["/password too-short"]);
    assert_eq!(denied(verify(&signed_up(), weak(), SIGNUP_SECONDS)), Denial::VerificationOver);
    let closed = team().signup(Signup { open: false, ..signup("zoe") });
    assert_eq!(denied(verify(&closed, weak(), 0)), Denial::VerificationOver);
    assert_eq!(denied(verify(&signed_up().stranger("zoe"), weak(), 0)), Denial::VerificationOver, "taken since");
    let forged = signed_up().adjust(|loaded| loaded.signups.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(verify(&forged, weak(), 0)), Denial::VerificationNotFound);
    let decide = |snapshot: &_, ctx: &_| verify_email(snapshot, ctx, signup_id("zoe"), EmailVerificationInput::default(), &browser());
    assert_eq!(slots_needed(&signed_up(), decide), ["emails", "signups"]);
}

#[test]
fn a_blank_name_is_none() {
    assert_eq!(parse_name(None), Ok(None));
    assert_eq!(parse_name(Some("  ")), Ok(None));
    assert_eq!(parse_name(Some(" Eve ")), Ok(Some(name("Eve"))));
    assert_eq!(parse_name(Some(&"x".repeat(101))).unwrap_err().code, "too-long");
}
