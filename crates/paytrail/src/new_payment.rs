//! The body of a new payment, with all its documented limits (API document §2).

use std::collections::BTreeSet;

use hyvitys_domain::{Address, Money};
use serde::{Deserialize, Serialize, Serializer};

use crate::validation::{self as check, Invalid, Problem, UrlPair, invalid};

/// The language of the hosted payment page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Language {
    /// Finnish.
    #[default]
    Fi,
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl Language {
    /// The wire name: `FI`, `SV` or `EN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::Fi => "FI",
            Language::Sv => "SV",
            Language::En => "EN",
        }
    }
}

/// A payment to be created, always in EUR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPayment {
    /// Unique per merchant, 1 to 200 characters.
    pub stamp: String,
    /// The order reference, 1 to 200 characters.
    pub reference: String,
    /// Cents, 1 to 99 999 998; the sum of the items where there are any.
    pub amount: Money,
    /// The language of the payment page.
    pub language: Language,
    /// Who pays.
    pub customer: Payer,
    /// Where the payer's browser goes afterwards: https, at most 300 characters.
    pub redirect_urls: UrlPair,
    /// Where Paytrail reports: https, at most 3000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_urls: Option<UrlPair>,
    /// Seconds to wait with callbacks, 0 to 900.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_delay: Option<u16>,
    /// The order lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<NewItem>,
    /// Where the goods go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_address: Option<Address>,
    /// Where the bill goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoicing_address: Option<Address>,
    /// Whether the payment waits for an activation.
    #[serde(skip_serializing_if = "is_false")]
    pub manual_invoice_activation: bool,
    /// Payment method groups to offer, like `credit`; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Whether amounts exclude VAT: then items are required and their prices above zero.
    #[serde(skip_serializing_if = "is_false")]
    pub use_prices_without_vat: bool,
    /// What goes along to Klarna, as `providerDetails.klarna`.
    #[serde(
        rename = "providerDetails",
        serialize_with = "provider_details",
        skip_serializing_if = "Option::is_none"
    )]
    pub klarna: Option<KlarnaDetails>,
}

/// Who pays (API document: Customer).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payer {
    /// Required, at most 200 characters.
    pub email: String,
    /// At most 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// At most 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// A phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A VAT id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
    /// At most 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
}

/// One order line (API document: Item).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewItem {
    /// Cents for one unit; below zero for a discount.
    pub unit_price: Money,
    /// 0 to 99 999 998.
    pub units: u32,
    /// VAT in tenths of a percent, 0 to 1000: 25,5 % is 255.
    #[serde(rename = "vatPercentage", serialize_with = "percent")]
    pub vat_permille: u16,
    /// 1 to 100 characters.
    pub product_code: String,
    /// At most 1000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// At most 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Unique, at most 200 characters; without it the line can't be refunded by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// At most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What goes along to Klarna; opaque here, and passed on unchanged.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KlarnaDetails {
    /// From the shop's Klarna Web SDK, 1 to 8192 characters.
    pub network_session_token: String,
    /// JSON written as a text, 1 to 10 240 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_data: Option<String>,
}

/// The token lets its holder act as the payer's session, so it stays out of logs.
impl std::fmt::Debug for KlarnaDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KlarnaDetails(…)")
    }
}

// serde's `skip_serializing_if` hands over a reference.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Tenths of a percent as a JSON number with at most one decimal.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn percent<S: Serializer>(permille: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    if permille.is_multiple_of(10) {
        serializer.serialize_u16(permille / 10)
    } else {
        serializer.serialize_f64(f64::from(*permille) / 10.0)
    }
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn provider_details<S: Serializer>(
    klarna: &Option<KlarnaDetails>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct ProviderDetails<'a> {
        klarna: &'a Option<KlarnaDetails>,
    }
    ProviderDetails { klarna }.serialize(serializer)
}

