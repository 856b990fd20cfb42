use chrono::Duration;
use hyvitys_domain::Provider;
use proptest::prelude::*;

use super::*;

fn start() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn books(rates: Rates) -> Books {
    Books::new(Dice::new(1), rates)
}

fn at_once() -> Rates {
    Rates {
        pending_refunds: 0.0,
        failing_refunds: 0.0,
        cancel_202: 0.0,
    }
}

fn urls() -> Urls {
    Urls {
        success: "https://a.invalid/1".into(),
        cancel: "https://a.invalid/2".into(),
    }
}

fn item(stamp: &str, cents: i64) -> Item {
    Item {
        stamp: Some(stamp.into()),
        unit_price: Money::from_cents(cents),
        units: 1,
        vat_tenths: 255,
        product_code: "x".into(),
        description: String::new(),
    }
}

/// A payment of 10 € in two rows of 6 € and 4 €.
fn create(books: &mut Books, stamp: &str, capture: Capture) -> TransactionId {
    let new = NewPayment {
        stamp: stamp.into(),
        reference: format!("order {stamp}"),
        amount: Money::from_cents(1_000),
        language: "FI".into(),
        capture,
        items: vec![item("six", 600), item("four", 400)],
        customer: Customer::default(),
        invoicing_address: None,
        redirect_urls: urls(),
        callback_urls: Some(urls()),
    };
    books.create(new, start()).unwrap().id
}

fn pay(books: &mut Books, stamp: &str, capture: Capture, provider: &str) -> TransactionId {
    let id = create(books, stamp, capture);
    books
        .pay(
            id,
            Provider::new(provider).unwrap(),
            PayOutcome::Pays,
            start(),
        )
        .unwrap();
    id
}

fn order(cents: i64) -> RefundOrder {
    RefundOrder {
        amount: Some(Money::from_cents(cents)),
        items: Vec::new(),
        refund_stamp: Some("one stamp".into()),
        refund_reference: None,
        email: None,
        callback_urls: urls(),
    }
}

fn row(stamp: &str, cents: i64) -> RefundItem {
    RefundItem {
        stamp: stamp.into(),
        amount: Money::from_cents(cents),
    }
}

fn status(books: &Books, id: TransactionId) -> String {
    books.payment(id).unwrap().status.to_string()
}

#[test]
fn a_repeated_refund_stamp_is_a_second_refund() {
    let mut books = books(at_once());
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    let first = books.order_refund(id, order(300), start()).unwrap();
    let second = books.order_refund(id, order(300), start()).unwrap();
    assert_eq!(first.refund_stamp, second.refund_stamp);
    assert_ne!(first.id, second.id);
    assert_eq!(books.refunded(id), Money::from_cents(600));
    assert_eq!(books.balance(), Money::from_cents(400));
}

#[test]
fn a_refund_of_more_than_is_left_is_refused_and_changes_nothing() {
    let mut books = books(at_once());
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    books.order_refund(id, order(700), start()).unwrap();
    assert_eq!(
        books
            .order_refund(id, order(301), start())
            .unwrap_err()
            .http_status(),
        400
    );
    assert_eq!(books.refunded(id), Money::from_cents(700));
    books.order_refund(id, order(300), start()).unwrap();
    assert_eq!(
        books
            .order_refund(id, order(1), start())
            .unwrap_err()
            .http_status(),
        400
    );
}

#[test]
fn a_row_can_be_refunded_up_to_its_own_amount() {
    let mut books = books(at_once());
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    let by_rows = |items: Vec<RefundItem>| RefundOrder {
        amount: None,
        items,
        ..order(0)
    };
    books
        .order_refund(id, by_rows(vec![row("four", 300)]), start())
        .unwrap();
    for wrong in [
        by_rows(vec![row("four", 101)]),
        by_rows(vec![row("four", 60), row("four", 60)]),
        by_rows(vec![row("five", 1)]),
        RefundOrder {
            amount: Some(Money::from_cents(50)),
            ..by_rows(vec![row("six", 60)])
        },
    ] {
        assert_eq!(
            books
                .order_refund(id, wrong, start())
                .unwrap_err()
                .http_status(),
            400
        );
    }
    books
        .order_refund(
            id,
            by_rows(vec![row("four", 100), row("six", 600)]),
            start(),
        )
        .unwrap();
    assert_eq!(books.refunded(id), Money::from_cents(1_000));
}

#[test]
fn a_refund_over_the_balance_or_of_what_is_not_paid_is_refused() {
    let mut books = books(at_once());
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    books.set_balance(Money::from_cents(99));
    let refusal = books.order_refund(id, order(100), start()).unwrap_err();
    assert!(refusal.to_string().contains("balance"), "{refusal}");
    let new = create(&mut books, "b", Capture::AtOnce);
    let hold = pay(&mut books, "c", Capture::ManualInvoice, "klarna");
    for id in [new, hold] {
        assert_eq!(
            books
                .order_refund(id, order(1), start())
                .unwrap_err()
                .http_status(),
            400
        );
    }
}

