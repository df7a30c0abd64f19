//! `generate [--check]`: writes openapi.json and docs/problems from the route table and the problem registry,
//! or says whether they are what would be written.

use rolecall_wire::openapi;
use rolecall_wire::problem::{FIELD_CODES, ProblemCode};
use std::fs;
use std::path::Path;

/// The generated files: where, and what is in them.
fn files() -> [(&'static str, String); 2] {
    let document = format!("{:#}\n", openapi::document());
    [("openapi.json", document), ("docs/problems/README.md", problems())]
}

/// Writes the generated files below `root`; with `check`, fails where one differs instead.
pub fn generate(root: &Path, check: bool) -> Result<(), String> {
    for (name, wanted) in files() {
        let path = root.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == wanted) {
            continue;
        }
        if check {
            return Err(format!("{name} is not what the code says; run `npm run generate`"));
        }
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, wanted)).map_err(|e| format!("{name}: {e}"))?;
        println!("wrote {name}");
    }
    Ok(())
}

fn problems() -> String {
    let mut page = String::from(
        "# Problems\n\n\
         Every failure is answered as `application/problem+json` (RFC 9457). Its `code` is one of these words and stable;\n\
         its `type` leads to the same explanation on the deployment itself. Generated from `crates/wire/src/problem.rs`.\n",
    );
    for code in ProblemCode::ALL {
        page.push_str(&format!("\n## {}\n\n**{} – {}**\n\n{}\n", code.as_str(), code.status(), code.title(), code.explanation()));
    }
    page.push_str("\n## Field codes\n\n`errors[].code` of `fields-invalid` is one of these.\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in FIELD_CODES {
        page.push_str(&format!("| `{code}` | {meaning} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_would_be_written() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert_eq!(generate(&root, true), Ok(()));
    }
}
