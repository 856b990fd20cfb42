//! The audit log, and what was found of it.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use hyvitys_backoffice::{
    AuditKind, AuditPage, AuditQuery, AuditRow, ChainBreak, ChainReport, Error, ExportFormat, Flaw,
    HeadCheck, Unproven, flaw_code,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AccountNumber, Cents, Count, Kind, OpState, mirror, read, words};

/// The number of an entry: 1, 2, 3 … without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct EntryNumber(#[specta(type = i32)] pub(crate) i64);

/// What entries are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename = "AuditKind")]
#[serde(rename_all = "camelCase")]
pub enum AuditKindDto {
    /// Refunds, activations and cancels.
    Operations,
    /// Batches.
    Batches,
    /// Payments that are made here.
    Payments,
    /// Files that were read or taken back.
    Imports,
    /// Tables that were written.
    Exports,
    /// Settings.
    Settings,
    /// Shops.
    Accounts,
    /// The data file itself.
    DataFile,
}

impl From<AuditKindDto> for AuditKind {
    fn from(kind: AuditKindDto) -> AuditKind {
        match kind {
            AuditKindDto::Operations => AuditKind::Operations,
            AuditKindDto::Batches => AuditKind::Batches,
            AuditKindDto::Payments => AuditKind::Payments,
            AuditKindDto::Imports => AuditKind::Imports,
            AuditKindDto::Exports => AuditKind::Exports,
            AuditKindDto::Settings => AuditKind::Settings,
            AuditKindDto::Accounts => AuditKind::Accounts,
            AuditKindDto::DataFile => AuditKind::DataFile,
        }
    }
}

/// Which entries to read; empty parts leave nothing out.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename = "AuditQuery")]
pub struct AuditQueryDto {
    /// About this.
    kind: Option<AuditKindDto>,
    /// By this person.
    by: Option<String>,
    /// From this time on (UTC).
    from: Option<String>,
    /// Before this time (UTC).
    until: Option<String>,
    /// With these words in it.
    text: String,
}

impl AuditQueryDto {
    /// The same for an account.
    pub(crate) fn of(self, account: AccountNumber) -> Result<AuditQuery, Error> {
        let time = |text: Option<String>| -> Result<Option<DateTime<Utc>>, Error> {
            text.map(|text| read(&text)).transpose()
        };
        Ok(AuditQuery {
            account: Some(account.into()),
            kind: self.kind.map(Into::into),
            by: self.by,
            from: time(self.from)?,
            until: time(self.until)?,
            text: self.text,
        })
    }
}

/// An entry of the audit log.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    seq: EntryNumber,
    at: String,
    /// Who was logged in to the operating system.
    by: String,
    /// A stable dotted word.
    what: String,
    /// The operation that it is about, what that does and where it stands now.
    operation: Option<String>,
    kind: Option<Kind>,
    state: Option<OpState>,
    amount: Option<Cents>,
    reference: String,
    refund_reason: Option<String>,
    /// By this the payment that it is about is asked for.
    payment: Option<String>,
    request_id: Option<String>,
    /// Whether its hash was made with a key.
    sealed: bool,
    /// More, by name: texts as they are, all else as JSON.
    values: BTreeMap<String, String>,
}

impl From<&AuditRow> for AuditEntry {
    fn from(row: &AuditRow) -> AuditEntry {
        let entry = &row.entry;
        let values = values(&entry.detail);
        let payment = row.transaction_id.map(|id| id.to_string());
        AuditEntry {
            seq: EntryNumber(entry.seq),
            at: words(entry.at),
            by: entry.os_user.clone(),
            what: entry.what.clone(),
            operation: entry.operation.map(|id| id.to_string()),
            kind: row.kind.map(Into::into),
            state: row.state.map(Into::into),
            amount: row.amount.map(Into::into),
            reference: row.reference.clone(),
            refund_reason: row.refund_reason.clone(),
            payment: payment.or_else(|| values.get("transactionId").cloned()),
            request_id: entry.request_id.clone(),
            sealed: !entry.key_id.is_empty(),
            values,
        }
    }
}

fn values(detail: &str) -> BTreeMap<String, String> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(detail) else {
        return BTreeMap::new();
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, text(value)?)))
        .collect()
}

/// A part of the audit log.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "AuditPage")]
pub struct AuditPageDto {
    /// The newest first.
    rows: Vec<AuditEntry>,
    /// Before which entry the next page begins.
    next: Option<EntryNumber>,
}

impl From<&AuditPage> for AuditPageDto {
    fn from(page: &AuditPage) -> AuditPageDto {
        AuditPageDto {
            rows: page.rows.iter().map(Into::into).collect(),
            next: page.next.map(EntryNumber),
        }
    }
}

