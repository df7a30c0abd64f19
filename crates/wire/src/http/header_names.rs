//! Header names shared by both directions of the gateway.
//!
//! Names are compared in lower case and with `-` for `_`: servers that pass headers as variables (RFC 3875 section 4.1.18) read
//! `X_User_Id` as `X-User-Id`.

/// Hop-by-hop headers (RFC 9110 section 7.6.1, and names used by older software).
pub(super) const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// Name and value of a header.
pub(super) type Header = (String, String);

/// Normalises a name for comparison: lower case, and `-` for `_`.
pub(super) fn normalise(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Returns the names that the `Connection` header declares hop-by-hop.
pub(super) fn connection_options(headers: &[Header]) -> Vec<String> {
    let connection = headers.iter().filter(|(name, _)| normalise(name) == "connection");
    connection.flat_map(|(_, value)| value.split(',')).map(|name| normalise(name.trim())).collect()
}
