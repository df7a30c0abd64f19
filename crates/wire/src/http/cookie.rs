//! Cookies: session, device, ceremony of a passkey, flow at a provider, waiting person, waiting sign-in.

/// Name of the session cookie. With this prefix, browsers require Secure and Path=/ and reject Domain.
pub const NAME: &str = "__Host-rolecall_session";
/// Name of the device cookie.
pub const DEVICE: &str = "__Host-rolecall_device";
/// Name of the cookie that binds challenges of passkeys to a browser.
pub const PASSKEY: &str = "__Host-rolecall_passkey";

/// Name of the cookie with the flow of a sign-in at a provider.
pub const FLOW: &str = "__Host-rolecall_flow";
/// Name of the cookie with the person at a provider who waits to be connected.
pub const PROVIDER_LINK: &str = "__Host-rolecall_link";

/// Name of the cookie with a sign-in that waits for its second factor.
pub const SECOND_FACTOR: &str = "__Host-rolecall_second_factor";

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

/// Returns the browser key of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
pub fn read_passkey(header: &str) -> Option<&str> {
    find(header, PASSKEY)
}

/// Returns the flow of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
pub fn read_flow(header: &str) -> Option<&str> {
    find(header, FLOW)
}

/// Returns the waiting person of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
pub fn read_provider_link(header: &str) -> Option<&str> {
    find(header, PROVIDER_LINK)
}

/// Returns the waiting sign-in of a `Cookie` header; `None` if the cookie is absent, empty or repeated.
pub fn read_second_factor(header: &str) -> Option<&str> {
    find(header, SECOND_FACTOR)
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

/// Returns the `Set-Cookie` value of a browser key that the browser keeps for `seconds`.
pub fn set_passkey(key: &str, seconds: i64) -> String {
    format!("{PASSKEY}={key}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// Returns the `Set-Cookie` value of a flow that the browser keeps for `seconds`. SameSite=Lax: the provider's page navigates back.
pub fn set_flow(flow: &str, seconds: i64) -> String {
    format!("{FLOW}={flow}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// Returns the `Set-Cookie` value of a waiting person that the browser keeps for `seconds`. SameSite=Lax, so that the page that follows
/// the provider's has it.
pub fn set_provider_link(link: &str, seconds: i64) -> String {
    format!("{PROVIDER_LINK}={link}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// Returns the `Set-Cookie` value of a sign-in that waits for its second factor, which the browser keeps for `seconds`. SameSite=Lax, so
/// that the page that follows a provider's has it.
pub fn set_second_factor(pending: &str, seconds: i64) -> String {
    format!("{SECOND_FACTOR}={pending}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
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
