//! What rows bring, as they were read and as they are taken.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, RefundStamp, TransactionId};
use hyvitys_paytrail::Callback;
use hyvitys_store::journal::EvidenceStatus;
use hyvitys_store::payments::PaymentFacts;

use super::PlannedFile;
use super::plan::Reason;
use super::settled::Settled;
use crate::why::Why;

/// What a row brings.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// The row's number.
    pub row: u32,
    pub item: Item,
    pub settled: Option<Settled>,
    pub take: Take,
}

impl Planned {
    /// An item that is taken with the import.
    pub const fn of(row: u32, item: Item) -> Planned {
        Planned {
            row,
            item,
            settled: None,
            take: Take::Now,
        }
    }
}

/// When a row's item is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// With the import.
    Now,
    /// When Paytrail has answered for its id: alone it says too little.
    Later,
    /// When a person says whose it is.
    Chosen,
    /// It waits already: it is noted that this import brings it, too.
    Noted,
    /// Only what was paid out: as a refund it proves nothing.
    Settlement,
}

/// What a row says.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Facts(Box<PaymentFacts>),
    Refund(RefundRow),
    Await(TransactionId),
    /// A verified address, and when a log says it was called.
    Callback(Box<Callback>, Option<DateTime<Utc>>),
}

/// What a row says of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RefundRow {
    pub stamp: Option<RefundStamp>,
    /// Positive.
    pub amount: Money,
    /// `None` for a status that this program does not know.
    pub status: Option<EvidenceStatus>,
    pub transaction_id: Option<TransactionId>,
    /// The reference of the payment.
    pub original: Option<String>,
    pub source: &'static str,
    pub at: DateTime<Utc>,
}

/// Why a row can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub column: Option<String>,
    pub reason: Reason,
}

impl Problem {
    pub fn new(why: Why, words: impl std::fmt::Display) -> Problem {
        Problem {
            column: None,
            reason: Reason::new(why, words),
        }
    }

    pub fn at(column: &str, why: Why, words: impl std::fmt::Display) -> Problem {
        Problem {
            column: Some(column.to_owned()),
            ..Problem::new(why, words)
        }
    }
}

/// A row as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub line: usize,
    /// Which record of a JSON array, from 1.
    pub record: Option<usize>,
    pub item: Result<Item, Problem>,
    pub settled: Option<Settled>,
}

impl Row {
    pub const fn new(line: usize, item: Result<Item, Problem>) -> Row {
        Row {
            line,
            record: None,
            item,
            settled: None,
        }
    }

    pub fn of(line: usize, said: Result<(Item, Option<Settled>), Problem>) -> Row {
        match said {
            Ok((item, settled)) => Row {
                settled,
                ..Row::new(line, Ok(item))
            },
            Err(problem) => Row::new(line, Err(problem)),
        }
    }
}

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct ParsedFile {
    pub about: PlannedFile,
    pub rows: Vec<Row>,
    pub newest: Option<DateTime<Utc>>,
}
