//! What signed addresses say: of a payment, or of a refund.

use chrono::{DateTime, Utc};
use hyvitys_domain::{PaymentStatus, RefundStamp, WireTime};
use hyvitys_paytrail::Callback;
use hyvitys_store::StoreError;
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use super::judge::Judge;
use super::report::evidence;
use super::{Item, Problem, RefundRow};
use crate::why::Why;

impl Judge<'_, '_> {
    /// What a verified address says: of a refund where it names one, else of a payment. Each payment
    /// has a reference, so without one it is a refund's.
    pub(super) fn callback(
        &self,
        callback: &Callback,
        called: Option<DateTime<Utc>>,
    ) -> Result<Result<Item, Problem>, StoreError> {
        let stamp = RefundStamp::new(callback.stamp.as_str()).ok();
        let known = match &stamp {
            None => false,
            Some(stamp) => {
                self.tx.operation_by_stamp(stamp.as_str())?.is_some()
                    || self
                        .tx
                        .foreign_refund(self.account, stamp.as_str())?
                        .is_some()
            }
        };
        let refunds_id = match callback.transaction_id {
            Some(id) => self.tx.is_refund_transaction(id)?,
            None => false,
        };
        if known || refunds_id || callback.reference.is_empty() || callback.transaction_id.is_none()
        {
            let Some(amount) = callback.amount else {
                return Ok(Err(Problem::at(
                    "checkout-amount",
                    Why::RowAmountOutOfRange,
                    "the address of a refund names no amount",
                )));
            };
            return Ok(Ok(Item::Refund(RefundRow {
                stamp,
                amount,
                status: evidence(&callback.status),
                transaction_id: callback.transaction_id,
                original: None,
                source: "callback",
                at: called.unwrap_or(self.now),
            })));
        }
        if self.may_be_a_refund(callback)? {
            return Ok(Err(Problem::at(
                "checkout-stamp",
                Why::RowAddressMayBeRefund,
                "a paid payment has this reference and another stamp: it may be a refund made by another \
                 tool, which a report will tell; if it is a payment, import its transaction id",
            )));
        }
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Ok(Item::Facts(Box::new(PaymentFacts {
            transaction_id: callback.transaction_id,
            stamp: said(&callback.stamp),
            reference: said(&callback.reference),
            status: Some(callback.status.clone()),
            provider: callback.provider.clone(),
            amount: callback.amount,
            created: Some(Created {
                time: WireTime::zoned(called.unwrap_or(self.now)),
                precision: Precision::Presumed,
            }),
            // An address does not say when it was called. Undated it counts as older than anything
            // that is signed and dated: an old "pending" must not undo a newer "ok".
            ..PaymentFacts::new(Source::Callback, called.unwrap_or(DateTime::UNIX_EPOCH))
        }))))
    }

    /// Whether an address that names no payment known here can be about a refund: those have the
    /// reference of their payment, too.
    fn may_be_a_refund(&self, callback: &Callback) -> Result<bool, StoreError> {
        let (account, reference) = (self.account, &callback.reference);
        let joins_by_id = match callback.transaction_id {
            Some(id) => {
                self.tx.payment(account, id)?.is_some() || self.tx.is_awaited(account, id)?
            }
            None => false,
        };
        if joins_by_id
            || !self
                .tx
                .payments_by_stamp(account, &callback.stamp)?
                .is_empty()
        {
            return Ok(false);
        }
        let stored = self.tx.payments_by_reference(account, reference)?;
        let paid = stored
            .iter()
            .any(|stored| stored.payment.status == PaymentStatus::Ok);
        let planned = self
            .new_references
            .get(reference)
            .is_some_and(|stamps| stamps.iter().any(|stamp| *stamp != callback.stamp));
        Ok(paid || planned)
    }
}
