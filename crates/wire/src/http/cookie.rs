//! Session cookie and device cookie.

/// Name of the session cookie. With this prefix, browsers require Secure and Path=/ and reject Domain.
pub const NAME: &str = "__Host-rolecall_session";
/// Name of the device cookie.
pub const DEVICE: &str = "__Host-rolecall_device";

/// Returns the session token of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::cookie::read;
///
/// assert_eq!(read("theme=dark; __Host-rolecall_session=token"), Some("token"));
/// assert_eq!(read("theme=dark"), None);
/// ```
pub fn read(header: &str) -> Option<&str> {
    find(header, NAME)
}

/// Returns the device token of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
pub fn read_device(header: &str) -> Option<&str> {
    find(header, DEVICE)
}

fn find<'a>(header: &'a str, cookie: &str) -> Option<&'a str> {
    let mut found = header.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == cookie);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value).filter(|value| !value.is_empty())
}

/// Returns the `Set-Cookie` value of a session that the browser keeps for `seconds`.
pub fn set(token: &str, seconds: i64) -> String {
    format!("{NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// Returns the `Set-Cookie` value of a device that the browser keeps for `seconds`. SameSite=Strict, since only pages of the console
/// need it.
pub fn set_device(token: &str, seconds: i64) -> String {
    format!("{DEVICE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// Returns the `Set-Cookie` value that deletes the session cookie.
pub fn clear() -> String {
    set("", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_cookie_is_ignored() {
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
    fn the_session_cookie_has_all_security_attributes() {
        let cookie = set("tok", 60);
        for part in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=60"] {
            assert!(cookie.contains(part), "{part}");
        }
        assert!(!cookie.contains("Domain"));
        assert!(clear().contains("Max-Age=0"));
    }
}
