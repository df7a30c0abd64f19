//! Personal values of audit events: names, emails and labels that people chose.
//!
//! The hashed event has a digest in the place of such a value. The value itself is in a disclosure (SD-JWT, RFC 9901 section 4.2)
//! beside the event, which can be deleted without a change of the hash. The salt keeps a value from being guessed by its digest.

use crate::domain::email::Email;
use crate::domain::id::UserId;
use core::fmt;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Length of a salt in bytes: 128 bits, as RFC 9901 section 9.3 recommends.
pub const SALT_BYTES: usize = 16;

/// Person with whom a personal value is erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DataSubject {
    /// A user: whom the value names, or who chose it.
    User(UserId),
    /// An address that need not be a user's: that of an invitation.
    Email(Email),
}

impl fmt::Display for DataSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataSubject::User(id) => id.fmt(f),
            DataSubject::Email(email) => f.write_str(email.as_str()),
        }
    }
}

/// Disclosure of a personal value of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosure {
    /// Names that lead to the value, joined by a dot: `actor.name`, `data.email`.
    pub path: String,
    /// Base64url of the JSON list of salt, name of the field and value.
    pub text: String,
}

impl Disclosure {
    /// Discloses the value at a path.
    pub fn new(path: &str, value: &str, salt: [u8; SALT_BYTES]) -> Self {
        let name = path.rsplit('.').next().unwrap_or(path);
        let json = json!([BASE64URL_NOPAD.encode(&salt), name, value]).to_string();
        Disclosure { path: path.to_owned(), text: BASE64URL_NOPAD.encode(json.as_bytes()) }
    }

    /// Digest of the disclosure: base64url of the SHA-256 of its text. The same as `rolecall_audit::digest`, which is made for size.
    pub fn digest(&self) -> String {
        BASE64URL_NOPAD.encode(&Sha256::digest(self.text.as_bytes()))
    }

    /// The disclosed value; None if the text is no disclosure.
    pub fn value(&self) -> Option<String> {
        rolecall_audit::open(&self.text).map(|(_, value)| value)
    }
}

/// JSON in the place of a personal value in the hashed event.
pub fn placeholder(digest: &str) -> Value {
    json!({ "_sd": [digest] })
}

/// Digest of a JSON value that is a placeholder.
pub fn placeholder_digest(value: &Value) -> Option<&str> {
    value.get("_sd")?.get(0)?.as_str()
}

/// Value whose digest is in an event, among the event's disclosures; None where it has been erased.
pub fn disclosed(digest: &str, disclosures: &[Disclosure]) -> Option<String> {
    disclosures.iter().find(|disclosure| disclosure.digest() == digest).and_then(Disclosure::value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disclosure_is_read_by_everybody_who_has_it_and_its_digest_is_that_of_the_verifier() {
        let disclosure = Disclosure::new("actor.name", "Zoë \"Z\" 🚀", [7; SALT_BYTES]);
        let salt = BASE64URL_NOPAD.encode(&[7; SALT_BYTES]);
        assert_eq!(salt.len(), 22);
        let json = BASE64URL_NOPAD.decode(disclosure.text.as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), json!([salt, "name", "Zoë \"Z\" 🚀"]));
        assert_eq!(disclosure.digest(), rolecall_audit::digest(&disclosure.text));
        assert_eq!(disclosure.value().as_deref(), Some("Zoë \"Z\" 🚀"));
    }

    #[test]
    fn the_same_value_with_another_salt_has_another_digest() {
        let digest = |salt| Disclosure::new("data.email", "ann@example.com", [salt; SALT_BYTES]).digest();
        assert_eq!(digest(1), digest(1));
        assert_ne!(digest(1), digest(2));
    }

    #[test]
    fn a_value_is_found_by_its_digest_alone() {
        let [ann, bob] = ["Ann", "Bob"].map(|name| Disclosure::new("actor.name", name, [1; SALT_BYTES]));
        let both = [ann.clone(), bob.clone()];
        assert_eq!(disclosed(&bob.digest(), &both).as_deref(), Some("Bob"));
        assert_eq!(disclosed(&bob.digest(), &[ann]), None, "the disclosure of another value does not stand for it");
        assert_eq!(placeholder_digest(&placeholder("d")), Some("d"));
        assert_eq!([json!("d"), json!({ "_sd": [] }), json!({ "from": 1 })].map(|value| placeholder_digest(&value).is_some()), [false; 3]);
    }

    #[test]
    fn a_subject_is_a_user_or_an_address() {
        assert_eq!(DataSubject::User(UserId::from_bits(1)).to_string(), UserId::from_bits(1).to_string());
        let email = Email::parse("Ann@Example.com").unwrap();
        assert_eq!(DataSubject::Email(email.clone()).to_string(), email.as_str());
    }
}
