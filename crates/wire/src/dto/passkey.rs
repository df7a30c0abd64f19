//! DTOs of passkeys. Options and responses of ceremonies are the JSON of Web Authentication Level 3 (section 5.1), in its camel case,
//! so that a page passes them between `PublicKeyCredential` and this API as they are.

use super::macros::{requests, responses};
use crate::decode::{FromField, TEXT_MAX};
use data_encoding::BASE64URL_NOPAD;
use rolecall_core::credential::passkey_challenge::CHALLENGE_SECONDS;
use rolecall_core::credential::webauthn::Algorithm;
use rolecall_core::decision::passkey_sign_in::PasskeyAssertion;
use rolecall_core::decision::passkeys::{NewPasskey, PasskeyRegistration};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::passkey::{Passkey, RelyingParty, user_handle};
use rolecall_core::domain::user::User;
use serde_json::{Map, Value};

/// Longest part of a response in characters of base64url: an attestation object of 16 KiB.
const PART_MAX: usize = 22_000;
/// Maximum number of transports that are read.
const TRANSPORTS_MAX: usize = 16;

requests! {
    /// Registration of a passkey.
    RegisterPasskeyRequest {
        /// Label, 1 to 100 characters. Defaults to `Passkey`.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100, example = "Laptop"))]
        label: Option<String>,
        /// Response of `navigator.credentials.create()`, as its `toJSON()` returns it.
        passkey: PasskeyRegistrationJson,
    }
    /// Update of a passkey.
    UpdatePasskeyRequest {
        /// Label, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "Laptop"))]
        label: String,
    }
}

/// Response of `navigator.credentials.create()` (`RegistrationResponseJSON`). Members that are not listed are ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyRegistrationJson {
    /// Credential id in base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Vec<u8>,
    /// The parts of the response.
    pub response: AttestationResponseJson,
}

/// `AuthenticatorAttestationResponseJSON`. Members that are not listed are ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttestationResponseJson {
    /// Client data in base64url.
    #[cfg_attr(feature = "openapi", schema(rename = "clientDataJSON", value_type = String))]
    pub client_data: Vec<u8>,
    /// Attestation object in base64url.
    #[cfg_attr(feature = "openapi", schema(rename = "attestationObject", value_type = String))]
    pub attestation_object: Vec<u8>,
    /// Transports.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub transports: Vec<String>,
}

/// Response of `navigator.credentials.get()` (`AuthenticationResponseJSON`). Members that are not listed are ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyAssertionJson {
    /// Credential id in base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Vec<u8>,
    /// The parts of the response.
    pub response: AssertionResponseJson,
}

/// `AuthenticatorAssertionResponseJSON`. Members that are not listed are ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssertionResponseJson {
    /// Client data in base64url.
    #[cfg_attr(feature = "openapi", schema(rename = "clientDataJSON", value_type = String))]
    pub client_data: Vec<u8>,
    /// Authenticator data in base64url.
    #[cfg_attr(feature = "openapi", schema(rename = "authenticatorData", value_type = String))]
    pub authenticator_data: Vec<u8>,
    /// Signature in base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub signature: Vec<u8>,
    /// User handle in base64url.
    #[cfg_attr(feature = "openapi", schema(rename = "userHandle", value_type = Option<String>))]
    pub user_handle: Option<Vec<u8>>,
}

/// Members of an object that may have others.
struct Members<'e> {
    members: Map<String, Value>,
    pointer: String,
    errors: &'e mut Vec<FieldError>,
}

