//! State of a sign-in at a provider, from the redirect to the callback: in a cookie, bound to this browser.
//!
//! `state` binds the provider's answer to the browser (RFC 6749 section 10.12), `nonce` binds the ID token to it (OpenID Connect
//! Core section 3.1.2.1), and PKCE binds the code to it (RFC 7636; RFC 9700 section 2.1.1).

use crate::credential::oidc::json_object;
use crate::credential::oidc::return_to::ReturnTo;
use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::id::UserId;
use crate::domain::sign_in_config::ProviderId;
use crate::domain::time::Timestamp;
use core::fmt;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long a flow lasts, in seconds.
pub const FLOW_SECONDS: i64 = 600;
/// Number of random bytes of a flow.
pub const FLOW_RANDOM_BYTES: usize = 64;
/// Longest link token that a flow carries, in bytes.
const LINK_TOKEN_MAX: usize = 128;
/// Longest payload in bytes.
const PAYLOAD_MAX: usize = 2048;

/// What a flow is for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FlowPurpose {
    /// Start a session.
    SignIn,
    /// Connect the provider's subject with this user, who started the flow with a session.
    Link(UserId),
    /// Prove this user anew, who started the flow with a session.
    Reauthenticate(UserId),
}

/// State of a sign-in at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    purpose: FlowPurpose,
    provider: ProviderId,
    return_to: ReturnTo,
    invitation: Option<String>,
    proof: Option<String>,
    expires_at: Timestamp,
    state: [u8; 16],
    nonce: [u8; 16],
    verifier: [u8; 32],
}

/// What a new flow carries besides its secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowStart {
    /// What the flow is for.
    pub purpose: FlowPurpose,
    /// Provider.
    pub provider: ProviderId,
    /// Where the browser goes afterwards.
    pub return_to: ReturnTo,
    /// Token of an invitation that the person came with.
    pub invitation: Option<String>,
    /// Token that proves the invited mailbox.
    pub proof: Option<String>,
}

/// Why the text of a cookie is no flow that may go on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FlowError {
    /// Not made by this server.
    Malformed,
    /// Started more than ten minutes ago.
    Expired,
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FlowError::Malformed => "the sign-in was not started in this browser",
            FlowError::Expired => "the sign-in was started too long ago",
        })
    }
}

impl core::error::Error for FlowError {}

impl Flow {
    /// Starts a flow with fresh random bytes. A token of more than 128 bytes is left out: no link has one.
    pub fn start(start: FlowStart, now: Timestamp, random: [u8; FLOW_RANDOM_BYTES]) -> Flow {
        let (state, rest) = random.split_first_chunk::<16>().map_or(([0; 16], [].as_slice()), |(state, rest)| (*state, rest));
        let token = |token: Option<String>| token.filter(|token| token.len() <= LINK_TOKEN_MAX);
        Flow {
            purpose: start.purpose,
            provider: start.provider,
            return_to: start.return_to,
            invitation: token(start.invitation),
            proof: token(start.proof),
            expires_at: now.plus_seconds(FLOW_SECONDS),
            state,
            nonce: rest.first_chunk().copied().unwrap_or_default(),
            verifier: rest.last_chunk().copied().unwrap_or_default(),
        }
    }

    /// Encodes the flow for its cookie, encrypted: at most 2,048 bytes.
    pub fn encode(&self, keys: &Keyring) -> String {
        let (kind, user) = match self.purpose {
            FlowPurpose::SignIn => ("sign-in", None),
            FlowPurpose::Link(user) => ("link", Some(user)),
            FlowPurpose::Reauthenticate(user) => ("reauthenticate", Some(user)),
        };
        let bytes = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let payload = json!({
            "k": kind, "u": user.map(|user| user.to_string()), "p": self.provider.as_str(), "r": self.return_to.as_str(),
            "i": self.invitation, "m": self.proof, "x": self.expires_at.millis(),
            "s": bytes(&self.state), "n": bytes(&self.nonce), "v": bytes(&self.verifier),
        });
        sealed::encode(keys, Purpose::SignInFlow, &[], payload.to_string().as_bytes())
    }

    /// Decodes the value of the cookie.
    ///
    /// # Errors
    /// [`FlowError`] if [`Flow::encode`] did not make the text, or ten minutes have passed.
    pub fn decode(keys: &Keyring, text: &str, now: Timestamp) -> Result<Flow, FlowError> {
        let payload = sealed::decode(keys, Purpose::SignInFlow, &[], text).ok_or(FlowError::Malformed)?;
        let payload = json_object::parse(&payload, PAYLOAD_MAX).ok_or(FlowError::Malformed)?;
        let flow = Self::from_payload(&payload).ok_or(FlowError::Malformed)?;
        if now < flow.expires_at { Ok(flow) } else { Err(FlowError::Expired) }
    }

    fn from_payload(payload: &Map<String, Value>) -> Option<Flow> {
        let text = |name| json_object::text(payload, name);
        let user = || UserId::parse(text("u")?);
        let bytes = |name| BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok();
        Some(Flow {
            purpose: match text("k")? {
                "sign-in" => FlowPurpose::SignIn,
                "link" => FlowPurpose::Link(user()?),
                "reauthenticate" => FlowPurpose::Reauthenticate(user()?),
                _ => return None,
            },
            provider: ProviderId::parse(text("p")?)?,
            return_to: ReturnTo::parse(text("r")?)?,
            invitation: text("i").map(str::to_owned),
            proof: text("m").map(str::to_owned),
            expires_at: Timestamp::from_millis(payload.get("x")?.as_i64()?),
            state: bytes("s")?.try_into().ok()?,
            nonce: bytes("n")?.try_into().ok()?,
            verifier: bytes("v")?.try_into().ok()?,
        })
    }

    /// What the flow is for.
    pub fn purpose(&self) -> FlowPurpose {
        self.purpose
    }

    /// Provider to which the browser was sent.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// When the flow started.
    pub fn started_at(&self) -> Timestamp {
        self.expires_at.plus_seconds(-FLOW_SECONDS)
    }

    /// Where the browser goes afterwards.
    pub fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// Token of the invitation that the person came with.
    pub fn invitation(&self) -> Option<&str> {
        self.invitation.as_deref()
    }

    /// Token that proves the invited mailbox.
    pub fn proof(&self) -> Option<&str> {
        self.proof.as_deref()
    }

    /// The `state` parameter: 22 characters of base64url.
    pub fn state(&self) -> String {
        BASE64URL_NOPAD.encode(&self.state)
    }

    /// Whether a `state` parameter is that of the flow, in constant time.
    pub fn has_state(&self, state: &str) -> bool {
        self.state().as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// The `nonce` parameter: 22 characters of base64url.
    pub fn nonce(&self) -> String {
        BASE64URL_NOPAD.encode(&self.nonce)
    }

    /// The `code_verifier` parameter: 43 characters of base64url (RFC 7636 section 4.1).
    pub fn code_verifier(&self) -> String {
        BASE64URL_NOPAD.encode(&self.verifier)
    }

    /// The `code_challenge` parameter of the method S256.
    pub fn code_challenge(&self) -> String {
        s256(&self.code_verifier())
    }
}

/// Code challenge of a verifier (RFC 7636 section 4.2).
fn s256(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier))
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("purpose", &self.purpose).field("provider", &self.provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