impl NewPayment {
    /// Checks every documented limit; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        check::key("stamp", &self.stamp, 200)?;
        check::key("reference", &self.reference, 200)?;
        check::payable("amount", self.amount)?;
        self.customer.validate()?;
        self.redirect_urls.check("redirectUrls", 300)?;
        if let Some(urls) = &self.callback_urls {
            urls.check("callbackUrls", 3000)?;
        }
        if let Some(delay) = self.callback_delay {
            check::range("callbackDelay", delay.into(), 0, 900)?;
        }
        self.validate_items()?;
        if let Some(address) = &self.delivery_address {
            validate_address("deliveryAddress", address)?;
        }
        if let Some(address) = &self.invoicing_address {
            validate_address("invoicingAddress", address)?;
        }
        for (index, group) in self.groups.iter().enumerate() {
            check::key(&format!("groups[{index}]"), group, 100)?;
        }
        self.klarna.as_ref().map_or(Ok(()), KlarnaDetails::validate)
    }

    fn validate_items(&self) -> Result<(), Invalid> {
        if self.items.is_empty() {
            return if self.use_prices_without_vat {
                invalid("items", Problem::Missing)
            } else {
                Ok(())
            };
        }
        let mut stamps = BTreeSet::new();
        let mut sum = Some(Money::ZERO);
        for (index, item) in self.items.iter().enumerate() {
            let at = format!("items[{index}]");
            item.validate(&at, self.use_prices_without_vat)?;
            if item
                .stamp
                .as_ref()
                .is_some_and(|stamp| !stamps.insert(stamp))
            {
                return invalid(&format!("{at}.stamp"), Problem::Repeated);
            }
            let line = item.unit_price.checked_mul(item.units.into());
            sum = sum.zip(line).and_then(|(sum, line)| sum.checked_add(line));
        }
        if sum == Some(self.amount) {
            Ok(())
        } else {
            invalid("amount", Problem::NotTheSum(sum))
        }
    }
}

impl Payer {
    fn validate(&self) -> Result<(), Invalid> {
        check::email("customer.email", &self.email)?;
        check::optional("customer.firstName", self.first_name.as_deref(), 50)?;
        check::optional("customer.lastName", self.last_name.as_deref(), 50)?;
        check::optional("customer.companyName", self.company_name.as_deref(), 100)?;
        check::optional("customer.phone", self.phone.as_deref(), usize::MAX)?;
        check::optional("customer.vatId", self.vat_id.as_deref(), usize::MAX)
    }
}

impl NewItem {
    fn validate(&self, at: &str, without_vat: bool) -> Result<(), Invalid> {
        let highest = Money::LARGEST.cents();
        // A discount is a row with a price below zero; without VAT there are none.
        let lowest = if without_vat { 1 } else { -highest };
        check::range(
            &format!("{at}.unitPrice"),
            self.unit_price.cents(),
            lowest,
            highest,
        )?;
        check::range(&format!("{at}.units"), self.units.into(), 0, 99_999_998)?;
        check::range(
            &format!("{at}.vatPercentage"),
            self.vat_permille.into(),
            0,
            1000,
        )?;
        check::key(&format!("{at}.productCode"), &self.product_code, 100)?;
        check::optional(
            &format!("{at}.description"),
            self.description.as_deref(),
            1000,
        )?;
        check::optional(&format!("{at}.category"), self.category.as_deref(), 100)?;
        if let Some(stamp) = &self.stamp {
            check::key(&format!("{at}.stamp"), stamp, 200)?;
        }
        check::optional(&format!("{at}.reference"), self.reference.as_deref(), 200)
    }
}

impl KlarnaDetails {
    fn validate(&self) -> Result<(), Invalid> {
        const DATA: &str = "providerDetails.klarna.networkData";
        check::text(
            "providerDetails.klarna.networkSessionToken",
            &self.network_session_token,
            8192,
        )?;
        let Some(data) = &self.network_data else {
            return Ok(());
        };
        check::text(DATA, data, 10_240)?;
        match serde_json::from_str::<serde::de::IgnoredAny>(data) {
            Ok(_) => Ok(()),
            Err(_) => invalid(DATA, Problem::NotJson),
        }
    }
}

fn validate_address(at: &str, address: &Address) -> Result<(), Invalid> {
    check::text(&format!("{at}.streetAddress"), &address.street_address, 50)?;
    check::text(&format!("{at}.postalCode"), &address.postal_code, 15)?;
    check::text(&format!("{at}.city"), &address.city, 30)?;
    check::optional(&format!("{at}.county"), address.county.as_deref(), 200)?;
    check::country(&format!("{at}.country"), &address.country)
}
