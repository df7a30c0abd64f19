//! Restore epoch of a deployment: raised by its operator when the database is taken back to an earlier minute.
//!
//! Secrets of an earlier epoch end because the epoch is part of their MAC or hash (`secret`), permission tokens because the
//! signing keys follow from it (`permission_token`), passwords because the epoch of their choice is stored beside them.
//! Version numbers would come again with other content, so outside of the database a version is the stored number plus
//! 2^32 for each epoch.

use core::fmt;

/// Greatest epoch: every version of every epoch stays below 2^53, which JavaScript reads exactly.
const MAX: u32 = 1_000_000;
/// Bits of a version number that are counted in the database.
const VERSION_BITS: u32 = 32;

/// How often the deployment's database has been restored.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct RestoreEpoch(u32);

impl RestoreEpoch {
    /// A deployment that was never restored.
    pub const FIRST: RestoreEpoch = RestoreEpoch(0);

    /// Reads the configured number; None for any other spelling of it.
    pub fn parse(text: &str) -> Option<Self> {
        let epoch: u32 = text.parse().ok().filter(|epoch| *epoch <= MAX)?;
        (epoch.to_string() == text).then_some(RestoreEpoch(epoch))
    }

    /// The epoch of a stored number; one that nobody can have stored is no epoch of now.
    pub fn restore(number: i64) -> Self {
        RestoreEpoch(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The number as it is stored.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// Whether the database was ever restored.
    pub fn is_restored(self) -> bool {
        self != Self::FIRST
    }

    fn base(self) -> i64 {
        self.number() << VERSION_BITS
    }

    /// The version outside of the database for a stored version.
    pub fn version(self, stored: i64) -> i64 {
        stored.saturating_add(self.base())
    }

    /// The stored version for one from outside; of another epoch it is one that is never stored.
    pub fn stored(self, version: i64) -> i64 {
        version.saturating_sub(self.base())
    }
}

impl fmt::Display for RestoreEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_plain_number_is_an_epoch() {
        assert_eq!(RestoreEpoch::parse("0"), Some(RestoreEpoch::FIRST));
        assert_eq!(RestoreEpoch::parse("12").map(|epoch| epoch.to_string()), Some("12".to_owned()));
        for text in ["", "closed", "-1", "+1", "01", " 1", "1.0", "1000001", "99999999999"] {
            assert_eq!(RestoreEpoch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn before_any_restore_versions_are_the_stored_ones() {
        assert_eq!((RestoreEpoch::FIRST.version(5), RestoreEpoch::FIRST.stored(5)), (5, 5));
    }

    proptest! {
        #[test]
        fn a_version_of_one_epoch_is_none_of_another(one in 0_u32..=MAX, other in 0_u32..=MAX, a in 1_i64..=4_294_967_295, b in 1_i64..=4_294_967_295) {
            let (one, other) = (RestoreEpoch(one), RestoreEpoch(other));
            prop_assert_eq!(one.stored(one.version(a)), a);
            prop_assert!(one.version(a) < 1 << 53);
            if one != other {
                prop_assert_ne!(one.version(a), other.version(b));
                prop_assert!(!(1..=4_294_967_295).contains(&one.stored(other.version(b))));
            }
        }
    }
}
