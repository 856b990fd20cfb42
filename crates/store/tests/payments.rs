//! How facts of many sources become payments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use common::{Shop, created, id, now, report, signed, status, time};
use hyvitys_domain::{ItemStamp, Money, OrderLine, Provider};
use hyvitys_store::payments::{
    ConflictWhy, Field, Outcome, PaymentFacts, Precision, Resolution, Source,
};

fn resolve(shop: &Shop, facts: &PaymentFacts) -> Resolution {
    let (account, facts) = (shop.account, facts.clone());
    shop.store
        .read_blocking(move |tx| tx.resolve(account, &facts))
        .unwrap()
}

#[test]
fn a_report_and_a_signed_answer_become_one_payment_that_knows_who_said_what() {
    let shop = Shop::open();
    shop.apply(&[report(1, "pending", 12_850)]);
    let applied = shop.apply(&[signed(1, "ok", 12_850)]);
    assert_eq!((applied.new, applied.changed), (0, 1));
    let stored = shop.payment(1).unwrap();
    assert_eq!(stored.payment.status, status("ok"));
    assert_eq!(stored.payment.customer.last_name.as_deref(), Some("Mäkelä"));
    assert_eq!(stored.payment.created.at, time("2026-11-02T10:00:00.123Z"));
    assert_eq!(stored.payment.checked_at, Some(now()));
    assert_eq!(stored.precision, Precision::Exact);
    assert_eq!(stored.sources.of(Field::LastName), Some(Source::Report));
    assert_eq!(stored.sources.of(Field::Status), Some(Source::Signed));
    assert_eq!(applied.outcomes, [Outcome::Changed(stored.key)]);
    shop.check();
}

#[test]
fn the_order_in_which_the_sources_come_makes_no_difference() {
    let (one, other) = (Shop::open(), Shop::open());
    one.apply(&[report(1, "pending", 500), signed(1, "ok", 500)]);
    other.apply(&[signed(1, "ok", 500)]);
    other.apply(&[report(1, "pending", 500)]);
    let of = |shop: &Shop| shop.payment(1).unwrap();
    assert_eq!(of(&one), of(&other));
    one.check();
    other.check();
}

#[test]
fn a_file_fills_what_is_missing_and_never_overwrites_what_was_signed() {
    let shop = Shop::open();
    shop.apply(&[PaymentFacts {
        reference: None,
        ..signed(1, "pending", 500)
    }]);
    let mut file = report(1, "ok", 500);
    file.provider = Provider::new("nordea");
    shop.apply(&[file]);
    let stored = shop.payment(1).unwrap();
    assert_eq!(stored.payment.status, status("pending"));
    assert_eq!(stored.payment.provider, Provider::new("klarna"));
    assert_eq!(stored.payment.reference, "1001");
    assert_eq!(stored.payment.customer.first_name.as_deref(), Some("Aino"));
}

#[test]
fn of_signed_statuses_the_newest_counts_however_late_an_older_one_comes() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    let old = PaymentFacts {
        source: Source::Callback,
        at: time("2026-11-02T10:05:00Z"),
        ..signed(1, "pending", 500)
    };
    assert_eq!(shop.apply(std::slice::from_ref(&old)).same, 1);
    assert_eq!(shop.payment(1).unwrap().payment.status, status("ok"));
    let new = PaymentFacts {
        at: time("2026-11-21T10:05:00Z"),
        ..signed(1, "fail", 500)
    };
    assert_eq!(shop.apply(&[new]).changed, 1);
    assert_eq!(shop.payment(1).unwrap().payment.status, status("fail"));
    shop.check();
}

#[test]
fn a_files_status_does_not_lead_back_from_an_outcome_to_waiting() {
    let shop = Shop::open();
    shop.apply(&[report(1, "ok", 500)]);
    assert_eq!(shop.apply(&[report(1, "pending", 500)]).same, 1);
    assert_eq!(shop.apply(&[report(1, "fail", 500)]).changed, 1);
}

