//! A refund whose answer was lost: unknown, never sent again, settled by evidence or by a person.

use serde_json::{Value, json};

use crate::support::{Desk, Shop, text};

/// A shop, a desk, and a refund of 10 € that was carried out and whose answer was lost.
fn lost(shop: &Shop) -> (Desk, Value) {
    let payment = &shop.untouched(5_000)[0];
    let desk = Desk::at(shop, std::slice::from_ref(payment));
    let id = text(payment, "transactionId");
    shop.faults(&json!({ "drop-after": { "rate": 1, "paths": ["refund"] } }));
    let ended = desk
        .run(&["refund", id, "--amount", "10", "--json"])
        .expect(4);
    let operation = ended.json()["operations"][0].clone();
    assert_eq!(operation["state"], "unknown", "{ended:?}");
    let error = ended.json()["error"].clone();
    assert_eq!(
        (&error["code"], &error["moneyMoved"]),
        (&json!("unclear"), &json!("unknown"))
    );
    assert!(
        text(&error, "next").contains("don't refund it again"),
        "{error}"
    );
    shop.faults(&json!({}));
    assert_eq!(shop.refunds_of(id).len(), 1, "the sandbox paid it");
    (desk, operation)
}

fn shop() -> Shop {
    Shop::open(&["--payments", "80", "--pending-refunds", "0"])
}

#[test]
fn an_unknown_refund_is_never_sent_again_and_what_to_do_next_is_said() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    let id = text(&operation, "transactionId");
    desk.run(&["sync"]).expect(0);
    desk.run(&["refund", id, "--amount", "10"]).expect(2);
    desk.run(&["refund", id, "--amount", "10", "--again"])
        .expect(2);
    assert_eq!(shop.requests("/refund"), 1);
    assert_eq!(desk.operation_of(id)["state"], "unknown");
    let listed = desk.run(&["operations", "--state", "unknown"]).expect(0);
    assert!(
        listed.stdout.contains("OUTCOME UNKNOWN") && listed.stdout.contains("resolve"),
        "{listed:?}"
    );
    assert_eq!(
        desk.json(&["show", id])["reserved"],
        1_000,
        "its amount stays reserved"
    );
}

#[test]
fn a_verified_callback_settles_it() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    let urls = desk.file("access.log", shop.callback_urls().as_bytes());
    desk.run(&["import", &urls, "--yes"]).expect(0);
    let after = desk.operation_of(text(&operation, "transactionId"));
    assert_eq!(after["state"], "done");
    assert_eq!(after["operationId"], operation["operationId"]);
    let refund = &shop.refunds_of(text(&operation, "transactionId"))[0];
    assert_eq!(after["refundTransactionId"], refund["transactionId"]);
}

#[test]
fn a_forged_callback_settles_nothing() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    let forged = shop
        .callback_urls()
        .replace("checkout-amount=1000", "checkout-amount=1001");
    assert_ne!(forged, shop.callback_urls());
    let urls = desk.file("forged.txt", forged.as_bytes());
    desk.run(&["import", &urls, "--yes"]);
    assert_eq!(
        desk.operation_of(text(&operation, "transactionId"))["state"],
        "unknown"
    );
}

#[test]
fn a_report_that_shows_it_settles_it() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    for (name, path) in [("report.json", "report.json"), ("report.csv", "report.csv")] {
        let report = desk.file(name, &shop.raw(path));
        desk.run(&["import", &report, "--yes"]).expect(0);
        assert_eq!(
            desk.operation_of(text(&operation, "transactionId"))["state"],
            "done",
            "{name}"
        );
    }
    let shown = desk.json(&["show", text(&operation, "transactionId")]);
    assert_eq!(
        (&shown["refunded"], &shown["reserved"]),
        (&json!(1_000), &json!(0)),
        "counted once"
    );
}

