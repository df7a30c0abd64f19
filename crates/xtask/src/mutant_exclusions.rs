//! The mutants that `.cargo/mutants.toml` excludes from mutation testing: each has a reason and is about a function that exists.

/// Path of the file, relative to the root.
pub const PATH: &str = ".cargo/mutants.toml";

/// Faults of the file's text. `sources` are the texts in which the functions are looked up.
pub fn faults(text: &str, sources: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut before = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with(['\'', '"']) {
            let reason = before.strip_prefix('#').map(str::trim);
            if !reason.is_some_and(|reason| reason.contains(' ') && reason.ends_with('.')) {
                faults.push(format!("{PATH}: {line}: no reason in the line before"));
            }
            match function_of(line) {
                Some(name) if sources.iter().any(|source| source.contains(&format!("fn {name}"))) => {}
                _ => faults.push(format!("{PATH}: {line}: no such function")),
            }
        }
        before = line;
    }
    faults
}

/// The function that a pattern is about, as in `replace | with ^ in module::function` or `function -> Type with value`.
fn function_of(pattern: &str) -> Option<&str> {
    let path = match pattern.split_once(" -> ") {
        Some((path, _)) => path,
        None => pattern.rsplit_once(" in ")?.1,
    };
    let name = path.rsplit(' ').next()?.rsplit("::").next()?;
    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_needs_a_reason_and_a_function() {
        let sources = ["fn decode(text: &str) {}", "fn next(&mut self) -> Option<u8> {}"];
        let listed = |text: &str| faults(text, &sources).len();
        assert_eq!(listed("# The bits do not overlap.\n'replace \\| with \\^ in decode',\n"), 0);
        assert_eq!(listed("# It would never end.\n'Segments<.*>>::next -> Option<u8> with Some',\n"), 0);
        assert_eq!(listed("'replace \\| with \\^ in decode',\n"), 1);
        assert_eq!(listed("# todo\n'replace \\| with \\^ in decode',\n"), 1);
        assert_eq!(listed("# The bits do not overlap.\n'replace \\| with \\^ in encode',\n"), 1);
    }
}