#[test]
fn another_amount_or_another_id_under_the_same_stamp_is_a_conflict_and_changes_nothing() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    let before = shop.payment(1).unwrap();
    let dearer = report(1, "ok", 501);
    let key = before.key;
    let said = Money::from_cents(501);
    let why = ConflictWhy::Amount {
        known: Money::from_cents(500),
        said,
    };
    assert_eq!(resolve(&shop, &dearer), Resolution::Conflict { key, why });
    let stranger = PaymentFacts {
        transaction_id: Some(id(9)),
        ..signed(1, "fail", 500)
    };
    let why = ConflictWhy::TransactionId {
        known: id(1),
        said: id(9),
    };
    assert_eq!(resolve(&shop, &stranger), Resolution::Conflict { key, why });
    let applied = shop.apply(&[dearer, stranger]);
    assert_eq!(applied.conflict, 2);
    assert_eq!(shop.payment(1).unwrap(), before);
    assert_eq!(shop.find("").len(), 1);
}

/// A report row without a stamp: joined by reference, amount and day, or not at all.
fn stampless(number: u8, at: &str) -> PaymentFacts {
    PaymentFacts {
        stamp: None,
        created: Some(created(at, Precision::Minute)),
        ..report(number, "ok", 500)
    }
}

#[test]
fn without_id_and_stamp_exactly_one_payment_of_that_reference_amount_and_day_is_joined() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    // 21:59 UTC is still the second of November in Finland, 22:00 is the third.
    let same_day = stampless(1, "2026-11-02T21:59:00Z");
    assert!(matches!(
        resolve(&shop, &same_day),
        Resolution::Changed { .. }
    ));
    assert_eq!(
        resolve(&shop, &stampless(1, "2026-11-02T22:00:00Z")),
        Resolution::New
    );
    let second_try = PaymentFacts {
        stamp: Some("again".into()),
        ..signed(2, "ok", 500)
    };
    let second_try = PaymentFacts {
        reference: Some("1001".into()),
        created: Some(created("2026-11-02T11:00:00Z", Precision::Exact)),
        ..second_try
    };
    assert_eq!(resolve(&shop, &second_try), Resolution::New);
    shop.apply(&[second_try]);
    match resolve(&shop, &same_day) {
        Resolution::Ambiguous { candidates } => assert_eq!(candidates.len(), 2),
        other => panic!("{other:?}"),
    }
    assert_eq!(shop.apply(&[same_day]).ambiguous, 1);
}

#[test]
fn what_says_too_little_names_what_is_missing() {
    let shop = Shop::open();
    let missing = |facts: &PaymentFacts| match resolve(&shop, facts) {
        Resolution::Incomplete { missing } => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        missing(&PaymentFacts {
            amount: None,
            ..signed(1, "ok", 1)
        }),
        ["amount"]
    );
    assert_eq!(
        missing(&PaymentFacts {
            status: None,
            ..signed(1, "ok", 1)
        }),
        ["status"]
    );
    let nameless = PaymentFacts {
        stamp: Some(" ".into()),
        reference: None,
        ..report(1, "ok", 1)
    };
    assert_eq!(missing(&nameless), ["transactionId, stamp or reference"]);
    let undated = PaymentFacts {
        stamp: None,
        created: None,
        ..report(1, "ok", 1)
    };
    assert_eq!(missing(&undated), ["createdAt"]);
    assert_eq!(shop.apply(&[nameless, undated]).incomplete, 2);
    assert!(shop.find("").is_empty());
}

#[test]
fn the_same_import_again_changes_nothing() {
    let shop = Shop::open();
    let rows: Vec<_> = (1..=20)
        .map(|n| report(n, "ok", i64::from(n) * 100))
        .collect();
    assert_eq!(shop.apply(&rows).new, 20);
    let all = || {
        shop.page(&hyvitys_store::payments::Query::default(), None, 1_000)
            .rows
    };
    let before = all();
    let applied = shop.apply(&rows);
    assert_eq!((applied.new, applied.changed, applied.same), (0, 0, 20));
    assert_eq!(all(), before);
    shop.check();
}

