//! Rule-based detection of guessable passwords.
//!
//! Few entries of lists of leaked passwords have the minimum length of 15 code points. Guessable passwords of that length are
//! composed of short predictable parts: common words, keyboard rows, sequences, years, repetitions. [`check`] decomposes a
//! password into such parts and rejects it if at most [`REST_MAX`] other characters remain.

use super::PasswordError;
use super::common_words::COMMON;

/// Maximum number of characters outside of all predictable parts in a guessable password.
const REST_MAX: usize = 3;
/// Minimum number of different common words in an acceptable passphrase.
const PASSPHRASE_WORDS: usize = 3;
/// Minimum length of a context-specific word.
const CONTEXT_MIN: usize = 4;
/// Predictable character sequences: keyboard rows and patterns, digits of pi and e.
const SEQUENCES: [&str; 19] = [
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1s2d3f4g5h6j7k8l9",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "a1b2c3d4e5f6g7h8i9j0",
    "1a2b3c4d5e6f7g8h9i0j",
    "147258369",
    "741852963",
    "159357",
    "1357924680",
    "31415926535897932384626433832795",
    "27182818284590452353602874713526",
];
/// Latin letters with diacritics, and their base letters.
const ACCENTED: [(&str, char); 19] = [
    ("àáâãäåāăą", 'a'),
    ("çćĉċč", 'c'),
    ("ďđ", 'd'),
    ("èéêëēĕėęě", 'e'),
    ("ĝğġģ", 'g'),
    ("ĥħ", 'h'),
    ("ìíîïĩīĭįı", 'i'),
    ("ĵ", 'j'),
    ("ķ", 'k'),
    ("ĺļľŀł", 'l'),
    ("ñńņň", 'n'),
    ("òóôõöøōŏő", 'o'),
    ("ŕŗř", 'r'),
    ("śŝşš", 's'),
    ("ţťŧ", 't'),
    ("ùúûüũūŭůűų", 'u'),
    ("ŵ", 'w'),
    ("ýÿŷ", 'y'),
    ("źżž", 'z'),
];
/// Two-letter words, which belong to the predictable parts but do not count as words of a passphrase.
const FILLERS: [&str; 24] = [
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of", "on", "or", "so", "to", "up",
    "us", "we",
];

/// Returns the violated rule of a guessable password, else None. `plain` is normalized; `context` are texts such as the email
/// address.
pub(super) fn check(plain: &str, context: &[&str]) -> Option<PasswordError> {
    let folded = fold(plain);
    if is_repetitive(&folded) {
        return Some(PasswordError::Repetitive);
    }
    let words: Vec<Vec<char>> = context.iter().flat_map(|text| context_words(text)).collect();
    let letters: Vec<char> = folded.iter().copied().filter(|c| c.is_alphanumeric() || !c.is_ascii() || unleet(*c) != *c).collect();
    let parts = decompose(&letters, &words);
    if parts.rest <= REST_MAX && parts.has_context_word {
        return Some(PasswordError::Context);
    }
    if parts.rest <= REST_MAX && parts.distinct_words < PASSPHRASE_WORDS {
        return Some(PasswordError::Common);
    }
    is_doubled(&folded).then_some(PasswordError::Repetitive)
}

/// Words of a context text of at least [`CONTEXT_MIN`] characters, and the whole text as one word.
fn context_words(text: &str) -> Vec<Vec<char>> {
    let word = |part: &str| fold(part).into_iter().filter(|c| c.is_alphanumeric()).map(unleet).collect::<Vec<char>>();
    let mut words: Vec<Vec<char>> = text.split(|c: char| !c.is_alphanumeric()).map(word).collect();
    words.push(word(text));
    words.retain(|word| word.len() >= CONTEXT_MIN);
    words
}

/// Lower case of a text, with full-width letters and letters with diacritics replaced by ASCII letters.
fn fold(text: &str) -> Vec<char> {
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(narrow).flat_map(char::to_lowercase).map(unaccented).collect()
}

/// ASCII character of a full-width form; any other character unchanged.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Base letter of a letter with diacritics; any other character unchanged.
fn unaccented(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    ACCENTED.iter().find(|(accented, _)| accented.contains(c)).map_or(c, |(_, plain)| *plain)
}

/// Letter that a digit or sign commonly substitutes (leet speak); any other character unchanged.
fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

/// Returns whether a text has at most four different characters, or is one substring repeated at least three times.
fn is_repetitive(chars: &[char]) -> bool {
    let mut distinct: Vec<char> = chars.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let periodic = |period: usize| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b);
    distinct.len() <= 4 || (1..=chars.len() / 3).any(periodic)
}

/// Returns whether a text is a substring shorter than a password, twice, with at most [`REST_MAX`] other characters. A substring
/// that would be long enough on its own is allowed.
fn is_doubled(chars: &[char]) -> bool {
    let shortest = chars.len().saturating_sub(REST_MAX).div_ceil(2).max(1);
    (shortest..super::MIN).any(|length| {
        let again = |(first, one)| chars.windows(length).skip(first + length).any(|other| one == other);
        chars.windows(length).enumerate().any(again)
    })
}

