//! Display names of users, accounts, roles and API keys.

use crate::domain::field_error::FieldError;
use core::fmt;

/// Display name: 1 to 100 code points after trimming, at least one of them visible, without control and bidirectional
/// formatting characters, because it appears in mails and next to security decisions (Unicode TR 36).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name(String);

impl Name {
    /// Maximum length in code points: one line of a mail or a list.
    pub const MAX: usize = 100;

    /// Parses a name after trimming white space at both ends.
    ///
    /// # Errors
    /// [`FieldError`] at `pointer` with the code `too-short` (no visible character), `too-long` (more than [`Name::MAX`] code
    /// points) or `value-invalid` (a control or bidirectional formatting character).
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::name::Name;
    ///
    /// assert_eq!(Name::parse("  Acme ", "/name")?.as_str(), "Acme");
    ///
    /// let error = Name::parse("pay\u{202e}lap", "/name").unwrap_err();
    /// assert_eq!((error.pointer.as_str(), error.code), ("/name", "value-invalid"));
    /// # Ok::<(), rolecall_core::domain::field_error::FieldError>(())
    /// ```
    pub fn parse(text: &str, pointer: &str) -> Result<Name, FieldError> {
        let text = text.trim();
        if text.chars().all(|c| c.is_whitespace() || is_ignorable(c)) {
            return Err(FieldError::new(pointer, "too-short", "The name must contain at least one visible character."));
        }
        if text.chars().count() > Self::MAX {
            return Err(FieldError::new(pointer, "too-long", format!("The name must have at most {} characters.", Self::MAX)));
        }
        if text.chars().any(is_deceptive) {
            return Err(FieldError::new(
                pointer,
                "value-invalid",
                "The name must not contain control or bidirectional formatting characters.",
            ));
        }
        Ok(Name(text.to_owned()))
    }

    /// Reconstructs a name from the database, where only valid names are stored.
    pub fn restore(text: String) -> Name {
        Name(text)
    }

    /// Text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a character can make a displayed name misleading: bidirectional formatting (Unicode TR 36), hidden text
/// (tags, interlinear annotations), control characters and noncharacters.
fn is_deceptive(c: char) -> bool {
    let hidden = matches!(c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}');
    let noncharacter = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    c.is_control() || hidden || noncharacter
}

/// Returns whether a character alone is invisible: Default_Ignorable_Code_Point of Unicode and U+2800 BRAILLE PATTERN BLANK. Next
/// to visible characters such characters are legitimate, for example joiners and variation selectors in emoji.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0100}'..='\u{e01ef}')
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

    #[test]
    fn a_name_without_a_visible_character_is_too_short() {
        for blank in
            ["\u{ad}", "\u{3164}", "\u{2800}", "\u{115f}", "\u{200d}", "\u{180e}", "\u{fe0f}", "\u{200c} \u{3000}\u{ad}", "\u{e0100}"]
        {
            assert_eq!(Name::parse(blank, "/name").unwrap_err().code, "too-short", "{blank:?}");
        }
    }

    #[test]
    fn hidden_bidirectional_and_noncharacters_are_rejected() {
        for c in [
            '\u{0}',
            '\u{7f}',
            '\u{85}',
            '\u{61c}',
            '\u{200b}',
            '\u{202d}',
            '\u{2066}',
            '\u{206a}',
            '\u{feff}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{fdd0}',
            '\u{ffff}',
            '\u{1fffe}',
            '\u{10ffff}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}',
        ] {
            assert_eq!(Name::parse(&format!("a{c}b"), "/name").unwrap_err().code, "value-invalid", "{c:?}");
        }
        for name in
            ["❤\u{fe0f} Acme", "👩\u{200d}🚀", "葛\u{e0100}城", "می\u{200c}خواهم", "co\u{ad}operate", "\u{fffd}", "Ünïcode 有限公司"]
        {
            assert!(Name::parse(name, "/name").is_ok(), "{name:?}");
        }
    }
}
