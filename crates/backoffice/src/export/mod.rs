//! Payments and the audit log as tables for other programs: CSV, XLSX or JSON, page by page.
//!
//! Whoever opens a table runs what looks like a formula, and what stands in these tables came from strangers.
//! In CSV such a text gets an apostrophe in front; in XLSX texts are texts.

mod audit;
mod table;
mod xlsx;

use std::io::{self, Write};

use hyvitys_domain::AccountId;
use hyvitys_store::journal::Happening;
use hyvitys_store::payments::{LONGEST_PAGE, Sort};
use serde_json::json;

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::views::PaymentJson;

pub(crate) use table::{Cell, TableRow};

use table::CsvTable;
use xlsx::XlsxTable;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// UTF-8 with a byte order mark, `;`, decimal comma: what a Finnish spreadsheet opens by itself.
    Csv,
    /// A workbook.
    Xlsx,
    /// An array, as the command line's `list` has it: amounts in cents, times in UTC.
    Json,
}

impl ExportFormat {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Json => "json",
        }
    }
}

/// An export that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// How many payments it has.
    pub payments: u64,
}

/// A table that is being written.
enum Table<'w> {
    Csv(Box<CsvTable<&'w mut (dyn Write + Send)>>),
    Xlsx(Box<XlsxTable>, &'w mut (dyn Write + Send)),
    Json(&'w mut (dyn Write + Send), bool),
}

impl Backoffice {
    /// Writes the payments that `query` finds, the newest first, and an entry of the audit log. An error
    /// leaves what was written so far.
    pub async fn export_payments(
        &self,
        account: AccountId,
        query: &str,
        format: ExportFormat,
        to: &mut (dyn Write + Send),
    ) -> Result<Export, Error> {
        let account = self.account(account).await?.id;
        let mut table =
            Table::begin::<PaymentJson>(format, to).map_err(|error| not_written(&error))?;
        let mut payments = 0_u64;
        let mut after = None;
        loop {
            let sort = Sort::default();
            let page = self
                .list(account, query, sort, after.as_deref(), LONGEST_PAGE)
                .await?;
            for listed in &page.payments {
                let payment = PaymentJson::from(&listed.stored.payment);
                table.row(&payment).map_err(|error| not_written(&error))?;
                payments += 1;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        table.end().map_err(|error| not_written(&error))?;
        let at = self.inner.clock.now().at;
        // What was looked for may be a customer's name: it stays out of the journal.
        let detail = json!({
            "format": format.as_str(), "payments": payments, "query": !query.trim().is_empty(),
        });
        self.inner
            .store
            .write(move |tx| {
                tx.journal(&Happening {
                    at,
                    account: Some(account),
                    what: "payments.exported",
                    operation: None,
                    request_id: None,
                    detail,
                })
            })
            .await?;
        Ok(Export { payments })
    }
}

impl<'w> Table<'w> {
    fn begin<R: TableRow>(
        format: ExportFormat,
        to: &'w mut (dyn Write + Send),
    ) -> io::Result<Table<'w>> {
        Table::begin_with(format, R::SHEET, R::COLUMNS, to)
    }

    fn begin_with(
        format: ExportFormat,
        sheet: &str,
        columns: &[&str],
        to: &'w mut (dyn Write + Send),
    ) -> io::Result<Table<'w>> {
        Ok(match format {
            ExportFormat::Csv => Table::Csv(Box::new(CsvTable::begin(to, columns)?)),
            ExportFormat::Xlsx => Table::Xlsx(Box::new(XlsxTable::begin(sheet, columns)?), to),
            ExportFormat::Json => {
                to.write_all(b"[")?;
                Table::Json(to, true)
            }
        })
    }

    fn row(&mut self, row: &impl TableRow) -> io::Result<()> {
        match self {
            Table::Csv(table) => table.row(row),
            Table::Xlsx(table, _) => table.row(row),
            Table::Json(to, first) => {
                to.write_all(if std::mem::take(first) { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut **to, row)?;
                Ok(())
            }
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Table::Csv(table) => table.end(),
            Table::Xlsx(table, to) => {
                to.write_all(&table.end()?)?;
                to.flush()
            }
            Table::Json(to, _) => {
                to.write_all(b"\n]\n")?;
                to.flush()
            }
        }
    }
}

/// Writes rows under columns that only the caller knows, and says how many.
pub(crate) fn write_table<R: TableRow>(
    format: ExportFormat,
    sheet: &str,
    columns: &[&str],
    rows: impl Iterator<Item = R>,
    to: &mut (dyn Write + Send),
) -> io::Result<u64> {
    let mut table = Table::begin_with(format, sheet, columns, to)?;
    let mut written = 0;
    for row in rows {
        table.row(&row)?;
        written += 1;
    }
    table.end()?;
    Ok(written)
}

fn not_written(error: &io::Error) -> Error {
    Error::new(
        Code::NotSaved,
        format!("the export could not be written: {error}"),
    )
    .next("make room on the disk, or choose another place")
}
