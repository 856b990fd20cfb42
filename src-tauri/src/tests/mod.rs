//! The commands as the window calls them, without a desktop: JSON in, JSON out, a real data file, a real shop on loopback.

mod accounts;
mod audit;
mod drafts;
mod import;
mod money;
mod payments;
mod shop;
mod support;
mod sync;
