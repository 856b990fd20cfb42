//! Payment reports, JSON and CSV, in the form that data-formats documents: euros, Finnish local time,
//! refunds as rows of their own, and no transaction ids.

mod entry;
mod forms;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use chrono::NaiveDate;

use crate::books::Books;
use entry::Entry;

/// Every field of a report, in the order of a whole one.
pub const FIELDS: [&str; 30] = [
    "entryDate",
    "created",
    "amount",
    "status",
    "firstname",
    "familyname",
    "description",
    "reference",
    "paymentMethod",
    "stamp",
    "address",
    "postcode",
    "postoffice",
    "country",
    "checkoutReference",
    "archiveNumber",
    "payerName",
    "settlementId",
    "settlementDate",
    "settlementReference",
    "originalTradeReference",
    "vatPercentage",
    "vatAmount",
    "paymentMethodFee",
    "paymentMethodCommission",
    "companyName",
    "vatId",
    "terminalDisplayId",
    "refunditems",
    "tradeitems",
];

/// Which payments a report has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportStatus {
    /// Paid ones, settled or not, and refunds that went through.
    #[default]
    Paid,
    /// Those that a settlement has paid out.
    Settled,
    /// All, also what was never paid, and refunds that are pending or failed.
    All,
}

impl FromStr for ReportStatus {
    type Err = ();

    fn from_str(name: &str) -> Result<ReportStatus, ()> {
        match name {
            "default" | "paid" => Ok(ReportStatus::Paid),
            "settled" => Ok(ReportStatus::Settled),
            "all" => Ok(ReportStatus::All),
            _ => Err(()),
        }
    }
}

/// What a report shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// CSV instead of JSON.
    pub csv: bool,
    /// Which payments.
    pub status: ReportStatus,
    /// The first Finnish day of creation.
    pub start: Option<NaiveDate>,
    /// The last Finnish day of creation.
    pub end: Option<NaiveDate>,
    /// At most so many rows, the newest.
    pub limit: usize,
    /// The fields; all, if empty. Unknown ones are left out.
    pub fields: Vec<String>,
    /// Whether `tradeitems` and `refunditems` are filled.
    pub items: bool,
    /// Only what this settlement paid out.
    pub settlement: Option<u32>,
}

impl Default for Report {
    fn default() -> Self {
        Report {
            csv: false,
            status: ReportStatus::Paid,
            start: None,
            end: None,
            limit: 50_000,
            fields: Vec::new(),
            items: false,
            settlement: None,
        }
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// As CSV.
    #[error("the report could not be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// As JSON.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The day of a date or time, such as `2026-11-01` or `2026-11-01T10:00:00Z`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10)?;
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
}

/// The rows of a report, newest first.
fn entries<'a>(books: &'a Books, report: &Report) -> Vec<Entry<'a>> {
    let payments = books.payments().into_iter().map(|payment| Entry {
        payment,
        refund: None,
    });
    let refunds = books.refunds().into_iter().filter_map(|refund| {
        Some(Entry {
            payment: books.payment(refund.payment)?,
            refund: Some(refund),
        })
    });
    let mut all: Vec<Entry<'a>> = payments
        .chain(refunds)
        .filter(|e| e.is_in(report))
        .collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.created_at()));
    all.truncate(report.limit);
    all
}

fn chosen(report: &Report) -> Vec<&'static str> {
    let wanted =
        |field: &&str| report.fields.is_empty() || report.fields.iter().any(|f| f == field);
    FIELDS.into_iter().filter(wanted).collect()
}

/// Writes a report as UTF-8: JSON is an array of objects, CSV has `;`, quotes and a header row.
pub fn write(books: &Books, report: &Report) -> Result<Vec<u8>, ReportError> {
    if report.csv {
        forms::csv(books, report)
    } else {
        forms::json(books, report)
    }
}
