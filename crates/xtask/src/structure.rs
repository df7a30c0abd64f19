//! `check`: structural rules of ARCHITECTURE.md that the compiler does not enforce. Each rule checks one file or manifest; a unit
//! test shows that each can fail.

use crate::import_cycles::{Module, find_cycle, module_of};
use crate::mutant_exclusions;
use crate::vocabulary;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Which workspace crates each crate may depend on.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("json", &[]),
    ("policy", &["json"]),
    ("audit", &["json"]),
    ("attribute-policy", &[]),
    ("core", &["json", "policy", "audit", "attribute-policy"]),
    ("app", &["core"]),
    ("store", &["core", "app"]),
    ("wire", &["core", "attribute-policy"]),
    ("sdk", &["json", "policy", "audit"]),
    ("xtask", &["wire"]),
    ("worker", &["policy", "core", "app", "store", "wire"]),
];

/// Crates that are pure: no clock, no randomness, no I/O, no async, no JavaScript.
const PURE: &[&str] = &["json", "policy", "audit", "attribute-policy", "core"];

/// Names that pure crates must not use.
const IMPURE: &[&str] = &[
    "async fn",
    "SystemTime",
    "Instant::now",
    "getrandom",
    "rand::",
    "js_sys",
    "wasm_bindgen",
    "JsValue",
    "std::fs",
    "std::net::Tcp",
    "std::env",
    "thread::sleep",
];

/// Maximum number of lines of a hand-written source file.
const LINES_MAX: usize = 450;

/// Prefixes of SQL statements.
const SQL: &[&str] = &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "DROP TABLE "];

/// A file: its path relative to the root, separated by `/`, and its text.
struct Source<'a> {
    path: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn krate(&self) -> &str {
        let parts: Vec<&str> = self.path.split('/').collect();
        match parts.as_slice() {
            ["crates", name, ..] => name,
            [first, ..] => first,
            [] => "",
        }
    }

    /// Lines before the unit tests, without comment lines.
    fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
        lines.filter(|line| !line.trim_start().starts_with("//"))
    }

    fn is_rust_source(&self) -> bool {
        self.path.ends_with(".rs") && self.path.contains("/src/") && !self.path.ends_with("/tests.rs")
    }
}

/// A rule: returns the violation in a file, or `None`.
type Rule = fn(&Source<'_>) -> Option<String>;

const RULES: &[(&str, Rule)] = &[
    ("crates depend only on permitted crates", dependencies),
    ("pure crates have no side effects", purity),
    ("SQL is in crates/store only", sql),
    ("HTTP statuses of errors are in the problem registry and the route table only", statuses),
    ("permissions of roles are in policy/default.json only", pairs),
    ("no crate has bindings to JavaScript", bindings),
    ("sessions begin in decision/session_start.rs only", session_start),
    ("files have a maximum length", length),
    ("files start with module documentation", header),
    ("no local paths and no secrets", leaks),
    ("no retired names and no empty comments", vocabulary),
];

/// Checks every file below `root` against every rule.
///
/// # Errors
/// All violations, one a line.
pub fn check(root: &Path) -> Result<(), String> {
    let mut faults = Vec::new();
    let mut count = 0;
    let mut sources: Vec<(String, String)> = Vec::new();
    walk(root, root, &mut |path, text| {
        count += 1;
        if module_of(path).is_some() {
            sources.push((path.to_owned(), text.to_owned()));
        }
        let source = Source { path, text };
        faults.extend(RULES.iter().filter_map(|(name, rule)| rule(&source).map(|fault| format!("{path}: {name}: {fault}"))));
    });
    if count < 50 {
        return Err(format!("only {count} files were found: the root is wrong"));
    }
    faults.extend(import_cycles(&sources));
    let texts: Vec<&str> = sources.iter().map(|(_, text)| text.as_str()).collect();
    faults.extend(mutant_exclusions::faults(&fs::read_to_string(root.join(mutant_exclusions::PATH)).unwrap_or_default(), &texts));
    if faults.is_empty() {
        println!("structure: {count} files, {} rules passed", RULES.len() + 2);
        return Ok(());
    }
    Err(faults.join("\n"))
}

/// Import cycles, the first one of each crate.
fn import_cycles(sources: &[(String, String)]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Vec<Module<'_>>> = BTreeMap::new();
    for (path, text) in sources {
        if let Some((krate, module)) = module_of(path) {
            crates.entry(krate).or_default().push((module, text));
        }
    }
    crates.iter().filter_map(|(krate, modules)| Some(format!("{krate}: import cycle: {}", find_cycle(modules)?.join(" → ")))).collect()
}

fn vocabulary(source: &Source<'_>) -> Option<String> {
    vocabulary::fault(source.path, source.text)
}

fn walk(root: &Path, folder: &Path, visit: &mut impl FnMut(&str, &str)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let skipped = ["target", "node_modules", ".wrangler", "dist", "build", "wasm", "output"];
        // `.git` is a folder in a clone and a file in a linked worktree.
        if name == ".git" || (path.is_dir() && skipped.contains(&name.as_str())) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, visit);
        } else if let (Ok(text), Ok(relative)) = (fs::read_to_string(&path), path.strip_prefix(root)) {
            visit(&relative.to_string_lossy().replace('\\', "/"), &text);
        }
    }
}

