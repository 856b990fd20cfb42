//! What can be done with a payment and, where something can't, why not.
//!
//! These checks run before anything is confirmed and again on the fresh look before anything is
//! sent. They forbid by what is known; a local deadline never forbids anything.

use crate::money::Money;
use crate::operation::OperationKind;
use crate::payment::Payment;
use crate::status::PaymentStatus;

/// What a person wants to do with a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldAction {
    /// Capture it: the customer owes the invoice.
    Activate,
    /// Release it.
    Cancel,
}

impl HoldAction {
    /// The kind of operation that this is.
    pub const fn kind(self) -> OperationKind {
        match self {
            HoldAction::Activate => OperationKind::Activate,
            HoldAction::Cancel => OperationKind::Cancel,
        }
    }
}

/// The API call that captures or releases a hold (API document §2 and §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldCall {
    /// `POST /payments/{id}/activate-invoice`.
    ActivateInvoice,
    /// `POST /payments/{id}/cancel-order`: Klarna only.
    CancelOrder,
    /// `POST /payments/{id}/klarna/commit`: captures an authorization hold.
    KlarnaCommit,
    /// `POST /payments/{id}/klarna/revert`: releases an authorization hold.
    KlarnaRevert,
}

/// Why something can't be done with a payment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOperable {
    /// Known from a file only.
    #[error("the payment has no transaction id yet: add it, then it can be refunded or cancelled")]
    NoTransactionId,
    /// A status that this program does not know.
    #[error(
        "the payment's status '{0}' is not known to this program: look at it in the Merchant Panel"
    )]
    UnknownStatus(String),
    /// Not a payment method that this call exists for.
    #[error("this is for Klarna's payments only, and this one was paid with {0}")]
    WrongProvider(String),
    /// No payment method is known.
    #[error("no payment method is known of this payment")]
    NoProvider,
    /// Nothing was paid.
    #[error("nothing has been paid: the payment's status is '{0}'")]
    NotPaid(PaymentStatus),
    /// Still a hold: a cancel releases it, a refund needs captured money.
    #[error("the payment still waits for activation: cancel it instead of refunding it")]
    AwaitsActivation,
    /// Captured: only a refund gives money back.
    #[error("the payment has been captured: refund it instead")]
    AlreadyCaptured,
    /// Cancelled or expired, which of the two is not told.
    #[error("the hold is gone: the payment was cancelled, or its time ran out")]
    HoldGone,
    /// An amount outside 1…99 999 998 cents.
    #[error("{0} € is not an amount that can be refunded: it is 0,01 to 999999,98 €")]
    AmountOutOfRange(Money),
    /// More than what is left.
    #[error("{wanted} € is more than what is left to refund, at most {left} €")]
    MoreThanLeft {
        /// What was asked for.
        wanted: Money,
        /// What is left at most.
        left: Money,
    },
}

/// Whether this payment can be refunded at all, whatever the amount.
pub fn refund(payment: &Payment) -> Result<(), NotOperable> {
    if payment.transaction_id.is_none() {
        return Err(NotOperable::NoTransactionId);
    }
    match &payment.status {
        PaymentStatus::Ok => {}
        PaymentStatus::Pending | PaymentStatus::Delayed | PaymentStatus::AuthorizationHold => {
            return Err(NotOperable::AwaitsActivation);
        }
        PaymentStatus::New | PaymentStatus::Fail => {
            return Err(NotOperable::NotPaid(payment.status.clone()));
        }
        PaymentStatus::Other(name) => return Err(NotOperable::UnknownStatus(name.clone())),
    }
    if payment.provider.is_none() {
        return Err(NotOperable::NoProvider);
    }
    Ok(())
}

/// Whether this amount of this payment can be refunded now.
pub fn refund_amount(payment: &Payment, amount: Money) -> Result<(), NotOperable> {
    refund(payment)?;
    if !amount.is_payable() {
        return Err(NotOperable::AmountOutOfRange(amount));
    }
    let left = payment.refundable();
    if amount > left {
        return Err(NotOperable::MoreThanLeft {
            wanted: amount,
            left,
        });
    }
    Ok(())
}

