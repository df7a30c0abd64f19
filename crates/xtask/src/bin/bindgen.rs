//! wasm-bindgen's own command line, in the version that `Cargo.lock` pins.
//!
//! Named `bindgen`: rustc refuses to build a binary called `wasm_bindgen` of another version.

fn main() {
    let result = wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os());
    if let Err(error) = result {
        eprintln!("error: {error:?}");
        std::process::exit(1);
    }
}
