use super::*;
use crate::credential::passkey_challenge::{self, BrowserKey, Ceremony};
use crate::credential::webauthn::software_authenticator::{SoftwareAuthenticator, rsa};
use crate::domain::authentication::{AssuranceLevel, AuthMethod};
use crate::domain::id::IdentityId;
use crate::domain::passkey::ChallengeId;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::sign_in_config::PasskeyConfig;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

const ORIGIN: &str = "https://team.example";
const RP_ID: &str = "team.example";
const NONCE: [u8; 16] = [7; 16];
const USER_PRESENT: u8 = 0x01;
const BACKED_UP: u8 = 0x10;
const BACKUP_ELIGIBLE: u8 = 0x08;

/// Ann's authenticator.
fn authenticator() -> SoftwareAuthenticator {
    let handle = Some(user_handle(user_id("ann")).to_vec());
    SoftwareAuthenticator { user_handle: handle, sign_count: 5, ..SoftwareAuthenticator::es256([7; 32], RP_ID) }
}

fn stored(authenticator: &SoftwareAuthenticator, sign_count: u32) -> Passkey {
    Passkey {
        id: IdentityId::from_bits(100),
        user: user_id("ann"),
        credential: CredentialId::from_bytes(&authenticator.id).unwrap(),
        public_key: authenticator.cose_key(),
        sign_count,
        backup_eligible: authenticator.flags & BACKUP_ELIGIBLE != 0,
        backed_up: true,
        transports: Vec::new(),
        aaguid: uuid::Uuid::nil(),
        user_verified: true,
        label: name("Laptop"),
        epoch: RestoreEpoch::FIRST,
        created_at: NOW,
        last_used_at: None,
    }
}

fn team(passkey: Passkey) -> Team {
    Team::new().owner("ann").member("bob", "dev").adjust(move |loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(ChallengeId::from_bytes(NONCE)), false.into());
        loaded.passkeys.insert(passkey.credential.clone(), Some(passkey.clone()));
    })
}

fn challenge() -> String {
    passkey_challenge::issue(&keyring(), Ceremony::Authentication, &BrowserKey::from_random([1; 16]), NOW, NONCE)
}

fn assertion_at(authenticator: &mut SoftwareAuthenticator, origin: &str) -> PasskeyAssertion {
    let made = authenticator.authenticate(challenge().as_bytes(), origin);
    PasskeyAssertion {
        id: made.id,
        client_data: made.client_data,
        authenticator_data: made.authenticator_data,
        signature: made.signature,
        user_handle: made.user_handle,
    }
}

fn assertion(authenticator: &mut SoftwareAuthenticator) -> PasskeyAssertion {
    assertion_at(authenticator, ORIGIN)
}

fn with_input<T>(response: &PasskeyAssertion, rsa: &RsaResult, run: impl FnOnce(AssertionInput<'_>) -> T) -> T {
    let config = PasskeyConfig { rp_id: RP_ID.to_owned(), rp_name: "Team".to_owned() };
    let relying_party = RelyingParty { config, origins: vec![ORIGIN.to_owned()] };
    let credential = CredentialId::from_bytes(&response.id).unwrap();
    let expires_at = NOW.plus_seconds(passkey_challenge::CHALLENGE_SECONDS);
    let challenge = OpenChallenge { bytes: challenge().into_bytes(), id: ChallengeId::from_bytes(NONCE), expires_at };
    run(AssertionInput { response, credential: &credential, challenge: &challenge, relying_party: &relying_party, rsa })
}

fn attempt(team: &Team, response: &PasskeyAssertion) -> Result<Decision<UserWithAccount>, DecisionError> {
    let browser = NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true };
    let decided = with_input(response, &RefCell::default(), |input| sign_in(&team.snapshot(), &ctx(), input, &browser))?;
    Ok(Decision { change: decided.change, output: decided.output? })
}

