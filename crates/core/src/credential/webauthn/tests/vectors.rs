//! The test vectors of Web Authentication Level 3, section 16.

use super::super::assertion::UserHandlePolicy;
use super::super::software_authenticator::rsa;
use super::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../../../../../tests/vectors/webauthn.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn field(vector: &Value, name: &str) -> Vec<u8> {
    hex(vector[name].as_str().unwrap())
}

fn required(challenge: &[u8]) -> CeremonyRequirements<'_> {
    CeremonyRequirements { challenge, origins: &["https://example.org"], rp_id: "example.org", user_verification: false }
}

/// What a case says of its result, as the name of the variant of [`WebauthnError`]; null: verified.
fn refused<T>(result: &Result<T, WebauthnError>) -> Value {
    let name = |error: &WebauthnError| match error {
        WebauthnError::CrossOrigin => "cross-origin",
        WebauthnError::PublicKey(CoseKeyError::Algorithm) => "algorithm",
        other => panic!("{other}"),
    };
    result.as_ref().err().map_or(Value::Null, |error| name(error).into())
}

#[test]
fn registrations_give_what_the_vectors_say() {
    for vector in vectors() {
        let (challenge, id) = (field(&vector, "challenge"), field(&vector, "credential_id"));
        let (client_data, attestation_object) = (field(&vector, "client_data"), field(&vector, "attestation_object"));
        let response =
            RegistrationResponse { id: &id, client_data: &client_data, attestation_object: &attestation_object, transports: &[] };
        let result = verify_registration(&response, &required(&challenge));
        assert_eq!(refused(&result), vector["refused"], "{}", vector["name"]);
        let Ok(credential) = result else { continue };
        let flags = vector["flags"].as_u64().unwrap();
        let expected = NewCredential {
            id: id.clone(),
            public_key: field(&vector, "public_key"),
            sign_count: 0,
            backup_eligible: flags & 0x08 != 0,
            backed_up: flags & 0x10 != 0,
            transports: Vec::new(),
            aaguid: uuid::Uuid::from_slice(&field(&vector, "aaguid")).unwrap(),
            user_verified: flags & 0x04 != 0,
        };
        assert_eq!(credential, expected, "{}", vector["name"]);
    }
}

#[test]
fn assertions_verify_with_the_key_of_their_registration() {
    let mut algorithms = [0; 3];
    for vector in vectors() {
        let (id, public_key, case) = (field(&vector, "credential_id"), field(&vector, "public_key"), &vector["assertion"]);
        let flags = vector["flags"].as_u64().unwrap();
        let stored =
            StoredCredential { id: &id, public_key: &public_key, sign_count: 0, backup_eligible: flags & 0x08 != 0, user_handle: &[] };
        let challenge = field(case, "challenge");
        let verify = |client_data: &[u8], authenticator_data: &[u8], signature: &[u8]| {
            let response = AssertionResponse { id: &id, client_data, authenticator_data, signature, user_handle: None };
            match verify_assertion(&response, &stored, UserHandlePolicy::Optional, &required(&challenge))? {
                SignatureCheck::Verified(verified) => Ok((verified, false)),
                SignatureCheck::Rsa(pending) => {
                    let is_valid = rsa::verify(&pending.key().to_jwk(), pending.message(), pending.signature());
                    pending.finish(is_valid).map(|verified| (verified, true))
                }
            }
        };
        let (client_data, data, signature) = (field(case, "client_data"), field(case, "authenticator_data"), field(case, "signature"));
        let result = verify(&client_data, &data, &signature);
        assert_eq!(refused(&result), vector["refused"], "{}", vector["name"]);
        let Ok((verified, is_rsa)) = result else { continue };
        let flags = case["flags"].as_u64().unwrap();
        let told = (verified.sign_count(), verified.backed_up(), verified.user_verified());
        assert_eq!(told, (0, flags & 0x10 != 0, flags & 0x04 != 0), "{}", vector["name"]);
        algorithms[if is_rsa { 2 } else { usize::from(signature.len() == 64) }] += 1;
        // Signed bytes: the counter, and a space after the client data. And the signature itself, at its end.
        let changed = |bytes: &[u8]| [&bytes[..bytes.len() - 1], &[bytes[bytes.len() - 1] ^ 1]].concat();
        for broken in [
            verify(&client_data, &changed(&data), &signature),
            verify(&[&client_data[..], b" "].concat(), &data, &signature),
            verify(&client_data, &data, &changed(&signature)),
        ] {
            assert_eq!(broken.err(), Some(WebauthnError::Signature), "{}", vector["name"]);
        }
    }
    assert_eq!(algorithms, [8, 1, 1], "assertions by ES256, EdDSA and RS256");
}

#[test]
fn a_pending_rsa_assertion_is_finished_by_its_signature_and_counter() {
    let vector = vectors().into_iter().find(|vector| vector["name"] == "packed-rs256").unwrap();
    let (id, public_key, case) = (field(&vector, "credential_id"), field(&vector, "public_key"), &vector["assertion"]);
    let (client_data, data, signature) = (field(case, "client_data"), field(case, "authenticator_data"), field(case, "signature"));
    let challenge = field(case, "challenge");
    let pending = |sign_count, signature: &[u8]| {
        let stored = StoredCredential { id: &id, public_key: &public_key, sign_count, backup_eligible: true, user_handle: &[] };
        let response = AssertionResponse { id: &id, client_data: &client_data, authenticator_data: &data, signature, user_handle: None };
        match verify_assertion(&response, &stored, UserHandlePolicy::Optional, &required(&challenge)) {
            Ok(SignatureCheck::Rsa(pending)) => Ok(pending),
            Ok(SignatureCheck::Verified(_)) => panic!("verified without a check"),
            Err(error) => Err(error),
        }
    };
    assert_eq!(pending(0, &signature).unwrap().finish(false), Err(WebauthnError::Signature));
    assert_eq!(pending(1, &signature).unwrap().finish(false), Err(WebauthnError::Signature));
    assert_eq!(pending(1, &signature).unwrap().finish(true), Err(WebauthnError::CounterNotIncreased));
    assert!(pending(0, &signature).unwrap().finish(true).is_ok());
    assert_eq!(pending(0, &signature).unwrap().message(), [&data[..], &Sha256::digest(&client_data)].concat());
    for wrong in [&signature[1..], &[&signature[..], &[0]].concat(), &[]] {
        assert_eq!(pending(0, wrong).err(), Some(WebauthnError::Signature), "a signature is as long as the modulus");
    }
}
