//! The documented limits of what goes out, each error naming its field.

#![cfg(test)]

mod support;

use hyvitys_domain::{Address, ItemStamp, Money};
use hyvitys_paytrail::payments::{KlarnaDetails, NewItem};
use hyvitys_paytrail::{NewPayment, Problem, RefundItem, RefundRequest, UrlPair};
use support::{item, klarna_payment, refund_request, urls};

fn address() -> Address {
    Address {
        street_address: "Mannerheimintie 1".into(),
        postal_code: "00100".into(),
        city: "Helsinki".into(),
        county: None,
        country: "FI".into(),
    }
}

/// What is wrong after `change`, as field and problem.
fn wrong(change: impl FnOnce(&mut NewPayment)) -> Option<(String, Problem)> {
    let mut payment = klarna_payment();
    change(&mut payment);
    payment
        .validate()
        .err()
        .map(|invalid| (invalid.field, invalid.problem))
}

fn long(count: usize) -> String {
    // Two bytes each: limits count characters.
    "ä".repeat(count)
}

fn https(count: usize) -> String {
    format!("https://shop.example/{}", "a".repeat(count - 21))
}

#[test]
fn texts_are_taken_up_to_their_limit_and_not_beyond() {
    type Set = fn(&mut NewPayment, String);
    fn only_item(payment: &mut NewPayment) -> &mut NewItem {
        payment.items = vec![item(1590, 1)];
        &mut payment.items[0]
    }
    fn delivery(payment: &mut NewPayment) -> &mut Address {
        payment.delivery_address.insert(address())
    }
    let table: [(&str, usize, Set); 17] = [
        ("stamp", 200, |p, t| p.stamp = t),
        ("reference", 200, |p, t| p.reference = t),
        ("customer.firstName", 50, |p, t| {
            p.customer.first_name = Some(t);
        }),
        ("customer.lastName", 50, |p, t| {
            p.customer.last_name = Some(t);
        }),
        ("customer.companyName", 100, |p, t| {
            p.customer.company_name = Some(t);
        }),
        ("items[0].productCode", 100, |p, t| {
            only_item(p).product_code = t;
        }),
        ("items[0].description", 1000, |p, t| {
            only_item(p).description = Some(t);
        }),
        ("items[0].category", 100, |p, t| {
            only_item(p).category = Some(t);
        }),
        ("items[0].stamp", 200, |p, t| only_item(p).stamp = Some(t)),
        ("items[0].reference", 200, |p, t| {
            only_item(p).reference = Some(t);
        }),
        ("deliveryAddress.streetAddress", 50, |p, t| {
            delivery(p).street_address = t;
        }),
        ("deliveryAddress.postalCode", 15, |p, t| {
            delivery(p).postal_code = t;
        }),
        ("deliveryAddress.city", 30, |p, t| delivery(p).city = t),
        ("deliveryAddress.county", 200, |p, t| {
            delivery(p).county = Some(t);
        }),
        ("invoicingAddress.city", 30, |p, t| {
            p.invoicing_address = Some(Address {
                city: t,
                ..address()
            });
        }),
        (
            "providerDetails.klarna.networkSessionToken",
            8192,
            |p, t| {
                p.klarna = Some(KlarnaDetails {
                    network_session_token: t,
                    network_data: None,
                });
            },
        ),
        ("groups[0]", 100, |p, t| p.groups = vec![t]),
    ];
    for (field, limit, set) in table {
        assert_eq!(wrong(|payment| set(payment, long(limit))), None, "{field}");
        let expected = Some((field.to_owned(), Problem::TooLong(limit)));
        assert_eq!(
            wrong(|payment| set(payment, long(limit + 1))),
            expected,
            "{field}"
        );
        let expected = Some((field.to_owned(), Problem::Missing));
        assert_eq!(
            wrong(|payment| set(payment, String::new())),
            expected,
            "{field}"
        );
    }
}

#[test]
fn keys_have_no_control_characters() {
    let expected = |field: &str| Some((field.to_owned(), Problem::ControlCharacter));
    assert_eq!(wrong(|p| p.stamp = "a\nb".into()), expected("stamp"));
    assert_eq!(
        wrong(|p| p.reference = "a\u{0}b".into()),
        expected("reference")
    );
}

