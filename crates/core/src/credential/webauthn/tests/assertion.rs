//! Tests of `webauthn::assertion`.

use super::super::assertion::UserHandlePolicy;
use super::super::software_authenticator::{MadeAssertion, SoftwareAuthenticator, client_data};
use super::*;
use proptest::prelude::*;

const HANDLE: [u8; 16] = [5; 16];

fn authenticators() -> [SoftwareAuthenticator; 2] {
    [SoftwareAuthenticator::es256([7; 32], RP_ID), SoftwareAuthenticator::eddsa([7; 32], RP_ID)].map(|made| SoftwareAuthenticator {
        sign_count: 41,
        user_handle: Some(HANDLE.to_vec()),
        ..made
    })
}

/// Verifies with what is stored of this authenticator, its counter at 40.
fn verify(authenticator: &SoftwareAuthenticator, response: &AssertionResponse<'_>) -> Result<SignatureCheck, WebauthnError> {
    let key = authenticator.cose_key();
    let stored = StoredCredential { id: &authenticator.id, public_key: &key, sign_count: 40, backup_eligible: true, user_handle: &HANDLE };
    verify_assertion(response, &stored, UserHandlePolicy::Required, &REQUIRED)
}

/// The error of both algorithms for an assertion made by an authenticator that differs in this.
fn error_of(change: fn(&mut SoftwareAuthenticator)) -> Option<WebauthnError> {
    error_of_made(change, |_, _| {})
}

/// The same, with the assertion changed after its signature.
fn error_of_made(
    change: fn(&mut SoftwareAuthenticator),
    after: impl Fn(&SoftwareAuthenticator, &mut MadeAssertion),
) -> Option<WebauthnError> {
    let errors = authenticators().map(|original| {
        let mut changed = original.clone();
        change(&mut changed);
        let mut made = changed.authenticate(&CHALLENGE, ORIGIN);
        after(&original, &mut made);
        verify(&original, &made.response()).err()
    });
    assert_eq!(errors[0], errors[1]);
    errors[0]
}

/// The same, with client data and authenticator data changed and signed again.
fn error_of_signed(after: impl Fn(&mut MadeAssertion)) -> Option<WebauthnError> {
    error_of_made(
        |_| {},
        |authenticator, made| {
            after(made);
            made.signature = authenticator.sign(&made.authenticator_data, &made.client_data);
        },
    )
}

#[test]
fn an_assertion_tells_counter_backup_state_and_user_verification() {
    for (flags, told) in [(0x1d, (42, true, true)), (0x0d, (42, false, true)), (0x09, (42, false, false))] {
        for original in authenticators() {
            let mut authenticator = SoftwareAuthenticator { flags, sign_count: 42, ..original };
            let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
            let key = authenticator.cose_key();
            let stored =
                StoredCredential { id: &authenticator.id, public_key: &key, sign_count: 41, backup_eligible: true, user_handle: &HANDLE };
            let required = CeremonyRequirements { user_verification: false, ..REQUIRED };
            let Ok(SignatureCheck::Verified(verified)) = verify_assertion(&made.response(), &stored, UserHandlePolicy::Required, &required)
            else {
                panic!("not verified");
            };
            assert_eq!((verified.sign_count(), verified.backed_up(), verified.user_verified()), told);
        }
    }
}

#[test]
fn each_rule_refuses_what_breaks_it() {
    assert_eq!(error_of(|_| {}), None);
    assert_eq!(error_of(|authenticator| authenticator.id = vec![1; 32]), Some(WebauthnError::CredentialId));
    assert_eq!(error_of(|authenticator| authenticator.rp_id = "id.example.com".to_owned()), Some(WebauthnError::RpId));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x1c), Some(WebauthnError::UserPresence));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x19), Some(WebauthnError::UserVerification));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x15), Some(WebauthnError::BackupState));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x05), Some(WebauthnError::BackupEligibility));
    assert_eq!(error_of(|authenticator| authenticator.extensions = Some(vec![0xa0])), None);
    let damaged = |authenticator: &mut SoftwareAuthenticator| authenticator.extensions = Some(vec![0xbf, 0xff]);
    assert_eq!(error_of(damaged), Some(WebauthnError::Extensions(Some(CborError::IndefiniteLength))));
    assert_eq!(error_of(|authenticator| authenticator.user_handle = Some(vec![6; 16])), Some(WebauthnError::UserHandle));
    assert_eq!(error_of(|authenticator| authenticator.user_handle = Some(Vec::new())), Some(WebauthnError::UserHandle));
    assert_eq!(error_of(|authenticator| authenticator.user_handle = None), Some(WebauthnError::UserHandleMissing));
}

