//! Import: payments arrive in files. A plan says what would change; then exactly that is done.
//!
//! Files are hostile: sizes, rows and lines are bounded, nothing in a file is ever opened, and a
//! broken row is reported by line and column without stopping the good ones. What a row says is
//! believed by where it comes from: a signed address after its signature was checked, a report as a
//! file that may fill in what no signature contradicts, an id as nothing but a question to Paytrail.
//! The same file twice changes nothing, and an import can be undone as far as nothing else rests on it.

mod amounts;
mod apply;
mod columns;
mod csv;
mod dates;
mod ids;
mod json;
mod judge;
mod recognise;
mod refunds;
mod report;
mod runs;
mod settled;
mod sheet;
mod table;
mod text;
mod urls;
mod watch;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, RefundStamp, TransactionId};
use hyvitys_paytrail::Callback;
use hyvitys_store::journal::EvidenceStatus;
use hyvitys_store::payments::PaymentFacts;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::payments::PaymentRef;
use crate::service::Backoffice;
use crate::why::Why;

use recognise::Recognised;
use settled::Settled;

pub use apply::ImportResult;
pub use columns::Column;
pub use hyvitys_store::imports::{ImportRun, RunCounts, RunId, Undone};
pub use watch::{ImportPhase, ImportProgress, ImportWatch};

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

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// An API payment report as JSON.
    ReportJson,
    /// An API payment report as CSV.
    ReportCsv,
    /// An export of the Merchant Panel.
    MerchantPanel,
    /// A settlement: what was paid out.
    Settlement,
    /// A web shop's export of orders.
    WooCommerce,
    /// Another table.
    Table,
    /// Transaction ids, one or more a line.
    TransactionIds,
    /// Signed callback or redirect addresses, by themselves or within a web server's log.
    SignedUrls,
}

impl FileKind {
    /// All of them.
    pub const ALL: [FileKind; 8] = [
        FileKind::ReportJson,
        FileKind::ReportCsv,
        FileKind::MerchantPanel,
        FileKind::Settlement,
        FileKind::WooCommerce,
        FileKind::Table,
        FileKind::TransactionIds,
        FileKind::SignedUrls,
    ];

    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            FileKind::ReportJson => "payment report (JSON)",
            FileKind::ReportCsv => "payment report (CSV)",
            FileKind::MerchantPanel => "Merchant Panel export",
            FileKind::Settlement => "settlement",
            FileKind::WooCommerce => "WooCommerce orders",
            FileKind::Table => "table",
            FileKind::TransactionIds => "transaction ids",
            FileKind::SignedUrls => "signed addresses",
        }
    }

    /// Its name, as on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            FileKind::ReportJson => "reportJson",
            FileKind::ReportCsv => "reportCsv",
            FileKind::MerchantPanel => "merchantPanel",
            FileKind::Settlement => "settlement",
            FileKind::WooCommerce => "wooCommerce",
            FileKind::Table => "table",
            FileKind::TransactionIds => "transactionIds",
            FileKind::SignedUrls => "signedUrls",
        }
    }

    /// Whether it has rows and columns.
    pub const fn is_table(self) -> bool {
        matches!(
            self,
            FileKind::ReportCsv
                | FileKind::MerchantPanel
                | FileKind::Settlement
                | FileKind::WooCommerce
                | FileKind::Table
        )
    }
}

impl FromStr for FileKind {
    type Err = String;

    fn from_str(text: &str) -> Result<FileKind, String> {
        let found = FileKind::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known = FileKind::ALL.map(FileKind::as_str).join(", ");
            format!("'{text}' is none of: {known}")
        })
    }
}

/// In which characters a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, and spreadsheets.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// Windows-1252.
    Windows1252,
    /// UTF-16.
    Utf16,
}

/// How one file of an import is to be read, where a person says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The file's number among those of the import, from 0.
    pub file: usize,
    /// What it is.
    pub kind: Option<FileKind>,
    /// What each of its columns is.
    pub columns: Option<Vec<Option<Column>>>,
    /// Tables with the same header are read so from now on, once this one is imported.
    pub remember: bool,
}

