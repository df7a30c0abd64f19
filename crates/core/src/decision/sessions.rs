//! Sign in, sign out, and the list of one's sessions.

use super::accounts::AccountAnswer;
use super::joining::Joined;
use super::signups::{Browser, replaced, session};
use super::{change, nothing};
use crate::credential::device_cookie;
use crate::credential::lockout::{self, Scopes};
use crate::credential::password::{self, Pepper, Verification};
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::id::SessionId;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::stored_secret::PasswordHash;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::View;
use core::cell::RefCell;

/// What signing in takes.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Whose session.
    pub email: &'a Email,
    /// Exactly as typed.
    pub password: &'a str,
    /// Secret part of the hash, where the deployment has one.
    pub pepper: Option<&'a Pepper>,
    /// Keys behind the tokens of devices.
    pub keys: &'a Keyring,
    /// The presented token of a known device.
    pub device: Option<&'a str>,
    /// Where a browser that is no known device comes from.
    pub network: &'a str,
    /// The new session.
    pub browser: &'a Browser,
    /// What the password was judged to be before, where this decides once more: hashing is slow on purpose.
    pub judged: &'a RefCell<Option<(Option<PasswordHash>, Verification)>>,
}

/// Who signed in, and the hash of the password by which their browser is known from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// Who, and where.
    pub joined: Joined,
    /// Of the choice of password that was right.
    pub password: PasswordHash,
}

/// Signs in, or counts the failure. Both are changes that commit; the inner result is the answer.
///
/// An unknown email costs the same work as a wrong password and gets the same answer (ASVS 5.0 6.3.8).
pub fn sign_in(view: &View, moment: &Moment, input: &SignIn<'_>) -> Result<Decided<Result<Entered, Denial>>, Stop> {
    let found = view.credential(input.email)?;
    let hash = found.as_ref().map(|(_, stored)| &stored.hash);
    let known = input.device.and_then(|token| device_cookie::open(input.keys, input.email, hash, token));
    let scopes = known.map_or_else(|| Scopes::of_stranger(input.email, input.network), Scopes::of_device);
    let (near, far) = (view.attempts(&scopes.near)?, view.attempts(&scopes.far)?);
    for (scope, attempts) in [(lockout::Scope::Near, &near), (lockout::Scope::Far, &far)] {
        if let Some(attempts) = attempts
            && let Err(wait) = lockout::check(scope, attempts, moment.now)
        {
            return Err(Denial::TooManyAttempts { retry_after: wait.seconds() }.into());
        }
    }
    let verification = judge(input, hash);
    // A success and a failure both count on the failures before them: guesses that are sent all at once are judged as if
    // they had come one after the other, and none of them tells more than that.
    view.hold_failures(&scopes.near, near.as_ref().map_or(0, |attempts| attempts.failures));
    view.hold_failures(&scopes.far, lockout::FAILURES_MAX - 1);
    let (user, password, rehash) = match (found, verification) {
        // A password that was chosen before a restore counts as wrong, after the same work.
        (Some((_, stored)), _) if stored.epoch != moment.epoch => return Ok(failure(view, moment, &scopes)),
        (Some((user, stored)), Verification::Right) => (user, stored.hash, false),
        (Some((user, stored)), Verification::RightButRehash) => (user, stored.hash, true),
        _ => return Ok(failure(view, moment, &scopes)),
    };
    let mut effects: Vec<Effect> = replaced(view, moment).into_iter().collect();
    effects.extend(near.map(|_| Effect::ClearFailures(scopes.near)));
    effects.extend(far.map(|_| Effect::ClearFailures(scopes.far)));
    if rehash {
        effects.push(Effect::SetPassword(user.id, password::rehash(input.password, &password, moment.salt(), input.pepper)));
    }
    let account = view.account(user.active_account)?.ok_or(Denial::AccountNotFound)?;
    let member = view.member(account.id, user.id)?.ok_or(Denial::AccountNotFound)?;
    effects.push(Effect::InsertSession(session(moment, user.id, input.browser)));
    let joined = Joined { user, account: AccountAnswer { account, role: member.role } };
    Ok(change(view, effects, Vec::new(), Ok(Entered { joined, password })))
}

/// Compares the password with the stored hash, or does the same work for nobody.
fn judge(input: &SignIn<'_>, hash: Option<&PasswordHash>) -> Verification {
    if let Some((_, verification)) = input.judged.borrow().as_ref().filter(|(judged, _)| judged.as_ref() == hash) {
        return *verification;
    }
    let verification = match hash {
        Some(hash) => password::verify(input.password, hash, input.pepper),
        None => {
            password::dummy_verify(input.password);
            Verification::Wrong
        }
    };
    input.judged.replace(Some((hash.cloned(), verification)));
    verification
}