fn dependencies(source: &Source<'_>) -> Option<String> {
    if !source.path.ends_with("/Cargo.toml") {
        return None;
    }
    let Some((_, allowed)) = MAY_DEPEND.iter().find(|(name, _)| *name == source.krate()) else {
        let workspace = source.path.starts_with("crates/");
        return workspace.then(|| format!("the permitted dependencies of `{}` are not listed", source.krate()));
    };
    let normal = source.text.split("\n[dependencies]").nth(1)?.split("\n[").next()?;
    let used =
        normal.lines().filter_map(|line| line.trim().strip_prefix("rolecall-")).filter_map(|line| line.split(['.', ' ', '=']).next());
    used.filter(|name| !allowed.contains(name)).map(|name| format!("`{}` may not depend on `{name}`", source.krate())).next()
}

fn purity(source: &Source<'_>) -> Option<String> {
    if !source.is_rust_source() || !PURE.contains(&source.krate()) {
        return None;
    }
    source.code().find_map(|line| IMPURE.iter().find(|word| contains_name(line, word))).map(|word| format!("`{word}`"))
}

/// Whether a line contains the name at the start of an identifier: `rand::` does not occur in `Operand::`.
fn contains_name(line: &str, name: &str) -> bool {
    let is_identifier = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| line.get(..at).is_some_and(|before| !before.ends_with(is_identifier)))
}

fn sql(source: &Source<'_>) -> Option<String> {
    if !source.is_rust_source() || ["store", "xtask"].contains(&source.krate()) {
        return None;
    }
    source.code().find(|line| SQL.iter().any(|word| line.contains(&format!("\"{word}")))).map(str::to_owned)
}

fn statuses(source: &Source<'_>) -> Option<String> {
    let permitted = [
        "crates/wire/src/problem.rs",
        "crates/wire/src/route_table.rs",
        "crates/wire/src/route_table/people.rs",
        "crates/wire/src/route.rs",
    ];
    if !source.is_rust_source() || ["xtask", "json"].contains(&source.krate()) || permitted.contains(&source.path) {
        return None;
    }
    // Crates that use HTTP can have a status on any line; elsewhere a number counts only if the line mentions a status.
    let can_have_status = |line: &str| ["wire", "worker"].contains(&source.krate()) || line.to_ascii_lowercase().contains("status");
    let is_status = |word: &str| word.len() == 3 && matches!(word.parse::<u16>(), Ok(400..=431 | 500..=511));
    let has_status = |line: &str| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').any(is_status);
    source.code().find(|line| can_have_status(line) && has_status(line)).map(str::to_owned)
}

fn pairs(source: &Source<'_>) -> Option<String> {
    if !source.is_rust_source() || source.krate() == "xtask" {
        return None;
    }
    // Codes of a permission and a role on one line suggest a second policy table.
    let permission = |line: &str| line.contains("pods.manage") || line.contains("billing.view") || line.contains("members.manage\"");
    let role = |line: &str| ["\"dev\"", "\"basic\"", "\"billing\"", "\"admin\""].iter().any(|role| line.contains(role));
    source.code().find(|line| permission(line) && role(line)).map(str::to_owned)
}

fn bindings(source: &Source<'_>) -> Option<String> {
    if !source.path.ends_with("/Cargo.toml") {
        return None;
    }
    source.text.lines().find(|line| line.starts_with("wasm-bindgen") || line.starts_with("js-sys")).map(str::to_owned)
}

/// Second-factor-gate: whatever else inserted a session would pass by the second factor of its user.
fn session_start(source: &Source<'_>) -> Option<String> {
    let decides = ["crates/core/src/decision/", "crates/app/src/", "worker/src/"].iter().any(|folder| source.path.starts_with(folder));
    if !decides || !source.is_rust_source() || source.path.contains("/tests/") || source.path == "crates/core/src/decision/session_start.rs"
    {
        return None;
    }
    source.code().find(|line| line.contains("InsertSession")).map(str::to_owned)
}

