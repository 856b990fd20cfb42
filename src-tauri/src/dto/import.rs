//! Import: what would change, then what did, and what can be taken back.

use std::collections::HashMap;

use hyvitys_backoffice::PaymentRef;
use hyvitys_backoffice::import::{
    Choice, Column, Counts, FieldChange, FileEncoding, FileKind, ImportOptions, ImportPhase,
    ImportPlan, ImportProgress, ImportResult, Joined, JoinedBy, Layout, PastImport, PlannedFile,
    PlannedRow, RowKind, RunId, RunState, TableInfo, Undone, Verdict,
};
use hyvitys_backoffice::{Error, Why};
use hyvitys_store::payments::StoredPayment;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Cents, Count, ErrorDto, WhyDto, mirror, name, why, words};

/// The most rows of a preview. Those that need a person come first; the counts cover all.
pub(crate) const MOST_ROWS: usize = 500;

/// The most candidates of one row.
const MOST_CANDIDATES: usize = 20;

/// A file as the window read it.
#[derive(Clone, Deserialize, Type)]
pub struct ImportFile {
    /// What a person calls it.
    pub(crate) name: String,
    /// Its bytes in base64: encodings are recognised behind the window.
    pub(crate) text: String,
}

/// An enumeration that comes in as it goes out.
macro_rules! twin {
    ($(#[$doc:meta])* $name:ident of $theirs:ident { $($(#[$each:meta])* $variant:ident),* $(,)? }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
        #[serde(rename_all = "camelCase")]
        $(#[$doc])*
        pub enum $name { $($(#[$each])* $variant),* }

        impl From<$theirs> for $name {
            fn from(theirs: $theirs) -> $name {
                match theirs { $($theirs::$variant => $name::$variant),* }
            }
        }

        impl From<$name> for $theirs {
            fn from(own: $name) -> $theirs {
                match own { $($name::$variant => $theirs::$variant),* }
            }
        }
    };
}

twin! {
    /// What a file is.
    ImportKind of FileKind {
        /// An API payment report as JSON.
        ReportJson,
        /// An API payment report as CSV.
        ReportCsv,
        /// An export of the Merchant Panel.
        MerchantPanel,
        /// A settlement.
        Settlement,
        /// A web shop's export of orders.
        WooCommerce,
        /// Another table.
        Table,
        /// Transaction ids.
        TransactionIds,
        /// Signed addresses.
        SignedUrls,
    }
}

twin! {
    /// What a column of a table is.
    ImportColumn of Column {
        /// Paytrail's id.
        TransactionId,
        /// The shop's stamp.
        Stamp,
        /// The shop's reference.
        Reference,
        /// An amount in euros.
        AmountEuros,
        /// An amount in cents.
        AmountCents,
        /// A day.
        Date,
        /// A time of day.
        Time,
        /// A day and a time.
        DateTime,
        /// The status.
        Status,
        /// The payment method.
        Provider,
        /// The customer's email address.
        Email,
        /// The customer's first name.
        FirstName,
        /// The customer's last name.
        LastName,
        /// The customer's whole name.
        Name,
        /// The customer's company.
        Company,
        /// A refund's own stamp.
        RefundStamp,
        /// The reference of the payment that a refund belongs to.
        OriginalReference,
        /// A settlement's id.
        SettlementId,
        /// A settlement's reference.
        SettlementReference,
        /// When it was paid out.
        SettlementDate,
        /// What the payment method cost.
        Fee,
        /// The method's commission.
        Commission,
        /// Something about it in words.
        Description,
    }
}

mirror! {
    /// In which characters a file is written.
    ImportEncoding of FileEncoding {
        /// UTF-8, and spreadsheets.
        Utf8,
        /// UTF-8 with a byte order mark.
        Utf8Bom,
        /// Windows-1252.
        Windows1252,
        /// UTF-16.
        Utf16,
    }
}

mirror! {
    /// What a row is about.
    ImportRowKind of RowKind {
        /// A payment.
        Payment,
        /// A refund.
        Refund,
        /// The id of a payment that Paytrail is asked for.
        TransactionId,
    }
}

mirror! {
    /// What an import is doing.
    ImportStep of ImportPhase {
        /// It reads the files.
        Reading,
        /// It compares rows with what is known.
        Comparing,
        /// It keeps what the rows say.
        Keeping,
        /// It asks Paytrail.
        Asking,
    }
}

mirror! {
    /// By what a row was joined to a payment.
    ImportJoinedBy of JoinedBy {
        /// By Paytrail's id.
        TransactionId,
        /// By the shop's stamp.
        Stamp,
        /// By reference, amount and day.
        ReferenceAmountDay,
    }
}

/// How files are to be read, where a person says so.
#[derive(Clone, Debug, Default, Deserialize, Type)]
#[serde(rename = "ImportOptions")]
pub struct ImportOptionsDto {
    layouts: Vec<ImportLayout>,
}

/// How one file is to be read.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct ImportLayout {
    /// The file's number, from 0.
    file: u32,
    kind: Option<ImportKind>,
    /// One for each column of the header.
    columns: Option<Vec<Option<ImportColumn>>>,
    /// Tables with this header are read so from now on.
    remember: bool,
}

impl From<ImportOptionsDto> for ImportOptions {
    fn from(options: ImportOptionsDto) -> ImportOptions {
        let layout = |layout: ImportLayout| Layout {
            file: layout.file as usize,
            kind: layout.kind.map(Into::into),
            columns: layout.columns.map(|columns| {
                columns
                    .into_iter()
                    .map(|each| each.map(Into::into))
                    .collect()
            }),
            remember: layout.remember,
        };
        ImportOptions {
            layouts: options.layouts.into_iter().map(layout).collect(),
            ..ImportOptions::default()
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "ImportProgress")]
pub struct ImportProgressDto {
    phase: ImportStep,
    done: Count,
    of: Count,
}

impl From<ImportProgress> for ImportProgressDto {
    fn from(progress: ImportProgress) -> ImportProgressDto {
        ImportProgressDto {
            phase: progress.phase.into(),
            done: progress.done.into(),
            of: progress.of.into(),
        }
    }
}

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ImportVerdict {
    /// Not known yet.
    New,
    /// Something new is said of it.
    Changed,
    /// Nothing new.
    Same,
    /// A person has to decide.
    Ambiguous,
    /// It contradicts what is known.
    Conflict,
    /// It can't be read or believed.
    Broken,
}

impl From<&Verdict> for ImportVerdict {
    fn from(verdict: &Verdict) -> ImportVerdict {
        match verdict {
            Verdict::New => ImportVerdict::New,
            Verdict::Changed(_) => ImportVerdict::Changed,
            Verdict::Same => ImportVerdict::Same,
            Verdict::Ambiguous { .. } => ImportVerdict::Ambiguous,
            Verdict::Conflict { .. } => ImportVerdict::Conflict,
            Verdict::Broken { .. } => ImportVerdict::Broken,
        }
    }
}

/// One value that would change.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportChange {
    field: String,
    old: Option<String>,
    new: String,
}

impl From<&FieldChange> for ImportChange {
    fn from(change: &FieldChange) -> ImportChange {
        ImportChange {
            field: change.field.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
        }
    }
}

/// The payment that a row was joined to.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportJoined {
    payment: String,
    by: ImportJoinedBy,
}

impl From<Joined> for ImportJoined {
    fn from(joined: Joined) -> ImportJoined {
        ImportJoined {
            payment: joined.payment.to_string(),
            by: joined.by.into(),
        }
    }
}

/// A payment that an ambiguous row could mean.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportCandidate {
    /// Its transaction id, or `key:` and its key.
    payment: String,
    reference: String,
    /// The customer's name, or the email address.
    customer: String,
    amount: Cents,
    created_at: String,
    /// The status by its wire name.
    status: String,
}

/// The payments that a page's ambiguous rows could mean.
pub(crate) type Candidates = HashMap<PaymentRef, StoredPayment>;

fn candidate(payment: PaymentRef, found: &Candidates) -> Option<ImportCandidate> {
    let known = &found.get(&payment)?.payment;
    let customer = match name(&known.customer) {
        named if named.is_empty() => known.customer.email.clone().unwrap_or_default(),
        named => named,
    };
    Some(ImportCandidate {
        payment: payment.to_string(),
        reference: known.reference.clone(),
        customer,
        amount: known.amount.into(),
        created_at: words(known.created.at),
        status: known.status.as_str().to_owned(),
    })
}

/// A row of the preview.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportRow {
    /// Its number in the plan, for choices.
    row: u32,
    /// The file's number in the plan, from 0.
    file: u32,
    file_name: String,
    /// From 1.
    line: u32,
    /// Which record of a JSON array, from 1.
    record: Option<u32>,
    kind: ImportRowKind,
    about: String,
    verdict: ImportVerdict,
    changes: Vec<ImportChange>,
    joined: Option<ImportJoined>,
    candidates: Vec<ImportCandidate>,
    why: Option<WhyDto>,
    /// In English, where there is no `why`.
    message: Option<String>,
    column: Option<String>,
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The payments that these rows could mean.
pub(crate) fn meant(rows: &[(usize, &PlannedRow)]) -> Vec<PaymentRef> {
    let mut meant = Vec::new();
    for (_, row) in rows {
        if let Verdict::Ambiguous { candidates, .. } = &row.verdict {
            meant.extend(candidates.iter().take(MOST_CANDIDATES));
        }
    }
    meant
}

fn row(plan: &ImportPlan, at: usize, row: &PlannedRow, found: &Candidates) -> ImportRow {
    let mut shown = ImportRow {
        row: number(at),
        file: number(row.file),
        file_name: plan.file_name(row).to_owned(),
        line: number(row.line),
        record: row.record.map(number),
        kind: row.kind.into(),
        about: row.about.clone(),
        verdict: (&row.verdict).into(),
        changes: Vec::new(),
        joined: row.joined.map(Into::into),
        candidates: Vec::new(),
        why: None,
        message: None,
        column: None,
    };
    let reason = match &row.verdict {
        Verdict::New | Verdict::Same => None,
        Verdict::Changed(changes) => {
            shown.changes = changes.iter().map(Into::into).collect();
            None
        }
        Verdict::Ambiguous { candidates, why } => {
            let candidates = candidates.iter().take(MOST_CANDIDATES);
            shown.candidates = candidates
                .filter_map(|payment| candidate(*payment, found))
                .collect();
            Some(why)
        }
        Verdict::Conflict { why } => Some(why),
        Verdict::Broken { column, reason } => {
            shown.column.clone_from(column);
            Some(reason)
        }
    };
    if let Some(reason) = reason {
        shown.why = why(&reason.why);
        shown.message = shown.why.is_none().then(|| reason.words.clone());
    }
    shown
}

/// Some rows of a preview.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportRows {
    rows: Vec<ImportRow>,
    /// How many rows fit in all.
    total: Count,
}

impl ImportRows {
    pub(crate) fn of(
        plan: &ImportPlan,
        rows: &[(usize, &PlannedRow)],
        total: usize,
        found: &Candidates,
    ) -> ImportRows {
        ImportRows {
            rows: rows
                .iter()
                .map(|(at, each)| row(plan, *at, each, found))
                .collect(),
            total: total.into(),
        }
    }
}

/// How many rows have which verdict.
#[derive(Clone, Copy, Debug, Serialize, Type)]
pub struct ImportCounts {
    new: Count,
    changed: Count,
    same: Count,
    ambiguous: Count,
    conflict: Count,
    broken: Count,
}

impl From<Counts> for ImportCounts {
    fn from(counts: Counts) -> ImportCounts {
        ImportCounts {
            new: counts.new.into(),
            changed: counts.changed.into(),
            same: counts.same.into(),
            ambiguous: counts.ambiguous.into(),
            conflict: counts.conflict.into(),
            broken: counts.broken.into(),
        }
    }
}

/// A table's columns, and what they are taken for.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportTable {
    headers: Vec<String>,
    /// At most five rows; long cells are cut.
    sample: Vec<Vec<String>>,
    columns: Vec<Option<ImportColumn>>,
    /// Whether that was remembered from an earlier import.
    remembered: bool,
    /// What a row needs and no column gives.
    missing: Vec<ImportColumn>,
    /// Whether amounts are euros (else cents); null where they are whole numbers only and nobody has said.
    euros: Option<bool>,
}