/// How files are to be read, where a person says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// File by file.
    pub layouts: Vec<Layout>,
    /// What all files are.
    pub kind: Option<FileKind>,
    /// Columns of all tables by their names in the header, or their numbers from 1.
    pub columns: Vec<(String, Column)>,
}

/// A table's columns, and what they are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// The names in the header.
    pub headers: Vec<String>,
    /// The first rows, with long values cut.
    pub sample: Vec<Vec<String>>,
    /// What each column is.
    pub columns: Vec<Option<Column>>,
    /// Whether that was remembered from an earlier import.
    pub remembered: bool,
    /// What a row needs and no column gives.
    pub missing: Vec<Column>,
    /// Whether amounts are euros (else cents); `None` where they are whole numbers only and nobody has said.
    pub euros: Option<bool>,
    /// By what the header is known again.
    pub(crate) fingerprint: String,
}

/// A file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// In which characters it is written.
    pub encoding: FileEncoding,
    /// What stands between its columns, where it is a text with columns.
    pub delimiter: Option<char>,
    /// Which sheet was read, of a spreadsheet.
    pub sheet: Option<String>,
    /// How many rows it has, broken ones too.
    pub rows: usize,
    /// Lines of a log that have no signed address, and rows of a table that say nothing of Paytrail's payments.
    pub ignored: usize,
    /// Its columns, if it is a table.
    pub table: Option<TableInfo>,
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
        /// The payments that could be meant.
        candidates: Vec<PaymentRef>,
        /// Why it is not clear.
        why: Reason,
    },
    /// It contradicts what is known; nothing is taken.
    Conflict {
        /// The contradiction.
        why: Reason,
    },
    /// It can't be read or believed; nothing is taken.
    Broken {
        /// The column, where there are columns.
        column: Option<String>,
        /// What is wrong.
        reason: Reason,
    },
}

/// What is the matter with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs.
    pub why: Why,
    /// The same in English.
    pub words: String,
}

impl Reason {
    pub(crate) fn new(why: Why, words: impl std::fmt::Display) -> Reason {
        Reason {
            why,
            words: words.to_string().chars().take(LONGEST_REASON).collect(),
        }
    }
}

/// By what a row was joined to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinedBy {
    /// By Paytrail's id.
    TransactionId,
    /// By the shop's stamp.
    Stamp,
    /// By reference, amount and day.
    ReferenceAmountDay,
}

/// To which payment a row was joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The payment.
    pub payment: PaymentRef,
    /// By what.
    pub by: JoinedBy,
}

/// A row of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRow {
    /// The number of the file in the plan, from 0.
    pub file: usize,
    /// The line in it, from 1.
    pub line: usize,
    /// What it is about.
    pub kind: RowKind,
    /// The reference, stamp or id that it names; empty where it could not be read.
    pub about: String,
    /// What would become of it.
    pub verdict: Verdict,
    /// The payment that it is about, where it is known here.
    pub joined: Option<Joined>,
}

impl PlannedRow {
    /// How much a person is needed: less is more.
    const fn urgency(&self) -> u8 {
        match self.verdict {
            Verdict::Broken { .. } => 0,
            Verdict::Conflict { .. } => 1,
            Verdict::Ambiguous { .. } => 2,
            Verdict::Changed(_) => 3,
            Verdict::New => 4,
            Verdict::Same => 5,
        }
    }
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
    /// What is taken, and what a person may choose, in the order of the rows.
    pub(crate) items: Vec<Planned>,
    /// The rows' numbers, those first that need a person most.
    pub(crate) order: Vec<u32>,
    /// Layouts to remember: a fingerprint and its columns.
    pub(crate) remember: Vec<(String, Vec<Option<Column>>)>,
}