/// Result of [`decompose`].
struct Decomposition {
    /// Number of characters outside of all predictable parts.
    rest: usize,
    /// Number of different common words.
    distinct_words: usize,
    has_context_word: bool,
}

/// Greedy decomposition into predictable parts, the longest at each position. Words match literally or with leet substitutions,
/// sequences literally.
fn decompose(chars: &[char], context: &[Vec<char>]) -> Decomposition {
    let mut parts = Decomposition { rest: 0, distinct_words: 0, has_context_word: false };
    let mut seen: Vec<&str> = Vec::new();
    let plain: Vec<char> = chars.iter().map(|c| unleet(*c)).collect();
    let (mut left, mut left_plain) = (chars, plain.as_slice());
    while !left.is_empty() {
        let context_length = context.iter().filter(|word| left_plain.starts_with(word)).map(Vec::len).max().unwrap_or(0);
        let common = COMMON.iter().filter(|word| starts_with(left, word) || starts_with(left_plain, word)).max_by_key(|word| word.len());
        let common_length = common.map_or(0, |word| word.len());
        let filler = FILLERS.iter().filter(|word| starts_with(left_plain, word)).map(|word| word.len()).max().unwrap_or(0);
        let step = context_length.max(common_length).max(run_length(left)).max(filler);
        if step == 0 {
            parts.rest += 1;
        } else if context_length == step {
            parts.has_context_word = true;
        } else if let Some(word) = common.filter(|word| word.len() == step && !seen.contains(word)) {
            seen.push(word);
            parts.distinct_words += 1;
        }
        left = left.get(step.max(1)..).unwrap_or_default();
        left_plain = left_plain.get(step.max(1)..).unwrap_or_default();
    }
    parts
}

/// Returns whether a text begins with a word or with the reversal of the word.
fn starts_with(chars: &[char], word: &str) -> bool {
    let matches = |mut word: &mut dyn Iterator<Item = char>| (&mut word).zip(chars).all(|(a, b)| a == *b);
    word.chars().count() <= chars.len() && (matches(&mut word.chars()) || matches(&mut word.chars().rev()))
}

