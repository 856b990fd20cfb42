//! How a person has said that a table is read, by the names in its header.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use crate::codec::ms;
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

impl ReadTx<'_> {
    /// The columns that are remembered for a header, as JSON; `None` where nobody has said any.
    pub fn import_layout(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT columns FROM import_layout WHERE fingerprint = ?1")?
            .query_row([fingerprint], |row| row.get(0))
            .optional()?)
    }
}

impl WriteTx<'_> {
    /// Remembers the columns (JSON) of a header; the newest word counts.
    pub fn remember_import_layout(
        &self,
        fingerprint: &str,
        columns: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO import_layout (fingerprint, columns, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET columns = excluded.columns, at = excluded.at",
            )?
            .execute(params![fingerprint, columns, ms(now)])?;
        Ok(())
    }
}
