//! Refunds, by the rules that Paytrail documents: never more than is left of the payment or of its
//! row, never more than the merchant's balance, and the same stamp twice is two refunds.

use chrono::{DateTime, Duration, Utc};
use hyvitys_domain::{Money, PaymentStatus, Provider, TransactionId};

use super::model::{Refund, RefundItem, Urls};
use super::{Books, Notice, Refusal};

/// Providers that this sandbox takes to have no refund API: they need an email refund. Which ones
/// really have none is not documented; these are the sandbox's choice.
pub const NO_REFUND_API: [&str; 2] = ["omasp", "pop"];

/// How long a pending refund takes.
const SETTLES_AFTER: Duration = Duration::seconds(60);

/// A refund as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The whole amount; may be left out where rows are named.
    pub amount: Option<Money>,
    /// The rows it is for, may be none.
    pub items: Vec<RefundItem>,
    /// The shop's stamp.
    pub refund_stamp: Option<String>,
    /// The shop's reference.
    pub refund_reference: Option<String>,
    /// Where an email refund may go.
    pub email: Option<String>,
    /// Where the shop wants to be told.
    pub callback_urls: Urls,
}

impl Books {
    /// Takes a refund in. What comes back is accepted, and `ok` or still `pending`.
    pub fn order_refund(
        &mut self,
        id: TransactionId,
        order: RefundOrder,
        now: DateTime<Utc>,
    ) -> Result<Refund, Refusal> {
        self.advance(now);
        let payment = self.find(id)?;
        if payment.has_open_hold() {
            return Err(Refusal::invalid(
                "Payment waits for activation and can not be refunded: cancel it instead",
            ));
        }
        if payment.status != PaymentStatus::Ok {
            return Err(Refusal::invalid(format!(
                "Payment can not be refunded in status {}",
                payment.status
            )));
        }
        let provider = payment.provider.clone();
        let amount = self.checked_amount(id, &order)?;

        let has_api = provider
            .as_ref()
            .is_some_and(|p| !NO_REFUND_API.contains(&p.as_str()));
        let (status, provider, settles_at) = if !has_api && order.email.is_none() {
            return Err(Refusal::Unsupported(
                "Payment method does not support refunds".to_owned(),
            ));
        } else if !has_api {
            (PaymentStatus::Pending, Provider::new("email refund"), None)
        } else if self.throw("refund-pending", id, amount) < self.rates.pending_refunds {
            (PaymentStatus::Pending, provider, Some(now + SETTLES_AFTER))
        } else {
            (PaymentStatus::Ok, provider, None)
        };
        let number = self.refunds_of(id).count();
        let refund = Refund {
            id: TransactionId::from_uuid(self.dice.uuid("refund", &[&id, &number])),
            payment: id,
            amount,
            items: order.items,
            refund_stamp: order.refund_stamp,
            refund_reference: order.refund_reference,
            email: order.email,
            will_fail: settles_at.is_some()
                && self.throw("refund-fails", id, amount) < self.rates.failing_refunds,
            status,
            provider,
            created_at: now,
            settles_at,
            callback_urls: Some(order.callback_urls),
        };
        self.pay_out(amount);
        if refund.status == PaymentStatus::Ok {
            self.notices.push(Notice::Refund(refund.id));
        }
        self.store_refund(refund.clone());
        Ok(refund)
    }

    fn throw(&self, question: &str, id: TransactionId, amount: Money) -> f64 {
        self.dice.share(question, &[&id, &amount.cents()])
    }

    /// The amount of an order, checked against what is left of the payment, of each row, and of the
    /// balance.
    fn checked_amount(&self, id: TransactionId, order: &RefundOrder) -> Result<Money, Refusal> {
        let rows: Option<Money> = order.items.iter().map(|item| item.amount).sum();
        let rows = rows.ok_or_else(|| Refusal::invalid("Refund amount is not valid"))?;
        let amount = match order.amount {
            Some(amount) if order.items.is_empty() || amount == rows => amount,
            Some(_) => {
                return Err(Refusal::invalid(
                    "Refund amount is not the sum of its items",
                ));
            }
            None if order.items.is_empty() => {
                return Err(Refusal::invalid("Refund amount is missing"));
            }
            None => rows,
        };
        if !amount.is_payable() || order.items.iter().any(|item| !item.amount.is_payable()) {
            return Err(Refusal::invalid("Refund amount is not valid"));
        }
        let payment = self.find(id)?;
        for item in &order.items {
            let row = payment
                .items
                .iter()
                .find(|row| row.stamp.as_deref() == Some(&item.stamp));
            let Some(row) = row else {
                return Err(Refusal::invalid(format!("Item {} not found", item.stamp)));
            };
            let parts = self.refunds_of(id).filter(|refund| refund.holds_money());
            let parts = parts.flat_map(|refund| &refund.items).chain(&order.items);
            let all: Option<Money> = parts
                .filter(|part| part.stamp == item.stamp)
                .map(|part| part.amount)
                .sum();
            if row.total().zip(all).is_none_or(|(total, all)| all > total) {
                return Err(Refusal::invalid(format!(
                    "Refund amount exceeds what is left of item {}",
                    item.stamp
                )));
            }
        }
        let all = self.refunded(id).checked_add(amount);
        if all.is_none_or(|all| all > payment.amount) {
            return Err(Refusal::invalid(
                "Refund amount exceeds the remaining amount of the payment",
            ));
        }
        if amount > self.balance {
            return Err(Refusal::invalid(
                "Insufficient merchant balance for the refund",
            ));
        }
        Ok(amount)
    }

    /// Settles a pending refund now, whatever was to become of it.
    pub fn settle_refund(&mut self, id: TransactionId, succeeds: bool) -> Result<Refund, Refusal> {
        let refund = self.refunds.get(&id).cloned();
        let refund = refund.ok_or_else(|| Refusal::NotFound("Transaction not found".to_owned()))?;
        if refund.status != PaymentStatus::Pending {
            return Err(Refusal::invalid(format!(
                "The refund is already {}",
                refund.status
            )));
        }
        Ok(self.settle(refund, succeeds))
    }

    fn settle(&mut self, mut refund: Refund, succeeds: bool) -> Refund {
        refund.settles_at = None;
        if succeeds {
            refund.status = PaymentStatus::Ok;
        } else {
            refund.status = PaymentStatus::Fail;
            self.pay_in(refund.amount);
        }
        self.notices.push(Notice::Refund(refund.id));
        self.store_refund(refund.clone());
        refund
    }

    /// Settles a pending refund if that is due at `at`. With an email address, one whose provider
    /// fails silently turns into an email refund and stays pending.
    pub(super) fn settle_refund_due(&mut self, id: TransactionId, at: DateTime<Utc>) {
        let Some(refund) = self.refunds.get(&id).cloned() else {
            return;
        };
        let due = refund.settles_at.is_some_and(|settles_at| settles_at <= at);
        if refund.status != PaymentStatus::Pending || !due {
            return;
        }
        if refund.will_fail && refund.email.is_some() {
            let provider = Provider::new("email refund");
            self.store_refund(Refund {
                provider,
                settles_at: None,
                ..refund
            });
        } else {
            let succeeds = !refund.will_fail;
            self.settle(refund, succeeds);
        }
    }
}
