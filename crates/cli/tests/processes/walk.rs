//! The main way: import, list, search, refund part and rest, follow what is accepted.

use serde_json::json;

use crate::support::{Desk, Shop, euros, number, text};

/// The fields of a payment, as scripts rely on them.
const PAYMENT_FIELDS: [&str; 13] = [
    "transactionId",
    "reference",
    "stamp",
    "status",
    "provider",
    "amount",
    "refunded",
    "reserved",
    "refundable",
    "manualInvoice",
    "createdAt",
    "deadline",
    "customer",
];

/// The fields of an operation.
const OPERATION_FIELDS: [&str; 9] = [
    "operationId",
    "kind",
    "transactionId",
    "state",
    "amount",
    "refundStamp",
    "refundTransactionId",
    "requestId",
    "message",
];

#[test]
fn a_report_and_ids_are_imported_listed_and_searched_and_a_second_time_nothing_changes() {
    let shop = Shop::open(&["--payments", "80"]);
    let desk = Desk::new(crate::support::TEST_SECRET);
    desk.add(&shop).expect(0);
    let report = desk.file("report.csv", &shop.raw("report.csv?bom=1"));
    desk.run(&["import", &report, "--yes"]).expect(0);
    let from_report = desk.json(&["list", "--limit", "1000"]);
    let from_report = from_report["payments"].as_array().unwrap();
    assert_eq!(from_report.len(), shop.payments().len());
    assert!(
        from_report
            .iter()
            .all(|payment| payment["transactionId"].is_null())
    );

    desk.import_ids(&shop.payments());
    let listed = desk.json(&["list", "--limit", "1000"]);
    assert!(listed["next"].is_null());
    let listed = listed["payments"].as_array().unwrap();
    assert_eq!(
        listed.len(),
        shop.payments().len(),
        "ids join what the report had"
    );
    for payment in listed {
        for name in PAYMENT_FIELDS {
            assert!(
                payment.get(name).is_some(),
                "{name} is missing in {payment}"
            );
        }
        let there = shop.payment(text(payment, "transactionId"));
        for name in ["reference", "stamp", "status", "amount", "refunded"] {
            assert_eq!(payment[name], there[name], "{name} of {there}");
        }
        assert_eq!(
            payment["customer"]["lastName"],
            there["customer"]["lastName"]
        );
    }

    let again = desk.json(&["import", &report, "--yes"]);
    assert_eq!(
        desk.json(&["list", "--limit", "1000"])["payments"]
            .as_array()
            .unwrap(),
        listed,
        "{again}"
    );

    let some = &listed[3];
    let reference = text(some, "reference");
    let found = desk.json(&["list", "--query", &format!("reference:{reference}")]);
    assert_eq!(
        found["payments"].as_array().unwrap(),
        std::slice::from_ref(some)
    );
    let name = text(&some["customer"], "lastName");
    let start: String = name.chars().take(3).collect();
    let found = desk.json(&["list", "--query", &start.to_lowercase(), "--limit", "1000"]);
    assert!(
        found["payments"].as_array().unwrap().contains(some),
        "'{start}' finds {name}"
    );
    let found = desk.json(&["list", "--query", "status:ok", "--limit", "1000"]);
    let ok = shop
        .payments_that(|payment| payment["status"] == "ok")
        .len();
    assert_eq!(found["payments"].as_array().unwrap().len(), ok);
}

#[test]
fn the_pages_of_a_list_follow_each_other_without_a_gap() {
    let shop = Shop::open(&["--payments", "50"]);
    let desk = Desk::at(&shop, &shop.payments());
    let whole = desk.json(&["list", "--limit", "1000"]);
    let mut pieces = Vec::new();
    let mut page = desk.json(&["list", "--limit", "20"]);
    loop {
        pieces.extend(page["payments"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => page = desk.json(&["list", "--limit", "20", "--after", next]),
            None => break,
        }
        assert!(pieces.len() <= 50, "the pages never end");
    }
    assert_eq!(&pieces, whole["payments"].as_array().unwrap());
}

#[test]
fn a_part_and_then_the_rest_are_refunded_and_a_cent_more_is_refused() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let payment = &shop.untouched(3_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    let (id, amount) = (text(payment, "transactionId"), number(payment, "amount"));

    let too_much = desk
        .run(&["refund", id, "--amount", &euros(amount + 1), "--json"])
        .expect(2)
        .json();
    assert_eq!(too_much["error"]["moneyMoved"], "no");
    assert_eq!(
        shop.requests("/refund"),
        0,
        "our own rule refuses before anything is sent"
    );

    let part = desk
        .run(&[
            "refund",
            id,
            "--amount",
            "12,34",
            "--note",
            "toinen tuoli rikki",
        ])
        .expect(0);
    assert!(part.stdout.contains("Refund 12,34 €: refunded"), "{part:?}");
    assert!(part.stdout.contains("Kauppa · SANDBOX"), "{part:?}");
    let shown = desk.json(&["show", id]);
    assert_eq!(
        (number(&shown, "refunded"), number(&shown, "refundable")),
        (1_234, amount - 1_234)
    );

    desk.run(&["refund", id, "--all"]).expect(0);
    desk.run(&["refund", id, "--all"]).expect(2);
    desk.run(&["refund", id, "--amount", "0,01"]).expect(2);

    assert_eq!(shop.refunds_of(id).len(), 2);
    let operations = desk.operations();
    assert_eq!(operations.len(), 2);
    // The newest stands first.
    for (operation, cents) in operations.iter().zip([amount - 1_234, 1_234]) {
        let refund = shop.refund_with(&operation["refundStamp"]);
        assert_eq!(
            (&refund["amount"], number(operation, "amount")),
            (&operation["amount"], cents)
        );
        for name in OPERATION_FIELDS {
            assert!(
                operation.get(name).is_some(),
                "{name} is missing in {operation}"
            );
        }
        assert_eq!(operation["kind"], "refund");
        assert_eq!(operation["state"], "done");
        assert_eq!(operation["refundTransactionId"], refund["transactionId"]);
        assert!(operation["requestId"].is_string());
    }
}

#[test]
fn an_order_line_is_refunded_by_its_stamp() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let mut several = shop.untouched(1_000);
    several.retain(|payment| {
        payment["items"]
            .as_array()
            .is_some_and(|items| items.len() > 1)
    });
    let payment = &several[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    let (id, line) = (text(payment, "transactionId"), &payment["items"][0]);
    let item = format!("{}={}", text(line, "stamp"), euros(number(line, "amount")));
    desk.run(&["refund", id, "--item", &item, "--reference", "palautus"])
        .expect(0);
    let refunds = shop.refunds_of(id);
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0]["items"][0]["stamp"], line["stamp"]);
    assert_eq!(refunds[0]["refundReference"], "palautus");
    let more = desk.run(&["refund", id, "--item", &item, "--again"]);
    assert!(
        matches!(more.code, Some(2 | 3)),
        "the line is used up: {more:?}"
    );
    assert_eq!(shop.refunds_of(id).len(), 1);
}

