//! The check of an order: each limit names its field, and what it lets through Paytrail's client lets through.

use hyvitys_backoffice::Why;
use hyvitys_backoffice::drafts::{DraftAddress, DraftLine, DraftOrder};
use hyvitys_domain::Money;
use hyvitys_store::drafts::Way;
use proptest::prelude::*;

use super::orders::{line, order};

/// What is wrong after a change, as field and reason.
fn wrong(change: impl FnOnce(&mut DraftOrder)) -> Vec<(String, Why)> {
    let mut order = order("1042");
    change(&mut order);
    let problems = order.check().problems.into_iter();
    problems
        .map(|problem| (problem.field, problem.why))
        .collect()
}

fn only(change: impl FnOnce(&mut DraftOrder)) -> (String, Why) {
    let mut problems = wrong(change);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

/// Two bytes each: limits count characters.
fn long(count: usize) -> String {
    "ä".repeat(count)
}

#[test]
fn a_whole_order_has_no_problem() {
    assert_eq!(wrong(|_| {}), []);
}

#[test]
fn texts_are_taken_up_to_their_limit_in_characters_and_not_beyond() {
    type Set = fn(&mut DraftOrder, String);
    fn delivery(order: &mut DraftOrder) -> &mut DraftAddress {
        order.delivery.get_or_insert_default()
    }
    let table: [(&str, usize, Set); 15] = [
        ("reference", 200, |o, t| o.reference = t),
        ("customer.firstName", 50, |o, t| o.customer.first_name = t),
        ("customer.lastName", 50, |o, t| o.customer.last_name = t),
        ("customer.companyName", 100, |o, t| {
            o.customer.company_name = t;
        }),
        ("delivery.streetAddress", 50, |o, t| {
            delivery(o).street_address = t;
        }),
        ("delivery.postalCode", 15, |o, t| {
            delivery(o).postal_code = t;
        }),
        ("delivery.city", 30, |o, t| delivery(o).city = t),
        ("delivery.county", 200, |o, t| delivery(o).county = t),
        ("lines.1.description", 1_000, |o, t| {
            o.lines[1].description = t;
        }),
        ("lines.1.productCode", 100, |o, t| {
            o.lines[1].product_code = t;
        }),
        ("lines.1.category", 100, |o, t| o.lines[1].category = t),
        ("lines.1.stamp", 200, |o, t| o.lines[1].stamp = t),
        ("lines.1.reference", 200, |o, t| o.lines[1].reference = t),
        ("klarnaToken", 8_192, |o, t| o.klarna_token = t),
        ("customer.email", 200, |o, t| {
            let rest: String = t.chars().skip(5).collect();
            o.customer.email = format!("a@b.f{rest}");
        }),
    ];
    for (field, limit, set) in table {
        assert_eq!(wrong(|order| set(order, long(limit))), [], "{field}");
        let (found, why) = only(|order| set(order, long(limit + 1)));
        assert_eq!(
            (found.as_str(), why),
            (field, Why::OrderTooLong { most: limit })
        );
    }
}

#[test]
fn what_is_missing_or_malformed_is_named_by_its_field() {
    let missing = |field: &str| (field.to_owned(), Why::OrderMissing);
    assert_eq!(only(|o| o.reference.clear()), missing("reference"));
    assert_eq!(
        only(|o| o.customer.email = " ".into()),
        missing("customer.email")
    );
    assert_eq!(only(|o| o.lines[0].units = None), missing("lines.0.units"));
    assert_eq!(
        only(|o| o.lines[0].unit_price = None),
        missing("lines.0.unitPrice")
    );
    assert_eq!(
        only(|o| o.lines[0].vat_permille = None),
        missing("lines.0.vatPermille")
    );
    assert_eq!(
        only(|o| o.lines[1].product_code.clear()),
        missing("lines.1.productCode")
    );
    assert_eq!(only(|o| o.lines.clear()), missing("lines"));
    assert_eq!(only(|o| o.success_url.clear()), missing("successUrl"));
    let city = |o: &mut DraftOrder| o.delivery.as_mut().unwrap().city.clear();
    assert_eq!(only(city), missing("delivery.city"));
    let country = |o: &mut DraftOrder| o.delivery.as_mut().unwrap().country = "fi".into();
    assert_eq!(
        only(country),
        ("delivery.country".into(), Why::OrderNotACountry)
    );
    assert_eq!(
        only(|o| o.customer.email = "asa".into()),
        ("customer.email".into(), Why::OrderNotAnEmail)
    );
    for url in [
        "http://a.example",
        "https:",
        "ftp://a.example",
        "https://a b.example",
    ] {
        let (field, why) = only(|o| o.cancel_url = url.into());
        assert_eq!(
            (field.as_str(), why),
            ("cancelUrl", Why::OrderNotHttps),
            "{url}"
        );
    }
    let longest = format!("https://a.example/{}", "x".repeat(282));
    assert_eq!(wrong(|o| o.success_url = longest.clone()), []);
    let longer = only(|o| o.success_url = format!("{longest}x"));
    assert_eq!(
        longer,
        ("successUrl".into(), Why::OrderTooLong { most: 300 })
    );
    assert_eq!(
        only(|o| o.reference = "10\n42".into()),
        ("reference".into(), Why::OrderControlCharacter)
    );
    let twice = only(|o| o.lines.iter_mut().for_each(|line| line.stamp = "a".into()));
    assert_eq!(twice, ("lines.1.stamp".into(), Why::OrderStampTwice));
}

#[test]
fn amounts_discounts_and_vat_keep_their_limits() {
    let at = |field: &str, why: Why| (field.to_owned(), why);
    let cents = Money::from_cents;
    assert_eq!(
        only(|o| o.lines[1] = line("Alennus", -3_010, 1, 255)),
        at(
            "lines",
            Why::OrderAmountOutOfRange {
                amount: Money::ZERO
            }
        )
    );
    assert_eq!(
        wrong(|o| o.lines = vec![line("Talo", 99_999_998, 1, 0)]),
        []
    );
    assert_eq!(
        only(|o| o.lines = vec![line("Talo", 49_999_999, 2, 0), line("Ovi", 1, 1, 0)]),
        at(
            "lines",
            Why::OrderAmountOutOfRange {
                amount: cents(99_999_999)
            }
        )
    );
    assert_eq!(
        wrong(|o| o.lines = vec![line("Talo", 99_999_999, 1, 0)])[0],
        at("lines.0.unitPrice", Why::OrderPriceOutOfRange)
    );
    assert_eq!(
        wrong(|o| o.lines[0].units = Some(99_999_999))[0],
        at("lines.0.units", Why::OrderUnitsOutOfRange)
    );
    assert_eq!(
        only(|o| o.lines[0].vat_permille = Some(1_001)),
        at("lines.0.vatPermille", Why::OrderVatOutOfRange)
    );
    assert_eq!(
        wrong(|o| o.prices_without_vat = true)[0],
        at("lines.1.unitPrice", Why::OrderDiscountWithoutVat)
    );
    assert_eq!(
        only(|o| o.amount = Some(cents(2_511))),
        at(
            "amount",
            Why::OrderAmountDiffers {
                said: cents(2_511),
                sum: cents(2_510)
            }
        )
    );
    let alone = |amount| {
        wrong(|o| {
            o.lines.clear();
            o.amount = Some(Money::from_cents(amount));
        })
    };
    assert_eq!(alone(1), []);
    assert_eq!(alone(0)[0].0, "amount");
    assert_eq!(alone(99_999_999)[0].0, "amount");
}

#[test]
fn klarnas_token_and_data_keep_their_limits_and_add_up() {
    let with = |data: String| {
        wrong(|order| {
            order.klarna_token = "krn:token".to_owned();
            order.network_data = data;
        })
    };
    let at = |why: Why| vec![("networkData".to_owned(), why)];
    assert_eq!(with(r#"{"purchase_reference":"1042"}"#.into()), []);
    assert_eq!(with("{".into()), at(Why::OrderNotJson));
    let filled = format!("{{\"a\":\"{}\"}}", "x".repeat(10_232));
    assert_eq!(with(filled.clone()), []);
    assert_eq!(
        with(format!("{filled} x")),
        at(Why::OrderTooLong { most: 10_240 })
    );
    let lines = |totals: &str| format!("{{\"line_items\":[{totals}]}}");
    assert_eq!(
        with(lines(r#"{"total_amount":3010},{"total_amount":-500}"#)),
        []
    );
    let (said, amount) = (Money::from_cents(3_010), Money::from_cents(2_510));
    assert_eq!(
        with(lines(r#"{"total_amount":3010}"#)),
        at(Why::OrderDataSumDiffers { said, amount })
    );
    assert_eq!(
        with(lines(r#"{"total_amount":3010},{"total_amount":5.5}"#)),
        at(Why::OrderDataWithoutTotal { line: 2 })
    );
    let token = ("klarnaToken".to_owned(), Why::OrderTokenMissing);
    assert_eq!(only(|o| o.way = Way::Charge), token);
    assert_eq!(only(|o| o.network_data = "{}".into()), token);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zäö€\\n\\t ]{0,60}",
        "[a-z]{90,110}",
        "[a-z]{195,210}"
    ]
}

prop_compose! {
    fn any_line()(
        description in text(), product_code in text(), stamp in text(), category in text(),
        units in prop::option::of(prop_oneof![0_u32..5, Just(99_999_998), Just(99_999_999)]),
        unit_price in prop::option::of(prop_oneof![
            -500_i64..2_000, Just(0), Just(99_999_998), Just(99_999_999), Just(-99_999_999),
        ]),
        vat_permille in prop::option::of(0_u16..1_010),
    ) -> DraftLine {
        DraftLine {
            description, product_code, stamp, category, units, vat_permille,
            unit_price: unit_price.map(Money::from_cents),
            reference: String::new(),
        }
    }
}

prop_compose! {
    fn any_order()(
        reference in text(), first_name in text(), city in text(),
        email in prop_oneof![Just("a@b.fi".to_owned()), text()],
        lines in prop::collection::vec(prop_oneof![any_line(), Just(line("Sukat", 1_000, 1, 255))], 0..4),
        prices_without_vat in any::<bool>(),
        url in prop_oneof![Just("https://a.example/x".to_owned()), text()],
        amount in prop::option::of(-1_i64..3_000),
        klarna_token in text(),
        network_data in prop_oneof![Just(String::new()), Just("{}".to_owned()), text()],
        has_delivery in any::<bool>(), invoicing_as_delivery in any::<bool>(),
    ) -> DraftOrder {
        let mut order = order("1042");
        order.reference = reference;
        order.customer.first_name = first_name;
        order.customer.email = email;
        order.lines = lines;
        order.prices_without_vat = prices_without_vat;
        order.success_url = url;
        order.amount = amount.map(Money::from_cents);
        order.klarna_token = klarna_token;
        order.network_data = network_data;
        if let Some(delivery) = &mut order.delivery {
            delivery.city = city;
        }
        if !has_delivery {
            order.delivery = None;
        }
        order.invoicing_as_delivery = invoicing_as_delivery;
        order
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_the_check_lets_through_the_client_sends(order in any_order()) {
        let check = order.check();
        if check.problems.is_empty() {
            let body = order.payment("stamp", None).expect("a body");
            prop_assert_eq!(body.validate(), Ok(()));
            prop_assert_eq!(check.amount, Some(body.amount));
            prop_assert!(check.to_pay.is_some_and(Money::is_payable));
        }
    }

    #[test]
    fn what_the_client_would_refuse_the_check_has_said(order in any_order()) {
        let refused = order.payment("stamp", None).is_none_or(|body| body.validate().is_err());
        if refused {
            prop_assert!(!order.check().problems.is_empty());
        }
    }

    #[test]
    fn a_draft_is_read_back_as_it_was_written(order in any_order()) {
        let text = serde_json::to_string(&order).unwrap();
        prop_assert_eq!(serde_json::from_str::<DraftOrder>(&text).unwrap(), order);
    }
}

#[test]
fn a_sum_that_paytrail_rounds_is_only_about_ours_and_klarnas_data_is_not_held_to_our_cents() {
    let with = |price: i64, units: u32, total: i64| {
        let mut order = order("1042");
        order.prices_without_vat = true;
        order.lines = vec![line("Kortti", price, units, 255)];
        order.klarna_token = "krn:token".to_owned();
        order.network_data = format!(r#"{{"line_items":[{{"total_amount":{total}}}]}}"#);
        let check = order.check();
        (check.to_pay_is_certain, check.problems.is_empty())
    };
    // 2 € with 25,5 % is 2,51 €, whoever rounds.
    assert_eq!(with(200, 3, 753), (true, true));
    assert_eq!(with(200, 3, 754), (true, false));
    // 0,02 € with 25,5 % is 2,51 cents: 3 cents each, or 8 of all three.
    assert_eq!(with(2, 3, 8), (false, true));
    assert_eq!(with(2, 3, 9), (false, true));
    assert_eq!(
        with(2, 3, 6),
        (false, true),
        "half a cent for each, and a half"
    );
    assert_eq!(with(2, 3, 11), (false, false), "no rounding comes to this");
    assert!(order("1042").check().to_pay_is_certain);
}
