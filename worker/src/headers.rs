//! Headers as lists: each crossing into JavaScript costs more than a header is long, so they cross all at once.

use std::cell::RefCell;
use worker::Headers;
use worker::js_sys::{Array, JSON};
use worker::web_sys;

/// A header's name, in lower case where it came in, and its value.
pub type Header = (String, String);

/// For data: nothing may be loaded, embedded or run.
const CSP_DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// For pages: only what this origin serves, and the compiled rules.
const CSP_PAGE: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Two years (ASVS 5.0 3.4.1 asks for one).
const HSTS: &str = "max-age=63072000; includeSubDomains";
/// What every response has, in so far as it is always the same.
const GUARDS: &[(&str, &str)] = &[
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
    /// The guards for data and for pages, made once: copying them is one call. Nothing of any request.
    static GUARDED: RefCell<[Option<web_sys::Headers>; 2]> = const { RefCell::new([None, None]) };
}

/// Whether a header is ours to say on every response.
pub fn is_guard(name: &str) -> bool {
    matches!(name, "content-security-policy" | "cross-origin-opener-policy") || GUARDS.iter().any(|(guard, _)| *guard == name)
}

/// All headers, several of one name as one, as `Headers` lists them.
pub fn list(headers: &Headers) -> Vec<Header> {
    let json = JSON::stringify(&Array::from(headers.0.as_ref())).ok().and_then(|text| text.as_string());
    // Never as if there were none: an `Origin` that is not seen would be a caller that is no browser.
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_else(|| headers.entries().collect())
}

/// A header of a list by its name in lower case.
pub fn find<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// Headers from a list, which may name one several times.
pub fn make(list: &[Header]) -> Result<Headers, worker::Error> {
    let json = serde_json::to_string(list)?;
    Ok(Headers(web_sys::Headers::new_with_str_sequence_sequence(&JSON::parse(&json)?)?))
}

/// Fresh headers that hold what every response of this kind has.
pub fn guarded(page: bool) -> Result<Headers, worker::Error> {
    let known = GUARDED.with_borrow(|[data, html]| if page { html.clone() } else { data.clone() });
    let guards = match known {
        Some(guards) => guards,
        None => {
            let guards = guards(page)?;
            GUARDED.with_borrow_mut(|[data, html]| *(if page { html } else { data }) = Some(guards.clone()));
            guards
        }
    };
    Ok(Headers(web_sys::Headers::new_with_headers(&guards)?))
}

fn guards(page: bool) -> Result<web_sys::Headers, worker::Error> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in GUARDS {
        headers.set(name, value)?;
    }
    headers.set("content-security-policy", if page { CSP_PAGE } else { CSP_DATA })?;
    if page {
        headers.set("cross-origin-opener-policy", "same-origin")?;
    }
    Ok(headers)
}
