//! Command line of wasm-bindgen, in the version that `Cargo.lock` pins.
//!
//! It is named `bindgen` because rustc refuses to build a binary called `wasm_bindgen` of another version.

fn main() {
    let result = wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os());
    if let Err(error) = result {
        eprintln!("error: {error:?}");
        std::process::exit(1);
    }
}
