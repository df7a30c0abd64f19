use super::*;
use crate::credential::webauthn::software_authenticator::SoftwareAuthenticator;
use crate::domain::authentication::FRESH_SECONDS;
use crate::domain::identity::IdentityKind;
use crate::domain::passkey::{ChallengeId, PASSKEYS_MAX};
use crate::domain::sign_in_config::PasskeyConfig;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

const ORIGIN: &str = "https://team.example";
const RP_ID: &str = "team.example";
const NONCE: [u8; 16] = [7; 16];

fn relying_party() -> RelyingParty {
    RelyingParty { config: PasskeyConfig { rp_id: RP_ID.to_owned(), rp_name: "Team".to_owned() }, origins: vec![ORIGIN.to_owned()] }
}

fn browser() -> BrowserKey {
    BrowserKey::from_random([1; 16])
}

fn authenticator() -> SoftwareAuthenticator {
    SoftwareAuthenticator::es256([7; 32], RP_ID)
}

/// A response to a challenge for this user, made by a page of an origin.
fn registration(authenticator: &mut SoftwareAuthenticator, user: &str, origin: &str) -> NewPasskey {
    let challenge = passkey_challenge::issue(&keyring(), Ceremony::Registration(user_id(user)), &browser(), NOW, NONCE);
    let made = authenticator.register(challenge.as_bytes(), origin);
    let transports = vec!["internal".to_owned()];
    let response =
        PasskeyRegistration { id: made.id, client_data: made.client_data, attestation_object: made.attestation_object, transports };
    NewPasskey { label: None, response }
}

fn passkey(number: u8) -> Passkey {
    Passkey {
        id: IdentityId::from_bits(100 + u128::from(number)),
        user: user_id("ann"),
        credential: CredentialId::from_bytes(&[number]).unwrap(),
        public_key: vec![1],
        sign_count: 3,
        backup_eligible: true,
        backed_up: true,
        transports: Vec::new(),
        aaguid: uuid::Uuid::nil(),
        user_verified: true,
        label: name("Laptop"),
        epoch: ctx().epoch,
        created_at: NOW,
        last_used_at: None,
    }
}

/// Ann, signed in, with so many passkeys and her mailbox.
fn ann(passkeys: u8) -> Team {
    let credential = CredentialId::from_bytes(&authenticator().id).unwrap();
    Team::new().owner("ann").as_caller("ann").adjust(move |loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(ChallengeId::from_bytes(NONCE)), false.into());
        loaded.facts.insert(Fact::PasskeyExists(credential.clone()), false.into());
        loaded.caller_passkeys = Some((0..passkeys).map(passkey).collect());
        loaded.sign_in_methods.insert(user_id("ann"), vec![sign_in_method(IdentityKind::Email)]);
    })
}

fn register_with(
    team: &Team,
    ctx: &DecisionContext,
    browser: Option<&BrowserKey>,
    input: &NewPasskey,
) -> Result<Decision<Passkey>, DecisionError> {
    let (keys, relying_party) = (keyring(), relying_party());
    let ceremony = CeremonyContext { keys: &keys, browser, relying_party: &relying_party };
    register(&team.snapshot(), &config(), ctx, ceremony, Ok(input))
}

fn try_register(team: &Team, input: &NewPasskey) -> Result<Decision<Passkey>, DecisionError> {
    register_with(team, &ctx(), Some(&browser()), input)
}

