//! The rows of a report: what each field of a payment, or of a refund, has in it.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Helsinki;
use hyvitys_domain::{Money, PaymentStatus};

use super::{Report, ReportStatus};
use crate::books::{Books, Payment, Refund};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A value of a row, which JSON and CSV write each in their way.
pub(super) enum Value {
    Empty,
    Text(String),
    Euros(Money),
    Tenths(u16),
    Items(Vec<(String, Money)>),
}

/// A payment, or a refund with its payment.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) payment: &'a Payment,
    pub(super) refund: Option<&'a Refund>,
}

impl Entry<'_> {
    pub(super) fn created_at(&self) -> DateTime<Utc> {
        self.refund
            .map_or(self.payment.created_at, |refund| refund.created_at)
    }

    fn status(&self) -> &PaymentStatus {
        self.refund
            .map_or(&self.payment.status, |refund| &refund.status)
    }

    /// What a settlement paid out is known of payments only.
    fn settlement(&self) -> Option<u32> {
        self.payment.settlement.filter(|_| self.refund.is_none())
    }

    pub(super) fn is_in(&self, report: &Report) -> bool {
        let day = self.created_at().with_timezone(&Helsinki).date_naive();
        let status = match report.status {
            ReportStatus::All => true,
            ReportStatus::Paid => *self.status() == PaymentStatus::Ok,
            ReportStatus::Settled => self.settlement().is_some(),
        };
        status
            && report.start.is_none_or(|start| day >= start)
            && report.end.is_none_or(|end| day <= end)
            && report
                .settlement
                .is_none_or(|id| self.settlement() == Some(id))
    }

    fn amount(&self) -> Money {
        match self.refund {
            None => self.payment.amount,
            Some(refund) => negative(refund.amount),
        }
    }

    fn id(&self) -> u128 {
        self.refund
            .map_or(self.payment.id, |refund| refund.id)
            .uuid()
            .as_u128()
    }

    /// The value of a field; unknown ones are empty. `items` fills the lists of rows.
    pub(super) fn value(&self, field: &str, books: &Books, items: bool) -> Value {
        let payment = self.payment;
        let local = self.created_at().with_timezone(&Helsinki);
        let id = self.id();
        let paid = *self.status() == PaymentStatus::Ok;
        match field {
            "entryDate" => Value::Text(local.format("%d-%m-%Y").to_string()),
            "created" => Value::Text(local.format("%H:%M").to_string()),
            "amount" => Value::Euros(self.amount()),
            "status" => text(match self.status() {
                PaymentStatus::Ok if self.settlement().is_some() => "Paid and settled",
                PaymentStatus::Ok => "Paid",
                PaymentStatus::New => "New",
                PaymentStatus::Pending => "Waiting for approval",
                PaymentStatus::Fail => "Cancelled",
                PaymentStatus::Delayed => "Delayed",
                other => other.as_str(),
            }),
            "description" if self.refund.is_some() => text("Palautus"),
            "description" => payment
                .items
                .first()
                .map_or(Value::Empty, |item| text(&item.description)),
            "reference" => {
                let own = self
                    .refund
                    .and_then(|refund| refund.refund_reference.as_deref());
                text(own.unwrap_or(&payment.reference))
            }
            "originalTradeReference" if self.refund.is_some() => text(&payment.reference),
            "stamp" => match self.refund {
                None => text(&payment.stamp),
                Some(refund) => refund.refund_stamp.as_deref().map_or(Value::Empty, text),
            },
            "paymentMethod" => {
                let provider = self
                    .refund
                    .map_or(&payment.provider, |refund| &refund.provider);
                provider
                    .as_ref()
                    .map_or(Value::Empty, |provider| text(provider.as_str()))
            }
            "checkoutReference" => Value::Text(format!("{:012}", id % 1_000_000_000_000)),
            "archiveNumber" if paid => {
                Value::Text(format!("{:018}", id % 1_000_000_000_000_000_000))
            }
            "tradeitems" if items && self.refund.is_none() => Value::Items(
                payment
                    .items
                    .iter()
                    .filter_map(|item| Some((item.stamp.clone()?, item.total()?)))
                    .collect(),
            ),
            "refunditems" if items => Value::Items(self.refund.map_or_else(Vec::new, |refund| {
                refund
                    .items
                    .iter()
                    .map(|i| (i.stamp.clone(), negative(i.amount)))
                    .collect()
            })),
            _ if field.starts_with("settlement") => self.payout_value(field, books),
            "vatPercentage" | "vatAmount" | "paymentMethodFee" | "paymentMethodCommission" => {
                self.money_value(field)
            }
            _ => self.customer_value(field),
        }
    }

    fn customer_value(&self, field: &str) -> Value {
        let payment = self.payment;
        let address = payment.invoicing_address.as_ref();
        let paid = *self.status() == PaymentStatus::Ok;
        match field {
            "firstname" => text(&payment.customer.first_name),
            "familyname" => text(&payment.customer.last_name),
            "payerName" if paid => {
                let customer = &payment.customer;
                Value::Text(
                    format!("{} {}", customer.first_name, customer.last_name)
                        .trim()
                        .to_owned(),
                )
            }
            "address" => address.map_or(Value::Empty, |a| text(&a.street_address)),
            "postcode" => address.map_or(Value::Empty, |a| text(&a.postal_code)),
            "postoffice" => address.map_or(Value::Empty, |a| text(&a.city)),
            "country" => address.map_or(Value::Empty, |a| text(&a.country)),
            "companyName" => text(&payment.customer.company_name),
            "vatId" => text(&payment.customer.vat_id),
            _ => Value::Empty,
        }
    }

    fn payout_value(&self, field: &str, books: &Books) -> Value {
        let settlement = self.settlement();
        let settlement = settlement.and_then(|id| books.settlements().iter().find(|s| s.id == id));
        match field {
            "settlementId" => settlement.map_or(Value::Empty, |s| Value::Text(s.id.to_string())),
            "settlementDate" => settlement.map_or(Value::Empty, |s| {
                Value::Text(
                    s.settled_at
                        .with_timezone(&Helsinki)
                        .format("%d-%m-%Y")
                        .to_string(),
                )
            }),
            "settlementReference" => settlement.map_or(Value::Empty, |s| text(&s.reference)),
            _ => Value::Empty,
        }
    }

    /// Tax and fees.
    fn money_value(&self, field: &str) -> Value {
        let payment = self.payment;
        let paid = *self.status() == PaymentStatus::Ok;
        match field {
            "vatPercentage" => vat_rate(payment).map_or(Value::Empty, Value::Tenths),
            "vatAmount" => vat_rate(payment).map_or(Value::Empty, |rate| {
                Value::Euros(vat_part(self.amount(), rate))
            }),
            "paymentMethodFee" if paid && self.refund.is_none() => {
                Value::Euros(Money::from_cents(35))
            }
            "paymentMethodCommission" if paid && self.refund.is_none() => {
                // 2,95 % of the amount, rounded to the cent.
                Value::Euros(Money::from_cents(
                    (self.amount().cents() * 295 + 5_000) / 10_000,
                ))
            }
            _ => Value::Empty,
        }
    }
}

fn negative(amount: Money) -> Money {
    Money::ZERO.checked_sub(amount).unwrap_or(Money::ZERO)
}

/// The VAT rate, where all rows of the order have the same.
fn vat_rate(payment: &Payment) -> Option<u16> {
    let first = payment.items.first()?.vat_tenths;
    payment
        .items
        .iter()
        .all(|item| item.vat_tenths == first)
        .then_some(first)
}

/// The VAT within an amount that includes it, rounded to the cent.
fn vat_part(amount: Money, tenths: u16) -> Money {
    let (amount, rate) = (amount.cents(), i64::from(tenths));
    let whole = 1_000 + rate;
    let rounding = if amount < 0 { -whole / 2 } else { whole / 2 };
    Money::from_cents((amount * rate + rounding) / whole)
}
