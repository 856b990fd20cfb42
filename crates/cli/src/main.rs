//! The program `hyvitys-cli`: see the library for what it does and how it ends.

use std::process::ExitCode;

fn main() -> ExitCode {
    hyvitys_cli::main(std::env::args_os())
}
