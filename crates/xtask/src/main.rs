//! Development tasks: `cargo run -p rolecall-xtask -- <task>`.
//!
//! `check` verifies the structural rules of ARCHITECTURE.md. `generate` writes the files that are generated from the code;
//! `generate --check` verifies that they are up to date.

mod import_cycles;
mod mutant_exclusions;
mod openapi;
mod structure;
mod vocabulary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["check"] => structure::check(&root()),
        ["generate"] => openapi::generate(&root(), false),
        ["generate", "--check"] => openapi::generate(&root(), true),
        _ => Err("usage: xtask check | generate [--check]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