#[test]
fn amounts_are_1_to_99_999_998_cents() {
    for (cents, fits) in [
        (0, false),
        (1, true),
        (99_999_998, true),
        (99_999_999, false),
        (-5, false),
    ] {
        let found = wrong(|p| p.amount = Money::from_cents(cents));
        let expected = ("amount".to_owned(), Problem::OutOfRange(1, 99_999_998));
        assert_eq!(found, (!fits).then_some(expected), "{cents}");
    }
}

#[test]
fn email_addresses_look_like_ones() {
    for email in ["aino@example.com", "ä@ö", "a+b@c.fi"] {
        assert_eq!(wrong(|p| p.customer.email = email.into()), None, "{email}");
    }
    for email in [
        "aino",
        "@example.com",
        "aino@",
        "a b@c.fi",
        "a@b@c.fi",
        "a@b.fi\n",
    ] {
        let expected = Some(("customer.email".to_owned(), Problem::NotAnEmail));
        assert_eq!(
            wrong(|p| p.customer.email = email.into()),
            expected,
            "{email}"
        );
    }
    let expected = Some(("customer.email".to_owned(), Problem::TooLong(200)));
    assert_eq!(
        wrong(|p| p.customer.email = format!("{}@example.com", long(189))),
        expected
    );
}

#[test]
fn addresses_of_the_web_are_https_and_of_bounded_length() {
    let redirect = |success: String| wrong(|p| p.redirect_urls = UrlPair { success, ..urls() });
    assert_eq!(redirect(https(300)), None);
    let field = "redirectUrls.success".to_owned();
    assert_eq!(
        redirect(https(301)),
        Some((field.clone(), Problem::TooLong(300)))
    );
    for url in [
        "http://shop.example/",
        "shop.example",
        "https://",
        "https://shop.example/a b",
        "javascript:1",
        "https:\n//x.fi",
    ] {
        assert_eq!(
            redirect(url.to_owned()),
            Some((field.clone(), Problem::NotHttps)),
            "{url:?}"
        );
    }
    let callback = |cancel: String| wrong(|p| p.callback_urls = Some(UrlPair { cancel, ..urls() }));
    assert_eq!(callback(https(3000)), None);
    assert_eq!(
        callback(https(3001)),
        Some(("callbackUrls.cancel".to_owned(), Problem::TooLong(3000)))
    );
}

#[test]
fn numbers_stay_within_their_borders() {
    assert_eq!(wrong(|p| p.callback_delay = Some(900)), None);
    let expected = Some(("callbackDelay".to_owned(), Problem::OutOfRange(0, 900)));
    assert_eq!(wrong(|p| p.callback_delay = Some(901)), expected);
    let with = |changed: NewItem| wrong(|p| p.items = vec![item(1590, 1), changed]);
    assert_eq!(
        with(NewItem {
            vat_permille: 1000,
            ..item(0, 1)
        }),
        None
    );
    let expected = Some((
        "items[1].vatPercentage".to_owned(),
        Problem::OutOfRange(0, 1000),
    ));
    assert_eq!(
        with(NewItem {
            vat_permille: 1001,
            ..item(0, 1)
        }),
        expected
    );
    assert_eq!(with(item(0, 99_999_998)), None);
    let expected = Some((
        "items[1].units".to_owned(),
        Problem::OutOfRange(0, 99_999_998),
    ));
    assert_eq!(with(item(0, 99_999_999)), expected);
}

#[test]
fn items_sum_up_to_the_amount_discounts_included() {
    assert_eq!(
        wrong(|p| p.items = vec![item(700, 2), item(400, 1), item(-210, 1)]),
        None
    );
    let expected = Some((
        "amount".to_owned(),
        Problem::NotTheSum(Some(Money::from_cents(1591))),
    ));
    assert_eq!(wrong(|p| p.items = vec![item(1591, 1)]), expected);
    let many = vec![item(99_999_998, 99_999_998); 1000];
    let expected = Some(("amount".to_owned(), Problem::NotTheSum(None)));
    assert_eq!(wrong(|p| p.items = many), expected);
}

