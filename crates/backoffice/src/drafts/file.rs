//! An order as a file has it: the API's own body (amounts in cents), and `way` beside it.

use hyvitys_domain::Money;
use hyvitys_paytrail::UrlPair;
use hyvitys_paytrail::payments::Language;
use hyvitys_store::drafts::Way;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::order::{DraftAddress, DraftCustomer, DraftLine, DraftOrder};
use crate::error::{Code, Error};
use crate::why::Why;

/// No order is nearly as large as this, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// An order and the stamp that it brings, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFile {
    /// The payment's stamp, where the shop has one of its own.
    pub stamp: Option<String>,
    /// The order.
    pub order: DraftOrder,
}

// What the program does not know is refused, not left out: it would change the payment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    way: Way,
    stamp: Option<String>,
    reference: String,
    amount: Option<Money>,
    currency: Option<String>,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    items: Vec<Item>,
    customer: DraftCustomer,
    delivery_address: Option<DraftAddress>,
    invoicing_address: Option<DraftAddress>,
    redirect_urls: UrlPair,
    #[serde(default)]
    manual_invoice_activation: bool,
    #[serde(default)]
    use_prices_without_vat: bool,
    provider_details: Option<ProviderDetails>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    unit_price: Option<Money>,
    units: Option<u32>,
    vat_percentage: Option<Box<RawValue>>,
    #[serde(default)]
    product_code: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    stamp: String,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderDetails {
    klarna: Klarna,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Klarna {
    network_session_token: String,
    #[serde(default)]
    network_data: String,
}

/// Reads an order; what is wrong with its form is said. What breaks a limit, [`DraftOrder::check`] says.
pub fn read(bytes: &[u8]) -> Result<OrderFile, Error> {
    if bytes.len() > LARGEST {
        return Err(unreadable("it is larger than 4 MiB".to_owned()));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let body: Body = serde_json::from_slice(text).map_err(|error| unreadable(error.to_string()))?;
    if body.currency.is_some_and(|currency| currency != "EUR") {
        return Err(unreadable("currency: only EUR can be paid".to_owned()));
    }
    let lines = body
        .items
        .into_iter()
        .enumerate()
        .map(|(at, item)| line(at, item))
        .collect::<Result<_, _>>()?;
    let klarna = body.provider_details.map(|details| details.klarna);
    let (klarna_token, network_data) = klarna.map_or_else(Default::default, |k| {
        (k.network_session_token, k.network_data)
    });
    Ok(OrderFile {
        stamp: body.stamp.filter(|stamp| !stamp.trim().is_empty()),
        order: DraftOrder {
            way: body.way,
            reference: body.reference,
            language: body.language,
            customer: body.customer,
            lines,
            prices_without_vat: body.use_prices_without_vat,
            delivery: body.delivery_address,
            invoicing: body.invoicing_address,
            invoicing_as_delivery: false,
            amount: body.amount,
            manual_activation: body.manual_invoice_activation,
            success_url: body.redirect_urls.success,
            cancel_url: body.redirect_urls.cancel,
            klarna_token,
            network_data,
        },
    })
}

fn line(at: usize, item: Item) -> Result<DraftLine, Error> {
    let vat = item.vat_percentage.as_deref().map(|raw| {
        permille(raw.get()).ok_or_else(|| {
            unreadable(format!(
                "items[{at}].vatPercentage: {} is not 0 to 100 with at most one decimal",
                raw.get()
            ))
        })
    });
    Ok(DraftLine {
        description: item.description,
        product_code: item.product_code,
        units: item.units,
        unit_price: item.unit_price,
        vat_permille: vat.transpose()?,
        stamp: item.stamp,
        category: item.category,
        reference: item.reference,
    })
}

/// A percentage with at most one decimal in tenths, without passing through a floating-point number.
fn permille(text: &str) -> Option<u16> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(tenth) {
        return None;
    }
    // 25.50 is 25.5.
    let tenth = match tenth.trim_end_matches('0') {
        "" => 0,
        one if one.len() == 1 => one.parse().ok()?,
        _ => return None,
    };
    let permille = whole
        .parse::<u16>()
        .ok()?
        .checked_mul(10)?
        .checked_add(tenth)?;
    (permille <= 1_000).then_some(permille)
}

fn unreadable(words: String) -> Error {
    Error::new(Code::BadInput, format!("the order can't be read: {words}"))
        .why(Why::OrderFileUnreadable { words })
        .next("write it as the body of Paytrail's POST /payments, with amounts in cents")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_vat_is_read_without_a_float() {
        for (text, permille_) in [
            ("25.5", 255),
            ("0", 0),
            ("14", 140),
            ("100", 1_000),
            ("25.50", 255),
        ] {
            assert_eq!(permille(text), Some(permille_), "{text}");
        }
        for text in ["25.55", "100.1", "-1", "1e1", "", "\"14\"", "null", "."] {
            assert_eq!(permille(text), None, "{text}");
        }
    }

    #[test]
    fn a_body_of_the_api_is_an_order_and_what_is_not_known_is_refused() {
        let body = r#"{"stamp":"s-1","reference":"1042","amount":2510,"currency":"EUR","language":"SV",
            "items":[{"unitPrice":1255,"units":2,"vatPercentage":25.5,"productCode":"A1"}],
            "customer":{"email":"a@example.fi"},
            "redirectUrls":{"success":"https://a.example/1","cancel":"https://a.example/2"}}"#;
        let file = read(body.as_bytes()).unwrap();
        assert_eq!(file.stamp.as_deref(), Some("s-1"));
        let check = file.order.check();
        assert_eq!(check.problems, []);
        assert_eq!(check.amount, Some(Money::from_cents(2_510)));
        let groups = body.replace("\"stamp\"", "\"groups\":[\"credit\"],\"stamp\"");
        let error = read(groups.as_bytes()).unwrap_err();
        assert!(error.message.contains("groups"), "{error}");
        let wrong = read(body.replace("2510", "2511").as_bytes()).unwrap();
        assert_eq!(wrong.order.check().problems[0].field, "amount");
    }
}
