//! Every order of a list, page by page, is the whole list in that order; and what a query finds is what a
//! look at each payment says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and so do its helpers"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path is not general enough over the transaction's lifetime"
)]

mod common;

use std::cmp::Ordering;

use common::{Shop, id, now, time};
use hyvitys_domain::{Money, Payment, PaymentStatus, Provider, WireTime};
use hyvitys_store::payments::{
    Created, Cursor, MOST_COUNTED, PaymentFacts, Precision, Query, RefundedIs, Sort, SortBy,
    Source, StoredPayment, Totals,
};
use proptest::prelude::*;

const ALL_ORDERS: [SortBy; 6] = [
    SortBy::Created,
    SortBy::Reference,
    SortBy::Customer,
    SortBy::Amount,
    SortBy::Refunded,
    SortBy::Status,
];

const QUERIES: [&str; 20] = [
    "",
    "status:ok",
    "status:hold",
    "status:failed provider:klarna",
    "provider:nordea",
    "amount:>5",
    "amount:3..7",
    "amount:<=4 status:paid",
    "refunded:yes",
    "refunded:no",
    "refunded:partly status:ok",
    "refunded:full",
    "created:2026-10",
    "created:>=2026-10-25 provider:klarna",
    "created:2026-10-24..2026-10-25 amount:>2",
    "created:<2026-10-25 refunded:no",
    "virta",
    "status:ok vir",
    "reference:A",
    "amount:>999",
];

/// A payment of a few values, so that many are alike.
#[derive(Clone, Debug)]
struct Made {
    facts: PaymentFacts,
    refunded: i64,
}

fn made(number: u8) -> impl Strategy<Value = Made> {
    let status = prop::sample::select(vec![
        "new", "ok", "ok", "ok", "fail", "pending", "delayed", "accepted",
    ]);
    let provider = prop::sample::select(vec!["klarna", "KlarnaPayLater", "nordea", ""]);
    let reference = prop::sample::select(vec![
        None,
        Some("A 1"),
        Some("A 2"),
        Some("a"),
        Some("B"),
        Some("Ä"),
    ]);
    let last = prop::sample::select(vec![
        None,
        Some("Virta"),
        Some("virta"),
        Some("Ähtäri"),
        Some("Aho"),
        Some("Öhman"),
    ]);
    let first = prop::sample::select(vec![None, Some("Aino"), Some("Zoe")]);
    let email = prop::sample::select(vec![None, Some("o@example.fi"), Some("Å@example.fi")]);
    // Around the midnights before and after the clocks go back (2026-10-25).
    let minute = prop::sample::select(vec![0, 1, 1_440, 1_441, 2_940, 2_941, 4_440, 10_000]);
    let amount = 1_i64..10;
    let refunded = prop::sample::select(vec![0_i64, 0, 0, 1, 9]);
    (
        status, provider, reference, last, first, email, minute, amount, refunded,
    )
        .prop_map(
            move |(status, provider, reference, last, first, email, minute, amount, refunded)| {
                let at = time("2026-10-23T20:59:00Z") + chrono::TimeDelta::minutes(minute);
                let amount = amount * 100;
                Made {
                    facts: PaymentFacts {
                        transaction_id: Some(id(number)),
                        reference: reference.map(str::to_owned),
                        status: Some(status.into()),
                        provider: Provider::new(provider),
                        amount: Some(Money::from_cents(amount)),
                        created: Some(Created {
                            time: WireTime::zoned(at),
                            precision: Precision::Exact,
                        }),
                        first_name: first.map(str::to_owned),
                        last_name: last.map(str::to_owned),
                        email: email.map(str::to_owned),
                        ..PaymentFacts::new(Source::Signed, now())
                    },
                    refunded: (refunded * 100).min(amount),
                }
            },
        )
}

fn shop_of(made: &[Made]) -> Shop {
    let shop = Shop::open();
    let facts: Vec<PaymentFacts> = made.iter().map(|made| made.facts.clone()).collect();
    let applied = shop.apply(&facts);
    assert_eq!(applied.new, made.len());
    let refunded: Vec<_> = applied
        .outcomes
        .iter()
        .map(|outcome| outcome.key().unwrap())
        .zip(made.iter().map(|made| made.refunded))
        .collect();
    shop.store
        .write_blocking(move |tx| {
            for (key, cents) in refunded {
                tx.set_refund_sums(key, Money::from_cents(cents), Money::ZERO)?;
            }
            Ok(())
        })
        .unwrap();
    shop
}

/// All pages of a list, one after the other. Each cursor goes through its text, as in a window.
fn walk(shop: &Shop, query: &Query, sort: Sort, limit: usize) -> Vec<StoredPayment> {
    let mut all = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = shop.sorted(query, sort, after.as_ref(), limit);
        assert!(page.rows.len() <= limit);
        all.extend(page.rows);
        match page.next {
            Some(next) => after = Some(Cursor::parse(&next.to_string(), sort.by).unwrap()),
            None => return all,
        }
    }
}

