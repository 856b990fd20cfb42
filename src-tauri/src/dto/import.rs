//! Import: what would change, then what did.

use hyvitys_backoffice::import::{
    FieldChange, ImportPlan, ImportResult, PlannedRow, RowKind, Verdict,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, ErrorDto, mirror, words};

/// The most rows of a preview. Those that need a person come first; the counts cover all.
const MOST_ROWS: usize = 500;

/// A file as the window read it.
#[derive(Clone, Deserialize, Type)]
pub struct ImportFile {
    /// What a person calls it.
    pub(crate) name: String,
    /// Its bytes in base64: encodings are recognised behind the window.
    pub(crate) text: String,
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

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
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

/// A row of the preview.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportRow {
    file: String,
    /// From 1.
    line: u32,
    kind: ImportRowKind,
    about: String,
    verdict: ImportVerdict,
    changes: Vec<ImportChange>,
    why: Option<String>,
    column: Option<String>,
}

impl From<&PlannedRow> for ImportRow {
    fn from(row: &PlannedRow) -> ImportRow {
        let (verdict, changes, why, column) = match &row.verdict {
            Verdict::New => (ImportVerdict::New, Vec::new(), None, None),
            Verdict::Changed(changes) => (
                ImportVerdict::Changed,
                changes.iter().map(Into::into).collect(),
                None,
                None,
            ),
            Verdict::Same => (ImportVerdict::Same, Vec::new(), None, None),
            Verdict::Ambiguous { candidates, why } => (
                ImportVerdict::Ambiguous,
                Vec::new(),
                Some(format!("{why} ({})", candidates.join(", "))),
                None,
            ),
            Verdict::Conflict { why } => {
                (ImportVerdict::Conflict, Vec::new(), Some(why.clone()), None)
            }
            Verdict::Broken { column, reason } => (
                ImportVerdict::Broken,
                Vec::new(),
                Some(reason.clone()),
                column.clone(),
            ),
        };
        ImportRow {
            file: row.file.to_string(),
            line: u32::try_from(row.line).unwrap_or(u32::MAX),
            kind: row.kind.into(),
            about: row.about.clone(),
            verdict,
            changes,
            why,
            column,
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

/// A file of a plan.
#[derive(Clone, Debug, Serialize, Type)]
pub struct ImportedFile {
    name: String,
    kind: String,
    rows: Count,
    ignored: Count,
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
    pub(crate) fn of(plan: &ImportPlan, name: String) -> ImportPlanDto {
        let mut rows: Vec<&PlannedRow> = plan.rows.iter().collect();
        rows.sort_by_key(|row| match row.verdict {
            Verdict::Broken { .. } => 0,
            Verdict::Conflict { .. } => 1,
            Verdict::Ambiguous { .. } => 2,
            Verdict::Changed(_) => 3,
            Verdict::New => 4,
            Verdict::Same => 5,
        });
        ImportPlanDto {
            plan: name,
            files: plan
                .files
                .iter()
                .map(|file| ImportedFile {
                    name: file.name.clone(),
                    kind: format!("{:?}", file.kind),
                    rows: file.rows.into(),
                    ignored: file.ignored.into(),
                })
                .collect(),
            counts: ImportCounts {
                new: plan.counts.new.into(),
                changed: plan.counts.changed.into(),
                same: plan.counts.same.into(),
                ambiguous: plan.counts.ambiguous.into(),
                conflict: plan.counts.conflict.into(),
                broken: plan.counts.broken.into(),
            },
            rows: rows.into_iter().take(MOST_ROWS).map(Into::into).collect(),
            last_report_at: plan.last_report.map(words),
        }
    }
}

/// What an import did.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ImportResult")]
#[serde(rename_all = "camelCase")]
pub struct ImportResultDto {
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
    /// Why Paytrail could not be asked for the ids; they wait for the next look.
    not_fetched: Option<ErrorDto>,
}

impl From<ImportResult> for ImportResultDto {
    fn from(result: ImportResult) -> ImportResultDto {
        let asked = result.awaited.new + result.awaited.waiting;
        ImportResultDto {
            payments: (result.new + result.changed).into(),
            refunds: result.refunds_elsewhere.into(),
            awaited: asked.saturating_sub(result.fetched.fetched).into(),
            settled: result.settled.len().into(),
            contradicted: result.contradicted.len().into(),
            not_fetched: result.not_fetched.map(Into::into),
        }
    }
}
