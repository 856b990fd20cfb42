//! What became of each line, as the file that came with five columns more.

use std::io::Write;

use hyvitys_domain::{BatchId, BatchLineState};
use hyvitys_store::batches::{Batch, BatchLine};
use hyvitys_store::journal::Happening;
use serde::Serialize;
use serde_json::json;

use super::{MOST_LINES, no_such_batch};
use crate::error::{Code, Error};
use crate::export::{Cell, ExportFormat, TableRow, write_table};
use crate::service::Backoffice;

/// A row of the result.
#[derive(Serialize)]
struct ResultRow<'a> {
    #[serde(rename = "line")]
    place: u32,
    row: &'a [String],
    /// How many columns the file has: a short row is filled up.
    #[serde(skip)]
    columns: usize,
    result: &'static str,
    refund_id: Option<String>,
    request_id: Option<&'a str>,
    message: Option<&'a str>,
    at: Option<chrono::DateTime<chrono::Utc>>,
}

impl TableRow for ResultRow<'_> {
    const SHEET: &'static str = "Result";
    const COLUMNS: &'static [&'static str] = &["result", "refundId", "requestId", "message", "at"];

    fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells: Vec<Cell<'_>> = (0..self.columns)
            .map(|at| Cell::text(self.row.get(at).map(String::as_str)))
            .collect();
        cells.extend([
            Cell::text(Some(self.result)),
            Cell::text(self.refund_id.as_deref()),
            Cell::text(self.request_id),
            Cell::text(self.message),
            self.at.map_or(Cell::Empty, Cell::Time),
        ]);
        cells
    }
}

impl Backoffice {
    /// Writes the lines of a batch in the order of its file: the same columns, then what became of each. An
    /// error leaves what was written so far.
    pub async fn export_batch(
        &self,
        id: BatchId,
        format: ExportFormat,
        to: &mut (dyn Write + Send),
    ) -> Result<u64, Error> {
        let (batch, mut lines) = self
            .inner
            .store
            .read(move |tx| {
                let lines = tx.batch_lines(id, None, 0, MOST_LINES as u64)?;
                Ok((tx.batch(id)?, lines.lines))
            })
            .await?;
        let batch = batch.ok_or_else(|| no_such_batch(id))?;
        lines.sort_by_key(|line| line.position);
        let header: Vec<&str> = batch.header.iter().map(String::as_str).collect();
        let columns = [&header, ResultRow::COLUMNS].concat();
        let rows = lines.iter().map(|line| row(&batch, line));
        let written = write_table(format, ResultRow::SHEET, &columns, rows, to);
        let count = written.map_err(|error| {
            Error::new(
                Code::NotSaved,
                format!("the result could not be written: {error}"),
            )
            .next("make room on the disk, or choose another place")
        })?;
        let at = self.inner.clock.now().at;
        self.inner
            .store
            .write(move |tx| {
                tx.journal(&Happening {
                    at,
                    account: Some(batch.account),
                    what: "batch.exported",
                    operation: None,
                    request_id: None,
                    detail: json!({"batch": batch.number, "lines": count, "format": format.as_str()}),
                })
            })
            .await?;
        Ok(count)
    }
}

fn row<'a>(batch: &Batch, line: &'a BatchLine) -> ResultRow<'a> {
    let waits = line.state == BatchLineState::Waiting;
    ResultRow {
        place: line.place,
        row: &line.fields,
        columns: batch.header.len(),
        result: if waits {
            "notSent"
        } else {
            line.state.as_str()
        },
        refund_id: line.refund_transaction_id.map(|id| id.to_string()),
        request_id: line.request_id.as_deref(),
        message: line.message.as_deref(),
        at: line.at,
    }
}