/// What the Finnish alphabet makes of a name, for the letters of these tests.
fn letters(text: Option<&str>) -> String {
    text.unwrap_or_default()
        .to_lowercase()
        .replace('å', "{")
        .replace('ä', "|")
        .replace('ö', "}")
}

fn customer(payment: &Payment) -> Option<(String, String)> {
    let customer = &payment.customer;
    let (last, first) = (
        customer.last_name.as_deref(),
        customer.first_name.as_deref(),
    );
    if last.is_none() && first.is_none() {
        let email = customer.email.as_deref()?;
        return Some((letters(Some(email)), String::new()));
    }
    Some((letters(last), letters(first)))
}

fn place_of(status: &PaymentStatus) -> usize {
    [
        "new",
        "pending",
        "delayed",
        "authorization-hold",
        "ok",
        "fail",
    ]
    .iter()
    .position(|name| *name == status.as_str())
    .unwrap_or(9)
}

/// The order as the words of [`SortBy`] have it.
fn order(sort: Sort, a: &StoredPayment, b: &StoredPayment) -> Ordering {
    fn last<T: Ord>(descending: bool, a: Option<T>, b: Option<T>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
    let descending = sort.descending;
    let (x, y) = (&a.payment, &b.payment);
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let way = match sort.by {
        SortBy::Created => return last(descending, Some(a.key), Some(b.key)),
        SortBy::Reference => last(descending, text(&x.reference), text(&y.reference)),
        SortBy::Customer => last(descending, customer(x), customer(y)),
        SortBy::Amount => last(descending, Some(x.amount), Some(y.amount)),
        SortBy::Refunded => last(descending, Some(x.refunded), Some(y.refunded)),
        SortBy::Status => last(
            descending,
            Some(place_of(&x.status)),
            Some(place_of(&y.status)),
        ),
    };
    way.then(b.key.cmp(&a.key))
}

/// What a query without words means, payment by payment.
fn fits(query: &Query, payment: &Payment) -> bool {
    let status = payment.status.as_str();
    let wanted = query.status.as_deref();
    let day = payment
        .created
        .at
        .with_timezone(&chrono_tz::Europe::Helsinki)
        .date_naive();
    let (refunded, amount) = (payment.refunded, payment.amount);
    wanted.is_none_or(|wanted| match wanted {
        "hold" => payment.status.is_open_hold(),
        "paid" => status == "ok",
        "failed" => status == "fail",
        other => status == other,
    }) && query.provider.as_deref().is_none_or(|wanted| {
        let provider = payment.provider.as_ref();
        provider.is_some_and(|provider| {
            provider.as_str() == wanted || (wanted == "klarna" && provider.is_klarna())
        })
    }) && query.amount.is_none_or(|range| {
        range.from.is_none_or(|from| amount >= from) && range.to.is_none_or(|to| amount <= to)
    }) && query.created.is_none_or(|range| {
        range.from.is_none_or(|from| day >= from) && range.to.is_none_or(|to| day <= to)
    }) && query.refunded.is_none_or(|wanted| match wanted {
        RefundedIs::Yes => refunded > Money::ZERO,
        RefundedIs::No => refunded == Money::ZERO,
        RefundedIs::Partly => refunded > Money::ZERO && refunded < amount,
        RefundedIs::Full => refunded >= amount,
    }) && query
        .reference
        .as_deref()
        .is_none_or(|beginning| payment.reference.starts_with(beginning))
}

fn totals(shop: &Shop, query: &Query) -> Totals {
    let (account, query) = (shop.account, query.clone());
    shop.store
        .read_blocking(move |tx| tx.totals(account, &query))
        .unwrap()
}

fn sum(rows: &[StoredPayment], of: impl Fn(&Payment) -> Money) -> Money {
    let sum: Option<Money> = rows.iter().map(|row| of(&row.payment)).sum();
    sum.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_in_any_order_are_the_sorted_whole_and_totals_are_its_sums(
        made in (1_u8..40).prop_flat_map(|count| (0..count).map(made).collect::<Vec<_>>()),
        limit in 1_usize..9,
    ) {
        let shop = shop_of(&made);
        let all = walk(&shop, &Query::default(), Sort::default(), 1_000);
        prop_assert_eq!(all.len(), made.len());
        for text in QUERIES {
            let query = Query::parse(text).unwrap();
            let whole = walk(&shop, &query, Sort::default(), 1_000);
            if query.words.is_empty() {
                let expected: Vec<_> = all
                    .iter()
                    .filter(|stored| fits(&query, &stored.payment))
                    .cloned()
                    .collect();
                prop_assert_eq!(&whole, &expected, "{}", text);
            }
            for by in ALL_ORDERS {
                for descending in [false, true] {
                    let sort = Sort { by, descending };
                    let mut expected = whole.clone();
                    expected.sort_by(|a, b| order(sort, a, b));
                    let pages = walk(&shop, &query, sort, limit);
                    prop_assert_eq!(pages, expected, "'{}' by {:?} {}", text, by, descending);
                }
            }
            let totals = totals(&shop, &query);
            let expected = Totals {
                count: whole.len() as u64,
                more: false,
                amount: sum(&whole, |payment| payment.amount),
                refunded: sum(&whole, |payment| payment.refunded),
            };
            prop_assert_eq!(totals, expected, "{}", text);
        }
    }
}

#[test]
fn another_accounts_payments_are_in_no_order_and_no_sum() {
    let shop = Shop::open();
    shop.apply(&[common::signed(1, "ok", 500)]);
    let other = common::add(&shop.store, "Toinen", "695861");
    let many: Vec<_> = (2..30)
        .map(|number| common::signed(number, "ok", 700))
        .collect();
    shop.store
        .write_blocking(move |tx| tx.apply(other, &many))
        .unwrap();
    for by in ALL_ORDERS {
        let sort = Sort {
            by,
            descending: true,
        };
        for text in ["", "amount:>1", "status:ok refunded:no"] {
            let rows = walk(&shop, &Query::parse(text).unwrap(), sort, 5);
            assert_eq!(rows.len(), 1, "'{text}' by {by:?}");
        }
    }
    for text in ["", "amount:>1", "refunded:no"] {
        assert_eq!(totals(&shop, &Query::parse(text).unwrap()).count, 1);
    }
}

#[test]
fn a_finnish_day_is_23_or_25_hours_long_where_the_clocks_change() {
    let shop = Shop::open();
    let made = [
        // Summer time begins on 2026-03-29: that day has 23 hours.
        ("before", "2026-03-28T21:59:59.999Z"),
        ("first of the short day", "2026-03-28T22:00:00Z"),
        ("last of the short day", "2026-03-29T20:59:59.999Z"),
        ("after the short day", "2026-03-29T21:00:00Z"),
        // It ends on 2026-10-25: that day has 25.
        ("before the long day", "2026-10-24T20:59:59.999Z"),
        ("first of the long day", "2026-10-24T21:00:00Z"),
        ("last of the long day", "2026-10-25T21:59:59.999Z"),
        ("after the long day", "2026-10-25T22:00:00Z"),
    ];
    let facts: Vec<PaymentFacts> = (0_u8..)
        .zip(made)
        .map(|(number, (reference, at))| PaymentFacts {
            transaction_id: Some(id(number)),
            reference: Some(reference.to_owned()),
            status: Some("ok".into()),
            amount: Some(Money::from_cents(100)),
            created: Some(common::created(at, Precision::Exact)),
            ..PaymentFacts::new(Source::Signed, now())
        })
        .collect();
    shop.apply(&facts);
    for (query, expected) in [
        (
            "created:2026-03-29",
            vec!["last of the short day", "first of the short day"],
        ),
        (
            "created:2026-10-25",
            vec!["last of the long day", "first of the long day"],
        ),
        (
            "created:2026-03",
            vec![
                "after the short day",
                "last of the short day",
                "first of the short day",
                "before",
            ],
        ),
        ("created:<2026-03-29", vec!["before"]),
        ("created:>2026-10-25", vec!["after the long day"]),
        (
            "created:2026-03-30..2026-10-24",
            vec!["before the long day", "after the short day"],
        ),
    ] {
        let parsed = Query::parse(query).unwrap();
        assert_eq!(shop.find(query), expected, "{query}");
        // The daily sums and the counting agree on what a day is.
        let counted = Query::parse(&format!("{query} amount:1")).unwrap();
        let (by_day, by_row) = (totals(&shop, &parsed), totals(&shop, &counted));
        assert_eq!(by_day, by_row, "{query}");
        assert_eq!(by_day.count, expected.len() as u64, "{query}");
    }
}

#[test]
fn days_out_of_every_calendar_are_empty_and_break_nothing() {
    let shop = Shop::open();
    shop.apply(&[common::signed(1, "ok", 500)]);
    for (query, count) in [
        ("created:1800", 0),
        ("created:>=0001", 1),
        ("created:<=9999", 1),
        ("created:9999", 0),
        ("created:0000..9999", 1),
    ] {
        assert_eq!(shop.find(query).len(), count, "{query}");
        let totals = totals(&shop, &Query::parse(query).unwrap());
        assert_eq!(totals.count, count as u64, "{query}");
    }
}

#[test]
fn more_than_a_thousand_are_not_counted_one_by_one() {
    let shop = Shop::open();
    let facts: Vec<PaymentFacts> = (0_u32..1_002)
        .map(|number| PaymentFacts {
            stamp: Some(format!("s-{number}")),
            status: Some("ok".into()),
            amount: Some(Money::from_cents(if number == 0 { 2 } else { 1 })),
            ..PaymentFacts::new(Source::Report, now())
        })
        .collect();
    shop.apply(&facts);
    let of = |text: &str| totals(&shop, &Query::parse(text).unwrap());
    let many = of("amount:>0");
    assert_eq!((many.count, many.more), (MOST_COUNTED, true));
    assert_eq!((many.amount, many.refunded), (Money::ZERO, Money::ZERO));
    let exact = of("");
    assert_eq!((exact.count, exact.more), (1_002, false));
    assert_eq!(exact.amount, Money::from_cents(1_003));
    let few = of("amount:0,02");
    assert_eq!((few.count, few.amount), (1, Money::from_cents(2)));
}
