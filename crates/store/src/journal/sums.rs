//! What is refunded and what is reserved of a payment, from the journal and from evidence.

use hyvitys_domain::{AccountId, Money, TransactionId};
use rusqlite::{OptionalExtension, params};

use crate::codec::uuid_blob;
use crate::error::StoreError;
use crate::payments::PaymentKey;
use crate::writer::WriteTx;

/// The states in which an operation is open, as an SQL list.
macro_rules! open_states {
    () => {
        "('queued', 'sending', 'accepted', 'unknown')"
    };
}
pub(crate) use open_states;

/// Whether the open refund `o` reserves money of its own. The repeat of an unknown refund does so only
/// when that one is known not to have happened: at most one of the two can be paid, since Paytrail's
/// limit refuses the other.
///
/// The sign before a state, here and wherever the operations of one payment are asked for, keeps SQLite from going
/// through all operations of the account that are in that state: those of the payment are few.
macro_rules! reserves {
    () => {
        concat!(
            "o.kind = 'refund' AND +o.state IN ",
            crate::journal::sums::open_states!(),
            " AND NOT EXISTS (SELECT 1 FROM operation first WHERE first.id = o.repeat_of
                AND first.state NOT IN ('failed', 'rejected'))"
        )
    };
}
pub(crate) use reserves;

impl WriteTx<'_> {
    /// Brings the payment's own sums in line with its operations and evidence.
    pub(crate) fn refresh_sums(
        &self,
        account: AccountId,
        transaction_id: TransactionId,
    ) -> Result<(), StoreError> {
        let key = self
            .conn()
            .prepare_cached("SELECT id FROM payment WHERE account = ?1 AND transaction_id = ?2")?
            .query_row(params![account.row(), uuid_blob(transaction_id)], |row| {
                row.get(0)
            })
            .optional()?;
        key.map_or(Ok(()), |key| {
            self.refresh_sums_of(PaymentKey::from_row(key))
        })
    }

    /// As [`WriteTx::refresh_sums`], for a payment that may have no transaction id yet.
    pub(crate) fn refresh_sums_of(&self, key: PaymentKey) -> Result<(), StoreError> {
        let (refunded, reserved) = self
            .conn()
            .prepare_cached(concat!(
                "SELECT
                    (SELECT coalesce(sum(o.amount), 0) FROM operation o WHERE o.account = p.account
                        AND o.transaction_id = p.transaction_id
                        AND o.kind = 'refund' AND +o.state = 'done')
                  + (SELECT coalesce(sum(f.amount), 0) FROM foreign_refund f WHERE f.payment = p.id
                        AND f.state = 'done'),
                    (SELECT coalesce(sum(o.amount), 0) FROM operation o WHERE o.account = p.account
                        AND o.transaction_id = p.transaction_id AND ",
                reserves!(),
                ")
                  + (SELECT coalesce(sum(f.amount), 0) FROM foreign_refund f WHERE f.payment = p.id
                        AND f.state = 'pending')
                 FROM payment p WHERE p.id = ?1"
            ))?
            .query_row([key.row()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.set_refund_sums(
            key,
            Money::from_cents(refunded),
            Money::from_cents(reserved),
        )
    }
}