impl From<&TableInfo> for ImportTable {
    fn from(table: &TableInfo) -> ImportTable {
        ImportTable {
            headers: table.headers.clone(),
            sample: table.sample.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| column.map(Into::into))
                .collect(),
            remembered: table.remembered,
            missing: table
                .missing
                .iter()
                .map(|column| (*column).into())
                .collect(),
            euros: table.euros,
        }
    }
}

/// A file of a plan.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportedFile {
    name: String,
    kind: ImportKind,
    encoding: ImportEncoding,
    delimiter: Option<String>,
    sheet: Option<String>,
    rows: Count,
    ignored: Count,
    table: Option<ImportTable>,
}

impl From<&PlannedFile> for ImportedFile {
    fn from(file: &PlannedFile) -> ImportedFile {
        ImportedFile {
            name: file.name.clone(),
            kind: file.kind.into(),
            encoding: file.encoding.into(),
            delimiter: file.delimiter.map(String::from),
            sheet: file.sheet.clone(),
            rows: file.rows.into(),
            ignored: file.ignored.into(),
            table: file.table.as_ref().map(Into::into),
        }
    }
}

/// What an import would do.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ImportPlan")]
#[serde(rename_all = "camelCase")]
pub struct ImportPlanDto {
    /// By this the plan is applied.
    pub(crate) plan: String,
    files: Vec<ImportedFile>,
    counts: ImportCounts,
    /// At most 500; what needs a person comes first.
    rows: Vec<ImportRow>,
    last_report_at: Option<String>,
}

