//! The bodies of requests, checked by the limits that Paytrail publishes.

#[cfg(test)]
mod tests;

use hyvitys_domain::{Address, Money};
use serde_json::Value;

use super::fields::{Fields, Wrong, parse};
use crate::books::{Capture, Customer, Item, NewPayment, RefundItem, RefundOrder, Refusal};
use crate::reports::{self, Report};

/// A new payment, and the token of the shop's Klarna session if it has one.
#[derive(Debug)]
pub struct CreateBody {
    /// The payment.
    pub payment: NewPayment,
    /// `providerDetails.klarna.networkSessionToken`
    pub session_token: Option<String>,
    /// The groups of payment methods to offer; all, if empty.
    pub groups: Vec<String>,
}

/// Reads the body of `POST /payments` and of the Klarna calls that make a payment.
pub fn create(body: &[u8]) -> Result<CreateBody, Refusal> {
    let value = parse(body)?;
    let wrong = &mut Wrong::default();
    let fields = Fields::of(&value, "");
    let stamp = fields.needed_text("stamp", 200, wrong);
    let reference = fields.needed_text("reference", 200, wrong);
    if fields.get("amount").is_none() {
        wrong.note("amount", "is required");
    }
    let amount = fields.amount("amount", wrong).unwrap_or(Money::SMALLEST);
    one_of(&fields, "currency", &["EUR"], wrong);
    let language = one_of(&fields, "language", &["FI", "SV", "EN"], wrong);
    let without_vat = fields.flag("usePricesWithoutVat", wrong);
    let items = items(&fields, without_vat, wrong);
    let sum: Option<Money> = items
        .iter()
        .map(|item| item.total().unwrap_or(Money::LARGEST))
        .sum();
    if !items.is_empty() && sum != Some(amount) {
        wrong.note("amount", "should be the sum of the items");
    }
    if without_vat && items.is_empty() {
        wrong.note("items", "are required with usePricesWithoutVat");
    }
    let customer = customer(&fields, wrong);
    address(&fields, "deliveryAddress", wrong);
    let invoicing_address = address(&fields, "invoicingAddress", wrong);
    let redirect_urls = fields.urls("redirectUrls", true, 300, wrong);
    let callback_urls = fields.urls("callbackUrls", false, 3_000, wrong);
    fields.number("callbackDelay", 0, 900, wrong);
    let manual = fields.flag("manualInvoiceActivation", wrong);
    let groups = fields.list("groups", wrong).iter();
    let groups = groups
        .filter_map(|group| group.as_str().map(str::to_owned))
        .collect();
    let session_token = session_token(&fields, wrong);
    std::mem::take(wrong).check()?;
    let redirect_urls =
        redirect_urls.ok_or_else(|| Refusal::invalid("redirectUrls are missing"))?;
    let capture = if manual {
        Capture::ManualInvoice
    } else {
        Capture::AtOnce
    };
    // The amount of prices without VAT is made here: each row with its VAT, to the nearest cent.
    let amount = if without_vat {
        let rows = items.iter().map(|item| {
            let net = item.total().unwrap_or(Money::LARGEST);
            let whole = i128::from(net.cents()) * (1_000 + i128::from(item.vat_tenths));
            i64::try_from((whole + 500) / 1_000).unwrap_or(i64::MAX)
        });
        let sum = rows.fold(0_i64, i64::saturating_add);
        Some(Money::from_cents(sum))
            .filter(|sum| sum.is_payable())
            .ok_or_else(|| Refusal::invalid("amount with VAT is too large"))?
    } else {
        amount
    };
    let payment = NewPayment {
        stamp,
        reference,
        amount,
        language,
        capture,
        items,
        customer,
        invoicing_address,
        redirect_urls,
        callback_urls,
    };
    Ok(CreateBody {
        payment,
        session_token,
        groups,
    })
}

fn one_of(fields: &Fields<'_>, field: &str, choices: &[&str], wrong: &mut Wrong) -> String {
    let text = fields.needed_text(field, 200, wrong);
    if !text.is_empty() && !choices.contains(&text.as_str()) {
        wrong.note(field, &format!("should be one of {}", choices.join(", ")));
    }
    text
}

fn items(fields: &Fields<'_>, positive: bool, wrong: &mut Wrong) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (at, value) in fields.list("items", wrong).iter().enumerate() {
        let fields = Fields::of(value, &format!("items[{at}]."));
        let largest = Money::LARGEST.cents();
        let smallest = if positive { 0 } else { -largest };
        let price = fields.needed_number("unitPrice", smallest, largest, wrong);
        let units = fields.needed_number("units", 0, largest, wrong);
        let vat_tenths = fields.get("vatPercentage").and_then(tenths);
        if vat_tenths.is_none() {
            wrong.note(
                &fields.name("vatPercentage"),
                "should be 0 to 100 with at most one decimal",
            );
        }
        let stamp = fields.text("stamp", 200, wrong);
        if stamp.is_some() && items.iter().any(|item| item.stamp == stamp) {
            wrong.note(&fields.name("stamp"), "should be unique");
        }
        fields.text("category", 100, wrong);
        fields.text("reference", 200, wrong);
        items.push(Item {
            stamp,
            unit_price: Money::from_cents(price),
            units: u32::try_from(units).unwrap_or(0),
            vat_tenths: vat_tenths.unwrap_or(0),
            product_code: fields.needed_text("productCode", 100, wrong),
            description: fields.text("description", 1_000, wrong).unwrap_or_default(),
        });
    }
    items
}

