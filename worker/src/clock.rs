//! Clock of the platform.

use rolecall_core::domain::time::Timestamp;
use worker::Date;

/// Current time. On Workers it does not advance between two I/O operations.
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or_default())
}
