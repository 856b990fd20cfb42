//! Settlements: Paytrail's list, the entries of files, and what does not add up.

use std::collections::BTreeMap;

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{Code, Why};
use hyvitys_domain::{Money, OperationState};
use serde_json::Value;

use super::shop::Shop;

/// A settlement of the shop with its payments, as its books have them.
struct Truth {
    id: String,
    payments: Vec<Value>,
}

async fn truth(shop: &Shop) -> Truth {
    let books = shop.json("payments").await;
    let mut by_settlement: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for payment in books["payments"].as_array().unwrap() {
        if let Some(id) = payment["settlementId"].as_i64()
            && payment["status"] == "ok"
        {
            by_settlement.entry(id).or_default().push(payment.clone());
        }
    }
    let (id, payments) = by_settlement
        .into_iter()
        .max_by_key(|(_, payments)| payments.len())
        .unwrap();
    Truth {
        id: id.to_string(),
        payments,
    }
}

fn cents(payment: &Value) -> i64 {
    payment["amount"].as_i64().unwrap()
}

/// Puts entries into the data file, as an import of a settlement's report does.
fn entries(shop: &Shop, settlement: &str, rows: &[(&str, &str, i64)]) {
    let file = shop.office.store().path();
    let file = rusqlite::Connection::open(file).unwrap();
    // The run that would have brought them is left out.
    file.pragma_update(None, "foreign_keys", false).unwrap();
    for (kind, stamp, amount) in rows {
        file.execute(
            "INSERT INTO settlement_entry (account, run, settlement_id, settled_on, kind, stamp, reference,
                 amount, fee, commission)
             VALUES (?1, 1, ?2, 20000, ?3, ?4, ?4, ?5, 35, 10)",
            (1, settlement, kind, stamp, amount),
        )
        .unwrap();
    }
}

/// A shop with payments, whose report named no settlements.
async fn shop_without_entries(payments: usize) -> Shop {
    let shop = Shop::with_history(payments).await;
    rusqlite::Connection::open(shop.office.store().path())
        .unwrap()
        .execute("DELETE FROM settlement_entry", ())
        .unwrap();
    shop
}

fn stamp(payment: &Value) -> &str {
    payment["stamp"].as_str().unwrap()
}

