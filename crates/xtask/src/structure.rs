//! `check`: the rules of ARCHITECTURE.md that a compiler cannot see. Each rule looks at one file or manifest and
//! says what is wrong with it; the tests show that each can fail.

use crate::imports::{Module, circle, module_of};
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
    ("core", &["policy", "audit", "attribute-policy"]),
    ("app", &["core"]),
    ("store", &["core", "app"]),
    ("wire", &["core", "attribute-policy"]),
    ("sdk", &["json", "policy", "audit"]),
    ("xtask", &["wire", "core", "policy", "audit"]),
    ("worker", &["policy", "core", "app", "store", "wire"]),
];

/// Crates that are pure: no clock, no randomness, no I/O, no async, no JavaScript.
const PURE: &[&str] = &["json", "policy", "audit", "attribute-policy", "core"];

/// Words that only an impure crate may use.
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

/// Longest hand-written source file in lines: one that can be read in one go.
const LINES_MAX: usize = 450;

/// Beginnings of SQL statements.
const SQL: &[&str] = &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "DROP TABLE "];

/// Where a file stands, from the root, with `/`.
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

    /// The lines before the unit tests, without comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
        lines.filter(|line| !line.trim_start().starts_with("//"))
    }

    fn is_rust_source(&self) -> bool {
        self.path.ends_with(".rs") && self.path.contains("/src/") && !self.path.ends_with("/tests.rs")
    }
}

type Rule = fn(&Source<'_>) -> Option<String>;

const RULES: &[(&str, Rule)] = &[
    ("who may depend on whom", dependencies),
    ("pure crates stay pure", purity),
    ("SQL stands in crates/store only", sql),
    ("statuses stand in the problem registry and the route table only", statuses),
    ("role–permission pairs stand in policy/default.json only", pairs),
    ("wasm-bindgen stands in crates/sdk and the Worker only", bindings),
    ("files can be read in one go", length),
    ("the first lines say what belongs in a file", header),
    ("nothing of a machine and no secret", leaks),
    ("names and comments in the field's own words", words),
];

/// Holds every rule against every file; the error lists all that is wrong.
pub fn check(root: &Path) -> Result<(), String> {
    let mut faults = Vec::new();
    let mut seen = 0;
    let mut sources: Vec<(String, String)> = Vec::new();
    walk(root, root, &mut |path, text| {
        seen += 1;
        if module_of(path).is_some() {
            sources.push((path.to_owned(), text.to_owned()));
        }
        let source = Source { path, text };
        faults.extend(RULES.iter().filter_map(|(rule, holds)| holds(&source).map(|fault| format!("{path}: {rule}: {fault}"))));
    });
    if seen < 50 {
        return Err(format!("only {seen} files were seen: the check looks at the wrong place"));
    }
    faults.extend(circles(&sources));
    if faults.is_empty() {
        println!("structure: {seen} files, {} rules hold", RULES.len() + 1);
        return Ok(());
    }
    Err(faults.join("\n"))
}

/// No files of a crate import each other in a circle.
fn circles(sources: &[(String, String)]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Vec<Module<'_>>> = BTreeMap::new();
    for (path, text) in sources {
        if let Some((krate, module)) = module_of(path) {
            crates.entry(krate).or_default().push((module, text));
        }
    }
    crates.iter().filter_map(|(krate, modules)| Some(format!("{krate}: a circle of imports: {}", circle(modules)?.join(" → ")))).collect()
}

fn words(source: &Source<'_>) -> Option<String> {
    vocabulary::fault(source.path, source.text)
}

fn walk(root: &Path, folder: &Path, visit: &mut impl FnMut(&str, &str)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let skipped = ["target", "node_modules", ".wrangler", "dist", "build", "wasm", "output"];
        // Git's own is a folder in a clone, and a file in a further working tree.
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
        return workspace.then(|| format!("nothing says what `{}` may depend on", source.krate()));
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
    source.code().find_map(|line| IMPURE.iter().find(|word| holds_word(line, word))).map(|word| format!("`{word}`"))
}

/// Whether a word begins where no identifier goes on: `rand::` is none in `Operand::`.
fn holds_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| line.get(..at).is_some_and(|before| !before.ends_with(inside)))
}

fn sql(source: &Source<'_>) -> Option<String> {
    if !source.is_rust_source() || ["store", "xtask"].contains(&source.krate()) {
        return None;
    }
    source.code().find(|line| SQL.iter().any(|word| line.contains(&format!("\"{word}")))).map(str::to_owned)
}

