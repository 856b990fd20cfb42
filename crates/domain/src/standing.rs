//! How a payment stands, in one word: its status together with what this program is doing to it.
//!
//! The word is never better than what is known. "Refunded" is said of what is done only; a hold that is
//! gone is called cancelled only where a cancel of ours is known to have done it, and expired never:
//! Paytrail shows the same status for both (API document §3).

use serde::{Deserialize, Serialize};

use crate::operation::{OperationKind, OperationState};
use crate::payment::Payment;
use crate::status::PaymentStatus;

/// How a payment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PaymentStanding {
    /// Made; nobody has paid.
    New,
    /// Paid, nothing given back.
    Paid,
    /// A hold that waits to be captured or released.
    Hold,
    /// Some of it is given back.
    PartlyRefunded,
    /// All of it is given back.
    Refunded,
    /// A refund is confirmed or taken by Paytrail; its outcome is open.
    RefundRequested,
    /// A request is on its way.
    Sending,
    /// What became of a request is not known.
    Unknown,
    /// An activation is open.
    Activating,
    /// A cancel is open.
    Cancelling,
    /// Not paid.
    Failed,
    /// Cancelled, by us or before us: Paytrail's answer to a cancel of ours says so.
    Cancelled,
    /// The hold is gone: cancelled or out of time, which of the two is not known.
    HoldGone,
    /// A status that this program does not know, or one of a method that has no holds; its wire name
    /// says more.
    Other,
}

/// What the journal knows of a payment, as far as its standing depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// The open operations.
    pub open: Vec<(OperationKind, OperationState)>,
    /// An answer to a cancel of ours says that it is cancelled now, or was before.
    pub cancelled: bool,
    /// An activation was ordered: then it had been a hold.
    pub was_hold: bool,
}

