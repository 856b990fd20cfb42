//! All faults at once: no cent is paid twice, and none is claimed that was not paid.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::support::{Desk, Shop, euros, number, text};

/// Every fault of the sandbox.
const FAULTS: [&str; 11] = [
    "drop-before",
    "drop-after",
    "slow",
    "status-500-before",
    "status-500-after",
    "status-429",
    "unsigned-4xx-after",
    "bad-signature",
    "no-signature",
    "truncated",
    "replay-old",
];
/// How many refunds are ordered.
const REFUNDS: usize = 300;
/// How many people order at the same time.
const DESKS: usize = 4;

/// One order of a refund: of which payment, how much, and how the command ended.
type Ordered = (String, i64, i32);

#[test]
fn with_all_faults_at_once_no_cent_is_paid_twice_and_none_is_claimed_that_was_not_paid() {
    let shop = Shop::open(&[
        "--payments",
        "400",
        "--slow-delay",
        "200ms",
        "--pending-refunds",
        "0.2",
    ]);
    let payments: Vec<Value> = shop
        .untouched(2_000)
        .into_iter()
        .take(REFUNDS / 2)
        .collect();
    assert_eq!(payments.len(), REFUNDS / 2);
    let desk = Desk::at(&shop, &payments);
    let faults: BTreeMap<&str, f64> = FAULTS.iter().map(|&fault| (fault, 0.05)).collect();
    shop.faults(&json!(faults));

    let ordered = order_all(&desk, &payments);
    assert_eq!(ordered.len(), REFUNDS);
    compare(&shop, &desk.operations(), &ordered);

    // Following under faults, too, claims nothing that is not so.
    shop.advance("61s");
    let _ = desk.run(&["sync"]);
    compare(&shop, &desk.operations(), &ordered);

    shop.faults(&json!({}));
    desk.run(&["sync"]).expect(0);
    let operations = desk.operations();
    compare(&shop, &operations, &ordered);
    assert!(
        operations
            .iter()
            .all(|operation| operation["state"] != "accepted"),
        "each was followed to its end"
    );
    assert!(
        operations
            .iter()
            .any(|operation| operation["state"] == "unknown"),
        "the faults were felt"
    );

    // Then the evidence comes in, and what was unknown and paid is known to be.
    let urls = desk.file("access.log", shop.callback_urls().as_bytes());
    desk.run(&["import", &urls, "--yes"]).expect(0);
    let operations = desk.operations();
    compare(&shop, &operations, &ordered);
    let done: BTreeSet<&str> = stamps(&operations, "done");
    let ours = stamps(&operations, "");
    let refunds = shop
        .refunds_that(|refund| ours.contains(refund["refundStamp"].as_str().unwrap_or_default()));
    let paid: BTreeSet<&str> = stamps(&refunds, "ok");
    assert_eq!(done, paid, "in the end exactly what was paid is done");
    for payment in &payments {
        let id = text(payment, "transactionId");
        let refunded: i64 = refunds
            .iter()
            .filter(|r| r["paymentId"] == id && r["status"] == "ok")
            .map(|r| number(r, "amount"))
            .sum();
        assert_eq!(
            number(&desk.json(&["show", id]), "refunded"),
            refunded,
            "{id}"
        );
    }
}

/// Two refunds of each payment, ordered by several people over one data folder at once.
fn order_all(desk: &Desk, payments: &[Value]) -> Vec<Ordered> {
    let mut orders = Vec::new();
    for cents in [700, 500] {
        orders.extend(
            payments
                .iter()
                .map(|payment| (text(payment, "transactionId").to_owned(), cents)),
        );
    }
    orders.reverse();
    let (orders, ordered) = (Mutex::new(orders), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..DESKS {
            scope.spawn(|| {
                loop {
                    let Some((id, cents)) = orders.lock().unwrap().pop() else {
                        break;
                    };
                    let ended = desk.run(&["refund", &id, "--amount", &euros(cents), "--json"]);
                    let code = ended.code.unwrap_or_else(|| panic!("{ended:?}"));
                    assert!(matches!(code, 0 | 2..=5), "{ended:?}");
                    ordered.lock().unwrap().push((id, cents, code));
                }
            });
        }
    });
    ordered.into_inner().unwrap()
}

/// The stamps of operations or refunds, of one state or status or (empty) of all.
fn stamps<'a>(all: &'a [Value], state: &str) -> BTreeSet<&'a str> {
    all.iter()
        .filter(|one| state.is_empty() || one["state"] == state || one["status"] == state)
        .filter_map(|one| one["refundStamp"].as_str())
        .collect()
}

/// The journal and the orders against the sandbox's books.
fn compare(shop: &Shop, operations: &[Value], ordered: &[Ordered]) {
    let mut by_stamp: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let ours = stamps(operations, "");
    for refund in shop.refunds_that(|refund| refund["refundStamp"].is_string()) {
        if ours.contains(text(&refund, "refundStamp")) {
            by_stamp
                .entry(text(&refund, "refundStamp").to_owned())
                .or_default()
                .push(refund);
        }
    }
    for operation in operations {
        let refunds = by_stamp
            .get(text(operation, "refundStamp"))
            .map_or(&[][..], Vec::as_slice);
        assert!(
            refunds.len() <= 1,
            "one intent was carried out {} times: {operation}",
            refunds.len()
        );
        let refund = refunds.first();
        if let Some(refund) = refund {
            assert_eq!(refund["amount"], operation["amount"]);
            assert_eq!(refund["paymentId"], operation["transactionId"]);
        }
        let paid = refund.map(|refund| text(refund, "status"));
        match text(operation, "state") {
            "done" => assert_eq!(paid, Some("ok"), "claimed and not paid: {operation}"),
            "failed" => assert!(
                matches!(paid, None | Some("fail")),
                "paid and denied: {operation}"
            ),
            "rejected" => assert_eq!(paid, None, "paid and called refused: {operation}"),
            "accepted" => assert!(paid.is_some(), "{operation}"),
            "unknown" => {}
            other => panic!("{other} with no process running: {operation}"),
        }
    }
    // What was ordered and is in no journal was refused by our own rules.
    for (id, cents, code) in ordered {
        let made = operations
            .iter()
            .filter(|one| one["transactionId"] == *id && one["amount"] == *cents)
            .count();
        assert!(
            made == 1 || (made == 0 && matches!(code, 2 | 5)),
            "{id} {cents}: {made} operations, exit {code}"
        );
    }
    for payment in shop.payments() {
        assert!(
            number(&payment, "refunded") <= number(&payment, "amount"),
            "{payment}"
        );
    }
}