impl ImportPlanDto {
    /// Converts, under the name by which the plan is kept.
    pub(crate) fn of(
        plan: &ImportPlan,
        name: String,
        rows: &[(usize, &PlannedRow)],
        found: &Candidates,
    ) -> ImportPlanDto {
        ImportPlanDto {
            plan: name,
            files: plan.files.iter().map(Into::into).collect(),
            counts: plan.counts.into(),
            rows: ImportRows::of(plan, rows, rows.len(), found).rows,
            last_report_at: plan.last_report.map(words),
        }
    }
}

/// A person's word to which payment a row belongs.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct ImportChoice {
    row: u32,
    /// A candidate's `payment`.
    payment: String,
}

impl TryFrom<ImportChoice> for Choice {
    type Error = Error;

    fn try_from(choice: ImportChoice) -> Result<Choice, Error> {
        Ok(Choice {
            row: choice.row as usize,
            payment: choice.payment.parse()?,
        })
    }
}

/// What an import did.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ImportResult")]
#[serde(rename_all = "camelCase")]
pub struct ImportResultDto {
    /// By what it can be undone; null where nothing changed.
    run: Option<ImportNumber>,
    /// Payments that are new or changed.
    payments: Count,
    /// Refunds made elsewhere that are known from now on.
    refunds: Count,
    /// Ids that still wait for Paytrail's answer.
    awaited: Count,
    /// Refunds of ours that a row settled.
    settled: Count,
    /// Refunds of ours of which a row says something else than what is proven.
    contradicted: Count,
    /// Ambiguous rows of which nothing was taken, since nobody has chosen.
    left_out: Count,
    /// It was stopped; what is counted here is kept.
    stopped: bool,
    /// Why Paytrail could not be asked for the ids; they wait for the next look.
    not_fetched: Option<ErrorDto>,
}