/// How this payment stands.
///
/// What is unknown goes before what is on its way, that before what is asked for, and all of it before
/// what is settled: the word is what a person has to know first.
pub fn standing(payment: &Payment, deeds: &Deeds) -> PaymentStanding {
    let any = |state| deeds.open.iter().any(|(_, each)| *each == state);
    if any(OperationState::Unknown) {
        return PaymentStanding::Unknown;
    }
    if any(OperationState::Sending) {
        return PaymentStanding::Sending;
    }
    if let Some((kind, _)) = deeds.open.iter().find(|(_, state)| state.is_open()) {
        return match kind {
            OperationKind::Refund => PaymentStanding::RefundRequested,
            OperationKind::Activate => PaymentStanding::Activating,
            OperationKind::Cancel => PaymentStanding::Cancelling,
        };
    }
    match &payment.status {
        PaymentStatus::New => PaymentStanding::New,
        PaymentStatus::Ok if payment.refunded.is_zero() => PaymentStanding::Paid,
        PaymentStatus::Ok if payment.refunded < payment.amount => PaymentStanding::PartlyRefunded,
        PaymentStatus::Ok => PaymentStanding::Refunded,
        PaymentStatus::Pending | PaymentStatus::Delayed | PaymentStatus::AuthorizationHold => {
            if payment.may_be_held() {
                PaymentStanding::Hold
            } else {
                PaymentStanding::Other
            }
        }
        PaymentStatus::Fail if deeds.cancelled => PaymentStanding::Cancelled,
        PaymentStatus::Fail if payment.was_held() || deeds.was_hold => PaymentStanding::HoldGone,
        PaymentStatus::Fail => PaymentStanding::Failed,
        PaymentStatus::Other(_) => PaymentStanding::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::money::Money;
    use crate::payment::Customer;
    use crate::status::Provider;
    use crate::time::WireTime;
    use OperationKind::{Activate, Cancel, Refund};
    use OperationState::{Accepted, Queued, Sending, Unknown};

    fn payment(status: &str, refunded: i64) -> Payment {
        Payment {
            account: AccountId::from_row(1),
            transaction_id: None,
            reference: String::new(),
            stamp: String::new(),
            status: status.into(),
            provider: Provider::new("klarna"),
            amount: Money::from_cents(1_000),
            refunded: Money::from_cents(refunded),
            reserved: Money::ZERO,
            manual_invoice_known: false,
            seen_held: false,
            created: WireTime::parse("2026-11-01T10:00:00Z").unwrap(),
            customer: Customer::default(),
            checked_at: None,
        }
    }

    fn open(open: &[(OperationKind, OperationState)]) -> Deeds {
        Deeds {
            open: open.to_vec(),
            ..Deeds::default()
        }
    }

    #[test]
    fn without_open_operations_the_status_and_what_is_refunded_tell() {
        for (status, refunded, expected) in [
            ("new", 0, PaymentStanding::New),
            ("ok", 0, PaymentStanding::Paid),
            ("ok", 1, PaymentStanding::PartlyRefunded),
            ("ok", 999, PaymentStanding::PartlyRefunded),
            ("ok", 1_000, PaymentStanding::Refunded),
            ("pending", 0, PaymentStanding::Hold),
            ("delayed", 0, PaymentStanding::Hold),
            ("authorization-hold", 0, PaymentStanding::Hold),
            ("fail", 0, PaymentStanding::Failed),
            ("accepted", 0, PaymentStanding::Other),
        ] {
            let found = standing(&payment(status, refunded), &Deeds::default());
            assert_eq!(found, expected, "{status} {refunded}");
        }
    }

    #[test]
    fn a_waiting_payment_of_a_method_without_holds_is_no_hold_and_one_without_a_method_may_be() {
        let mut waiting = payment("pending", 0);
        waiting.provider = Provider::new("nordea");
        let found = standing(&waiting, &Deeds::default());
        assert_eq!(found, PaymentStanding::Other);
        waiting.provider = None;
        let found = standing(&waiting, &Deeds::default());
        assert_eq!(found, PaymentStanding::Hold);
    }

    #[test]
    fn what_is_unknown_goes_before_what_is_sent_and_that_before_what_is_asked_for() {
        let paid = payment("ok", 1_000);
        for (deeds, expected) in [
            (
                vec![(Refund, Queued), (Refund, Sending), (Refund, Unknown)],
                PaymentStanding::Unknown,
            ),
            (
                vec![(Refund, Accepted), (Refund, Sending)],
                PaymentStanding::Sending,
            ),
            (vec![(Refund, Accepted)], PaymentStanding::RefundRequested),
            (vec![(Refund, Queued)], PaymentStanding::RefundRequested),
            (vec![(Activate, Accepted)], PaymentStanding::Activating),
            (vec![(Cancel, Queued)], PaymentStanding::Cancelling),
        ] {
            assert_eq!(standing(&paid, &open(&deeds)), expected, "{deeds:?}");
        }
    }

    #[test]
    fn a_hold_that_is_gone_is_called_cancelled_only_where_a_cancel_of_ours_did_it() {
        let mut gone = payment("fail", 0);
        let ours = Deeds {
            cancelled: true,
            ..Deeds::default()
        };
        assert_eq!(standing(&gone, &ours), PaymentStanding::Cancelled);
        let ordered = Deeds {
            was_hold: true,
            ..Deeds::default()
        };
        assert_eq!(standing(&gone, &ordered), PaymentStanding::HoldGone);
        gone.manual_invoice_known = true;
        let found = standing(&gone, &Deeds::default());
        assert_eq!(found, PaymentStanding::HoldGone);
        gone.manual_invoice_known = false;
        gone.seen_held = true;
        let found = standing(&gone, &Deeds::default());
        assert_eq!(found, PaymentStanding::HoldGone);
        // A bank's payment that waited for a while was no hold.
        gone.provider = Provider::new("nordea");
        let found = standing(&gone, &Deeds::default());
        assert_eq!(found, PaymentStanding::Failed);
        // A cancel that is done says nothing of a payment that is paid after all.
        assert_eq!(standing(&payment("ok", 0), &ours), PaymentStanding::Paid);
    }

    #[test]
    fn the_names_are_those_of_json() {
        let name = serde_json::to_value(PaymentStanding::PartlyRefunded).unwrap();
        assert_eq!(name, "partlyRefunded");
    }
}
