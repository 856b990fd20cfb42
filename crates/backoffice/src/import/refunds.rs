//! What would become of rows that speak of refunds.
//!
//! They are evidence (money-safety 10): with our own random stamp and the right amount a row settles
//! one of our refunds; with a stamp of others' and exactly one payment that fits it is a refund made
//! elsewhere. Without a stamp it proves nothing, and a person gets to see it.

use std::collections::HashSet;

use hyvitys_domain::{AccountId, OperationState, PaymentStatus};
use hyvitys_store::journal::{EvidenceStatus, Operation};
use hyvitys_store::payments::StoredPayment;
use hyvitys_store::{ReadTx, StoreError};

use super::judge::{Judge, payment_name};
use super::{FieldChange, RefundRow, Verdict};

impl Judge<'_, '_> {
    /// What would become of a row that speaks of a refund.
    pub(super) fn refund(&mut self, refund: &RefundRow) -> Result<Verdict, StoreError> {
        let unclear = |why: &str| Verdict::Ambiguous {
            candidates: Vec::new(),
            why: why.to_owned(),
        };
        if self.refunds.contains(refund) && refund.stamp.is_some() {
            return Ok(Verdict::Same);
        }
        let Some(stamp) = &refund.stamp else {
            let candidates = match &refund.original {
                Some(reference) => candidates(self.tx, self.account, reference)?,
                None => Vec::new(),
            };
            return Ok(Verdict::Ambiguous {
                candidates: candidates.iter().map(payment_name).collect(),
                why: "the refund has no stamp: it may be one of ours, and proves none".to_owned(),
            });
        };
        let Some(status) = refund.status else {
            return Ok(unclear("the refund's status is not known to this program"));
        };
        let verdict = if let Some(ours) = self.tx.operation_by_stamp(stamp.as_str())? {
            self.refund_of_ours(refund, status, &ours)
        } else if let Some(known) = self.tx.foreign_refund(self.account, stamp.as_str())? {
            if known.amount != refund.amount {
                conflict("the refund is known with another amount")
            } else if known.status == EvidenceStatus::Done
                || known.status == status
                || status == EvidenceStatus::Pending
            {
                Verdict::Same
            } else {
                changed(word(known.status), word(status))
            }
        } else {
            self.refund_of_others(refund)?
        };
        self.refunds.insert(refund.clone());
        Ok(verdict)
    }

    fn refund_of_ours(
        &self,
        refund: &RefundRow,
        status: EvidenceStatus,
        ours: &Operation,
    ) -> Verdict {
        if ours.account != self.account {
            return conflict("the refund belongs to another account");
        }
        if ours.amount != refund.amount {
            return conflict("the refund is known with another amount");
        }
        if ours.email.is_some() {
            return conflict("an email refund can't be proven");
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
            let why = format!("{why} the row does not name its payment");
            return Ok(Verdict::Ambiguous {
                candidates: Vec::new(),
                why,
            });
        };
        let stored = candidates(self.tx, self.account, reference)?;
        let new = self.new_references.get(reference).map_or(0, HashSet::len);
        let too_small = |stored: &StoredPayment| stored.payment.amount < refund.amount;
        Ok(match stored.len() + new {
            1 if stored.first().is_some_and(too_small) => {
                conflict("the refund is larger than the payment with its reference")
            }
            1 => Verdict::New,
            0 => Verdict::Ambiguous {
                candidates: Vec::new(),
                why: format!("{why} no payment has the reference {reference}"),
            },
            _ => Verdict::Ambiguous {
                candidates: stored.iter().map(payment_name).collect(),
                why: format!("{why} several payments have the reference {reference}"),
            },
        })
    }
}

/// The payments that a refund with this original reference can belong to. What failed was never
/// refunded: a customer's second try has the same reference.
pub(super) fn candidates(
    tx: &ReadTx<'_>,
    account: AccountId,
    reference: &str,
) -> Result<Vec<StoredPayment>, StoreError> {
    let mut found = tx.payments_by_reference(account, reference)?;
    found.retain(|stored| stored.payment.status != PaymentStatus::Fail);
    Ok(found)
}

fn conflict(why: &str) -> Verdict {
    Verdict::Conflict {
        why: why.to_owned(),
    }
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
