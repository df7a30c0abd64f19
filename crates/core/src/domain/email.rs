//! Email addresses in one canonical form, refused rather than rewritten.

use core::fmt;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// An address that mail can be sent to, in canonical form: two addresses are the same mailbox exactly when they are equal.
///
/// The local part is ASCII and lower-case (no provider of note tells case apart, and people do not), the domain is
/// lower-case ASCII with `xn--` labels (UTS 46, RFC 5891). `+tags` and dots are kept: what they mean is the provider's
/// to say. Whatever Unicode normalisation would change is refused, so that no two readers see two addresses
/// (a full-width `＠` once split an address that had been validated before).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// The text is no such address.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct EmailError;

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed email address")
    }
}

impl core::error::Error for EmailError {}

impl Email {
    /// Longest address in bytes (RFC 5321 section 4.5.3.1.3, less the angle brackets).
    pub const MAX: usize = 254;
    /// Longest local part in bytes (RFC 5321 section 4.5.3.1.1).
    pub const LOCAL_MAX: usize = 64;

    /// Reads an address; the result reads back as itself.
    pub fn parse(text: &str) -> Result<Email, EmailError> {
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        if !is_local(local) {
            return Err(EmailError);
        }
        let domain = canonical_domain(domain).ok_or(EmailError)?;
        let email = format!("{}@{domain}", local.to_ascii_lowercase());
        if email.len() > Self::MAX { Err(EmailError) } else { Ok(Email(email)) }
    }

    /// An address from a row, canonical when written.
    pub fn restore(text: String) -> Option<Email> {
        (text.is_ascii() && text.contains('@')).then_some(Email(text))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// After the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Enough for its owner to know it by, and no more: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or('•');
        format!("{first}•••@{}", self.domain())
    }
}

/// A dot-atom of RFC 5322 section 3.2.3.
fn is_local(local: &str) -> bool {
    let atom = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b));
    local.len() <= Email::LOCAL_MAX && local.split('.').all(atom)
}

fn canonical_domain(domain: &str) -> Option<String> {
    let uts46 = Uts46::new();
    let ascii = uts46.to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify).ok()?;
    if !domain.chars().all(keeps_its_letter) {
        return None;
    }
    let lower = domain.to_lowercase();
    let (unicode, shown) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let unchanged = shown.is_ok() && (ascii == lower || unicode == lower);
    let labels: Vec<&str> = ascii.split('.').collect();
    let named = labels.len() >= 2 && labels.last().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
    (unchanged && named).then(|| ascii.into_owned())
}

/// Whether lower case is the same letter made small, as with `Ü`. Of a sign that only looks like a letter, as U+212A
/// KELVIN SIGN does, lower case makes another character, just as normalisation would.
fn keeps_its_letter(c: char) -> bool {
    c.to_lowercase().eq([c]) || c.to_lowercase().flat_map(char::to_uppercase).eq([c])
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_unicode_domains_come_to_one_form() {
        for (text, canonical) in [
            ("Ann@Example.COM", "ann@example.com"),
            ("ann+tag@example.com", "ann+tag@example.com"),
            ("a.n.n@example.com", "a.n.n@example.com"),
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
            ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
            ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ] {
            assert_eq!(Email::parse(text).map(|e| e.0), Ok(canonical.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "ann@@example.com",
            "ann@example..com",
            "ann@.example.com",
            "ann@example.com.",
            "ann@[127.0.0.1]",
            "ann@127.0.0.1",
            "\"a b\"@example.com",
            "ann(x)@example.com",
            "ann @example.com",
            " ann@example.com",
            "ann@exam ple.com",
            "ann＠example.com",
            "ann@ｅxample.com",
            "änn@example.com",
            "аnn@example.com",
            "ann\u{200b}@example.com",
            "ann@exam\u{200b}ple.com",
            "ann@example.com\n",
            "ann\0@example.com",
            ".ann@example.com",
            "ann.@example.com",
            "a..n@example.com",
            "ann@-example.com",
            "ann@exa_mple.com",
            "ann@example。com",
            "ann@ⅷ.example",
            "ann@xn--a.example",
            "ann@\u{212a}elvin.example",
            "ann@\u{212b}ngstrom.example",
            "ann@\u{2126}mega.example",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text:?}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
        assert!(Email::parse(&format!("a@{}.com", "a".repeat(64))).is_err());
    }

    #[test]
    fn a_masked_address_shows_one_letter() {
        assert_eq!(Email::parse("ann@example.com").unwrap().masked(), "a•••@example.com");
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back_as_itself(text in "\\PC{0,12}@\\PC{0,12}\\.[a-zA-Z]{2,3}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(email.as_str().is_ascii());
            }
        }
    }
}
