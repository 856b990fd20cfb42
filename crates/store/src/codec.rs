//! How values stand in SQLite: times as milliseconds UTC, UUIDs as 16 bytes.

use chrono::{DateTime, Utc};
use hyvitys_domain::{OperationId, TransactionId};
use rusqlite::Row;
use rusqlite::types::Type;
use uuid::Uuid;

/// Milliseconds UTC.
pub(crate) fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The time of milliseconds UTC; an error names the column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(column)?)
        .ok_or_else(|| broken(column, Type::Integer, "a time"))
}

/// Like [`time`], of a column that may be empty.
pub(crate) fn optional_time(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<DateTime<Utc>>> {
    match row.get::<_, Option<i64>>(column)? {
        Some(_) => time(row, column).map(Some),
        None => Ok(None),
    }
}

/// A value that this program would never have written.
pub(crate) fn broken(column: usize, found: Type, expected: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, format!("not {expected}").into())
}

/// Parses a text column.
pub(crate) fn parsed<T>(
    row: &Row<'_>,
    column: usize,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| broken(column, Type::Text, expected))
}

/// An id of ours or Paytrail's.
pub(crate) trait UuidId: Copy {
    /// Its UUID.
    fn to_uuid(self) -> Uuid;
}

impl UuidId for OperationId {
    fn to_uuid(self) -> Uuid {
        self.uuid()
    }
}

impl UuidId for TransactionId {
    fn to_uuid(self) -> Uuid {
        self.uuid()
    }
}

/// The 16 bytes of an id.
pub(crate) fn uuid_blob(id: impl UuidId) -> [u8; 16] {
    id.to_uuid().into_bytes()
}