#[test]
fn the_response_is_for_this_challenge_origin_and_ceremony() {
    use WebauthnError::{CeremonyType, Challenge, CrossOrigin, Origin};
    for (kind, challenge, origin, error) in [
        ("webauthn.get", CHALLENGE, ORIGIN, None),
        ("webauthn.get", [0; 32], ORIGIN, Some(Challenge)),
        ("webauthn.get", CHALLENGE, "https://evil.example", Some(Origin)),
        ("webauthn.create", CHALLENGE, ORIGIN, Some(CeremonyType)),
    ] {
        assert_eq!(error_of_signed(|made| made.client_data = client_data(kind, &challenge, origin)), error);
    }
    let framed = |made: &mut MadeAssertion| {
        made.client_data = String::from_utf8(made.client_data.clone()).unwrap().replace("false", "true").into_bytes();
    };
    assert_eq!(error_of_signed(framed), Some(CrossOrigin));
}

#[test]
fn a_user_handle_may_be_missing_where_the_user_is_known_otherwise() {
    for original in authenticators() {
        let key = original.cose_key();
        let stored = StoredCredential { id: &original.id, public_key: &key, sign_count: 0, backup_eligible: true, user_handle: &HANDLE };
        for (user_handle, error) in [(None, None), (Some(HANDLE.to_vec()), None), (Some(vec![6]), Some(WebauthnError::UserHandle))] {
            let made = SoftwareAuthenticator { user_handle, ..original.clone() }.authenticate(&CHALLENGE, ORIGIN);
            assert_eq!(verify_assertion(&made.response(), &stored, UserHandlePolicy::Optional, &REQUIRED).err(), error);
        }
    }
}

#[test]
fn an_assertion_has_no_attested_credential() {
    for mut authenticator in authenticators() {
        let registration = authenticator.register(&CHALLENGE, ORIGIN).attestation_object;
        let data_head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58\xa4".len();
        let authenticator_data = registration[data_head..].to_vec();
        let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
        let signature = authenticator.sign(&authenticator_data, &made.client_data);
        let response = AssertionResponse { authenticator_data: &authenticator_data, signature: &signature, ..made.response() };
        assert_eq!(verify(&authenticator, &response), Err(WebauthnError::AttestedCredential));
    }
}

#[test]
fn a_counter_grows_unless_there_is_none() {
    for original in authenticators() {
        for (stored_count, new, grows) in [
            (0, 0, true),
            (0, 1, true),
            (1, 2, true),
            (1, u32::MAX, true),
            (1, 1, false),
            (2, 1, false),
            (1, 0, false),
            (u32::MAX, 0, false),
        ] {
            let made = SoftwareAuthenticator { sign_count: new, ..original.clone() }.authenticate(&CHALLENGE, ORIGIN);
            let key = original.cose_key();
            let stored = StoredCredential {
                id: &original.id,
                public_key: &key,
                sign_count: stored_count,
                backup_eligible: true,
                user_handle: &HANDLE,
            };
            let verified = verify_assertion(&made.response(), &stored, UserHandlePolicy::Required, &REQUIRED);
            assert_eq!(verified.err(), (!grows).then_some(WebauthnError::CounterNotIncreased), "{stored_count} {new}");
        }
    }
}

#[test]
fn a_counter_is_judged_only_after_a_valid_signature() {
    let after = |_: &SoftwareAuthenticator, made: &mut MadeAssertion| made.signature.truncate(10);
    assert_eq!(error_of_made(|authenticator| authenticator.sign_count = 1, after), Some(WebauthnError::Signature));
}

