//! The shop's books as a state machine: payments, refunds, holds, the merchant's balance.
//!
//! Nothing here reads a clock, a file or the network: whoever calls passes the time in, and takes out
//! afterwards what has changed and who is to be told. So every rule can be shown in a plain test, and
//! what the books say of themselves is the truth that other programs are measured against.

mod holds;
mod model;
mod payments;
mod refunds;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, PaymentStatus, TransactionId};

pub use holds::{CancelAnswer, HoldAnswer};
pub use model::{
    Cancel, Capture, Customer, Item, NextCancel, Payment, Refund, RefundItem, Settlement, Urls,
};
pub use payments::{NewPayment, PayOutcome};
pub use refunds::{NO_REFUND_API, RefundOrder};

use crate::dice::Dice;

/// How often what happens; each a share from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Refunds that are `pending` at first.
    pub pending_refunds: f64,
    /// Of those, the ones that fail.
    pub failing_refunds: f64,
    /// Cancellations that are answered with 202 and settle later.
    pub cancel_202: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            pending_refunds: 0.1,
            failing_refunds: 0.3,
            cancel_202: 0.2,
        }
    }
}

/// Why the books refuse something, by the status that Paytrail answers it with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404: no such thing.
    #[error("{0}")]
    NotFound(String),
    /// 400: not valid, or not possible in this state.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// The fields that are wrong, may be empty.
        meta: Vec<String>,
    },
    /// 422: the payment method can't do that.
    #[error("{0}")]
    Unsupported(String),
    /// 500: it went wrong inside.
    #[error("{0}")]
    Broken(String),
}

impl Refusal {
    /// A 400 with a message only.
    pub fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::Invalid {
            message: message.into(),
            meta: Vec::new(),
        }
    }

    /// The HTTP status of the answer.
    pub const fn http_status(&self) -> u16 {
        match self {
            Refusal::NotFound(_) => 404,
            Refusal::Invalid { .. } => 400,
            Refusal::Unsupported(_) => 422,
            Refusal::Broken(_) => 500,
        }
    }
}

/// Something that the shop wants to be told by a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A payment was paid, captured, cancelled or ran out.
    Payment(TransactionId),
    /// A refund settled.
    Refund(TransactionId),
}

/// What changed since it was last asked, to be saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Payments as they are now.
    pub payments: Vec<Payment>,
    /// Refunds as they are now.
    pub refunds: Vec<Refund>,
    /// The balance, if it moved.
    pub balance: Option<Money>,
}

/// The books of one merchant.
#[derive(Debug)]
pub struct Books {
    dice: Dice,
    rates: Rates,
    payments: BTreeMap<TransactionId, Payment>,
    refunds: BTreeMap<TransactionId, Refund>,
    settlements: Vec<Settlement>,
    balance: Money,
    stamps: HashSet<String>,
    refunds_of: HashMap<TransactionId, Vec<TransactionId>>,
    /// What settles by itself, and when.
    agenda: BTreeSet<(DateTime<Utc>, TransactionId)>,
    touched: BTreeSet<TransactionId>,
    balance_moved: bool,
    notices: Vec<Notice>,
}

impl Books {
    /// Empty books.
    pub fn new(dice: Dice, rates: Rates) -> Books {
        Books {
            dice,
            rates,
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            settlements: Vec::new(),
            balance: Money::ZERO,
            stamps: HashSet::new(),
            refunds_of: HashMap::new(),
            agenda: BTreeSet::new(),
            touched: BTreeSet::new(),
            balance_moved: false,
            notices: Vec::new(),
        }
    }

    /// Puts a payment in as it is, over one with the same id: for history and saved books.
    pub fn put_payment(&mut self, payment: Payment) {
        self.stamps.insert(payment.stamp.clone());
        self.schedule_payment(&payment);
        self.payments.insert(payment.id, payment);
    }

    /// Puts a refund in as it is, over one with the same id: for history and saved books. The balance
    /// stays as it is.
    pub fn put_refund(&mut self, refund: Refund) {
        let of_payment = self.refunds_of.entry(refund.payment).or_default();
        if !of_payment.contains(&refund.id) {
            of_payment.push(refund.id);
        }
        if let Some(at) = refund.settles_at {
            self.agenda.insert((at, refund.id));
        }
        self.refunds.insert(refund.id, refund);
    }

    /// Puts the list of settlements in.
    pub fn put_settlements(&mut self, settlements: Vec<Settlement>) {
        self.settlements = settlements;
    }

    /// A payment by its id.
    pub fn payment(&self, id: TransactionId) -> Option<&Payment> {
        self.payments.get(&id)
    }