#[test]
fn a_pending_refund_keeps_its_money_and_a_failing_one_gives_it_back_after_a_minute() {
    let mut books = books(Rates {
        pending_refunds: 1.0,
        failing_refunds: 1.0,
        cancel_202: 0.0,
    });
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    let refund = books.order_refund(id, order(1_000), start()).unwrap();
    assert_eq!(refund.status, PaymentStatus::Pending);
    assert_eq!(books.balance(), Money::ZERO);
    assert!(
        books.order_refund(id, order(1), start()).is_err(),
        "the pending one reserves all"
    );
    books.advance(start() + Duration::seconds(59));
    assert_eq!(
        books.refund(refund.id).unwrap().status,
        PaymentStatus::Pending
    );
    books.advance(start() + Duration::seconds(60));
    assert_eq!(books.refund(refund.id).unwrap().status, PaymentStatus::Fail);
    assert_eq!(books.balance(), Money::from_cents(1_000));
    assert!(books.take_notices().contains(&Notice::Refund(refund.id)));
    books.order_refund(id, order(1_000), start()).unwrap();
}

#[test]
fn a_failing_refund_with_an_email_becomes_an_email_refund_that_stays_pending() {
    let mut books = books(Rates {
        pending_refunds: 1.0,
        failing_refunds: 1.0,
        cancel_202: 0.0,
    });
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    let with_email = RefundOrder {
        email: Some("a@b.fi".into()),
        ..order(500)
    };
    let refund = books
        .order_refund(id, with_email.clone(), start())
        .unwrap()
        .id;
    let bank = pay(&mut books, "b", Capture::AtOnce, NO_REFUND_API[0]);
    assert_eq!(
        books
            .order_refund(bank, order(1), start())
            .unwrap_err()
            .http_status(),
        422
    );
    let by_email = books.order_refund(bank, with_email, start()).unwrap().id;
    books.advance(start() + Duration::days(400));
    for id in [refund, by_email] {
        let refund = books.refund(id).unwrap();
        assert_eq!(refund.provider.as_ref().unwrap().as_str(), "email refund");
        assert_eq!(refund.status, PaymentStatus::Pending);
    }
    books.settle_refund(by_email, true).unwrap();
    assert!(books.settle_refund(by_email, false).is_err());
    assert_eq!(books.refund(by_email).unwrap().status, PaymentStatus::Ok);
}

#[test]
fn holds_run_out_after_28_days_at_klarna_and_90_at_walley() {
    let mut books = books(at_once());
    let klarna = pay(&mut books, "a", Capture::ManualInvoice, "klarna");
    let walley = pay(&mut books, "b", Capture::ManualInvoice, "walleyb2c");
    let bank = pay(&mut books, "c", Capture::ManualInvoice, "nordea");
    assert_eq!(
        status(&books, bank),
        "ok",
        "a bank has no invoices to activate"
    );
    let just_before = start() + Duration::days(28) - Duration::milliseconds(1);
    books.advance(just_before);
    assert_eq!(status(&books, klarna), "pending");
    books.advance(start() + Duration::days(28));
    assert_eq!(status(&books, klarna), "fail");
    assert_eq!(status(&books, walley), "pending");
    let refusal = books
        .activate(klarna, start() + Duration::days(29))
        .unwrap_err();
    assert_eq!(refusal.http_status(), 400);
    assert_eq!(
        books.cancel(klarna, start()).unwrap_err().http_status(),
        400,
        "run out, not cancelled"
    );
    books
        .activate(walley, start() + Duration::days(89))
        .unwrap();
    assert_eq!(status(&books, walley), "ok");
    assert_eq!(
        books.activate(walley, start()).unwrap_err().http_status(),
        400
    );
    let late = create(&mut books, "d", Capture::ManualInvoice);
    let end = start() + Duration::days(30);
    books
        .pay(
            late,
            Provider::new("klarna").unwrap(),
            PayOutcome::Pays,
            end,
        )
        .unwrap();
    assert_eq!(
        status(&books, late),
        "fail",
        "its window was over before it was paid"
    );
}