#[test]
fn a_signature_is_valid_for_its_bytes_and_key_only() {
    let invalid = Some(WebauthnError::Signature);
    for at in [33, 34, 36] {
        // The counter, which no other rule refuses; and a flag that is reserved.
        let after = move |_: &SoftwareAuthenticator, made: &mut MadeAssertion| made.authenticator_data[at] ^= 0x40;
        assert_eq!(error_of_made(|_| {}, after), invalid, "{at}");
    }
    assert_eq!(error_of_made(|_| {}, |_, made| made.authenticator_data[32] ^= 2), invalid);
    assert_eq!(error_of_made(|_| {}, |_, made| made.client_data.push(b' ')), invalid);
    assert_eq!(error_of_made(|_| {}, |_, made| made.signature.push(0)), invalid);
    assert_eq!(error_of_made(|_| {}, |_, made| made.signature.clear()), invalid);
    let [es256, eddsa] = authenticators().map(|mut authenticator| authenticator.authenticate(&CHALLENGE, ORIGIN));
    let [by_es256, by_eddsa] = authenticators();
    assert_eq!(verify(&by_es256, &AssertionResponse { signature: &eddsa.signature, ..es256.response() }).err(), invalid);
    assert_eq!(verify(&by_eddsa, &AssertionResponse { signature: &es256.signature, ..eddsa.response() }).err(), invalid);
    for other in [SoftwareAuthenticator::es256([9; 32], RP_ID), SoftwareAuthenticator::eddsa([9; 32], RP_ID)] {
        let made = if other.cose_key()[0] == 0xa5 { &es256 } else { &eddsa };
        assert_eq!(verify(&other, &AssertionResponse { id: &other.id, ..made.response() }).err(), invalid);
    }
}

#[test]
fn both_values_of_s_and_only_der_are_accepted() {
    let [mut authenticator, _] = authenticators();
    let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
    let signature = p256::ecdsa::Signature::from_der(&made.signature).unwrap();
    let negated = p256::ecdsa::Signature::from_scalars(signature.r(), -*signature.s()).unwrap();
    assert_ne!(signature, negated);
    for signature in [signature, negated] {
        let der = signature.to_der();
        assert!(verify(&authenticator, &AssertionResponse { signature: der.as_bytes(), ..made.response() }).is_ok());
        let fixed = signature.to_bytes();
        let plain = AssertionResponse { signature: &fixed, ..made.response() };
        assert_eq!(verify(&authenticator, &plain), Err(WebauthnError::Signature), "r and s without DER");
    }
}

#[test]
fn a_stored_key_that_does_not_parse_is_an_error() {
    let [mut authenticator, _] = authenticators();
    let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
    let stored = StoredCredential { id: &authenticator.id, public_key: &[], sign_count: 0, backup_eligible: true, user_handle: &HANDLE };
    let error = verify_assertion(&made.response(), &stored, UserHandlePolicy::Required, &REQUIRED).unwrap_err();
    assert_eq!(error, WebauthnError::PublicKey(CoseKeyError::Cbor(CborError::Truncated)));
    assert_eq!(error.to_string(), "public key not accepted: CBOR is truncated");
}

#[test]
fn a_truncated_part_is_refused_wherever_it_ends() {
    for mut authenticator in authenticators() {
        let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
        let whole = made.response();
        for end in 0..made.authenticator_data.len() {
            let cut = AssertionResponse { authenticator_data: &made.authenticator_data[..end], ..whole };
            assert_eq!(verify(&authenticator, &cut), Err(WebauthnError::AuthenticatorData));
        }
        for end in 0..made.signature.len() {
            let cut = AssertionResponse { signature: &made.signature[..end], ..whole };
            assert_eq!(verify(&authenticator, &cut), Err(WebauthnError::Signature));
        }
        for end in 0..made.client_data.len() {
            let cut = AssertionResponse { client_data: &made.client_data[..end], ..whole };
            assert_eq!(verify(&authenticator, &cut), Err(WebauthnError::ClientData));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_other_bytes_verify(data: Vec<u8>, signature: Vec<u8>, client: Vec<u8>, head: [u8; 5]) {
        for mut authenticator in authenticators() {
            let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
            let whole = made.response();
            let after_rp = [&made.authenticator_data[..32], &head, &data].concat();
            for response in [
                AssertionResponse { authenticator_data: &data, ..whole },
                AssertionResponse { authenticator_data: &after_rp, ..whole },
                AssertionResponse { signature: &signature, ..whole },
                AssertionResponse { client_data: &client, ..whole },
            ] {
                prop_assert!(after_rp == made.authenticator_data || verify(&authenticator, &response).is_err());
            }
        }
    }

    #[test]
    fn no_damaged_signature_verifies(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        for mut authenticator in authenticators() {
            let made = authenticator.authenticate(&CHALLENGE, ORIGIN);
            let mut signature = made.signature.clone();
            let at = at.index(signature.len());
            signature[at] ^= 1 << bit;
            let damaged = AssertionResponse { signature: &signature, ..made.response() };
            prop_assert_eq!(verify(&authenticator, &damaged), Err(WebauthnError::Signature));
        }
    }
}
