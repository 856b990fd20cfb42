//! A payment as this program knows it: what the sources said, and what the journal adds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::deadline;
use crate::ids::{AccountId, ItemStamp, TransactionId};
use crate::money::Money;
use crate::status::{PaymentStatus, Provider};
use crate::time::WireTime;

/// Whether a payment waits for an activation, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ManualInvoice {
    /// We made it so, or a source says so.
    Known,
    /// It looks like one: `pending` may also be a fraud check, and `GET` does not tell.
    Presumed,
}

/// Who pays. Every field may be missing: sources give parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// First name, as the source has it.
    pub first_name: Option<String>,
    /// Last name, as the source has it.
    pub last_name: Option<String>,
    /// Email address, as the source has it.
    pub email: Option<String>,
}

/// A postal address (API document: Address).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Street and number.
    pub street_address: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// County or region, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: String,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// The line's stamp, needed to refund it by itself.
    pub stamp: Option<ItemStamp>,
    /// What was bought.
    pub description: String,
    /// The shop's product code.
    pub product_code: Option<String>,
    /// How many.
    pub units: u32,
    /// The whole line in cents; negative for a discount.
    pub amount: Money,
    /// VAT in tenths of a percent: 25,5 % is 255.
    pub vat_permille: Option<u16>,
}

/// A payment of one account, with what the journal knows of its refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Whose payment it is.
    pub account: AccountId,
    /// Paytrail's id; without it the payment can be seen, but nothing can be done with it.
    pub transaction_id: Option<TransactionId>,
    /// The shop's order reference.
    pub reference: String,
    /// The shop's unique stamp of the payment.
    pub stamp: String,
    /// The status, as the strongest source has it.
    pub status: PaymentStatus,
    /// How it was or will be paid; a new payment has none.
    pub provider: Option<Provider>,
    /// The whole amount.
    pub amount: Money,
    /// Refunds that are done: the journal's and those that reports showed. Never lowered.
    pub refunded: Money,
    /// Refunds that are open: queued, sending, accepted or unknown.
    pub reserved: Money,
    /// What a source said of manual activation; see [`Payment::manual_invoice`].
    pub manual_invoice_known: bool,
    /// Whether it was ever seen as an open hold; see [`Payment::may_be_held`].
    pub seen_held: bool,
    /// When it was made.
    pub created: WireTime,
    /// Who pays.
    pub customer: Customer,
    /// When a believable signed answer last showed this payment.
    pub checked_at: Option<DateTime<Utc>>,
}

impl Payment {
    /// What is left to refund, never below zero: amount − refunded − reserved. It is an upper bound:
    /// refunds made by other tools are invisible until a report shows them.
    pub fn refundable(&self) -> Money {
        self.amount
            .checked_sub(self.refunded)
            .and_then(|left| left.checked_sub(self.reserved))
            .unwrap_or(Money::ZERO)
            .max(Money::ZERO)
    }

    /// Whether it is a manual invoice: known where a source said so, else presumed of an open hold
    /// at a provider that has them.
    pub fn manual_invoice(&self) -> Option<ManualInvoice> {
        let holds = self
            .provider
            .as_ref()
            .is_some_and(|p| deadline::hold_window(p).is_some());
        if self.manual_invoice_known {
            Some(ManualInvoice::Known)
        } else if holds && self.status.is_open_hold() {
            Some(ManualInvoice::Presumed)
        } else {
            None
        }
    }

    /// Whether it may be a hold that can be captured or released: its status is one of a hold, and its
    /// method has holds or is not known.
    pub fn may_be_held(&self) -> bool {
        self.status.is_open_hold() && self.method_may_hold()
    }

    /// Whether it was a hold: a source said so, or it was seen as one.
    pub fn was_held(&self) -> bool {
        self.manual_invoice_known || (self.seen_held && self.method_may_hold())
    }

    fn method_may_hold(&self) -> bool {
        let method = self.provider.as_ref();
        method.is_none_or(|method| deadline::hold_window(method).is_some())
    }

    /// When the open hold of this payment ends; `None` where there is none to lose.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        if !self.status.is_open_hold() {
            return None;
        }
        deadline::deadline(self.provider.as_ref()?, self.created)
    }
}
