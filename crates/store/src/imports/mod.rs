//! Imports as they were done: what each one did, how tables are read, what was paid out.
//!
//! An import is a run. Every payment that it made, changed or spoke of is noted, so that it can be taken
//! back as far as nothing else rests on it ([`WriteTx::undo_import`](crate::WriteTx::undo_import)).

mod layouts;
mod runs;
mod settled;

pub use crate::payments::Undone;
pub use runs::{ImportRun, RunCounts, RunId};
pub use settled::{SettledKind, SettlementEntry};
