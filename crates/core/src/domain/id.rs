//! Prefixed identifiers: `usr_`, `acct_` and so on, followed by a UUIDv7 as 32 lower-case hex digits (RFC 9562).
//!
//! There is one way to write an id, so two texts are the same thing exactly when they are equal.

use crate::domain::time::Timestamp;
use core::fmt;
use uuid::{Builder, Uuid};

/// Random bytes that one id takes.
pub const ID_RANDOM_BYTES: usize = 10;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id that sorts by time; `random` must be fresh.
            pub fn new(now: Timestamp, random: [u8; ID_RANDOM_BYTES]) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or_default();
                $name(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Reads the one written form; anything else is no id.
            pub fn parse(text: &str) -> Option<Self> {
                let hex = text.strip_prefix($prefix)?;
                let canonical = hex.len() == 32
                    && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                canonical.then(|| Uuid::try_parse(hex).ok()).flatten().map($name)
            }

            /// The 128 bits behind the prefix.
            pub fn bits(self) -> u128 {
                self.0.as_u128()
            }

            /// An id from its 128 bits.
            pub fn from_bits(bits: u128) -> Self {
                $name(Uuid::from_u128(bits))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A person who signs in.
    UserId = "usr_";
    /// What owns resources and is billed.
    AccountId = "acct_";
    /// An invitation to a team.
    InvitationId = "inv_";
    /// A signed-in browser.
    SessionId = "ses_";
    /// An entry of an audit log.
    EventId = "evt_";
    /// A team-owned API key.
    ApiKeyId = "key_";
    /// A sign-up that waits for its email to be proven.
    SignupId = "sgn_";
    /// A password reset that waits for its link to be used.
    ResetId = "rst_";
    /// A mail in the outbox.
    MailId = "mail_";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        let id = UserId::new(Timestamp::from_millis(1_790_000_000_000), [7; 10]);
        let text = id.to_string();
        assert_eq!(UserId::parse(&text), Some(id));
        assert_eq!(UserId::parse(&text.to_uppercase()), None);
        assert_eq!(AccountId::parse(&text), None);
        assert_eq!(UserId::parse(&format!("{text}0")), None);
        assert_eq!(UserId::parse("usr_"), None);
        assert_eq!(UserId::parse("usr_0190-0000-0000-7000-8000-00000000000"), None);
    }

    proptest! {
        #[test]
        fn ids_sort_by_time(a in 0..1_i64 << 45, later in 1..1_i64 << 40, x: [u8; 10], y: [u8; 10]) {
            let first = EventId::new(Timestamp::from_millis(a), x);
            let second = EventId::new(Timestamp::from_millis(a + later), y);
            prop_assert!(first.to_string() < second.to_string());
        }

        #[test]
        fn any_text_is_safe_to_parse(text: String) {
            if let Some(id) = UserId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
