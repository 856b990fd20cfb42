//! The check of an order before it is sent: every limit that Paytrail documents, each problem with the field
//! that has it. Pure and quick, so that it can run while somebody types.

use std::collections::BTreeSet;

use hyvitys_domain::Money;
use hyvitys_store::drafts::Way;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::acceptance::Acceptance;
use super::order::{DraftAddress, DraftLine, DraftOrder};
use super::sums::{self, VatSum};
use crate::why::Why;

/// A field that can't be sent so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderProblem {
    /// Which, like `customer.email` or `lines.2.unitPrice`, lines counted from 0.
    pub field: String,
    /// Why.
    pub why: Why,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCheck {
    /// The amount as it is sent: without VAT where the prices are.
    pub amount: Option<Money>,
    /// What the customer pays, VAT included.
    pub to_pay: Option<Money>,
    /// Whether that is certain: Paytrail adds the VAT to prices without it, and may round it otherwise.
    pub to_pay_is_certain: bool,
    /// The sums by rate of VAT, the highest first.
    pub vat: Vec<VatSum>,
    /// What stands in the way, in the order of the fields.
    pub problems: Vec<OrderProblem>,
    /// What Klarna is told.
    pub acceptance: Acceptance,
}

impl DraftOrder {
    /// Checks everything that can be known before it is sent.
    pub fn check(&self) -> OrderCheck {
        let mut problems = Problems(Vec::new());
        problems.order(self);
        OrderCheck {
            amount: sums::amount(self),
            to_pay: sums::to_pay(self),
            to_pay_is_certain: sums::leeway(self) == Money::ZERO,
            vat: sums::by_rate(self),
            problems: problems.0,
            acceptance: Acceptance::of_order(self),
        }
    }
}

struct Problems(Vec<OrderProblem>);

impl Problems {
    fn note(&mut self, field: impl Into<String>, why: Why) {
        self.0.push(OrderProblem {
            field: field.into(),
            why,
        });
    }

    fn order(&mut self, order: &DraftOrder) {
        self.key("reference", &order.reference, 200);
        self.email(&order.customer.email);
        self.optional("customer.firstName", &order.customer.first_name, 50);
        self.optional("customer.lastName", &order.customer.last_name, 50);
        self.optional("customer.companyName", &order.customer.company_name, 100);
        self.lines(order);
        self.amount(order);
        if let Some(address) = order.delivery_address() {
            self.address("delivery", address);
        }
        if let Some(address) = order.invoicing_address()
            && !order.invoicing_as_delivery
        {
            self.address("invoicing", address);
        }
        self.https("successUrl", &order.success_url);
        self.https("cancelUrl", &order.cancel_url);
        self.klarna(order);
    }

    /// A text of at most `limit` characters, may be empty.
    fn optional(&mut self, field: impl Into<String>, text: &str, limit: usize) -> bool {
        let fits = text.trim().chars().nth(limit).is_none();
        if !fits {
            self.note(field, Why::OrderTooLong { most: limit });
        }
        fits
    }

    /// A text of 1 to `limit` characters.
    fn needed(&mut self, field: impl Into<String>, text: &str, limit: usize) -> bool {
        if text.trim().is_empty() {
            self.note(field, Why::OrderMissing);
            return false;
        }
        self.optional(field, text, limit)
    }

    /// A text of 1 to `limit` characters without control characters.
    fn key(&mut self, field: &str, text: &str, limit: usize) {
        if self.needed(field, text, limit) && text.trim().chars().any(char::is_control) {
            self.note(field, Why::OrderControlCharacter);
        }
    }

    fn email(&mut self, text: &str) {
        const FIELD: &str = "customer.email";
        if !self.needed(FIELD, text, 200) {
            return;
        }
        let text = text.trim();
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let parts = text.split_once('@');
        let fits = parts.is_some_and(|(who, place)| {
            !who.is_empty() && !place.is_empty() && !place.contains('@')
        });
        if !(plain && fits) {
            self.note(FIELD, Why::OrderNotAnEmail);
        }
    }

    fn https(&mut self, field: &str, text: &str) {
        if !self.needed(field, text, 300) {
            return;
        }
        let text = text.trim();
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let https = Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
        if !(plain && https) {
            self.note(field, Why::OrderNotHttps);
        }
    }

