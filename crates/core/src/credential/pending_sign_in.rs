//! A sign-in whose first factor is proven, and that waits for the second: in a cookie of the browser, for ten minutes.
//!
//! The text proves the first factor and starts no session by itself. It is spent once, in the commit that finishes the sign-in. It is void
//! once the user has another authenticator app or another password, and in the next restore epoch.

use crate::credential::oidc::json_object;
use crate::credential::password::password_change_id;
use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::authentication::AuthMethod;
use crate::domain::id::{IdentityId, UserId};
use crate::domain::passkey::ChallengeId;
use crate::domain::second_factor::{SecondFactor, SecondFactors};
use crate::domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

/// How long a sign-in waits for its second factor, in seconds.
pub const PENDING_SIGN_IN_SECONDS: i64 = 600;
/// Longest payload in bytes.
const PAYLOAD_MAX: usize = 700;

/// A sign-in that waits for its second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingSignIn {
    /// The user whose first factor is proven.
    pub user: UserId,
    /// Their authenticator app at that time.
    pub totp: IdentityId,
    /// [`password_change_id`] of their password at that time; None: they had none.
    pub password: Option<Vec<u8>>,
    /// Methods of the first factor.
    pub methods: Vec<AuthMethod>,
    /// Time of the first factor.
    pub at: Timestamp,
    /// Random id by which it is spent.
    pub id: ChallengeId,
    /// What the user could give at that time, for the page that asks.
    pub usable: Vec<SecondFactor>,
}

impl PendingSignIn {
    /// Time from which on it is void.
    pub fn expires_at(&self) -> Timestamp {
        self.at.plus_seconds(PENDING_SIGN_IN_SECONDS)
    }

    /// Whether the app and the password are those of the time of the first factor.
    pub fn is_of(&self, factors: &SecondFactors) -> bool {
        factors.confirmed_totp().is_some_and(|totp| totp.id == self.totp)
            && factors.password.as_ref().map(password_change_id) == self.password
    }

    /// The sign-in as JSON, without a secret: for the record of an idempotent request, from whose replay the same cookie is made.
    pub fn to_json(&self) -> String {
        let methods: Vec<&str> = self.methods.iter().map(|method| method.as_str()).collect();
        let usable: Vec<&str> = self.usable.iter().map(|factor| factor.as_str()).collect();
        let password = self.password.as_ref().map(|id| BASE64URL_NOPAD.encode(id));
        json!({
            "u": self.user.to_string(), "t": self.totp.to_string(), "p": password, "m": methods, "a": self.at.millis(),
            "i": self.id.as_str(), "o": usable,
        })
        .to_string()
    }

    /// Reads the output of [`PendingSignIn::to_json`]; None for any other text.
    pub fn from_json(text: &str) -> Option<Self> {
        Self::from_payload(&json_object::parse(text.as_bytes(), PAYLOAD_MAX)?)
    }

    /// Encodes the sign-in for the cookie, encrypted: at most 1,024 bytes, the same text each time.
    pub fn encode(&self, keys: &Keyring) -> String {
        sealed::encode(keys, Purpose::PendingSignIn, &[], self.to_json().as_bytes())
    }

    /// Decodes the value of the cookie; None if this server did not make the text, or the sign-in has waited for too long.
    pub fn decode(keys: &Keyring, text: &str, now: Timestamp) -> Option<Self> {
        let payload = sealed::decode(keys, Purpose::PendingSignIn, &[], text)?;
        Self::from_payload(&json_object::parse(&payload, PAYLOAD_MAX)?).filter(|pending| now < pending.expires_at())
    }

    fn from_payload(payload: &Map<String, Value>) -> Option<Self> {
        let text = |name| json_object::text(payload, name);
        Some(PendingSignIn {
            user: UserId::parse(text("u")?)?,
            totp: IdentityId::parse(text("t")?)?,
            password: match text("p") {
                Some(id) => Some(BASE64URL_NOPAD.decode(id.as_bytes()).ok()?),
                None => None,
            },
            methods: list(payload, "m", AuthMethod::parse)?,
            at: Timestamp::from_millis(payload.get("a")?.as_i64()?),
            id: ChallengeId::parse(text("i")?)?,
            usable: list(payload, "o", SecondFactor::parse)?,
        })
    }
}

fn list<T>(payload: &Map<String, Value>, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    payload.get(name)?.as_array()?.iter().map(|item| parse(item.as_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::restore_epoch::RestoreEpoch;
    use crate::domain::second_factor::Totp;
    use crate::domain::secret_hashes::{EncryptedSecret, PasswordHash};
    use crate::testing::{NOW, keyring};

    fn pending() -> PendingSignIn {
        PendingSignIn {
            user: UserId::from_bits(7),
            totp: IdentityId::from_bits(8),
            password: Some(vec![3; 16]),
            methods: vec![AuthMethod::HardwareKey, AuthMethod::UserVerification],
            at: NOW,
            id: ChallengeId::from_bytes([9; 16]),
            usable: SecondFactor::ALL.to_vec(),
        }
    }

    #[test]
    fn it_waits_ten_minutes() {
        let (pending, keys) = (pending(), keyring());
        let text = pending.encode(&keys);
        assert!(!text.is_empty() && text == pending.encode(&keys));
        let at = |seconds: i64| PendingSignIn::decode(&keys, &text, NOW.plus_seconds(seconds));
        assert_eq!(
            (at(0), at(PENDING_SIGN_IN_SECONDS - 1), at(PENDING_SIGN_IN_SECONDS)),
            (Some(pending.clone()), Some(pending.clone()), None)
        );
        let sparse = PendingSignIn { password: None, usable: vec![SecondFactor::Totp], ..pending };
        assert_eq!(PendingSignIn::decode(&keys, &sparse.encode(&keys), NOW), Some(sparse.clone()));
        assert_eq!(PendingSignIn::from_json(&sparse.to_json()), Some(sparse));
    }

    #[test]
    fn a_changed_text_is_none() {
        let keys = keyring();
        let text = pending().encode(&keys);
        for at in [3, text.len() / 2, text.len() - 1] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(PendingSignIn::decode(&keys, &String::from_utf8(bytes).unwrap(), NOW), None, "{at}");
        }
        let restored = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "1").unwrap();
        assert_eq!(PendingSignIn::decode(&restored, &text, NOW), None, "after a restore");
        for text in ["", "{}", "[]", r#"{"u":1}"#] {
            assert_eq!(PendingSignIn::from_json(text), None, "{text}");
        }
    }

    #[test]
    fn another_app_or_another_password_voids_it() {
        let hash = |salt: u8| crate::credential::password::hash("seven quiet lanterns", [salt; 16], None);
        let totp = |id, last_step| {
            let secret = EncryptedSecret::restore("k1.AA".to_owned());
            Some(Totp { id: IdentityId::from_bits(id), user: UserId::from_bits(7), secret, last_step, created_at: NOW })
        };
        let factors = |totp: Option<Totp>, password: Option<PasswordHash>| SecondFactors {
            totp,
            password,
            passkeys: vec![RestoreEpoch::FIRST],
            recovery: None,
        };
        for (totp, password, is_valid) in [
            (totp(8, Some(1)), Some(hash(3)), true),
            (totp(8, None), Some(hash(3)), false),
            (totp(9, Some(1)), Some(hash(3)), false),
            (None, Some(hash(3)), false),
            (totp(8, Some(1)), Some(hash(4)), false),
            (totp(8, Some(1)), None, false),
        ] {
            assert_eq!(pending().is_of(&factors(totp, password)), is_valid);
        }
    }
}