/// Length of the longest sequence or year at the beginning of a text; 0 for none.
fn run_length(chars: &[char]) -> usize {
    let arithmetic = |step: i32| {
        let next = |pair: (&char, &char)| u32::from(*pair.0).checked_add_signed(step) == Some(u32::from(*pair.1));
        1 + chars.iter().zip(chars.iter().skip(1)).take_while(|pair| next(*pair)).count()
    };
    let counted = [0, 1, -1].into_iter().map(arithmetic).max().unwrap_or(0);
    let counted = if counted >= 3 { counted } else { 0 };
    let counted = counted.max(numbers_length(chars));
    let row = SEQUENCES
        .iter()
        .flat_map(|row| [row.chars().collect::<Vec<_>>(), row.chars().rev().collect()])
        .map(|row| prefix_in_sequence(chars, &row))
        .max()
        .unwrap_or(0);
    let row = if row >= 4 { row } else { 0 };
    let year = match chars {
        ['1', '9', a, b, ..] | ['2', '0', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => 4,
        _ => 0,
    };
    counted.max(row).max(year).max(doubled_length(chars))
}

/// Length of a prefix such as `9101112`: at least four consecutive numbers of up to three digits at the first; 0 for none.
fn numbers_length(chars: &[char]) -> usize {
    let from = |width: usize| {
        let first: Option<u32> = chars.get(..width).and_then(|digits| digits.iter().collect::<String>().parse().ok());
        let mut length = 0;
        let mut numbers = 0;
        for number in first.into_iter().flat_map(|first| first..) {
            let digits = number.to_string();
            if !chars.get(length..).is_some_and(|rest| rest.len() >= digits.len() && digits.chars().zip(rest).all(|(a, b)| a == *b)) {
                break;
            }
            length += digits.len();
            numbers += 1;
        }
        if numbers >= 4 { length } else { 0 }
    };
    (1..=3).map(from).max().unwrap_or(0)
}

/// Length of a sequence in which each character is doubled, such as `112233`; 0 for none.
fn doubled_length(chars: &[char]) -> usize {
    let pairs = chars.chunks_exact(2).map_while(|pair| if let [a, b] = pair { (a == b).then_some(*a) } else { None });
    let halved: Vec<char> = pairs.collect();
    if halved.len() < 3 { 0 } else { 2 * run_length(&halved) }
}

/// Length of the longest prefix of a text that is a substring of a sequence.
fn prefix_in_sequence(chars: &[char], row: &[char]) -> usize {
    let from = |start: usize| row.iter().skip(start).zip(chars).take_while(|(a, b)| a == b).count();
    (0..row.len()).map(from).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(plain: &str) -> Option<PasswordError> {
        assert!(plain.chars().count() >= super::super::MIN, "{plain} is too short for this test");
        check(plain, &["Rolecall", "annabel.smith", "Annabel Smith"])
    }

    #[test]
    fn passwords_of_common_words_and_sequences_are_rejected() {
        for plain in [
            "passwordpassword",
            "Password1234567",
            "P@ssw0rd12345678",
            "qwertyuiopasdfg",
            "123456789012345",
            "1q2w3e4r5t6y7u8i9o",
            "iloveyouiloveyou!",
            "abcdefghijklmnop",
            "sunshine20262026",
            "letmeinletmein12",
            "987654321987654",
            "admin-admin-2024!!",
            "welcome welcome 1",
            "zxcvbnmasdfghjkl",
            "football football",
            "monkey123monkey456",
            "12345678910111213",
            "112233445566778899",
            "q1w2e3r4t5y6u7i8",
            "a1b2c3d4e5f6g7h8",
            "qazwsxedcrfvtgb",
            "147258369147258",
            "314159265358979",
            "thisismypassword",
            "mypasswordisgood",
            "drowssapdrowssap",
            "pässwörd-pässwörd",
            "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
            "ｐａｓｓｗｏｒｄｑｗｅｒｔｙｕｉｏｐ",
            "fuckyoufuckyou1",
            "manchesterunited",
            "trustnoone123456",
            "startrekforever1",
        ] {
            assert!(matches!(violation(plain), Some(PasswordError::Common | PasswordError::Repetitive)), "{plain}: {:?}", violation(plain));
        }
    }

    #[test]
    fn a_run_is_as_long_as_its_sequence() {
        for (text, length) in
            [("abc", 3), ("cba", 3), ("aaa", 3), ("ab", 0), ("abd", 0), ("1999x", 4), ("2026", 4), ("19ab", 0), ("19a5", 0), ("195a", 0)]
        {
            assert_eq!(run_length(&text.chars().collect::<Vec<_>>()), length, "{text}");
        }
        for (text, length) in [("9101112", 7), ("9111315", 0), ("91011", 0)] {
            assert_eq!(numbers_length(&text.chars().collect::<Vec<_>>()), length, "{text}");
        }
        for (text, length) in [("aabbcc", 6), ("aabb", 0), ("aabbdd", 0)] {
            assert_eq!(doubled_length(&text.chars().collect::<Vec<_>>()), length, "{text}");
        }
    }

    #[test]
    fn three_different_common_words_are_a_passphrase_and_the_parts_of_a_context_text_are_not() {
        assert_eq!(violation("monkey sunshine monkey"), Some(PasswordError::Common));
        assert_eq!(violation("monkey sunshine football"), None);
        assert_eq!(check("smith-annabel-smith", &["annabel.smith"]), Some(PasswordError::Context));
        let words: Vec<String> = context_words("Ann.Smith@x").into_iter().map(String::from_iter).collect();
        assert_eq!(words, ["smith", "annsmithx"], "parts of at least four characters, and the whole");
    }

    #[test]
    fn a_full_width_form_is_read_as_its_ascii_character() {
        assert_eq!(['ａ', 'Ｚ', '！', '～', 'a', 'ß'].map(narrow), ['a', 'Z', '!', '~', 'a', 'ß']);
    }

    #[test]
    fn a_repeated_substring_is_rejected() {
        for plain in
            ["aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "xyzzyxyzzyxyzzyxyzzy", "lantelantelante", "ababababababababab", "....,,,,....,,,,"]
        {
            assert_eq!(violation(plain), Some(PasswordError::Repetitive), "{plain}");
        }
    }

    #[test]
    fn a_doubled_short_substring_is_rejected_and_a_recurring_word_is_not() {
        for plain in [
            "lanternslanterns",
            "Summer2026!Summer2026!",
            "lanterns lanterns",
            "Lanterns1-Lanterns2",
            "seven quiet seven quiet",
            "!lanternslanterns!?",
        ] {
            assert_eq!(violation(plain), Some(PasswordError::Repetitive), "{plain}");
        }
        for plain in [
            "lanterns drift above lanterns",
            "lanterns by lanterns",
            "seven quiet lanterns drift seven quiet lanterns drift",
            "row row row your boat gently",
            "to be or not to be quiet",
        ] {
            assert_eq!(violation(plain), None, "{plain}");
        }
    }

    #[test]
    fn context_specific_words_are_rejected() {
        for plain in ["RolecallRolecall1", "annabelsmith1234", "Annabel.Smith.2026", "r0lecall-password", "smithannabelsmith"] {
            assert_eq!(violation(plain), Some(PasswordError::Context), "{plain}");
        }
    }

    #[test]
    fn passphrases_and_random_strings_are_accepted() {
        for plain in [
            "correct horse battery staple",
            "seven quiet lanterns drift",
            "K7#qLm2$xV9pRt4w",
            "dragon monkey sunshine football",
            "837462519384756102",
            "vier grüne Hüte am Bach",
            "いろはにほへとちりぬるをわかよたれそ",
            "🦀🐙🐚🦑🐡🐠🐟🐬🐳🐋🦈🐊🐅🐆🦓",
            "my rolecall lantern is quiet",
            "purple-elephant-typewriter",
        ] {
            assert_eq!(violation(plain), None, "{plain}");
        }
    }
}
