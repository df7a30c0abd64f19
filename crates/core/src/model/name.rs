//! Names that people give: of themselves, of accounts, of roles and keys.

use crate::denial::FieldError;
use core::fmt;

/// A display name: 1 to 100 code points after trimming, with no control or direction-changing characters,
/// since it is shown beside security decisions and in mails.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name(String);

impl Name {
    /// Longest name in code points: fits one line of a mail and of every list.
    pub const MAX: usize = 100;

    /// Reads a name; errors point at `pointer`.
    pub fn parse(text: &str, pointer: &str) -> Result<Name, FieldError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldError::new(pointer, "too-short", "A name needs at least one character."));
        }
        if text.chars().count() > Self::MAX {
            return Err(FieldError::new(pointer, "too-long", format!("A name has at most {} characters.", Self::MAX)));
        }
        if text.chars().any(is_deceptive) {
            return Err(FieldError::new(pointer, "value-invalid", "A name cannot hold control or direction-changing characters."));
        }
        Ok(Name(text.to_owned()))
    }

    /// A name from a row that was valid when written.
    pub fn restore(text: String) -> Name {
        Name(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that can make a shown name read as something else (Unicode TR 36, bidirectional spoofing).
fn is_deceptive(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(Name::parse("  Acme \n", "/name").map(|n| n.0), Ok("Acme".to_owned()));
        assert_eq!(Name::parse(" ", "/name").unwrap_err().code, "too-short");
        assert!(Name::parse(&"é".repeat(100), "/name").is_ok());
        assert_eq!(Name::parse(&"é".repeat(101), "/name").unwrap_err().code, "too-long");
        assert_eq!(Name::parse("pay\u{202e}lap", "/name").unwrap_err().code, "value-invalid");
        assert!(Name::parse("👩‍👩‍👧 & Söhne", "/name").is_ok());
    }
}
