//! Import: payments arrive in files. A plan says what would change; then exactly that is done.
//!
//! Files are hostile: sizes, rows and lines are bounded, nothing in a file is ever opened, and a
//! broken row is reported by line and column without stopping the good ones. What a row says is
//! believed by where it comes from: a signed address after its signature was checked, a report as a
//! file that may fill in what no signature contradicts, an id as nothing but a question to Paytrail.
//! The same file twice changes nothing.

mod apply;
mod csv;
mod ids;
mod json;
mod judge;
mod recognise;
mod refunds;
mod report;
mod text;
mod urls;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, RefundStamp, TransactionId};
use hyvitys_paytrail::Callback;
use hyvitys_store::journal::EvidenceStatus;
use hyvitys_store::payments::PaymentFacts;

use crate::error::{Code, Error};
use crate::service::Backoffice;

pub use apply::ImportResult;

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;
/// The longest line, in bytes.
pub const LONGEST_LINE: usize = 1024 * 1024;
/// The most rows of one report (Paytrail's own limit).
pub const MOST_REPORT_ROWS: usize = 50_000;
/// The most ids or signed addresses of one file.
pub const MOST_IDS: usize = 200_000;

/// A file as it came; its name is for showing only.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// What a person calls it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a file was recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// An API payment report as JSON.
    ReportJson,
    /// An API payment report as CSV.
    ReportCsv,
    /// Transaction ids, one or more a line.
    TransactionIds,
    /// A table with a column of transaction ids.
    TransactionIdTable,
    /// Signed callback or redirect addresses, by themselves or within a web server's log.
    SignedUrls,
}

impl FileKind {
    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            FileKind::ReportJson => "payment report (JSON)",
            FileKind::ReportCsv => "payment report (CSV)",
            FileKind::TransactionIds => "transaction ids",
            FileKind::TransactionIdTable => "table with transaction ids",
            FileKind::SignedUrls => "signed addresses",
        }
    }
}

/// A file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// How many rows it has, broken ones too.
    pub rows: usize,
    /// Lines of a log that have no signed address.
    pub ignored: usize,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A payment.
    Payment,
    /// A refund.
    Refund,
    /// The id of a payment that Paytrail is asked for.
    TransactionId,
}

/// One value that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Which.
    pub field: String,
    /// What is known now; `None` for nothing.
    pub old: Option<String>,
    /// What it becomes.
    pub new: String,
}

/// What would become of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Something that is not known yet.
    New,
    /// Something known, of which something new is said.
    Changed(Vec<FieldChange>),
    /// Nothing new.
    Same,
    /// A person has to decide; nothing is taken.
    Ambiguous {
        /// The transaction ids (or stamps) of the payments that could be meant.
        candidates: Vec<String>,
        /// Why it is not clear.
        why: String,
    },
    /// It contradicts what is known; nothing is taken.
    Conflict {
        /// The contradiction.
        why: String,
    },
    /// It can't be read or believed; nothing is taken.
    Broken {
        /// The column, where there are columns.
        column: Option<String>,
        /// What is wrong.
        reason: String,
    },
}

/// A row of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRow {
    /// The name of the file.
    pub file: Arc<str>,
    /// The line in it, from 1.
    pub line: usize,
    /// What it is about.
    pub kind: RowKind,
    /// The reference, stamp or id that it names; empty where it could not be read.
    pub about: String,
    /// What would become of it.
    pub verdict: Verdict,
}

/// How many rows have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New.
    pub new: usize,
    /// Changed.
    pub changed: usize,
    /// Same.
    pub same: usize,
    /// Ambiguous.
    pub ambiguous: usize,
    /// Conflicts.
    pub conflict: usize,
    /// Broken.
    pub broken: usize,
}

/// What an import would do. A plain value: nothing is written until it is applied.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// Into which account.
    pub account: AccountId,
    /// The files.
    pub files: Vec<PlannedFile>,
    /// Their rows, in order.
    pub rows: Vec<PlannedRow>,
    /// The rows counted by verdict.
    pub counts: Counts,
    /// The newest row of the reports among the files (UTC).
    pub last_report: Option<DateTime<Utc>>,
    /// What is taken, in the order of the rows.
    pub(crate) items: Vec<Item>,
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
    pub reason: String,
}

/// The longest reason that is shown, in characters: reasons quote what they found.
const LONGEST_REASON: usize = 300;

impl Problem {
    pub fn new(reason: impl std::fmt::Display) -> Problem {
        Problem {
            column: None,
            reason: reason.to_string().chars().take(LONGEST_REASON).collect(),
        }
    }

    pub fn at(column: &str, reason: impl std::fmt::Display) -> Problem {
        Problem {
            column: Some(column.to_owned()),
            ..Problem::new(reason)
        }
    }
}

/// A row as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub line: usize,
    pub item: Result<Item, Problem>,
}

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct ParsedFile {
    pub name: Arc<str>,
    pub kind: FileKind,
    pub rows: Vec<Row>,
    pub ignored: usize,
    pub newest: Option<DateTime<Utc>>,
}

impl Backoffice {
    /// Reads files and says what importing them would do. Nothing is written.
    pub async fn plan_import(
        &self,
        account: AccountId,
        files: Vec<SourceFile>,
    ) -> Result<ImportPlan, Error> {
        let account = self.account(account).await?;
        let recognised = blocking(move || {
            files
                .into_iter()
                .map(recognise::recognise)
                .collect::<Result<Vec<_>, Error>>()
        })
        .await??;
        let signed = recognised
            .iter()
            .any(|file| file.kind == FileKind::SignedUrls);
        let credentials = if signed {
            Some(self.credentials(&account).await?)
        } else {
            None
        };
        let now = self.inner.clock.now().at;
        let parsed = blocking(move || {
            recognised
                .iter()
                .map(|file| recognise::parse(file, credentials.as_ref(), now))
                .collect::<Result<Vec<_>, Error>>()
        })
        .await??;
        let id = account.id;
        Ok(self
            .inner
            .store
            .read(move |tx| judge::judge(tx, id, parsed, now))
            .await?)
    }
}

/// Runs what computes for long where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(Code::BadInput, format!("the import broke off: {error}")))
}
