//! The use cases against a shop on this machine that checks every signature.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod accounts;
mod check;
mod holds;
mod import;
mod operations;
mod payments;
mod settings;
mod shop;
