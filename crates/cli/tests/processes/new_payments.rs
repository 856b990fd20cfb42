//! `payment create`: an order in a file becomes one payment, or says why not.

use serde_json::{Value, json};

use crate::support::{Desk, Shop, TEST_SECRET, number, text};

fn shop() -> Shop {
    Shop::open(&["--payments", "5"])
}

/// A desk with the shop's account, and nothing imported.
fn desk_at(shop: &Shop) -> Desk {
    let desk = Desk::new(TEST_SECRET);
    desk.add(shop).expect(0);
    desk
}

fn order() -> Value {
    json!({
        "reference": "1042", "amount": 2_510, "currency": "EUR", "language": "SV",
        "items": [
            { "unitPrice": 1_505, "units": 2, "vatPercentage": 25.5, "productCode": "sukat" },
            { "unitPrice": -500, "units": 1, "vatPercentage": 25.5, "productCode": "alennus" },
        ],
        "customer": { "email": "asa@example.fi", "firstName": "Åsa", "lastName": "Mäkelä" },
        "redirectUrls": { "success": "https://kauppa.example/1", "cancel": "https://kauppa.example/2" },
    })
}

fn file(desk: &Desk, order: &Value) -> String {
    desk.file("order.json", order.to_string().as_bytes())
}

/// The payments of this reference in the shop's books.
fn made(shop: &Shop) -> Vec<Value> {
    shop.payments_that(|payment| payment["reference"] == "1042")
}

#[test]
fn an_order_in_a_file_becomes_a_payment_with_a_link_and_stands_in_the_list() {
    let shop = shop();
    let desk = desk_at(&shop);
    let path = file(&desk, &order());
    let done = desk.json(&["payment", "create", "--file", &path, "--yes"]);
    let id = text(&done["created"], "transactionId");
    assert!(text(&done["created"], "href").starts_with(&shop.url()));
    assert_eq!(
        (&done["created"]["confirmed"], &done["created"]["amount"]),
        (&json!(true), &json!(2_510))
    );
    assert_eq!(done["check"]["toPayIsCertain"], true);
    assert_eq!(number(&done["check"], "toPay"), 2_510);
    assert_eq!(
        done["check"]["vat"][0],
        json!({ "vatPermille": 255, "net": 2_000, "tax": 510, "gross": 2_510 })
    );
    let shown = desk.json(&["show", id]);
    assert_eq!(
        (text(&shown, "status"), number(&shown, "amount")),
        ("new", 2_510)
    );
    assert_eq!(text(&shown["customer"], "lastName"), "Mäkelä");
    assert_eq!(shown["link"]["href"], done["created"]["href"]);
    assert_eq!(number(&shown["acceptance"], "score"), 67);
    assert_eq!(made(&shop).len(), 1);
    assert_eq!(text(&made(&shop)[0], "language"), "SV");
}

#[test]
fn nothing_is_sent_without_a_yes_and_a_problem_names_its_field() {
    let shop = shop();
    let desk = desk_at(&shop);
    let path = file(&desk, &order());
    let asked = desk
        .run(&["payment", "create", "--file", &path, "--json"])
        .expect(2)
        .json();
    assert_eq!(asked["created"], Value::Null);
    assert_eq!(number(&asked["check"], "amount"), 2_510);
    let mut wrong = order();
    wrong["redirectUrls"]["cancel"] = json!("http://kauppa.example");
    wrong["amount"] = json!(2_511);
    let path = file(&desk, &wrong);
    let ended = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(2);
    let problems = ended.json()["check"]["problems"].clone();
    assert_eq!(problems[0]["field"], "amount");
    assert_eq!(
        problems[0]["why"],
        json!({ "kind": "orderAmountDiffers", "said": 2_511, "sum": 2_510 })
    );
    assert_eq!(problems[1]["field"], "cancelUrl");
    assert!(
        ended
            .stderr
            .contains("cancelUrl: is not an address that begins with https://")
    );
    let path = desk.file("order.json", b"{\"reference\":1}");
    let error = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(2);
    assert_eq!(error.json()["error"]["why"]["kind"], "orderFileUnreadable");
    assert_eq!(made(&shop).len(), 0);
}

#[test]
fn a_stamp_in_the_file_makes_it_one_payment_however_often_it_is_sent() {
    let shop = shop();
    let desk = desk_at(&shop);
    let mut order = order();
    order["stamp"] = json!("order-1042");
    let path = file(&desk, &order);
    desk.json(&["payment", "create", "--file", &path, "--yes"]);
    let again = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(2);
    assert_eq!(again.json()["error"]["why"]["kind"], "stampTaken");
    assert_eq!(made(&shop).len(), 1);
}