#[tokio::test]
async fn the_list_is_asked_for_kept_and_shown_without_a_network() {
    let shop = shop_without_entries(120).await;
    let list = shop.office.settlements(shop.account, false).await.unwrap();
    assert_eq!((list.rows.len(), list.fetched_at), (0, None));
    let list = shop.office.settlements(shop.account, true).await.unwrap();
    assert!(list.rows.len() > 3 && list.fetched_at.is_some());
    assert!(
        list.rows
            .is_sorted_by(|a, b| a.settlement.settled_at >= b.settlement.settled_at)
    );
    assert!(
        list.rows
            .iter()
            .all(|row| row.listed && row.total.is_none())
    );
    shop.faults(r#"{"no-signature":1}"#).await;
    let offline = shop.office.settlements(shop.account, true).await.unwrap();
    assert_eq!(offline.rows.len(), list.rows.len());
    assert_eq!(offline.not_fetched.unwrap().code, Code::Unclear);
    assert_eq!(
        offline.fetched_at, list.fetched_at,
        "nothing believable was fetched"
    );
}

#[tokio::test]
async fn a_settlement_whose_entries_are_its_payments_adds_up() {
    let shop = shop_without_entries(150).await;
    let truth = truth(&shop).await;
    shop.office.settlements(shop.account, true).await.unwrap();
    let open = || shop.office.settlement(shop.account, &truth.id);
    assert_eq!(open().await.unwrap().problems, [Why::SettlementNoEntries]);
    let rows: Vec<_> = truth
        .payments
        .iter()
        .map(|payment| ("payment", stamp(payment), cents(payment)))
        .collect();
    entries(&shop, &truth.id, &rows);
    let detail = open().await.unwrap();
    assert_eq!(detail.problems, []);
    assert_eq!(detail.entries.len(), rows.len());
    let paid: i64 = truth.payments.iter().map(cents).sum();
    let cost = i64::try_from(rows.len()).unwrap();
    let sums = detail.sums;
    assert_eq!(sums.payments.cents(), paid);
    assert_eq!(
        (sums.fees, sums.commission, sums.without_fees),
        (
            Some(Money::from_cents(35 * cost)),
            Some(Money::from_cents(10 * cost)),
            0
        )
    );
    assert_eq!(sums.net.cents(), paid - 45 * cost);
    let row = shop.office.settlements(shop.account, false).await.unwrap();
    let row = row
        .rows
        .into_iter()
        .find(|row| row.settlement.id == truth.id)
        .unwrap();
    assert_eq!(row.total, Some(sums.net));
    assert!(detail.entries.iter().all(|entry| entry.payment.is_some()));
}

#[tokio::test]
async fn what_does_not_add_up_is_said_one_by_one() {
    let shop = shop_without_entries(150).await;
    let truth = truth(&shop).await;
    shop.office.settlements(shop.account, true).await.unwrap();
    assert!(
        truth.payments.len() >= 2,
        "the seed has a settlement of several payments"
    );
    let (first, second) = (&truth.payments[0], &truth.payments[1]);
    entries(
        &shop,
        &truth.id,
        &[
            ("payment", stamp(first), cents(first) + 1),
            ("payment", stamp(second), cents(second)),
            ("payment", "nobody-knows", 700),
            ("refund", "no-such-refund", -300),
        ],
    );
    entries(
        &shop,
        "another",
        &[("payment", stamp(second), cents(second))],
    );
    let problems = shop
        .office
        .settlement(shop.account, &truth.id)
        .await
        .unwrap()
        .problems;
    let amount = Money::from_cents;
    for expected in [
        Why::SettlementAmountDiffers {
            reference: stamp(first).to_owned(),
            settled: amount(cents(first) + 1),
            stored: amount(cents(first)),
        },
        Why::SettlementPaymentsUnknown {
            count: 1,
            amount: amount(700),
        },
        Why::SettlementRefundsUnknown {
            count: 1,
            amount: amount(-300),
        },
        Why::SettlementTwice { count: 1 },
    ] {
        assert!(problems.contains(&expected), "{expected:?}: {problems:?}");
    }
    let known = shop.office.settlements(shop.account, false).await.unwrap();
    let another = known
        .rows
        .iter()
        .find(|row| row.settlement.id == "another")
        .unwrap();
    assert!(!another.listed, "files alone know it");
    let nowhere = shop
        .office
        .settlement(shop.account, "nowhere")
        .await
        .unwrap_err();
    assert_eq!(nowhere.why.as_deref(), Some(&Why::NoSuchSettlement));
}

#[tokio::test]
async fn a_refund_made_here_is_known_by_its_stamp_and_its_amount() {
    let shop = shop_without_entries(60).await;
    let paid = shop
        .find("status:ok refunded:no provider:klarna amount:>20")
        .await;
    let id = paid[0].stored.payment.transaction_id.unwrap();
    let order = RefundOrder {
        account: shop.account,
        transaction_id: id,
        how_much: HowMuch::Amount(Money::from_cents(500)),
        intent: shop.office.new_intent(),
        again: false,
        note: None,
        refund_reason: None,
        typed: None,
        reference: None,
        email: None,
    };
    let refund = shop.office.refund(order).await.unwrap();
    assert!(matches!(
        refund.state,
        OperationState::Done | OperationState::Accepted
    ));
    let stamp = refund.refund_stamp.unwrap();
    entries(&shop, "77", &[("refund", stamp.as_str(), -500)]);
    let detail = shop.office.settlement(shop.account, "77").await.unwrap();
    let of = detail.entries[0].payment.as_ref().unwrap();
    assert_eq!(of.transaction_id, Some(id));
    if refund.state == OperationState::Done {
        assert_eq!(detail.problems, []);
    }
    assert_eq!(detail.sums.refunds.cents(), -500);
}

#[tokio::test]
async fn a_payment_that_paytrail_says_was_settled_and_that_no_entry_names_is_missed() {
    let shop = shop_without_entries(150).await;
    let truth = truth(&shop).await;
    shop.office.settlements(shop.account, true).await.unwrap();
    let rows: Vec<_> = truth.payments[1..]
        .iter()
        .map(|payment| ("payment", stamp(payment), cents(payment)))
        .collect();
    entries(&shop, &truth.id, &rows);
    let problems = shop
        .office
        .settlement(shop.account, &truth.id)
        .await
        .unwrap()
        .problems;
    let missing = Why::SettlementEntriesMissing {
        count: 1,
        amount: Money::from_cents(cents(&truth.payments[0])),
    };
    assert_eq!(problems, [missing]);
}

#[tokio::test]
async fn what_no_file_tells_of_fees_is_not_known_and_no_zero() {
    let shop = Shop::open(1).await;
    let settled = |settlement: &str, fee: &str| {
        format!(
            r#"{{"stamp":"{settlement}-{}","reference":"1042","amount":10.00,"status":"Paid and settled",
                "entryDate":"20-11-2024","settlementId":"{settlement}","settlementDate":"22-11-2024"{fee}}}"#,
            fee.len()
        )
    };
    let fee = r#","paymentMethodFee":0.35"#;
    let rows = [
        settled("7", ""),
        settled("8", ""),
        settled("8", fee),
        settled("9", fee),
    ];
    shop.import(format!("[{}]", rows.join(","))).await;
    let list = shop.office.settlements(shop.account, false).await.unwrap();
    for (id, fees, net, without) in [
        ("7", None, 1_000, 1),
        ("8", Some(35), 1_965, 1),
        ("9", Some(35), 965, 0),
    ] {
        let sums = shop.office.settlement(shop.account, id).await.unwrap().sums;
        assert_eq!(sums.fees.map(Money::cents), fees, "{id}");
        assert_eq!(sums.commission, None, "{id}");
        assert_eq!(
            (sums.net.cents(), sums.without_fees),
            (net, without),
            "{id}"
        );
        let row = list
            .rows
            .iter()
            .find(|row| row.settlement.id == id)
            .unwrap();
        assert_eq!(
            (row.total, row.without_fees),
            (Some(sums.net), without),
            "{id}"
        );
    }
}
