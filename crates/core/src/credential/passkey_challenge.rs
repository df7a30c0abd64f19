//! Challenges of passkey ceremonies: sealed texts, so that giving one out stores nothing.
//!
//! A challenge is bound to its ceremony, to the browser that asked for it (a random key in a cookie) and, for a registration, to the
//! user. It lives [`CHALLENGE_SECONDS`]. It is spent in the commit of the ceremony, by a row with its id as the primary key: only
//! ceremonies that succeed write rows. A browser may have several at a time, as with several tabs.

use crate::credential::sealed::{Purpose, decode, encode, unverified_payload};
use crate::credential::secret::Keyring;
use crate::credential::webauthn::claimed_challenge;
use crate::domain::id::UserId;
use crate::domain::passkey::ChallengeId;
use crate::domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;

/// How long a challenge is valid, in seconds.
pub const CHALLENGE_SECONDS: i64 = 5 * 60;

const EXPIRY_BYTES: usize = 4;
const NONCE_BYTES: usize = 16;

/// Ceremony that a challenge is for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Ceremony {
    /// Registration of a passkey of this user.
    Registration(UserId),
    /// Sign-in or re-authentication.
    Authentication,
}

/// Random key of a browser, in a cookie, by which its challenges are its own.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct BrowserKey([u8; 16]);

impl BrowserKey {
    /// A key of random bytes.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        BrowserKey(bytes)
    }

    /// Parses the cookie of a browser; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(BrowserKey)
    }

    /// Text of the cookie: 22 characters.
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

/// A challenge that was given out to this browser for this ceremony, and has not expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenChallenge {
    /// The challenge as the authenticator got it.
    pub bytes: Vec<u8>,
    /// Id by which it is spent.
    pub id: ChallengeId,
    /// Time at which it expires.
    pub expires_at: Timestamp,
}

/// Makes a challenge: 70 characters and a key id, whose bytes are the challenge. `nonce` must be fresh random bytes.
pub fn issue(keys: &Keyring, ceremony: Ceremony, browser: &BrowserKey, now: Timestamp, nonce: [u8; NONCE_BYTES]) -> String {
    let expiry = u32::try_from(now.plus_seconds(CHALLENGE_SECONDS).millis() / 1000).unwrap_or(u32::MAX);
    with_context(ceremony, browser, |context| {
        encode(keys, Purpose::PasskeyChallenge, context, &[&expiry.to_be_bytes()[..], &nonce].concat())
    })
}

/// Opens the challenge that client data were made for; None if it was not given out for this ceremony to this browser, or has expired.
/// Whether it was spent is in the database.
pub fn open(keys: &Keyring, ceremony: Ceremony, browser: &BrowserKey, client_data: &[u8], now: Timestamp) -> Option<OpenChallenge> {
    let bytes = claimed_challenge(client_data)?;
    let text = core::str::from_utf8(&bytes).ok()?;
    let payload = with_context(ceremony, browser, |context| decode(keys, Purpose::PasskeyChallenge, context, text))?;
    let (expires_at, id) = parse_payload(&payload)?;
    (now < expires_at).then_some(OpenChallenge { bytes, id, expires_at })
}

/// The id that client data claim, genuine or not: for the lookup before the user is known.
pub fn claimed_id(client_data: &[u8]) -> Option<ChallengeId> {
    let bytes = claimed_challenge(client_data)?;
    let payload = unverified_payload(Purpose::PasskeyChallenge, core::str::from_utf8(&bytes).ok()?)?;
    parse_payload(&payload).map(|(_, id)| id)
}

fn parse_payload(payload: &[u8]) -> Option<(Timestamp, ChallengeId)> {
    let (expiry, nonce) = payload.split_first_chunk::<EXPIRY_BYTES>()?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    let expires_at = Timestamp::from_millis(i64::from(u32::from_be_bytes(*expiry)) * 1000);
    Some((expires_at, ChallengeId::from_bytes(nonce)))
}

fn with_context<T>(ceremony: Ceremony, browser: &BrowserKey, f: impl FnOnce(&[&[u8]]) -> T) -> T {
    match ceremony {
        Ceremony::Registration(user) => f(&[b"registration", &browser.0, &user.bits().to_be_bytes()]),
        Ceremony::Authentication => f(&[b"authentication", &browser.0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::webauthn::CHALLENGE_MIN;
    use crate::testing::{NOW, keyring, user_id};

    const HERE: BrowserKey = BrowserKey([1; 16]);
    const ELSEWHERE: BrowserKey = BrowserKey([2; 16]);

    fn client_data(challenge: &[u8]) -> Vec<u8> {
        let challenge = BASE64URL_NOPAD.encode(challenge);
        serde_json::json!({ "type": "webauthn.get", "challenge": challenge, "origin": "https://a.example" }).to_string().into_bytes()
    }

    #[test]
    fn a_challenge_opens_in_its_ceremony_and_browser_for_five_minutes() {
        let keys = keyring();
        let (ann, bob) = (Ceremony::Registration(user_id("ann")), Ceremony::Registration(user_id("bob")));
        for made in [ann, bob, Ceremony::Authentication] {
            let text = issue(&keys, made, &HERE, NOW, [7; 16]);
            assert!(text.len() >= CHALLENGE_MIN, "{text}");
            let client_data = client_data(text.as_bytes());
            let at = |ceremony, browser: &BrowserKey, seconds| open(&keys, ceremony, browser, &client_data, NOW.plus_seconds(seconds));
            let id = ChallengeId::from_bytes([7; 16]);
            let expires_at = NOW.plus_seconds(CHALLENGE_SECONDS);
            assert_eq!(at(made, &HERE, 0), Some(OpenChallenge { bytes: text.clone().into_bytes(), id: id.clone(), expires_at }));
            assert_eq!(claimed_id(&client_data), Some(id));
            assert!(at(made, &HERE, CHALLENGE_SECONDS - 1).is_some());
            assert_eq!(at(made, &HERE, CHALLENGE_SECONDS), None);
            assert_eq!(at(made, &ELSEWHERE, 0), None);
            for other in [ann, bob, Ceremony::Authentication] {
                assert_eq!(at(other, &HERE, 0).is_some(), other == made, "{made:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_is_no_challenge_of_ours_does_not_open() {
        let keys = keyring();
        let text = issue(&keys, Ceremony::Authentication, &HERE, NOW, [7; 16]);
        for client_data in
            [b"{}".to_vec(), b"\xff".to_vec(), client_data(&[0xff; 32]), client_data(b"k1.AAAA"), client_data(&text.as_bytes()[1..])]
        {
            assert_eq!(open(&keys, Ceremony::Authentication, &HERE, &client_data, NOW), None);
        }
    }

    #[test]
    fn a_browser_key_has_one_text() {
        assert_eq!(BrowserKey::parse(&HERE.reveal()), Some(HERE));
        for text in ["", "AAAA", "AQEBAQEBAQEBAQEBAQEBAR", "AQEBAQEBAQEBAQEBAQEBAQ=="] {
            assert_eq!(BrowserKey::parse(text), None, "{text}");
        }
    }
}
