//! The cookies: of the session, and of the device that is known from earlier sessions.

/// The session's. The prefix makes browsers insist on Secure, Path=/ and no Domain.
pub const NAME: &str = "__Host-rolecall_session";
/// The device's.
pub const DEVICE: &str = "__Host-rolecall_device";

/// The session token of a `Cookie` header; None where it is absent or, against all rules, there twice.
pub fn read(header: &str) -> Option<&str> {
    find(header, NAME)
}

/// The device's token, likewise.
pub fn read_device(header: &str) -> Option<&str> {
    find(header, DEVICE)
}

fn find<'a>(header: &'a str, wanted: &str) -> Option<&'a str> {
    let mut found = header.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == wanted);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value).filter(|value| !value.is_empty())
}

/// Sets the session; the browser forgets it after `seconds` even if we do not.
pub fn set(token: &str, seconds: i64) -> String {
    format!("{NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// Makes the browser a known device for `seconds`. Strict: it is needed on our own pages alone.
pub fn set_device(token: &str, seconds: i64) -> String {
    format!("{DEVICE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// Takes the session away.
pub fn clear() -> String {
    set("", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cookie_is_found_among_others_and_two_are_none() {
        assert_eq!(read("a=b; __Host-rolecall_session=tok; c"), Some("tok"));
        assert_eq!(read("__Host-rolecall_session=a=b"), Some("a=b"));
        for none in [
            "",
            "rolecall_session=tok",
            "__host-rolecall_session=tok",
            "__Host-rolecall_session=",
            "__Host-rolecall_session=a; __Host-rolecall_session=b",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn the_cookie_has_every_attribute_that_guards_it() {
        let cookie = set("tok", 60);
        for part in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=60"] {
            assert!(cookie.contains(part), "{part}");
        }
        assert!(!cookie.contains("Domain"));
        assert!(clear().contains("Max-Age=0"));
    }
}
