//! Transaction ids that a person gave and Paytrail was not asked about yet, or not successfully.
//! A payment has an amount, so an id alone is none; it waits here until its payment arrives.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, TransactionId};
use rusqlite::params;
use uuid::Uuid;

use crate::codec::{ms, time, uuid_blob};
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// An id that waits for its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The id.
    pub transaction_id: TransactionId,
    /// When it was given (UTC).
    pub added_at: DateTime<Utc>,
    /// Why it could not be fetched the last time, in words for a person.
    pub last_error: Option<String>,
}

/// What ids that were given are to the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwaitedCounts {
    /// Ids that wait from now on.
    pub new: usize,
    /// Ids that waited already, or stood twice among those given.
    pub waiting: usize,
    /// Ids of payments that are known.
    pub known: usize,
}

impl ReadTx<'_> {
    /// The ids that wait, in the order in which they were given.
    pub fn awaited(&self, account: AccountId) -> Result<Vec<Awaited>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT transaction_id, added_at, last_error FROM awaited
             WHERE account = ?1 ORDER BY added_at, transaction_id",
        )?;
        let ids = statement.query_map([account.row()], |row| {
            Ok(Awaited {
                transaction_id: TransactionId::from_uuid(Uuid::from_bytes(row.get(0)?)),
                added_at: time(row, 1)?,
                last_error: row.get(2)?,
            })
        })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Whether an id waits for its payment.
    pub fn is_awaited(&self, account: AccountId, id: TransactionId) -> Result<bool, StoreError> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT 1 FROM awaited WHERE account = ?1 AND transaction_id = ?2")?;
        Ok(statement.exists(params![account.row(), uuid_blob(id)])?)
    }

    /// Whether any id of an account waits.
    pub(super) fn is_awaiting(&self, account: AccountId) -> Result<bool, StoreError> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT 1 FROM awaited WHERE account = ?1 LIMIT 1")?;
        Ok(statement.exists([account.row()])?)
    }
}

impl WriteTx<'_> {
    /// Lets ids wait for their payments; those that are known or wait already change nothing.
    pub fn await_payments(
        &self,
        account: AccountId,
        ids: &[TransactionId],
        now: DateTime<Utc>,
    ) -> Result<AwaitedCounts, StoreError> {
        let mut counts = AwaitedCounts::default();
        let mut known = self
            .conn()
            .prepare_cached("SELECT 1 FROM payment WHERE account = ?1 AND transaction_id = ?2")?;
        let mut add = self.conn().prepare_cached(
            "INSERT INTO awaited (account, transaction_id, added_at) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )?;
        for id in ids {
            let id = uuid_blob(*id);
            if known.exists(params![account.row(), id])? {
                counts.known += 1;
            } else if add.execute(params![account.row(), id, ms(now)])? == 1 {
                counts.new += 1;
            } else {
                counts.waiting += 1;
            }
        }
        Ok(counts)
    }

    /// Remembers why an id could not be fetched; an id that doesn't wait is ignored.
    pub fn set_awaited_error(
        &self,
        account: AccountId,
        id: TransactionId,
        error: &str,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE awaited SET last_error = ?3 WHERE account = ?1 AND transaction_id = ?2",
            )?
            .execute(params![account.row(), uuid_blob(id), error])?;
        Ok(())
    }

    /// Stops waiting for an id: it came, or a person gave it up.
    pub fn arrived(&self, account: AccountId, id: TransactionId) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("DELETE FROM awaited WHERE account = ?1 AND transaction_id = ?2")?
            .execute(params![account.row(), uuid_blob(id)])?;
        Ok(())
    }
}
