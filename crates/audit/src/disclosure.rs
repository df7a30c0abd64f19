//! Disclosures of personal values (SD-JWT, RFC 9901 section 4.2).
//!
//! In the place of a personal value, an event has an object with the one member `_sd`: a list with the digest of the value's
//! disclosure. The disclosure is the base64url of a JSON list of salt, name of the field and value. Without it, nothing but the
//! name of the field can be learnt from the event, and its hash stays as it is.

use crate::{base64url, sha256};
use alloc::string::String;
use alloc::vec::Vec;
use rolecall_json::{Kind, Value, parse};

/// Digest of a disclosure: base64url of the SHA-256 of its text.
///
/// # Examples
/// ```
/// // The example of RFC 9901 section 4.2.3.
/// let disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
/// assert_eq!(rolecall_audit::digest(disclosure), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
/// assert_eq!(rolecall_audit::open(disclosure), Some(("family_name".into(), "Möbius".into())));
/// ```
pub fn digest(disclosure: &str) -> String {
    base64url::encode(&sha256::digest(disclosure.as_bytes()))
}

/// Name of the field and value of a disclosure; None where it is not base64url of a JSON list of three texts.
pub fn open(disclosure: &str) -> Option<(String, String)> {
    let json = String::from_utf8(base64url::decode(disclosure)?).ok()?;
    let document = parse(&json).ok()?;
    let mut items = document.root().items();
    let mut text = || Some(String::from(items.next()?.as_text()?));
    let (_salt, name, value) = (text()?, text()?, text()?);
    items.next().is_none().then_some((name, value))
}

/// Digest in an event.
struct Placeholder<'d> {
    /// Names that lead to the value, joined by dots.
    path: String,
    /// Name of the field.
    name: &'d str,
    digest: &'d str,
    disclosed: bool,
}

/// Paths of the personal values of an event that none of its `disclosures` discloses, in the order of the event; None where one of
/// them does not belong to the event.
pub(crate) fn undisclosed(event: Value<'_>) -> Option<Vec<String>> {
    let mut placeholders = Vec::new();
    collect(event, "", &mut placeholders);
    if let Some(disclosures) = event.get("disclosures") {
        if disclosures.kind() != Kind::List {
            return None;
        }
        for item in disclosures.items() {
            let text = item.as_text()?;
            let (digest, (name, _)) = (digest(text), open(text)?);
            let placeholder = placeholders.iter_mut().find(|other| !other.disclosed && other.digest == digest)?;
            if placeholder.name != name {
                return None;
            }
            placeholder.disclosed = true;
        }
    }
    Some(placeholders.into_iter().filter(|placeholder| !placeholder.disclosed).map(|placeholder| placeholder.path).collect())
}

/// Appends the digests in the members of an object and of the objects in them.
fn collect<'d>(object: Value<'d>, path: &str, into: &mut Vec<Placeholder<'d>>) {
    for (name, value) in object.members() {
        let mut inner = String::from(path);
        if !path.is_empty() {
            inner.push('.');
        }
        inner.push_str(name);
        if let Some(digest) = digest_of(value) {
            into.push(Placeholder { path: inner.clone(), name, digest, disclosed: false });
        }
        collect(value, &inner, into);
    }
}

/// Digest of a placeholder: an object with the one member `_sd`, a list of one text.
fn digest_of(value: Value<'_>) -> Option<&str> {
    let mut members = value.members();
    let (name, digests) = members.next()?;
    let mut items = digests.items();
    let digest = items.next()?.as_text()?;
    (name == "_sd" && members.next().is_none() && items.next().is_none()).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    fn disclosure(json: &str) -> String {
        base64url::encode(json.as_bytes())
    }

    fn check(event: &str) -> Option<Vec<String>> {
        undisclosed(parse(event).unwrap().root())
    }

    #[test]
    fn a_value_is_disclosed_by_its_own_disclosure_and_erased_without() {
        let (name, email) = (disclosure(r#"["s","name","Ann"]"#), disclosure(r#"["s","email","a@b.c"]"#));
        let event = |disclosures: &str| {
            let (name, email) = (digest(&name), digest(&email));
            format!(r#"{{"actor":{{"name":{{"_sd":["{name}"]}}}},"data":{{"email":{{"_sd":["{email}"]}}}}{disclosures}}}"#)
        };
        let both = ["actor.name".to_string(), "data.email".to_string()];
        assert_eq!(check(&event("")), Some(both.to_vec()));
        assert_eq!(check(&event(r#","disclosures":[]"#)), Some(both.to_vec()));
        assert_eq!(check(&event(&format!(r#","disclosures":["{name}"]"#))), Some(both[1..].to_vec()));
        assert_eq!(check(&event(&format!(r#","disclosures":["{email}","{name}"]"#))), Some(Vec::new()));
        for wrong in [
            format!(r#"["{name}","{name}"]"#),
            format!(r#"["{}"]"#, disclosure(r#"["s","name","Eve"]"#)),
            "[1]".into(),
            "{}".into(),
            "null".into(),
        ] {
            assert_eq!(check(&event(&format!(r#","disclosures":{wrong}"#))), None, "{wrong}");
        }
    }

    #[test]
    fn the_name_in_a_disclosure_is_that_of_the_field() {
        let named = disclosure(r#"["s","email","Ann"]"#);
        let event = format!(r#"{{"actor":{{"name":{{"_sd":["{}"]}}}},"disclosures":["{named}"]}}"#, digest(&named));
        assert_eq!(check(&event), None);
    }

    #[test]
    fn only_a_list_of_three_texts_is_a_disclosure() {
        assert_eq!(open(&disclosure(r#"["s","name","Ann"]"#)), Some(("name".to_string(), "Ann".to_string())));
        for wrong in ["", "{}", r#"["s","name"]"#, r#"["s","name","Ann","x"]"#, r#"["s","name",1]"#, r#"[1,"name","Ann"]"#, "[", "\u{e9}"] {
            assert_eq!(open(&disclosure(wrong)), None, "{wrong}");
        }
        assert_eq!(open("é"), None);
        assert_eq!(open(&base64url::encode(&[0x5b, 0xff, 0x5d])), None);
    }
}
