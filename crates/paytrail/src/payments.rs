//! Payments: creating one, and asking for one (API document §2).

use hyvitys_domain::{Money, PaymentStatus, Provider, TransactionId, WireTime};
use serde::{Deserialize, Serialize};

use crate::client::{Answer, Call, Client, Stamped, json};
use crate::error::{CallError, UnknownWhy};
use crate::transport::Method;
use crate::wire::{self, Names};

pub use crate::new_payment::{KlarnaDetails, Language, NewItem, NewPayment, Payer};

/// A payment, or a refund's own transaction, as `GET /payments/{id}` shows it. It says nothing of
/// refunds made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// The id asked for.
    pub transaction_id: TransactionId,
    /// The status; unknown ones are kept.
    pub status: PaymentStatus,
    /// The amount in cents.
    pub amount: Money,
    /// The currency as it came; this product works with `EUR` only.
    pub currency: String,
    /// The shop's stamp, or a refund's stamp; empty where Paytrail gave none.
    pub stamp: String,
    /// The shop's order reference; empty where Paytrail gave none.
    pub reference: String,
    /// When it was made.
    pub created_at: WireTime,
    /// The payment page, while the payment is new.
    pub href: Option<String>,
    /// How it was paid.
    pub provider: Option<Provider>,
    /// The archive number.
    pub filing_code: Option<String>,
    /// When it was paid, where that is said and readable.
    pub paid_at: Option<WireTime>,
    /// The reference of the settlement it went out with.
    pub settlement_reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViewBody {
    transaction_id: String,
    status: PaymentStatus,
    amount: i64,
    currency: String,
    stamp: Option<String>,
    reference: Option<String>,
    created_at: String,
    href: Option<String>,
    provider: Option<String>,
    filing_code: Option<String>,
    paid_at: Option<String>,
    settlement_reference: Option<serde_json::Value>,
}

impl ViewBody {
    fn view(self) -> Result<PaymentView, UnknownWhy> {
        let created_at = WireTime::parse(&self.created_at)
            .map_err(|_| UnknownWhy::UnreadableBody("createdAt is not a time".into()))?;
        Ok(PaymentView {
            transaction_id: transaction_id(&self.transaction_id)?,
            status: self.status,
            amount: Money::from_cents(self.amount),
            currency: self.currency,
            stamp: self.stamp.unwrap_or_default(),
            reference: self.reference.unwrap_or_default(),
            created_at,
            href: self.href,
            provider: self.provider.and_then(Provider::new),
            filing_code: self.filing_code,
            paid_at: self.paid_at.and_then(|text| WireTime::parse(&text).ok()),
            settlement_reference: self.settlement_reference.as_ref().and_then(text_or_number),
        })
    }
}

/// Ids that some documents show as texts and others as numbers.
pub(crate) fn text_or_number(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) if !text.is_empty() => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads the id in an answer's body.
pub(crate) fn transaction_id(text: &str) -> Result<TransactionId, UnknownWhy> {
    text.parse()
        .map_err(|_| UnknownWhy::UnreadableBody("transactionId is not a transaction id".into()))
}

/// What a created payment came with.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedPayment {
    /// Paytrail's id of the new payment.
    pub transaction_id: TransactionId,
    /// The hosted payment page: the payment link. It lives two weeks.
    pub href: String,
    /// The bank reference of the payment, if given.
    pub reference: Option<String>,
    /// The terms, as HTML of Paytrail's: to be shown as text or not at all.
    pub terms: Option<String>,
    /// The groups of payment methods.
    pub groups: Vec<ProviderGroup>,
    /// The payment methods.
    pub providers: Vec<PaymentProvider>,
}

/// A group of payment methods, like `credit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderGroup {
    /// The group's id: `mobile`, `bank`, `creditcard`, `credit`; new ones may come.
    pub id: String,
    /// Its name in the payment's language.
    pub name: String,
    /// Address of its icon.
    pub icon: Option<String>,
    /// Address of its icon as SVG.
    pub svg: Option<String>,
    /// Its payment methods, where the answer lists them by group.
    pub providers: Vec<PaymentProvider>,
}

