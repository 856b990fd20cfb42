//! Refunds made elsewhere, as evidence has shown them.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, TransactionId};
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use crate::codec::{parsed, time};
use crate::error::StoreError;
use crate::journal::EvidenceStatus;
use crate::payments::PaymentKey;
use crate::reader::ReadTx;

/// A refund that another tool made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignRefund {
    /// Its stamp.
    pub refund_stamp: String,
    /// The amount, positive.
    pub amount: Money,
    /// What is known to have become of it.
    pub status: EvidenceStatus,
    /// Its own transaction id, where a callback named it.
    pub transaction_id: Option<TransactionId>,
    /// Where it was seen: `callback` or `report`.
    pub source: String,
    /// The date that the source gives, or when it was seen (UTC).
    pub seen_at: DateTime<Utc>,
}

const COLUMNS: &str = "refund_stamp, amount, state, transaction_id, source, seen_at";

fn foreign_refund(row: &Row<'_>) -> rusqlite::Result<ForeignRefund> {
    Ok(ForeignRefund {
        refund_stamp: row.get(0)?,
        amount: Money::from_cents(row.get(1)?),
        status: parsed(row, 2, "a refund's state", |text| match text {
            "done" => Some(EvidenceStatus::Done),
            "failed" => Some(EvidenceStatus::Failed),
            "pending" => Some(EvidenceStatus::Pending),
            _ => None,
        })?,
        transaction_id: row
            .get::<_, Option<[u8; 16]>>(3)?
            .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes))),
        source: row.get(4)?,
        seen_at: time(row, 5)?,
    })
}

impl ReadTx<'_> {
    /// The refund that another tool made under this stamp, if evidence of it is recorded.
    pub fn foreign_refund(
        &self,
        account: AccountId,
        refund_stamp: &str,
    ) -> Result<Option<ForeignRefund>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM foreign_refund WHERE account = ?1 AND refund_stamp = ?2"
        );
        Ok(self
            .conn()
            .prepare_cached(&sql)?
            .query_row(params![account.row(), refund_stamp], foreign_refund)
            .optional()?)
    }

    /// The refunds of a payment that other tools made, as far as evidence showed them; oldest first.
    pub fn foreign_refunds_of(
        &self,
        payment: PaymentKey,
    ) -> Result<Vec<ForeignRefund>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM foreign_refund WHERE payment = ?1 ORDER BY seen_at, id");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let refunds = statement.query_map([payment.row()], foreign_refund)?;
        Ok(refunds.collect::<Result<_, _>>()?)
    }
}
