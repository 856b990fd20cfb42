//! The one reader of amounts: of reports, tables and spreadsheets alike. Exact decimal arithmetic, never floating
//! point; what could be read in two ways is an error.

use hyvitys_domain::{Money, MoneyError};

use super::Problem;
use crate::why::Why;

/// In what a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Euros,
    Cents,
}

/// Reads an amount; the problem names the column.
pub(crate) fn read(text: &str, unit: Unit, column: &str) -> Result<Money, Problem> {
    match unit {
        Unit::Euros => Money::parse_euros(text),
        Unit::Cents => cents(text),
    }
    .map_err(|error| {
        let why = match &error {
            MoneyError::TooPrecise(value) => Why::RowTooPrecise {
                value: value.clone(),
            },
            MoneyError::TooLarge(_) => Why::RowAmountOutOfRange,
            MoneyError::Empty | MoneyError::NotAnAmount(_) => Why::RowNotAnAmount {
                value: text.trim().to_owned(),
            },
        };
        Problem::at(column, why, error)
    })
}

/// A whole number of cents, like `1990`.
fn cents(text: &str) -> Result<Money, MoneyError> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '\u{2212}']).unwrap_or(text);
    if digits.is_empty() {
        return Err(MoneyError::Empty);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MoneyError::NotAnAmount(text.to_owned()));
    }
    let cents: i64 = digits
        .parse()
        .map_err(|_| MoneyError::TooLarge(text.to_owned()))?;
    Ok(Money::from_cents(if digits.len() == text.len() {
        cents
    } else {
        -cents
    }))
}

/// How a cell of a column of amounts is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// A whole number, of which nobody can tell whether it is euros or cents.
    Whole,
    /// With decimals or the sign of the euro.
    Euros,
    /// Not an amount.
    NoAmount,
}

/// How a cell is written.
pub(crate) fn written(text: &str) -> Written {
    let says_euros = |c: char| matches!(c, ',' | '.' | '€') || c.is_alphabetic();
    match Money::parse_euros(text) {
        Err(_) => Written::NoAmount,
        Ok(_) if text.contains(says_euros) => Written::Euros,
        Ok(_) => Written::Whole,
    }
}

#[cfg(test)]
#[path = "amounts_tests.rs"]
mod tests;