/// A payment method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProvider {
    /// Its id, like `klarna`.
    pub id: Provider,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The group it is in.
    #[serde(default)]
    pub group: String,
    /// Address of its icon.
    pub icon: Option<String>,
    /// Address of its icon as SVG.
    pub svg: Option<String>,
    /// Where its form is sent, in a created payment.
    pub url: Option<String>,
    /// What its form holds, in a created payment.
    #[serde(default)]
    pub parameters: Vec<FormParameter>,
}

/// One hidden field of a payment method's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormParameter {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedBody {
    transaction_id: String,
    href: String,
    reference: Option<String>,
    terms: Option<String>,
    #[serde(default)]
    groups: Vec<ProviderGroup>,
    #[serde(default)]
    providers: Vec<PaymentProvider>,
}

/// A new payment as it travels: the currency is always EUR.
#[derive(Serialize)]
struct NewBody<'a> {
    currency: &'static str,
    #[serde(flatten)]
    payment: &'a NewPayment,
}

/// Checks a new payment and writes its body.
pub(crate) fn new_payment_call(path: &str, payment: &NewPayment) -> Result<Call, CallError> {
    payment
        .validate()
        .map_err(|invalid| CallError::unfit(invalid.to_string()))?;
    let body = json(&NewBody {
        currency: "EUR",
        payment,
    })?;
    Ok(Call {
        method: Method::Post,
        path: path.to_owned(),
        transaction: None,
        body,
    })
}

impl Client {
    /// `GET /payments/{id}` of a payment or of a refund's own transaction.
    pub async fn get_payment(
        &self,
        stamped: &Stamped,
        id: TransactionId,
    ) -> Result<Answer<PaymentView>, CallError> {
        let call = Call {
            transaction: Some(id),
            ..Call::get(format!("/payments/{id}"))
        };
        self.exchange(call, stamped)
            .await?
            .documented(&[200])?
            .read(
                |raw| {
                    const FOREIGN: Names =
                        Names::AnyBut(&["terms", "groups", "providers", "stepUpUrl", "requestId"]);
                    wire::object::<ViewBody>(raw, &FOREIGN)?.view()
                },
                |view| {
                    if view.transaction_id == id {
                        Ok(vec![id])
                    } else {
                        Err(UnknownWhy::DoesNotFit(
                            "it shows another transaction".into(),
                        ))
                    }
                },
            )
    }

    /// `POST /payments`. A payment that breaks a documented limit is not sent; ask
    /// [`NewPayment::validate`] first for the field.
    pub async fn create_payment(
        &self,
        stamped: &Stamped,
        payment: &NewPayment,
    ) -> Result<Answer<CreatedPayment>, CallError> {
        let call = new_payment_call("/payments", payment)?;
        self.exchange(call, stamped)
            .await?
            .documented(&[201])?
            .read(
                |raw| {
                    const FOREIGN: Names =
                        Names::AnyBut(&["status", "amount", "createdAt", "stepUpUrl", "requestId"]);
                    let body: CreatedBody = wire::object(raw, &FOREIGN)?;
                    Ok(CreatedPayment {
                        transaction_id: transaction_id(&body.transaction_id)?,
                        href: https_address("href", body.href)?,
                        reference: body.reference,
                        terms: body.terms,
                        groups: body.groups,
                        providers: body.providers,
                    })
                },
                |created| Ok(vec![created.transaction_id]),
            )
    }
}

/// An address from an answer that people may be sent to: https, or http on this machine, where a
/// sandbox has its payment page.
pub(crate) fn https_address(field: &str, text: String) -> Result<String, UnknownWhy> {
    let fits = url::Url::parse(&text).is_ok_and(|url| {
        url.origin()
            .ascii_serialization()
            .parse::<hyvitys_domain::ApiOrigin>()
            .is_ok()
    });
    if fits {
        Ok(text)
    } else {
        Err(UnknownWhy::UnreadableBody(format!(
            "{field} is not an https address"
        )))
    }
}