#[test]
fn a_person_can_say_at_once_that_it_went_through_but_not_that_it_did_not() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    let id = text(&operation, "operationId");
    let early = desk
        .run(&[
            "resolve",
            id,
            "--not-moved",
            "--note",
            "not in the list",
            "--json",
        ])
        .expect(2)
        .json();
    assert_eq!(early["error"]["code"], "quarantine");
    assert!(
        text(&early["error"], "next").contains("Merchant Panel"),
        "{early}"
    );
    desk.run(&["resolve", id, "--moved", "--note", " "])
        .expect(2);
    let resolved = desk
        .run(&[
            "resolve",
            id,
            "--moved",
            "--note",
            "seen in the Merchant Panel",
        ])
        .expect(0);
    assert!(
        resolved.stdout.starts_with("Kauppa · SANDBOX"),
        "{resolved:?}"
    );
    let after = desk.operation_of(text(&operation, "transactionId"));
    assert_eq!(after["state"], "done");
    desk.run(&["resolve", id, "--moved", "--note", "again"])
        .expect(2);
    let shown = desk
        .run(&["show", text(&operation, "transactionId")])
        .expect(0);
    assert!(
        shown.stdout.contains("marked by aino"),
        "the proof names the person: {shown:?}"
    );
}

#[test]
fn an_operation_is_resolved_for_its_own_account_only_and_the_shop_is_told() {
    let shop = shop();
    let (desk, operation) = lost(&shop);
    let id = text(&operation, "operationId");
    let other = [
        "account",
        "add",
        "--name",
        "Toinen",
        "--merchant",
        "375917",
        "--api",
        "http://127.0.0.1:9",
    ];
    desk.run(&other).expect(0);
    let resolve = ["resolve", id, "--moved", "--note", "seen in the panel"];
    let wrong = [&["--account", "Toinen", "--json"], resolve.as_slice()].concat();
    let refused = desk.run(&wrong).expect(2).json();
    assert_eq!(refused["error"]["code"], "notFound", "{refused}");
    let after = desk.operation_of(text(&operation, "transactionId"));
    assert_eq!(after["state"], "unknown");
    desk.run(&["account", "use", "Toinen"]).expect(0);
    desk.run(&resolve).expect(2);

    let right = [&["--account", "Kauppa"], resolve.as_slice()].concat();
    let resolved = desk.json(&right);
    assert_eq!(
        (
            &resolved["account"]["name"],
            &resolved["account"]["mode"],
            &resolved["operations"][0]["state"]
        ),
        (&json!("Kauppa"), &json!("SANDBOX"), &json!("done")),
        "{resolved}"
    );
}

#[test]
fn a_shop_that_can_not_be_reached_means_that_nothing_was_sent() {
    let shop = shop();
    let payment = &shop.untouched(5_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    drop(shop);
    let ended = desk
        .run(&[
            "refund",
            text(payment, "transactionId"),
            "--amount",
            "10",
            "--json",
        ])
        .expect(5)
        .json();
    assert_eq!(ended["operations"][0]["state"], "failed");
    assert_eq!(ended["error"]["code"], "nothingSent");
    assert_eq!(ended["error"]["moneyMoved"], "no");
    assert_eq!(
        desk.json(&["show", text(payment, "transactionId")])["reserved"],
        0
    );
}

#[test]
fn a_wrong_secret_stops_all_sending_of_the_account_until_a_look_shows_that_it_is_right() {
    let shop = shop();
    let payment = &shop.untouched(5_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    let id = text(payment, "transactionId");
    let with_wrong_secret = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command
            .env("HYVITYS_MERCHANT_SECRET", "not the secret")
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(
        with_wrong_secret(&["refund", id, "--amount", "10"]),
        Some(4),
        "401 proves nothing about a refund"
    );
    assert!(shop.refunds_of(id).is_empty());
    let paused = desk
        .run(&["refund", id, "--amount", "11", "--json"])
        .expect(2)
        .json();
    assert_eq!(paused["error"]["code"], "paused");
    assert_eq!(shop.requests("/refund"), 1);
    desk.import_ids(std::slice::from_ref(payment));
    desk.run(&["sync"]).expect(0);
}
