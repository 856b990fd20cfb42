use hyvitys_sandbox::faults::{Fault, Faults, Rate};
use serde_json::{Value, json};

use super::support::{Window, open};

/// A paid payment of which nothing is given back yet.
fn paid(window: &Window, account: i64) -> Value {
    window
        .list(account, "status:ok refunded:no provider:klarna")
        .remove(0)
}

fn lost_answers() -> Faults {
    let rate = Rate::Some {
        rate: 1.0,
        paths: vec!["refund".to_owned()],
    };
    Faults::new([(Fault::DropAfter, rate)]).unwrap()
}

#[test]
fn a_refund_goes_to_the_shop_and_the_list_hears_of_it() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    window.heard.lock().unwrap().clear();
    let operation = window.refund(account, &payment, 100).unwrap();
    assert_eq!(operation["amount"], 100);
    assert!(
        ["done", "accepted"].contains(&operation["state"].as_str().unwrap()),
        "{operation}"
    );
    assert_eq!(operation["by"], "maija");
    assert_eq!(operation["note"], "Palautus");
    assert!(window.heard.lock().unwrap().contains(&"changed".to_owned()));
    let detail = window.ask(
        "show_payment",
        json!({ "account": account, "id": payment["id"] }),
    );
    let left = detail["refundable"].as_i64().unwrap();
    assert_eq!(left, payment["amount"].as_i64().unwrap() - 100);
    assert_eq!(window.shell().under_way(), 0);
}

#[test]
fn a_double_click_is_one_refund() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    let intent = window.ask("new_intents", json!({ "count": 1 }))[0].clone();
    let first = window.refund_as(account, &payment, 100, &intent).unwrap();
    let second = window.refund_as(account, &payment, 100, &intent).unwrap();
    assert_eq!(first["id"], second["id"]);
    let all = window.ask(
        "operations",
        json!({ "account": account, "after": null, "limit": 10 }),
    );
    assert_eq!(all["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn too_much_is_refused_with_the_figure_that_would_be_right() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    let amount = payment["amount"].as_i64().unwrap();
    let error = window.refund(account, &payment, amount + 1).unwrap_err();
    assert_eq!(error["why"]["kind"], "moreThanLeft");
    assert_eq!(error["why"]["values"]["left"], amount.to_string());
    assert_eq!(error["moneyMoved"], "no");
}

#[test]
fn the_same_refund_again_asks_for_a_word_of_its_own() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    window.refund(account, &payment, 100).unwrap();
    let error = window.refund(account, &payment, 100).unwrap_err();
    assert_eq!(error["code"], "sameAgain");
    assert_eq!(error["why"]["kind"], "sameAgain");
}

#[test]
fn a_lost_answer_is_unknown_reserved_and_settled_by_a_persons_word() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    window.shop.set_faults(lost_answers());
    let operation = window.refund(account, &payment, 100).unwrap();
    window.shop.set_faults(Faults::default());
    assert_eq!(operation["state"], "unknown");
    assert_eq!(operation["moneyMoved"], "unknown");
    assert_eq!(operation["repeat"], "never");
    assert_eq!(operation["repeatWhy"], "notMoreThanHalf");
    assert!(operation["quarantineEndsAt"].is_string());
    let resolve = |moved: bool, note: &str| {
        let word = json!({ "account": account, "operation": operation["id"], "moved": moved, "note": note });
        window.call("resolve", word)
    };
    assert_eq!(
        resolve(false, "not in the list").unwrap_err()["code"],
        "quarantine"
    );
    assert_eq!(
        resolve(true, " ").unwrap_err()["why"]["kind"],
        "noteMissing"
    );
    let settled = resolve(true, "seen in the refund list").unwrap();
    assert_eq!(settled["state"], "done");
    assert!(
        settled["proof"].as_str().unwrap().starts_with("marked by"),
        "{settled}"
    );
    let row = window
        .list(account, payment["reference"].as_str().unwrap())
        .remove(0);
    assert_eq!(row["refunded"], 100);
    assert_eq!(row["reserved"], 0);
}

#[test]
fn a_refund_needs_an_amount_or_items_and_not_both() {
    let window = open();
    let account = window.connect();
    let payment = paid(&window, account);
    let intent = window.ask("new_intents", json!({ "count": 1 }))[0].clone();
    for (amount, items) in [
        (json!(null), json!(null)),
        (json!(100), json!([{ "stamp": "a", "amount": 100 }])),
    ] {
        let order = json!({
            "account": account, "transactionId": payment["transactionId"], "amount": amount, "items": items,
            "intent": intent, "again": false, "note": null, "reference": null, "email": null,
        });
        assert_eq!(
            window
                .call("refund", json!({ "order": order }))
                .unwrap_err()["code"],
            "badInput"
        );
    }
}

#[test]
fn a_hold_is_activated_with_one_confirmation_once() {
    let window = open();
    let account = window.connect();
    let holds = window.ask("holds", json!({ "account": account }));
    let hold = holds
        .as_array()
        .unwrap()
        .iter()
        .find(|hold| {
            hold["payment"]["provider"] == "klarna" && hold["payment"]["status"] == "pending"
        })
        .unwrap();
    let intent = window.ask("new_intents", json!({ "count": 1 }))[0].clone();
    let order = json!({ "order": {
        "account": account, "transactionId": hold["payment"]["transactionId"], "action": "activate", "intent": intent,
    }});
    let first = window.ask("hold", order.clone());
    assert_eq!(
        (&first["kind"], &first["state"]),
        (&json!("activate"), &json!("done"))
    );
    assert_eq!(window.ask("hold", order)["id"], first["id"]);
    let all = window.ask(
        "operations",
        json!({ "account": account, "after": null, "limit": 10 }),
    );
    assert_eq!(all["rows"].as_array().unwrap().len(), 1);
    assert_eq!(window.shell().under_way(), 0);
}
