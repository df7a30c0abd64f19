use super::*;
use crate::testing::*;

fn team() -> Team {
    Team::new().owner("ann").as_caller("ann")
}

fn new_hash() -> PasswordHash {
    PasswordHash::restore("new hash".to_owned())
}

#[test]
fn a_new_password_ends_the_other_sessions_and_open_resets_and_is_told_by_mail() {
    let decided = change(&team().snapshot(), &config(), &ctx(), Ok(new_hash())).unwrap();
    assert_eq!(decided.output, (email("ann"), new_hash()));
    let [Effect::CloseResets(of), Effect::SetIdentity(identity), Effect::EndSessions(user, except), Effect::InsertMail(mail)] =
        decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((of, identity.user, &identity.proof), (&email("ann"), user_id("ann"), &Proof::Password(new_hash())));
    assert_eq!((*user, *except), (user_id("ann"), Some(session_id("ann"))));
    assert_eq!((&mail.to, &mail.kind), (&email("ann"), &MailKind::PasswordChanged));
}

#[test]
fn only_a_session_with_a_recent_authentication_sets_a_password_and_is_told_before_the_fields() {
    let decide = |snapshot: &_, ctx: &_| change(snapshot, &config(), ctx, Err(vec![FieldError::new("/password", "too-short", "")]));
    assert_needs_session(&team(), decide);
    assert_requires_fresh(&team(), decide);
    assert_eq!(invalid(decide(&team().snapshot(), &ctx())), ["/password too-short"]);
}
