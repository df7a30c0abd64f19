//! Timestamps in whole milliseconds. The clock is a parameter of every function that needs one.

use ::time::{OffsetDateTime, format_description::well_known::Rfc3339};
use core::fmt;

/// Milliseconds per second.
const SECOND: i64 = 1_000;

/// Point in time: milliseconds since 1970-01-01T00:00:00Z, at most [`Timestamp::MAX`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Latest time of RFC 3339: 9999-12-31T23:59:59.999Z.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    /// Creates a timestamp, clamped to 0 and [`Timestamp::MAX`], so that formatting cannot fail.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Timestamp(0)
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Timestamp(millis)
        }
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0 / SECOND
    }

    /// Adds a number of seconds, which may be negative; the result saturates at 0 and [`Timestamp::MAX`].
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Parses an RFC 3339 date-time. An offset is converted to UTC, and fractions of a millisecond are truncated. None for any other
    /// text and for times before 1970.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::time::Timestamp;
    ///
    /// let time = Timestamp::parse("2026-11-24T10:00:00.2507+02:00").unwrap();
    /// assert_eq!(time.to_string(), "2026-11-24T08:00:00.250Z");
    /// assert_eq!(Timestamp::parse("2026-11-24"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let millis = i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        (0..=Self::MAX.0).contains(&millis).then_some(Timestamp(millis))
    }
}

/// RFC 3339 in UTC with milliseconds: always 24 characters, so that the order of texts is the order of times.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(at) = OffsetDateTime::from_unix_timestamp(self.seconds()) else {
            return Err(fmt::Error);
        };
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            self.0 % SECOND
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_offset_is_converted_to_utc() {
        let at = Timestamp::parse("2026-11-24T10:00:00.250+02:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-24T08:00:00.250Z");
    }

    #[test]
    fn a_text_that_is_no_date_time_is_rejected() {
        for text in ["", "now", "2026-11-24", "2026-13-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_timestamp_is_clamped_to_the_years_1970_to_9999() {
        assert_eq!(Timestamp::from_millis(-1), Timestamp::from_millis(0));
        assert_eq!(Timestamp::from_millis(Timestamp::MAX.0 + 1), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.plus_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(999).plus_seconds(-1), Timestamp::from_millis(0));
        assert_eq!(Timestamp::MAX.plus_seconds(i64::MIN), Timestamp::from_millis(0));
    }

    #[test]
    fn the_earliest_and_the_latest_time_are_parsed_and_those_beyond_are_not() {
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00Z"), Some(Timestamp::from_millis(0)));
        assert_eq!(Timestamp::parse("1969-12-31T23:59:59.999Z"), None);
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999Z"), Some(Timestamp::MAX));
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999-00:01"), None);
    }

    #[test]
    fn seconds_are_rounded_down() {
        assert_eq!([999, 1_000, 1_999].map(|millis| Timestamp::from_millis(millis).seconds()), [0, 1, 1]);
    }

    proptest! {
        #[test]
        fn the_order_of_texts_is_the_order_of_times(a in 0..=Timestamp::MAX.0, b in 0..=Timestamp::MAX.0) {
            let text = |millis| Timestamp::from_millis(millis).to_string();
            prop_assert_eq!(text(a).cmp(&text(b)), a.cmp(&b));
            prop_assert_eq!(text(a).len(), 24);
        }

        #[test]
        fn a_displayed_timestamp_parses_to_itself(millis in 0..=Timestamp::MAX.0) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        }
    }
}
