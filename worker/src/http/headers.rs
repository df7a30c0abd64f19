//! Conversion between `Headers` and lists. All headers cross the JavaScript boundary as one JSON text, because one call per
//! header is slower.

use worker::js_sys::{Array, JSON};
use worker::{Headers, web_sys};

/// Name and value of a header. Names of received headers are in lower case.
pub type Header = (String, String);

/// All headers. Values of the same name are combined, as `Headers` iterates them.
pub fn list(headers: &Headers) -> Vec<Header> {
    let json = JSON::stringify(&Array::from(headers.0.as_ref())).ok().and_then(|text| text.as_string());
    // An empty list would drop `Origin`, and a browser's request would pass as one of another client.
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_else(|| headers.entries().collect())
}

/// Value of the header with a lower-case name.
pub fn find<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// Creates `Headers` from a list, in which a name may occur several times.
///
/// # Errors
/// An error of the runtime if it rejects a name or a value.
pub fn from_list(list: &[Header]) -> Result<Headers, worker::Error> {
    let json = serde_json::to_string(list)?;
    Ok(Headers(web_sys::Headers::new_with_str_sequence_sequence(&JSON::parse(&json)?)?))
}
