//! A person who signed in at a provider and whom no user is connected with yet: in a cookie of the browser, until a user of this browser
//! connects them or ten minutes have passed.
//!
//! The text proves the provider's word and nothing about a user. Connecting asks for a session that proves the user afresh, and the
//! database connects a person with one user, so that a text that is presented twice connects once.

use crate::credential::oidc::json_object;
use crate::credential::oidc::return_to::ReturnTo;
use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::id::UserId;
use crate::domain::provider_identity::{IssuerSubject, ToldPerson};
use crate::domain::time::Timestamp;
use serde_json::{Map, Value, json};

/// How long a person waits to be connected, in seconds.
pub const PROVIDER_LINK_SECONDS: i64 = 600;
/// Longest payload in bytes.
const PAYLOAD_MAX: usize = 2800;

/// A person who waits to be connected with a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderLink {
    /// The person.
    pub told: ToldPerson,
    /// The user who wants to connect them; None if nobody was signed in.
    pub starter: Option<UserId>,
    /// Where the browser goes afterwards.
    pub return_to: ReturnTo,
    /// End of the wait.
    pub expires_at: Timestamp,
}

impl ProviderLink {
    /// Encodes the person for the cookie, encrypted: at most 3,800 bytes, without the name. A person whose parts are too long becomes
    /// the empty text, which never decodes.
    pub fn encode(&self, keys: &Keyring) -> String {
        let ToldPerson { person, email, email_proven, .. } = &self.told;
        let payload = json!({
            "i": person.issuer, "s": person.subject, "e": email.as_ref().map(Email::as_str), "p": email_proven,
            "u": self.starter.map(|user| user.to_string()), "r": self.return_to.as_str(),
            "x": self.expires_at.millis(),
        });
        sealed::encode(keys, Purpose::ProviderLink, &[], payload.to_string().as_bytes())
    }

    /// Decodes the value of the cookie; None if this server did not make the text, or the person waits for too long.
    pub fn decode(keys: &Keyring, text: &str, now: Timestamp) -> Option<ProviderLink> {
        let payload = sealed::decode(keys, Purpose::ProviderLink, &[], text)?;
        Self::from_payload(&json_object::parse(&payload, PAYLOAD_MAX)?).filter(|link| now < link.expires_at)
    }

    fn from_payload(payload: &Map<String, Value>) -> Option<ProviderLink> {
        let text = |name| json_object::text(payload, name);
        Some(ProviderLink {
            told: ToldPerson {
                person: IssuerSubject { issuer: text("i")?.to_owned(), subject: text("s")?.to_owned() },
                email: text("e").and_then(|email| Email::restore(email.to_owned())),
                email_proven: payload.get("p")?.as_bool()?,
                name: None,
            },
            starter: match text("u") {
                Some(user) => Some(UserId::parse(user)?),
                None => None,
            },
            return_to: ReturnTo::parse(text("r")?)?,
            expires_at: Timestamp::from_millis(payload.get("x")?.as_i64()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::oidc::flow::tests::{at, keys};

    fn link() -> ProviderLink {
        ProviderLink {
            told: ToldPerson {
                person: IssuerSubject { issuer: "https://idp.example".to_owned(), subject: "A|b".to_owned() },
                email: Email::parse("ann@example.com").ok(),
                email_proven: true,
                name: None,
            },
            starter: Some(UserId::from_bits(7)),
            return_to: ReturnTo::parse("/settings/security?tab=1").unwrap(),
            expires_at: at(PROVIDER_LINK_SECONDS),
        }
    }

    #[test]
    fn a_person_waits_ten_minutes() {
        let (link, keys) = (link(), keys());
        let text = link.encode(&keys);
        assert_eq!(ProviderLink::decode(&keys, &text, at(PROVIDER_LINK_SECONDS - 1)), Some(link.clone()));
        assert_eq!(ProviderLink::decode(&keys, &text, at(PROVIDER_LINK_SECONDS)), None);
        let sparse = ProviderLink { told: ToldPerson { email: None, email_proven: false, ..link.told.clone() }, starter: None, ..link };
        assert_eq!(ProviderLink::decode(&keys, &sparse.encode(&keys), at(0)), Some(sparse));
    }

    #[test]
    fn a_changed_text_is_no_person() {
        let (text, keys) = (link().encode(&keys()), keys());
        assert!(!text.contains("ann") && !text.is_empty());
        for at_byte in [3, text.len() / 2, text.len() - 1] {
            let mut bytes = text.clone().into_bytes();
            bytes[at_byte] = if bytes[at_byte] == b'A' { b'B' } else { b'A' };
            assert_eq!(ProviderLink::decode(&keys, &String::from_utf8(bytes).unwrap(), at(0)), None, "{at_byte}");
        }
        for cut in [0, 1, text.len() / 2, text.len() - 1] {
            assert_eq!(ProviderLink::decode(&keys, text.get(..cut).unwrap(), at(0)), None, "{cut}");
        }
    }

    #[test]
    fn a_person_with_too_long_parts_is_no_text() {
        let mut link = link();
        link.told.person.issuer = "i".repeat(2800);
        assert_eq!(link.encode(&keys()), "");
    }
}
