//! Security headers of every response (ASVS 5.0 3.4; OWASP Secure Headers Project).

/// Content security policy of data: no loading, embedding or execution.
const CSP_DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Content security policy of pages: resources of this origin, and WebAssembly for the policy engine.
const CSP_PAGE: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Two years; ASVS 5.0 3.4.1 requires one.
const HSTS: &str = "max-age=63072000; includeSubDomains";
/// Headers with the same value on every response.
const SECURITY_HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", HSTS),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("vary", "Origin"),
];

/// Whether this module sets the header. If so, an upstream cannot.
pub fn is_security_header(name: &str) -> bool {
    matches!(name, "content-security-policy" | "cross-origin-opener-policy") || SECURITY_HEADERS.iter().any(|(known, _)| *known == name)
}

/// Security headers of a page, or of data.
pub fn security_headers(page: bool) -> Vec<(&'static str, &'static str)> {
    let mut headers = SECURITY_HEADERS.to_vec();
    headers.push(("content-security-policy", if page { CSP_PAGE } else { CSP_DATA }));
    if page {
        headers.push(("cross-origin-opener-policy", "same-origin"));
    }
    headers
}
