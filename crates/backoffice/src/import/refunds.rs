//! What would become of rows that speak of refunds.
//!
//! They are evidence (money-safety 10): with our own random stamp and the right amount a row settles
//! one of our refunds; with a stamp of others' and exactly one payment that fits it is a refund made
//! elsewhere. Without a stamp it proves nothing, and a person gets to see it.

use std::collections::HashSet;

use hyvitys_domain::{AccountId, OperationKind, OperationState};
use hyvitys_store::journal::{EvidenceStatus, Operation, OperationFilter};
use hyvitys_store::payments::StoredPayment;
use hyvitys_store::{ReadTx, StoreError};

use super::judge::Judge;
use super::{FieldChange, Joined, JoinedBy, Reason, RefundRow, Verdict};
use crate::payments::PaymentRef;
use crate::why::Why;

impl Judge<'_, '_> {
    /// What would become of a row that speaks of a refund, and whose it is, where it is one of ours.
    pub(super) fn refund(
        &mut self,
        refund: &RefundRow,
    ) -> Result<(Verdict, Option<Joined>), StoreError> {
        if self.refunds.contains(refund) && refund.stamp.is_some() {
            return Ok((Verdict::Same, None));
        }
        let Some(stamp) = &refund.stamp else {
            return self.without_stamp(
                refund,
                Why::RowRefundWithoutStamp,
                "the refund has no stamp: it may be one of ours, and proves none",
            );
        };
        let Some(status) = refund.status else {
            let why = Reason::new(
                Why::RowRefundStatusUnknown,
                "the refund's status is not known to this program",
            );
            return Ok((unclear(Vec::new(), why), None));
        };
        let mut joined = None;
        let verdict = if let Some(ours) = self.tx.operation_by_stamp(stamp.as_str())? {
            joined = (ours.account == self.account).then_some(Joined {
                payment: PaymentRef::Id(ours.transaction_id),
                by: JoinedBy::Stamp,
            });
            self.refund_of_ours(refund, status, &ours)
        } else if let Some(known) = self.tx.foreign_refund(self.account, stamp.as_str())? {
            if known.amount != refund.amount {
                conflict(another_amount())
            } else if known.status == EvidenceStatus::Done
                || known.status == status
                || status == EvidenceStatus::Pending
            {
                Verdict::Same
            } else {
                changed(word(known.status), word(status))
            }
        } else if self.is_stamp_of_payment(refund, stamp.as_str())? {
            return self.without_stamp(
                refund,
                Why::RowRefundStampOfPayment,
                "its stamp is a payment's, so it names no refund, and proves none",
            );
        } else {
            self.refund_of_others(refund)?
        };
        self.refunds.insert(refund.clone());
        Ok((verdict, joined))
    }

    /// A shop's own export may have the payment's stamp where a report has the refund's.
    fn is_stamp_of_payment(&self, refund: &RefundRow, stamp: &str) -> Result<bool, StoreError> {
        let planned = refund
            .original
            .as_ref()
            .and_then(|reference| self.new_references.get(reference))
            .is_some_and(|stamps| stamps.contains(stamp));
        Ok(planned || !self.tx.payments_by_stamp(self.account, stamp)?.is_empty())
    }

    /// A refund that nothing proves: a person gets to see whose it could be.
    fn without_stamp(
        &mut self,
        refund: &RefundRow,
        why: Why,
        words: &str,
    ) -> Result<(Verdict, Option<Joined>), StoreError> {
        if self.unknown.is_none() {
            let unknown = self.tx.operations(OperationFilter {
                account: Some(self.account),
                state: Some(OperationState::Unknown),
            })?;
            self.unknown = Some(unknown);
        }
        let ours = self.unknown.iter().flatten().filter(|operation| {
            operation.kind == OperationKind::Refund && operation.amount == refund.amount
        });
        let mut names: Vec<PaymentRef> = ours
            .map(|operation| PaymentRef::Id(operation.transaction_id))
            .collect();
        if let Some(reference) = &refund.original {
            let found = candidates(self.tx, self.account, reference)?;
            names.extend(found.iter().map(PaymentRef::from));
        }
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        Ok((unclear(names, Reason::new(why, words)), None))
    }

