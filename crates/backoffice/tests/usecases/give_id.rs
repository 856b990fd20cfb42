//! A transaction id for a payment that a report brought without one.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Europe::Helsinki;
use hyvitys_backoffice::{Code, Error, ListedPayment, PaymentDetail, PaymentRef, Why};
use hyvitys_domain::{PaymentStatus, TransactionId};
use hyvitys_store::payments::{Field, Source};
use serde_json::Value;

use super::shop::Shop;

/// A shop whose payments are known from its report alone, the payments, and the id of each by its stamp.
async fn without_ids(payments: usize) -> (Shop, Vec<(ListedPayment, TransactionId)>) {
    let shop = Shop::open(payments).await;
    shop.import(shop.page("report.json?status=all&items=true").await)
        .await;
    let truth = shop.json("payments").await;
    let truth = truth["payments"].as_array().unwrap().clone();
    let id_of = |stamp: &str| {
        let found = truth.iter().find(|payment| payment["stamp"] == stamp)?;
        found["transactionId"].as_str()?.parse().ok()
    };
    let listed = shop.find("").await.into_iter();
    let found = listed
        .filter_map(|listed| {
            let id = id_of(&listed.stored.payment.stamp)?;
            Some((listed, id))
        })
        .collect();
    (shop, found)
}

#[tokio::test]
async fn an_id_whose_look_agrees_is_kept_with_what_the_look_showed() {
    let (shop, payments) = without_ids(20).await;
    let (listed, id) = &payments[0];
    let named = PaymentRef::Key(listed.stored.key);
    let give = || shop.office.give_transaction_id(shop.account, named, *id);
    let detail = give().await.unwrap();
    let payment = &detail.payment.payment;
    assert_eq!(payment.transaction_id, Some(*id));
    assert_eq!(
        detail.payment.sources.of(Field::Status),
        Some(Source::Signed)
    );
    assert!(payment.checked_at.is_some());
    assert_eq!(
        payment.customer, listed.stored.payment.customer,
        "what the report said stays"
    );
    assert_eq!(
        shop.find("").await.len(),
        payments.len(),
        "it is the same payment"
    );
    let by_id = PaymentRef::Id(*id);
    let again = shop
        .office
        .give_transaction_id(shop.account, by_id, *id)
        .await;
    assert_eq!(
        again.unwrap_err().why.as_deref(),
        Some(&Why::HasTransactionId)
    );
    let other = PaymentRef::Key(payments[1].0.stored.key);
    let taken = shop
        .office
        .give_transaction_id(shop.account, other, *id)
        .await;
    let taken = taken.unwrap_err();
    assert!(matches!(
        taken.why.as_deref(),
        Some(Why::TransactionIdTaken { .. })
    ));
}

#[tokio::test]
async fn an_id_of_another_payment_is_refused_with_what_differs_and_nothing_is_kept() {
    let (shop, payments) = without_ids(40).await;
    let (mine, _) = &payments[0];
    let amount = mine.stored.payment.amount;
    let give = |id| {
        let named = PaymentRef::Key(mine.stored.key);
        shop.office.give_transaction_id(shop.account, named, id)
    };
    let another = payments
        .iter()
        .find(|(other, _)| other.stored.payment.amount != amount);
    let error = give(another.unwrap().1).await.unwrap_err();
    assert!(
        matches!(error.why.as_deref(), Some(Why::AnotherAmount { .. })),
        "{error:?}"
    );
    let nobody = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    assert_eq!(give(nobody).await.unwrap_err().code, Code::NotFound);
    let stays = shop
        .office
        .show_ref(shop.account, PaymentRef::Key(mine.stored.key))
        .await;
    assert_eq!(stays.unwrap().payment, mine.stored);
}

