//! Lets Tauri read its configuration and the capabilities of the window.
//!
//! The capabilities lie beside the shell and not at the root, where Tauri looks for them by itself, so their place is told here.

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    match tauri_build::try_build(attributes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the window's configuration does not build: {error:#}");
            ExitCode::FAILURE
        }
    }
}
