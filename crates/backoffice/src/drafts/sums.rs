//! Sums of an order: exact, in integer cents. Half a cent is rounded away from zero.

use std::collections::BTreeMap;

use hyvitys_domain::Money;
use serde::Serialize;

use super::order::DraftOrder;

/// What one rate of VAT makes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VatSum {
    /// Tenths of a percent.
    pub vat_permille: u16,
    /// Without VAT.
    pub net: Money,
    /// The VAT.
    pub tax: Money,
    /// With VAT.
    pub gross: Money,
}

/// The amount that is sent: the sum of the lines, without VAT where their prices are; without lines, the
/// order's own. `None` where it can't be told, or is more than any amount.
pub(super) fn amount(order: &DraftOrder) -> Option<Money> {
    if order.lines.is_empty() {
        return order.amount;
    }
    order
        .lines
        .iter()
        .map(|line| line.total())
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line?))
}

/// What the customer pays. Of prices without VAT Paytrail makes the amount, and does not say how it rounds: here
/// each line has its VAT to the nearest cent, and [`leeway`] is how far that may be off.
pub(super) fn to_pay(order: &DraftOrder) -> Option<Money> {
    if !order.prices_without_vat {
        return amount(order);
    }
    order.lines.iter().try_fold(Money::ZERO, |sum, line| {
        sum.checked_add(with_vat(line.total()?, line.vat_permille?)?)
    })
}

/// How far Paytrail's sum may be from [`to_pay`], at most: zero where nothing has to be rounded. It may round
/// the price of each unit, each line, or the sum.
pub(super) fn leeway(order: &DraftOrder) -> Money {
    if !order.prices_without_vat {
        return Money::ZERO;
    }
    let lines = order.lines.iter().map(|line| {
        let (Some(price), Some(units), Some(rate)) =
            (line.unit_price, line.units, line.vat_permille)
        else {
            return 0;
        };
        let exact = i128::from(price.cents()) * i128::from(rate) % 1_000 == 0;
        // Half a cent for each unit, and half a cent for our own line.
        if exact { 0 } else { i64::from(units / 2) + 1 }
    });
    Money::from_cents(lines.fold(0, i64::saturating_add))
}

/// The sums by rate, the highest first. Lines that lack a figure are left out.
pub(super) fn by_rate(order: &DraftOrder) -> Vec<VatSum> {
    let mut rates: BTreeMap<u16, (Money, Money)> = BTreeMap::new();
    for line in &order.lines {
        let (Some(total), Some(rate)) = (line.total(), line.vat_permille) else {
            continue;
        };
        let Some(with) = with_vat(total, rate) else {
            continue;
        };
        let sum = rates.entry(rate).or_default();
        let added = sum.0.checked_add(total).zip(sum.1.checked_add(with));
        *sum = added.unwrap_or(*sum);
    }
    let sums = rates.into_iter().rev();
    sums.filter_map(|(rate, (total, with))| {
        let (net, gross) = if order.prices_without_vat {
            (total, with)
        } else {
            (without_vat(total, rate)?, total)
        };
        Some(VatSum {
            vat_permille: rate,
            net,
            tax: gross.checked_sub(net)?,
            gross,
        })
    })
    .collect()
}

/// An amount with the VAT of `permille` tenths of a percent on top.
pub(super) fn with_vat(net: Money, permille: u16) -> Option<Money> {
    scaled(net, 1_000 + i128::from(permille), 1_000)
}

/// An amount without the VAT that is in it.
fn without_vat(gross: Money, permille: u16) -> Option<Money> {
    scaled(gross, 1_000, 1_000 + i128::from(permille))
}

fn scaled(amount: Money, by: i128, over: i128) -> Option<Money> {
    let product = i128::from(amount.cents()) * by;
    let half = if product < 0 { -over } else { over };
    let cents = (2 * product + half) / (2 * over);
    i64::try_from(cents).ok().map(Money::from_cents)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drafts::order::DraftLine;

    fn order(lines: &[(i64, u32, u16)], prices_without_vat: bool) -> DraftOrder {
        let line = |&(price, units, vat): &(i64, u32, u16)| DraftLine {
            unit_price: Some(Money::from_cents(price)),
            units: Some(units),
            vat_permille: Some(vat),
            ..DraftLine::default()
        };
        DraftOrder {
            lines: lines.iter().map(line).collect(),
            prices_without_vat,
            ..DraftOrder::default()
        }
    }

    fn row(sum: &VatSum) -> (u16, i64, i64, i64) {
        (
            sum.vat_permille,
            sum.net.cents(),
            sum.tax.cents(),
            sum.gross.cents(),
        )
    }

    #[test]
    fn vat_is_taken_out_of_the_sum_of_each_rate_to_the_nearest_cent() {
        let order = order(&[(12_550, 1, 255), (1_000, 2, 140), (-500, 1, 255)], false);
        let rows: Vec<_> = by_rate(&order).iter().map(row).collect();
        assert_eq!(
            rows,
            [(255, 9_602, 2_448, 12_050), (140, 1_754, 246, 2_000)]
        );
        assert_eq!(amount(&order), Some(Money::from_cents(14_050)));
        assert_eq!(to_pay(&order), amount(&order));
    }

    #[test]
    fn vat_is_put_on_top_of_each_line_to_the_nearest_cent() {
        // 0,02 € with 25,5 % is 2,51 cents.
        let order = order(&[(2, 1, 255), (2, 1, 255), (10_000, 1, 0)], true);
        let rows: Vec<_> = by_rate(&order).iter().map(row).collect();
        assert_eq!(rows, [(255, 4, 2, 6), (0, 10_000, 0, 10_000)]);
        assert_eq!(amount(&order), Some(Money::from_cents(10_004)));
        assert_eq!(to_pay(&order), Some(Money::from_cents(10_006)));
    }

    proptest! {
        #[test]
        fn the_sums_of_the_rates_are_the_sum_of_the_order(
            lines in prop::collection::vec((-99_999_998_i64..=99_999_998, 0_u32..=1_000, 0_u16..=1_000), 1..20),
            without in any::<bool>(),
        ) {
            let order = order(&lines, without);
            let rates = by_rate(&order);
            let sum = |of: fn(&VatSum) -> Money| rates.iter().map(|rate| of(rate).cents()).sum::<i64>();
            let amount = amount(&order).unwrap().cents();
            let exact: i64 = lines.iter().map(|(price, units, _)| price * i64::from(*units)).sum();
            prop_assert_eq!(amount, exact);
            prop_assert_eq!(sum(|rate| rate.gross), to_pay(&order).unwrap().cents());
            prop_assert_eq!(if without { sum(|rate| rate.net) } else { sum(|rate| rate.gross) }, amount);
            for rate in &rates {
                prop_assert_eq!(rate.net.checked_add(rate.tax), Some(rate.gross));
            }
        }

        #[test]
        fn vat_is_never_off_by_more_than_half_a_cent(cents in -9_999_999_999_i64..=9_999_999_999, permille in 0_u16..=1_000) {
            let gross = Money::from_cents(cents);
            let net = without_vat(gross, permille).unwrap();
            // |net · (1000 + rate) − gross · 1000| ≤ (1000 + rate) / 2
            let whole = 1_000 + i128::from(permille);
            let off = i128::from(net.cents()) * whole - i128::from(cents) * 1_000;
            prop_assert!(off.abs() * 2 <= whole);
        }
    }
}
