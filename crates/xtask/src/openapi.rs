//! `generate [--check]`: writes openapi.json and docs/problems from the route table and the problem registry, or verifies that
//! they are up to date.

use rolecall_wire::openapi;
use rolecall_wire::problem::{FIELD_CODES, ProblemCode};
use std::fs;
use std::path::Path;

/// Generated files as pairs of relative path and content.
fn files() -> [(&'static str, String); 2] {
    let document = format!("{:#}\n", openapi::document());
    [("openapi.json", document), ("docs/problems/README.md", problems())]
}

/// Writes the generated files below `root`; with `check`, writes nothing.
///
/// # Errors
/// A message if a file cannot be written or, with `check`, is out of date.
pub fn generate(root: &Path, check: bool) -> Result<(), String> {
    for (name, content) in files() {
        let path = root.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == content) {
            continue;
        }
        if check {
            return Err(format!("{name} is out of date; run `npm run generate`"));
        }
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, content)).map_err(|e| format!("{name}: {e}"))?;
        println!("wrote {name}");
    }
    Ok(())
}

fn problems() -> String {
    let mut page = String::from(
        "# Problems\n\n\
         Every error response is a problem document (`application/problem+json`, RFC 9457). Its `code` is one of the codes below;\n\
         codes are stable. Its `type` is the URL of the same explanation on the deployment. Generated from `crates/wire/src/problem.rs`.\n",
    );
    for code in ProblemCode::ALL {
        page.push_str(&format!("\n## {}\n\n**{} – {}**\n\n{}\n", code.as_str(), code.status(), code.title(), code.explanation()));
    }
    page.push_str("\n## Field codes\n\nValues of `errors[].code` in a `fields-invalid` problem.\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in FIELD_CODES {
        page.push_str(&format!("| `{code}` | {meaning} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_up_to_date() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert_eq!(generate(&root, true), Ok(()));
    }
}