/// The pointer of the only invalid field.
fn invalid<T: core::fmt::Debug>(result: Result<T, DecisionError>) -> String {
    match result {
        Err(DecisionError::Invalid(errors)) if errors.len() == 1 => errors[0].pointer.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registration_spends_its_challenge_and_stores_the_passkey() {
    let mut authenticator = authenticator();
    let input = registration(&mut authenticator, "ann", ORIGIN);
    let decided = try_register(&ann(2), &input).unwrap();
    let made = decided.output;
    assert_eq!((made.label.as_str(), made.user, made.sign_count, made.user_verified), (LABEL_DEFAULT, user_id("ann"), 0, true));
    assert_eq!(
        (made.credential.clone(), &made.public_key),
        (CredentialId::from_bytes(&authenticator.id).unwrap(), &authenticator.cose_key())
    );
    let (spent, expires_at) = (ChallengeId::from_bytes(NONCE), NOW.plus_seconds(passkey_challenge::CHALLENGE_SECONDS));
    let credential = made.credential.clone();
    assert_eq!(decided.change.effects, [Effect::SpendChallenge(spent.clone(), expires_at), Effect::InsertPasskey(made)]);
    let rests_on = [
        Precondition::SessionLive(session_id("ann")),
        Precondition::FactIs(Fact::ChallengeSpent(spent), false.into()),
        Precondition::FactIs(Fact::PasskeyExists(credential), false.into()),
        Precondition::PasskeysBelowCap(user_id("ann")),
    ];
    assert_rests_on(&decided.change, &rests_on);
}

#[test]
fn a_challenge_is_of_this_user_browser_and_ceremony_and_is_not_spent() {
    let input = registration(&mut authenticator(), "ann", ORIGIN);
    let at = |browser: Option<&BrowserKey>, seconds| register_with(&ann(0), &ctx_at(NOW.plus_seconds(seconds)), browser, &input);
    assert!(at(Some(&browser()), FRESH_SECONDS - 1).is_ok());
    assert_eq!(invalid(at(None, 0)), "/passkey");
    assert_eq!(invalid(at(Some(&BrowserKey::from_random([2; 16])), 0)), "/passkey");
    assert_eq!(invalid(at(Some(&browser()), passkey_challenge::CHALLENGE_SECONDS)), "/passkey");
    assert_eq!(invalid(try_register(&ann(0), &registration(&mut authenticator(), "bob", ORIGIN))), "/passkey");
    let challenge = passkey_challenge::issue(&keyring(), Ceremony::Authentication, &browser(), NOW, NONCE);
    let made = authenticator().register(challenge.as_bytes(), ORIGIN);
    let other = PasskeyRegistration { client_data: made.client_data, ..input.response.clone() };
    assert_eq!(invalid(try_register(&ann(0), &NewPasskey { response: other, ..input.clone() })), "/passkey");
    let spent = ann(0).adjust(|loaded| {
        loaded.facts.insert(Fact::ChallengeSpent(ChallengeId::from_bytes(NONCE)), true.into());
    });
    assert_eq!(invalid(try_register(&spent, &input)), "/passkey");
}

#[test]
fn a_response_of_another_origin_or_relying_party_or_with_a_bad_label_is_refused() {
    assert_eq!(invalid(try_register(&ann(0), &registration(&mut authenticator(), "ann", "https://evil.example"))), "/passkey");
    let mut elsewhere = SoftwareAuthenticator::es256([7; 32], "evil.example");
    assert_eq!(invalid(try_register(&ann(0), &registration(&mut elsewhere, "ann", ORIGIN))), "/passkey");
    let input = registration(&mut authenticator(), "ann", ORIGIN);
    for label in ["", "\u{202e}", &"x".repeat(101)] {
        assert_eq!(invalid(try_register(&ann(0), &NewPasskey { label: Some(label.to_owned()), ..input.clone() })), "/label");
    }
}

#[test]
fn a_credential_id_is_registered_once_and_a_user_has_at_most_twenty() {
    let input = registration(&mut authenticator(), "ann", ORIGIN);
    let most = u8::try_from(PASSKEYS_MAX).unwrap();
    assert!(try_register(&ann(most - 1), &input).is_ok());
    assert_eq!(denied(try_register(&ann(most), &input)), Denial::LimitReached("passkeys"));
    let options = |passkeys| registration_options(&ann(passkeys).snapshot(), &config(), &ctx()).map(|(_, existing)| existing.len());
    assert_eq!(options(most - 1), Ok(19));
    assert_eq!(denied(options(most)), Denial::LimitReached("passkeys"));
    let credential = CredentialId::from_bytes(&authenticator().id).unwrap();
    let taken = ann(0).adjust(move |loaded| {
        loaded.facts.insert(Fact::PasskeyExists(credential.clone()), true.into());
    });
    assert_eq!(denied(try_register(&taken, &input)), Denial::PasskeyExists);
}

#[test]
fn registration_and_removal_need_a_recent_authentication_and_all_need_a_session() {
    let input = registration(&mut authenticator(), "ann", ORIGIN);
    let later = ctx_at(NOW.plus_seconds(FRESH_SECONDS + 1));
    let methods = vec![IdentityKind::Email];
    let stale = Denial::ReauthenticationRequired { methods };
    assert_eq!(denied(register_with(&ann(1), &later, Some(&browser()), &input)), stale);
    assert_eq!(denied(registration_options(&ann(1).snapshot(), &config(), &later)), stale);
    assert_eq!(denied(remove(&ann(1).snapshot(), &config(), &later, Some(passkey(0).id))), stale);
    assert!(rename(&ann(1).snapshot(), &later, Some(passkey(0).id), Ok("Key")).is_ok());
    assert_needs_session(&ann(1), list);
    assert_needs_session(&ann(1), |snapshot, ctx| rename(snapshot, ctx, Some(passkey(0).id), Ok("Key")));
    assert_needs_session(&ann(1), |snapshot, ctx| remove(snapshot, &config(), ctx, Some(passkey(0).id)));
}

#[test]
fn a_passkey_of_the_caller_is_renamed_and_removed() {
    let renamed = rename(&ann(1).snapshot(), &ctx(), Some(passkey(0).id), Ok(" Key ")).unwrap();
    assert_eq!(renamed.change.effects, [Effect::RenamePasskey(user_id("ann"), passkey(0).id, name("Key"))]);
    let removed = remove(&ann(1).snapshot(), &config(), &ctx(), Some(passkey(0).id)).unwrap();
    assert_eq!(removed.change.effects, [Effect::DeleteIdentity(user_id("ann"), passkey(0).id)]);
    let rests_on = [
        Precondition::SessionLive(session_id("ann")),
        Precondition::PasskeyCountIs(user_id("ann"), passkey(0).id, 3),
        Precondition::OtherSignInMethod(user_id("ann"), passkey(0).id),
    ];
    assert_rests_on(&removed.change, &rests_on);
    for id in [None, Some(passkey(9).id)] {
        assert_eq!(denied(rename(&ann(1).snapshot(), &ctx(), id, Ok("Key"))), Denial::PasskeyNotFound);
        assert_eq!(denied(remove(&ann(1).snapshot(), &config(), &ctx(), id)), Denial::PasskeyNotFound);
    }
}

#[test]
fn the_last_valid_way_to_sign_in_stays() {
    let alone = ann(1).adjust(|loaded| {
        let own = crate::domain::identity::SignInMethod { id: passkey(0).id, ..sign_in_method(IdentityKind::Passkey) };
        let outdated = crate::domain::identity::SignInMethod {
            epoch: crate::domain::restore_epoch::RestoreEpoch::restore(1),
            ..sign_in_method(IdentityKind::Password)
        };
        loaded.sign_in_methods.insert(user_id("ann"), vec![own, outdated]);
    });
    assert_eq!(denied(remove(&alone.snapshot(), &config(), &ctx(), Some(passkey(0).id))), Denial::LastSignInMethod);
}
