//! Writes the OpenAPI document without indentation for the Worker: the file in the repository is indented, so that its changes can
//! be reviewed.

use std::{env, error::Error, fs, path::Path};

const DOCUMENT: &str = "../openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(DOCUMENT)?)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("openapi.json"), document.to_string())?;
    Ok(())
}
