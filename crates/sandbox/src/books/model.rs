//! What stands in the books: payments, refunds, settlements.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Address, Money, PaymentStatus, Provider, TransactionId, deadline};
use serde::{Deserialize, Serialize};

/// How a payment's money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capture {
    /// As soon as the customer pays.
    AtOnce,
    /// By `activate-invoice` (created with `manualInvoiceActivation`).
    ManualInvoice,
    /// By `klarna/commit` (created by `klarna/authorization-hold`).
    Authorization,
}

/// How far a cancellation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Cancel {
    /// Nobody has asked for one.
    None,
    /// Asked for and answered with 202.
    Requested {
        /// When it is through (UTC).
        settles_at: DateTime<Utc>,
    },
    /// Through: the hold is gone.
    Done,
}

/// What the next `cancel-order` of a payment is made to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NextCancel {
    /// 201: cancelled at once.
    #[serde(rename = "201")]
    Done,
    /// 202: cancelled 60 s later.
    #[serde(rename = "202")]
    Requested,
    /// 500, and nothing was done.
    #[serde(rename = "500")]
    Broken,
    /// 500, although it was done.
    #[serde(rename = "500-after")]
    DoneButBroken,
}

/// A pair of addresses: for what went well, and for what did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urls {
    /// Called, or shown, on success.
    pub success: String,
    /// Called, or shown, otherwise.
    pub cancel: String,
}

/// A customer as a payment names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Customer {
    /// Email address.
    pub email: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Company name, may be empty.
    pub company_name: String,
    /// The company's VAT id, may be empty.
    pub vat_id: String,
}

/// One row of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The row's stamp; without it the row can't be refunded by itself.
    pub stamp: Option<String>,
    /// Price of one, in cents; negative for a discount.
    pub unit_price: Money,
    /// How many.
    pub units: u32,
    /// VAT in tenths of a percent: 25,5 % is 255.
    pub vat_tenths: u16,
    /// The shop's code of the product.
    pub product_code: String,
    /// What it is, may be empty.
    pub description: String,
}

impl Item {
    /// The whole row in cents; `None` where it does not fit into an amount.
    pub fn total(&self) -> Option<Money> {
        self.unit_price.checked_mul(i64::from(self.units))
    }
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Its id.
    pub id: TransactionId,
    /// The shop's stamp, unique.
    pub stamp: String,
    /// The shop's order reference.
    pub reference: String,
    /// The whole amount.
    pub amount: Money,
    /// `FI`, `SV` or `EN`.
    pub language: String,
    /// As `GET` shows it.
    pub status: PaymentStatus,
    /// How it was paid; none while new.
    pub provider: Option<Provider>,
    /// How its money is taken.
    pub capture: Capture,
    /// How far a cancellation has come.
    pub cancel: Cancel,
    /// What its next cancellation is made to answer.
    pub next_cancel: Option<NextCancel>,
    /// When it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// When its money was taken (UTC).
    pub paid_at: Option<DateTime<Utc>>,
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
    /// The settlement that paid it out.
    pub settlement: Option<u32>,
}

impl Payment {
    /// Whether a hold stands that can be captured or released.
    pub fn has_open_hold(&self) -> bool {
        match self.capture {
            Capture::AtOnce => false,
            Capture::ManualInvoice => {
                matches!(self.status, PaymentStatus::Pending | PaymentStatus::Delayed)
            }
            Capture::Authorization => self.status == PaymentStatus::AuthorizationHold,
        }
    }

    /// When an open hold runs out by itself (28 days at Klarna, 90 at Walley); `None` without one.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        if !self.has_open_hold() {
            return None;
        }
        self.created_at
            .checked_add_signed(deadline::hold_window(self.provider.as_ref()?)?)
    }

    /// Whether it was paid by Klarna.
    pub fn is_klarna(&self) -> bool {
        self.provider.as_ref().is_some_and(Provider::is_klarna)
    }
}

/// A part of a refund that belongs to one row of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundItem {
    /// The row's stamp.
    pub stamp: String,
    /// The part in cents, positive.
    pub amount: Money,
}

/// A refund. It has a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Its own id.
    pub id: TransactionId,
    /// The refunded payment.
    pub payment: TransactionId,
    /// What is paid back, positive.
    pub amount: Money,
    /// The rows it is for, may be none.
    pub items: Vec<RefundItem>,
    /// The shop's stamp. Nothing makes it unique: the same one twice is two refunds.
    pub refund_stamp: Option<String>,
    /// The shop's reference of the refund.
    pub refund_reference: Option<String>,
    /// Where an email refund would go.
    pub email: Option<String>,
    /// `ok`, `pending` or `fail`.
    pub status: PaymentStatus,
    /// Who pays it back; `email refund` where an email asks for a bank account.
    pub provider: Option<Provider>,
    /// When it was asked for (UTC).
    pub created_at: DateTime<Utc>,
    /// When a pending one settles by itself (UTC); none for what waits for a person.
    pub settles_at: Option<DateTime<Utc>>,
    /// Whether it will then fail.
    pub will_fail: bool,
    /// Where the shop wants to be told; seeded refunds tell no one.
    pub callback_urls: Option<Urls>,
}

impl Refund {
    /// Whether its amount is paid back, or kept for being paid back.
    pub fn holds_money(&self) -> bool {
        self.status != PaymentStatus::Fail
    }
}

/// One payout to the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// Its number.
    pub id: u32,
    /// When it was put together (UTC).
    pub created_at: DateTime<Utc>,
    /// When it was paid out (UTC).
    pub settled_at: DateTime<Utc>,
    /// The bank reference of the payout.
    pub reference: String,
}
