//! Vocabulary rule: retired names and empty comments.

/// Rust identifiers that were replaced by standard terms; CONTRIBUTING.md gives the reasons.
const RETIRED_RUST: &[&str] = &[
    "AccessKnown",
    "AccessWant",
    "Acting",
    "Arrival",
    "Asked",
    "Because",
    "Circumstances",
    "Decided",
    "Desk",
    "Entered",
    "Exchange",
    "Exhausted",
    "FloorShelf",
    "Inbound",
    "Insider",
    "Judgement",
    "Moment",
    "Outgoing",
    "Presented",
    "Recorded",
    "Shield",
    "Standing",
    "Stop",
    "Turnstile",
    "Verdict",
    "Want",
    "Wish",
    "demand_open",
    "hold_version",
    "insider",
    "known_permissions",
    "may_grant",
    "mutate_publicly",
    "note_touch",
    "rights_of",
    "take_facts",
];

/// TypeScript identifiers that were replaced by standard terms.
const RETIRED_SCRIPT: &[&str] = &["Listing", "TickBox", "Told", "callsOf", "settle", "signsOfLife", "useActing"];

/// Comments without information.
const EMPTY_COMMENTS: &[&str] =
    &["Who.", "Where.", "When.", "What.", "Why.", "Whose.", "Whom.", "How.", "For whom.", "To whom.", "About what.", "As what."];

/// Returns the first violation in a source file with its line, or `None`.
pub fn fault(path: &str, text: &str) -> Option<String> {
    let rust = path.ends_with(".rs") && !path.ends_with("vocabulary.rs");
    let script = [".ts", ".tsx", ".mjs"].iter().any(|end| path.ends_with(end)) && !path.contains("generated");
    if !rust && !script {
        return None;
    }
    text.lines().enumerate().find_map(|(number, line)| {
        let found = empty_comment(line).or_else(|| retired(line, if rust { RETIRED_RUST } else { RETIRED_SCRIPT }))?;
        Some(format!("line {}: {found}", number + 1))
    })
}

fn empty_comment(line: &str) -> Option<String> {
    let comment = line.trim_start().trim_start_matches(['/', '*', '!']).trim();
    let is_comment = line.trim_start().starts_with("//") || line.trim_start().starts_with("/*") || line.trim_start().starts_with('*');
    let text = comment.trim_end_matches("*/").trim();
    (is_comment && EMPTY_COMMENTS.contains(&text)).then(|| format!("the comment `{text}` has no information"))
}

fn retired(line: &str, names: &[&str]) -> Option<String> {
    if line.trim_start().starts_with(['*', '/']) {
        return None;
    }
    let code = without_string_literals(line.split("//").next().unwrap_or_default());
    let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| names.contains(word)).map(|word| format!("`{word}` is a retired name"))
}

/// The line without the text between quotes.
fn without_string_literals(line: &str) -> String {
    let parts = line.split(['"', '`', '\'']);
    parts.step_by(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_names_and_empty_comments_are_reported() {
        assert!(fault("crates/x/src/a.rs", "fn f(x: Want) {}").is_some());
        assert!(fault("pkg/src/a.ts", "const a = useActing();").is_some());
        assert!(fault("crates/x/src/a.rs", "    /// Who.").is_some());
        assert!(fault("pkg/src/a.ts", "  /** When. */").is_some());
    }

    #[test]
    fn other_names_strings_and_prose_are_ignored() {
        assert!(fault("crates/x/src/a.rs", "fn wanted() {} // Want more").is_none());
        assert!(fault("crates/x/src/a.rs", "let text = \"Stop\";").is_none());
        assert!(fault("README.md", "Stop").is_none());
        assert!(fault("crates/x/src/a.rs", "    /// Who invited.").is_none());
    }
}
