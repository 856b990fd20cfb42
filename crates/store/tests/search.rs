//! Lists and searches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use common::{Shop, report, signed};
use hyvitys_domain::Provider;
use hyvitys_store::payments::{PaymentFacts, PaymentKey, Query};

fn shop() -> Shop {
    let shop = Shop::open();
    let named = |number, first: &str, last: &str, reference: &str, stamp: &str| PaymentFacts {
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        reference: Some(reference.into()),
        stamp: Some(stamp.into()),
        ..report(number, "ok", 1_000)
    };
    shop.apply(&[
        named(1, "Åsa", "Öhman", "ORD-1048", "aa-1"),
        named(2, "Anna Maria", "Virtanen", "ord-1049", "aa-2"),
        named(3, "Matti", "Virta", "ORD 1050", "b%_1"),
        named(4, "Virpi", "O'Neil \"X\"", "--7", "c"),
    ]);
    shop.apply(&[PaymentFacts {
        provider: Provider::new("PaytrailKlarna"),
        ..signed(0x68, "pending", 5)
    }]);
    shop
}

#[test]
fn words_are_found_by_their_beginnings_without_case_and_accents_and_all_must_fit() {
    let shop = shop();
    assert_eq!(shop.find("vir"), ["--7", "ORD 1050", "ord-1049"]);
    assert_eq!(shop.find("VIRT ma"), ["ORD 1050", "ord-1049"]);
    assert_eq!(shop.find("ohman asa"), ["ORD-1048"]);
    assert_eq!(shop.find("\"anna maria\""), ["ord-1049"]);
    assert_eq!(shop.find("\"maria anna\""), Vec::<String>::new());
    assert_eq!(shop.find("aino.makela3@exa"), ["ORD 1050"]);
    assert_eq!(shop.find("irta"), Vec::<String>::new());
}

#[test]
fn a_transaction_id_is_found_in_whole_and_by_its_beginning_with_hyphens_and_without() {
    let shop = shop();
    for query in [
        "68686868-6868-6868-6868-686868686868",
        "68686868-68",
        "6868686868",
        "tx:6",
        "tx:68686868-686",
    ] {
        assert_eq!(shop.find(query), ["1104"], "{query}");
    }
    assert_eq!(shop.find("tx:7"), Vec::<String>::new());
}

#[test]
fn literal_beginnings_are_literal() {
    let shop = shop();
    assert_eq!(shop.find("reference:ORD"), ["ORD 1050", "ORD-1048"]);
    assert_eq!(shop.find("reference:ORD-1"), ["ORD-1048"]);
    assert_eq!(shop.find("reference:1048"), Vec::<String>::new());
    assert_eq!(shop.find("reference:--"), ["--7"]);
    assert_eq!(shop.find("reference:\"ORD \""), ["ORD 1050"]);
    assert_eq!(shop.find("stamp:b%_"), ["ORD 1050"]);
    assert_eq!(shop.find("stamp:aa-"), ["ord-1049", "ORD-1048"]);
    assert_eq!(shop.find("email:AINO.makela2"), ["ord-1049"]);
    assert_eq!(shop.find("email:makela"), Vec::<String>::new());
}

#[test]
fn status_and_provider_narrow_the_list_and_klarna_is_every_klarna() {
    let shop = shop();
    assert_eq!(shop.find("status:PENDING"), ["1104"]);
    assert_eq!(shop.find("provider:klarna").len(), 5);
    assert_eq!(shop.find("provider:paytrailklarna"), ["1104"]);
    assert_eq!(
        shop.find("provider:klarna status:ok virta"),
        ["ORD 1050", "ord-1049"]
    );
    assert_eq!(shop.find("status:gone"), Vec::<String>::new());
    let page = shop.page(&Query::parse("provider:klarna").unwrap(), None, 2);
    let rest = shop.page(
        &Query::parse("provider:klarna").unwrap(),
        page.next.as_ref(),
        1_000,
    );
    let references: Vec<_> = page
        .rows
        .iter()
        .chain(&rest.rows)
        .map(|row| row.payment.reference.clone())
        .collect();
    assert_eq!(references, shop.find(""));
}

#[test]
fn nothing_that_a_person_types_becomes_syntax() {
    let shop = shop();
    for text in [
        "O'Neil",
        "\"'\"",
        "NEAR",
        "AND",
        "OR vir",
        "NOT",
        "vir*",
        "^vir",
        "(vir",
        "{a b} vir",
        "+",
        "-vir",
        "vir\u{0}x",
        "%",
        "_",
        "first_name",
        "'; DROP TABLE payment; --",
        "*",
        "\\",
        "vir)",
    ] {
        let query = Query {
            words: vec![text.to_owned()],
            ..Query::default()
        };
        shop.page(&query, None, 10);
        let query = Query {
            reference: Some(text.to_owned()),
            stamp: Some(text.to_owned()),
            email: Some(text.to_owned()),
            transaction_id: Some(text.to_owned()),
            status: Some(text.to_owned()),
            ..Query::default()
        };
        assert_eq!(shop.page(&query, None, 10).rows, [], "{text}");
    }
    assert_eq!(shop.find("o'ne"), ["--7"]);
    assert_eq!(shop.find("vir)"), ["--7", "ORD 1050", "ord-1049"]);
    assert_eq!(shop.find("first_name"), Vec::<String>::new());
}

#[test]
fn a_key_is_read_back_from_its_text_and_nothing_else_is_a_key() {
    let shop = shop();
    let key = shop.page(&Query::default(), None, 1).rows[0].key;
    assert_eq!(key.to_string().parse(), Ok(key));
    for text in [
        "",
        "12",
        "+123456789abcdef",
        "ffffffffffffffff",
        "zzzzzzzzzzzzzzzz",
    ] {
        assert!(text.parse::<PaymentKey>().is_err(), "{text}");
    }
}
