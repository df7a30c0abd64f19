//! Tests of `webauthn::registration`.

use super::super::registration::{ATTESTATION_OBJECT_MAX, TRANSPORT_MAX, TRANSPORTS_MAX};
use super::super::software_authenticator::{MadeRegistration, SoftwareAuthenticator, attestation_object};
use super::*;
use proptest::prelude::*;

fn authenticator() -> SoftwareAuthenticator {
    SoftwareAuthenticator { sign_count: 41, ..SoftwareAuthenticator::es256([7; 32], RP_ID) }
}

fn made() -> MadeRegistration {
    authenticator().register(&CHALLENGE, ORIGIN)
}

fn error(response: &RegistrationResponse<'_>) -> Option<WebauthnError> {
    verify_registration(response, &REQUIRED).err()
}

/// The error of a registration with an authenticator that differs in this.
fn error_of(change: fn(&mut SoftwareAuthenticator)) -> Option<WebauthnError> {
    let mut authenticator = authenticator();
    change(&mut authenticator);
    error(&authenticator.register(&CHALLENGE, ORIGIN).response())
}

/// The attestation object with its format and statement replaced.
fn with_statement(format: &str, statement: &[u8]) -> Option<WebauthnError> {
    let made = made();
    let text = [&[0x60 | u8::try_from(format.len()).unwrap()], format.as_bytes()].concat();
    let head = [b"\xa3\x63fmt", &text[..], b"\x67attStmt", statement].concat();
    let object = [&head[..], &made.attestation_object[b"\xa3\x63fmt\x64none\x67attStmt\xa0".len()..]].concat();
    error(&RegistrationResponse { attestation_object: &object, ..made.response() })
}

#[test]
fn a_registration_becomes_a_credential_to_store() {
    for authenticator in [authenticator(), SoftwareAuthenticator { sign_count: 41, ..SoftwareAuthenticator::eddsa([8; 32], RP_ID) }] {
        let made = authenticator.clone().register(&CHALLENGE, ORIGIN);
        let expected = NewCredential {
            id: authenticator.id.clone(),
            public_key: authenticator.cose_key(),
            sign_count: 41,
            backup_eligible: true,
            backed_up: true,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
            aaguid: uuid::Uuid::nil(),
            user_verified: true,
        };
        assert_eq!(verify_registration(&made.response(), &REQUIRED), Ok(expected));
    }
}

#[test]
fn the_flags_are_those_of_the_authenticator() {
    let required = CeremonyRequirements { user_verification: false, ..REQUIRED };
    for (flags, told) in
        [(0x01, [false, false, false]), (0x05, [true, false, false]), (0x09, [false, true, false]), (0x19, [false, true, true])]
    {
        let made = SoftwareAuthenticator { flags, ..authenticator() }.register(&CHALLENGE, ORIGIN);
        let stored = verify_registration(&made.response(), &required).unwrap();
        assert_eq!([stored.user_verified, stored.backup_eligible, stored.backed_up], told, "{flags:#x}");
    }
}

#[test]
fn each_rule_refuses_what_breaks_it() {
    assert_eq!(error_of(|_| {}), None);
    assert_eq!(error_of(|authenticator| authenticator.rp_id = "id.example.com".to_owned()), Some(WebauthnError::RpId));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x04), Some(WebauthnError::UserPresence));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x01), Some(WebauthnError::UserVerification));
    assert_eq!(error_of(|authenticator| authenticator.flags = 0x15), Some(WebauthnError::BackupState));
    assert_eq!(error_of(|authenticator| authenticator.id.clear()), Some(WebauthnError::CredentialId));
    assert_eq!(error_of(|authenticator| authenticator.id = vec![1; 1024]), Some(WebauthnError::CredentialId));
    assert_eq!(error_of(|authenticator| authenticator.extensions = Some(vec![0xa0])), None);
    let damaged = |authenticator: &mut SoftwareAuthenticator| authenticator.extensions = Some(vec![0xa1]);
    assert_eq!(error_of(damaged), Some(WebauthnError::Extensions(Some(CborError::Truncated))));
}

#[test]
fn the_response_is_for_this_challenge_origin_and_ceremony() {
    for (challenge, origin, expected) in [
        (&CHALLENGE[..31], ORIGIN, WebauthnError::Challenge),
        (&[0; 32], ORIGIN, WebauthnError::Challenge),
        (&CHALLENGE, "https://evil.example", WebauthnError::Origin),
    ] {
        assert_eq!(error(&authenticator().register(challenge, origin).response()), Some(expected));
    }
    let assertion = authenticator().authenticate(&CHALLENGE, ORIGIN);
    let other = RegistrationResponse { client_data: &assertion.client_data, ..made().response() }.client_data.to_vec();
    assert_eq!(error(&RegistrationResponse { client_data: &other, ..made().response() }), Some(WebauthnError::CeremonyType));
}

#[test]
fn the_credential_is_that_of_the_response() {
    let made = made();
    for id in [&[][..], &made.id[1..], &[7; 32]] {
        assert_eq!(error(&RegistrationResponse { id, ..made.response() }), Some(WebauthnError::CredentialId));
    }
    let data = authenticator().authenticate(&CHALLENGE, ORIGIN).authenticator_data;
    let object = attestation_object(&data);
    let without = RegistrationResponse { attestation_object: &object, ..made.response() };
    assert_eq!(error(&without), Some(WebauthnError::AttestedCredential));
}