fn statuses(source: &Source<'_>) -> Option<String> {
    let home = ["crates/wire/src/problem.rs", "crates/wire/src/table.rs", "crates/wire/src/routes.rs"];
    if !source.is_rust_source() || ["xtask", "json"].contains(&source.krate()) || home.contains(&source.path) {
        return None;
    }
    // What knows HTTP can hold a status anywhere; elsewhere a number is one where the line says so.
    let stands = |line: &str| ["wire", "worker"].contains(&source.krate()) || line.to_ascii_lowercase().contains("status");
    let is_status = |word: &str| word.len() == 3 && matches!(word.parse::<u16>(), Ok(400..=431 | 500..=511));
    let words = |line: &str| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').any(is_status);
    source.code().find(|line| stands(line) && words(line)).map(str::to_owned)
}

fn pairs(source: &Source<'_>) -> Option<String> {
    if !source.is_rust_source() || source.krate() == "xtask" {
        return None;
    }
    // A permission's code beside a role's: the start of a second table.
    let permission = |line: &str| line.contains("pods.manage") || line.contains("billing.view") || line.contains("members.manage\"");
    let role = |line: &str| ["\"dev\"", "\"basic\"", "\"billing\"", "\"admin\""].iter().any(|role| line.contains(role));
    source.code().find(|line| permission(line) && role(line)).map(str::to_owned)
}

fn bindings(source: &Source<'_>) -> Option<String> {
    if !source.path.ends_with("/Cargo.toml") || ["sdk", "worker", "xtask"].contains(&source.krate()) {
        return None;
    }
    source.text.lines().find(|line| line.starts_with("wasm-bindgen") || line.starts_with("js-sys")).map(str::to_owned)
}

fn length(source: &Source<'_>) -> Option<String> {
    let hand_written =
        [".rs", ".ts", ".tsx", ".mjs", ".js"].iter().any(|end| source.path.ends_with(end)) && !source.path.contains("generated");
    let lines = source.text.lines().count();
    (hand_written && lines > LINES_MAX).then(|| format!("{lines} lines, at most {LINES_MAX}"))
}

fn header(source: &Source<'_>) -> Option<String> {
    let first = source.text.trim_start();
    let said = first.starts_with("//!") || first.starts_with("#![") || first.starts_with("// ") || first.starts_with("/*");
    (source.is_rust_source() && !said).then(|| "no module documentation".to_owned())
}

fn leaks(source: &Source<'_>) -> Option<String> {
    if source.path.ends_with("structure.rs") || source.path == ".dev.vars" || source.path.ends_with(".log") {
        return None;
    }
    let marks = ["-----BEGIN", "/root/", "/home/", "/work/", "registry.npmjs.org", "index.crates.io", "static.crates.io"];
    marks.iter().find(|mark| source.text.contains(**mark)).map(|mark| format!("`{mark}`"))
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
        assert!(fault(length, "crates/core/src/x.rs", &"x\n".repeat(LINES_MAX + 1)));
        assert!(fault(header, "crates/core/src/x.rs", "use std::fmt;"));
        assert!(fault(leaks, "README.md", "see /root/x"));
        assert!(fault(words, "crates/core/src/x.rs", "struct Insider;"));
        let source = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(circles(&[source("crates/x/src/a.rs", "use crate::b;"), source("crates/x/src/b.rs", "use crate::a;")]).len(), 1);
    }

    #[test]
    fn what_is_allowed_passes() {
        assert!(!fault(dependencies, "crates/app/Cargo.toml", "[package]\n\n[dependencies]\nrolecall-core.workspace = true\n"));
        assert!(!fault(
            dependencies,
            "crates/store/Cargo.toml",
            "[package]\n\n[dependencies]\n\n[dev-dependencies]\nrolecall-audit.workspace = true\n"
        ));
        assert!(!fault(
            purity,
            "crates/core/src/x.rs",
            "// Instant::now is for others\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { std::env::args(); } }"
        ));
        assert!(!fault(statuses, "crates/wire/src/problem.rs", "404"));
        assert!(!fault(statuses, "crates/core/src/x.rs", "pub const MAILS_PER_TEAM: i64 = 500;"));
        assert!(!fault(statuses, "worker/src/x.rs", "const MAX: usize = 4096; let year = 2026;"));
        assert!(!fault(sql, "crates/store/src/x.rs", "const Q: &str = \"SELECT 1\";"));
    }

    #[test]
    fn the_tree_holds() {
        assert_eq!(check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")), Ok(()));
    }
}
