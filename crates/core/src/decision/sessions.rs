//! Sign in, sign out, and the list of one's sessions.

use super::accounts::AccountWithRole;
use super::joining::Joined;
use super::signups::{NewSession, end_replaced_session, session};
use super::{changed, unchanged};
use crate::credential::device_cookie;
use crate::credential::lockout::{self, CounterKeys};
use crate::credential::password::{self, Pepper, Verification};
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::id::SessionId;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::stored_secret::PasswordHash;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
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
    pub browser: &'a NewSession,
    /// What the password was judged to be before, where this decides once more: hashing is slow on purpose.
    pub verification_cache: &'a RefCell<Option<(Option<PasswordHash>, Verification)>>,
}

/// Who signed in, and the hash of the password by which their browser is known from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// Who, and where.
    pub joined: Joined,
    /// Of the choice of password that was right.
    pub password: PasswordHash,
}

/// Signs in, or counts the failure. Both are changes that commit; the inner result is the answer.
///
/// An unknown email costs the same work as a wrong password and gets the same answer (ASVS 5.0 6.3.8).
pub fn sign_in(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: &SignIn<'_>,
) -> Result<Decision<Result<SignedIn, Denial>>, DecisionError> {
    let found = snapshot.credential(input.email)?;
    let hash = found.as_ref().map(|(_, stored)| &stored.hash);
    let known = input.device.and_then(|token| device_cookie::decode(input.keys, input.email, hash, token));
    let counters = known.map_or_else(|| CounterKeys::for_email(input.email, input.network), CounterKeys::for_device);
    let (backoff, cap) = (snapshot.attempts(&counters.backoff)?, snapshot.attempts(&counters.cap)?);
    for (kind, attempts) in [(lockout::CounterKind::Backoff, &backoff), (lockout::CounterKind::Cap, &cap)] {
        if let Some(attempts) = attempts
            && let Err(wait) = lockout::check(kind, attempts, ctx.now)
        {
            return Err(Denial::TooManyAttempts { retry_after: wait.seconds() }.into());
        }
    }
    let verification = verify_password(input, hash);
    // A success and a failure both count on the failures before them: guesses that are sent all at once are judged as if
    // they had come one after the other, and none of them tells more than that.
    snapshot.require_failures_at_most(&counters.backoff, backoff.as_ref().map_or(0, |attempts| attempts.failures));
    snapshot.require_failures_at_most(&counters.cap, lockout::FAILURES_MAX - 1);
    let (user, password, rehash) = match (found, verification) {
        // A password that was chosen before a restore counts as wrong, after the same work.
        (Some((_, stored)), _) if stored.epoch != ctx.epoch => return Ok(failure(snapshot, ctx, &counters)),
        (Some((user, stored)), Verification::Right) => (user, stored.hash, false),
        (Some((user, stored)), Verification::RightButRehash) => (user, stored.hash, true),
        _ => return Ok(failure(snapshot, ctx, &counters)),
    };
    let mut effects: Vec<Effect> = end_replaced_session(snapshot, ctx).into_iter().collect();
    effects.extend(backoff.map(|_| Effect::ClearFailures(counters.backoff)));
    effects.extend(cap.map(|_| Effect::ClearFailures(counters.cap)));
    if rehash {
        effects.push(Effect::SetPassword(user.id, password::rehash(input.password, &password, ctx.salt(), input.pepper)));
    }
    let account = snapshot.account(user.active_account)?.ok_or(Denial::AccountNotFound)?;
    let member = snapshot.member(account.id, user.id)?.ok_or(Denial::AccountNotFound)?;
    effects.push(Effect::InsertSession(session(ctx, user.id, input.browser)));
    let joined = Joined { user, account: AccountWithRole { account, role: member.role } };
    Ok(changed(snapshot, effects, Vec::new(), Ok(SignedIn { joined, password })))
}

/// Compares the password with the stored hash, or does the same work for nobody.
fn verify_password(input: &SignIn<'_>, hash: Option<&PasswordHash>) -> Verification {
    if let Some((_, verification)) =
        input.verification_cache.borrow().as_ref().filter(|(verification_cache, _)| verification_cache.as_ref() == hash)
    {
        return *verification;
    }
    let verification = match hash {
        Some(hash) => password::verify(input.password, hash, input.pepper),
        None => {
            password::dummy_verify(input.password);
            Verification::Wrong
        }
    };
    input.verification_cache.replace(Some((hash.cloned(), verification)));
    verification
}