#[test]
fn a_key_of_another_algorithm_is_refused() {
    let made = made();
    // -7 becomes -6.
    let at = made.attestation_object.windows(4).position(|bytes| bytes == [3, 0x26, 0x20, 1]).unwrap();
    let mut object = made.attestation_object.clone();
    object[at + 1] = 0x25;
    let other = RegistrationResponse { attestation_object: &object, ..made.response() };
    assert_eq!(error(&other), Some(WebauthnError::PublicKey(CoseKeyError::Algorithm)));
}

#[test]
fn a_statement_is_ignored_but_well_formed() {
    assert_eq!(with_statement("none", &[0xa0]), None);
    assert_eq!(with_statement("packed", b"\xa2\x63alg\x26\x63sig\x41\x00"), None);
    assert_eq!(with_statement("compound", &[0x82, 0xa0, 0xa0]), None);
    assert_eq!(with_statement("apple", &[0xa0]), None);
    assert_eq!(with_statement("none", b"\xa1\x63alg\x26"), Some(WebauthnError::AttestationStatement));
    assert_eq!(with_statement("none", &[0x80]), Some(WebauthnError::AttestationStatement));
    assert_eq!(with_statement("packed", &[0x00]), Some(WebauthnError::AttestationStatement));
    let malformed = |cause| Some(WebauthnError::AttestationObject(Some(cause)));
    assert_eq!(with_statement("packed", b"\xa2\x63alg\x26\x63alg\x26"), malformed(CborError::DuplicateKey));
    assert_eq!(with_statement("packed", b"\xa1\x63x5c\x81\x81\x81\x00"), malformed(CborError::TooDeep));
    assert_eq!(with_statement("packed", b"\xa1\x63sig\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), malformed(CborError::Truncated));
}

#[test]
fn an_attestation_object_has_its_three_members_and_nothing_after_them() {
    let made = made();
    let refused = |object: &[u8]| error(&RegistrationResponse { attestation_object: object, ..made.response() });
    let longer = [&made.attestation_object[..], &[0]].concat();
    assert_eq!(refused(&longer), Some(WebauthnError::AttestationObject(Some(CborError::TrailingBytes))));
    assert_eq!(refused(&[0xa0]), Some(WebauthnError::AttestationObject(None)));
    let renamed = |from: &[u8], to: &[u8]| {
        let at = made.attestation_object.windows(from.len()).position(|bytes| bytes == from).unwrap();
        let mut object = made.attestation_object.clone();
        object[at..at + from.len()].copy_from_slice(to);
        object
    };
    for object in [renamed(b"fmt", b"fmx"), renamed(b"attStmt", b"attStmx"), renamed(b"authData", b"authDatx")] {
        assert_eq!(refused(&object), Some(WebauthnError::AttestationObject(None)));
    }
    // Another order of the members, and one more.
    let data = &made.attestation_object[b"\xa3\x63fmt\x64none\x67attStmt\xa0".len()..];
    let reordered = [&b"\xa4"[..], data, b"\x67attStmt\xa0\x63fmt\x64none\x61x\xf4"].concat();
    assert_eq!(refused(&reordered), None);
}

#[test]
fn an_attestation_object_has_at_most_sixteen_kibibytes() {
    let of_length = |length: usize| {
        let made = made();
        let base = b"\xa1\x63sig\x59\xff\xff".len() + made.attestation_object.len() - 1 + "packed".len() - "none".len();
        let filler = u16::try_from(length - base).unwrap().to_be_bytes();
        with_statement("packed", &[&b"\xa1\x63sig\x59"[..], &filler, &vec![0; length - base]].concat())
    };
    assert_eq!(ATTESTATION_OBJECT_MAX, 16_384);
    assert_eq!([16_384, 16_385].map(of_length), [None, Some(WebauthnError::AttestationObject(None))]);
}

#[test]
fn transports_are_kept_once_each_known_or_not() {
    let transports = |names: &[&str]| {
        let made = made();
        verify_registration(&RegistrationResponse { transports: names, ..made.response() }, &REQUIRED).map(|stored| stored.transports)
    };
    assert_eq!(transports(&[]), Ok(Vec::new()));
    assert_eq!(transports(&["usb", "smart-card", "usb", "cable2"]), Ok(["usb", "smart-card", "cable2"].map(str::to_owned).to_vec()));
    let longest = "x".repeat(TRANSPORT_MAX);
    assert!(transports(&[&longest]).is_ok() && transports(&["a"; TRANSPORTS_MAX]).is_ok());
    for names in [&[""][..], &["USB"], &["a b"], &["é"], &[&format!("{longest}x")], &["a"; TRANSPORTS_MAX + 1]] {
        assert_eq!(transports(names), Err(WebauthnError::Transports), "{names:?}");
    }
}

#[test]
fn a_truncated_attestation_object_is_refused_wherever_it_ends() {
    let made = made();
    for end in 0..made.attestation_object.len() {
        let cut = RegistrationResponse { attestation_object: &made.attestation_object[..end], ..made.response() };
        assert_eq!(error(&cut), Some(WebauthnError::AttestationObject(Some(CborError::Truncated))), "{end}");
    }
}

proptest! {
    #[test]
    fn verifying_any_attestation_object_does_not_panic(object: Vec<u8>, data: [u8; 40], rest: Vec<u8>) {
        let made = made();
        for object in [object, attestation_object(&[&data[..], &rest].concat())] {
            let refused = error(&RegistrationResponse { attestation_object: &object, ..made.response() });
            prop_assert!(refused.is_some());
        }
    }

    #[test]
    fn verifying_a_damaged_attestation_object_does_not_panic(at in any::<prop::sample::Index>(), byte: u8) {
        let made = made();
        let mut object = made.attestation_object.clone();
        let at = at.index(object.len());
        object[at] = byte;
        let _ = error(&RegistrationResponse { attestation_object: &object, ..made.response() });
    }
}