    fn address(&mut self, at: &str, address: &DraftAddress) {
        self.needed(format!("{at}.streetAddress"), &address.street_address, 50);
        self.needed(format!("{at}.postalCode"), &address.postal_code, 15);
        self.needed(format!("{at}.city"), &address.city, 30);
        self.optional(format!("{at}.county"), &address.county, 200);
        let country = address.country.trim();
        if country.is_empty() {
            self.note(format!("{at}.country"), Why::OrderMissing);
        } else if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            self.note(format!("{at}.country"), Why::OrderNotACountry);
        }
    }

    fn lines(&mut self, order: &DraftOrder) {
        let mut stamps = BTreeSet::new();
        for (at, line) in order.lines.iter().enumerate() {
            self.line(&format!("lines.{at}"), line, order.prices_without_vat);
            let stamp = line.stamp.trim();
            if !stamp.is_empty() && !stamps.insert(stamp) {
                self.note(format!("lines.{at}.stamp"), Why::OrderStampTwice);
            }
        }
    }

    fn line(&mut self, at: &str, line: &DraftLine, without_vat: bool) {
        self.optional(format!("{at}.description"), &line.description, 1_000);
        self.key(&format!("{at}.productCode"), &line.product_code, 100);
        let highest = Money::LARGEST.cents();
        match line.units {
            None => self.note(format!("{at}.units"), Why::OrderMissing),
            Some(units) if i64::from(units) > highest => {
                self.note(format!("{at}.units"), Why::OrderUnitsOutOfRange);
            }
            Some(_) => {}
        }
        let field = || format!("{at}.unitPrice");
        match line.unit_price.map(Money::cents) {
            None => self.note(field(), Why::OrderMissing),
            Some(price) if price.abs() > highest => self.note(field(), Why::OrderPriceOutOfRange),
            Some(price) if without_vat && price < 0 => {
                self.note(field(), Why::OrderDiscountWithoutVat);
            }
            Some(0) if without_vat => self.note(field(), Why::OrderPriceOutOfRange),
            Some(_) => {}
        }
        match line.vat_permille {
            None => self.note(format!("{at}.vatPermille"), Why::OrderMissing),
            Some(vat) if vat > 1_000 => {
                self.note(format!("{at}.vatPermille"), Why::OrderVatOutOfRange);
            }
            Some(_) => {}
        }
        if !line.stamp.trim().is_empty() {
            self.key(&format!("{at}.stamp"), &line.stamp, 200);
        }
        self.optional(format!("{at}.category"), &line.category, 100);
        self.optional(format!("{at}.reference"), &line.reference, 200);
    }

    fn amount(&mut self, order: &DraftOrder) {
        if order.lines.is_empty() {
            match order.amount {
                // With prices without VAT there is nothing to put it on.
                Some(_) if order.prices_without_vat => self.note("lines", Why::OrderMissing),
                Some(amount) if !amount.is_payable() => {
                    self.note("amount", Why::OrderAmountOutOfRange { amount });
                }
                Some(_) => {}
                None => self.note("lines", Why::OrderMissing),
            }
            return;
        }
        let whole = order
            .lines
            .iter()
            .all(|line| line.units.is_some() && line.unit_price.is_some());
        if !whole {
            return;
        }
        let Some(sum) = sums::amount(order) else {
            return self.note("lines", Why::OrderSumTooLarge);
        };
        if !sum.is_payable() {
            return self.note("lines", Why::OrderAmountOutOfRange { amount: sum });
        }
        if let Some(said) = order.amount.filter(|said| *said != sum) {
            return self.note("amount", Why::OrderAmountDiffers { said, sum });
        }
        if let Some(amount) = sums::to_pay(order).filter(|amount| !amount.is_payable()) {
            self.note("lines", Why::OrderAmountOutOfRange { amount });
        }
    }

    fn klarna(&mut self, order: &DraftOrder) {
        let has_token = !order.klarna_token.trim().is_empty();
        let has_data = !order.network_data.trim().is_empty();
        if !has_token && (order.way != Way::Link || has_data) {
            self.note("klarnaToken", Why::OrderTokenMissing);
        }
        self.optional("klarnaToken", &order.klarna_token, 8_192);
        if !has_data || !self.optional("networkData", &order.network_data, 10_240) {
            return;
        }
        match serde_json::from_str::<Value>(order.network_data.trim()) {
            Err(_) => self.note("networkData", Why::OrderNotJson),
            Ok(data) => self.network_totals(order, &data),
        }
    }

    /// The line items of the network data sum up to the payment, where it has any, as far as that is certain.
    fn network_totals(&mut self, order: &DraftOrder, data: &Value) {
        let Some(lines) = data.get("line_items").and_then(Value::as_array) else {
            return;
        };
        if lines.is_empty() {
            return;
        }
        let mut sum = Money::ZERO;
        for (at, line) in lines.iter().enumerate() {
            let total = line.get("total_amount").and_then(Value::as_i64);
            match total.and_then(|cents| sum.checked_add(Money::from_cents(cents))) {
                Some(more) => sum = more,
                None => {
                    return self.note("networkData", Why::OrderDataWithoutTotal { line: at + 1 });
                }
            }
        }
        let leeway = sums::leeway(order).cents();
        let differs = |amount: &Money| amount.cents().abs_diff(sum.cents()) > leeway.unsigned_abs();
        if let Some(amount) = sums::to_pay(order).filter(differs) {
            self.note(
                "networkData",
                Why::OrderDataSumDiffers { said: sum, amount },
            );
        }
    }
}
