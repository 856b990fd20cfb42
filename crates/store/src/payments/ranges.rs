//! Amounts and days as a person narrows a list to them: one, more or less than one, or from one to another.
//!
//! Everything becomes a range with both ends included, since cents and days are whole: more than
//! 100 € is from 100,01 €, and before November is to the last day of October.

use chrono::NaiveDate;
use hyvitys_domain::Money;

/// Amounts from `from` to `to`, both included; an end that is `None` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountRange {
    /// The smallest.
    pub from: Option<Money>,
    /// The largest.
    pub to: Option<Money>,
}

/// Finnish calendar days from `from` to `to`, both included; an end that is `None` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

/// Why a text is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRange {
    /// It can't be read.
    Unreadable,
    /// It begins after its end: nothing could be in it.
    Backwards,
}

/// What stands before or between the values.
enum Shape<'t> {
    Exactly(&'t str),
    Above(&'t str),
    AtLeast(&'t str),
    Below(&'t str),
    AtMost(&'t str),
    Between(&'t str, &'t str),
}

fn shape(text: &str) -> Shape<'_> {
    if let Some((from, to)) = text.split_once("..") {
        Shape::Between(from, to)
    } else if let Some(value) = text.strip_prefix(">=") {
        Shape::AtLeast(value)
    } else if let Some(value) = text.strip_prefix('>') {
        Shape::Above(value)
    } else if let Some(value) = text.strip_prefix("<=") {
        Shape::AtMost(value)
    } else if let Some(value) = text.strip_prefix('<') {
        Shape::Below(value)
    } else {
        Shape::Exactly(text)
    }
}

/// The range that a text means. `read` gives the first and the last that one value stands for, `next`
/// and `before` the neighbours of one.
fn range<T: Copy + Ord>(
    text: &str,
    read: impl Fn(&str) -> Option<(T, T)>,
    next: impl Fn(T) -> Option<T>,
    before: impl Fn(T) -> Option<T>,
) -> Result<(Option<T>, Option<T>), NoRange> {
    let read = |text: &str| read(text.trim()).ok_or(NoRange::Unreadable);
    let (from, to) = match shape(text.trim()) {
        Shape::Exactly(value) => {
            let (first, last) = read(value)?;
            (Some(first), Some(last))
        }
        Shape::Above(value) => (Some(next(read(value)?.1).ok_or(NoRange::Unreadable)?), None),
        Shape::AtLeast(value) => (Some(read(value)?.0), None),
        Shape::Below(value) => (
            None,
            Some(before(read(value)?.0).ok_or(NoRange::Unreadable)?),
        ),
        Shape::AtMost(value) => (None, Some(read(value)?.1)),
        Shape::Between(from, to) => (Some(read(from)?.0), Some(read(to)?.1)),
    };
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(NoRange::Backwards),
        ends => Ok(ends),
    }
}

impl AmountRange {
    /// Reads `19,90`, `>100`, `>=100`, `<5`, `<=5` or `20..50`: euros with a comma or a point.
    pub(super) fn parse(text: &str) -> Result<AmountRange, NoRange> {
        let cent = Money::SMALLEST;
        let (from, to) = range(
            text,
            |text| Money::parse_euros(text).ok().map(|amount| (amount, amount)),
            |amount| amount.checked_add(cent),
            |amount| amount.checked_sub(cent),
        )?;
        Ok(AmountRange { from, to })
    }
}

impl DayRange {
    /// Reads `2026`, `2026-10` or `2026-10-24`, also with `>`, `>=`, `<`, `<=` before it or two of them
    /// with `..` between.
    pub(super) fn parse(text: &str) -> Result<DayRange, NoRange> {
        let (from, to) = range(
            text,
            period,
            |day| day.succ_opt(),
            |day: NaiveDate| day.pred_opt(),
        )?;
        Ok(DayRange { from, to })
    }
}

/// The first and last day of a year, a month or a day.
fn period(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let written = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        Some(if written { part.parse().ok() } else { None })
    };
    let year = i32::try_from(number(4)??).ok()?;
    let (month, day): (Option<Option<u32>>, _) = (number(2), number(2));
    if parts.next().is_some() {
        return None;
    }
    match (month, day) {
        (None, _) => Some((
            NaiveDate::from_ymd_opt(year, 1, 1)?,
            NaiveDate::from_ymd_opt(year, 12, 31)?,
        )),
        (Some(month), None) => {
            let first = NaiveDate::from_ymd_opt(year, month?, 1)?;
            let next = first.checked_add_months(chrono::Months::new(1))?;
            Some((first, next.pred_opt()?))
        }
        (Some(month), Some(day)) => {
            let day = NaiveDate::from_ymd_opt(year, month?, day?)?;
            Some((day, day))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(text: &str) -> Result<(Option<i64>, Option<i64>), NoRange> {
        let cents = |amount: Option<Money>| amount.map(Money::cents);
        AmountRange::parse(text).map(|range| (cents(range.from), cents(range.to)))
    }

    fn days(text: &str) -> Result<(Option<String>, Option<String>), NoRange> {
        let words = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        DayRange::parse(text).map(|range| (words(range.from), words(range.to)))
    }

    #[test]
    fn amounts_are_exact_to_the_cent_on_both_ends() {
        for (text, from, to) in [
            ("19,90", Some(1990), Some(1990)),
            ("19.9", Some(1990), Some(1990)),
            (">100", Some(10_001), None),
            (">=100", Some(10_000), None),
            ("<0,1", None, Some(9)),
            ("<=5 €", None, Some(500)),
            ("20..50", Some(2_000), Some(5_000)),
            ("1 234,50..2 000", Some(123_450), Some(200_000)),
            ("-4", Some(-400), Some(-400)),
        ] {
            assert_eq!(amounts(text), Ok((from, to)), "{text}");
        }
        for text in [
            "", ">", "..", "20..", "..5", "1.234", "ten", ">=20..50", "20...50",
        ] {
            assert_eq!(amounts(text), Err(NoRange::Unreadable), "{text}");
        }
        assert_eq!(amounts("50..20"), Err(NoRange::Backwards));
    }

    #[test]
    fn a_year_and_a_month_are_all_their_days() {
        for (text, from, to) in [
            ("2026", Some("2026-01-01"), Some("2026-12-31")),
            ("2028-02", Some("2028-02-01"), Some("2028-02-29")),
            ("2026-10-24", Some("2026-10-24"), Some("2026-10-24")),
            (">2026-10", Some("2026-11-01"), None),
            (">=2026-10", Some("2026-10-01"), None),
            ("<2026", None, Some("2025-12-31")),
            ("<=2026-12", None, Some("2026-12-31")),
            (
                "2026-01..2026-03-05",
                Some("2026-01-01"),
                Some("2026-03-05"),
            ),
        ] {
            let expected = (from.map(str::to_owned), to.map(str::to_owned));
            assert_eq!(days(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "26",
            "2026-13",
            "2026-02-30",
            "2026-1",
            "2026-10-24-1",
            "24.10.2026",
            "2026-",
            "+026",
            "2026..",
        ] {
            assert_eq!(days(text), Err(NoRange::Unreadable), "{text}");
        }
        assert_eq!(days("2026-03..2026-02"), Err(NoRange::Backwards));
    }
}