fn authentication(decided: &Decision<UserWithAccount>) -> Authentication {
    match decided.change.effects.last() {
        Some(Effect::InsertSession(session)) => session.authentication.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_spends_its_challenge_and_stores_the_counter_and_the_backup_state() {
    let mut authenticator = authenticator();
    let passkey = stored(&authenticator, 4);
    authenticator.flags &= !BACKED_UP;
    let decided = attempt(&team(passkey.clone()), &assertion(&mut authenticator)).unwrap();
    assert_eq!(decided.output.user.id, user_id("ann"));
    let used = PasskeyUse { user: passkey.user, id: passkey.id, sign_count: 5, backed_up: false, at: NOW };
    let spent = Effect::SpendChallenge(ChallengeId::from_bytes(NONCE), NOW.plus_seconds(passkey_challenge::CHALLENGE_SECONDS));
    assert_eq!(decided.change.effects[..2], [spent, Effect::UsePasskey(used)]);
    assert!(decided.change.preconditions.contains(&Precondition::PasskeyCountIs(passkey.user, passkey.id, 4)));
    let unspent = Precondition::FactIs(Fact::ChallengeSpent(ChallengeId::from_bytes(NONCE)), false.into());
    assert!(decided.change.preconditions.contains(&unspent));
}

#[test]
fn the_session_says_by_which_key_and_whether_the_user_was_verified() {
    for (flags, methods, level) in [
        (USER_PRESENT, vec![AuthMethod::HardwareKey], AssuranceLevel::One),
        (USER_PRESENT | BACKUP_ELIGIBLE, vec![AuthMethod::SoftwareKey], AssuranceLevel::One),
        (USER_PRESENT | 0x04, vec![AuthMethod::HardwareKey, AuthMethod::UserVerification, AuthMethod::MultiFactor], AssuranceLevel::Two),
    ] {
        let mut authenticator = SoftwareAuthenticator { flags, ..authenticator() };
        let decided = attempt(&team(stored(&authenticator, 4)), &assertion(&mut authenticator)).unwrap();
        assert_eq!(authentication(&decided), Authentication { level, methods, at: NOW });
    }
}

#[test]
fn whatever_does_not_verify_is_the_same_denial() {
    let mut right = authenticator();
    let passkey = stored(&right, 4);
    let good = assertion(&mut right);
    let mut bad_signature = good.clone();
    bad_signature.signature.reverse();
    let mut elsewhere = SoftwareAuthenticator { rp_id: "evil.example".to_owned(), ..authenticator() };
    let mut of_bob = SoftwareAuthenticator { user_handle: Some(user_handle(user_id("bob")).to_vec()), ..authenticator() };
    let mut backup_changed = SoftwareAuthenticator { flags: USER_PRESENT, ..authenticator() };
    let mut backup_impossible = SoftwareAuthenticator { flags: USER_PRESENT | BACKED_UP, ..authenticator() };
    let mut absent = SoftwareAuthenticator { flags: BACKUP_ELIGIBLE, ..authenticator() };
    for (what, response) in [
        ("signature", bad_signature),
        ("another origin", assertion_at(&mut authenticator(), "https://evil.example")),
        ("another relying party", assertion(&mut elsewhere)),
        ("another user", assertion(&mut of_bob)),
        ("no user handle", PasskeyAssertion { user_handle: None, ..good.clone() }),
        ("backup eligibility", assertion(&mut backup_changed)),
        ("backup state", assertion(&mut backup_impossible)),
        ("user presence", assertion(&mut absent)),
    ] {
        assert_eq!(denied(attempt(&team(passkey.clone()), &response)), INVALID, "{what}");
    }
    let unknown = team(passkey.clone()).adjust(|loaded| loaded.passkeys.values_mut().for_each(|passkey| *passkey = None));
    assert_eq!(denied(attempt(&unknown, &good)), INVALID);
    let spent = team(passkey.clone()).adjust(|loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(ChallengeId::from_bytes(NONCE)), true.into());
    });
    assert_eq!(denied(attempt(&spent, &good)), INVALID);
    let before_a_restore = team(Passkey { epoch: RestoreEpoch::restore(1), ..passkey.clone() });
    assert_eq!(denied(attempt(&before_a_restore, &good)), INVALID);
    assert!(attempt(&team(passkey), &good).is_ok());
}

