//! Holds: activating and cancelling manual invoices, committing and reverting Klarna authorizations.
//!
//! How every outcome of `cancel-order` is reached:
//!
//! | answer | when |
//! | --- | --- |
//! | 201 | an open Klarna manual invoice, mostly |
//! | 202 | the share of them that the rate and the payment's id pick; through 60 s later |
//! | 200 | it was cancelled before |
//! | 400 | not Klarna, no manual invoice, captured, run out, not paid yet |
//! | 500 | a payment in a fraud check: `pending`, but without a hold to cancel |
//!
//! and [`Books::set_next_cancel`] makes the next one of an open hold answer as a test needs it.

use chrono::{DateTime, Duration, Utc};
use hyvitys_domain::{PaymentStatus, TransactionId};

use super::model::{Cancel, Capture, NextCancel, Payment};
use super::{Books, Refusal};

/// How long a cancellation that was answered with 202 takes.
const CANCEL_TAKES: Duration = Duration::seconds(60);

/// A hold that was captured or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldAnswer {
    /// What Paytrail says of it.
    pub message: &'static str,
}

/// What a cancellation is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// 201
    Cancelled,
    /// 202
    Requested,
    /// 200
    AlreadyCancelled,
}

impl Books {
    /// Activates a manual invoice: its money is taken.
    pub fn activate(
        &mut self,
        id: TransactionId,
        now: DateTime<Utc>,
    ) -> Result<HoldAnswer, Refusal> {
        self.advance(now);
        let payment = self.find(id)?;
        if payment.capture != Capture::ManualInvoice {
            return Err(Refusal::invalid(
                "Payment is not waiting for invoice activation",
            ));
        }
        self.capture(id, now, "Invoice activated")
    }

    /// Captures a hold of `klarna/authorization-hold`.
    pub fn commit(&mut self, id: TransactionId, now: DateTime<Utc>) -> Result<HoldAnswer, Refusal> {
        self.advance(now);
        let payment = self.find(id)?;
        if payment.capture != Capture::Authorization {
            return Err(Refusal::invalid("Payment has no authorization hold"));
        }
        self.capture(id, now, "Authorization committed")
    }

    /// Releases a hold of `klarna/authorization-hold`.
    pub fn revert(&mut self, id: TransactionId, now: DateTime<Utc>) -> Result<HoldAnswer, Refusal> {
        self.advance(now);
        let payment = self.find(id)?;
        if payment.capture != Capture::Authorization || !payment.has_open_hold() {
            return Err(Refusal::invalid("Payment has no authorization hold"));
        }
        let payment = Payment {
            cancel: Cancel::Done,
            ..payment.clone()
        };
        self.failed(payment);
        Ok(HoldAnswer {
            message: "Authorization reverted",
        })
    }

    fn capture(
        &mut self,
        id: TransactionId,
        now: DateTime<Utc>,
        message: &'static str,
    ) -> Result<HoldAnswer, Refusal> {
        let payment = self.find(id)?;
        if matches!(payment.cancel, Cancel::Requested { .. }) {
            return Err(Refusal::invalid("Payment is being cancelled"));
        }
        if !payment.has_open_hold() {
            return Err(Refusal::invalid(format!(
                "Payment can not be captured in status {}",
                payment.status
            )));
        }
        let payment = payment.clone();
        self.captured(payment, now);
        Ok(HoldAnswer { message })
    }

    /// Cancels a Klarna manual invoice; see the table above.
    pub fn cancel(
        &mut self,
        id: TransactionId,
        now: DateTime<Utc>,
    ) -> Result<CancelAnswer, Refusal> {
        self.advance(now);
        let mut payment = self.find(id)?.clone();
        match payment.cancel {
            Cancel::Done => return Ok(CancelAnswer::AlreadyCancelled),
            Cancel::Requested { .. } => return Ok(CancelAnswer::Requested),
            Cancel::None => {}
        }
        if payment.status == PaymentStatus::Pending && payment.capture == Capture::AtOnce {
            return Err(Refusal::Broken("Payment could not be cancelled".to_owned()));
        }
        if !payment.is_klarna() || payment.capture != Capture::ManualInvoice {
            return Err(Refusal::invalid(
                "Only Klarna payments with manual invoice activation can be cancelled",
            ));
        }
        if !payment.has_open_hold() {
            return Err(Refusal::invalid(format!(
                "Payment can not be cancelled in status {}",
                payment.status
            )));
        }
        let later = self.dice.share("cancel-202", &[&id]) < self.rates.cancel_202;
        let usual = if later {
            NextCancel::Requested
        } else {
            NextCancel::Done
        };
        match payment.next_cancel.take().unwrap_or(usual) {
            NextCancel::Done => {
                payment.cancel = Cancel::Done;
                self.failed(payment);
                Ok(CancelAnswer::Cancelled)
            }
            NextCancel::Requested => {
                payment.cancel = Cancel::Requested {
                    settles_at: now + CANCEL_TAKES,
                };
                self.store_payment(payment);
                Ok(CancelAnswer::Requested)
            }
            NextCancel::Broken => {
                self.store_payment(payment);
                Err(Refusal::Broken("Payment could not be cancelled".to_owned()))
            }
            NextCancel::DoneButBroken => {
                payment.cancel = Cancel::Done;
                self.failed(payment);
                Err(Refusal::Broken("Payment could not be cancelled".to_owned()))
            }
        }
    }

    /// Makes the next cancellation of an open hold answer so.
    pub fn set_next_cancel(&mut self, id: TransactionId, next: NextCancel) -> Result<(), Refusal> {
        let payment = self.find(id)?;
        let payment = Payment {
            next_cancel: Some(next),
            ..payment.clone()
        };
        self.store_payment(payment);
        Ok(())
    }

    /// Lets a requested cancellation go through, or a hold run out, if that is due at `at`.
    pub(super) fn settle_hold_due(&mut self, id: TransactionId, at: DateTime<Utc>) {
        let Some(payment) = self.payments.get(&id) else {
            return;
        };
        if !payment.has_open_hold() {
            return;
        }
        match payment.cancel {
            Cancel::Requested { settles_at } if settles_at <= at => {
                let payment = Payment {
                    cancel: Cancel::Done,
                    ..payment.clone()
                };
                self.failed(payment);
            }
            _ if payment.deadline().is_some_and(|deadline| deadline <= at) => {
                let payment = payment.clone();
                self.failed(payment);
            }
            _ => {}
        }
    }
}