#[test]
fn a_payment_that_moves_in_time_takes_its_lines_and_answers_along() {
    let shop = Shop::open();
    let line = OrderLine {
        stamp: Some(ItemStamp::new("line-1").unwrap()),
        description: "Villasukat".into(),
        product_code: Some("#12".into()),
        units: 2,
        amount: Money::from_cents(500),
        vat_permille: Some(255),
    };
    let mut first = report(1, "ok", 500);
    first.created = None;
    first.lines = Some(vec![line.clone()]);
    first.raw = Some("{\"row\":1}".into());
    shop.apply(&[first]);
    let applied = shop.apply(&[signed(1, "ok", 500)]);
    let key = applied.outcomes[0].key().unwrap();
    let (lines, raw) = shop
        .store
        .read_blocking(move |tx| Ok((tx.lines(key)?, tx.raw(key)?)))
        .unwrap();
    assert_eq!(lines, [line]);
    assert_eq!(raw[0].text, "{\"row\":1}");
    assert_eq!(
        shop.payment(1).unwrap().payment.created.at,
        time("2026-11-02T10:00:00.123Z")
    );
    shop.check();
}

#[test]
fn an_id_waits_until_its_payment_arrives() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    let account = shop.account;
    let counts = shop
        .store
        .write_blocking(move |tx| {
            let counts = tx.await_payments(account, &[id(1), id(2), id(3), id(2)], now())?;
            tx.set_awaited_error(account, id(3), "no such payment")?;
            Ok(counts)
        })
        .unwrap();
    assert_eq!((counts.known, counts.new, counts.waiting), (1, 2, 1));
    shop.apply(&[signed(2, "ok", 500)]);
    let waiting = shop
        .store
        .read_blocking(move |tx| tx.awaited(account))
        .unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].transaction_id, id(3));
    assert_eq!(waiting[0].last_error.as_deref(), Some("no such payment"));
}

#[test]
fn open_holds_come_in_the_order_in_which_they_end_and_settled_payments_are_not_asked_for() {
    let shop = Shop::open();
    let walley = PaymentFacts {
        provider: Provider::new("walleyb2c"),
        ..signed(1, "pending", 5)
    };
    let bank = PaymentFacts {
        provider: Provider::new("nordea"),
        ..signed(2, "pending", 5)
    };
    let rows = [
        walley,
        bank,
        signed(5, "authorization-hold", 5),
        signed(3, "pending", 5),
        signed(4, "ok", 5),
        signed(6, "accepted", 5),
        report(7, "pending", 5),
    ];
    shop.apply(&rows);
    let account = shop.account;
    let (holds, unsettled) = shop
        .store
        .read_blocking(move |tx| {
            Ok((
                tx.open_holds(account)?,
                tx.unsettled(account, time("2026-11-04T00:00:00Z"))?,
            ))
        })
        .unwrap();
    let references = |payments: &[hyvitys_store::payments::StoredPayment]| {
        payments
            .iter()
            .map(|stored| stored.payment.reference.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(references(&holds), ["1003", "1005", "1007", "1001", "1002"]);
    assert_eq!(references(&unsettled), ["1006", "1005", "1003"]);
}

#[test]
fn accounts_share_nothing() {
    let shop = Shop::open();
    shop.apply(&[signed(1, "ok", 500)]);
    let other = common::add(&shop.store, "Toinen", "812440");
    let facts = [signed(1, "pending", 700)];
    let applied = shop
        .store
        .write_blocking(move |tx| tx.apply(other, &facts))
        .unwrap();
    assert_eq!(applied.new, 1);
    assert_eq!(
        shop.payment(1).unwrap().payment.amount,
        Money::from_cents(500)
    );
    assert_eq!(shop.find("1001").len(), 1);
    let counts = shop
        .store
        .read_blocking(move |tx| tx.status_counts(other))
        .unwrap();
    assert_eq!(counts, [(status("pending"), 1)]);
}