impl<'e> Members<'e> {
    fn of(value: Option<Value>, at: &str, errors: &'e mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::Object(members)) => Some(Members { members, pointer: at.to_owned(), errors }),
            Some(_) => {
                errors.push(FieldError::new(at, "type-wrong", "The value must be an object."));
                None
            }
            None => {
                errors.push(FieldError::new(at, "required", "The field is required."));
                None
            }
        }
    }

    fn fault<T>(&mut self, name: &str, code: &'static str, detail: &str) -> Option<T> {
        self.errors.push(FieldError::new(&format!("{}/{name}", self.pointer), code, detail));
        None
    }

    /// A member in base64url, without padding as browsers write it.
    fn bytes(&mut self, name: &str) -> Option<Vec<u8>> {
        match self.members.remove(name) {
            Some(Value::String(text)) if text.len() > PART_MAX => self.fault(name, "too-long", "The value is too long."),
            Some(Value::String(text)) => match BASE64URL_NOPAD.decode(text.as_bytes()) {
                Ok(bytes) => Some(bytes),
                Err(_) => self.fault(name, "value-invalid", "The value is not base64url without padding."),
            },
            Some(_) => self.fault(name, "type-wrong", "The value must be a string."),
            None => self.fault(name, "required", "The field is required."),
        }
    }

    /// Like [`Members::bytes`]; absent and `null` are None inside.
    fn optional_bytes(&mut self, name: &str) -> Option<Option<Vec<u8>>> {
        match self.members.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.bytes(name).map(Some),
        }
    }

    /// The id of a credential, whose `rawId` and `type` must be those of the same public key.
    fn id(&mut self) -> Option<Vec<u8>> {
        let id = self.bytes("id")?;
        if self.optional_bytes("rawId")?.is_some_and(|raw| raw != id) {
            return self.fault("rawId", "value-invalid", "The value is not that of `id`.");
        }
        match self.members.get("type") {
            None => Some(id),
            Some(kind) if kind == "public-key" => Some(id),
            Some(_) => self.fault("type", "value-invalid", "The value must be `public-key`."),
        }
    }

    fn response(&mut self) -> (Option<Value>, String) {
        (self.members.remove("response"), format!("{}/response", self.pointer))
    }

    fn transports(&mut self) -> Option<Vec<String>> {
        match self.members.remove("transports") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(items)) if items.len() <= TRANSPORTS_MAX => {
                let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                match texts.filter(|texts| texts.iter().all(|text| text.len() <= TEXT_MAX)) {
                    Some(texts) => Some(texts),
                    None => self.fault("transports", "type-wrong", "The value must be a list of strings."),
                }
            }
            Some(_) => self.fault("transports", "type-wrong", "The value must be a list of at most 16 strings."),
        }
    }
}

impl FromField for PasskeyRegistrationJson {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        let mut members = Members::of(value, at, errors)?;
        let (id, (response, at)) = (members.id(), members.response());
        let mut response = Members::of(response, &at, errors)?;
        let (client_data, attestation_object) = (response.bytes("clientDataJSON"), response.bytes("attestationObject"));
        let transports = response.transports();
        let response =
            AttestationResponseJson { client_data: client_data?, attestation_object: attestation_object?, transports: transports? };
        Some(PasskeyRegistrationJson { id: id?, response })
    }
}

impl FromField for PasskeyAssertionJson {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        let mut members = Members::of(value, at, errors)?;
        let (id, (response, at)) = (members.id(), members.response());
        let mut response = Members::of(response, &at, errors)?;
        let (client_data, authenticator_data) = (response.bytes("clientDataJSON"), response.bytes("authenticatorData"));
        let (signature, user_handle) = (response.bytes("signature"), response.optional_bytes("userHandle"));
        let response = AssertionResponseJson {
            client_data: client_data?,
            authenticator_data: authenticator_data?,
            signature: signature?,
            user_handle: user_handle?,
        };
        Some(PasskeyAssertionJson { id: id?, response })
    }
}

impl From<RegisterPasskeyRequest> for NewPasskey {
    fn from(request: RegisterPasskeyRequest) -> Self {
        let PasskeyRegistrationJson { id, response } = request.passkey;
        let AttestationResponseJson { client_data, attestation_object, transports } = response;
        NewPasskey { label: request.label, response: PasskeyRegistration { id, client_data, attestation_object, transports } }
    }
}

impl From<PasskeyAssertionJson> for PasskeyAssertion {
    fn from(PasskeyAssertionJson { id, response }: PasskeyAssertionJson) -> Self {
        let AssertionResponseJson { client_data, authenticator_data, signature, user_handle } = response;
        PasskeyAssertion { id, client_data, authenticator_data, signature, user_handle }
    }
}

