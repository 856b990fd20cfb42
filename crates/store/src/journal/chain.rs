//! The hash chain over the journal's entries.
//!
//! Each entry's hash covers its own fields and the hash before it, keyed with a key from the
//! keychain where there is one: who can write the file can't rewrite its history unseen.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use hyvitys_domain::{AccountId, OperationId};
use rusqlite::{OptionalExtension, Params, Row, params};
use sha2::{Digest, Sha256};

use crate::codec::{ms, time, uuid_blob};
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// The hash that the first entry builds on.
pub(super) const GENESIS: [u8; 32] = [0; 32];

/// Something that is to be written into the journal.
#[derive(Clone, Debug)]
pub struct Happening<'a> {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Whose.
    pub account: Option<AccountId>,
    /// What, as a stable dotted word like `operation.sending` or `import`.
    pub what: &'a str,
    /// Of which operation.
    pub operation: Option<OperationId>,
    /// The request-id of the answer that it comes from.
    pub request_id: Option<&'a str>,
    /// More, as JSON; no secrets and no customer data.
    pub detail: serde_json::Value,
}

/// One entry as it stands in the journal.
#[derive(Clone, Debug)]
pub struct Entry {
    /// 1, 2, 3 … without gaps.
    pub seq: i64,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who was logged in to the operating system.
    pub os_user: String,
    /// Whose.
    pub account: Option<AccountId>,
    /// What, as a stable dotted word.
    pub what: String,
    /// Of which operation.
    pub operation: Option<OperationId>,
    /// The request-id of the answer that it comes from.
    pub request_id: Option<String>,
    /// More, as JSON text.
    pub detail: String,
    /// Whose key made the hash; empty where there was none.
    pub key_id: String,
    /// Its hash, over itself and the entry before.
    pub hash: [u8; 32],
}

/// An entry's values as they stand in the file.
pub(super) struct Raw {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) os_user: String,
    pub(super) account: Option<i64>,
    pub(super) what: String,
    pub(super) operation: Option<Vec<u8>>,
    pub(super) request_id: Option<String>,
    pub(super) detail: String,
    pub(super) key_id: String,
}

impl Raw {
    /// The bytes that an entry's hash covers: each field with its length before it, so that no two
    /// entries have the same bytes.
    fn covered(&self, before: &[u8; 32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let mut field = |value: &[u8]| {
            bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
            bytes.extend_from_slice(value);
        };
        field(before);
        field(&self.seq.to_be_bytes());
        field(&self.at.to_be_bytes());
        field(self.os_user.as_bytes());
        field(&self.account.unwrap_or(0).to_be_bytes());
        field(self.what.as_bytes());
        field(self.operation.as_deref().unwrap_or_default());
        field(self.request_id.as_deref().unwrap_or_default().as_bytes());
        field(self.detail.as_bytes());
        field(self.key_id.as_bytes());
        bytes
    }

    /// Whether nothing stands where the hash sees no difference to nothing: this program writes such a
    /// value as NULL.
    pub(super) fn is_plain(&self) -> bool {
        self.account != Some(0)
            && self.operation.as_ref().is_none_or(|id| id.len() == 16)
            && self.request_id.as_deref() != Some("")
    }

    /// The hash over this entry and the one before it, with a key or without.
    pub(super) fn hash(
        &self,
        before: &[u8; 32],
        key: Option<&[u8; 32]>,
    ) -> Result<[u8; 32], StoreError> {
        let bytes = self.covered(before);
        match key {
            Some(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| {
                    StoreError::Unreadable("the journal's key has a wrong length".into())
                })?;
                mac.update(&bytes);
                Ok(mac.finalize().into_bytes().into())
            }
            None => Ok(Sha256::digest(&bytes).into()),
        }
    }
}

/// The number and hash of the last entry; `None` of an empty journal.
pub(crate) fn head(conn: &rusqlite::Connection) -> Result<Option<(i64, [u8; 32])>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT seq, hash FROM journal_entry ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The columns of the entry `j` that [`entry`] reads, in its order.
pub(super) const COLUMNS: &str =
    "j.seq, j.at, j.os_user, j.account, j.what, j.operation, j.request_id, j.detail,
    j.key_id, j.hash";

/// Reads [`COLUMNS`].
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        at: time(row, 1)?,
        os_user: row.get(2)?,
        account: row.get::<_, Option<i64>>(3)?.map(AccountId::from_row),
        what: row.get(4)?,
        operation: row
            .get::<_, Option<[u8; 16]>>(5)?
            .map(|bytes| OperationId::from_uuid(uuid::Uuid::from_bytes(bytes))),
        request_id: row.get(6)?,
        detail: row.get(7)?,
        key_id: row.get(8)?,
        hash: row.get(9)?,
    })
}

impl WriteTx<'_> {
    /// Appends to the journal, in this transaction.
    pub fn journal(&self, happening: &Happening<'_>) -> Result<(), StoreError> {
        let (last, before) = head(self.conn())?.unwrap_or((0, GENESIS));
        let context = self.context();
        let seal = context.seal.as_ref();
        let entry = Raw {
            seq: last + 1,
            at: ms(happening.at),
            os_user: context.os_user.clone(),
            account: happening.account.map(AccountId::row),
            what: happening.what.to_owned(),
            operation: happening.operation.map(|id| uuid_blob(id).to_vec()),
            request_id: happening
                .request_id
                .filter(|id| !id.is_empty())
                .map(str::to_owned),
            detail: happening.detail.to_string(),
            key_id: seal.map(|seal| seal.id.clone()).unwrap_or_default(),
        };
        let hash = entry.hash(&before, seal.map(|seal| &seal.key))?;
        self.conn()
            .prepare_cached(
                "INSERT INTO journal_entry
                     (seq, at, os_user, account, what, operation, request_id, detail, key_id, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                entry.seq,
                entry.at,
                entry.os_user,
                entry.account,
                entry.what,
                entry.operation,
                entry.request_id,
                entry.detail,
                entry.key_id,
                hash,
            ])?;
        Ok(())
    }
}

impl ReadTx<'_> {
    /// The entries behind `after` (0 for all), oldest first, at most `limit`.
    pub fn journal_entries(&self, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.entries("seq > ?1 ORDER BY seq LIMIT ?2", params![after, limit])
    }

    /// What the journal says of an operation, oldest first.
    pub fn entries_of(&self, operation: OperationId) -> Result<Vec<Entry>, StoreError> {
        self.entries("operation = ?1 ORDER BY seq", [uuid_blob(operation)])
    }

    fn entries(&self, rest: &str, values: impl Params) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM journal_entry j WHERE {rest}");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let rows = statement.query_map(values, entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
