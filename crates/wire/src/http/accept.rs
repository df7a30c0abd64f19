//! Media types: content type and coding of a body, and content negotiation.

/// Whether a `Content-Type` is JSON in UTF-8.
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        let charset = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        let name = charset.map(|(_, value)| value.trim().trim_matches('"'));
        name.is_none_or(|name| ["utf-8", "utf8"].iter().any(|utf8| name.eq_ignore_ascii_case(utf8)))
    })
}

/// Whether a `Content-Encoding` is absent or `identity`.
pub fn is_identity(codings: &str) -> bool {
    codings.split(',').map(str::trim).all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
}

/// Chooses the offered media type that an `Accept` header prefers; the first if it has no preference or accepts none.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::accept::choose;
///
/// const OFFERS: &[&str] = &["application/json", "text/csv"];
/// assert_eq!(choose(Some("text/csv, application/json;q=0.5"), OFFERS), "text/csv");
/// assert_eq!(choose(None, OFFERS), "application/json");
/// ```
pub fn choose<'o>(accept: Option<&str>, offers: &[&'o str]) -> &'o str {
    let first = offers.first().copied().unwrap_or_default();
    let Some(accept) = accept else { return first };
    let preference = |offer: &str| accept.split(',').filter_map(|range| range_match(range, offer)).max().unwrap_or((0, 0));
    let mut best = (first, preference(first));
    for offer in offers.iter().skip(1) {
        let preference = preference(offer);
        if preference > best.1 {
            best = (offer, preference);
        }
    }
    best.0
}

/// Whether an `Accept` header names a media type exactly, as browsers do for pages; `*/*` does not.
pub fn asks_for(accept: Option<&str>, kind: &str) -> bool {
    accept
        .is_some_and(|accept| accept.split(',').any(|range| range_match(range, kind).is_some_and(|(_, specificity)| specificity == EXACT)))
}

/// Specificity of a media range that names a media type exactly.
const EXACT: u8 = 2;

/// Matches a media range with an offer: quality value in thousandths, and specificity. `None` if it does not match.
fn range_match(range: &str, offer: &str) -> Option<(u16, u8)> {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next()?;
    let specificity = match kind {
        "*/*" => 0,
        kind if kind.eq_ignore_ascii_case(offer) => EXACT,
        kind => {
            let top_level = kind.strip_suffix("/*")?;
            offer.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(top_level)).then_some(1)?
        }
    };
    let quality = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('=')).map_or(1_000, thousandths);
    Some((quality, if quality == 0 { 0 } else { specificity }))
}

fn thousandths(q: &str) -> u16 {
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    let part = format!("{part:0<3}");
    match (whole, part.get(..3).and_then(|digits| digits.parse().ok())) {
        ("0", Some(part)) => part,
        ("1", _) => 1_000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_name_asks_for_a_page() {
        for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, Text/HTML;q=0.1"] {
            assert!(asks_for(Some(accept), "text/html"), "{accept}");
        }
        for accept in ["*/*", "text/*", "application/json", "text/html;q=0", ""] {
            assert!(!asks_for(Some(accept), "text/html"), "{accept}");
        }
        assert!(!asks_for(None, "text/html"));
    }

    #[test]
    fn json_must_be_utf8() {
        for json in [
            "application/json",
            " application/json ; ",
            "application/json;charset=utf8",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json; v=1",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in [
            "",
            "text/plain",
            "application/jsonx",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=latin1",
            "text/plain; application/json",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn only_identity_is_no_coding() {
        for plain in ["", "identity", "Identity", "identity, identity", " "] {
            assert!(is_identity(plain), "{plain}");
        }
        for coded in ["gzip", "GZIP", "x-gzip", "br", "deflate", "zstd", "compress", "identity, gzip", "aes128gcm", "nonsense"] {
            assert!(!is_identity(coded), "{coded}");
        }
    }

    #[test]
    fn the_preferred_media_type_is_chosen() {
        const FORMS: &[&str] = &["application/json", "application/x-ndjson", "text/csv"];
        assert_eq!(choose(None, FORMS), "application/json");
        assert_eq!(choose(Some("*/*"), FORMS), "application/json");
        assert_eq!(choose(Some("text/csv"), FORMS), "text/csv");
        assert_eq!(choose(Some("text/*"), FORMS), "text/csv");
        assert_eq!(choose(Some("application/json;q=0.5, application/x-ndjson"), FORMS), "application/x-ndjson");
        assert_eq!(choose(Some("image/png"), FORMS), "application/json");
        const PAGES: &[&str] = &["application/json", "text/html"];
        assert_eq!(choose(Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), PAGES), "text/html");
        assert_eq!(choose(Some("text/csv;q=0, */*;q=0.1"), FORMS), "application/json");
        assert_eq!(choose(Some("application/json;Q=0.5, text/csv"), FORMS), "text/csv");
    }
}