    /// A refund by its own id.
    pub fn refund(&self, id: TransactionId) -> Option<&Refund> {
        self.refunds.get(&id)
    }

    /// All payments, oldest first.
    pub fn payments(&self) -> Vec<&Payment> {
        let mut all: Vec<&Payment> = self.payments.values().collect();
        all.sort_by_key(|payment| (payment.created_at, payment.id));
        all
    }

    /// All refunds, oldest first.
    pub fn refunds(&self) -> Vec<&Refund> {
        let mut all: Vec<&Refund> = self.refunds.values().collect();
        all.sort_by_key(|refund| (refund.created_at, refund.id));
        all
    }

    /// All settlements, newest first.
    pub fn settlements(&self) -> &[Settlement] {
        &self.settlements
    }

    /// What the merchant has at Paytrail: refunds are paid from it. Seeded payouts leave it alone, so
    /// that the history can be refunded.
    pub fn balance(&self) -> Money {
        self.balance
    }

    /// Sets the balance.
    pub fn set_balance(&mut self, balance: Money) {
        self.balance = balance;
        self.balance_moved = true;
    }

    /// The refunds of a payment, oldest first.
    pub fn refunds_of(&self, payment: TransactionId) -> impl Iterator<Item = &Refund> {
        let ids = self.refunds_of.get(&payment).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.refunds.get(id))
    }

    /// What of a payment is refunded or on the way: `ok` and `pending` refunds.
    pub fn refunded(&self, payment: TransactionId) -> Money {
        let amounts = self
            .refunds_of(payment)
            .filter(|r| r.holds_money())
            .map(|r| r.amount);
        amounts.sum::<Option<Money>>().unwrap_or(Money::LARGEST)
    }

    /// Takes out what changed since the last call.
    pub fn take_changes(&mut self) -> Changes {
        let touched = std::mem::take(&mut self.touched);
        Changes {
            payments: touched
                .iter()
                .filter_map(|id| self.payments.get(id))
                .cloned()
                .collect(),
            refunds: touched
                .iter()
                .filter_map(|id| self.refunds.get(id))
                .cloned()
                .collect(),
            balance: std::mem::take(&mut self.balance_moved).then_some(self.balance),
        }
    }

    /// Takes out who is to be told since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Lets everything happen that is due at `now`: refunds settle, cancellations go through, holds
    /// run out.
    pub fn advance(&mut self, now: DateTime<Utc>) {
        while let Some(&(at, id)) = self.agenda.first() {
            if at > now {
                break;
            }
            self.agenda.pop_first();
            self.settle_refund_due(id, at);
            self.settle_hold_due(id, at);
        }
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.agenda.first().map(|(at, _)| *at)
    }

    fn find(&self, id: TransactionId) -> Result<&Payment, Refusal> {
        self.payments
            .get(&id)
            .ok_or_else(|| Refusal::NotFound("Transaction not found".to_owned()))
    }

    /// Writes a changed payment back: into the agenda, and among what is to be saved.
    fn store_payment(&mut self, payment: Payment) {
        self.touched.insert(payment.id);
        self.put_payment(payment);
    }

    fn store_refund(&mut self, refund: Refund) {
        self.touched.insert(refund.id);
        self.put_refund(refund);
    }

    /// Something due earlier stays in the agenda and then finds nothing to do: that is harmless, and
    /// simpler than taking it out at every way a payment can change.
    fn schedule_payment(&mut self, payment: &Payment) {
        if let Cancel::Requested { settles_at } = payment.cancel {
            self.agenda.insert((settles_at, payment.id));
        }
        if let Some(deadline) = payment.deadline() {
            self.agenda.insert((deadline, payment.id));
        }
    }

    fn pay_in(&mut self, amount: Money) {
        self.set_balance(self.balance.checked_add(amount).unwrap_or(self.balance));
    }

    fn pay_out(&mut self, amount: Money) {
        self.set_balance(self.balance.checked_sub(amount).unwrap_or(self.balance));
    }

    /// Marks a payment's money as taken.
    fn captured(&mut self, mut payment: Payment, now: DateTime<Utc>) {
        payment.status = PaymentStatus::Ok;
        payment.paid_at = Some(now);
        self.pay_in(payment.amount);
        self.notices.push(Notice::Payment(payment.id));
        self.store_payment(payment);
    }

    /// Marks a payment as not paid, its hold as gone.
    fn failed(&mut self, mut payment: Payment) {
        payment.status = PaymentStatus::Fail;
        self.notices.push(Notice::Payment(payment.id));
        self.store_payment(payment);
    }
}
