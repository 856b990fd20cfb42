//! Payments, operations and accounts as JSON: camelCase, amounts in cents, times in UTC (RFC 3339
//! with `Z`). What is not known is `null`, never left out.

use chrono::{DateTime, SecondsFormat, Utc};
use hyvitys_domain::{ManualInvoice, Mode, Money, OperationKind, OperationState, Payment};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::Operation;
use serde::{Serialize, Serializer};

use crate::operations::is_pending;

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerJson {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Email address.
    pub email: Option<String>,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentJson {
    /// Paytrail's id (a UUID); `null` for a payment that is known from a report only.
    pub transaction_id: Option<String>,
    /// The shop's reference.
    pub reference: Option<String>,
    /// The shop's stamp.
    pub stamp: Option<String>,
    /// The status by its wire name.
    pub status: String,
    /// The payment method by its wire name.
    pub provider: Option<String>,
    /// The whole amount, in cents.
    pub amount: Money,
    /// What is refunded, in cents.
    pub refunded: Money,
    /// What open refunds reserve, in cents.
    pub reserved: Money,
    /// What is left to refund at most, in cents.
    pub refundable: Money,
    /// `known`, `presumed` or `null`.
    pub manual_invoice: Option<ManualInvoice>,
    /// When it was made (UTC).
    #[serde(serialize_with = "time")]
    pub created_at: DateTime<Utc>,
    /// When its open hold ends (UTC); `null` where there is none.
    #[serde(serialize_with = "optional_time")]
    pub deadline: Option<DateTime<Utc>>,
    /// Who pays.
    pub customer: CustomerJson,
}

impl From<&Payment> for PaymentJson {
    fn from(payment: &Payment) -> PaymentJson {
        PaymentJson {
            transaction_id: payment.transaction_id.map(|id| id.to_string()),
            reference: said(&payment.reference),
            stamp: said(&payment.stamp),
            status: payment.status.as_str().to_owned(),
            provider: payment
                .provider
                .as_ref()
                .map(|provider| provider.as_str().to_owned()),
            amount: payment.amount,
            refunded: payment.refunded,
            reserved: payment.reserved,
            refundable: payment.refundable(),
            manual_invoice: payment.manual_invoice(),
            created_at: payment.created.at,
            deadline: payment.deadline(),
            customer: CustomerJson {
                first_name: payment.customer.first_name.clone(),
                last_name: payment.customer.last_name.clone(),
                email: payment.customer.email.clone(),
            },
        }
    }
}

/// A refund, activation or cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationJson {
    /// Our own id (a UUID).
    pub operation_id: String,
    /// `refund`, `activate` or `cancel`.
    pub kind: OperationKind,
    /// The payment.
    pub transaction_id: String,
    /// One of the eight states.
    pub state: OperationState,
    /// In cents; of an activation or cancel the payment's.
    pub amount: Money,
    /// The refund's stamp.
    pub refund_stamp: Option<String>,
    /// Paytrail's id of the refund.
    pub refund_transaction_id: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// Why it is in its state, as a short stable code.
    pub reason: Option<String>,
    /// What was said last.
    pub message: Option<String>,
    /// Paytrail shows the refund as pending; it may wait for approval in the Merchant Panel.
    pub pending: bool,
    /// Why the refund was made, in the shop's own words.
    pub refund_reason: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// The shop's reference of the refund.
    pub refund_reference: Option<String>,
}

impl From<&Operation> for OperationJson {
    fn from(operation: &Operation) -> OperationJson {
        OperationJson {
            operation_id: operation.id.to_string(),
            kind: operation.kind,
            transaction_id: operation.transaction_id.to_string(),
            state: operation.state,
            amount: operation.amount,
            refund_stamp: operation
                .refund_stamp
                .as_ref()
                .map(|stamp| stamp.as_str().to_owned()),
            refund_transaction_id: operation.refund_transaction_id.map(|id| id.to_string()),
            request_id: operation.request_id.clone(),
            reason: operation.reason.clone(),
            message: operation.message.clone(),
            pending: is_pending(operation),
            refund_reason: operation.refund_reason.clone(),
            note: operation.note.clone(),
            refund_reference: operation.refund_reference.clone(),
        }
    }
}

/// An account. Its secret is nowhere in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountJson {
    /// The name that a person gave it.
    pub name: String,
    /// Paytrail's id of the merchant.
    pub merchant_id: String,
    /// Where its requests go.
    pub api: String,
    /// `LIVE`, `TEST` or `SANDBOX`.
    pub mode: Mode,
    /// Where Paytrail calls after a refund.
    pub callback_url: Option<String>,
    /// Whether it is the one that is used when none is named.
    pub active: bool,
    /// Why nothing is sent for it.
    pub paused: Option<String>,
    /// Up to when (UTC) refunds made by other tools are known.
    #[serde(serialize_with = "optional_time")]
    pub last_report_at: Option<DateTime<Utc>>,
}

impl From<&Account> for AccountJson {
    fn from(account: &Account) -> AccountJson {
        AccountJson {
            name: account.name.clone(),
            merchant_id: account.merchant.as_str().to_owned(),
            api: account.origin.as_str().to_owned(),
            mode: Mode::of(&account.origin, &account.merchant),
            callback_url: account.callback_url.clone(),
            active: account.active,
            paused: account.paused.as_ref().map(|paused| paused.why.clone()),
            last_report_at: account.last_report_at,
        }
    }
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn words(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&words(at))
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn optional_time<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    at.as_ref().map(words).serialize(serializer)
}
