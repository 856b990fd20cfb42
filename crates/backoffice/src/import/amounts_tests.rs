use proptest::prelude::*;

use super::*;

/// An amount in every way that files write it, but for grouping.
fn written(cents: i64) -> Vec<String> {
    let sign = if cents < 0 { "-" } else { "" };
    let (euros, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let mut ways = vec![
        format!("{sign}{euros},{rest:02}"),
        format!("{sign}{euros}.{rest:02}"),
        format!(" {sign}{euros},{rest:02} € "),
        format!("{sign}{euros}.{rest:02} EUR"),
    ];
    if rest.is_multiple_of(10) {
        ways.push(format!("{sign}{euros},{}", rest / 10));
    }
    if rest == 0 {
        ways.push(format!("{sign}{euros}"));
    }
    ways
}

fn euros(text: &str) -> i64 {
    read(text, Unit::Euros, "amount").unwrap().cents()
}

#[test]
fn every_cent_within_ten_thousand_euros_is_read_exactly() {
    for cents in -1_000_000..=1_000_000_i64 {
        // Each cent with a comma, and in turn in the other ways; neighbours share all digits but the last ones.
        let ways = written(cents);
        let turn = usize::try_from(cents.rem_euclid(5)).unwrap();
        for text in ways.first().into_iter().chain(ways.get(turn)) {
            assert_eq!(euros(text), cents, "{text}");
        }
        let text = cents.to_string();
        assert_eq!(read(&text, Unit::Cents, "a").unwrap().cents(), cents);
    }
}

#[test]
fn every_cent_that_a_spreadsheet_keeps_as_a_double_comes_back_exactly() {
    for cents in -1_000_000..=1_000_000_i32 {
        let cell = f64::from(cents) / 100.0;
        assert_eq!(euros(&cell.to_string()), i64::from(cents), "{cell}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_an_error_and_not_a_guess() {
    for text in [
        "1.234", "1,234", "1.234,50", "1,234.50", "12,345", "1e3", "", "x", "1,", "--1", "+",
    ] {
        assert!(read(text, Unit::Euros, "a").is_err(), "{text}");
    }
    for text in ["1,5", "1.0", "", "-", "1 000", "99999999999999999999"] {
        assert!(read(text, Unit::Cents, "a").is_err(), "{text}");
    }
    assert_eq!(euros("1 234,50"), 123_450);
    assert_eq!(euros("1\u{a0}234\u{202f}567,89 €"), 123_456_789);
}

proptest! {
    #[test]
    fn amounts_up_to_the_limits_are_read_exactly(cents in -99_999_998_i64..=99_999_998) {
        for text in written(cents) {
            prop_assert_eq!(euros(&text), cents);
        }
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^53")]
        let cell = cents as f64 / 100.0;
        prop_assert_eq!(euros(&cell.to_string()), cents);
    }

    #[test]
    fn any_text_is_an_amount_or_an_error(text in "\\PC{0,12}") {
        let _ = read(&text, Unit::Euros, "a");
        let _ = read(&text, Unit::Cents, "a");
    }
}
