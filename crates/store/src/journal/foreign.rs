//! Refunds made elsewhere, as evidence has shown them.

use hyvitys_domain::{AccountId, Money, TransactionId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::codec::parsed;
use crate::error::StoreError;
use crate::journal::EvidenceStatus;
use crate::reader::ReadTx;

/// A refund that another tool made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignRefund {
    /// The amount, positive.
    pub amount: Money,
    /// What is known to have become of it.
    pub status: EvidenceStatus,
    /// Its own transaction id, where a callback named it.
    pub transaction_id: Option<TransactionId>,
}

impl ReadTx<'_> {
    /// The refund that another tool made under this stamp, if evidence of it is recorded.
    pub fn foreign_refund(
        &self,
        account: AccountId,
        refund_stamp: &str,
    ) -> Result<Option<ForeignRefund>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT amount, state, transaction_id FROM foreign_refund
                 WHERE account = ?1 AND refund_stamp = ?2",
            )?
            .query_row(params![account.row(), refund_stamp], |row| {
                Ok(ForeignRefund {
                    amount: Money::from_cents(row.get(0)?),
                    status: parsed(row, 1, "a refund's state", |text| match text {
                        "done" => Some(EvidenceStatus::Done),
                        "failed" => Some(EvidenceStatus::Failed),
                        "pending" => Some(EvidenceStatus::Pending),
                        _ => None,
                    })?,
                    transaction_id: row
                        .get::<_, Option<[u8; 16]>>(2)?
                        .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes))),
                })
            })
            .optional()?)
    }
}
