//! How the payments of a page stand: a bounded number of statements for the page, never one per row.

use std::collections::HashMap;

use hyvitys_domain::{
    AccountId, Deeds, OperationKind, OperationState, PaymentStanding, PaymentStatus, TransactionId,
    standing,
};
use rusqlite::params;
use uuid::Uuid;

use crate::codec::parsed;
use crate::error::StoreError;
use crate::journal::sums::open_states;
use crate::payments::StoredPayment;
use crate::reader::ReadTx;

/// The reasons of a cancel by which it is known that the hold was cancelled: by us, or before us as Paytrail said.
/// That a hold is gone, or a person's word, says less.
const CANCELLED: [&str; 2] = ["cancelled", "already_cancelled"];

impl ReadTx<'_> {
    /// How these payments of an account stand, in their order.
    pub fn standings(
        &self,
        account: AccountId,
        payments: &[StoredPayment],
    ) -> Result<Vec<PaymentStanding>, StoreError> {
        let mut deeds = self.open_deeds(account)?;
        self.add_holds_of_failed(account, payments, &mut deeds)?;
        let none = Deeds::default();
        Ok(payments
            .iter()
            .map(|stored| {
                let id = stored.payment.transaction_id;
                let deeds = id.and_then(|id| deeds.get(&id)).unwrap_or(&none);
                standing::standing(&stored.payment, deeds)
            })
            .collect())
    }

    /// All open operations of an account, by payment. There are few: what is open is being worked on.
    fn open_deeds(&self, account: AccountId) -> Result<HashMap<TransactionId, Deeds>, StoreError> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT transaction_id, kind, state FROM operation
             WHERE account = ?1 AND state IN ",
            open_states!()
        ))?;
        let mut rows = statement.query([account.row()])?;
        let mut deeds: HashMap<TransactionId, Deeds> = HashMap::new();
        while let Some(row) = rows.next()? {
            let id = TransactionId::from_uuid(Uuid::from_bytes(row.get(0)?));
            let kind: OperationKind = parsed(row, 1, "a kind", |text| text.parse().ok())?;
            let state: OperationState = parsed(row, 2, "a state", |text| text.parse().ok())?;
            deeds.entry(id).or_default().open.push((kind, state));
        }
        Ok(deeds)
    }

    /// Of payments that read `fail`: whether we cancelled them, and whether we knew them as holds.
    fn add_holds_of_failed(
        &self,
        account: AccountId,
        payments: &[StoredPayment],
        deeds: &mut HashMap<TransactionId, Deeds>,
    ) -> Result<(), StoreError> {
        let failed: Vec<String> = payments
            .iter()
            .filter(|stored| stored.payment.status == PaymentStatus::Fail)
            .filter_map(|stored| stored.payment.transaction_id)
            .map(|id| format!("\"{}\"", id.uuid().simple()))
            .collect();
        if failed.is_empty() {
            return Ok(());
        }
        let mut statement = self.conn().prepare_cached(
            "SELECT o.transaction_id, o.kind, o.state = 'done' AND o.reason IN (?3, ?4)
             FROM json_each(?2) failed
             CROSS JOIN operation o ON o.account = ?1 AND o.transaction_id = unhex(failed.value)
             WHERE o.kind IN ('activate', 'cancel')",
        )?;
        let list = format!("[{}]", failed.join(","));
        let mut rows = statement.query(params![account.row(), list, CANCELLED[0], CANCELLED[1]])?;
        while let Some(row) = rows.next()? {
            let id = TransactionId::from_uuid(Uuid::from_bytes(row.get(0)?));
            let kind: OperationKind = parsed(row, 1, "a kind", |text| text.parse().ok())?;
            let deed = deeds.entry(id).or_default();
            match kind {
                OperationKind::Cancel => deed.cancelled |= row.get::<_, bool>(2)?,
                OperationKind::Activate => deed.was_hold = true,
                OperationKind::Refund => {}
            }
        }
        Ok(())
    }
}
