//! Tests of `webauthn::authenticator_data`.

use super::super::authenticator_data::{AUTHENTICATOR_DATA_MAX, AuthenticatorData, Flags};
use super::super::software_authenticator::SoftwareAuthenticator;
use super::*;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// Authenticator data with a credential of this id.
fn data(flags: u8, id: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    let key = SoftwareAuthenticator::es256([7; 32], RP_ID).cose_key();
    [&Sha256::digest(RP_ID)[..], &[flags], &[0, 0, 1, 2], &[9; 16], &length, id, &key, rest].concat()
}

fn error(bytes: &[u8]) -> Option<WebauthnError> {
    AuthenticatorData::parse(bytes).err()
}

#[test]
fn authenticator_data_are_parsed_field_by_field() {
    let bytes = data(0x45, &[1, 2, 3], &[]);
    let parsed = AuthenticatorData::parse(&bytes).unwrap();
    let credential = parsed.credential.as_ref().unwrap();
    assert_eq!((parsed.sign_count, credential.id, credential.aaguid.into_bytes()), (258, &[1, 2, 3][..], [9; 16]));
    assert_eq!(credential.public_key, SoftwareAuthenticator::es256([7; 32], RP_ID).cose_key());
    assert!(parsed.flags.has(Flags::USER_VERIFIED) && !parsed.flags.has(Flags::BACKUP_ELIGIBLE));
    assert_eq!(parsed.check(&REQUIRED), Ok(()));
}

#[test]
fn a_credential_id_has_1_to_1023_bytes() {
    for (length, error_is) in [(0, true), (1, false), (1023, false), (1024, true), (2000, true)] {
        assert_eq!(error(&data(0x41, &vec![1; length], &[])), error_is.then_some(WebauthnError::CredentialId), "{length}");
    }
}

#[test]
fn flags_say_what_follows() {
    let extensions = b"\xa1\x6bcredProtect\x02";
    assert_eq!(error(&data(0xc1, &[1], extensions)), None);
    assert_eq!(error(&data(0x41, &[1], extensions)), Some(WebauthnError::AuthenticatorData), "extensions without their flag");
    assert_eq!(error(&data(0xc1, &[1], &[])), Some(WebauthnError::Extensions(Some(CborError::Truncated))));
    assert_eq!(error(&data(0xc1, &[1], &[0x80])), Some(WebauthnError::Extensions(Some(CborError::NotAMap))));
    assert_eq!(error(&data(0xc1, &[1], &[0xa1, 1, 2])), Some(WebauthnError::Extensions(None)), "keys are texts");
    assert_eq!(error(&data(0xc1, &[1], &[0xa0, 0])), Some(WebauthnError::AuthenticatorData), "bytes after the extensions");
    assert_eq!(error(&data(0x01, &[1], &[])), Some(WebauthnError::AuthenticatorData), "a credential without its flag");
    assert_eq!(error(&data(0x63, &[1], &[])), None, "reserved bits are ignored");
}

#[test]
fn each_flag_and_the_relying_party_are_checked() {
    let check = |flags: u8, required: &CeremonyRequirements<'_>| {
        let bytes = data(0x40 | flags, &[1], &[]);
        AuthenticatorData::parse(&bytes).unwrap().check(required).err()
    };
    let presence_only = CeremonyRequirements { user_verification: false, ..REQUIRED };
    assert_eq!(check(0x05, &REQUIRED), None);
    assert_eq!(check(0x1d, &REQUIRED), None);
    assert_eq!(check(0x04, &REQUIRED), Some(WebauthnError::UserPresence));
    assert_eq!(check(0x01, &REQUIRED), Some(WebauthnError::UserVerification));
    assert_eq!(check(0x01, &presence_only), None);
    assert_eq!(check(0x00, &presence_only), Some(WebauthnError::UserPresence));
    assert_eq!(check(0x15, &REQUIRED), Some(WebauthnError::BackupState));
    for rp_id in ["", "id.example.com", "Example.com", "example.com."] {
        assert_eq!(check(0x05, &CeremonyRequirements { rp_id, ..REQUIRED }), Some(WebauthnError::RpId), "{rp_id}");
    }
}

#[test]
fn authenticator_data_have_at_most_four_kibibytes() {
    let of_length = |length: usize| {
        let short = data(0xc1, &[1], b"\xa1\x61x\x59\xff\xff").len();
        let filler = u16::try_from(length - short).unwrap().to_be_bytes();
        data(0xc1, &[1], &[b"\xa1\x61x\x59", &filler[..], &vec![0; length - short]].concat())
    };
    assert_eq!((of_length(4096).len(), AUTHENTICATOR_DATA_MAX), (4096, 4096));
    assert_eq!([4096, 4097].map(|length| error(&of_length(length))), [None, Some(WebauthnError::AuthenticatorData)]);
}

#[test]
fn truncated_authenticator_data_are_refused_wherever_they_end() {
    let whole = data(0xc1, &[1; 16], b"\xa1\x6bcredProtect\x02");
    for end in 0..whole.len() {
        assert!(error(&whole[..end]).is_some(), "{end}");
    }
}

proptest! {
    #[test]
    fn parsing_any_bytes_does_not_panic(bytes: Vec<u8>, flags: u8, rest: Vec<u8>) {
        let _ = (error(&bytes), error(&data(flags, &[1; 16], &rest)));
        let _ = error(&[&[0; 32][..], &[flags], &[0; 4], &rest].concat());
    }

    #[test]
    fn parsing_damaged_data_does_not_panic(at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = data(0xc1, &[1; 16], b"\xa1\x6bcredProtect\x02");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = error(&bytes);
    }
}
