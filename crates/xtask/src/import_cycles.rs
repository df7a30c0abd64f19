//! Import cycles between the source files of a Rust crate. Biome detects those of TypeScript (`noImportCycles`).

use std::collections::{BTreeMap, BTreeSet};

/// Module path and text of a source file.
pub type Module<'t> = (Vec<&'t str>, &'t str);

/// Crate and module path of a source file below `src/`; `None` for tests, binaries and other files.
pub fn module_of(path: &str) -> Option<(&str, Vec<&str>)> {
    let (krate, file) = path.split_once("/src/").filter(|_| path.ends_with(".rs"))?;
    let mut parts: Vec<&str> = file.strip_suffix(".rs")?.split('/').collect();
    if matches!(parts.as_slice(), [.., "mod" | "lib" | "main"]) {
        parts.pop();
    }
    let is_test = parts.last().is_some_and(|name| *name == "tests" || name.ends_with("_tests"));
    (!is_test && !parts.contains(&"bin")).then_some((krate, parts))
}

/// Imported files of each file, as module paths joined with `/`.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the first import cycle found, or `None`.
///
/// An import is any path that starts with `crate`, `super` or `self`, outside of unit tests. Re-exports (`pub use`) do not count,
/// because they do not use the item.
pub fn find_cycle(modules: &[Module<'_>]) -> Option<Vec<String>> {
    let known: BTreeSet<String> = modules.iter().map(|(path, _)| path.join("/")).collect();
    let graph: Graph = modules.iter().map(|(path, text)| (path.join("/"), imports(path, text, &known))).collect();
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(start, &graph, &mut Vec::new(), &mut done))
}

fn walk(at: &String, graph: &Graph, path: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|seen| seen == at) {
        return path.get(start..).map(<[_]>::to_vec);
    }
    if !done.insert(at.clone()) {
        return None;
    }
    path.push(at.clone());
    let found = graph.get(at).into_iter().flatten().find_map(|next| walk(next, graph, path, done));
    path.pop();
    found
}

fn imports(path: &[&str], text: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    let lines = text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
    let code: Vec<&str> = lines.map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join(" ");
    let statements = code.split(';').filter(|statement| !statement.trim_start().starts_with("pub use "));
    let targets = statements.flat_map(|statement| targets(path, statement));
    let own = path.join("/");
    targets.filter_map(|target| nearest(&target, known)).filter(|target| *target != own).collect()
}

/// Paths in a statement, resolved from the root of the crate.
fn targets(path: &[&str], statement: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (start, root) in ["crate::", "super::", "self::"].iter().flat_map(|root| statement.match_indices(root)) {
        let before = statement.get(..start).unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            continue;
        }
        let mut base: Vec<&str> = if root == "crate::" { Vec::new() } else { path.to_vec() };
        let mut rest = statement.get(start + root.len()..).unwrap_or_default();
        if root == "super::" {
            base.pop();
        }
        while let Some(further) = rest.strip_prefix("super::") {
            base.pop();
            rest = further;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        base.extend(rest.get(..end).unwrap_or_default().split("::").filter(|name| !name.is_empty()));
        let group = rest.get(end..).and_then(|rest| rest.strip_prefix('{')).map_or("", |group| group.split('}').next().unwrap_or_default());
        let items = group.split(',').map(|item| item.trim().split("::").next().unwrap_or_default()).filter(|item| !item.is_empty());
        let owned = |path: &[&str]| path.iter().map(|part| (*part).to_owned()).collect::<Vec<String>>();
        let before = found.len();
        found.extend(items.map(|item| owned(&[base.as_slice(), &[item]].concat())));
        if found.len() == before {
            found.push(owned(&base));
        }
    }
    found
}

/// File that defines a path: its longest prefix that is a file.
fn nearest(path: &[String], known: &BTreeSet<String>) -> Option<String> {
    (0..=path.len()).rev().map(|length| path.get(..length).unwrap_or_default().join("/")).find(|module| known.contains(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_import_each_other_are_a_cycle() {
        let one: Module<'_> = (vec!["a"], "use crate::b::{X, Y};");
        let two: Module<'_> = (vec!["b"], "fn f() { super::a::g() }");
        assert_eq!(find_cycle(&[one.clone(), two]).map(|files| files.len()), Some(2));
        let long = [(vec!["b"], "use super::c::d::Z;"), (vec!["c", "d"], "use crate::a;")];
        assert_eq!(find_cycle(&[vec![one.clone()], long.to_vec()].concat()).map(|files| files.len()), Some(3));
        assert_eq!(find_cycle(&[one, (vec!["b"], "use crate::c::W;"), (vec!["c"], "")]), None);
    }

    #[test]
    fn re_exports_comments_and_tests_do_not_count() {
        let parent: Module<'_> = (vec![], "mod a;\npub use a::X;\npub use crate::a::Y;");
        for text in ["use crate::X;", "use super::X;"] {
            assert_eq!(find_cycle(&[parent.clone(), (vec!["a"], text)]), None);
        }
        let ignored = "// use crate::a;\n#[cfg(test)]\nmod tests { use crate::a; }";
        assert_eq!(find_cycle(&[(vec!["a"], "use crate::b;"), (vec!["b"], ignored)]), None);
    }

    #[test]
    fn tests_and_binaries_are_not_modules() {
        assert_eq!(module_of("crates/core/src/decision/mod.rs"), Some(("crates/core", vec!["decision"])));
        assert_eq!(module_of("worker/src/lib.rs"), Some(("worker", vec![])));
        for path in ["crates/core/src/x/tests.rs", "crates/core/src/x_tests.rs", "crates/xtask/src/bin/x.rs", "crates/core/Cargo.toml"] {
            assert_eq!(module_of(path), None, "{path}");
        }
    }
}
