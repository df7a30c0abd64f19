//! Prefixed identifiers: `usr_`, `acct_` and so on, followed by a UUIDv7 as 32 lower-case hex digits (RFC 9562).
//!
//! Each id has exactly one textual form, so ids can be compared as text.

use crate::domain::time::Timestamp;
use core::fmt;
use uuid::{Builder, Uuid};

/// Number of random bytes in one id.
pub const ID_RANDOM_BYTES: usize = 10;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Type prefix of the textual form.
            pub const PREFIX: &'static str = $prefix;

            /// Creates a UUIDv7 of the time `now`; `random` must be fresh. Ids of different milliseconds sort by time.
            pub fn new(now: Timestamp, random: [u8; ID_RANDOM_BYTES]) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or_default();
                $name(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Parses the prefix and 32 lower-case hex digits; None for any other text.
            ///
            /// # Examples
            /// ```
            /// use rolecall_core::domain::id::UserId;
            ///
            /// let id = UserId::parse("usr_0199f0a1b2c37d4e8f00112233445566").unwrap();
            /// assert_eq!(id.to_string(), "usr_0199f0a1b2c37d4e8f00112233445566");
            /// assert_eq!(UserId::parse("acct_0199f0a1b2c37d4e8f00112233445566"), None);
            /// ```
            pub fn parse(text: &str) -> Option<Self> {
                let hex = text.strip_prefix($prefix)?;
                let canonical = hex.len() == 32
                    && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                canonical.then(|| Uuid::try_parse(hex).ok()).flatten().map($name)
            }

            /// The UUID as a number.
            pub fn bits(self) -> u128 {
                self.0.as_u128()
            }

            /// Creates an id from [`Self::bits`].
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
    /// Id of a user.
    UserId = "usr_";
    /// Id of an identity.
    IdentityId = "idn_";
    /// Id of an account.
    AccountId = "acct_";
    /// Id of an invitation.
    InvitationId = "inv_";
    /// Id of a session.
    SessionId = "ses_";
    /// Id of an audit event.
    EventId = "evt_";
    /// Id of an API key.
    ApiKeyId = "key_";
    /// Id of a pending sign-up.
    SignupId = "sgn_";
    /// Id of a password reset.
    ResetId = "rst_";
    /// Id of a one-time code by mail.
    EmailCodeId = "cod_";
    /// Id of a mail in the outbox.
    MailId = "mail_";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_is_parsed() {
        let id = UserId::new(Timestamp::from_millis(1_790_000_000_000), [7; 10]);
        let text = id.to_string();
        assert_eq!(UserId::parse(&text), Some(id));
        assert_eq!(UserId::parse(&text.to_uppercase()), None);
        assert_eq!(AccountId::parse(&text), None);
        assert_eq!(UserId::parse(&format!("{text}0")), None);
        assert_eq!(UserId::parse("usr_"), None);
        assert_eq!(UserId::parse("usr_0190-0000-0000-7000-8000-00000000000"), None);
    }

    #[test]
    fn an_id_has_exactly_32_hex_digits() {
        let digits = |count| format!("usr_{}", "0".repeat(count));
        assert_eq!([31, 32, 33].map(|count| UserId::parse(&digits(count)).is_some()), [false, true, false]);
        assert_eq!(UserId::parse(&format!("usr_{}g", "0".repeat(31))), None);
        assert_eq!(UserId::from_bits(u128::MAX).to_string(), format!("usr_{}", "f".repeat(32)));
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let id = Uuid::from_u128(UserId::new(Timestamp::from_millis(1), [0xff; 10]).bits());
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
    }

    proptest! {
        #[test]
        fn ids_round_trip_through_their_bits_and_their_text(bits: u128) {
            let id = AccountId::from_bits(bits);
            prop_assert_eq!(id.bits(), bits);
            prop_assert_eq!(AccountId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn ids_sort_by_time(a in 0..1_i64 << 45, later in 1..1_i64 << 40, x: [u8; 10], y: [u8; 10]) {
            let first = EventId::new(Timestamp::from_millis(a), x);
            let second = EventId::new(Timestamp::from_millis(a + later), y);
            prop_assert!(first.to_string() < second.to_string());
        }

        #[test]
        fn a_parsed_id_is_displayed_as_the_text_it_was_parsed_from(text: String) {
            if let Some(id) = UserId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
