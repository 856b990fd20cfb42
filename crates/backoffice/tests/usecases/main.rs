//! The use cases against a shop on this machine that checks every signature.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod accounts;
mod audit;
mod bulk_plan;
mod bulk_run;
mod check;
mod confirmed;
mod drafts;
mod export;
mod give_id;
mod holds;
mod import;
mod imports;
mod operations;
mod order_check;
mod orders;
mod payments;
mod pending;
mod refund_policy;
mod settings;
mod settlements;
mod setup;
mod shop;
