//! The shapes that cross to the window: camelCase, amounts in cents, times in UTC (RFC 3339 with milliseconds and
//! `Z`). They exist here only; the crates below have their own types.

mod accounts;
mod audit;
mod bulk;
mod checks;
mod drafts;
mod errors;
mod import;
mod operations;
mod payments;
mod policy;
mod settlements;
mod setup;
mod timeline;

use chrono::{DateTime, SecondsFormat, Utc};
use hyvitys_backoffice::{Code, Error};
use hyvitys_domain::{AccountId, Money};
use serde::{Deserialize, Serialize};
use specta::Type;

pub(crate) use accounts::*;
pub(crate) use audit::*;
pub(crate) use bulk::*;
pub(crate) use checks::*;
pub(crate) use drafts::*;
pub(crate) use errors::*;
pub(crate) use import::*;
pub(crate) use operations::*;
pub(crate) use payments::*;
pub(crate) use policy::*;
pub(crate) use settlements::*;
pub(crate) use setup::*;
pub(crate) use timeline::*;

/// An amount in cents. JavaScript's numbers are exact to 2^53; the largest amount is 99 999 998.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Cents(#[specta(type = i32)] i64);

impl From<Money> for Cents {
    fn from(money: Money) -> Cents {
        Cents(money.cents())
    }
}

impl From<Cents> for Money {
    fn from(cents: Cents) -> Money {
        Money::from_cents(cents.0)
    }
}

/// A count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Count(#[specta(type = u32)] u64);

impl From<usize> for Count {
    fn from(count: usize) -> Count {
        Count(count as u64)
    }
}

impl From<u64> for Count {
    fn from(count: u64) -> Count {
        Count(count)
    }
}

/// An account's key in this data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct AccountNumber(#[specta(type = i32)] i64);

impl From<AccountId> for AccountNumber {
    fn from(id: AccountId) -> AccountNumber {
        AccountNumber(id.row())
    }
}

impl From<AccountNumber> for AccountId {
    fn from(number: AccountNumber) -> AccountId {
        AccountId::from_row(number.0)
    }
}

/// A time as the window gets it.
pub(crate) fn words(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An id or amount that the window sent; one that can't be read is the window's mistake, and is said so.
pub(crate) fn read<T: std::str::FromStr>(text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| Error::new(Code::BadInput, error.to_string()))
}

/// The places outside that the window leads to. Addresses are chosen here, never by the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Paytrail's Merchant Panel.
    MerchantPanel,
    /// The Merchant Panel, for its refunds and approvals: their addresses inside are not published.
    MerchantPanelRefunds,
    /// The Merchant Panel, for its payment methods, where Klarna is switched on.
    MerchantPanelMethods,
    /// Klarna's Partner Portal.
    KlarnaPortal,
    /// Klarna's documents on its conversion boosters.
    KlarnaBoosters,
    /// Paytrail's support.
    PaytrailSupport,
    /// The folder of the data file.
    DataFolder,
}

impl Place {
    /// The address; `None` for a folder.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Place::MerchantPanel | Place::MerchantPanelRefunds | Place::MerchantPanelMethods => {
                Some("https://merchant.paytrail.com")
            }
            Place::KlarnaPortal => Some("https://portal.klarna.com"),
            Place::KlarnaBoosters => Some("https://docs.klarna.com/conversion-boosters/"),
            Place::PaytrailSupport => Some("https://support.paytrail.com"),
            Place::DataFolder => None,
        }
    }
}

/// An error about what the window sent.
pub(crate) fn bad_input(message: String) -> ErrorDto {
    Error::new(Code::BadInput, message).into()
}
