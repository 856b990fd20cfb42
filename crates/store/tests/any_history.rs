//! Whatever happens in whatever order: search, sums and pages say what the payments say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use common::{Shop, created, id};
use hyvitys_domain::{ItemStamp, Money, OrderLine, Provider};
use hyvitys_store::payments::{Outcome, PaymentFacts, Precision, Query, Source};
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Import(Vec<PaymentFacts>),
    Refund(usize, i64, i64),
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(proptest::sample::select(values))
}

prop_compose! {
    /// Facts over so few values that they meet, join and contradict each other all the time.
    fn facts()(
        source in proptest::sample::select(
            &[Source::Csv, Source::Report, Source::Callback, Source::Signed, Source::Created][..]),
        at in 0_u32..4,
        number in one_of(&[1_u8, 2, 3]),
        stamp in one_of(&["s1", "s2", "s3", ""]),
        reference in one_of(&["r1", "r2"]),
        status in one_of(&["ok", "pending", "new", "gone"]),
        provider in one_of(&["klarna", "Klarna", "nordea"]),
        amount in one_of(&[500_i64, 700]),
        made in one_of(&[
            ("2026-11-02T21:59:00Z", Precision::Minute),
            ("2026-11-02T21:59:12.345Z", Precision::Exact),
            ("2026-11-02T22:00:00", Precision::Exact),
            ("2026-11-02T22:00:00Z", Precision::Presumed),
            ("1969-01-01T00:00:00Z", Precision::Exact),
        ]),
        first in one_of(&["anna", "Matti", "ANNA"]),
        last in one_of(&["virta", "virtanen"]),
        lines in one_of(&[0_u32, 1, 2]),
        manual in one_of(&[true, false]),
    ) -> PaymentFacts {
        let line = |n: u32| OrderLine {
            stamp: Some(ItemStamp::new(format!("l{n}")).unwrap()),
            description: "rivi".into(),
            product_code: None,
            units: n,
            amount: Money::from_cents(i64::from(n)),
            vat_permille: None,
        };
        PaymentFacts {
            transaction_id: number.map(id),
            stamp: stamp.map(str::to_owned),
            reference: reference.map(str::to_owned),
            status: status.map(Into::into),
            provider: provider.and_then(Provider::new),
            amount: amount.map(Money::from_cents),
            created: made.map(|(text, precision)| created(text, precision)),
            first_name: first.map(str::to_owned),
            last_name: last.map(str::to_owned),
            manual_invoice: manual,
            lines: lines.map(|n| (0..n).map(line).collect()),
            raw: Some("raw".into()),
            ..PaymentFacts::new(source, common::now() + chrono::TimeDelta::minutes(i64::from(at)))
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => proptest::collection::vec(facts(), 1..6).prop_map(Event::Import),
        1 => (0_usize..9, 0_i64..700, 0_i64..700).prop_map(|(n, a, b)| Event::Refund(n, a, b)),
    ]
}

fn references(shop: &Shop, query: &Query, page: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = shop.page(query, after.as_ref(), page);
        keys.extend(page.rows.iter().map(|row| row.key.to_string()));
        after = page.next;
        if after.is_none() {
            return keys;
        }
    }
}

fn check(shop: &Shop) {
    shop.check();
    let all = shop.page(&Query::default(), None, 1_000).rows;
    assert!(all.is_sorted_by(|a, b| a.key > b.key));
    for text in [
        "",
        "v",
        "anna",
        "virtan",
        "s1",
        "status:pending",
        "provider:klarna",
        "r",
        "reference:r1 m",
    ] {
        let query = Query::parse(text).unwrap();
        let whole = references(shop, &query, 1_000);
        for page in [1, 2, 3] {
            assert_eq!(references(shop, &query, page), whole, "{text} by {page}");
        }
    }
    let found = references(shop, &Query::parse("ann").unwrap(), 1_000);
    let named: Vec<_> = all
        .iter()
        .filter(|row| {
            let first = row.payment.customer.first_name.as_deref();
            first.is_some_and(|name| name.eq_ignore_ascii_case("anna"))
        })
        .map(|row| row.key.to_string())
        .collect();
    assert_eq!(found, named);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_index_sums_and_pages_equal_a_rebuild(
        events in proptest::collection::vec(event(), 1..12),
    ) {
        let shop = Shop::open();
        for event in events {
            match event {
                Event::Import(facts) => {
                    let applied = shop.apply(&facts);
                    prop_assert_eq!(applied.outcomes.len(), facts.len());
                    for key in applied.outcomes.iter().filter_map(Outcome::key) {
                        let found = shop.store.read_blocking(move |tx| tx.payment_by_key(key)).unwrap();
                        prop_assert!(found.is_some(), "an outcome names a payment that isn't there");
                    }
                    let last = facts.last().cloned().into_iter().collect::<Vec<_>>();
                    shop.apply(&last);
                    let again = shop.apply(&last);
                    prop_assert_eq!((again.new, again.changed), (0, 0), "{:?}", last);
                }
                Event::Refund(number, refunded, reserved) => {
                    let all = shop.page(&Query::default(), None, 1_000).rows;
                    if let Some(row) = all.get(number) {
                        let key = row.key;
                        let (refunded, reserved) =
                            (Money::from_cents(refunded), Money::from_cents(reserved));
                        shop.store
                            .write_blocking(move |tx| tx.set_refund_sums(key, refunded, reserved))
                            .unwrap();
                    }
                }
            }
        }
        check(&shop);
    }
}
