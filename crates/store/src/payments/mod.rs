//! Payments: what the sources said of them, joined, searchable and summed up.
//!
//! No call of Paytrail lists payments, so they come from many sources that each know a part
//! ([`PaymentFacts`]). [`ReadTx::resolve`](crate::ReadTx::resolve) says what facts would change and
//! [`WriteTx::apply`](crate::WriteTx::apply) changes it, by the same rules: joined by transaction id, else by
//! stamp, else by reference, amount and day, and never against what is already known.
//!
//! A payment's key is its creation time, so that the order of keys is the order of the list and of
//! the search. It changes when a better source knows that time better: keep transaction ids, not
//! keys, beyond one transaction.

mod apply;
mod awaited;
mod before;
mod facts;
mod list;
mod merge;
mod names;
mod query;
mod query_error;
mod ranges;
mod resolve;
mod rollup;
mod row;
mod search;
mod search_text;
mod select;
mod sort;
mod sources;
mod top;
mod totals;
mod undo;
mod write;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use hyvitys_domain::Payment;

pub use apply::Chosen;
pub use awaited::{Awaited, AwaitedCounts};
pub use facts::{
    Applied, Change, ConflictWhy, Created, Outcome, PaymentFacts, Precision, Resolution,
};
pub use list::{LONGEST_PAGE, Page};
pub use query::{Part, Query, RefundedIs};
pub use query_error::QueryError;
pub use ranges::{AmountRange, DayRange};
pub use rollup::DaySum;
pub use row::{Answer, LineSummary, PaymentIdentity};
pub use sort::{Cursor, Sort, SortBy};
pub use sources::{Field, Source, Sources};
pub use totals::{MOST_COUNTED, Totals};
pub use undo::Undone;

/// A payment's key: greater is later. It may change when facts are applied; as text it names a payment
/// that has no transaction id, for as long as it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentKey(i64);

/// A text that is no cursor of a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a place in a list: take it from the answer before")]
pub struct NotAKey(String);

/// How far a creation time is shifted to make room for payments of the same millisecond.
const TIE_BITS: u32 = 20;

/// The latest creation time that fits a key, in milliseconds since 1970 (year 2248).
const LATEST_MS: i64 = (1 << 43) - 1;

impl PaymentKey {
    pub(crate) const fn from_row(row: i64) -> PaymentKey {
        PaymentKey(row)
    }

    pub(crate) const fn row(self) -> i64 {
        self.0
    }

    /// The first key of this millisecond or, outside 1970 to 2248, of the nearest one that there is.
    pub(crate) fn first_of(at: DateTime<Utc>) -> PaymentKey {
        PaymentKey(at.timestamp_millis().clamp(0, LATEST_MS) << TIE_BITS)
    }

    /// The first key after all of the same millisecond.
    pub(crate) const fn end_of_millisecond(self) -> PaymentKey {
        PaymentKey((self.0 | ((1 << TIE_BITS) - 1)).saturating_add(1))
    }

    /// The creation time in the key.
    pub(crate) fn time(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0 >> TIE_BITS).unwrap_or_default()
    }
}

impl fmt::Display for PaymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PaymentKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        i64::from_str_radix(text, 16)
            .ok()
            .filter(|_| hex)
            .map(PaymentKey)
            .ok_or_else(|| NotAKey(text.to_owned()))
    }
}

/// A payment with what the file knows about how it knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPayment {
    /// Its key, for now.
    pub key: PaymentKey,
    /// The payment; a stamp or reference that no source named is empty.
    pub payment: Payment,
    /// How well its creation time is known.
    pub precision: Precision,
    /// When the newest signed statement about its status was made (UTC).
    pub signed_status_at: Option<DateTime<Utc>>,
    /// Where each value came from.
    pub sources: Sources,
}