#[test]
fn the_same_refund_again_needs_a_confirmation_of_its_own() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let payment = &shop.untouched(3_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    let id = text(payment, "transactionId");
    desk.run(&["refund", id, "--amount", "5"]).expect(0);
    let again = desk
        .run(&["refund", id, "--amount", "5", "--json"])
        .expect(2)
        .json();
    assert_eq!(again["error"]["code"], "sameAgain");
    assert_eq!(shop.refunds_of(id).len(), 1);
    desk.run(&["refund", id, "--amount", "5", "--again"])
        .expect(0);
    assert_eq!(shop.refunds_of(id).len(), 2);
}

#[test]
fn an_accepted_refund_is_requested_until_a_look_proves_it_done_or_failed() {
    let shop = Shop::open(&[
        "--payments",
        "120",
        "--pending-refunds",
        "1",
        "--failing-refunds",
        "0.5",
    ]);
    let payments: Vec<_> = shop.untouched(2_000).into_iter().take(8).collect();
    let desk = Desk::at(&shop, &payments);
    for payment in &payments {
        let ended = desk
            .run(&[
                "refund",
                text(payment, "transactionId"),
                "--amount",
                "10,00",
            ])
            .expect(0);
        assert!(
            ended.stdout.contains("requested") && !ended.stdout.contains("refunded"),
            "{ended:?}"
        );
    }
    assert!(
        desk.operations()
            .iter()
            .all(|operation| operation["state"] == "accepted")
    );
    let held = desk.json(&["show", text(&payments[0], "transactionId")]);
    assert_eq!(
        (number(&held, "refunded"), number(&held, "reserved")),
        (0, 1_000)
    );

    desk.run(&["sync"]).expect(0);
    assert!(
        desk.operations()
            .iter()
            .all(|operation| operation["state"] == "accepted"),
        "nothing was due yet"
    );
    shop.advance("61s");
    desk.run(&["sync"]).expect(0);
    let mut seen = [0, 0];
    for operation in desk.operations() {
        let refund = &shop.refunds_of(text(&operation, "transactionId"))[0];
        let expected = if refund["status"] == "ok" {
            "done"
        } else {
            "failed"
        };
        assert_eq!(operation["state"], expected, "{refund}");
        seen[usize::from(expected == "failed")] += 1;
        let shown = desk.json(&["show", text(&operation, "transactionId")]);
        let refunded = if expected == "done" { 1_000 } else { 0 };
        assert_eq!(
            (number(&shown, "refunded"), number(&shown, "reserved")),
            (refunded, 0)
        );
    }
    assert!(
        seen.iter().all(|&count| count > 0),
        "both ends were seen: {seen:?}"
    );
}

#[test]
fn a_refusal_by_paytrail_is_told_as_one_and_frees_the_amount() {
    let shop = Shop::open(&["--payments", "80"]);
    let payment = &shop.untouched(3_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    let id = text(payment, "transactionId");
    shop.post("balance", &json!({ "amount": 0 }));
    let refused = desk
        .run(&["refund", id, "--amount", "20", "--json"])
        .expect(3)
        .json();
    assert_eq!(refused["operations"][0]["state"], "rejected");
    assert_eq!(refused["error"]["code"], "refused");
    assert_eq!(
        refused["error"]["requestId"],
        refused["operations"][0]["requestId"]
    );
    assert!(
        text(&refused["operations"][0], "message").contains("balance"),
        "{refused}"
    );
    assert!(refused["operations"][0]["requestId"].is_string());
    assert_eq!(desk.json(&["show", id])["refundable"], payment["amount"]);
    assert!(shop.refunds_of(id).is_empty());
}