#[tokio::test]
async fn the_same_amount_with_another_stamp_is_another_payment() {
    let shop = Shop::open(3).await;
    let draft = shop.keep(&super::orders::order("1042")).await;
    // Made by another program, so that this file does not know it: its id alone is left of it.
    let made = shop.create(&draft).await.unwrap();
    let books = shop.json("payments").await;
    let mut books = books["payments"].as_array().unwrap().iter();
    let truth = books.find(|payment| payment["transactionId"] == made.payment.to_string());
    let at: DateTime<Utc> = truth.unwrap()["createdAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let day = at.with_timezone(&Helsinki).format("%d-%m-%Y").to_string();
    let file = |stamp: &str, reference: &str| {
        format!(
            r#"[{{"entryDate":"{day}","created":"12:00","amount":25.10,"status":"New",
                "reference":"{reference}","stamp":"{stamp}","paymentMethod":"klarna"}}]"#
        )
    };
    let elsewhere = Shop::beside(&shop).await;
    elsewhere.import(file("not-that-stamp", "1042")).await;
    let key = elsewhere.find("").await[0].stored.key;
    let give =
        elsewhere
            .office
            .give_transaction_id(elsewhere.account, PaymentRef::Key(key), made.payment);
    let error = give.await.unwrap_err();
    assert!(
        matches!(error.why.as_deref(), Some(Why::AnotherStamp { .. })),
        "{error:?}"
    );

    let third = Shop::beside(&shop).await;
    third.import(file("", "1042")).await;
    let key = third.find("").await[0].stored.key;
    let named = PaymentRef::Key(key);
    let given = third
        .office
        .give_transaction_id(third.account, named, made.payment)
        .await;
    assert_eq!(
        given.unwrap().payment.payment.transaction_id,
        Some(made.payment)
    );

    let fourth = Shop::beside(&shop).await;
    fourth.import(file("", "1043")).await;
    let named = PaymentRef::Key(fourth.find("").await[0].stored.key);
    let given = fourth
        .office
        .give_transaction_id(fourth.account, named, made.payment)
        .await;
    let error = given.unwrap_err();
    assert!(
        matches!(error.why.as_deref(), Some(Why::AnotherReference { .. })),
        "{error:?}"
    );
}

/// A paid payment of the shop with its books' own words, its Finnish day, and whether Paytrail dates it with a zone.
async fn paid(shop: &Shop, zoned: bool) -> (Value, NaiveDate, TransactionId) {
    let books = shop.json("payments").await;
    let found = books["payments"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|payment| {
            let id: TransactionId = payment["transactionId"].as_str()?.parse().ok()?;
            let at: DateTime<Utc> = payment["createdAt"].as_str()?.parse().ok()?;
            // The sandbox leaves the zone out for a quarter of all ids.
            let has_zone = id.uuid().as_bytes()[15] % 8 > 1;
            let day = at.with_timezone(&Helsinki).date_naive();
            (payment["status"] == "ok" && has_zone == zoned).then(|| (payment.clone(), day, id))
        });
    found.unwrap()
}

/// Gives the id to a payment that a file says was of this day and status, with nothing but reference and amount of
/// the real one.
async fn given(
    shop: &Shop,
    payment: &Value,
    id: TransactionId,
    day: NaiveDate,
    status: &str,
) -> Result<PaymentDetail, Error> {
    let elsewhere = Shop::beside(shop).await;
    let (reference, cents) = (&payment["reference"], payment["amount"].as_i64().unwrap());
    let (euros, cents) = (cents / 100, cents % 100);
    let row = format!(
        r#"[{{"entryDate":"{}","created":"12:00","amount":{euros}.{cents:02},"status":"{status}","reference":{reference}}}]"#,
        day.format("%d-%m-%Y"),
    );
    elsewhere.import(row).await;
    let named = PaymentRef::Key(elsewhere.find("").await[0].stored.key);
    elsewhere
        .office
        .give_transaction_id(elsewhere.account, named, id)
        .await
}

#[tokio::test]
async fn an_id_by_reference_alone_is_of_the_same_finnish_day() {
    let shop = Shop::open(60).await;
    let (payment, day, id) = paid(&shop, true).await;
    let later = |days| day.checked_add_days(Days::new(days)).unwrap();
    let error = given(&shop, &payment, id, later(1), "Paid")
        .await
        .unwrap_err();
    let why = Why::AnotherDay {
        shown: day,
        stored: later(1),
    };
    assert_eq!(error.why.as_deref(), Some(&why), "{error:?}");
    assert_eq!(error.code, Code::NotOperable);
    let detail = given(&shop, &payment, id, day, "Paid").await.unwrap();
    assert_eq!(detail.payment.payment.transaction_id, Some(id));

    // A time without a zone may be of the day beside.
    let (payment, day, id) = paid(&shop, false).await;
    let later = |days| day.checked_add_days(Days::new(days)).unwrap();
    assert!(given(&shop, &payment, id, later(1), "Paid").await.is_ok());
    let error = given(&shop, &payment, id, later(2), "Paid")
        .await
        .unwrap_err();
    assert!(
        matches!(error.why.as_deref(), Some(Why::AnotherDay { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_try_that_failed_is_not_the_try_that_was_paid() {
    let shop = Shop::open(60).await;
    let (payment, day, id) = paid(&shop, true).await;
    let error = given(&shop, &payment, id, day, "Timeout")
        .await
        .unwrap_err();
    let why = Why::AnotherStatus {
        theirs: PaymentStatus::Ok,
        ours: PaymentStatus::Fail,
    };
    assert_eq!(error.why.as_deref(), Some(&why), "{error:?}");
    assert!(given(&shop, &payment, id, day, "New").await.is_ok());
}