impl ImportPlan {
    /// The rows that fit, with their numbers, those first that need a person most: at most `limit` of
    /// them after the first `from`, and how many fit in all.
    pub fn page(
        &self,
        fits: impl Fn(&PlannedRow) -> bool,
        from: usize,
        limit: usize,
    ) -> (Vec<(usize, &PlannedRow)>, usize) {
        let mut total = 0;
        let mut page = Vec::new();
        for number in &self.order {
            let number = *number as usize;
            let Some(row) = self.rows.get(number).filter(|row| fits(row)) else {
                continue;
            };
            if total >= from && page.len() < limit {
                page.push((number, row));
            }
            total += 1;
        }
        (page, total)
    }

    /// The name of a row's file.
    pub fn file_name(&self, row: &PlannedRow) -> &str {
        self.files.get(row.file).map_or("", |file| &file.name)
    }
}

/// A person's word to which payment an ambiguous row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The row's number in the plan.
    pub row: usize,
    /// The payment, one of the row's candidates.
    pub payment: PaymentRef,
}

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

/// The longest reason that is shown, in characters: reasons quote what they found.
const LONGEST_REASON: usize = 300;

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
    pub item: Result<Item, Problem>,
    pub settled: Option<Settled>,
}

impl Row {
    pub const fn new(line: usize, item: Result<Item, Problem>) -> Row {
        Row {
            line,
            item,
            settled: None,
        }
    }

    pub fn of(line: usize, said: Result<(Item, Option<Settled>), Problem>) -> Row {
        match said {
            Ok((item, settled)) => Row {
                line,
                item: Ok(item),
                settled,
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

impl Backoffice {
    /// Reads files and says what importing them would do. Nothing is written.
    pub async fn plan_import(
        &self,
        account: AccountId,
        files: Vec<SourceFile>,
    ) -> Result<ImportPlan, Error> {
        let (options, watch) = (ImportOptions::default(), ImportWatch::default());
        self.plan_import_as(account, files, options, watch).await
    }

    /// [`Backoffice::plan_import`] as a person says that the files are read, and as it is watched.
    pub async fn plan_import_as(
        &self,
        account: AccountId,
        files: Vec<SourceFile>,
        options: ImportOptions,
        watch: ImportWatch,
    ) -> Result<ImportPlan, Error> {
        let account = self.account(account).await?;
        let said = options.clone();
        let mut recognised = blocking(move || {
            files
                .into_iter()
                .enumerate()
                .map(|(number, file)| recognise::recognise(number, file, &said))
                .collect::<Result<Vec<_>, Error>>()
        })
        .await??;
        let prints: Vec<_> = recognised.iter().map(Recognised::fingerprint).collect();
        let remembered = self
            .inner
            .store
            .read(move |tx| {
                let layout = |print: Option<String>| match print {
                    Some(print) => tx.import_layout(&print),
                    None => Ok(None),
                };
                prints
                    .into_iter()
                    .map(layout)
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        for (file, layout) in recognised.iter_mut().zip(remembered) {
            file.settle(layout.as_deref(), &options)?;
        }
        let signed = recognised
            .iter()
            .any(|file| file.kind == FileKind::SignedUrls);
        let credentials = if signed {
            Some(self.credentials(&account).await?)
        } else {
            None
        };
        let now = self.inner.clock.now().at;
        let watching = watch.clone();
        let (parsed, remember) = blocking(move || {
            let remember = recognised.iter().filter_map(Recognised::remember).collect();
            let all = recognised.len();
            let mut parsed = Vec::with_capacity(all);
            for (number, file) in recognised.into_iter().enumerate() {
                watching.at(ImportPhase::Reading, number, all)?;
                parsed.push(recognise::parse(
                    file,
                    credentials.as_ref(),
                    now,
                    &watching,
                )?);
            }
            Ok::<_, Error>((parsed, remember))
        })
        .await??;
        let id = account.id;
        let judged = self
            .inner
            .store
            .read(move |tx| judge::judge(tx, id, parsed, now, &watch))
            .await?;
        let mut plan = judged.ok_or_else(watch::stopped)?;
        plan.remember = remember;
        Ok(plan)
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
