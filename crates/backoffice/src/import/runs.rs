//! The imports that were done, and taking one back.

use std::collections::HashMap;

use hyvitys_domain::AccountId;
use hyvitys_store::ReadTx;
use hyvitys_store::payments::StoredPayment;

use super::{ImportRun, RunId, Undone};
use crate::error::{Code, Error};
use crate::payments::PaymentRef;
use crate::service::Backoffice;
use crate::why::Why;

impl Backoffice {
    /// The imports of an account that changed something, newest first.
    pub async fn imports(&self, account: AccountId) -> Result<Vec<ImportRun>, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| tx.import_runs(account))
            .await?)
    }

    /// The payments that ambiguous rows of a plan could mean, as far as they are still there.
    pub async fn import_candidates(
        &self,
        account: AccountId,
        payments: Vec<PaymentRef>,
    ) -> Result<HashMap<PaymentRef, StoredPayment>, Error> {
        let read = move |tx: &ReadTx<'_>| {
            let mut found = HashMap::new();
            for payment in payments {
                let stored = match payment {
                    PaymentRef::Id(id) => tx.payment(account, id)?,
                    PaymentRef::Key(key) => tx.payment_by_key(key)?,
                };
                let ours = stored.filter(|stored| stored.payment.account == account);
                found.extend(ours.map(|stored| (payment, stored)));
            }
            Ok(found)
        };
        Ok(self.inner.store.read(read).await?)
    }

    /// Takes an import back, once. Payments that something else speaks of since (an operation, a refund,
    /// a later import, a settlement, a signed answer) stay as they are, and so does what is refunded.
    pub async fn undo_import(&self, account: AccountId, id: RunId) -> Result<Undone, Error> {
        let now = self.inner.clock.now().at;
        let (undone, known) = self
            .inner
            .store
            .write(move |tx| {
                let undone = tx.undo_import(account, id, now)?;
                Ok((undone, tx.import_run(account, id)?.is_some()))
            })
            .await?;
        undone.ok_or_else(|| {
            if known {
                Error::new(Code::BadInput, "this import is undone already").why(Why::ImportUndone)
            } else {
                Error::new(Code::NotFound, format!("there is no import {}", id.row()))
                    .why(Why::ImportUnknown)
                    .next("look at `import list`")
            }
        })
    }
}
