use super::*;
use crate::credential::one_time_code::{CODE_SECONDS, TRIES_MAX};
use crate::domain::authentication::Authentication;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

const NETWORK: &str = "192.0.2.1";

fn input(who: &str) -> CodeRequest {
    CodeRequest { email: email(who), browser: secret_hash(who), network: NETWORK.to_owned() }
}

/// Ann's team with a code, as it was loaded for her browser.
fn team(edit: impl Fn(&mut EmailCode) + 'static) -> Team {
    let mut code = email_code("ann");
    edit(&mut code);
    Team::new().owner("ann").adjust(move |loaded| loaded.open_email_code = Some(Some(code.clone())))
}

fn right() -> OneTimeCode {
    OneTimeCode::derive(&keyring(), email_code("ann").id.bits(), &email("ann"))
}

fn wrong() -> OneTimeCode {
    let digits = right().reveal();
    OneTimeCode::parse_typed(if digits == "0000 0000" { "00000001" } else { "00000000" }).unwrap()
}

fn attempt(team: &Team, code: Option<&OneTimeCode>, ctx: &DecisionContext) -> Result<Decision<Result<SignedIn, Denial>>, DecisionError> {
    let browser = NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true };
    sign_in(&team.snapshot(), ctx, TypedCode { code, keys: &keyring() }, &browser)
}

#[test]
fn a_request_replaces_the_code_of_this_browser_and_mails_a_new_one() {
    let decided = request(&Team::new().owner("ann").snapshot(), &ctx(), &input("ann")).unwrap();
    let [Effect::CloseEmailCodes(of, browser), Effect::InsertEmailCode(code), Effect::InsertMailToUser(mail)] =
        decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((of, browser), (&email("ann"), &secret_hash("ann")));
    assert_eq!((code.user, code.open, code.tries, &code.browser), (Some(user_id("ann")), true, 0, &secret_hash("ann")));
    assert_eq!((&mail.to, &mail.kind), (&email("ann"), &MailKind::SignInCode { code: code.id }));
    let (near, far) = windows(NOW);
    assert_eq!(decided.change.preconditions, [Precondition::EmailCodesBelow(email("ann"), NETWORK.to_owned(), near, far)]);
}

#[test]
fn an_unknown_email_gets_a_code_that_nobody_has_with_the_same_writes() {
    let decided = request(&Team::new().owner("ann").unknown_email("eve").snapshot(), &ctx(), &input("eve")).unwrap();
    let [Effect::CloseEmailCodes(..), Effect::InsertEmailCode(code), Effect::InsertMailToUser(_)] = decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((code.user, code.open), (None, true));
    let of_nobody = team(|code| code.user = None);
    for guess in [right(), wrong()] {
        let decided = attempt(&of_nobody, Some(&guess), &ctx()).unwrap();
        assert_eq!(decided.output, Err(Denial::CodeInvalid));
        assert_eq!(decided.change.effects, [Effect::CountEmailCodeTry(email_code("ann").id)], "as for a user");
    }
}

#[test]
fn beyond_either_limit_of_mails_nothing_is_written() {
    for (counts, room) in [((4, 29), true), ((5, 5), false), ((0, 30), false)] {
        let team = Team::new().owner("ann").adjust(move |loaded| loaded.email_codes_since.values_mut().for_each(|found| *found = counts));
        assert_eq!(!request(&team.snapshot(), &ctx(), &input("ann")).unwrap().change.is_empty(), room, "{counts:?}");
    }
}

#[test]
fn the_right_code_starts_a_session_and_is_used() {
    let decided = attempt(&team(|_| {}).as_caller("ann"), Some(&right()), &ctx()).unwrap();
    let signed_in = decided.output.unwrap();
    assert_eq!((signed_in.joined.user.id, signed_in.password), (user_id("ann"), None));
    let [used, way, ended, Effect::InsertSession(session)] = decided.change.effects.as_slice() else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!(*ended, Effect::EndSession(session_id("ann")), "the session of this browser");
    assert_eq!(*used, Effect::UseEmailCode(email_code("ann").id));
    assert_eq!(*way, Effect::UseIdentity(user_id("ann"), IdentityKind::Email, NOW));
    assert_eq!(session.authentication, Authentication::by(AuthMethod::OneTimeCode, NOW));
    assert!(decided.change.preconditions.contains(&Precondition::EmailCodeIs(email_code("ann").id, 0)));
}

#[test]
fn a_wrong_code_is_counted_on_the_tries_that_were_read() {
    let decided = attempt(&team(|code| code.tries = TRIES_MAX - 1), Some(&wrong()), &ctx()).unwrap();
    assert_eq!(decided.output, Err(Denial::CodeInvalid));
    assert_eq!(decided.change.effects, [Effect::CountEmailCodeTry(email_code("ann").id)]);
    assert_eq!(decided.change.preconditions, [Precondition::EmailCodeIs(email_code("ann").id, TRIES_MAX - 1)]);
}

#[test]
fn a_code_that_is_over_is_not_compared_and_what_is_no_code_is_no_try() {
    let over: [fn(&mut EmailCode); 2] = [|code| code.open = false, |code| code.tries = TRIES_MAX];
    for edit in over {
        let decided = attempt(&team(edit), Some(&right()), &ctx()).unwrap();
        assert_eq!((decided.output, decided.change.effects), (Err(Denial::CodeInvalid), vec![]));
    }
    let late = attempt(&team(|_| {}), Some(&right()), &ctx_at(NOW.plus_seconds(CODE_SECONDS))).unwrap();
    assert_eq!((late.output, late.change.effects), (Err(Denial::CodeInvalid), vec![]));
    let none = Team::new().owner("ann").adjust(|loaded| loaded.open_email_code = Some(None));
    assert_eq!(attempt(&none, Some(&right()), &ctx()).unwrap().output, Err(Denial::CodeInvalid));
    let mistyped = attempt(&team(|_| {}), None, &ctx()).unwrap();
    assert_eq!((mistyped.output, mistyped.change.effects), (Err(Denial::CodeInvalid), vec![]));
}

#[test]
fn a_code_renews_the_session_of_its_own_user_alone() {
    let renew = |team: &Team, code: &OneTimeCode| {
        reauthenticate(&team.snapshot(), &ctx(), TypedCode { code: Some(code), keys: &keyring() }, &secret_hash("new")).unwrap()
    };
    let decided = renew(&team(|_| {}).as_caller("ann"), &right());
    let session = decided.output.unwrap();
    assert_eq!((session.id, &session.token), (session_id("ann"), &secret_hash("new")));
    assert_eq!(decided.change.effects.last(), Some(&Effect::RenewSession(session)));
    let other = renew(&team(|_| {}).member("bob", "dev").as_caller("bob"), &right());
    assert_eq!((other.output, other.change.effects), (Err(Denial::CodeInvalid), vec![]));
    assert_eq!(renew(&team(|_| {}).as_caller("ann"), &wrong()).change.effects, [Effect::CountEmailCodeTry(email_code("ann").id)]);
    assert_needs_session(&team(|_| {}).as_caller("ann"), |snapshot, ctx| {
        reauthenticate(snapshot, ctx, TypedCode { code: Some(&right()), keys: &keyring() }, &secret_hash("new"))
    });
}
