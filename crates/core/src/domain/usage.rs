//! Counts of recent actions, each in a window of the clock.

use crate::domain::time::Timestamp;

/// A window of the clock, in seconds.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ClockWindow {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl ClockWindow {
    const fn seconds(self) -> i64 {
        match self {
            ClockWindow::Hour => 60 * 60,
            ClockWindow::Day => 24 * 60 * 60,
        }
    }

    /// The number of the window that this time is in.
    pub const fn of(self, now: Timestamp) -> i64 {
        now.seconds() / self.seconds()
    }

    /// Whole seconds until the next window, at least 1.
    pub const fn left(self, now: Timestamp) -> u64 {
        (self.seconds() - now.seconds() % self.seconds()).unsigned_abs()
    }
}

/// A count and the window that it belongs to.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct WindowedCount {
    /// Which window.
    pub window: i64,
    /// How many.
    pub count: i64,
}

impl WindowedCount {
    /// How many there are in a window; a count of a later one, by a clock that is ahead, counts too.
    pub const fn at(self, window: i64) -> i64 {
        if self.window < window { 0 } else { self.count }
    }
}

/// What a person did of late.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct RecentActivity {
    /// Changes, by the hour.
    pub changes: WindowedCount,
    /// Invitations sent, by the hour.
    pub invitations: WindowedCount,
    /// Teams made, by the day.
    pub teams: WindowedCount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_ends_with_its_window_and_says_how_long_that_is() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000 + 999);
        assert_eq!((ClockWindow::Hour.of(at(7199)), ClockWindow::Hour.of(at(7200))), (1, 2));
        assert_eq!([ClockWindow::Hour.left(at(7200)), ClockWindow::Hour.left(at(7199)), ClockWindow::Day.left(at(0))], [3600, 1, 86_400]);
        let tally = WindowedCount { window: 7, count: 3 };
        assert_eq!([tally.at(6), tally.at(7), tally.at(8)], [3, 3, 0]);
    }
}
