//! Amounts in integer cents. Nothing here ever passes through a floating-point number.

use std::fmt;
use std::iter::Sum;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// An amount of euros in integer cents; may be negative (a refund row of a report, a discount).
///
/// Arithmetic is checked: the only ways to combine amounts return `None` on overflow.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is not an amount. Nothing is guessed: what could be read in two ways is an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// There is nothing to read.
    #[error("the amount is empty")]
    Empty,
    /// A character, or an order of characters, that no amount has.
    #[error("'{0}' is not an amount in euros: write it as 1234,50")]
    NotAnAmount(String),
    /// More than two decimals; `1.234` may be a thousand to its writer, so it is not read at all.
    #[error("'{0}' has more than two decimals: write euros and cents as 1234,50")]
    TooPrecise(String),
    /// Larger than any amount this program handles.
    #[error("'{0}' is too large an amount")]
    TooLarge(String),
}

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);
    /// The smallest amount that Paytrail takes for a payment or a refund, in cents.
    pub const SMALLEST: Money = Money(1);
    /// The largest amount that Paytrail takes for a payment or a refund, in cents.
    pub const LARGEST: Money = Money(99_999_998);

    /// An amount from integer cents.
    pub const fn from_cents(cents: i64) -> Money {
        Money(cents)
    }

    /// This amount in integer cents.
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    /// The difference, or `None` where it does not fit.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }

    /// The amount `count` times, or `None` where it does not fit.
    pub fn checked_mul(self, count: i64) -> Option<Money> {
        self.0.checked_mul(count).map(Money)
    }

    /// The amount without its sign, or `None` for the one value that has none.
    pub fn checked_abs(self) -> Option<Money> {
        self.0.checked_abs().map(Money)
    }

    /// Whether Paytrail can take this amount: 1 to 99 999 998 cents.
    pub fn is_payable(self) -> bool {
        Money::SMALLEST <= self && self <= Money::LARGEST
    }

    /// Whether it is no money at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Reads euros as people and reports write them: `19,90`, `19.9`, `-4,00`, `1 234,50 €`.
    ///
    /// Thousands may be grouped by (no-break) spaces only. Points and commas are decimal marks, at
    /// most one of them and at most two digits behind it: `1.234` and `1.234,50` are errors.
    pub fn parse_euros(text: &str) -> Result<Money, MoneyError> {
        let trimmed = text.trim();
        let bare = trimmed
            .strip_suffix('€')
            .or_else(|| trimmed.strip_suffix("EUR"))
            .unwrap_or(trimmed)
            .trim_end();
        if bare.is_empty() {
            return Err(MoneyError::Empty);
        }
        let wrong = || MoneyError::NotAnAmount(trimmed.to_owned());
        let (negative, unsigned) = match bare.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, bare),
        };
        let (whole, decimals) = match unsigned.split_once([',', '.']) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (unsigned, None),
        };
        let mut plain = ungrouped(whole).ok_or_else(wrong)?;
        if let Some(decimals) = decimals {
            if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong());
            }
            if decimals.len() > 2 {
                return Err(MoneyError::TooPrecise(trimmed.to_owned()));
            }
            plain.push('.');
            plain.push_str(decimals);
        }
        let too_large = || MoneyError::TooLarge(trimmed.to_owned());
        let euros = Decimal::from_str_exact(&plain).map_err(|_| too_large())?;
        let cents = euros
            .checked_mul(Decimal::ONE_HUNDRED)
            .and_then(|cents| cents.to_i64())
            .ok_or_else(too_large)?;
        Ok(Money(if negative { -cents } else { cents }))
    }
}

/// The digits of a whole number whose thousands may be grouped by spaces; `None` if it is not one.
fn ungrouped(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split([' ', '\u{a0}', '\u{202f}']).collect();
    let digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(digits) {
        return None;
    }
    if let [first, rest @ ..] = groups.as_slice()
        && !rest.is_empty()
        && (first.len() > 3 || rest.iter().any(|group| group.len() != 3))
    {
        return None;
    }
    Some(groups.concat())
}

/// Euros with a decimal comma and no grouping, as `1234,50`: the form that [`Money::parse_euros`]
/// reads back. Windows and tables format by locale instead.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{},{:02}", cents / 100, cents % 100)
    }
}

/// The checked sum: `None` where it does not fit.
impl Sum<Money> for Option<Money> {
    fn sum<I: Iterator<Item = Money>>(mut amounts: I) -> Self {
        amounts.try_fold(Money::ZERO, Money::checked_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_read_as_shops_and_reports_write_them() {
        for (text, cents) in [
            ("19,90", 1990),
            ("19.9", 1990),
            ("-4,00", -400),
            ("\u{2212}4,00", -400),
            ("0", 0),
            ("1 234,50 €", 123_450),
            ("1\u{a0}234\u{a0}567,01", 123_456_701),
            ("1234", 123_400),
            ("12,5 EUR", 1250),
        ] {
            assert_eq!(Money::parse_euros(text), Ok(Money(cents)), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        assert!(matches!(
            Money::parse_euros("1.234"),
            Err(MoneyError::TooPrecise(_))
        ));
        assert!(matches!(
            Money::parse_euros("0,001"),
            Err(MoneyError::TooPrecise(_))
        ));
        assert!(matches!(Money::parse_euros("  "), Err(MoneyError::Empty)));
        for text in [
            "1.234,50", "1,234.50", "12 34,00", "1 23", "12,", ",50", "1e3", "--1", "+1", "€",
            "0x10", "١",
        ] {
            assert!(
                Money::parse_euros(text).is_err(),
                "{text} was read as an amount"
            );
        }
        assert!(matches!(
            Money::parse_euros("99999999999999999999,00"),
            Err(MoneyError::TooLarge(_))
        ));
    }

    #[test]
    fn every_cent_near_zero_survives_being_written_and_read() {
        for cents in -1_000_000..=1_000_000 {
            let money = Money(cents);
            assert_eq!(Money::parse_euros(&money.to_string()), Ok(money));
        }
    }

    proptest! {
        #[test]
        fn any_amount_survives_being_written_and_read(cents in -9_999_999_999_999_i64..=9_999_999_999_999) {
            let money = Money(cents);
            prop_assert_eq!(Money::parse_euros(&money.to_string()), Ok(money));
            let point = money.to_string().replace(',', ".");
            prop_assert_eq!(Money::parse_euros(&point), Ok(money));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = Money::parse_euros(&text);
        }
    }

    #[test]
    fn sums_that_do_not_fit_are_noticed() {
        let sum: Option<Money> = [Money(i64::MAX), Money(1)].into_iter().sum();
        assert_eq!(sum, None);
        let sum: Option<Money> = [Money(2), Money(-5)].into_iter().sum();
        assert_eq!(sum, Some(Money(-3)));
    }
}
