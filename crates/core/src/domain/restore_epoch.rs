//! Restore epoch of a deployment: incremented by the operator after a point-in-time restore of the database.
//!
//! A new epoch invalidates every credential issued before: secrets, because the epoch is part of their MAC or hash
//! (`credential::secret`); permission tokens, because the signing keys are derived from the epoch
//! (`credential::permission_token`); passwords, because the epoch is stored with each of them. After a restore the database
//! assigns the same version numbers again to other content, so the API adds 2^32 per epoch to each stored version.

use core::fmt;

/// Maximum epoch: every version of every epoch is below 2^53, the limit of exact integers in JavaScript.
const MAX: u32 = 1_000_000;
/// Width of a stored version number in bits.
const VERSION_BITS: u32 = 32;

/// Number of restores of the deployment's database.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct RestoreEpoch(u32);

impl RestoreEpoch {
    /// Epoch of a deployment that was never restored.
    pub const FIRST: RestoreEpoch = RestoreEpoch(0);

    /// Parses a decimal number from 0 to 1 000 000 without sign or leading zeros; None for any other text.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::restore_epoch::RestoreEpoch;
    ///
    /// let epoch = RestoreEpoch::parse("2").unwrap();
    /// assert_eq!(epoch.external_version(7), 2 * (1 << 32) + 7);
    /// assert_eq!(RestoreEpoch::parse("02"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let epoch: u32 = text.parse().ok().filter(|epoch| *epoch <= MAX)?;
        (epoch.to_string() == text).then_some(RestoreEpoch(epoch))
    }

    /// Reconstructs an epoch from the database. A number outside of the range of u32 becomes an epoch that no deployment has.
    pub fn restore(number: i64) -> Self {
        RestoreEpoch(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Number, as stored in the database.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// Returns whether the database was ever restored.
    pub fn is_restored(self) -> bool {
        self != Self::FIRST
    }

    /// Offset between stored and external versions.
    fn version_offset(self) -> i64 {
        self.number() << VERSION_BITS
    }

    /// Converts a stored version to the external version in ETags and tokens.
    pub fn external_version(self, stored: i64) -> i64 {
        stored.saturating_add(self.version_offset())
    }

    /// Converts an external version to the stored version. A version of another epoch becomes a number outside of 1 to 2^32 - 1,
    /// which is never stored.
    pub fn stored_version(self, version: i64) -> i64 {
        version.saturating_sub(self.version_offset())
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
    fn only_a_canonical_decimal_number_is_an_epoch() {
        assert_eq!(RestoreEpoch::parse("0"), Some(RestoreEpoch::FIRST));
        assert_eq!(RestoreEpoch::parse("12").map(|epoch| epoch.to_string()), Some("12".to_owned()));
        for text in ["", "closed", "-1", "+1", "01", " 1", "1.0", "1000001", "99999999999"] {
            assert_eq!(RestoreEpoch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_greatest_epoch_is_a_million() {
        assert_eq!(RestoreEpoch::parse("1000000").map(RestoreEpoch::number), Some(1_000_000));
        assert_eq!(RestoreEpoch::parse("1000001"), None);
    }

    #[test]
    fn a_stored_number_out_of_range_is_no_epoch_of_a_deployment() {
        for number in [-1, i64::MIN, i64::MAX] {
            assert!(RestoreEpoch::restore(number).number() > i64::from(MAX), "{number}");
        }
        assert!(!RestoreEpoch::restore(0).is_restored() && RestoreEpoch::restore(1).is_restored());
    }

    #[test]
    fn before_any_restore_external_and_stored_versions_are_equal() {
        assert_eq!((RestoreEpoch::FIRST.external_version(5), RestoreEpoch::FIRST.stored_version(5)), (5, 5));
    }

    proptest! {
        #[test]
        fn external_versions_of_different_epochs_are_disjoint(one in 0_u32..=MAX, other in 0_u32..=MAX, a in 1_i64..=4_294_967_295, b in 1_i64..=4_294_967_295) {
            let (one, other) = (RestoreEpoch(one), RestoreEpoch(other));
            prop_assert_eq!(one.stored_version(one.external_version(a)), a);
            prop_assert!(one.external_version(a) < 1 << 53);
            if one != other {
                prop_assert_ne!(one.external_version(a), other.external_version(b));
                prop_assert!(!(1..=4_294_967_295).contains(&one.stored_version(other.external_version(b))));
            }
        }
    }
}
