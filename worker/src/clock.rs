//! The platform's clock.

use rolecall_core::domain::time::Timestamp;
use worker::Date;

/// Now, in milliseconds since 1970. On Workers time stands still between two I/O operations.
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or_default())
}