#[test]
fn every_outcome_of_a_cancellation_is_reached() {
    let mut books = books(at_once());
    let now = start();
    let id = pay(&mut books, "a", Capture::ManualInvoice, "klarna");
    assert_eq!(books.cancel(id, now), Ok(CancelAnswer::Cancelled));
    assert_eq!(books.cancel(id, now), Ok(CancelAnswer::AlreadyCancelled));
    assert_eq!(status(&books, id), "fail");

    let later = pay(&mut books, "b", Capture::ManualInvoice, "klarna");
    books.set_next_cancel(later, NextCancel::Requested).unwrap();
    assert_eq!(books.cancel(later, now), Ok(CancelAnswer::Requested));
    assert!(books.activate(later, now).is_err(), "it is being cancelled");
    assert_eq!(status(&books, later), "pending");
    assert_eq!(
        books.cancel(later, now + Duration::seconds(61)),
        Ok(CancelAnswer::AlreadyCancelled)
    );

    let broken = pay(&mut books, "c", Capture::ManualInvoice, "klarna");
    books.set_next_cancel(broken, NextCancel::Broken).unwrap();
    assert_eq!(books.cancel(broken, now).unwrap_err().http_status(), 500);
    assert_eq!(status(&books, broken), "pending");
    books
        .set_next_cancel(broken, NextCancel::DoneButBroken)
        .unwrap();
    assert_eq!(books.cancel(broken, now).unwrap_err().http_status(), 500);
    assert_eq!(status(&books, broken), "fail");

    let fraud = create(&mut books, "d", Capture::AtOnce);
    books
        .pay(
            fraud,
            Provider::new("klarna").unwrap(),
            PayOutcome::FraudCheck,
            now,
        )
        .unwrap();
    assert_eq!(books.cancel(fraud, now).unwrap_err().http_status(), 500);
    let paid = pay(&mut books, "e", Capture::AtOnce, "klarna");
    let walley = pay(&mut books, "f", Capture::ManualInvoice, "walleyb2c");
    let hold = pay(&mut books, "g", Capture::Authorization, "klarna");
    for id in [paid, walley, hold] {
        assert_eq!(books.cancel(id, now).unwrap_err().http_status(), 400);
    }
}

#[test]
fn an_authorization_is_committed_or_reverted_and_nothing_else() {
    let mut books = books(at_once());
    let (one, two) = (
        pay(&mut books, "a", Capture::Authorization, "klarna"),
        pay(&mut books, "b", Capture::Authorization, "klarna"),
    );
    assert_eq!(status(&books, one), "authorization-hold");
    assert!(books.activate(one, start()).is_err());
    books.commit(one, start()).unwrap();
    books.revert(two, start()).unwrap();
    assert_eq!(
        (status(&books, one), status(&books, two)),
        ("ok".into(), "fail".into())
    );
    assert!(books.revert(one, start()).is_err() && books.commit(two, start()).is_err());
    assert_eq!(books.balance(), Money::from_cents(1_000));
}

#[test]
fn a_stamp_is_taken_once_and_a_payment_paid_once() {
    let mut books = books(at_once());
    let id = pay(&mut books, "a", Capture::AtOnce, "klarna");
    let klarna = || Provider::new("klarna").unwrap();
    assert!(books.pay(id, klarna(), PayOutcome::Pays, start()).is_err());
    let payment = books.payment(id).unwrap().clone();
    let again = NewPayment {
        stamp: payment.stamp,
        reference: "other".into(),
        amount: Money::from_cents(1),
        language: "FI".into(),
        capture: Capture::AtOnce,
        items: Vec::new(),
        customer: Customer::default(),
        invoicing_address: None,
        redirect_urls: urls(),
        callback_urls: None,
    };
    assert_eq!(books.create(again, start()).unwrap_err().http_status(), 400);
}

proptest! {
    /// Whatever is asked for and however long one waits: never more back than was paid, per payment
    /// and per row, and the balance is what was paid and not given back.
    #[test]
    fn no_order_of_events_pays_back_more_than_was_paid(
        orders in prop::collection::vec((0_usize..3, 1_i64..700, any::<bool>(), 0_i64..90), 1..40),
        pending in 0.0_f64..1.0, failing in 0.0_f64..1.0,
    ) {
        let mut books = books(Rates { pending_refunds: pending, failing_refunds: failing, cancel_202: 0.0 });
        let ids: Vec<TransactionId> =
            (0..3).map(|n| pay(&mut books, &n.to_string(), Capture::AtOnce, "klarna")).collect();
        let mut now = start();
        for (which, cents, by_row, wait) in orders {
            now += Duration::seconds(wait);
            let items = if by_row { vec![row("six", cents)] } else { Vec::new() };
            let _ = books.order_refund(ids[which], RefundOrder { items, ..order(cents) }, now);
            let mut back = 0;
            for id in &ids {
                let held: Vec<&Refund> = books.refunds_of(*id).filter(|r| r.holds_money()).collect();
                let sum: i64 = held.iter().map(|r| r.amount.cents()).sum();
                let six: i64 =
                    held.iter().flat_map(|r| &r.items).map(|i| i.amount.cents()).sum();
                prop_assert!(sum <= 1_000 && six <= 600, "{} and {}", sum, six);
                back += sum;
            }
            prop_assert_eq!(books.balance().cents(), 3_000 - back);
        }
    }
}
