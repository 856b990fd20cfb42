//! The commands as the window calls them, without a desktop: JSON in, JSON out, a real data file, a real shop on loopback.

mod accounts;
mod audit;
mod bulk;
mod drafts;
mod import;
mod money;
#[cfg(target_os = "linux")]
mod notify;
mod payments;
mod shop;
mod support;
mod sync;
