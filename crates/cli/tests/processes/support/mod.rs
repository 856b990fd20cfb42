//! What the tests start: a [`Shop`] (the sandbox) and a [`Desk`] (a person with the command line, a
//! home folder of their own, and no keychain).

mod desk;
mod http;
mod process;
mod shop;

pub use desk::{Desk, Ended};
pub use shop::Shop;

use serde_json::Value;

/// The secret that Paytrail publishes for testing.
pub const TEST_SECRET: &str = "SAIPPUAKAUPPIAS";

/// The text under `name` in a JSON object.
pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {object}"))
}

/// The whole number under `name` in a JSON object.
pub fn number(object: &Value, name: &str) -> i64 {
    object[name]
        .as_i64()
        .unwrap_or_else(|| panic!("{name} is no number in {object}"))
}

/// Cents as euros are typed.
pub fn euros(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}
