//! Local hosts. A development deployment exposes all mails and therefore serves only these.

use core::net::IpAddr;

/// Names that do not resolve outside of a machine or its network (RFC 2606, RFC 6761, RFC 6762).
const RESERVED: [&str; 7] = ["localhost", "test", "example", "invalid", "local", "internal", "example.com"];

/// Whether the host of an origin or a URL is local: a loopback, private or link-local address, or a reserved name.
pub fn is_local_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
        Err(_) => {
            let is_within = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
            !host.is_empty() && (!host.contains('.') || RESERVED.iter().any(|name| is_within(name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_networks_and_reserved_names_are_local_and_nothing_else() {
        for local in [
            "http://localhost:8787",
            "http://127.0.0.1/x",
            "http://[::1]:8787/v1/me",
            "https://team.example.com",
            "https://app.test",
            "http://192.168.1.4:8787",
            "http://rolecall:8787",
            "http://mac.local",
        ] {
            assert!(is_local_host(local), "{local}");
        }
        for public in [
            "https://rolecall.acme.workers.dev",
            "https://example.com.evil.net",
            "https://notexample.com",
            "https://8.8.8.8",
            "https://localhost@evil.net",
            "https://127.0.0.1.evil.net",
            "",
        ] {
            assert!(!is_local_host(public), "{public}");
        }
    }
}
