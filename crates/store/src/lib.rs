//! The one SQLite file that holds everything: payments, their search, and the journal of money.
//!
//! Reads and writes live apart. One thread owns the only write connection and puts many jobs into
//! one durable commit; a few read-only connections on threads of their own answer the rest. A job
//! is a closure over [`WriteTx`] or [`ReadTx`]: what it does is one transaction, and its answer is
//! given only when it is on the disk. The file is never thrown away and made anew, since it is the
//! only place that knows which refunds were sent.

pub mod accounts;
pub mod batches;
mod codec;
mod db;
pub mod drafts;
mod error;
pub mod head;
pub mod imports;
pub mod journal;
mod migrate;
pub mod payments;
mod reader;
mod settings;
pub mod settlements;
mod writer;

pub use accounts::{Account, AccountError, NewAccount, Paused};
pub use db::{OpenOptions, SealKey, Store};
pub use error::StoreError;
pub use reader::ReadTx;
pub use writer::WriteTx;
