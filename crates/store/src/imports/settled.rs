//! What files say was paid out to the shop, and what it cost.

use chrono::NaiveDate;
use hyvitys_domain::{AccountId, Money};
use rusqlite::{OptionalExtension, params};

use super::RunId;
use crate::error::StoreError;
use crate::payments::PaymentKey;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// Of what a settlement has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettledKind {
    /// A payment.
    Payment,
    /// A refund.
    Refund,
}

impl SettledKind {
    const fn as_str(self) -> &'static str {
        match self {
            SettledKind::Payment => "payment",
            SettledKind::Refund => "refund",
        }
    }
}

/// A line of a settlement, as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementEntry {
    /// The settlement's id; empty where the file has none.
    pub settlement_id: String,
    /// The settlement's reference; empty where the file has none.
    pub settlement_reference: String,
    /// When it was paid out.
    pub settled_on: Option<NaiveDate>,
    /// Of what.
    pub kind: SettledKind,
    /// The payment's or refund's stamp.
    pub stamp: Option<String>,
    /// The payment's reference.
    pub reference: Option<String>,
    /// The amount; negative for refunds.
    pub amount: Money,
    /// What the payment method cost; positive.
    pub fee: Option<Money>,
    /// The method's commission; positive.
    pub commission: Option<Money>,
}

/// A known line that is this one. Files differ in what they name: the settlement by its id or its reference, what was paid
/// out by its stamp or its reference. What both name has to agree.
const SAME: &str = "id IN (
        SELECT id FROM settlement_entry WHERE account = ?1 AND stamp = ?5
        UNION ALL SELECT id FROM settlement_entry WHERE account = ?1 AND reference = ?6
        UNION ALL SELECT id FROM settlement_entry
            WHERE account = ?1 AND stamp IS NULL AND reference IS NULL AND amount = ?7)
    AND kind = ?4 AND amount = ?7
    AND CASE WHEN settlement_id <> '' AND ?2 <> '' THEN settlement_id = ?2
        ELSE settlement_reference = ?3 AND (?3 <> '' OR settlement_id = ?2) END
    AND CASE WHEN stamp IS NOT NULL AND ?5 IS NOT NULL THEN stamp = ?5
        ELSE coalesce(reference, '') = coalesce(?6, '') AND (?6 IS NOT NULL OR stamp IS ?5) END";

impl ReadTx<'_> {
    /// Whether this line is known.
    pub fn has_settlement_entry(
        &self,
        account: AccountId,
        entry: &SettlementEntry,
    ) -> Result<bool, StoreError> {
        Ok(self.settlement_entry_like(account, entry)?.is_some())
    }

    fn settlement_entry_like(
        &self,
        account: AccountId,
        entry: &SettlementEntry,
    ) -> Result<Option<i64>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(&format!(
                "SELECT id FROM settlement_entry WHERE {SAME} ORDER BY id LIMIT 1"
            ))?
            .query_row(
                params![
                    account.row(),
                    entry.settlement_id,
                    entry.settlement_reference,
                    entry.kind.as_str(),
                    entry.stamp,
                    entry.reference,
                    entry.amount.cents(),
                ],
                |row| row.get(0),
            )
            .optional()?)
    }
}

impl WriteTx<'_> {
    /// Keeps a line of a settlement, once; says whether it is new. `payment` is whose it is, where that is
    /// known. A known line gets what it lacks; with `overlaps` it is noted that this import has it, too, so that it
    /// stays when the other one is undone.
    pub fn put_settlement_entry(
        &self,
        account: AccountId,
        run: RunId,
        overlaps: bool,
        entry: &SettlementEntry,
        payment: Option<PaymentKey>,
    ) -> Result<bool, StoreError> {
        let days = |day: NaiveDate| day.signed_duration_since(NaiveDate::default()).num_days();
        if let Some(known) = self.settlement_entry_like(account, entry)? {
            self.conn()
                .prepare_cached(
                    "UPDATE OR IGNORE settlement_entry SET
                        settlement_id = iif(settlement_id = '', ?2, settlement_id),
                        settlement_reference = iif(settlement_reference = '', ?3, settlement_reference),
                        settled_on = coalesce(settled_on, ?4), payment = coalesce(payment, ?5),
                        fee = coalesce(fee, ?6), commission = coalesce(commission, ?7)
                     WHERE id = ?1",
                )?
                .execute(params![
                    known,
                    entry.settlement_id,
                    entry.settlement_reference,
                    entry.settled_on.map(days),
                    payment.map(PaymentKey::row),
                    entry.fee.map(Money::cents),
                    entry.commission.map(Money::cents),
                ])?;
            if overlaps {
                self.conn()
                    .prepare_cached(
                        "INSERT OR IGNORE INTO settlement_seen (entry, run)
                         SELECT id, ?2 FROM settlement_entry WHERE id = ?1 AND run <> ?2",
                    )?
                    .execute([known, run.row()])?;
            }
            return Ok(false);
        }
        self.conn()
            .prepare_cached(
                "INSERT INTO settlement_entry (account, run, settlement_id, settlement_reference,
                    settled_on, kind, stamp, reference, payment, amount, fee, commission)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                account.row(),
                run.row(),
                entry.settlement_id,
                entry.settlement_reference,
                entry.settled_on.map(days),
                entry.kind.as_str(),
                entry.stamp,
                entry.reference,
                payment.map(PaymentKey::row),
                entry.amount.cents(),
                entry.fee.map(Money::cents),
                entry.commission.map(Money::cents),
            ])?;
        Ok(true)
    }

    /// Takes back the lines that this import alone has; the others are the next one's.
    pub(crate) fn undo_settlement_entries(&self, run: RunId) -> Result<(), StoreError> {
        for sql in [
            "UPDATE settlement_entry SET run = s.run FROM (
                 SELECT entry, min(run) AS run FROM settlement_seen GROUP BY entry) s
             WHERE s.entry = settlement_entry.id AND settlement_entry.run = ?1",
            "DELETE FROM settlement_seen WHERE run = ?1 OR EXISTS (
                 SELECT 1 FROM settlement_entry e WHERE e.id = entry AND e.run = settlement_seen.run)",
            "DELETE FROM settlement_entry WHERE run = ?1",
        ] {
            self.conn().prepare_cached(sql)?.execute([run.row()])?;
        }
        Ok(())
    }
}