/// The call that does `action` with this payment's hold, by its status.
pub fn hold_call(payment: &Payment, action: HoldAction) -> Result<HoldCall, NotOperable> {
    if payment.transaction_id.is_none() {
        return Err(NotOperable::NoTransactionId);
    }
    let provider = payment.provider.as_ref();
    match &payment.status {
        PaymentStatus::Ok => return Err(NotOperable::AlreadyCaptured),
        // Cancelling twice is harmless by contract: its answer (200) tells "was cancelled before",
        // which the status alone does not.
        PaymentStatus::Fail if action == HoldAction::Cancel => {}
        PaymentStatus::Fail => return Err(NotOperable::HoldGone),
        PaymentStatus::New => return Err(NotOperable::NotPaid(payment.status.clone())),
        PaymentStatus::Other(name) => return Err(NotOperable::UnknownStatus(name.clone())),
        PaymentStatus::Pending | PaymentStatus::Delayed | PaymentStatus::AuthorizationHold => {}
    }
    let provider = provider.ok_or(NotOperable::NoProvider)?;
    let wrong = || NotOperable::WrongProvider(provider.to_string());
    match (&payment.status, action) {
        (PaymentStatus::AuthorizationHold, HoldAction::Activate) => provider
            .is_klarna()
            .then_some(HoldCall::KlarnaCommit)
            .ok_or_else(wrong),
        (PaymentStatus::AuthorizationHold, HoldAction::Cancel) => provider
            .is_klarna()
            .then_some(HoldCall::KlarnaRevert)
            .ok_or_else(wrong),
        (_, HoldAction::Activate) => (provider.is_klarna() || provider.is_walley())
            .then_some(HoldCall::ActivateInvoice)
            .ok_or_else(wrong),
        (_, HoldAction::Cancel) => provider
            .is_klarna()
            .then_some(HoldCall::CancelOrder)
            .ok_or_else(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AccountId, TransactionId};
    use crate::payment::{Customer, ManualInvoice};
    use crate::status::Provider;
    use crate::time::WireTime;
    use proptest::prelude::*;

    fn payment(status: &str, provider: &str) -> Payment {
        Payment {
            account: AccountId::from_row(1),
            transaction_id: Some(
                "681538c4-fc84-11e9-83bc-2ffcef4c3453"
                    .parse::<TransactionId>()
                    .unwrap(),
            ),
            reference: "1048".into(),
            stamp: "1048-1".into(),
            status: status.into(),
            provider: Provider::new(provider),
            amount: Money::from_cents(12_850),
            refunded: Money::from_cents(1_800),
            reserved: Money::from_cents(50),
            manual_invoice_known: false,
            seen_held: false,
            created: WireTime::parse("2026-11-01T10:00:00Z").unwrap(),
            customer: Customer::default(),
            checked_at: None,
        }
    }

    #[test]
    fn the_rest_can_be_refunded_and_a_cent_more_can_not() {
        let payment = payment("ok", "klarna");
        assert_eq!(payment.refundable(), Money::from_cents(11_000));
        assert_eq!(refund_amount(&payment, Money::from_cents(11_000)), Ok(()));
        assert_eq!(
            refund_amount(&payment, Money::from_cents(11_001)),
            Err(NotOperable::MoreThanLeft {
                wanted: Money::from_cents(11_001),
                left: Money::from_cents(11_000)
            })
        );
        for cents in [0, -1, 99_999_999] {
            let amount = Money::from_cents(cents);
            assert_eq!(
                refund_amount(&payment, amount),
                Err(NotOperable::AmountOutOfRange(amount))
            );
        }
    }

    #[test]
    fn only_a_paid_payment_is_refunded_and_the_reason_says_what_to_do_instead() {
        assert_eq!(
            refund(&payment("pending", "klarna")),
            Err(NotOperable::AwaitsActivation)
        );
        assert_eq!(
            refund(&payment("new", "")),
            Err(NotOperable::NotPaid(PaymentStatus::New))
        );
        assert_eq!(
            refund(&payment("accepted", "klarna")),
            Err(NotOperable::UnknownStatus("accepted".into()))
        );
        assert_eq!(refund(&payment("ok", "")), Err(NotOperable::NoProvider));
        let mut without_id = payment("ok", "klarna");
        without_id.transaction_id = None;
        assert_eq!(refund(&without_id), Err(NotOperable::NoTransactionId));
    }

    #[test]
    fn the_status_picks_the_call_for_a_hold() {
        use HoldAction::{Activate, Cancel};
        let klarna = payment("pending", "klarna");
        assert_eq!(hold_call(&klarna, Activate), Ok(HoldCall::ActivateInvoice));
        assert_eq!(hold_call(&klarna, Cancel), Ok(HoldCall::CancelOrder));
        let hold = payment("authorization-hold", "klarna");
        assert_eq!(hold_call(&hold, Activate), Ok(HoldCall::KlarnaCommit));
        assert_eq!(hold_call(&hold, Cancel), Ok(HoldCall::KlarnaRevert));
        let walley = payment("pending", "walleyb2c");
        assert_eq!(hold_call(&walley, Activate), Ok(HoldCall::ActivateInvoice));
        assert_eq!(
            hold_call(&walley, Cancel),
            Err(NotOperable::WrongProvider("walleyb2c".into()))
        );
        assert_eq!(
            hold_call(&payment("ok", "klarna"), Cancel),
            Err(NotOperable::AlreadyCaptured)
        );
        assert_eq!(
            hold_call(&payment("fail", "klarna"), Activate),
            Err(NotOperable::HoldGone)
        );
        assert_eq!(
            hold_call(&payment("fail", "klarna"), Cancel),
            Ok(HoldCall::CancelOrder)
        );
    }

    #[test]
    fn a_manual_invoice_is_presumed_only_of_an_open_hold_and_has_a_deadline() {
        let mut open = payment("pending", "klarna");
        assert_eq!(open.manual_invoice(), Some(ManualInvoice::Presumed));
        assert_eq!(
            open.deadline().unwrap().to_rfc3339(),
            "2026-11-29T10:00:00+00:00"
        );
        open.manual_invoice_known = true;
        assert_eq!(open.manual_invoice(), Some(ManualInvoice::Known));
        open.status = PaymentStatus::Ok;
        assert_eq!(open.deadline(), None);
        assert_eq!(payment("pending", "nordea").manual_invoice(), None);
        assert_eq!(payment("ok", "klarna").manual_invoice(), None);
    }

    proptest! {
        #[test]
        fn what_is_allowed_never_adds_up_to_more_than_the_amount(
            amount in 1_i64..=99_999_998, refunded in 0_i64..=99_999_998,
            reserved in 0_i64..=99_999_998, wanted in -5_i64..=100_000_005,
        ) {
            let mut payment = payment("ok", "klarna");
            payment.amount = Money::from_cents(amount);
            payment.refunded = Money::from_cents(refunded);
            payment.reserved = Money::from_cents(reserved);
            if refund_amount(&payment, Money::from_cents(wanted)).is_ok() {
                prop_assert!(wanted >= 1);
                prop_assert!(refunded + reserved + wanted <= amount);
            }
        }
    }
}
