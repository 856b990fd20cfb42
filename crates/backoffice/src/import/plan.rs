//! The plan: what would become of each row.

use chrono::{DateTime, Utc};
use hyvitys_domain::AccountId;

use super::items::Planned;
use super::{Column, PlannedFile};
use crate::payments::PaymentRef;
use crate::why::Why;

/// The longest reason that is shown, in characters: reasons quote what they found.
const LONGEST_REASON: usize = 300;

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
    /// Which record of a JSON array it is, from 1: many or all of them may stand on one line.
    pub record: Option<usize>,
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
    pub(super) const fn urgency(&self) -> u8 {
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
