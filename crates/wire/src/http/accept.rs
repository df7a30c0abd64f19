//! Media types: what a body is, and which form of an answer is wanted.

/// Whether a `Content-Type` says JSON in UTF-8.
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        let charset = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        charset.is_none_or(|(_, value)| value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
    })
}

/// The form of `offers` that an `Accept` header likes best; the first where it does not care or likes none.
pub fn choose<'o>(accept: Option<&str>, offers: &[&'o str]) -> &'o str {
    let first = offers.first().copied().unwrap_or_default();
    let Some(accept) = accept else { return first };
    let liking = |offer: &str| accept.split(',').filter_map(|range| liking(range, offer)).max().unwrap_or((0, 0));
    let mut best = (first, liking(first));
    for offer in offers.iter().skip(1) {
        let score = liking(offer);
        if score > best.1 {
            best = (offer, score);
        }
    }
    best.0
}

/// Whether an `Accept` header asks for a media type by its own name, as browsers ask for pages; `*/*` does not.
pub fn asks_for(accept: Option<&str>, kind: &str) -> bool {
    const EXACT: u8 = 2;
    accept.is_some_and(|accept| accept.split(',').any(|range| liking(range, kind).is_some_and(|(_, exactness)| exactness == EXACT)))
}

/// How much a media range likes an offer: its weight in thousandths, and how exactly it names it.
fn liking(range: &str, offer: &str) -> Option<(u16, u8)> {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next()?;
    let exactness = match kind {
        "*/*" => 0,
        kind if kind.eq_ignore_ascii_case(offer) => 2,
        kind => {
            let family = kind.strip_suffix("/*")?;
            offer.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(family)).then_some(1)?
        }
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
    Some((weight, if weight == 0 { 0 } else { exactness }))
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
    fn a_page_is_asked_for_by_name() {
        for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, Text/HTML;q=0.1"] {
            assert!(asks_for(Some(accept), "text/html"), "{accept}");
        }
        for accept in ["*/*", "text/*", "application/json", "text/html;q=0", ""] {
            assert!(!asks_for(Some(accept), "text/html"), "{accept}");
        }
        assert!(!asks_for(None, "text/html"));
    }

    #[test]
    fn json_is_json_in_utf8() {
        for json in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"", "application/json; v=1"] {
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
    fn the_best_liked_form_is_chosen() {
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
    }
}