fn failure(view: &View, moment: &Moment, scopes: &Scopes) -> Decided<Result<Entered, Denial>> {
    let effects = scopes.names().map(|scope| Effect::CountFailure(scope, moment.now));
    change(view, effects.to_vec(), Vec::new(), Err(refusal(moment.epoch)))
}

/// The answer to every failed sign-in. After a restore it tells what to do for all of them, since whoever chose a password
/// before must choose another one and nobody is told whose that is.
pub fn refusal(epoch: RestoreEpoch) -> Denial {
    if epoch.is_restored() { Denial::CredentialsOutdated } else { Denial::CredentialsInvalid }
}

/// Ends one of the caller's sessions.
pub fn end(view: &View, moment: &Moment, id: SessionId) -> Result<Decided<()>, Stop> {
    view.caller(moment.now)?;
    view.caller_session(id)?.ok_or(Denial::SessionNotFound)?;
    Ok(change(view, vec![Effect::EndSession(id)], Vec::new(), ()))
}

/// Signs out; without a session there is nothing to do, and it is the same success.
pub fn sign_out(view: &View, moment: &Moment) -> Result<Decided<()>, Stop> {
    match view.caller(moment.now) {
        Ok(caller) => {
            view.take_facts();
            Ok(change(view, vec![Effect::EndSession(caller.session.id)], Vec::new(), ()))
        }
        Err(Stop::Missing(want)) => Err(Stop::Missing(want)),
        Err(_) => Ok(nothing(view, ())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::password::tests::HASHES;
    use crate::domain::id::{AccountId, UserId};
    use crate::domain::name::Name;
    use crate::domain::stored_secret::SecretHash;
    use crate::domain::time::Timestamp;
    use crate::domain::user::{StoredPassword, User};
    use crate::transaction::snapshot::Snapshot;

    #[test]
    fn an_unknown_email_takes_as_many_hashes_as_a_wrong_password() {
        let moment = Moment::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]);
        let email = Email::parse("ann@example.com").unwrap();
        let user = User {
            id: UserId::new(moment.now, moment.id_bytes()),
            email: email.clone(),
            name: Name::parse("Ann", "/name").unwrap(),
            active_account: AccountId::new(moment.now, moment.id_bytes()),
            created_at: moment.now,
            recent: crate::domain::usage::Recent::default(),
        };
        let hash = password::hash("seven quiet lanterns", moment.salt(), None);
        let stored = StoredPassword { hash, epoch: RestoreEpoch::FIRST };
        let browser = Browser { token: SecretHash::from_hex(&"ab".repeat(32)).unwrap(), user_agent: String::new() };
        let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
        let restored = || Moment::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]).in_epoch(RestoreEpoch::restore(1));
        let hashes = |credential: Option<_>, password: &str, moment: &Moment, refusal: &Denial| {
            let mut snapshot = Snapshot::default();
            snapshot.attempts.extend(Scopes::of_stranger(&email, "192.0.2.1").names().map(|scope| (scope, None)));
            snapshot.credentials.insert(email.clone(), credential);
            let input = SignIn {
                email: &email,
                password,
                pepper: None,
                keys: &keys,
                device: None,
                network: "192.0.2.1",
                browser: &browser,
                judged: &RefCell::default(),
            };
            let before = HASHES.get();
            let decided = sign_in(&View::new(snapshot), moment, &input).unwrap();
            assert_eq!(decided.answer.as_ref().err(), Some(refusal));
            (HASHES.get() - before, decided.change.effects)
        };
        const WRONG: &str = "not this one at all";
        let known = Some((user, stored));
        let first =
            [hashes(known.clone(), WRONG, &moment, &Denial::CredentialsInvalid), hashes(None, WRONG, &moment, &Denial::CredentialsInvalid)];
        assert_eq!(first.each_ref().map(|(count, _)| *count), [1, 1]);
        // After a restore the password of before is as wrong as any other, and nothing tells which it was.
        let outdated = &Denial::CredentialsOutdated;
        let right = hashes(known.clone(), "seven quiet lanterns", &restored(), outdated);
        let wrong = hashes(known, WRONG, &restored(), outdated);
        let unknown = hashes(None, WRONG, &restored(), outdated);
        assert_eq!(right.0, 1);
        assert!(right == wrong && wrong == unknown);
    }
}
