use super::*;
use crate::domain::identity::Proof;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn team() -> Team {
    Team::new().owner("ann").unknown_email("eve").password_reset(password_reset("ann"))
}

fn ask(team: &Team, who: &str) -> Decision<()> {
    request(&team.snapshot(), &ctx(), &email(who)).unwrap()
}

#[test]
fn a_known_and_an_unknown_email_write_the_same_kinds_of_effect() {
    let kinds = |decided: &Decision<()>| match decided.change.effects.as_slice() {
        [Effect::CloseResets(closed), Effect::InsertReset(reset), Effect::InsertMailToUser(mail)] => {
            (closed.clone(), reset.clone(), mail.clone())
        }
        other => panic!("{other:?}"),
    };
    let (known, unknown) = (ask(&team(), "ann"), ask(&team(), "eve"));
    let (closed, asked, mail) = kinds(&known);
    assert_eq!((closed, asked.user, asked.open, mail.to), (email("ann"), Some(user_id("ann")), true, email("ann")));
    assert_eq!(mail.kind, MailKind::ResetPassword { reset: asked.id });
    let (_, asked, _) = kinds(&unknown);
    assert_eq!((asked.user, asked.open), (None, false), "its link opens nothing");
    let since = NOW.plus_seconds(-MAILS_WINDOW_SECONDS);
    assert_eq!(known.change.preconditions, [Precondition::ResetsBelow(email("ann"), since)], "nothing about who has the email");
    assert_eq!(unknown.change.preconditions, [Precondition::ResetsBelow(email("eve"), since)]);
}

#[test]
fn five_mails_go_to_an_address_while_a_link_lives() {
    let asked = |count: i64| {
        team().adjust(move |loaded| {
            loaded.resets_since.insert(email("ann"), count);
        })
    };
    assert!(!ask(&asked(MAILS_MAX - 1), "ann").change.is_empty());
    assert!(ask(&asked(MAILS_MAX), "ann").change.is_empty(), "the same answer, and nothing written");
    assert_eq!(slots_needed(&team(), |snapshot, ctx| request(snapshot, ctx, &email("ann"))), ["emails", "resets_since"]);
}

fn counters() -> CounterKeys {
    CounterKeys::for_email(&email("ann"), "192.0.2.1")
}

fn use_link(team: &Team, seconds: i64) -> Result<Decision<(Email, PasswordHash)>, DecisionError> {
    let password = PasswordHash::restore("new".to_owned());
    complete(&team.snapshot(), &ctx_at(NOW.plus_seconds(seconds)), reset_id("ann"), &counters(), Ok(password))
}

#[test]
fn a_new_password_ends_sessions_and_locks_and_is_told_by_mail() {
    let decided = use_link(&team(), 0).unwrap();
    let password = PasswordHash::restore("new".to_owned());
    let effects = decided.change.effects.as_slice();
    assert_eq!(effects[..2], [Effect::UseReset(reset_id("ann")), Effect::CloseResets(email("ann"))]);
    let Effect::SetIdentity(identity) = &effects[2] else { panic!("{:?}", effects[2]) };
    assert_eq!((identity.user, &identity.proof), (user_id("ann"), &Proof::Password(password.clone())));
    assert_eq!(effects[3], Effect::EndSessions(user_id("ann"), None));
    assert!(matches!(&effects[4], Effect::InsertMail(mail) if mail.kind == MailKind::PasswordChanged && mail.to == email("ann")));
    let recovery = CounterKeys::for_recovery_codes(user_id("ann"));
    let cleared: Vec<Effect> = [counters().both(), recovery.both()].concat().into_iter().map(Effect::ClearFailures).collect();
    assert_eq!(effects[5..], cleared);
    assert_eq!(decided.output, (email("ann"), password));
    assert_rests_on(&decided.change, &[Precondition::ResetOpen(reset_id("ann"))]);
}

#[test]
fn a_link_works_for_half_an_hour_once() {
    assert!(use_link(&team(), RESET_SECONDS - 1).is_ok());
    assert_eq!(denied(use_link(&team(), RESET_SECONDS)), Denial::ResetOver);
    let used = Team::new().owner("ann").password_reset(PasswordReset { open: false, ..password_reset("ann") });
    assert_eq!(denied(use_link(&used, 0)), Denial::ResetOver);
    let nobodys = Team::new().owner("ann").password_reset(PasswordReset { user: None, ..password_reset("ann") });
    assert_eq!(denied(use_link(&nobodys, 0)), Denial::ResetOver);
    let forged = team().adjust(|loaded| loaded.resets.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(use_link(&forged, 0)), Denial::VerificationNotFound);
    let gone = team().adjust(|loaded| loaded.users.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(use_link(&gone, 0)), Denial::ResetOver);
}

#[test]
fn the_password_is_judged_after_the_link() {
    let weak = || Err(vec![FieldError::new("/password", "too-short", "")]);
    let decide = |snapshot: &_, ctx: &_| complete(snapshot, ctx, reset_id("ann"), &counters(), weak());
    assert_eq!(invalid(decide(&team().snapshot(), &ctx())), ["/password too-short"]);
    assert_eq!(denied(decide(&team().snapshot(), &ctx_at(NOW.plus_seconds(RESET_SECONDS)))), Denial::ResetOver);
    assert_eq!(slots_needed(&team(), decide), ["users", "resets"]);
}
