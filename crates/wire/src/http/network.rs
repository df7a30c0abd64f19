//! Client network, the key of rate limits: an IPv4 address, or the /64 prefix of an IPv6 address, since a client usually controls a
//! whole /64.

use core::net::{IpAddr, Ipv6Addr};

/// Returns the key of the address in `CF-Connecting-IP`; missing and malformed addresses share one key.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::network::client_network;
///
/// assert_eq!(client_network(Some("192.0.2.7")), "192.0.2.7");
/// assert_eq!(client_network(Some("2001:db8:1:2::9")), "2001:db8:1:2::/64");
/// assert_eq!(client_network(None), "unknown");
/// ```
pub fn client_network(address: Option<&str>) -> String {
    match address.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_addresses_have_the_same_key() {
        for same in ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002:0:0:0:9", " 2001:db8:1:2::5 "] {
            assert_eq!(client_network(Some(same)), "2001:db8:1:2::/64");
        }
        assert_ne!(client_network(Some("2001:db8:1:3::1")), client_network(Some("2001:db8:1:2::1")));
        assert_eq!(client_network(Some("::ffff:192.0.2.7")), "192.0.2.7");
        assert_eq!(client_network(Some("192.0.2.7")), "192.0.2.7");
        for none in [None, Some(""), Some("192.0.2.7, 10.0.0.1"), Some("host")] {
            assert_eq!(client_network(none), "unknown");
        }
    }
}
