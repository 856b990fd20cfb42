//! The documented limits of what goes out (API document §2 and §4), each error naming its field.
//!
//! Paytrail would refuse the same, but its words name a field of JSON and come after a round trip;
//! these are known before anything is sent. Lengths are counted in characters.

use serde::{Deserialize, Serialize};
use url::Url;

use hyvitys_domain::Money;

/// What is wrong with which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    /// The field by its wire name, like `items[2].stamp`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is required.
    #[error("is missing")]
    Missing,
    /// It has more than this many characters.
    #[error("has more than {0} characters")]
    TooLong(usize),
    /// It has a control character where none belongs.
    #[error("has control characters")]
    ControlCharacter,
    /// A number outside these borders, both included.
    #[error("is not between {0} and {1}")]
    OutOfRange(i64, i64),
    /// Not an `https` address.
    #[error("is not an https address")]
    NotHttps,
    /// Not an email address.
    #[error("is not an email address")]
    NotAnEmail,
    /// Not two capital letters (ISO 3166 alpha-2).
    #[error("is not a country code of two capital letters")]
    NotACountry,
    /// Not JSON.
    #[error("is not JSON")]
    NotJson,
    /// A stamp that another item of the same list has too.
    #[error("is not unique")]
    Repeated,
    /// The items do not sum up to the amount; the sum in cents, if it can be counted.
    #[error("does not equal the sum of the items")]
    NotTheSum(Option<Money>),
}

/// A pair of addresses for the two ways in which things can end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlPair {
    /// Called or shown when it went well.
    pub success: String,
    /// Called or shown when it did not.
    pub cancel: String,
}

impl UrlPair {
    /// Both must be https and at most `limit` characters.
    pub(crate) fn check(&self, field: &str, limit: usize) -> Result<(), Invalid> {
        https(&format!("{field}.success"), &self.success, limit)?;
        https(&format!("{field}.cancel"), &self.cancel, limit)
    }
}

pub(crate) fn invalid<T>(field: &str, problem: Problem) -> Result<T, Invalid> {
    Err(Invalid {
        field: field.to_owned(),
        problem,
    })
}

/// A text of 1 to `limit` characters.
pub(crate) fn text(field: &str, value: &str, limit: usize) -> Result<(), Invalid> {
    if value.is_empty() {
        return invalid(field, Problem::Missing);
    }
    at_most(field, value, limit)
}

/// An optional text: empty is as good as none at the API, so it must be left out instead.
pub(crate) fn optional(field: &str, value: Option<&str>, limit: usize) -> Result<(), Invalid> {
    value.map_or(Ok(()), |value| text(field, value, limit))
}

pub(crate) fn at_most(field: &str, value: &str, limit: usize) -> Result<(), Invalid> {
    if value.chars().nth(limit).is_some() {
        invalid(field, Problem::TooLong(limit))
    } else {
        Ok(())
    }
}

/// A text of 1 to `limit` characters that is used as a key and so has no control characters.
pub(crate) fn key(field: &str, value: &str, limit: usize) -> Result<(), Invalid> {
    text(field, value, limit)?;
    if value.chars().any(char::is_control) {
        invalid(field, Problem::ControlCharacter)
    } else {
        Ok(())
    }
}

pub(crate) fn range(field: &str, value: i64, lowest: i64, highest: i64) -> Result<(), Invalid> {
    if (lowest..=highest).contains(&value) {
        Ok(())
    } else {
        invalid(field, Problem::OutOfRange(lowest, highest))
    }
}

pub(crate) fn https(field: &str, value: &str, limit: usize) -> Result<(), Invalid> {
    text(field, value, limit)?;
    // `Url` forgives spaces and control characters; the other side may not.
    let plain = !value.chars().any(|c| c.is_control() || c.is_whitespace());
    let https = Url::parse(value).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if plain && https {
        Ok(())
    } else {
        invalid(field, Problem::NotHttps)
    }
}

/// Something on both sides of one `@`, without spaces; whether it exists only a letter can tell.
pub(crate) fn email(field: &str, value: &str) -> Result<(), Invalid> {
    text(field, value, 200)?;
    let plain = !value.chars().any(|c| c.is_control() || c.is_whitespace());
    match value.split_once('@') {
        Some((who, place))
            if plain && !who.is_empty() && !place.is_empty() && !place.contains('@') =>
        {
            Ok(())
        }
        _ => invalid(field, Problem::NotAnEmail),
    }
}

pub(crate) fn country(field: &str, value: &str) -> Result<(), Invalid> {
    if value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(())
    } else {
        invalid(field, Problem::NotACountry)
    }
}

/// An amount that Paytrail takes: 1 to 99 999 998 cents.
pub(crate) fn payable(field: &str, amount: Money) -> Result<(), Invalid> {
    range(
        field,
        amount.cents(),
        Money::SMALLEST.cents(),
        Money::LARGEST.cents(),
    )
}
