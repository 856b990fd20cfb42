//! New payments, and customers who pay them.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Address, Money, PaymentStatus, Provider, TransactionId, deadline};

use super::model::{Cancel, Capture, Customer, Item, Payment, Urls};
use super::{Books, Refusal};

/// A payment as it is asked for; its limits are checked where the request is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// The shop's stamp, unique.
    pub stamp: String,
    /// The shop's order reference.
    pub reference: String,
    /// The whole amount.
    pub amount: Money,
    /// `FI`, `SV` or `EN`.
    pub language: String,
    /// How its money will be taken.
    pub capture: Capture,
    /// The order's rows, may be none.
    pub items: Vec<Item>,
    /// Who pays.
    pub customer: Customer,
    /// Where the invoice goes.
    pub invoicing_address: Option<Address>,
    /// Where the customer is sent afterwards.
    pub redirect_urls: Urls,
    /// Where the shop wants to be told.
    pub callback_urls: Option<Urls>,
}

/// What a customer does at the payment page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayOutcome {
    /// Pays; a manual invoice is then a hold.
    Pays,
    /// Gives up, or the provider refuses.
    Fails,
    /// Pays, and the provider checks for fraud: `pending` without a hold.
    FraudCheck,
}

impl Books {
    /// Takes a new payment in.
    pub fn create(&mut self, new: NewPayment, now: DateTime<Utc>) -> Result<Payment, Refusal> {
        self.advance(now);
        if self.stamps.contains(&new.stamp) {
            return Err(Refusal::invalid(
                "Payment with the same stamp already exists",
            ));
        }
        let payment = Payment {
            id: TransactionId::from_uuid(self.dice.uuid("payment", &[&new.stamp])),
            stamp: new.stamp,
            reference: new.reference,
            amount: new.amount,
            language: new.language,
            status: PaymentStatus::New,
            provider: None,
            capture: new.capture,
            cancel: Cancel::None,
            next_cancel: None,
            created_at: now,
            paid_at: None,
            items: new.items,
            customer: new.customer,
            invoicing_address: new.invoicing_address,
            redirect_urls: new.redirect_urls,
            callback_urls: new.callback_urls,
            settlement: None,
        };
        self.store_payment(payment.clone());
        Ok(payment)
    }

    /// Lets the customer of a new payment pay, or fail to.
    pub fn pay(
        &mut self,
        id: TransactionId,
        provider: Provider,
        outcome: PayOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.advance(now);
        let mut payment = self.find(id)?.clone();
        if payment.status != PaymentStatus::New {
            return Err(Refusal::invalid(format!(
                "Payment can not be paid in status {}",
                payment.status
            )));
        }
        if payment.capture == Capture::Authorization && !provider.is_klarna() {
            return Err(Refusal::invalid(
                "This payment can be paid with Klarna only",
            ));
        }
        // A provider that has no invoices to activate takes the money at once.
        let window = deadline::hold_window(&provider);
        if window.is_none() {
            payment.capture = Capture::AtOnce;
        }
        payment.provider = Some(provider);
        match outcome {
            PayOutcome::Fails => self.failed(payment),
            PayOutcome::FraudCheck => {
                payment.capture = Capture::AtOnce;
                payment.status = PaymentStatus::Pending;
                self.store_payment(payment);
            }
            PayOutcome::Pays if payment.capture == Capture::AtOnce => self.captured(payment, now),
            // The hold's window runs from the creation of the payment: it may be over already.
            PayOutcome::Pays if window.is_some_and(|window| payment.created_at + window <= now) => {
                self.failed(payment);
            }
            PayOutcome::Pays => {
                payment.status = match payment.capture {
                    Capture::Authorization => PaymentStatus::AuthorizationHold,
                    _ => PaymentStatus::Pending,
                };
                self.notices.push(super::Notice::Payment(payment.id));
                self.store_payment(payment);
            }
        }
        Ok(())
    }
}