#[test]
fn a_lost_answer_ends_with_4_and_the_same_file_is_not_sent_again() {
    let shop = shop();
    let desk = desk_at(&shop);
    let mut order = order();
    order["stamp"] = json!("order-1042");
    let path = file(&desk, &order);
    shop.faults(&json!({ "drop-after": { "rate": 1.0, "paths": ["payments"] } }));
    let lost = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(4)
        .json();
    assert_eq!(lost["error"]["code"], "unclear");
    assert_eq!(lost["created"], Value::Null);
    assert!(!text(&lost, "draft").is_empty());
    shop.faults(&json!({}));
    desk.run(&["payment", "create", "--file", &path, "--yes"])
        .expect(2);
    assert_eq!(made(&shop).len(), 1);
    // The payment's id, from the Merchant Panel, tells what became of it.
    desk.import_ids(&made(&shop));
    desk.run(&["sync"]).expect(0);
    let listed = desk.json(&["list", "--query", "reference:1042"]);
    assert_eq!(listed["payments"][0]["customer"]["firstName"], "Åsa");
}

#[test]
fn a_payment_that_can_not_be_looked_at_is_told_as_not_confirmed_and_sync_confirms_it() {
    let shop = shop();
    let desk = desk_at(&shop);
    let mut order = order();
    // Paytrail rounds, so that the sum is only about this one.
    order["usePricesWithoutVat"] = json!(true);
    order["items"] =
        json!([{ "unitPrice": 2_001, "units": 1, "vatPercentage": 25.5, "productCode": "a" }]);
    order["amount"] = json!(2_001);
    let path = file(&desk, &order);
    shop.faults(&json!({ "drop-before": { "rate": 1.0, "paths": ["get"] } }));
    let ended = desk
        .run(&["payment", "create", "--file", &path, "--yes"])
        .expect(4);
    assert!(ended.stdout.contains("about 25,11"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("not confirmed yet"),
        "{}",
        ended.stdout
    );
    assert!(ended.stderr.contains("sync"), "{}", ended.stderr);
    let drafts = desk.json(&["payment", "list"]);
    assert_eq!(drafts["drafts"][0]["state"], "unconfirmed");
    assert_eq!(drafts["drafts"][0]["amountIsCertain"], false);
    shop.faults(&json!({}));
    desk.run(&["sync"]).expect(0);
    assert_eq!(desk.json(&["payment", "list"])["drafts"], json!([]));
    let listed = desk.json(&["list", "--query", "reference:1042"]);
    assert_eq!(listed["payments"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_was_refused_or_never_sent_leaves_nothing_behind() {
    let shop = shop();
    let desk = desk_at(&shop);
    let mut refused = order();
    refused["stamp"] = json!("order-1042");
    refused["customer"]["email"] = json!("asa@localhost");
    let path = file(&desk, &refused);
    let ended = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(3);
    assert_eq!(ended.json()["error"]["code"], "refused");
    refused["customer"]["email"] = json!("asa@example.fi");
    let path = file(&desk, &refused);
    desk.json(&["payment", "create", "--file", &path, "--yes"]);
    let url = shop.url();
    drop(shop);
    let mut offline = order();
    offline["reference"] = json!("1043");
    let path = file(&desk, &offline);
    let ended = desk
        .run(&["payment", "create", "--file", &path, "--yes", "--json"])
        .expect(5);
    assert_eq!(ended.json()["error"]["moneyMoved"], "no", "{url} is gone");
}

#[test]
fn a_lost_answer_is_settled_by_the_id_that_a_person_found() {
    let shop = shop();
    let desk = desk_at(&shop);
    let path = file(&desk, &order());
    shop.faults(&json!({ "drop-after": { "rate": 1.0, "paths": ["payments"] } }));
    let create = ["payment", "create", "--file", &path, "--yes", "--json"];
    let lost = desk.run(&create).expect(4).json();
    shop.faults(&json!({}));
    let drafts = desk.json(&["payment", "list"]);
    assert_eq!(drafts["drafts"][0]["state"], "unknown");
    assert_eq!(drafts["drafts"][0]["draft"], lost["draft"]);
    let (draft, found) = (text(&lost, "draft"), made(&shop)[0].clone());
    let other = shop.payments_that(|payment| payment["reference"] != "1042")[0].clone();
    let resolve = |id: &Value| {
        desk.run(&[
            "payment",
            "resolve",
            draft,
            "--id",
            text(id, "transactionId"),
            "--json",
        ])
    };
    assert_eq!(
        resolve(&other).expect(2).json()["error"]["why"]["kind"],
        "anotherStamp"
    );
    let settled = resolve(&found).expect(0).json();
    assert_eq!(settled["transactionId"], found["transactionId"]);
    assert_eq!(desk.json(&["payment", "list"])["drafts"], json!([]));
    desk.run(&["payment", "resolve", draft, "--not-made", "--note", "x"])
        .expect(2);
}