fn failure(snapshot: &TrackedSnapshot, ctx: &DecisionContext, counters: &CounterKeys) -> Decision<Result<SignedIn, Denial>> {
    let effects = counters.both().map(|key| Effect::CountFailure(key, ctx.now));
    changed(snapshot, effects.to_vec(), Vec::new(), Err(sign_in_denial(ctx.epoch)))
}

/// The answer to every failed sign-in. After a restore it tells what to do for all of them, since whoever chose a password
/// before must choose another one and nobody is told whose that is.
pub fn sign_in_denial(epoch: RestoreEpoch) -> Denial {
    if epoch.is_restored() { Denial::CredentialsOutdated } else { Denial::CredentialsInvalid }
}

/// Ends one of the caller's sessions.
pub fn end(snapshot: &TrackedSnapshot, ctx: &DecisionContext, id: Option<SessionId>) -> Result<Decision<()>, DecisionError> {
    snapshot.caller(ctx.now)?;
    let id = id.ok_or(Denial::SessionNotFound)?;
    snapshot.caller_session(id)?.ok_or(Denial::SessionNotFound)?;
    Ok(changed(snapshot, vec![Effect::EndSession(id)], Vec::new(), ()))
}

/// Signs out; without a session there is nothing to do, and it is the same success.
pub fn sign_out(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<Decision<()>, DecisionError> {
    match snapshot.caller(ctx.now) {
        Ok(caller) => {
            snapshot.take_preconditions();
            Ok(changed(snapshot, vec![Effect::EndSession(caller.session.id)], Vec::new(), ()))
        }
        Err(DecisionError::NotLoaded(lookup)) => Err(DecisionError::NotLoaded(lookup)),
        Err(_) => Ok(unchanged(snapshot, ())),
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
    use crate::transaction::lookup::Snapshot;

    #[test]
    fn an_unknown_email_takes_as_many_hashes_as_a_wrong_password() {
        let ctx = DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]);
        let email = Email::parse("ann@example.com").unwrap();
        let user = User {
            id: UserId::new(ctx.now, ctx.id_bytes()),
            email: email.clone(),
            name: Name::parse("Ann", "/name").unwrap(),
            active_account: AccountId::new(ctx.now, ctx.id_bytes()),
            created_at: ctx.now,
            recent: crate::domain::usage::RecentActivity::default(),
        };
        let hash = password::hash("seven quiet lanterns", ctx.salt(), None);
        let stored = StoredPassword { hash, epoch: RestoreEpoch::FIRST };
        let browser = NewSession { token: SecretHash::from_hex(&"ab".repeat(32)).unwrap(), user_agent: String::new() };
        let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
        let restored = || DecisionContext::new(Timestamp::from_millis(0), "r".to_owned(), None, [1; 32]).in_epoch(RestoreEpoch::restore(1));
        let hashes = |credential: Option<_>, password: &str, ctx: &DecisionContext, sign_in_denial: &Denial| {
            let mut snapshot = Snapshot::default();
            snapshot.attempts.extend(CounterKeys::for_email(&email, "192.0.2.1").both().map(|key| (key, None)));
            snapshot.credentials.insert(email.clone(), credential);
            let input = SignIn {
                email: &email,
                password,
                pepper: None,
                keys: &keys,
                device: None,
                network: "192.0.2.1",
                browser: &browser,
                verification_cache: &RefCell::default(),
            };
            let before = HASHES.get();
            let decided = sign_in(&TrackedSnapshot::new(snapshot), ctx, &input).unwrap();
            assert_eq!(decided.output.as_ref().err(), Some(sign_in_denial));
            (HASHES.get() - before, decided.change.effects)
        };
        const WRONG: &str = "not this one at all";
        let known = Some((user, stored));
        let first =
            [hashes(known.clone(), WRONG, &ctx, &Denial::CredentialsInvalid), hashes(None, WRONG, &ctx, &Denial::CredentialsInvalid)];
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
