//! The back office on the command line: the use cases of `hyvitys-backoffice`, typed and printed.
//!
//! - `arguments` is what can be typed, `commands` what is done with it.
//! - `output` and `words` say it, to people or as JSON.
//! - `exit` sums it up in one number: a script must never take an unknown outcome for a failure, nor a
//!   failure for a refund, so every state and every error has its own number or says why it shares it.
//!
//! There is no rule about money in here: what may be sent, and what an answer proves, the use cases
//! decide, for this program and for the window alike.

mod arguments;
mod commands;
mod exit;
mod output;
mod secret_input;
mod why;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use hyvitys_backoffice::{Code, Error};

use arguments::Arguments;
use exit::Outcome;
use output::Output;

/// Runs the program with these arguments (the first is its own name) and says how it ended: 0 done or
/// accepted, 2 bad input or refused by our own rules, 3 refused by Paytrail, 4 outcome unknown, 5
/// nothing was sent.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, typed.iter().any(|word| word == "--json")),
    };
    let output = Output::new(arguments.json);
    match commands::run(arguments, output) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output.error(&error);
            Outcome::of_error(&error).into()
        }
    }
}

/// Help that was asked for, or what is wrong with the command line.
fn usage(error: &clap::Error, json: bool) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if json && !asked_for {
        let text = error.to_string();
        // What is wrong stands before the usage, on one line or with a list below it.
        let wrong = text.split("Usage:").next().unwrap_or_default();
        let wrong = wrong.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = wrong.trim_start_matches("error: ");
        let what =
            Error::new(Code::BadInput, message).next("hyvitys-cli --help shows what can be typed");
        Output::new(true).document(&output::ErrorJson { error: &what });
    }
    // Where neither stream can be written to, the exit code is all there is to tell it.
    let _ = error.print();
    if asked_for {
        Outcome::Fine.into()
    } else {
        Outcome::OwnRules.into()
    }
}
