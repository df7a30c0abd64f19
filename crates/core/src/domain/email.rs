//! Email addresses in canonical form. Ambiguous addresses are rejected, never repaired.

use core::fmt;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Email address in canonical form; two addresses denote the same mailbox if and only if they are equal.
///
/// The local part is an ASCII dot-atom (RFC 5322 section 3.2.3) in lower case, since providers in practice ignore case. The
/// domain is lower-case ASCII with `xn--` labels (UTS 46, RFC 5891). `+tags` and dots stay in place, because their meaning
/// depends on the provider. An address that Unicode normalisation would change is rejected, so that two programs cannot read
/// one text as two addresses (a full-width `＠`, for example).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Error of [`Email::parse`]: the text is not an address that [`Email`] accepts.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct EmailError;

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed email address")
    }
}

impl core::error::Error for EmailError {}

impl Email {
    /// Maximum length of an address in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets).
    pub const MAX: usize = 254;
    /// Maximum length of the local part in bytes (RFC 5321 section 4.5.3.1.1).
    pub const LOCAL_MAX: usize = 64;

    /// Parses an address and brings it into canonical form. Parsing is idempotent.
    ///
    /// # Errors
    /// [`EmailError`] if the text is not an address, exceeds a length limit, or is ambiguous (see [`Email`]).
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::email::{Email, EmailError};
    ///
    /// let email = Email::parse("Ann+work@Bücher.example")?;
    /// assert_eq!(email.as_str(), "ann+work@xn--bcher-kva.example");
    ///
    /// // A full-width letter: normalisation would change it.
    /// assert_eq!(Email::parse("ann@ｅxample.com"), Err(EmailError));
    /// # Ok::<(), EmailError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Email, EmailError> {
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        if !is_dot_atom(local) {
            return Err(EmailError);
        }
        let domain = canonical_domain(domain).ok_or(EmailError)?;
        let email = format!("{}@{domain}", local.to_ascii_lowercase());
        if email.len() > Self::MAX { Err(EmailError) } else { Ok(Email(email)) }
    }

    /// Reconstructs an address from the database, where it is stored in canonical form; None for a text that is not ASCII or has
    /// no `@`.
    pub fn restore(text: String) -> Option<Email> {
        (text.is_ascii() && text.contains('@')).then_some(Email(text))
    }

    /// Canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Masked form that only the owner can recognise: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or('•');
        format!("{first}•••@{}", self.domain())
    }
}

/// Returns whether the text is a dot-atom (RFC 5322 section 3.2.3) of at most [`Email::LOCAL_MAX`] bytes.
fn is_dot_atom(local: &str) -> bool {
    let atom = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b));
    local.len() <= Email::LOCAL_MAX && local.split('.').all(atom)
}

/// Domain as lower-case ASCII; None unless UTS 46 changes nothing but case and there are at least two labels, the last of which is
/// not numeric.
fn canonical_domain(domain: &str) -> Option<String> {
    let uts46 = Uts46::new();
    let ascii = uts46.to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify).ok()?;
    if !domain.chars().all(has_reversible_lower_case) {
        return None;
    }
    let lower = domain.to_lowercase();
    let (unicode, result) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let unchanged = result.is_ok() && (ascii == lower || unicode == lower);
    let labels: Vec<&str> = ascii.split('.').collect();
    let is_host_name = labels.len() >= 2 && labels.last().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
    (unchanged && is_host_name).then(|| ascii.into_owned())
}

/// Returns whether upper-casing the lower case of a character restores it, as with `Ü`. It does not for compatibility
/// characters such as U+212A KELVIN SIGN, which normalisation would replace as well.
fn has_reversible_lower_case(c: char) -> bool {
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
    fn case_and_unicode_domains_have_one_canonical_form() {
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
    fn malformed_and_ambiguous_addresses_are_rejected() {
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
    fn an_address_has_at_most_254_bytes() {
        let address =
            |label: usize| format!("{}@{}.{}.{}.com", "a".repeat(Email::LOCAL_MAX), "b".repeat(63), "c".repeat(63), "d".repeat(label));
        assert_eq!(Email::parse(&address(57)).map(|email| email.as_str().len()), Ok(Email::MAX));
        assert_eq!(Email::parse(&address(58)), Err(EmailError));
    }

    #[test]
    fn the_limit_applies_to_the_ascii_form_of_the_domain() {
        let label = "ü".repeat(50);
        assert!(Email::parse(&format!("ann@{label}.example")).is_ok());
        let local = "a".repeat(64);
        let long = format!("{local}@{label}.{label}.{label}.{label}.example");
        assert_eq!(Email::parse(&long), Err(EmailError));
    }

    #[test]
    fn parts_of_an_address_are_split_at_its_at_sign() {
        let email = Email::parse("ann@example.com").unwrap();
        assert_eq!((email.local_part(), email.domain()), ("ann", "example.com"));
        assert_eq!(format!("{email:?}"), "a•••@example.com");
        assert_eq!(Email::restore("no address".to_owned()), None);
    }

    #[test]
    fn a_masked_address_shows_one_letter() {
        assert_eq!(Email::parse("ann@example.com").unwrap().masked(), "a•••@example.com");
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(text in "\\PC{0,12}@\\PC{0,12}\\.[a-zA-Z]{2,3}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(email.as_str().is_ascii());
            }
        }
    }
}
