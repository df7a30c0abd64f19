//! Headers as lists: a call into JavaScript costs more than a header is long, so all of them cross at once.

use worker::js_sys::{Array, JSON};
use worker::{Headers, web_sys};

/// A header's name, in lower case where it came in, and its value.
pub type Header = (String, String);

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