    fn refund_of_ours(
        &self,
        refund: &RefundRow,
        status: EvidenceStatus,
        ours: &Operation,
    ) -> Verdict {
        if ours.account != self.account {
            let words = "the refund belongs to another account";
            return conflict(Reason::new(Why::RowRefundOfAnother, words));
        }
        if ours.amount != refund.amount {
            return conflict(another_amount());
        }
        if ours.email.is_some() {
            let words = "an email refund can't be proven";
            return conflict(Reason::new(Why::RowRefundByEmail, words));
        }
        let as_it_is = match status {
            EvidenceStatus::Done => ours.state == OperationState::Done,
            // Without the refund's own id only "done" proves anything.
            _ if refund.transaction_id.is_none() => true,
            EvidenceStatus::Failed => {
                matches!(
                    ours.state,
                    OperationState::Failed | OperationState::Rejected
                )
            }
            EvidenceStatus::Pending => {
                matches!(ours.state, OperationState::Accepted | OperationState::Done)
            }
        };
        if as_it_is {
            Verdict::Same
        } else {
            changed(ours.state.as_str(), word(status))
        }
    }

    fn refund_of_others(&self, refund: &RefundRow) -> Result<Verdict, StoreError> {
        let why = "a refund that was not made here, and";
        let Some(reference) = &refund.original else {
            let words = format!("{why} the row does not name its payment");
            let reason = Reason::new(Why::RowRefundNamesNoPayment, words);
            return Ok(unclear(Vec::new(), reason));
        };
        let stored = candidates(self.tx, self.account, reference)?;
        let new = self.new_references.get(reference).map_or(0, HashSet::len);
        let too_small = |stored: &StoredPayment| stored.payment.amount < refund.amount;
        let named = || reference.clone();
        Ok(match stored.len() + new {
            1 if stored.first().is_some_and(too_small) => conflict(Reason::new(
                Why::RowRefundTooLarge,
                "the refund is larger than the payment with its reference",
            )),
            1 => Verdict::New,
            0 => unclear(
                Vec::new(),
                Reason::new(
                    Why::RowRefundNoPayment { reference: named() },
                    format!("{why} no payment has the reference {reference}"),
                ),
            ),
            _ => unclear(
                stored.iter().map(PaymentRef::from).collect(),
                Reason::new(
                    Why::RowRefundSeveral { reference: named() },
                    format!("{why} several payments have the reference {reference}"),
                ),
            ),
        })
    }
}

fn another_amount() -> Reason {
    Reason::new(
        Why::RowRefundAnotherAmount,
        "the refund is known with another amount",
    )
}

const fn unclear(candidates: Vec<PaymentRef>, why: Reason) -> Verdict {
    Verdict::Ambiguous { candidates, why }
}

/// More than a person would look through. Thousands of rows may name one reference, and a shop may have given it to thousands.
const MOST_CANDIDATES: usize = 20;

/// The payments that a refund with this original reference can belong to, the newest of them. What failed was never
/// refunded: a customer's second try has the same reference.
pub(super) fn candidates(
    tx: &ReadTx<'_>,
    account: AccountId,
    reference: &str,
) -> Result<Vec<StoredPayment>, StoreError> {
    tx.refundable_by_reference(account, reference, MOST_CANDIDATES)
}

const fn conflict(why: Reason) -> Verdict {
    Verdict::Conflict { why }
}

fn changed(old: &str, new: &str) -> Verdict {
    Verdict::Changed(vec![FieldChange {
        field: "state".to_owned(),
        old: Some(old.to_owned()),
        new: new.to_owned(),
    }])
}

const fn word(status: EvidenceStatus) -> &'static str {
    match status {
        EvidenceStatus::Done => "done",
        EvidenceStatus::Failed => "failed",
        EvidenceStatus::Pending => "accepted",
    }
}
