//! The lifetimes and windows in the numbers that OpenAPI and the documents state. The other tests name the constants, so a wrong
//! factor in one of them would pass.

use crate::credential::{device_cookie, lockout, min_token_version, pending_sign_in};
use crate::decision::{api_keys, invitations, signups};
use crate::domain::{invitation, session};

#[test]
fn lifetimes_and_windows_are_those_of_the_documents() {
    assert_eq!(api_keys::LIFETIME_MAX_SECONDS, 315_360_000, "ten years");
    assert_eq!(invitation::LIFETIME_MAX_SECONDS, 315_360_000, "ten years");
    assert_eq!(invitation::DEFAULT_LIFETIME_SECONDS, 604_800, "seven days");
    assert_eq!(session::SESSION_SECONDS, 2_592_000, "thirty days");
    assert_eq!(session::SESSION_IDLE_SECONDS, 604_800, "seven days");
    assert_eq!(session::SESSION_TOUCH_SECONDS, 300, "five minutes");
    assert_eq!(session::SIGNUP_SECONDS, 86_400, "a day");
    assert_eq!(session::RESET_SECONDS, 1_800, "half an hour");
    assert_eq!((signups::MAILS_WINDOW_SECONDS, invitations::MAILS_WINDOW_SECONDS), (3_600, 3_600), "an hour");
    assert_eq!(device_cookie::DEVICE_SECONDS, 31_536_000, "a year");
    assert_eq!(pending_sign_in::PENDING_SIGN_IN_SECONDS, 600, "ten minutes");
    assert_eq!(lockout::BACKOFF_MAX_SECONDS, 900, "a quarter of an hour");
    assert_eq!(min_token_version::MIN_TOKEN_VERSION_TTL_SECONDS, 960, "a minute more than a token");
}