mirror! {
    /// How the end of the log compares with what this machine remembers.
    #[serde(rename = "HeadCheck")]
    HeadCheckDto of HeadCheck {
        /// It is the same.
        Agrees,
        /// The machine remembers none.
        NotKept,
        /// What is remembered came from another machine.
        Elsewhere,
        /// What is remembered can't be read.
        Unreadable,
    }
}

/// What is wrong where the log does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AuditFlaw {
    /// An entry is not there.
    Missing,
    /// An entry is not as it was written.
    Changed,
    /// An entry has a value that this program never writes.
    Unreadable,
    /// Entries at the end are missing.
    CutOff,
    /// The machine remembers another entry.
    NotAsKnown,
    /// An operation says something else.
    Operation,
    /// A refund made elsewhere stands otherwise.
    ForeignRefund,
    /// A setting stands otherwise.
    Setting,
}

/// Entries that could not be proven.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "Unproven")]
pub struct UnprovenDto {
    first: EntryNumber,
    last: EntryNumber,
    count: Count,
}

impl From<Unproven> for UnprovenDto {
    fn from(run: Unproven) -> UnprovenDto {
        UnprovenDto {
            first: EntryNumber(run.first),
            last: EntryNumber(run.last),
            count: run.count.into(),
        }
    }
}

/// Where the log does not hold.
#[derive(Clone, Debug, Serialize, Type)]
pub struct AuditBreak {
    seq: EntryNumber,
    what: AuditFlaw,
    /// Of a cut end: the last entry that the machine remembers.
    known: Option<EntryNumber>,
    /// The operation that differs.
    operation: Option<String>,
    /// The column, the refund's stamp or the setting that differs.
    of: Option<String>,
}

impl From<&ChainBreak> for AuditBreak {
    fn from(broken: &ChainBreak) -> AuditBreak {
        let (mut known, mut operation, mut of) = (None, None, None);
        let what = match &broken.flaw {
            Flaw::Missing => AuditFlaw::Missing,
            Flaw::Changed => AuditFlaw::Changed,
            Flaw::Unreadable => AuditFlaw::Unreadable,
            Flaw::CutOff { known: last } => {
                known = Some(EntryNumber(*last));
                AuditFlaw::CutOff
            }
            Flaw::NotAsKnown => AuditFlaw::NotAsKnown,
            Flaw::Operation {
                operation: id,
                what,
            } => {
                operation = Some(id.to_string());
                of = Some((*what).to_owned());
                AuditFlaw::Operation
            }
            Flaw::ForeignRefund { stamp } => {
                of = Some(stamp.clone());
                AuditFlaw::ForeignRefund
            }
            Flaw::Setting { name } => {
                of = Some(name.clone());
                AuditFlaw::Setting
            }
        };
        tracing::warn!(
            seq = broken.seq,
            what = flaw_code(&broken.flaw),
            "the audit log does not hold"
        );
        AuditBreak {
            seq: EntryNumber(broken.seq),
            what,
            known,
            operation,
            of,
        }
    }
}

/// What checking the whole log found.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditReport {
    /// No change was found, and no key was missing.
    holds: bool,
    entries: Count,
    /// Up to which entry it fits.
    verified_to: EntryNumber,
    /// Made without a key.
    unsealed: Option<UnprovenDto>,
    /// Their key is not at hand.
    key_missing: Option<UnprovenDto>,
    head: HeadCheckDto,
    broken: Option<AuditBreak>,
}

impl From<&ChainReport> for AuditReport {
    fn from(report: &ChainReport) -> AuditReport {
        AuditReport {
            holds: report.holds(),
            entries: report.entries.into(),
            verified_to: EntryNumber(report.verified_to),
            unsealed: report.unsealed.map(Into::into),
            key_missing: report.key_missing.map(Into::into),
            head: report.head.into(),
            broken: report.broken.as_ref().map(Into::into),
        }
    }
}

/// The form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TableFormat {
    /// For a spreadsheet.
    Csv,
    /// A workbook.
    Xlsx,
    /// For programs.
    Json,
}

impl From<TableFormat> for ExportFormat {
    fn from(format: TableFormat) -> ExportFormat {
        match format {
            TableFormat::Csv => ExportFormat::Csv,
            TableFormat::Xlsx => ExportFormat::Xlsx,
            TableFormat::Json => ExportFormat::Json,
        }
    }
}

/// A table that was written.
#[derive(Clone, Debug, Serialize, Type)]
pub struct SavedTable {
    /// Where it is.
    path: String,
    /// How many rows it has.
    rows: Count,
}

impl SavedTable {
    /// A table of so many rows.
    pub(crate) fn new(path: &Path, rows: u64) -> SavedTable {
        SavedTable {
            path: path.display().to_string(),
            rows: rows.into(),
        }
    }
}
