//! The audit log as a table: each entry with its hash, so that a copy outside the file can be compared with it later.

use std::io::Write;

use hyvitys_store::journal::Happening;
use serde_json::json;

use super::{Cell, ExportFormat, Table, TableRow, not_written};
use crate::audit::{AuditEntryJson, AuditQuery};
use crate::error::Error;
use crate::service::Backoffice;

/// How many entries are read at once.
const PAGE: usize = 1_000;

impl TableRow for AuditEntryJson {
    const SHEET: &'static str = "Audit log";
    const COLUMNS: &'static [&'static str] = &[
        "seq",
        "at",
        "osUser",
        "account",
        "what",
        "reference",
        "amount",
        "refundReason",
        "operationId",
        "transactionId",
        "requestId",
        "detail",
        "keyId",
        "hash",
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Number(self.seq),
            Cell::Time(self.at),
            Cell::text(Some(&self.os_user)),
            Cell::text(self.account.as_deref()),
            Cell::text(Some(&self.what)),
            Cell::text(self.reference.as_deref()),
            self.amount.map_or(Cell::Empty, Cell::Euros),
            Cell::text(self.refund_reason.as_deref()),
            Cell::text(self.operation_id.as_deref()),
            Cell::text(self.transaction_id.as_deref()),
            Cell::text(self.request_id.as_deref()),
            Cell::Text(self.detail.to_string().into()),
            Cell::text(Some(&self.key_id)),
            Cell::text(Some(&self.hash)),
        ]
    }
}

impl Backoffice {
    /// Writes the entries that fit, the newest first, and an entry of the audit log about it. Gives how many
    /// there are. An error leaves what was written so far.
    pub async fn export_audit(
        &self,
        query: &AuditQuery,
        format: ExportFormat,
        to: &mut (dyn Write + Send),
    ) -> Result<u64, Error> {
        let mut table =
            Table::begin::<AuditEntryJson>(format, to).map_err(|error| not_written(&error))?;
        let mut entries = 0_u64;
        let mut before = None;
        loop {
            let page = self.audit(query, before, PAGE).await?;
            for row in &page.rows {
                table
                    .row(&AuditEntryJson::from(row))
                    .map_err(|error| not_written(&error))?;
                entries += 1;
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        table.end().map_err(|error| not_written(&error))?;
        let (at, account) = (self.inner.clock.now().at, query.account);
        let detail = json!({ "format": format.as_str(), "entries": entries });
        self.inner
            .store
            .write(move |tx| {
                tx.journal(&Happening {
                    at,
                    account,
                    what: "audit.exported",
                    operation: None,
                    request_id: None,
                    detail,
                })
            })
            .await?;
        Ok(entries)
    }
}
