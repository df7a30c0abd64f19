//! Which network a request comes from, as the key for brakes: an IPv4 address, or the /64 of an IPv6 one,
//! since whoever has one IPv6 address has 2^64 of them.

use core::net::{IpAddr, Ipv6Addr};

/// The key for an address as Cloudflare tells it; all that cannot be read share one key.
pub fn key(address: Option<&str>) -> String {
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
    fn spellings_of_one_network_are_one_key() {
        for same in ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002:0:0:0:9", " 2001:db8:1:2::5 "] {
            assert_eq!(key(Some(same)), "2001:db8:1:2::/64");
        }
        assert_ne!(key(Some("2001:db8:1:3::1")), key(Some("2001:db8:1:2::1")));
        assert_eq!(key(Some("::ffff:192.0.2.7")), "192.0.2.7");
        assert_eq!(key(Some("192.0.2.7")), "192.0.2.7");
        for none in [None, Some(""), Some("192.0.2.7, 10.0.0.1"), Some("host")] {
            assert_eq!(key(none), "unknown");
        }
    }
}
