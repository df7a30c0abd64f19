//! Security headers of every response (ASVS 5.0 3.4; OWASP Secure Headers Project).

use std::cell::RefCell;
use worker::{Headers, web_sys};

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

thread_local! {
    /// Headers of data and of pages, built once because a copy is a single call. They contain no data of a request.
    static CACHED: RefCell<[Option<web_sys::Headers>; 2]> = const { RefCell::new([None, None]) };
}

/// Whether this module sets the header. If so, an upstream cannot.
pub fn is_security_header(name: &str) -> bool {
    matches!(name, "content-security-policy" | "cross-origin-opener-policy") || SECURITY_HEADERS.iter().any(|(known, _)| *known == name)
}

/// Creates headers with the security headers of a page or of data.
///
/// # Errors
/// An error of the runtime if it rejects a header.
pub fn new_headers(page: bool) -> Result<Headers, worker::Error> {
    let known = CACHED.with_borrow(|[data, html]| if page { html.clone() } else { data.clone() });
    let security_headers = match known {
        Some(security_headers) => security_headers,
        None => {
            let security_headers = security_headers(page)?;
            CACHED.with_borrow_mut(|[data, html]| *(if page { html } else { data }) = Some(security_headers.clone()));
            security_headers
        }
    };
    Ok(Headers(web_sys::Headers::new_with_headers(&security_headers)?))
}

fn security_headers(page: bool) -> Result<web_sys::Headers, worker::Error> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in SECURITY_HEADERS {
        headers.set(name, value)?;
    }
    headers.set("content-security-policy", if page { CSP_PAGE } else { CSP_DATA })?;
    if page {
        headers.set("cross-origin-opener-policy", "same-origin")?;
    }
    Ok(headers)
}
