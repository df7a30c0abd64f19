//! Counters of actions in fixed time windows, for quotas.

use crate::domain::time::Timestamp;

/// Length of a fixed time window. Windows are aligned to the Unix epoch in UTC.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the variants are units of time")]
pub enum ClockWindow {
    Hour,
    Day,
}

impl ClockWindow {
    /// Length of the window in seconds.
    const fn seconds(self) -> i64 {
        match self {
            ClockWindow::Hour => 60 * 60,
            ClockWindow::Day => 24 * 60 * 60,
        }
    }

    /// Number of the window that contains `now`, counted from the Unix epoch.
    pub const fn window_number(self, now: Timestamp) -> i64 {
        now.seconds() / self.seconds()
    }

    /// Whole seconds until the next window, from 1 to the length of the window.
    pub const fn seconds_left(self, now: Timestamp) -> u64 {
        (self.seconds() - now.seconds() % self.seconds()).unsigned_abs()
    }
}

/// Count of actions in one window.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct WindowedCount {
    /// Number of the window ([`ClockWindow::window_number`]).
    pub window: i64,
    /// Number of actions in that window.
    pub count: i64,
}

impl WindowedCount {
    /// Number of actions to count in `window`: zero if the counter is of an earlier window. A counter of a later window, written by a
    /// node whose clock is ahead, counts as well.
    pub const fn count_in(self, window: i64) -> i64 {
        if self.window < window { 0 } else { self.count }
    }
}

/// Actions of a user in the current windows.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct RecentActivity {
    /// Changes per hour.
    pub changes: WindowedCount,
    /// Invitations sent per hour.
    pub invitations: WindowedCount,
    /// Teams created per day.
    pub teams: WindowedCount,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_count_is_zero_after_the_end_of_its_window() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000 + 999);
        assert_eq!((ClockWindow::Hour.window_number(at(7199)), ClockWindow::Hour.window_number(at(7200))), (1, 2));
        assert_eq!(
            [ClockWindow::Hour.seconds_left(at(7200)), ClockWindow::Hour.seconds_left(at(7199)), ClockWindow::Day.seconds_left(at(0))],
            [3600, 1, 86_400]
        );
        let count = WindowedCount { window: 7, count: 3 };
        assert_eq!([count.count_in(6), count.count_in(7), count.count_in(8)], [3, 3, 0]);
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (before, after) = (at("2026-11-24T23:59:59.999Z"), at("2026-11-25T00:00:00Z"));
        assert_eq!(ClockWindow::Day.window_number(after) - ClockWindow::Day.window_number(before), 1);
        assert_eq!((ClockWindow::Day.seconds_left(before), ClockWindow::Day.seconds_left(after)), (1, 86_400));
    }

    proptest! {
        #[test]
        fn the_next_window_begins_after_the_seconds_left(millis in 0..4_000_000_000_000_i64) {
            let now = Timestamp::from_millis(millis);
            for window in [ClockWindow::Hour, ClockWindow::Day] {
                let left = i64::try_from(window.seconds_left(now)).unwrap();
                prop_assert!((1..=window.seconds()).contains(&left));
                prop_assert_eq!(window.window_number(now.plus_seconds(left)), window.window_number(now) + 1);
                prop_assert_eq!(window.window_number(now.plus_seconds(left - 1)), window.window_number(now));
            }
        }
    }
}