#[test]
fn a_counter_that_does_not_grow_is_refused_and_named_for_the_log_unless_there_is_none() {
    for (before, now, is_refused) in [(5, 5, true), (6, 5, true), (4, 5, false), (0, 5, false), (5, 0, true), (0, 0, false)] {
        let mut authenticator = SoftwareAuthenticator { sign_count: now, ..authenticator() };
        let result = attempt(&team(stored(&authenticator, before)), &assertion(&mut authenticator));
        let expected = Denial::PasskeyInvalid { suspected_clone: Some(IdentityId::from_bits(100)) };
        assert_eq!(result.err(), is_refused.then(|| expected.into()), "{before} {now}");
    }
}

#[test]
fn an_rsa_signature_counts_only_with_the_result_for_this_very_assertion() {
    let handle = Some(user_handle(user_id("ann")).to_vec());
    let mut authenticator = SoftwareAuthenticator { user_handle: handle, sign_count: 5, ..SoftwareAuthenticator::rs256(RP_ID) };
    let passkey = stored(&authenticator, 4);
    let (first, second) = (assertion(&mut authenticator), assertion(&mut authenticator));
    let browser = NewSession { token: secret_hash("new"), user_agent: "Test".to_owned(), passkeys: true };
    let pending = |response: &PasskeyAssertion| {
        with_input(response, &RefCell::default(), |input| match check(input, &passkey, UserHandlePolicy::Required) {
            Ok(SignatureCheck::Rsa(pending)) => pending,
            other => panic!("{other:?}"),
        })
    };
    let valid = |response: &PasskeyAssertion| {
        let pending = pending(response);
        rsa::verify(&pending.key().to_jwk(), pending.message(), pending.signature())
    };
    assert!(valid(&first) && !valid(&PasskeyAssertion { signature: second.signature.clone(), ..first.clone() }));
    let with = |result: Option<(PendingAssertion, bool)>| {
        let team = team(passkey.clone());
        with_input(&first, &RefCell::new(result), |input| sign_in(&team.snapshot(), &ctx(), input, &browser).map(drop))
    };
    assert_eq!(with(Some((pending(&first), true))), Ok(()));
    for result in [None, Some((pending(&first), false)), Some((pending(&second), true))] {
        assert_eq!(denied(with(result)), INVALID);
    }
}

#[test]
fn a_re_authentication_is_by_a_passkey_of_the_caller_and_renews_the_token() {
    let mut authenticator = authenticator();
    let passkey = stored(&authenticator, 4);
    let response = PasskeyAssertion { user_handle: None, ..assertion(&mut authenticator) };
    let attempt = |team: &Team| {
        with_input(&response, &RefCell::default(), |input| reauthenticate(&team.snapshot(), &ctx(), input, &secret_hash("new")))
    };
    let decided = attempt(&team(passkey.clone()).as_caller("ann")).unwrap();
    assert_eq!((decided.output.token.clone(), decided.output.id), (secret_hash("new"), session_id("ann")));
    assert_eq!(decided.output.authentication.level, AssuranceLevel::Two);
    assert_eq!(decided.change.effects.last(), Some(&Effect::RenewSession(decided.output.clone())));
    assert_rests_on(&decided.change, &[Precondition::SessionTokenIs(session_id("ann"), secret_hash("ann"))]);
    let of_bob = team(Passkey { user: user_id("bob"), ..passkey.clone() }).as_caller("ann");
    assert_eq!(denied(attempt(&of_bob)), INVALID);
    assert_eq!(denied(attempt(&team(passkey))), Denial::SessionMissing);
}