responses! {
    /// A passkey of the current user.
    PasskeyResponse {
        /// Id, `idn_…`, as in the list of the ways to sign in.
        id: String,
        /// Label.
        label: String,
        /// Whether it may be synchronized to other devices.
        backup_eligible: bool,
        /// Whether it was backed up when it was used last.
        backed_up: bool,
        /// Model of the authenticator, as it claims: an AAGUID, all zeros if it does not tell.
        #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
        aaguid: String,
        /// Transports as the browser named them.
        transports: Vec<String>,
        /// Time of registration.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// Time of the last authentication with it.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_used_at: Option<String>,
    }
}

impl From<&Passkey> for PasskeyResponse {
    fn from(passkey: &Passkey) -> Self {
        PasskeyResponse {
            id: passkey.id.to_string(),
            label: passkey.label.to_string(),
            backup_eligible: passkey.backup_eligible,
            backed_up: passkey.backed_up,
            aaguid: passkey.aaguid.to_string(),
            transports: passkey.transports.clone(),
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// Declares a response in the camel case of Web Authentication.
macro_rules! options {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    )*};
}

options! {
    /// Options of a registration (`PublicKeyCredentialCreationOptionsJSON`), for `PublicKeyCredential.parseCreationOptionsFromJSON()`.
    PasskeyRegistrationOptionsResponse {
        /// Relying party.
        rp: PasskeyRelyingParty,
        /// User.
        user: PasskeyUser,
        /// Challenge in base64url, valid once, in this browser, for five minutes.
        challenge: String,
        /// Accepted algorithms, in order of preference.
        pub_key_cred_params: Vec<PasskeyAlgorithm>,
        /// Time for which the challenge is valid, in milliseconds.
        timeout: i64,
        /// Passkeys that the user has.
        exclude_credentials: Vec<PasskeyDescriptor>,
        /// Which authenticators are asked for.
        authenticator_selection: PasskeyAuthenticatorSelection,
        /// Always `none`.
        attestation: &'static str,
    }
    /// Options of an authentication (`PublicKeyCredentialRequestOptionsJSON`), for `PublicKeyCredential.parseRequestOptionsFromJSON()`.
    PasskeyAuthenticationOptionsResponse {
        /// Challenge in base64url, valid once, in this browser, for five minutes.
        challenge: String,
        /// Time for which the challenge is valid, in milliseconds.
        timeout: i64,
        /// RP id.
        rp_id: String,
        /// Always empty: the browser offers the passkeys that it finds.
        allow_credentials: Vec<PasskeyDescriptor>,
        /// Always `preferred`.
        user_verification: &'static str,
    }
    /// Relying party.
    PasskeyRelyingParty {
        /// RP id.
        id: String,
        /// Name.
        name: String,
    }
    /// User of a passkey.
    PasskeyUser {
        /// User handle in base64url.
        id: String,
        /// Email.
        name: String,
        /// Display name.
        display_name: String,
    }
    /// Algorithm of a passkey.
    PasskeyAlgorithm {
        /// Always `public-key`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// Number in the registry of COSE algorithms.
        alg: i64,
    }
    /// A passkey by its credential id.
    PasskeyDescriptor {
        /// Always `public-key`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// Credential id in base64url.
        id: String,
        /// Transports.
        transports: Vec<String>,
    }
    /// Which authenticators are asked for.
    PasskeyAuthenticatorSelection {
        /// Always `required`: the passkey is found without a user name.
        resident_key: &'static str,
        /// Always `true`.
        require_resident_key: bool,
        /// Always `preferred`.
        user_verification: &'static str,
    }
}

const PUBLIC_KEY: &str = "public-key";
const USER_VERIFICATION: &str = "preferred";
const TIMEOUT_MS: i64 = CHALLENGE_SECONDS * 1000;

impl PasskeyRegistrationOptionsResponse {
    /// Options for a user with these passkeys.
    pub fn new(challenge: &str, relying_party: &RelyingParty, user: &User, existing: &[Passkey]) -> Self {
        let descriptor = |passkey: &Passkey| PasskeyDescriptor {
            kind: PUBLIC_KEY,
            id: passkey.credential.as_str().to_owned(),
            transports: passkey.transports.clone(),
        };
        PasskeyRegistrationOptionsResponse {
            rp: PasskeyRelyingParty { id: relying_party.config.rp_id.clone(), name: relying_party.config.rp_name.clone() },
            user: PasskeyUser {
                id: BASE64URL_NOPAD.encode(&user_handle(user.id)),
                name: user.email.as_str().to_owned(),
                display_name: user.name.to_string(),
            },
            challenge: BASE64URL_NOPAD.encode(challenge.as_bytes()),
            pub_key_cred_params: Algorithm::ALL.map(|algorithm| PasskeyAlgorithm { kind: PUBLIC_KEY, alg: algorithm.id() }).to_vec(),
            timeout: TIMEOUT_MS,
            exclude_credentials: existing.iter().map(descriptor).collect(),
            authenticator_selection: PasskeyAuthenticatorSelection {
                resident_key: "required",
                require_resident_key: true,
                user_verification: USER_VERIFICATION,
            },
            attestation: "none",
        }
    }
}

impl PasskeyAuthenticationOptionsResponse {
    /// Options of a challenge, the same for everybody.
    pub fn new(challenge: &str, relying_party: &RelyingParty) -> Self {
        PasskeyAuthenticationOptionsResponse {
            challenge: BASE64URL_NOPAD.encode(challenge.as_bytes()),
            timeout: TIMEOUT_MS,
            rp_id: relying_party.config.rp_id.clone(),
            allow_credentials: Vec::new(),
            user_verification: USER_VERIFICATION,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use serde_json::json;

    fn errors(body: Value) -> Vec<(String, &'static str)> {
        decode::<RegisterPasskeyRequest>(body).err().unwrap_or_default().into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    fn registration() -> Value {
        json!({ "passkey": {
            "id": "AQI", "rawId": "AQI", "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": { "clientDataJSON": "e30", "attestationObject": "oA", "transports": ["internal"], "publicKeyAlgorithm": -7, "authenticatorData": "AA" },
        } })
    }

    #[test]
    fn a_response_is_read_as_browsers_write_it_with_members_of_later_ones() {
        let read: NewPasskey = decode::<RegisterPasskeyRequest>(registration()).unwrap().into();
        let response = PasskeyRegistration {
            id: vec![1, 2],
            client_data: b"{}".to_vec(),
            attestation_object: vec![0xa0],
            transports: vec!["internal".to_owned()],
        };
        assert_eq!(read, NewPasskey { label: None, response });
        let assertion = json!({ "id": "AQI", "rawId": "AQI", "type": "public-key", "response":
            { "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AQ", "userHandle": null } });
        let read = PasskeyAssertionJson::from_field(Some(assertion), "", &mut Vec::new()).unwrap();
        assert_eq!((read.id, read.response.user_handle), (vec![1, 2], None));
    }

    #[test]
    fn each_malformed_part_is_named() {
        for (pointer, value, code) in [
            ("/passkey", json!("x"), "type-wrong"),
            ("/passkey/id", json!("A"), "value-invalid"),
            ("/passkey/id", json!(7), "type-wrong"),
            ("/passkey/rawId", json!("AQM"), "value-invalid"),
            ("/passkey/type", json!("password"), "value-invalid"),
            ("/passkey/response", json!([]), "type-wrong"),
            ("/passkey/response/clientDataJSON", json!("e30="), "value-invalid"),
            ("/passkey/response/attestationObject", json!("A".repeat(PART_MAX + 1)), "too-long"),
            ("/passkey/response/transports", json!([1]), "type-wrong"),
        ] {
            let mut body = registration();
            *body.pointer_mut(pointer).unwrap() = value;
            assert_eq!(errors(body), [(pointer.to_owned(), code)]);
        }
        let missing = json!({ "passkey": { "response": {} } });
        let names = ["/passkey/id", "/passkey/response/clientDataJSON", "/passkey/response/attestationObject"];
        assert_eq!(errors(missing), names.map(|name| (name.to_owned(), "required")));
        assert_eq!(errors(json!({ "label": "x" })), [("/passkey".to_owned(), "required")]);
    }
}