/// An import's number in this data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct ImportNumber(#[specta(type = i32)] i64);

impl From<RunId> for ImportNumber {
    fn from(id: RunId) -> ImportNumber {
        ImportNumber(id.row())
    }
}

impl From<ImportNumber> for RunId {
    fn from(number: ImportNumber) -> RunId {
        RunId::from_row(number.0)
    }
}

impl From<ImportResult> for ImportResultDto {
    fn from(result: ImportResult) -> ImportResultDto {
        let asked = result.awaited.new + result.awaited.waiting;
        ImportResultDto {
            run: result.run.map(Into::into),
            payments: (result.new + result.changed).into(),
            refunds: result.refunds_elsewhere.into(),
            awaited: asked.saturating_sub(result.fetched.fetched).into(),
            settled: result.settled.len().into(),
            contradicted: result.contradicted.len().into(),
            left_out: result.ambiguous.into(),
            stopped: result.stopped,
            not_fetched: result.not_fetched.map(Into::into),
        }
    }
}

/// An import that was done.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ImportRun")]
#[serde(rename_all = "camelCase")]
pub struct ImportRunDto {
    id: ImportNumber,
    at: String,
    /// Who was logged in to the operating system.
    by: String,
    files: Vec<String>,
    new: Count,
    changed: Count,
    refunds: Count,
    awaited: Count,
    undone_at: Option<String>,
    /// It was broken off: what is counted is kept, the rest was not begun.
    interrupted: bool,
    can_undo: bool,
    /// Why it can't be undone.
    why: Option<WhyDto>,
}

impl From<PastImport> for ImportRunDto {
    fn from(PastImport { run, state }: PastImport) -> ImportRunDto {
        let hindered = match state {
            RunState::Running => why(&Why::ImportRunning),
            RunState::Undone => why(&Why::ImportUndone),
            RunState::Interrupted | RunState::Ended => None,
        };
        ImportRunDto {
            id: run.id.into(),
            at: words(run.at),
            by: run.os_user,
            files: run.files,
            new: run.counts.new.into(),
            changed: run.counts.changed.into(),
            refunds: run.counts.refunds.into(),
            awaited: run.counts.awaited.into(),
            undone_at: run.undone_at.map(words),
            interrupted: state == RunState::Interrupted,
            can_undo: hindered.is_none(),
            why: hindered,
        }
    }
}

/// What undoing an import did.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportUndone {
    removed: Count,
    restored: Count,
    /// Payments that something else speaks of or works on since.
    kept: Count,
    /// What is refunded is never taken back.
    refunds_kept: Count,
}

impl From<Undone> for ImportUndone {
    fn from(undone: Undone) -> ImportUndone {
        ImportUndone {
            removed: undone.removed.into(),
            restored: undone.restored.into(),
            kept: undone.kept.into(),
            refunds_kept: undone.refunds_kept.into(),
        }
    }
}
