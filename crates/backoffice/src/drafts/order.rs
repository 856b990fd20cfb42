//! What a person fills in for a new payment, and the body that is sent of it.

use std::fmt;

use hyvitys_domain::{Address, ItemStamp, Money, OrderLine};
use hyvitys_paytrail::payments::{KlarnaDetails, Language, NewItem, Payer};
use hyvitys_paytrail::{NewPayment, UrlPair};
use hyvitys_store::drafts::Way;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::sums;
use crate::error::Error;

/// A new payment as it is filled in. Texts that are empty are not given; nothing of it has to be whole.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DraftOrder {
    /// By which call it is made.
    pub way: Way,
    /// The order reference.
    pub reference: String,
    /// The language of the payment page.
    pub language: Language,
    /// Who pays.
    pub customer: DraftCustomer,
    /// The order lines.
    pub lines: Vec<DraftLine>,
    /// Whether the prices are without VAT: Paytrail adds it.
    pub prices_without_vat: bool,
    /// Where the goods go.
    pub delivery: Option<DraftAddress>,
    /// Where the bill goes.
    pub invoicing: Option<DraftAddress>,
    /// Whether the bill goes where the goods go.
    pub invoicing_as_delivery: bool,
    /// The amount, of an order without lines only.
    pub amount: Option<Money>,
    /// Whether the payment waits for an activation.
    pub manual_activation: bool,
    /// Where the payer's browser goes when it went well.
    pub success_url: String,
    /// Where it goes when it did not.
    pub cancel_url: String,
    /// The session token of the shop's Klarna Web SDK.
    pub klarna_token: String,
    /// What else Klarna is told: JSON as a text.
    pub network_data: String,
}

/// Klarna's token lets its holder act as the payer, so it stays out of logs, and the payer with it.
impl fmt::Debug for DraftOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DraftOrder")
            .field("way", &self.way)
            .field("reference", &self.reference)
            .field("lines", &self.lines)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// Who pays, as it is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DraftCustomer {
    /// Email address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number.
    pub phone: String,
    /// Company name.
    pub company_name: String,
    /// VAT id.
    pub vat_id: String,
}

/// An order line, as it is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DraftLine {
    /// What it is.
    pub description: String,
    /// The shop's code of it.
    pub product_code: String,
    /// How many.
    pub units: Option<u32>,
    /// For one, in cents; below zero for a discount.
    pub unit_price: Option<Money>,
    /// Tenths of a percent.
    pub vat_permille: Option<u16>,
    /// Needed to refund the line by itself.
    pub stamp: String,
    /// A category.
    pub category: String,
    /// The line's own reference.
    pub reference: String,
}

impl DraftLine {
    /// The whole line in cents; `None` where something is missing or it is too much.
    pub fn total(&self) -> Option<Money> {
        self.unit_price?.checked_mul(i64::from(self.units?))
    }
}

/// An address, as it is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DraftAddress {
    /// Street and number.
    pub street_address: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// County or region.
    pub county: String,
    /// ISO 3166 alpha-2.
    pub country: String,
}

impl DraftAddress {
    /// Whether nothing at all is filled in.
    pub fn is_empty(&self) -> bool {
        [
            &self.street_address,
            &self.postal_code,
            &self.city,
            &self.county,
            &self.country,
        ]
        .into_iter()
        .all(|text| given(text).is_none())
    }

    fn address(&self) -> Address {
        let text = |text: &str| text.trim().to_owned();
        Address {
            street_address: text(&self.street_address),
            postal_code: text(&self.postal_code),
            city: text(&self.city),
            county: given(&self.county),
            country: text(&self.country),
        }
    }
}

/// A text that says something, without the spaces around it.
pub(super) fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl DraftOrder {
    /// Where the goods go, if anything of it is filled in.
    pub fn delivery_address(&self) -> Option<&DraftAddress> {
        self.delivery.as_ref().filter(|address| !address.is_empty())
    }

    /// Where the bill goes, if anything of it is filled in.
    pub fn invoicing_address(&self) -> Option<&DraftAddress> {
        if self.invoicing_as_delivery {
            return self.delivery_address();
        }
        let own = self.invoicing.as_ref();
        own.filter(|address| !address.is_empty())
    }

    /// The body that is sent; `None` while something of it is missing that a body can't be without.
    /// Whether it keeps all limits, [`DraftOrder::check`] says.
    pub fn payment(&self, stamp: &str, callback: Option<&str>) -> Option<NewPayment> {
        let lines = self.lines.iter().map(item).collect::<Option<Vec<_>>>()?;
        let text = |text: &str| text.trim().to_owned();
        let both = |url: &str| UrlPair {
            success: url.to_owned(),
            cancel: url.to_owned(),
        };
        Some(NewPayment {
            stamp: stamp.to_owned(),
            reference: text(&self.reference),
            amount: sums::amount(self)?,
            language: self.language,
            customer: Payer {
                email: text(&self.customer.email),
                first_name: given(&self.customer.first_name),
                last_name: given(&self.customer.last_name),
                phone: given(&self.customer.phone),
                vat_id: given(&self.customer.vat_id),
                company_name: given(&self.customer.company_name),
            },
            redirect_urls: UrlPair {
                success: text(&self.success_url),
                cancel: text(&self.cancel_url),
            },
            // An address on this machine, as a sandbox may have one, is not one that Paytrail takes here.
            callback_urls: callback.filter(|url| url.starts_with("https:")).map(both),
            callback_delay: None,
            items: lines,
            delivery_address: self.delivery_address().map(DraftAddress::address),
            invoicing_address: self.invoicing_address().map(DraftAddress::address),
            manual_invoice_activation: self.manual_activation,
            groups: Vec::new(),
            use_prices_without_vat: self.prices_without_vat,
            klarna: given(&self.klarna_token).map(|network_session_token| KlarnaDetails {
                network_session_token,
                network_data: given(&self.network_data),
            }),
        })
    }

    /// The order lines as the list of payments has them, VAT included. Those of prices without VAT are rounded
    /// here, so that Paytrail's sum may be another one.
    pub(super) fn order_lines(&self) -> Vec<OrderLine> {
        let line = |line: &DraftLine| {
            Some(OrderLine {
                stamp: given(&line.stamp).and_then(|stamp| ItemStamp::new(stamp).ok()),
                description: line.description.trim().to_owned(),
                product_code: given(&line.product_code),
                units: line.units?,
                amount: if self.prices_without_vat {
                    sums::with_vat(line.total()?, line.vat_permille?)?
                } else {
                    line.total()?
                },
                vat_permille: line.vat_permille,
            })
        };
        self.lines.iter().filter_map(line).collect()
    }

    /// What a confirmation names to say what was shown: SHA-256 in hex, of all that is filled in.
    pub fn digest(&self) -> Result<String, Error> {
        Ok(hex::encode(Sha256::digest(super::written(self)?)))
    }

    /// What stays of it when its request goes out: the token lets its holder act as the payer, and does then
    /// what it was for.
    #[must_use]
    pub(super) fn without_klarnas_data(mut self) -> DraftOrder {
        self.klarna_token.clear();
        self.network_data.clear();
        self
    }
}

fn item(line: &DraftLine) -> Option<NewItem> {
    Some(NewItem {
        unit_price: line.unit_price?,
        units: line.units?,
        vat_permille: line.vat_permille?,
        product_code: line.product_code.trim().to_owned(),
        description: given(&line.description),
        category: given(&line.category),
        stamp: given(&line.stamp),
        reference: given(&line.reference),
    })
}
