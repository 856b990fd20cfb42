//! Settings: small texts by name, kept with the data they are about.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use crate::error::StoreError;
use crate::journal::Happening;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

impl ReadTx<'_> {
    /// The value of a setting; `None` where nobody has set it.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }
}

impl WriteTx<'_> {
    /// Sets a setting. With `audited`, a change is an entry of the journal, too: for what bears on money,
    /// not for how a window is arranged. Setting what is set already changes nothing.
    pub fn set_setting(
        &self,
        name: &str,
        value: &str,
        audited: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let changed = self
            .conn()
            .prepare_cached(
                "INSERT INTO setting (name, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
            )?
            .execute(params![name, value])?;
        if changed == 0 || !audited {
            return Ok(());
        }
        self.journal(&Happening {
            at: now,
            account: None,
            what: "setting.changed",
            operation: None,
            request_id: None,
            detail: json!({ "name": name, "value": value }),
        })
    }
}