/// A percentage from 0 to 100 with at most one decimal, in tenths, without passing through a float.
fn tenths(value: &Value) -> Option<u16> {
    let text = value.as_number()?.to_string();
    let (whole, tenth) = text.split_once('.').unwrap_or((&text, "0"));
    let whole: u16 = whole.parse().ok()?;
    let tenth: u16 = if tenth.len() == 1 {
        tenth.parse().ok()?
    } else {
        return None;
    };
    Some(whole.checked_mul(10)? + tenth).filter(|tenths| *tenths <= 1_000)
}

fn customer(fields: &Fields<'_>, wrong: &mut Wrong) -> Customer {
    let Some(fields) = fields.inner("customer", wrong) else {
        wrong.note("customer", "is required");
        return Customer::default();
    };
    let email = fields.needed_text("email", 200, wrong);
    if !email.is_empty() && !is_email(&email) {
        wrong.note("customer.email", "should be an email address");
    }
    let mut text = |field: &str, most| fields.text(field, most, wrong).unwrap_or_default();
    Customer {
        email,
        first_name: text("firstName", 50),
        last_name: text("lastName", 50),
        company_name: text("companyName", 100),
        vat_id: text("vatId", 50),
    }
}

fn is_email(text: &str) -> bool {
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    !blank
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

fn address(fields: &Fields<'_>, field: &str, wrong: &mut Wrong) -> Option<Address> {
    let fields = fields.inner(field, wrong)?;
    let country = fields.needed_text("country", 2, wrong);
    if !country.is_empty() && country.len() != 2 {
        wrong.note(&fields.name("country"), "should be two letters");
    }
    Some(Address {
        street_address: fields.needed_text("streetAddress", 50, wrong),
        postal_code: fields.needed_text("postalCode", 15, wrong),
        city: fields.needed_text("city", 30, wrong),
        county: fields.text("county", 200, wrong),
        country,
    })
}

fn session_token(fields: &Fields<'_>, wrong: &mut Wrong) -> Option<String> {
    let klarna = fields
        .inner("providerDetails", wrong)?
        .inner("klarna", wrong)?;
    let token = klarna.needed_text("networkSessionToken", 8_192, wrong);
    if let Some(data) = klarna.text("networkData", 10_240, wrong)
        && serde_json::from_str::<Value>(&data).is_err()
    {
        wrong.note(&klarna.name("networkData"), "should be serialised JSON");
    }
    Some(token)
}

/// Reads the body of a refund.
pub fn refund(body: &[u8]) -> Result<RefundOrder, Refusal> {
    let value = parse(body)?;
    let wrong = &mut Wrong::default();
    let fields = Fields::of(&value, "");
    let amount = fields.amount("amount", wrong);
    let mut items = Vec::new();
    for (at, value) in fields.list("items", wrong).iter().enumerate() {
        let fields = Fields::of(value, &format!("items[{at}]."));
        let stamp = fields.needed_text("stamp", 200, wrong);
        let part = fields.needed_number("amount", 1, Money::LARGEST.cents(), wrong);
        items.push(RefundItem {
            stamp,
            amount: Money::from_cents(part),
        });
    }
    if amount.is_none() && fields.get("amount").is_none() && items.is_empty() {
        wrong.note("amount", "is required");
    }
    let callback_urls = fields.urls("callbackUrls", true, 3_000, wrong);
    let refund_stamp = fields.text("refundStamp", 200, wrong);
    let refund_reference = fields.text("refundReference", 200, wrong);
    let email = fields.text("email", 200, wrong);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        wrong.note("email", "should be an email address");
    }
    std::mem::take(wrong).check()?;
    let callback_urls =
        callback_urls.ok_or_else(|| Refusal::invalid("callbackUrls are missing"))?;
    Ok(RefundOrder {
        amount,
        items,
        refund_stamp,
        refund_reference,
        email,
        callback_urls,
    })
}

/// Reads the body of a report request: the report, and the address that it goes to.
pub fn report(body: &[u8]) -> Result<(Report, String), Refusal> {
    let value = parse(body)?;
    let wrong = &mut Wrong::default();
    let fields = Fields::of(&value, "");
    let form = one_of(&fields, "requestType", &["json", "csv"], wrong);
    let url = fields.needed_text("callbackUrl", 3_000, wrong);
    if !url.is_empty() && !super::fields::is_callable(&url) {
        wrong.note("callbackUrl", "should be an https address");
    }
    let mut report = Report {
        csv: form == "csv",
        ..Report::default()
    };
    if let Some(status) = fields.text("paymentStatus", 20, wrong) {
        match status.parse() {
            Ok(status) => report.status = status,
            Err(()) => wrong.note(
                "paymentStatus",
                "should be one of default, paid, all, settled",
            ),
        }
    }
    for (field, place) in [
        ("startDate", &mut report.start),
        ("endDate", &mut report.end),
    ] {
        if let Some(text) = fields.text(field, 40, wrong) {
            *place = reports::parse_date(&text);
            if place.is_none() {
                wrong.note(field, "should be a date like 2026-11-01");
            }
        }
    }
    if let Some(limit) = fields.number("limit", 1, 50_000, wrong) {
        report.limit = usize::try_from(limit).unwrap_or(report.limit);
    }
    report.items = fields.flag("includeItems", wrong);
    let chosen = fields.list("reportFields", wrong);
    if !chosen.is_empty() {
        report.fields = chosen
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
    }
    std::mem::take(wrong).check()?;
    Ok((report, url))
}