#[test]
fn item_stamps_are_unique() {
    let stamped = |stamp: &str| NewItem {
        stamp: Some(stamp.into()),
        ..item(795, 1)
    };
    assert_eq!(wrong(|p| p.items = vec![stamped("a"), stamped("b")]), None);
    let expected = Some(("items[1].stamp".to_owned(), Problem::Repeated));
    assert_eq!(
        wrong(|p| p.items = vec![stamped("a"), stamped("a")]),
        expected
    );
}

#[test]
fn prices_without_vat_need_items_above_zero() {
    let expected = Some(("items".to_owned(), Problem::Missing));
    assert_eq!(wrong(|p| p.use_prices_without_vat = true), expected);
    let with = |items: Vec<NewItem>| {
        wrong(|p| {
            p.use_prices_without_vat = true;
            p.items = items;
        })
    };
    assert_eq!(with(vec![item(1590, 1)]), None);
    for cents in [0, -10] {
        let expected = Some((
            "items[1].unitPrice".to_owned(),
            Problem::OutOfRange(1, 99_999_998),
        ));
        assert_eq!(
            with(vec![item(1600, 1), item(cents, 1)]),
            expected,
            "{cents}"
        );
    }
}

#[test]
fn countries_are_two_capital_letters_and_network_data_is_json() {
    for country in ["fi", "FIN", "", "F1", "ÄÄ"] {
        let expected = Some(("deliveryAddress.country".to_owned(), Problem::NotACountry));
        let changed = Address {
            country: country.into(),
            ..address()
        };
        assert_eq!(
            wrong(|p| p.delivery_address = Some(changed)),
            expected,
            "{country}"
        );
    }
    let data = |text: &str| {
        let details = KlarnaDetails {
            network_session_token: "t".into(),
            network_data: Some(text.into()),
        };
        wrong(|p| p.klarna = Some(details)).map(|(_, problem)| problem)
    };
    assert_eq!(data(r#"{"purchase_reference":"1042"}"#), None);
    assert_eq!(data("{"), Some(Problem::NotJson));
    assert_eq!(data(""), Some(Problem::Missing));
    assert_eq!(
        data(&format!("\"{}\"", long(10_239))),
        Some(Problem::TooLong(10_240))
    );
}

fn refund_wrong(change: impl FnOnce(&mut RefundRequest)) -> Option<String> {
    let mut request = refund_request();
    change(&mut request);
    request.validate().err().map(|invalid| invalid.field)
}

#[test]
fn a_refund_keeps_its_limits_too() {
    let line = |stamp: &str, cents| RefundItem {
        stamp: ItemStamp::new(stamp).unwrap(),
        amount: Money::from_cents(cents),
    };
    assert_eq!(
        refund_wrong(|r| r.items = vec![line("a", 200), line("b", 300)]),
        None
    );
    assert_eq!(
        refund_wrong(|r| r.items = vec![line("a", 200), line("a", 300)]).as_deref(),
        Some("items[1].stamp")
    );
    assert_eq!(
        refund_wrong(|r| r.items = vec![line("a", 499)]).as_deref(),
        Some("amount")
    );
    assert_eq!(
        refund_wrong(|r| r.items = vec![line("a", 500), line("b", 0)]).as_deref(),
        Some("items[1].amount")
    );
    assert_eq!(
        refund_wrong(|r| r.amount = Money::ZERO).as_deref(),
        Some("amount")
    );
    assert_eq!(
        refund_wrong(|r| r.email = Some("x".into())).as_deref(),
        Some("email")
    );
    assert_eq!(
        refund_wrong(|r| r.refund_reference = Some(long(201))).as_deref(),
        Some("refundReference")
    );
    let plain = UrlPair {
        success: "http://shop.example".into(),
        ..urls()
    };
    assert_eq!(
        refund_wrong(|r| r.callback_urls = plain).as_deref(),
        Some("callbackUrls.success")
    );
}