fn length(source: &Source<'_>) -> Option<String> {
    let hand_written =
        [".rs", ".ts", ".tsx", ".mjs", ".js"].iter().any(|end| source.path.ends_with(end)) && !source.path.contains("generated");
    let lines = source.text.lines().count();
    (hand_written && lines > LINES_MAX).then(|| format!("{lines} lines, at most {LINES_MAX}"))
}

fn header(source: &Source<'_>) -> Option<String> {
    let first = source.text.trim_start();
    let is_documented = first.starts_with("//!") || first.starts_with("#![") || first.starts_with("// ") || first.starts_with("/*");
    (source.is_rust_source() && !is_documented).then(|| "no module documentation".to_owned())
}

fn leaks(source: &Source<'_>) -> Option<String> {
    if source.path.ends_with("structure.rs") || source.path == ".dev.vars" || source.path.ends_with(".log") {
        return None;
    }
    let patterns = ["-----BEGIN", "/root/", "/home/", "/work/", "registry.npmjs.org", "index.crates.io", "static.crates.io"];
    patterns.iter().find(|pattern| source.text.contains(**pattern)).map(|pattern| format!("`{pattern}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(rule: Rule, path: &str, text: &str) -> bool {
        rule(&Source { path, text }).is_some()
    }

    #[test]
    fn every_rule_can_fail() {
        assert!(fault(dependencies, "crates/core/Cargo.toml", "[package]\n\n[dependencies]\nrolecall-store.workspace = true\n"));
        assert!(fault(purity, "crates/core/src/x.rs", "fn f() { let t = std::time::Instant::now(); }"));
        assert!(fault(purity, "crates/policy/src/x.rs", "pub async fn f() {}"));
        assert!(fault(purity, "crates/policy/src/x.rs", "let x = f(rand::random());"));
        assert!(!fault(purity, "crates/policy/src/x.rs", "Operand::parse(text)"));
        assert!(fault(sql, "worker/src/x.rs", "let q = \"SELECT 1\";"));
        assert!(fault(statuses, "worker/src/x.rs", "Response::error(\"no\", 404)"));
        assert!(fault(statuses, "crates/wire/src/x.rs", "if code == 429 {"));
        assert!(fault(statuses, "crates/core/src/x.rs", "fn status(&self) -> u16 { 404 }"));
        assert!(fault(pairs, "crates/core/src/x.rs", "(\"dev\", \"pods.manage\"),"));
        assert!(fault(bindings, "crates/core/Cargo.toml", "wasm-bindgen = \"0.2\""));
        assert!(fault(session_start, "crates/core/src/decision/x.rs", "effects.push(Effect::InsertSession(session));"));
        assert!(fault(length, "crates/core/src/x.rs", &"x\n".repeat(LINES_MAX + 1)));
        assert!(fault(header, "crates/core/src/x.rs", "use std::fmt;"));
        assert!(fault(leaks, "README.md", "see /root/x"));
        assert!(fault(vocabulary, "crates/core/src/x.rs", "struct Insider;"));
        let source = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(import_cycles(&[source("crates/x/src/a.rs", "use crate::b;"), source("crates/x/src/b.rs", "use crate::a;")]).len(), 1);
    }

    #[test]
    fn permitted_code_passes() {
        assert!(!fault(dependencies, "crates/app/Cargo.toml", "[package]\n\n[dependencies]\nrolecall-core.workspace = true\n"));
        assert!(!fault(
            dependencies,
            "crates/store/Cargo.toml",
            "[package]\n\n[dependencies]\n\n[dev-dependencies]\nrolecall-audit.workspace = true\n"
        ));
        assert!(!fault(
            purity,
            "crates/core/src/x.rs",
            "// Instant::now is not permitted\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { std::env::args(); } }"
        ));
        assert!(!fault(session_start, "crates/core/src/decision/session_start.rs", "Effect::InsertSession(session)"));
        assert!(!fault(session_start, "crates/store/src/effects.rs", "Effect::InsertSession(s) => statement!("));
        assert!(!fault(statuses, "crates/wire/src/problem.rs", "404"));
        assert!(!fault(statuses, "crates/core/src/x.rs", "pub const MAILS_PER_TEAM: i64 = 500;"));
        assert!(!fault(statuses, "worker/src/x.rs", "const MAX: usize = 4096; let year = 2026;"));
        assert!(!fault(sql, "crates/store/src/x.rs", "const Q: &str = \"SELECT 1\";"));
    }

    #[test]
    fn the_repository_passes() {
        assert_eq!(check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")), Ok(()));
    }
}
