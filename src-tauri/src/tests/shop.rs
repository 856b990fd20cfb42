use hyvitys_sandbox::TEST_SECRET;
use serde_json::json;

use super::support::{base64, open};

#[test]
fn a_settlement_says_which_report_to_import_and_adds_up_once_that_is_there() {
    let window = open();
    let account = window.ask("add_account", json!({ "order": window.order() }))["id"].clone();
    let list = |refresh: bool| {
        let arguments = json!({ "account": account, "refresh": refresh });
        window.ask("settlements", arguments)
    };
    assert_eq!(list(false)["fetchedAt"], json!(null));
    let asked = list(true);
    assert!(asked["rows"].as_array().unwrap().len() > 2);
    assert_eq!(asked["notFetched"], json!(null));
    assert_eq!(list(false)["rows"], asked["rows"]);
    let row = asked["rows"][0].clone();
    let open_it = || window.ask("settlement", json!({ "account": account, "id": row["id"] }));
    let opened = open_it();
    assert_eq!(opened["settlement"], row);
    assert_eq!(opened["problems"][0]["kind"], "settlementNoEntries");
    let report = window.shop.report().unwrap();
    let files = json!([{ "name": "report.json", "text": base64(&report) }]);
    let number = account.as_i64().unwrap();
    let plan = window.plan(number, &files, &json!([]));
    window.apply(number, &plan, &json!([])).unwrap();
    let opened = open_it();
    assert_eq!(opened["problems"], json!([]));
    let entries = opened["entries"].as_array().unwrap();
    let paid: i64 = entries
        .iter()
        .filter(|entry| entry["kind"] == "payment")
        .map(|entry| entry["amount"].as_i64().unwrap())
        .sum();
    assert!(!entries.is_empty());
    assert_eq!(opened["sums"]["payments"], paid);
}

#[test]
fn the_set_up_check_says_what_is_good_and_what_is_still_to_be_done() {
    let window = open();
    let account = window.connect();
    let check = window.ask("setup_check", json!({ "account": account }));
    assert_eq!(
        (&check["wrong"], &check["callback"]),
        (&json!(null), &json!("missing"))
    );
    assert_eq!(
        (&check["keychain"], &check["credentials"]["signature"]),
        (&json!("ok"), &json!("accepted"))
    );
    let callback = json!({ "what": "callback", "state": "todo", "why": { "kind": "callbackMissing", "values": {} } });
    assert!(
        check["items"].as_array().unwrap().contains(&callback),
        "{check}"
    );
    let secret = json!({ "account": account, "secret": "wrong" });
    window.ask("set_secret", secret);
    let check = window.ask("setup_check", json!({ "account": account }));
    assert_eq!(check["wrong"], "secret");
    assert!(!check.to_string().contains(TEST_SECRET));
}

#[test]
fn a_payment_of_a_report_gets_its_transaction_id_and_a_wrong_one_is_refused() {
    let window = open();
    let order = window.order();
    let account = window.ask("add_account", json!({ "order": order }))["id"].clone();
    let report = window.shop.report().unwrap();
    let files = json!([{ "name": "report.json", "text": base64(&report) }]);
    let account = account.as_i64().unwrap();
    let plan = window.plan(account, &files, &json!([]));
    window.apply(account, &plan, &json!([])).unwrap();
    let rows = window.list(account, "");
    let row = rows
        .iter()
        .find(|row| row["transactionId"].is_null())
        .unwrap();
    let give = |id: &str| {
        let arguments = json!({ "account": account, "payment": row["id"], "transactionId": id });
        window.call("give_transaction_id", arguments)
    };
    let (mut given, mut refused) = (0, 0);
    for id in window.shop.transaction_ids() {
        match give(&id.to_string()) {
            Ok(detail) => {
                assert_eq!(detail["payment"]["reference"], row["reference"]);
                assert_eq!(detail["payment"]["transactionId"], id.to_string());
                given += 1;
                break;
            }
            Err(error) => {
                assert_eq!(error["moneyMoved"], "no", "{error}");
                refused += 1;
            }
        }
    }
    assert_eq!(given, 1, "after {refused} that are not it");
}
