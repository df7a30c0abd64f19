//! Client data (section 5.8.1): what the browser says about the ceremony.

use super::{CHALLENGE_MIN, CeremonyRequirements, WebauthnError};
use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserialize, Deserializer, IgnoredAny};
use std::borrow::Cow;

/// Maximum length of client data in bytes; browsers write some 200.
pub const CLIENT_DATA_MAX: usize = 4096;

/// The two ceremonies.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Ceremony {
    Registration,
    Authentication,
}

impl Ceremony {
    const fn client_data_type(self) -> &'static str {
        match self {
            Ceremony::Registration => "webauthn.create",
            Ceremony::Authentication => "webauthn.get",
        }
    }
}

/// The members that are checked. Others are ignored, since browsers may add some at any time; a repeated one is an error.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    challenge: Cow<'a, str>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Presence,
}

/// Whether a member is there, whatever its value.
#[derive(Default)]
struct Presence(bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Presence(true))
    }
}

/// Reads the challenge that client data claim to be for, before anything is checked; None for malformed client data.
pub fn claimed_challenge(bytes: &[u8]) -> Option<Vec<u8>> {
    let client_data = parse(bytes)?;
    BASE64URL_NOPAD.decode(client_data.challenge.as_bytes()).ok()
}

fn parse(bytes: &[u8]) -> Option<ClientData<'_>> {
    // The decoding that the specification names strips a byte order mark.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    (bytes.len() <= CLIENT_DATA_MAX).then(|| serde_json::from_slice(text).ok()).flatten()
}

/// Checks client data.
///
/// # Errors
/// [`WebauthnError`] with the first requirement that is not met.
pub(super) fn check_client_data(bytes: &[u8], ceremony: Ceremony, required: &CeremonyRequirements<'_>) -> Result<(), WebauthnError> {
    let client_data = parse(bytes).ok_or(WebauthnError::ClientData)?;
    if client_data.kind != ceremony.client_data_type() {
        return Err(WebauthnError::CeremonyType);
    }
    if required.challenge.len() < CHALLENGE_MIN || client_data.challenge != BASE64URL_NOPAD.encode(required.challenge) {
        return Err(WebauthnError::Challenge);
    }
    if !required.origins.iter().any(|origin| client_data.origin == *origin) {
        return Err(WebauthnError::Origin);
    }
    if client_data.cross_origin || client_data.top_origin.0 {
        return Err(WebauthnError::CrossOrigin);
    }
    Ok(())
}
