//! Circles of imports between the source files of a Rust crate. TypeScript's are refused by Biome (`noImportCycles`).

use std::collections::{BTreeMap, BTreeSet};

/// A file of a crate: its module path, and its text.
pub type Module<'t> = (Vec<&'t str>, &'t str);

/// The module path of a source file below `src/`; None where it is no source file of a crate.
pub fn module_of(path: &str) -> Option<(&str, Vec<&str>)> {
    let (krate, file) = path.split_once("/src/").filter(|_| path.ends_with(".rs"))?;
    let mut parts: Vec<&str> = file.strip_suffix(".rs")?.split('/').collect();
    if matches!(parts.as_slice(), [.., "mod" | "lib" | "main"]) {
        parts.pop();
    }
    let is_test = parts.last().is_some_and(|name| *name == "tests" || name.ends_with("_tests"));
    (!is_test && !parts.contains(&"bin")).then_some((krate, parts))
}

/// Which files each file imports, by module paths joined with `/`.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The files that import each other in a circle, the first one found; None where there is no circle.
///
/// An import is any path that begins with `crate`, `super` or `self`, outside of unit tests. A re-export (`pub use`) is none: it
/// names a child in its parent and uses nothing.
pub fn circle(modules: &[Module<'_>]) -> Option<Vec<String>> {
    let known: BTreeSet<String> = modules.iter().map(|(path, _)| path.join("/")).collect();
    let graph: Graph = modules.iter().map(|(path, text)| (path.join("/"), imports(path, text, &known))).collect();
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(start, &graph, &mut Vec::new(), &mut done))
}

fn walk(at: &String, graph: &Graph, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|seen| seen == at) {
        return way.get(start..).map(<[_]>::to_vec);
    }
    if !done.insert(at.clone()) {
        return None;
    }
    way.push(at.clone());
    let found = graph.get(at).into_iter().flatten().find_map(|next| walk(next, graph, way, done));
    way.pop();
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

/// The paths that a statement names, from the root of the crate.
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

/// The file that defines a path: the longest beginning of the path that is a file.
fn nearest(path: &[String], known: &BTreeSet<String>) -> Option<String> {
    (0..=path.len()).rev().map(|length| path.get(..length).unwrap_or_default().join("/")).find(|module| known.contains(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_import_each_other_are_a_circle() {
        let one: Module<'_> = (vec!["a"], "use crate::b::{X, Y};");
        let two: Module<'_> = (vec!["b"], "fn f() { super::a::g() }");
        assert_eq!(circle(&[one.clone(), two]).map(|files| files.len()), Some(2));
        let long = [(vec!["b"], "use super::c::d::Z;"), (vec!["c", "d"], "use crate::a;")];
        assert_eq!(circle(&[vec![one.clone()], long.to_vec()].concat()).map(|files| files.len()), Some(3));
        assert_eq!(circle(&[one, (vec!["b"], "use crate::c::W;"), (vec!["c"], "")]), None);
    }

    #[test]
    fn re_exports_comments_and_tests_are_no_imports() {
        let parent: Module<'_> = (vec![], "mod a;\npub use a::X;\npub use crate::a::Y;");
        for text in ["use crate::X;", "use super::X;"] {
            assert_eq!(circle(&[parent.clone(), (vec!["a"], text)]), None);
        }
        let quiet = "// use crate::a;\n#[cfg(test)]\nmod tests { use crate::a; }";
        assert_eq!(circle(&[(vec!["a"], "use crate::b;"), (vec!["b"], quiet)]), None);
    }

    #[test]
    fn tests_and_binaries_are_no_modules() {
        assert_eq!(module_of("crates/core/src/decision/mod.rs"), Some(("crates/core", vec!["decision"])));
        assert_eq!(module_of("worker/src/lib.rs"), Some(("worker", vec![])));
        for path in ["crates/core/src/x/tests.rs", "crates/core/src/x_tests.rs", "crates/xtask/src/bin/x.rs", "crates/core/Cargo.toml"] {
            assert_eq!(module_of(path), None, "{path}");
        }
    }
}
