//! The desktop program: reads its few arguments, opens the window, and reports why it could not.

// A release on Windows opens no console behind the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use clap::Parser;
use hyvitys::Options;

fn main() -> ExitCode {
    match hyvitys::run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hyvitys: {error}");
            ExitCode::FAILURE
        }
    }
}
